"""Pack artifacts as zip files, and unpack untrusted ones."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from cp_teach.security.input.zip_input import PlainZip
from cp_teach.work.sandbox.limits import USUAL, Limits

FILES = 20_000
"""The maximum number of entries of an artifact."""
CHUNK = 1 << 16
TIMESTAMP = (1980, 1, 1, 0, 0, 0)  # for every file, so the same files make the same zip file


class InvalidArtifact(Exception):
    """An artifact that is missing, damaged, or not allowed. Its text is a sentence for a learner."""


def pack(folder: Path, files: Iterable[str], to: Path) -> None:
    """Make the zip file ``to`` of files below ``folder``, under their relative paths (``target/app.jar``)."""
    pack_as(folder, {name: name for name in files}, to)


def pack_as(folder: Path, files: Mapping[str, str], to: Path) -> None:
    """Make the zip file ``to``: name in the zip file -> path below ``folder``. Unix modes are preserved.

    A link is packed as its target file. A link out of the folder is refused, because commands may not have access to
    its target.
    """
    root = folder.resolve()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, place in files.items():
            source = folder / place
            target = source.resolve()
            if not target.is_relative_to(root):
                raise InvalidArtifact(
                    f"{place} is a link that leads out of its folder; copy the file instead."
                )
            if not target.is_file():
                raise InvalidArtifact(f"{place} is not a file; list files, or a pattern that matches files.")
            info = zipfile.ZipInfo(name, TIMESTAMP)
            info.external_attr = (stat.S_IFREG | stat.S_IMODE(target.stat().st_mode)) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            with target.open("rb") as data, archive.open(info, "w", force_zip64=True) as packed:
                shutil.copyfileobj(data, packed)


def list_files(folder: Path) -> list[str]:
    """The relative paths of all files below a folder, sorted."""
    return sorted(
        (PurePosixPath(Path(parent).relative_to(folder).as_posix()) / name).as_posix()
        for parent, _, names in os.walk(folder)
        for name in names
        if (Path(parent) / name).is_file()
    )


def unpack(path: Path, folder: Path, limits: Limits = USUAL) -> None:
    """Unpack a zip file into a folder, up to ``limits.disk`` bytes; executable files stay executable.

    Raises ``InvalidArtifact`` if the file is not a complete zip file, or has entries that lead out of the folder,
    overwrite each other, are links or devices, or are too large.
    """
    try:
        with PlainZip(path) as archive:
            _unpack(archive, folder, limits.disk)
    except FileNotFoundError:
        raise InvalidArtifact(f"The file {path.name} does not exist.") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError) as error:
        raise InvalidArtifact(
            f"{path.name} is not a zip file, or is damaged: {error}. Make and upload it again."
        ) from error
    except (RuntimeError, NotImplementedError, ValueError, OSError, OverflowError, struct.error) as error:
        raise InvalidArtifact(
            f"{path.name} cannot be unpacked: {error}. Make it again with plain zip."
        ) from error


def _unpack(archive: zipfile.ZipFile, folder: Path, available: int) -> None:
    infos = archive.infolist()
    if len(infos) > FILES:
        raise InvalidArtifact(
            f"The artifact has {len(infos)} entries; {FILES} is the limit. Pack fewer files."
        )
    # Check the declared sizes before anything is written; the unpacked bytes are counted as well.
    if sum(info.file_size for info in infos) > available:
        raise InvalidArtifact(
            f"Unpacked, the artifact would take more than {available} bytes. Pack fewer files."
        )
    seen: set[PurePosixPath] = set()
    places = [(info, _entry_path(info)) for info in infos]
    folder.mkdir(parents=True, exist_ok=True)
    for info, place in places:
        target = folder / place
        if info.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        if place in seen:
            raise InvalidArtifact(f"The artifact contains {place} twice; each name may occur only once.")
        seen.add(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open(info) as data, target.open("xb") as file:  # x: never overwrite a file
                available -= _copy(data, file, available)
        except FileExistsError:
            raise InvalidArtifact(f"{place} would overwrite another file; rename one.") from None
        target.chmod(0o644 | (info.external_attr >> 16) & 0o111)


def _copy(data: IO[bytes], file: IO[bytes], available: int) -> int:
    total = 0
    while chunk := data.read(CHUNK):
        total += len(chunk)
        if total > available:
            raise InvalidArtifact("Unpacked, the artifact is larger than it declares. Do not trust it.")
        file.write(chunk)
    return total


def _entry_path(info: zipfile.ZipInfo) -> PurePosixPath:
    """The path of an entry below the folder."""
    name = info.orig_filename
    if name.startswith("/") or name[1:2] == ":" or "\\" in name or "\0" in name:
        raise InvalidArtifact(
            f"The artifact has an entry {name!r}: names must be relative, with / between folders."
        )
    place = PurePosixPath(name)
    if ".." in place.parts:
        raise InvalidArtifact(f"The artifact has an entry {name!r}, which leads out of its folder.")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "link" if kind == stat.S_IFLNK else "device"
        raise InvalidArtifact(f"The artifact has a {what}, {name!r}: pack plain files only (zip without -y).")
    return place
