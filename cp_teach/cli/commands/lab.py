"""`cp-teach lab`: open JupyterLab on a working copy of the notebooks, and ask nothing on the way."""

import argparse
import json
import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cp_teach import resources
from cp_teach.cli import number_arguments
from cp_teach.cli.terminal_output import plain_output
from cp_teach.cli.user_error import Mistake
from cp_teach.cli.working_copy import WorkingCopy

FOLDER = "cp-teach-notebooks"
FIRST = "00_welcome.ipynb"
HOST = "127.0.0.1"
USUAL_PORT = 8888


def add(commands: Any) -> None:
    """Tell the command line of `lab`."""
    sub = commands.add_parser("lab", help="open JupyterLab on a working copy of the notebooks")
    sub.add_argument("--folder", default=FOLDER, help=f"the working copy (default: ./{FOLDER})")
    sub.add_argument(
        "--fresh", action="store_true", help="restore the notebooks first; what you changed is kept aside"
    )
    sub.add_argument("--copy-only", action="store_true", help="prepare the working copy and open nothing")
    sub.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    sub.add_argument(
        "--port",
        type=number_arguments.chosen_port,
        help=f"use this port (default: the first free one from {USUAL_PORT})",
    )
    sub.add_argument("jupyter", nargs="*", metavar="-- OPTION", help="more options, handed on to JupyterLab")
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prepare the working copy and serve it until Ctrl-C."""
    folder = Path(args.folder).resolve()
    for line in prepare(folder, fresh=args.fresh):
        print(line)
    if args.copy_only:
        return 0
    if args.port is not None and not _free(args.port):
        raise Mistake(f"Port {args.port} is taken. Leave out --port and a free one is found.")
    return serve(folder, args.port, args.jupyter, open_browser=not args.no_browser)


def prepare(folder: Path, *, fresh: bool = False) -> Iterator[str]:
    """Bring the working copy in step with the notebooks; yields what is worth telling."""
    try:
        source = resources.notebooks()
    except FileNotFoundError as error:
        raise Mistake(str(error)) from error
    if folder == source or source in folder.parents or folder in source.parents:
        raise Mistake(f"{folder} holds the original notebooks; choose another folder with --folder.")
    try:
        if folder.exists() and not folder.is_dir():
            raise Mistake(f"{folder} is a file; choose another folder with --folder.")
        yield from WorkingCopy(folder, source).update(fresh=fresh)
    except PermissionError as error:
        raise Mistake(
            f"No permission to write {error.filename}; choose another folder with --folder."
        ) from error
    except OSError as error:
        raise Mistake(
            f"{folder} cannot be made ({error.strerror or error}); choose another folder with --folder."
        ) from error


def _free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        if os.name == "posix":  # as Jupyter does: a port that was closed a moment ago is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def free_port(first: int = USUAL_PORT) -> int:
    """The first free port from `first`, or one that the system picks when a hundred are taken."""
    for port in range(first, first + 100):
        if _free(port):
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
    return number


def environment(folder: Path, runtime: Path) -> dict[str, str]:
    """The variables that keep this Jupyter to itself: its settings come from here and are written here.

    The user's own Jupyter settings are neither read nor written, so that a lesson looks the same for
    everybody in the room and changes nothing at home.
    """
    own = folder / ".jupyter"
    return {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        # Keys of running kernels want a file system with permissions; a working copy may lie on one without.
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
        # No question about news and updates: the answer "no" is a setting we bring.
        "JUPYTER_CONFIG_PATH": str(Path(__file__).parents[1] / "jupyter"),
        # The kernel called python3 must be this environment's, whatever the user has registered elsewhere.
        "JUPYTER_PREFER_ENV_PATH": "1",
        # Python's debugger warns about frozen modules at each kernel start; nobody here can act on it.
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def start(folder: Path) -> str:
    """Where the browser begins: at the welcome, if the folder has one."""
    return f"/lab/tree/{FIRST}" if (folder / FIRST).exists() else "/lab"


def flags(folder: Path, port: int | None, token: str) -> list[str]:
    """The command line for JupyterLab: loopback only, no question, no request that leaves the machine."""
    line = [
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port or USUAL_PORT}",
        f"--ServerApp.port_retries={0 if port else 100}",  # a port that was asked for, or the next one
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.open_browser=False",  # we open it, once the server answers
        # No open port for a kernel, where the system has another way; and no warning about one in the terminal.
        *(["--KernelManager.transport=ipc"] if os.name == "posix" else []),
        "--ServerApp.answer_yes=True",  # Ctrl-C stops at once and asks nothing
        f"--IdentityProvider.token={token}",  # a token of Jupyter's own making would be printed a second time
        f"--LabApp.default_url={start(folder)}",
        "--LabApp.extension_manager=readonly",  # the other manager asks a package index
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--LanguageServerManager.autodetect=False",  # it would run npm, which writes to the user's home
        "--Application.log_level=ERROR",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        line.append("--ServerApp.allow_root=True")  # in a container the student is often root
    return line


def browser_possible() -> bool:
    """Whether a browser with windows can open here: not over ssh, nor in a container without a screen."""
    import webbrowser

    if os.environ.get("BROWSER"):
        return True
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return (
            False  # webbrowser would take a text browser, which fills the terminal and cannot show JupyterLab
        )
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _port(runtime: Path) -> int | None:
    """The port that Jupyter got, by the note that it leaves beside its keys; None while there is none."""
    for note in runtime.glob("jpserver-*.json"):
        try:
            port: int = json.loads(note.read_text(encoding="utf-8"))["port"]
        except (OSError, ValueError, KeyError):
            continue  # half written
        return port
    return None


def _answers(port: int, token: str) -> bool:
    """Whether the server on this port is ours, and awake: another one would not take our token."""
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _announce(runtime: Path, token: str, path: str, *, open_browser: bool) -> None:
    """Wait until our server answers, then print its address and open it where a browser can open."""
    import webbrowser

    deadline = time.monotonic() + 120
    while not ((port := _port(runtime)) and _answers(port, token)):
        if time.monotonic() > deadline:
            return  # the server said why by then
        time.sleep(0.1)
    address = f"http://{HOST}:{port}{path}?token={token}"
    opened = open_browser and browser_possible() and webbrowser.open(address)
    print(f"JupyterLab runs at\n    {address}")
    print(
        "It is open in your browser." if opened else "Open that address in a browser.",
        "Ctrl-C here stops it.",
        flush=True,
    )


def serve(folder: Path, port: int | None, more: Sequence[str] = (), *, open_browser: bool) -> int:
    """Run JupyterLab on the folder in this process until Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="cp-teach-", ignore_cleanup_errors=True) as runtime:
        # Jupyter reads these when it is imported, so they come first.
        os.environ.update(environment(folder, Path(runtime)))
        for name in ("JUPYTER_NO_CONFIG", "JUPYTER_TOKEN", "JUPYTER_PORT", "JUPYTER_PLATFORM_DIRS"):
            os.environ.pop(name, None)
        try:
            from jupyterlab.labapp import LabApp
        except ImportError as error:
            again = f"{sys.executable} -m pip install --force-reinstall jupyterlab"
            raise Mistake(f"JupyterLab is not complete ({error}). Install it again: {again}") from error

        if hasattr(signal, "SIGHUP"):
            # A terminal that is closed should leave no server behind; Jupyter stops cleanly at SIGTERM.
            signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
        print("Starting JupyterLab …", flush=True)
        token = secrets.token_hex(16)
        say = threading.Thread(
            target=_announce,
            args=(Path(runtime), token, start(folder)),
            kwargs={"open_browser": open_browser},
            daemon=True,
        )
        say.start()
        with plain_output():  # JupyterLab's own messages have colors
            LabApp.launch_instance([*flags(folder, port, token), *more])
    print("JupyterLab has stopped. Your notebooks are in", folder)
    return 0
