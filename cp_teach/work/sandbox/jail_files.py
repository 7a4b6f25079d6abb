"""The files that a jailed command can see: the system's programs, the Python that runs this kit, and its own folder.

The list names what is visible. Everything else is hidden: home folders, other disks, /mnt, /media, /srv, /var, and
everything in /opt except the folders that hold this Python or a program on the standard path. A list of what to hide
would have to know every place where people keep secrets.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/nix", "/gnu")
"""The folders of programs, libraries and their settings."""

PROCESSORS = "/sys/devices/system/cpu"
"""Where the C library, the JVM, and others count the processors."""

PROGRAMS = ("/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin")
"""The folders whose links can point to a program in /opt."""

WRITABLE = {"/tmp": "tmp", "/var/tmp": "var-tmp", "/dev/shm": "shm"}
"""Writable places other than the command's folder -> the name of the folder in ``scratch`` behind them."""


def mounts(folder: Path, scratch: Path, *, network: bool) -> list[str]:
    """The arguments for bubblewrap that define the files of a jail.

    ``folder`` is the command's own. ``scratch`` is a folder outside it, for the places for temporary files. Those are
    on disk, so they count like the folder and need no memory, as a tmpfs would.
    """
    fixed = _fixed_mounts(os.environ.get("HOME", ""), os.environ.get("SUDO_USER", ""), network)
    args = list(fixed.system)
    for place, name in WRITABLE.items():
        behind = scratch / name
        behind.mkdir(mode=0o700)
        args += ["--bind", str(behind), place]
    return [*args, *fixed.homes, "--bind", str(folder), str(folder), *fixed.last]


class _FixedMounts(NamedTuple):
    """The arguments that are the same for every command."""

    system: tuple[str, ...]
    homes: tuple[str, ...]
    """The home folders, and the programs outside the system's folders."""
    last: tuple[str, ...]


@cache
def _fixed_mounts(home: str, sudo_user: str, network: bool) -> _FixedMounts:
    """The arguments that do not depend on the command. They are found once, because a deployment runs many hooks.

    ``home`` and ``sudo_user`` are the environment variables that ``_homes`` reads.
    """
    args: list[str] = []
    for place in SYSTEM:
        path = Path(place)
        if path.is_symlink():  # on most systems /bin is a link to usr/bin
            args += ["--symlink", str(path.readlink()), place]
        elif path.is_dir():
            args += ["--ro-bind", place, place]
    args += ["--ro-bind-try", PROCESSORS, PROCESSORS]
    for secret in _secrets(Path("/etc")):
        args += ["--ro-bind", os.devnull, secret]
    # If this program runs as root, the jail's root is root outside, too, and could change kernel settings.
    args += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"]
    args += ["--dev", "/dev", "--dir", "/run", "--symlink", "/run", "/var/run"]
    homes: list[str] = []
    covered = []
    for folder in _homes():
        if _is_visible(folder):  # for example HOME=/usr/src/app in a container
            homes += ["--tmpfs", str(folder)]
            covered.append(str(folder))
        else:  # create an empty folder, because programs expect one
            homes += ["--dir", str(folder)]
    for path in (*_linked_programs(), *_python()):
        if not _is_visible(path) or any(path.is_relative_to(hidden) for hidden in covered):
            homes += ["--ro-bind-try", str(path), str(path)]
    if network:
        for target in _resolver():
            homes += ["--ro-bind-try", target, target]
    # Last, because the places above must be created first. Otherwise the root would be a tmpfs of half the memory.
    last = [word for place in ("/dev", *covered, "/") for word in ("--remount-ro", place)]
    return _FixedMounts(tuple(args), tuple(homes), tuple(last))


def _is_visible(path: Path) -> bool:
    return any(path.is_relative_to(place) for place in SYSTEM)


def _homes() -> Iterator[Path]:
    """The home folders of this user; HOME can point elsewhere, as in containers and with sudo."""
    import pwd  # missing on Windows, which must still be able to report that commands do not run there

    homes = {Path.home()}
    for name in {os.environ.get("SUDO_USER", ""), ""}:
        try:
            entry = pwd.getpwnam(name) if name else pwd.getpwuid(os.getuid())
        except KeyError:  # a container can run as a user ID that has no entry
            continue
        homes.add(Path(entry.pw_dir))
    for home in {home.resolve() for home in homes if home.is_absolute()}:
        if home.is_dir() and not any(Path(place).is_relative_to(home) for place in (*SYSTEM, *WRITABLE)):
            yield home


def _python() -> list[Path]:
    """This Python: its environment, its installation, and the links from one to the other."""
    program = Path(sys.executable)
    places = {Path(sys.prefix), Path(sys.base_prefix), program.parent.parent, program.resolve().parent.parent}
    homes = list(_homes())
    whole = {place for place in places if not any(home.is_relative_to(place) for home in homes)}
    # For an installation whose prefix is a home folder, or above one: only its libraries, not the home.
    library = f"lib/python{sys.version_info.major}.{sys.version_info.minor}"
    paths = whole | {place / library for place in places - whole} | set(_chain(program))
    return sorted(path for path in paths if not any(above in paths for above in path.parents))


def _chain(program: Path) -> Iterator[Path]:
    """Every link of the program on the way to its file."""
    for _ in range(40):  # as many links as the kernel follows
        yield program
        if not program.is_symlink():
            return
        program = Path(os.path.normpath(program.parent / program.readlink()))


@cache
def _linked_programs() -> tuple[Path, ...]:
    """The folders in /opt that links on the standard path point to, such as /usr/local/bin/node to /opt/node."""
    folders = set()
    for place in PROGRAMS:
        try:
            entries = [entry.path for entry in os.scandir(place) if entry.is_symlink()]
        except OSError:
            continue
        for entry in entries:
            target = Path(os.path.realpath(entry))
            if len(target.parts) > 3 and target.parts[1] == "opt":
                folders.add(Path(*target.parts[:3]))
    return tuple(sorted(folders))


@cache
def _secrets(folder: Path) -> tuple[str, ...]:
    """Files that root can read and others cannot, such as /etc/shadow. Only when the kit runs as root must they be
    hidden."""
    if os.geteuid() != 0:
        return ()
    files, todo = [], [str(folder)]
    while todo:
        for entry in os.scandir(todo.pop()):
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode) and mode & stat.S_IXOTH:
                todo.append(entry.path)
            elif stat.S_ISDIR(mode):
                files += [each.path for each in os.scandir(entry.path) if each.is_file(follow_symlinks=False)]
            elif stat.S_ISREG(mode) and not mode & stat.S_IROTH:
                files.append(entry.path)
    return tuple(sorted(files))


def _resolver() -> Sequence[str]:
    """The target of /etc/resolv.conf. It is often in /run, which is hidden."""
    target = os.path.realpath("/etc/resolv.conf")
    return () if _is_visible(Path(target)) else (target,)
