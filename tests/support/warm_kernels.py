"""Python kernels that have loaded the large libraries before they are asked for: a process that forks for each of them.

Half of what a notebook takes goes into loading ipykernel, pandas, moto and boto3, the same each time. While ``warm()``
lasts, the kernel ``python3`` is a fork for everybody who has the variables that it gives, JupyterLab and `cp-teach
book` too: a kernel of its own, in a process of its own, with the environment and the folder that it is given. Of ours
nothing is loaded before: every kernel imports cp_teach itself. Where Linux's pidfd is not there, kernels start as ever.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell")
LOADED = "CP_TEACH_TEST_LOADED"
"""The variable in which a warm kernel finds how many seconds of the processor its libraries have taken."""


@contextlib.contextmanager
def warm() -> Iterator[dict[str, str]]:
    """The variables with which a kernel that is started is a fork."""
    if not hasattr(os, "pidfd_open"):
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="cp-warm-") as name:
        door = str(Path(name) / "door")
        spec = Path(name) / "kernels" / "python3" / "kernel.json"
        spec.parent.mkdir(parents=True)
        line = [sys.executable, "-I", "-S", __file__, "ask", door, "{connection_file}"]
        told = {"argv": line, "display_name": "Python 3 (ipykernel)", "language": "python"}
        spec.write_text(json.dumps(told), encoding="utf-8")
        before = os.environ.get("JUPYTER_PATH")
        with subprocess.Popen(
            [sys.executable, __file__, "fork", door],
            stdin=subprocess.PIPE,  # it ends when this is closed, also by our end
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield {"JUPYTER_PATH": os.pathsep.join([name, *([before] if before else [])])}


# -- who is started as the kernel, and asks for one ---------------------------------------------------------------
def ask(door: str, connection: str) -> int:
    """Ask for a fork, be its stand-in, and end as it ends. A signal for it is passed on; if we are killed, it is."""
    asked = {
        "env": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109 - as little as possible is loaded here
        "line": ["ipykernel_launcher.py", "-f", connection, *sys.argv[4:]],
    }
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(door)
        text = json.dumps(asked).encode()
        files = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]
        line.sendmsg([len(text).to_bytes(4, "big")], files)
        line.sendall(text)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: line.sendall(bytes([number])))
        answer = line.recv(1)
        return answer[0] if answer else 255


# -- the process that forks ---------------------------------------------------------------------------------------
def fork(door: str) -> None:
    """Load the libraries, then make a kernel for everyone who asks, until nobody holds our standard input."""
    from notebook_process import LIBRARIES

    del sys.path[0]  # the folder of the tests
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # ipykernel reads it when it is loaded
    for name in (*KERNEL, *LIBRARIES):
        with contextlib.suppress(ImportError):
            __import__(name)
    os.environ[LOADED] = str(sum(os.times()[:2]))
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(door)
    listening.listen(16)
    print("ready", flush=True)
    kernels: dict[int, tuple[int, socket.socket]] = {}  # by the descriptor that tells of its end
    while True:
        asking = {line.fileno(): end for end, (_, line) in kernels.items()}
        ready, _, _ = select.select([0, listening, *kernels, *asking], [], [])
        if 0 in ready:
            for number, _ in kernels.values():
                _end(number)
            return
        for one in ready:
            if one is listening:
                line, _ = listening.accept()
                number = _made(line, [listening, *(line for _, line in kernels.values())])
                kernels[os.pidfd_open(number)] = number, line
            elif one in kernels:
                number, line = kernels.pop(one)
                os.close(one)
                status = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
                with contextlib.suppress(OSError):
                    line.sendall(bytes([status % 256]))
                line.close()
            elif asking[one] in kernels:
                number, line = kernels[asking[one]]
                said = _said(line)
                if said:
                    os.kill(number, said[0])
                else:  # who asked is gone
                    _end(number)


def _said(line: socket.socket) -> bytes:
    try:
        return line.recv(1)
    except OSError:
        return b""


def _end(number: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(number, signal.SIGKILL)


def _made(line: socket.socket, others: list[Any]) -> int:
    size, files, _, _ = socket.recv_fds(line, 4, 3)
    asked = json.loads(_all(line, int.from_bytes(size, "big")))
    number = os.fork()
    if number == 0:
        _become(asked, files, [line, *others])
    for file in files:
        os.close(file)
    return number


def _become(asked: dict[str, Any], files: list[int], others: list[socket.socket]) -> NoReturn:
    """Turn this fork into the kernel of the request."""
    os.setsid()
    for connection in others:
        connection.close()
    _forked_program().become(
        _kernel,
        files=files,
        environment={**asked["env"], LOADED: os.environ[LOADED]},
        folder=asked["folder"],
        arguments=asked["line"],
    )
    raise AssertionError("become does not return")


def _forked_program() -> Any:
    """The module of the fork server of the AWS CLI, loaded by its path, because a kernel imports cp_teach itself."""
    import importlib.util

    package = importlib.util.find_spec("cp_teach")
    assert package is not None
    assert package.submodule_search_locations
    path = Path(package.submodule_search_locations[0]) / "aws" / "aws_cli" / "forked_program.py"
    spec = importlib.util.spec_from_file_location("forked_program", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _all(line: socket.socket, size: int) -> bytes:
    text = b""
    while len(text) < size:
        text += line.recv(size - len(text))
    return text


def _kernel() -> None:
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


if __name__ == "__main__":
    if sys.argv[1] == "ask":
        raise SystemExit(ask(*sys.argv[2:4]))
    fork(sys.argv[2])
