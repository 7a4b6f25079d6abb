"""Replace symbolic links in the zip file of a git repository, because CodePipeline's artifacts have none.

CodePipeline turns each link into a text file with the path of its target (observed by aws-cdk, pull requests 7343 and
14520). Only a full clone keeps links; here, they are then packed as their target files. No file outside the repository
is ever read.
"""

from __future__ import annotations

import copy
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cp_teach.security.input.zip_input import PlainZip
from cp_teach.work.artifacts.zip_artifacts import FILES, InvalidArtifact
from cp_teach.work.sandbox.limits import USUAL, Limits

MAX_HOPS = 40
"""The maximum number of links on a path, as in the kernel. A longer path is a circle."""
LISTED = 3
"""The number of links that a message lists."""
Parts = tuple[str, ...]


def without_links(archive: Path, *, follow: bool, limits: Limits = USUAL) -> str:
    """Remove the links from a zip file; returns a sentence about them, or "" if there are none.

    With ``follow``, a link is packed as its target file or folder; a link without a target in the zip file stays a
    text file. Raises ``InvalidArtifact`` if the result is too large.
    """
    with PlainZip(archive) as zipped:
        tree = _Tree(zipped)
        if not tree.links:
            return ""
        plain_copy = archive.with_name(f"{archive.name}.plain")
        texts: dict[Parts, str] = {}
        with zipfile.ZipFile(plain_copy, "w", zipfile.ZIP_DEFLATED) as plain:
            plain.comment = zipped.comment
            size = 0
            for count, (name, info) in enumerate(tree.entries((), (), follow)):
                size += info.file_size
                if count >= FILES or size > limits.disk:
                    raise InvalidArtifact(
                        "With its symbolic links followed, the repository is too large. Remove links to folders."
                    )
                new = copy.copy(info)
                new.filename = new.orig_filename = name
                place = _parts(info.filename)
                if place in tree.links:
                    texts[place] = tree.links[place][1]
                    new.external_attr = (stat.S_IFREG | 0o777) << 16
                plain.writestr(new, b"" if info.is_dir() else zipped.read(info))
    plain_copy.replace(archive)
    return _summary([f"{'/'.join(place)} -> {target}" for place, target in texts.items()], follow)


class _Tree:
    """The contents of a zip file: files, folders, and links with their targets."""

    def __init__(self, zipped: zipfile.ZipFile) -> None:
        self.plain: dict[Parts, zipfile.ZipInfo] = {}
        self.links: dict[Parts, tuple[zipfile.ZipInfo, str]] = {}
        self.folders: set[Parts] = {()}
        for info in zipped.infolist():
            place = _parts(info.filename.rstrip("/"))
            if stat.S_ISLNK(info.external_attr >> 16):
                self.links[place] = info, zipped.read(info).decode(errors="replace")
            else:
                self.plain[place] = info
            inside = place if info.is_dir() else place[:-1]
            self.folders.update(inside[:length] for length in range(1, len(inside) + 1))

    def entries(
        self, folder: Parts, prefix: Parts, follow: bool, through: tuple[Parts, ...] = ()
    ) -> Iterator[tuple[str, zipfile.ZipInfo]]:
        """The entries of a folder, named as if the folder were ``prefix``; ``through`` are the links to folders on the
        way."""
        depth = len(folder)
        for place, info in self.plain.items():
            if place[:depth] == folder and (name := "/".join(prefix + place[depth:])):
                yield name + "/" * info.is_dir(), info
        for place, (info, _) in self.links.items():
            if place[:depth] != folder:
                continue
            named, passed = prefix + place[depth:], (*through, place)
            target_path = self._target(place) if follow else None
            if target_path in self.plain and target_path not in self.folders:
                yield "/".join(named), self.plain[target_path]
            # A folder in which one is already would go on for ever.
            elif (
                target_path in self.folders
                and len(passed) < MAX_HOPS
                and not any(w[: len(target_path)] == target_path for w in passed)
            ):
                yield from self.entries(target_path, named, follow, passed)
            else:
                yield "/".join(named), info

    def _target(self, place: Parts) -> Parts | None:
        """The path that a path leads to over all links; None if that is outside the zip file, or in a circle."""
        todo, at, hops = list(reversed(place)), list[str](), 0
        while todo:
            part = todo.pop()
            if part == "..":
                if not at:
                    return None
                at.pop()
            elif part not in ("", "."):
                at.append(part)
            if tuple(at) in self.links:
                target = self.links[tuple(at)][1]
                hops += 1
                if target.startswith("/") or hops > MAX_HOPS:
                    return None
                at.pop()
                todo += reversed(target.split("/"))
        return tuple(at)


def _parts(name: str) -> Parts:
    return tuple(name.split("/"))


def _summary(links: list[str], follow: bool) -> str:
    if not links:
        return "Symbolic links are packed as their target files."
    names = ", ".join(links[:LISTED])
    more = f" and {len(links) - LISTED} more" if len(links) > LISTED else ""
    if follow:
        return (
            f"Symbolic links without a target in the repository: {names}{more}. "
            "Each becomes a text file with its path."
        )
    return (
        f"Symbolic links: {names}{more}. As on AWS, each becomes a text file with its path. Let the build create "
        "the link again; or set OutputArtifactFormat to CODEBUILD_CLONE_REF, where the source has it."
    )
