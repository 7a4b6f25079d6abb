"""Select the files of a build's artifact by the globs of its buildspec."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from cp_teach.pipeline.globs import matches
from cp_teach.work.artifacts.zip_artifacts import list_files
from cp_teach.work.codebuild.buildspec import ArtifactFiles


class NoMatch(Exception):
    """An artifact without files. Its text is a sentence for a learner."""


def collect(
    artifact: ArtifactFiles, source: Path, log: Callable[[str], None] = lambda line: None
) -> dict[str, str]:
    """The files of an artifact: name in the artifact -> path below ``source``, which is the folder's real path.

    Raises ``NoMatch`` if a pattern matches no file. Links to folders are not followed.
    """
    if source.resolve() != source or not source.is_dir():
        raise NoMatch("the source folder is missing: a command has moved or replaced it.")
    bases = [
        base
        for base in _folders(source, artifact.base_directory)
        if (source / base).resolve().is_relative_to(source)
    ]
    if not bases:
        raise NoMatch(f"base-directory {artifact.base_directory!r} does not exist. {_contents(source)}")
    files: dict[str, str] = {}
    unmatched = dict.fromkeys(map(_plain, artifact.files))
    for base in bases:
        for name in list_files(source / base):
            hits = [pattern for pattern in map(_plain, artifact.files) if _hit(pattern, name)]
            if any(_hit(_plain(pattern), name) for pattern in artifact.exclude_paths):
                continue
            for pattern in hits:
                unmatched.pop(pattern, None)
            if hits:
                target = PurePosixPath(name).name if artifact.discard_paths else name
                if target in files:
                    log(f"{base}/{name} replaces {files[target]}: both are {target} in the artifact.")
                files[target] = (PurePosixPath(base) / name).as_posix()
    if unmatched:
        below = f" under {artifact.base_directory}" if artifact.base_directory else ""
        raise NoMatch(
            f"no matching artifact paths found: {', '.join(unmatched)}{below}. {_contents(source / bases[0])}"
        )
    return files


def _folders(source: Path, base: str) -> list[str]:
    if not _plain(base):
        return ["."]
    names = (
        (Path(parent) / name).relative_to(source).as_posix()
        for parent, folders, _ in os.walk(source)
        for name in folders
    )
    return sorted(name for name in names if _hit(_plain(base), name))


def _plain(pattern: str) -> str:
    while pattern.startswith("./"):
        pattern = pattern[2:]
    return "" if pattern == "." else pattern.rstrip("/")


def _hit(pattern: str, name: str) -> bool:
    return pattern == name or matches(
        pattern, name
    )  # a file name can contain the special characters of globs


def _contents(folder: Path) -> str:
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    if not names:
        return "The folder is empty: did the build create the file?"
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"The folder contains: {', '.join(names[:12])}{more}."
