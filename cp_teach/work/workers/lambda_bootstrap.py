"""Run a Lambda function in its own process. ``python`` runs this file, so it is not imported and uses only the
standard library.

Arguments: the folder of the code, the handler ("module.function"), the file with the event, the request ID, the name
of the function, and the time limit in seconds.
"""

import importlib
import json
import sys
import time
import traceback

IMPORT, HANDLER, FAILED = 11, 12, 13
"""Exit codes: the module cannot be imported, it has no such function, or the function raised an exception."""


class Context:
    """The context object that Lambda passes to a handler with the event."""

    function_version = "$LATEST"
    memory_limit_in_mb = 128

    def __init__(self, request: str, name: str, seconds: float) -> None:
        self.aws_request_id, self.function_name = request, name
        self.invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = "cp_teach"
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """The remaining time of the function in milliseconds."""
        return max(0, int(1000 * (self._end - time.monotonic())))


def _error(kind: str, message: str, code: int) -> int:
    print(f"[ERROR] {kind}: {message}", flush=True)
    return code


def main(folder: str, handler: str, event: str, request: str, name: str, seconds: str) -> int:
    """Call the handler once. Its return value is ignored, as CodePipeline ignores it."""
    sys.path.insert(0, folder)
    module, _, function = handler.rpartition(".")
    try:
        handler_function = getattr(importlib.import_module(module), function, None)
    except Exception as error:
        traceback.print_exc()
        return _error("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}", IMPORT)
    if not callable(handler_function):
        return _error(
            "Runtime.HandlerNotFound",
            f"Handler '{function}' undefined or missing on module '{module}'",
            HANDLER,
        )
    with open(event, encoding="utf-8") as file:  # noqa: PTH123 - importing pathlib would slow every start
        body = json.load(file)
    try:
        handler_function(body, Context(request, name, float(seconds)))
    except Exception as error:
        traceback.print_exc()
        return _error(type(error).__name__, str(error), FAILED)
    return 0


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.stdout.flush()
    sys.exit(code)
