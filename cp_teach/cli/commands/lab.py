"""`cp-teach lab`: open JupyterLab on a working copy of the notebooks, without questions."""

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

from cp_teach import resources
from cp_teach.cli import number_arguments
from cp_teach.cli.common_options import Commands
from cp_teach.cli.terminal_output import plain_output
from cp_teach.cli.user_error import UserError
from cp_teach.cli.working_copy import WorkingCopy

FOLDER = "cp-teach-notebooks"
FIRST = "00_welcome.ipynb"
HOST = "127.0.0.1"
USUAL_PORT = 8888


def add(commands: Commands) -> None:
    """Add the command `lab`."""
    command = commands.add_parser("lab", help="open JupyterLab on a working copy of the notebooks")
    command.add_argument("--folder", default=FOLDER, help=f"the working copy (default: ./{FOLDER})")
    command.add_argument(
        "--fresh",
        action="store_true",
        help="restore the notebooks first; your changes are moved to another folder",
    )
    command.add_argument("--copy-only", action="store_true", help="prepare the working copy and open nothing")
    command.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    command.add_argument(
        "--port",
        type=number_arguments.chosen_port,
        help=f"use this port (default: the first free one from {USUAL_PORT})",
    )
    command.add_argument("jupyter", nargs="*", metavar="-- OPTION", help="more options, for JupyterLab")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Prepare the working copy and serve it until Ctrl-C."""
    folder = Path(args.folder).resolve()
    for line in prepare(folder, fresh=args.fresh):
        print(line)
    if args.copy_only:
        return 0
    if args.port is not None and not _is_free(args.port):
        raise UserError(f"Port {args.port} is in use. Omit --port to use a free one.")
    return serve(folder, args.port, args.jupyter, open_browser=not args.no_browser)


def prepare(folder: Path, *, fresh: bool = False) -> Iterator[str]:
    """Update the working copy, and yield messages for the user."""
    try:
        source = resources.notebooks()
    except FileNotFoundError as error:
        raise UserError(str(error)) from error
    if folder == source or source in folder.parents or folder in source.parents:
        raise UserError(f"{folder} holds the original notebooks; choose another folder with --folder.")
    try:
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder} is a file; choose another folder with --folder.")
        yield from WorkingCopy(folder, source).update(fresh=fresh)
    except PermissionError as error:
        raise UserError(
            f"No permission to write {error.filename}; choose another folder with --folder."
        ) from error
    except OSError as error:
        raise UserError(
            f"{folder} cannot be created ({error.strerror or error}); choose another folder with --folder."
        ) from error


def _is_free(port: int) -> bool:
    """Return whether a server can listen on this port now."""
    with socket.socket() as probe:
        if os.name == "posix":  # like Jupyter: a port that was closed a moment ago is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def free_port(first: int = USUAL_PORT) -> int:
    """Return the first free port from `first`, or any free port if a hundred are in use."""
    for port in range(first, first + 100):
        if _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
    return number


def environment(folder: Path, runtime: Path) -> dict[str, str]:
    """Return the environment variables that isolate this Jupyter from the user's own settings.

    Lessons then look the same on every machine, and change no settings of the user.
    """
    settings = folder / ".jupyter"
    return {
        "JUPYTER_CONFIG_DIR": str(settings / "config"),
        "JUPYTER_DATA_DIR": str(settings / "data"),
        # Keys of running kernels need a file system with permissions, which the working copy's may not have.
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(settings / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
        "IPYTHONDIR": str(settings / "ipython"),
        # This folder has the settings that suppress the question about news and updates, and that save widgets with
        # their notebook, so that a notebook that is opened again shows its pictures.
        "JUPYTER_CONFIG_PATH": str(Path(__file__).parents[1] / "jupyter"),
        # The kernel python3 must be this environment's, even if the user has registered another one.
        "JUPYTER_PREFER_ENV_PATH": "1",
        # Python's debugger warns about frozen modules at each kernel start; a learner cannot fix that.
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def start_path(folder: Path) -> str:
    """Return the first page: the welcome notebook, if the folder has it."""
    return f"/lab/tree/{FIRST}" if (folder / FIRST).exists() else "/lab"


def jupyter_arguments(folder: Path, port: int | None, token: str) -> list[str]:
    """Return JupyterLab's arguments: loopback only, no questions, no requests to other machines."""
    arguments = [
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port or USUAL_PORT}",
        f"--ServerApp.port_retries={0 if port else 100}",  # the chosen port only, or the next free one
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.open_browser=False",  # ``_announce`` opens it when the server is ready
        # Use sockets without ports for kernels if possible, which also avoids a warning.
        *(["--KernelManager.transport=ipc"] if os.name == "posix" else []),
        "--ServerApp.answer_yes=True",  # Ctrl-C stops at once, without a question
        f"--IdentityProvider.token={token}",  # Jupyter would print a generated token a second time
        f"--LabApp.default_url={start_path(folder)}",
        "--LabApp.extension_manager=readonly",  # the other manager contacts a package index
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--LanguageServerManager.autodetect=False",  # it would run npm, which writes to the home folder
        "--Application.log_level=ERROR",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--ServerApp.allow_root=True")  # in containers, students are often root
    return arguments


