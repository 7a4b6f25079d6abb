"""A fork server for the real AWS CLI: a process that has loaded the CLI once forks for each command.

Loading takes nearly all of the time of a command. Each command still runs as the CLI of this Python, in its own
process, with the current environment and folder. Without ``fork`` (Windows), or if the CLI is not a package of this
Python, the CLI is started for each command.
"""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach.aws.aws_cli import guarded_cli
from cp_teach.aws.aws_cli.forked_program import become
from cp_teach.aws.aws_cli.guarded_cli import program


class CommandResult(NamedTuple):
    """The exit code of a command and its output."""

    code: int
    out: str
    err: str


class ForkServer:
    """Runs AWS CLI commands. The server process starts with the first command and ends with ``close`` or with this
    process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def run(self, arguments: Sequence[str]) -> CommandResult:
        """Run the AWS CLI with these arguments. Raises ``RuntimeError`` if its process ends without an answer."""
        if not hasattr(os, "fork") or importlib.util.find_spec("awscli") is None:
            done = subprocess.run([*program(), *arguments], capture_output=True, text=True, check=False)
            return CommandResult(done.returncode, done.stdout, done.stderr)
        with self._lock, tempfile.TemporaryDirectory(prefix="cp-teach-aws-") as name:
            files = [Path(name) / "out", Path(name) / "err"]
            for path in files:
                path.touch()
            request = {
                "arguments": ["aws", *arguments],
                "environment": dict(os.environ),
                "folder": str(Path.cwd()),
                "files": [str(path) for path in files],
            }
            try:
                code = self._send(request)
            except BaseException:
                # After an interrupt, the next answer of this process would belong to this request.
                self._end()
                raise
            return CommandResult(code, *(path.read_bytes().decode("utf-8", "replace") for path in files))

    def _send(self, request: dict[str, Any]) -> int:
        if self._process is None or self._process.poll() is not None or self._owner != os.getpid():
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,  # Ctrl-C must reach only this process
            )
            self._owner = os.getpid()
            atexit.register(self._end)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("The AWS CLI's process has ended; run the cell again.")
        return int(answer)

    def close(self) -> None:
        """End the server process; a later command starts another one."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        atexit.unregister(self._end)
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.communicate()


# -- the server process --------------------------------------------------------------------------------------------
def serve() -> None:
    """Read requests from standard input, one JSON line each, and write the exit code of each command."""
    import awscli
    import awscli.clidriver

    guarded_cli.restrict()

    def main() -> Any:
        importlib.reload(awscli)  # it writes the folder of its data into the environment, which is a new one
        guarded_cli.allow_server()
        return awscli.clidriver.main()

    awscli.clidriver.create_clidriver()  # loads what every command needs
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            files = [os.open(os.devnull, os.O_RDONLY)]
            files += (os.open(name, os.O_WRONLY | os.O_TRUNC) for name in request.pop("files"))
            become(main, files=files, **request)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
