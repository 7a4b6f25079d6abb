"""Where a stranger's command runs: a scrubbed environment, and a jail where the machine has bubblewrap."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

STANDARD = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/homebrew/bin"

PATIENCE = 10.0
"""How long the jail may take to come into being, in seconds."""


def clean_env(folder: Path) -> dict[str, str]:
    """The environment of a stranger's command, made from nothing: no credentials, tokens, agents or proxies of
    yours get into it. Its home and its folder for temporary files lie in ``folder``; both are made."""
    places = {"HOME": folder / "home", "TMPDIR": folder / "tmp"}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{STANDARD}",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        # An AWS client finds no account, and does not go looking for one.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **{name: str(place) for name, place in places.items()},
    }


def jail() -> str:
    """What holds here for a stranger's command, in one sentence."""
    if working_bwrap():
        return (
            "bubblewrap: a script can write in its own folder only, sees neither your home folder nor your "
            "processes, has no network unless it was given one, and is ended at its limits."
        )
    why = "bubblewrap may not make namespaces on this machine" if _bwrap() else "no bubblewrap"
    return (
        f"{why}: the environment is scrubbed, limits hold, but a script can read what you can read and write "
        "where you can write."
    )


@cache
def working_bwrap() -> str:
    """The path of bubblewrap, where it is installed and the machine lets it make its namespaces; else ""."""
    path = _bwrap()
    if not path:
        return ""
    probe = [path, *_spaces(network=False), "--ro-bind", "/", "/", *_fresh(), "--", "/bin/sh", "-c", "exit 0"]
    try:
        done = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return "" if done.returncode else path


def _bwrap() -> str:
    return (shutil.which("bwrap") if sys.platform == "linux" else None) or ""


def wrapped(
    argv: Sequence[str], folder: Path, cwd: Path, env: Mapping[str, str], *, network: bool, info: int
) -> tuple[list[str], dict[str, str]]:
    """The command inside the jail of this machine, and the environment to start that with; where there is no jail,
    the command itself. The jail tells of itself on the file descriptor ``info``: see ``first_process``.

    The whole system is there to be read, except what is yours: the home folder, temporary files, and the sockets
    under /run, through which a script could ask a daemon for what it may not do itself."""
    path = working_bwrap()
    if not path:
        return list(argv), dict(env)
    hidden = [place for place in _yours() if place.is_dir()]
    made = [path, "--info-fd", str(info), *_spaces(network=network), "--ro-bind", "/", "/"]
    for place in hidden:
        made += ["--tmpfs", str(place)]
    made += _fresh()
    for place in _python():  # an environment often lies in the home folder
        if any(place.is_relative_to(yours) for yours in hidden):
            made += ["--ro-bind-try", str(place), str(place)]
    # The variables begin inside: one like LD_PRELOAD would take effect on the jailer, too.
    for name, value in env.items():
        made += ["--setenv", name, value]
    return [*made, "--bind", str(folder), str(folder), "--chdir", str(cwd), "--", *argv], {}


def first_process(info: int) -> int | None:
    """A descriptor that becomes readable when the jail's first process has ended, and with it all others: the kernel
    sees to that. None where there is no jail, or it did not come into being."""
    text = b""
    while b"}" not in text and select.select([info], [], [], PATIENCE)[0]:
        piece = os.read(info, 4096)
        if not piece:
            return None
        text += piece
    try:
        return os.pidfd_open(int(json.loads(text)["child-pid"]))
    except (ValueError, LookupError, OSError):  # it has ended already, or bubblewrap or the kernel is too old
        return None


def _spaces(*, network: bool) -> list[str]:
    # As root bubblewrap would keep root's powers, and with them a script could mount its way out.
    made = ["--die-with-parent", "--unshare-user", "--cap-drop", "ALL"]
    made += ["--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    return made if network else [*made, "--unshare-net"]


def _fresh() -> list[str]:
    return ["--proc", "/proc", "--dev", "/dev"]


def _yours() -> Iterator[Path]:
    yield from map(Path, ("/tmp", "/var/tmp", "/run"))
    home = Path.home().resolve()
    if not any(Path(place).is_relative_to(home) for place in ("/usr", "/etc", "/bin")):  # as where HOME is /
        yield home


def _python() -> set[Path]:
    program = Path(sys.executable)
    return {Path(sys.prefix), Path(sys.base_prefix), program.parent.parent, program.resolve().parent.parent}
