"""A Lambda function in a process of its own, called as CodePipeline calls it.

What comes back here is only how the process ended. What it says of its job it says itself, with PutJobSuccessResult
or PutJobFailureResult at the endpoint; a function that says neither leaves its action running (user guide,
actions-invoke-lambda-function).
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cp_teach.engine.model.ids import uuid
from cp_teach.security.network.endpoints import REGION, loopback
from cp_teach.work.sandbox.loopback_endpoint import environment
from cp_teach.work.sandbox.run_command import Ended, Limits, allow, run
from cp_teach.work.workers import lambda_bootstrap as boot

MOST = 900.0
"""How long a function may run at most, in seconds (Lambda's quota)."""
OUTPUT = 256_000
"""How much of what a function prints is kept, in bytes."""
HANDLER = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
CRASHED = {
    boot.IMPORT: "its module cannot be imported",
    boot.HANDLER: "its module has no such handler",
    boot.FAILED: "it has raised an error",
}


def nothing(line: str) -> None:
    """Hear a line of output, and leave it."""


@dataclass(frozen=True)
class Function:
    """A function: its code and how it is run.

    ``code`` is a Python file, or a folder of them; ``handler`` is "module.function", as Lambda has it. ``endpoint``
    is the server on this machine that its boto3 reaches, whatever it asks for; its keys open nothing. ``yes=True``
    allows that strangers' code runs here, ``seconds`` is how long at most. Raises ``ValueError`` for what cannot be.
    """

    name: str
    code: Path
    handler: str
    endpoint: str
    yes: bool = False
    seconds: float = 60.0
    region: str = REGION

    def __post_init__(self) -> None:
        loopback(self.endpoint)
        if not HANDLER.fullmatch(self.handler):
            raise ValueError(f"The handler {self.handler!r} must name a module and a function: handler.main.")
        if not 0 < self.seconds <= MOST:
            raise ValueError(f"A function runs above 0 and up to {MOST:g} seconds, not {self.seconds!r}.")
        if not Path(self.code).exists():
            raise ValueError(f"There is no code at {self.code}. Give a Python file, or a folder of them.")

    def __call__(
        self,
        event: Mapping[str, Any],
        folder: Path,
        log: Callable[[str], None] = nothing,
        stop: threading.Event | None = None,
    ) -> Answered:
        """Call it once, with an event (``CodePipeline.job``), in an empty folder that is this call's alone.

        What it prints goes to ``log``. Raises ``NotAllowed`` without ``yes``.
        """
        allow(self.yes, f"the Lambda function {self.name}'s")
        request = uuid("request", self.name, json.dumps(event, sort_keys=True, default=str))
        place = folder / "code"
        if self.code.is_dir():
            # Links stay links: one that leads to a file of yours leads nowhere in the jail.
            shutil.copytree(self.code, place, symlinks=True)
        else:
            place.mkdir()
            shutil.copy(self.code, place)
        told = folder / "event.json"
        told.write_text(json.dumps(event), encoding="utf-8")
        # A copy of it, because a jail may hide where this package lies.
        start = shutil.copy(boot.__file__, folder / "boot.py")
        log(f"START RequestId: {request} Version: $LATEST")
        # -I: no module of ours, and none that lies about, is taken for one of the function's.
        words = [str(start), str(place), self.handler, str(told), request, self.name, str(self.seconds)]
        ended = run(
            [sys.executable, "-I", "-u", *words],
            folder=folder,
            env=environment(folder, self.endpoint, self.region) | {"AWS_LAMBDA_FUNCTION_NAME": self.name},
            cwd=place,
            limits=Limits(self.seconds, OUTPUT),
            log=log,
            stop=stop or threading.Event(),
            network=True,  # it has to reach the endpoint
        )
        log(f"END RequestId: {request}")
        return Answered(ended, self._why(ended), request)

    def _why(self, ended: Ended) -> str:
        if ended.ok:
            return ""
        if ended.why == "time":
            return f"The function {self.name} was ended after {self.seconds:g} seconds. Do less, or give it more."
        if ended.why:
            return f"The function {self.name} was ended early ({ended.why})."
        why = CRASHED.get(ended.code, f"its process ended with code {ended.code}")
        return f"The function {self.name} has crashed: {why}. Its last lines say where."


@dataclass(frozen=True)
class Answered:
    """How a call of a function ended. ``why`` is "" where it has returned, else a sentence."""

    ended: Ended
    why: str
    request: str = field(default="")
    """Lambda's id of this call."""

    @property
    def ok(self) -> bool:
        """True if the function has returned. Whether it was content is told by its call to CodePipeline alone."""
        return self.ended.ok
