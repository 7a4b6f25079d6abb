"""The real AWS CLI without the wait: a process that has loaded it once forks for every command.

Nearly all of the time that a command takes goes into loading the CLI. What runs is still the CLI of this environment,
with the words, the environment and the folder that it is given, in a process of its own. Where there is no ``fork``
(Windows), or the CLI is not a package of this Python, its program is started for each command.
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
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach.aws.aws_cli.guarded_cli import program


class Told(NamedTuple):
    """What a command has printed, and its exit code."""

    code: int
    out: str
    err: str


def run(words: Sequence[str]) -> Told:
    """Run the AWS CLI with these words, in this process's environment and folder."""
    if hasattr(os, "fork") and importlib.util.find_spec("awscli") is not None:
        return _WARM.run(words)
    done = subprocess.run(
        [*program(), *words], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    return Told(done.returncode, done.stdout, done.stderr)


class _Warm:
    """The process that forks. It is started at the first command and ends with this process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def run(self, words: Sequence[str]) -> Told:
        with self._lock, tempfile.TemporaryDirectory(prefix="cp-teach-aws-") as name:
            out, err = Path(name) / "out", Path(name) / "err"
            for path in (out, err):
                path.touch()
            asked = {
                "words": list(words),
                "env": dict(os.environ),
                "folder": str(Path.cwd()),
                "out": str(out),
                "err": str(err),
            }
            try:
                code = self._ask(asked)
            except BaseException:  # a person may interrupt: then its next answer would be to this question
                self._end()
                raise
            told = (path.read_bytes().decode("utf-8", "replace") for path in (out, err))
            return Told(code, *told)

    def _ask(self, asked: dict[str, Any]) -> int:
        if self._process is None or self._process.poll() is not None or self._owner != os.getpid():
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,  # Ctrl-C is for who asked
            )
            self._owner = os.getpid()
            atexit.register(self._end)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("The AWS CLI's process has ended; run the cell again.")
        return int(answer)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.communicate()


_WARM = _Warm()


# -- the process that forks ------------------------------------------------------------------------------------
def serve() -> None:
    """Answer one command after the other until nobody asks any more."""
    import awscli
    import awscli.clidriver

    from cp_teach.aws.aws_cli import guarded_cli

    guarded_cli.restrict()

    def main() -> Any:
        importlib.reload(
            awscli
        )  # it says in the environment where its data are, and the environment is another's now
        guarded_cli.allow_server()
        return awscli.clidriver.main()

    awscli.clidriver.create_clidriver()  # loads what every command needs; each makes a driver of its own
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(asked, main)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(asked: dict[str, Any], main: Any) -> None:
    """Be the command that was asked for; never returns."""
    code = 255
    try:
        with ExitStack() as files:
            given = files.enter_context(Path(os.devnull).open("rb"))
            out, err = (files.enter_context(Path(asked[name]).open("wb")) for name in ("out", "err"))
            for file, number in ((given, 0), (out, 1), (err, 2)):
                os.dup2(file.fileno(), number)
        os.environ.clear()
        os.environ.update(asked["env"])
        os.chdir(asked["folder"])
        sys.argv = ["aws", *asked["words"]]
        code = main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 255
    except BaseException:
        traceback.print_exc()  # into ``err``: a fault of the CLI itself is told as it would tell it
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


if __name__ == "__main__":
    serve()