def browser_possible() -> bool:
    """Return whether a graphical browser can open: not over ssh, and not in a container without a display."""
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


def _server_port(runtime: Path) -> int | None:
    """Return Jupyter's port from the file that it writes beside its keys; None before that."""
    for file in runtime.glob("jpserver-*.json"):
        try:
            port: int = json.loads(file.read_text(encoding="utf-8"))["port"]
        except (OSError, ValueError, KeyError):
            continue  # not yet complete
        return port
    return None


def _is_ready(port: int, token: str) -> bool:
    """Return whether our server is ready on this port; another server would refuse the token."""
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
    """Wait until the server is ready, then print its address and open a browser if possible."""
    import webbrowser

    deadline = time.monotonic() + 120
    while not ((port := _server_port(runtime)) and _is_ready(port, token)):
        if time.monotonic() > deadline:
            return  # the server has already printed why
        time.sleep(0.1)
    address = f"http://{HOST}:{port}{path}?token={token}"
    opened = open_browser and browser_possible() and webbrowser.open(address)
    print(f"JupyterLab runs at\n    {address}")
    print(
        "It is open in your browser." if opened else "Open that address in a browser.",
        "Ctrl-C here stops it.",
        flush=True,
    )


def serve(folder: Path, port: int | None, extra: Sequence[str] = (), *, open_browser: bool) -> int:
    """Run JupyterLab on the folder in this process until Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="cp-teach-", ignore_cleanup_errors=True) as runtime:
        # Jupyter reads these when it is imported.
        os.environ.update(environment(folder, Path(runtime)))
        for name in ("JUPYTER_NO_CONFIG", "JUPYTER_TOKEN", "JUPYTER_PORT", "JUPYTER_PLATFORM_DIRS"):
            os.environ.pop(name, None)
        try:
            from jupyterlab.labapp import LabApp
        except ImportError as error:
            command = f"{sys.executable} -m pip install --force-reinstall jupyterlab"
            raise UserError(f"JupyterLab is incomplete ({error}). Reinstall it: {command}") from error

        if hasattr(signal, "SIGHUP"):
            # Closing the terminal must stop the server; Jupyter stops cleanly at SIGTERM.
            signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
        print("Starting JupyterLab …", flush=True)
        token = secrets.token_hex(16)
        announcer = threading.Thread(
            target=_announce,
            args=(Path(runtime), token, start_path(folder)),
            kwargs={"open_browser": open_browser},
            daemon=True,
        )
        announcer.start()
        with plain_output():  # JupyterLab's own messages have colors
            LabApp.launch_instance([*jupyter_arguments(folder, port, token), *extra])
    print("JupyterLab has stopped. Your notebooks are in", folder)
    return 0
