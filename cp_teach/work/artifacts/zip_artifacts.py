"""Artifacts are zip files: packing one, and unpacking one that somebody else has made."""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from cp_teach.security.input.zip_input import PlainZip
from cp_teach.work.sandbox.run_command import USUAL, Limits

FILES = 20_000
"""How many entries an artifact may have."""
PIECE = 1 << 16
WHEN = (1980, 1, 1, 0, 0, 0)  # of every file, so that the same files make the same zip


class BadArtifact(Exception):
    """An artifact that is missing, or cannot be unpacked, or may not be. Its text is a sentence for a learner."""


def pack(folder: Path, files: Iterable[str], to: Path) -> None:
    """Make the zip ``to`` of files under ``folder``, named as they lie there (``target/app.jar``)."""
    pack_as(folder, {name: name for name in files}, to)


def pack_as(folder: Path, files: Mapping[str, str], to: Path) -> None:
    """Make the zip ``to``: name in the zip -> where the file lies under ``folder``. Unix modes are kept.

    A link is packed as the file that it leads to; one that leads out of the folder is refused, because its file
    may be one that the commands were kept from."""
    root = folder.resolve()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, place in files.items():
            source = folder / place
            target = source.resolve()
            if not target.is_relative_to(root):
                raise BadArtifact(f"{place} is a link that leads out of its folder; copy the file instead.")
            if not target.is_file():
                raise BadArtifact(f"{place} is no file; list files, or a pattern that finds files.")
            info = zipfile.ZipInfo(name, WHEN)
            info.external_attr = (stat.S_IFREG | stat.S_IMODE(target.stat().st_mode)) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            with target.open("rb") as data, archive.open(info, "w", force_zip64=True) as packed:
                shutil.copyfileobj(data, packed)


def unpack(path: Path, folder: Path, limits: Limits = USUAL) -> None:
    """Unpack a zip into a folder, up to ``limits.disk`` bytes; files keep the bits that let them run.

    Raises ``BadArtifact`` for a file that is no whole zip, and for one that would write outside of the folder or
    over its own files, brings links or devices, or grows too large."""
    try:
        with PlainZip(path) as archive:
            _unpack(archive, folder, limits.disk)
    except FileNotFoundError:
        raise BadArtifact(f"There is no file {path.name}.") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError) as no:
        raise BadArtifact(
            f"{path.name} is no zip file, or is damaged: {no}. Make and upload it again."
        ) from no
    except (RuntimeError, NotImplementedError, ValueError, OSError, OverflowError, struct.error) as no:
        raise BadArtifact(f"{path.name} cannot be unpacked: {no}. Make it again with plain zip.") from no


def _unpack(archive: zipfile.ZipFile, folder: Path, most: int) -> None:
    infos = archive.infolist()
    if len(infos) > FILES:
        raise BadArtifact(f"The artifact has {len(infos)} entries; {FILES} is the limit. Pack fewer files.")
    # What it says of itself is looked at before anything is written; what comes out is counted nevertheless.
    if sum(info.file_size for info in infos) > most:
        raise BadArtifact(f"Unpacked, the artifact would take more than {most} bytes. Pack fewer files.")
    seen: set[PurePosixPath] = set()
    places = [(info, _place(info)) for info in infos]
    folder.mkdir(parents=True, exist_ok=True)
    for info, place in places:
        goal = folder / place
        if info.is_dir():
            goal.mkdir(parents=True, exist_ok=True)
            continue
        if place in seen:
            raise BadArtifact(f"The artifact has {place} twice; a name may come once only.")
        seen.add(place)
        goal.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open(info) as data, goal.open("xb") as file:  # x: never over what is there
                most -= _copy(data, file, most)
        except FileExistsError:
            raise BadArtifact(f"{place} would be written over another file; rename one.") from None
        goal.chmod(0o644 | (info.external_attr >> 16) & 0o111)


def _copy(data: IO[bytes], file: IO[bytes], most: int) -> int:
    total = 0
    while piece := data.read(PIECE):
        total += len(piece)
        if total > most:
            raise BadArtifact("Unpacked, the artifact is larger than it says of itself. Do not trust it.")
        file.write(piece)
    return total


def _place(info: zipfile.ZipInfo) -> PurePosixPath:
    """Where an entry belongs under the folder."""
    name = info.orig_filename
    if name.startswith("/") or name[1:2] == ":" or "\\" in name or "\0" in name:
        raise BadArtifact(
            f"The artifact has an entry {name!r}: its names must be relative, with / between folders."
        )
    place = PurePosixPath(name)
    if ".." in place.parts:
        raise BadArtifact(f"The artifact has an entry {name!r}, which leads out of its folder.")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "link" if kind == stat.S_IFLNK else "device"
        raise BadArtifact(f"The artifact has a {what}, {name!r}: pack plain files only (zip without -y).")
    return place
