"""Which files of a build make an artifact."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from cp_teach.pipeline.globs import matches
from cp_teach.work.codebuild.buildspec import Files


class NoMatch(Exception):
    """An artifact that the build has not made: its text is a sentence for a learner."""


def collect(files: Files, source: Path, log: Callable[[str], None] = lambda line: None) -> dict[str, str]:
    """Name in the artifact -> path under ``source``, as the buildspec's artifacts ask for it.

    Raises ``NoMatch`` when a pattern finds nothing. Links to folders are not followed. ``source`` is the folder's
    real path."""
    if source.resolve() != source or not source.is_dir():
        raise NoMatch("the source folder is not where it was: a command has moved or replaced it.")
    bases = [
        base for base in _folders(source, files.base) if (source / base).resolve().is_relative_to(source)
    ]
    if not bases:
        raise NoMatch(f"base-directory {files.base!r} is not there. {_there(source)}")
    found: dict[str, str] = {}
    unmet = dict.fromkeys(map(_plain, files.files))
    for base in bases:
        for name in walk(source / base):
            hits = [pattern for pattern in map(_plain, files.files) if _hit(pattern, name)]
            if any(_hit(_plain(pattern), name) for pattern in files.without):
                continue
            for pattern in hits:
                unmet.pop(pattern, None)
            if hits:
                goal = PurePosixPath(name).name if files.flat else name
                if goal in found:
                    log(f"{base}/{name} takes the place of {found[goal]}: both are {goal} in the artifact.")
                found[goal] = (PurePosixPath(base) / name).as_posix()
    if unmet:
        under = f" under {files.base}" if files.base else ""
        raise NoMatch(
            f"no matching artifact paths found: {', '.join(unmet)}{under}. {_there(source / bases[0])}"
        )
    return found


def walk(folder: Path) -> list[str]:
    """The files under a folder by their relative paths, sorted."""
    return sorted(
        (PurePosixPath(Path(home).relative_to(folder).as_posix()) / name).as_posix()
        for home, _, names in os.walk(folder)
        for name in names
        if (Path(home) / name).is_file()
    )


def _folders(source: Path, base: str) -> list[str]:
    if not _plain(base):
        return ["."]
    names = (
        (Path(home) / name).relative_to(source).as_posix()
        for home, folders, _ in os.walk(source)
        for name in folders
    )
    return sorted(name for name in names if _hit(_plain(base), name))


def _plain(pattern: str) -> str:
    while pattern.startswith("./"):
        pattern = pattern[2:]
    return "" if pattern == "." else pattern.rstrip("/")


def _hit(pattern: str, name: str) -> bool:
    return pattern == name or matches(pattern, name)  # a name may hold signs of globs


def _there(folder: Path) -> str:
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    if not names:
        return "The folder is empty: has the build made the file?"
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"There are: {', '.join(names[:12])}{more}."
