"""A Lambda function in its own process, called as CodePipeline calls it.

The result here is only how the process ended. The function reports the result of its job itself, with
PutJobSuccessResult or PutJobFailureResult at the endpoint; without a report, the action stays in progress (user guide,
actions-invoke-lambda-function).
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cp_teach.engine.model.ids import uuid
from cp_teach.security.network.endpoints import REGION, require_loopback
from cp_teach.security.network.server_keys import credentials_for
from cp_teach.work.sandbox.run_command import Ended, Limits, clean_env, require_consent, run
from cp_teach.work.workers import lambda_bootstrap as bootstrap

MAX_SECONDS = 900.0
"""The maximum duration of a function in seconds (Lambda quota)."""
MAX_OUTPUT = 256_000
"""The number of bytes of output that are kept."""
HANDLER = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
CRASH_REASONS = {
    bootstrap.IMPORT: "its module cannot be imported",
    bootstrap.HANDLER: "its module has no such handler",
    bootstrap.FAILED: "it has raised an error",
}


@dataclass(frozen=True)
class Function:
    """A Lambda function: its code, and how to run it.

    - ``code``: a Python file, or a folder of them; ``handler``: "module.function", as for Lambda;
    - ``endpoint``: the server on this machine that the function's boto3 reaches, with keys that are not valid at AWS;
    - ``yes``: must be True, because the code runs on this machine; ``seconds``: its time limit.

    Raises ``ValueError`` for an invalid value.
    """

    name: str
    code: Path
    handler: str
    endpoint: str
    yes: bool = False
    seconds: float = 60.0
    region: str = REGION

    def __post_init__(self) -> None:
        require_loopback(self.endpoint)
        if not HANDLER.fullmatch(self.handler):
            raise ValueError(f"The handler {self.handler!r} must name a module and a function: handler.main.")
        if not 0 < self.seconds <= MAX_SECONDS:
            raise ValueError(
                f"The time limit of a function is above 0 and at most {MAX_SECONDS:g} seconds, not {self.seconds!r}."
            )
        if not Path(self.code).exists():
            raise ValueError(f"The code {self.code} does not exist. Give a Python file, or a folder of them.")

    def __call__(
        self,
        event: Mapping[str, object],
        folder: Path,
        log: Callable[[str], None] = lambda line: None,
        stop: threading.Event | None = None,
    ) -> CallResult:
        """Call the function once with an event (``CodePipeline.job``), in an empty folder that belongs to this call.

        Its output goes to ``log``. Raises ``NotAllowed`` without ``yes``.
        """
        require_consent(self.yes, f"the Lambda function {self.name}'s")
        request = uuid("request", self.name, json.dumps(event, sort_keys=True, default=str))
        code_folder = folder / "code"
        if self.code.is_dir():
            # Links are kept as links, so a link to one of your files has no target in the jail.
            shutil.copytree(self.code, code_folder, symlinks=True)
        else:
            code_folder.mkdir()
            shutil.copy(self.code, code_folder)
        event_file = folder / "event.json"
        event_file.write_text(json.dumps(event), encoding="utf-8")
        # Copy the script, because a jail may hide the folder of this package.
        script = shutil.copy(bootstrap.__file__, folder / "boot.py")
        log(f"START RequestId: {request} Version: $LATEST")
        # -I: do not import modules from the working directory or the environment.
        program = [sys.executable, "-I", "-u", str(script)]
        ended = run(
            [
                *program,
                str(code_folder),
                self.handler,
                str(event_file),
                request,
                self.name,
                str(self.seconds),
            ],
            folder=folder,
            env=environment(folder, self.endpoint, self.region) | {"AWS_LAMBDA_FUNCTION_NAME": self.name},
            cwd=code_folder,
            limits=Limits(self.seconds, MAX_OUTPUT),
            log=log,
            stop=stop or threading.Event(),
            network=True,  # for the endpoint
        )
        log(f"END RequestId: {request}")
        return CallResult(ended, self._why(ended), request)

    def _why(self, ended: Ended) -> str:
        if ended.ok:
            return ""
        if ended.why == "time":
            return f"The function {self.name} was ended after {self.seconds:g} seconds. Shorten it, or raise the limit."
        if ended.why:
            return f"The function {self.name} was ended early ({ended.why})."
        why = CRASH_REASONS.get(ended.code, f"its process ended with code {ended.code}")
        return f"The function {self.name} has crashed: {why}. See the last lines of its output."


class CallResult(NamedTuple):
    """The result of a call. ``problem`` is "" if the function returned, or else a sentence."""

    ended: Ended
    problem: str
    request: str
    """Lambda's ID of this call."""

    @property
    def ok(self) -> bool:
        """Whether the function returned. Only its call to CodePipeline says whether the job succeeded."""
        return self.ended.ok


def environment(folder: Path, endpoint: str, region: str = REGION) -> dict[str, str]:
    """The environment of a command that uses this endpoint: ``clean_env`` with the keys of ``credentials_for``."""
    keys = credentials_for(endpoint)
    return {
        **clean_env(folder),
        "AWS_ENDPOINT_URL": require_loopback(endpoint),
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "NO_PROXY": "*",  # macOS also has proxies that no variable defines
        "no_proxy": "*",
    }
