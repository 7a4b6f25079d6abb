"""What runs a Lambda function in a process of its own. It is not imported: it is given to ``python`` as a file, and
knows only what Python brings.

Arguments: the folder of the code, the handler ("module.function"), the file with the event, the id of the request,
the name of the function, and the time limit in seconds.
"""

import importlib
import json
import sys
import time
import traceback

IMPORT, HANDLER, FAILED = 11, 12, 13
"""Exit codes: the module could not be imported, it has no such function, the function has raised an error."""


class Context:
    """What AWS gives to a handler beside the event."""

    function_version = "$LATEST"
    memory_limit_in_mb = 128

    def __init__(self, request: str, name: str, seconds: float) -> None:
        self.aws_request_id, self.function_name = request, name
        self.invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = "cp_teach"
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""
        return max(0, int(1000 * (self._end - time.monotonic())))


def _error(kind: str, words: str, code: int) -> int:
    print(f"[ERROR] {kind}: {words}", flush=True)
    return code


def main(folder: str, handler: str, event: str, request: str, name: str, seconds: str) -> int:
    """Call the handler once. What it returns is not looked at, as CodePipeline does not look at it."""
    sys.path.insert(0, folder)
    module, _, function = handler.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), function, None)
    except Exception as no:
        traceback.print_exc()
        return _error("Runtime.ImportModuleError", f"Unable to import module '{module}': {no}", IMPORT)
    if not callable(found):
        return _error(
            "Runtime.HandlerNotFound",
            f"Handler '{function}' undefined or missing on module '{module}'",
            HANDLER,
        )
    with open(event, encoding="utf-8") as told:  # noqa: PTH123 - pathlib would be one import more at every start
        body = json.load(told)
    try:
        found(body, Context(request, name, float(seconds)))
    except Exception as no:
        traceback.print_exc()
        return _error(type(no).__name__, str(no), FAILED)
    return 0


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.stdout.flush()
    sys.exit(code)
