"""Symbolic links of a git repository, in the zip file that a source action hands on.

CodePipeline's zip has no links: each is a text file that holds the path to which it leads (seen by aws-cdk, pull
requests 7343 and 14520). Only a full clone keeps them; here they are then packed as the files to which they lead. No
file outside of the repository is ever read.
"""

from __future__ import annotations

import copy
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cp_teach.security.input.zip_input import PlainZip
from cp_teach.work.artifacts.zip_artifacts import FILES, BadArtifact
from cp_teach.work.sandbox.run_command import USUAL, Limits

HOPS = 40
"""Over so many links a path may lead: the kernel's own limit. Behind it there is a circle."""
NAMED = 3
"""So many links are told by their names."""
Place = tuple[str, ...]


def without_links(archive: Path, *, follow: bool, limits: Limits = USUAL) -> str:
    """Take the links out of a zip; what was done about them, in a sentence, "" for a zip without any.

    With ``follow`` a link is packed as the file or folder to which it leads; one that leads nowhere in the zip stays a
    text. Raises ``BadArtifact`` where that makes too much of it."""
    with PlainZip(archive) as zipped:
        tree = _Tree(zipped)
        if not tree.links:
            return ""
        made = archive.with_name(f"{archive.name}.plain")
        texts: dict[Place, str] = {}
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as plain:
            plain.comment = zipped.comment
            size = 0
            for count, (name, info) in enumerate(tree.entries((), (), follow)):
                size += info.file_size
                if count >= FILES or size > limits.disk:
                    raise BadArtifact(
                        "With its symbolic links followed, the repository is too large. Remove links to folders."
                    )
                new = copy.copy(info)
                new.filename = new.orig_filename = name
                place = _place(info.filename)
                if place in tree.links:
                    texts[place] = tree.links[place][1]
                    new.external_attr = (stat.S_IFREG | 0o777) << 16
                plain.writestr(new, b"" if info.is_dir() else zipped.read(info))
    made.replace(archive)
    return _told([f"{'/'.join(place)} -> {leads}" for place, leads in texts.items()], follow)


class _Tree:
    """What is in a zip: files and folders, and links with the paths to which they lead."""

    def __init__(self, zipped: zipfile.ZipFile) -> None:
        self.plain: dict[Place, zipfile.ZipInfo] = {}
        self.links: dict[Place, tuple[zipfile.ZipInfo, str]] = {}
        self.folders: set[Place] = {()}
        for info in zipped.infolist():
            place = _place(info.filename.rstrip("/"))
            if stat.S_ISLNK(info.external_attr >> 16):
                self.links[place] = info, zipped.read(info).decode(errors="replace")
            else:
                self.plain[place] = info
            inside = place if info.is_dir() else place[:-1]
            self.folders.update(inside[:length] for length in range(1, len(inside) + 1))

    def entries(
        self, folder: Place, to: Place, follow: bool, through: tuple[Place, ...] = ()
    ) -> Iterator[tuple[str, zipfile.ZipInfo]]:
        """What is in a folder, with its name when that folder is packed as ``to``; links to folders have led
        ``through`` those."""
        depth = len(folder)
        for place, info in self.plain.items():
            if place[:depth] == folder and (name := "/".join(to + place[depth:])):
                yield name + "/" * info.is_dir(), info
        for place, (info, _) in self.links.items():
            if place[:depth] != folder:
                continue
            named, ways = to + place[depth:], (*through, place)
            goal = self._goal(place) if follow else None
            if goal in self.plain and goal not in self.folders:
                yield "/".join(named), self.plain[goal]
            # A folder in which one is already would go on for ever.
            elif goal in self.folders and len(ways) < HOPS and not any(w[: len(goal)] == goal for w in ways):
                yield from self.entries(goal, named, follow, ways)
            else:
                yield "/".join(named), info

    def _goal(self, place: Place) -> Place | None:
        """Where a path leads, over all links; None for out of the zip, or round in a circle."""
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
                leads = self.links[tuple(at)][1]
                hops += 1
                if leads.startswith("/") or hops > HOPS:
                    return None
                at.pop()
                todo += reversed(leads.split("/"))
        return tuple(at)


def _place(name: str) -> Place:
    return tuple(name.split("/"))


def _told(left: list[str], follow: bool) -> str:
    if not left:
        return "Symbolic links are packed as the files to which they lead."
    names = ", ".join(left[:NAMED])
    more = f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    if follow:
        return f"Links that lead to no file of the repository: {names}{more}. Each is a text file that holds its path."
    return (
        f"Symbolic links: {names}{more}. As on AWS, each is a text file here that holds its path. Let the build make "
        "the link anew; or set OutputArtifactFormat to CODEBUILD_CLONE_REF, where the source has it."
    )
