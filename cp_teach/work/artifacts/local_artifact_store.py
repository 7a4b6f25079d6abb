"""The artifact store: it holds the artifacts of a pipeline by their S3 keys."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from cp_teach.atomic_write import copy_atomically
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact


class ArtifactStore(Protocol):
    """Holds artifacts by their S3 keys: ``pipeline/artifact/xxxxxxx.zip``."""

    def put(self, key: str, path: Path) -> None:
        """Store a copy of the file under the key."""

    def get(self, key: str) -> Path:
        """The file under the key, for reading only. Raises ``InvalidArtifact`` if it does not exist."""


class FolderStore:
    """An artifact store in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, path: Path) -> None:
        """See ``ArtifactStore``. A concurrent reader gets the old file or the new one, always complete."""
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            copy_atomically(path, target)
        except FileNotFoundError:
            raise InvalidArtifact(f"The file {path.name} for the artifact {key} does not exist.") from None

    def get(self, key: str) -> Path:
        """See ``ArtifactStore``."""
        path = self._path(key)
        if not path.is_file():
            raise InvalidArtifact(
                f"The artifact store has no object {key}: the action that makes it has not uploaded it."
            )
        return path

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        # Names that begin with a dot and end with .part belong to unfinished copies.
        invalid = any(
            part in ("", ".", "..") or (part.startswith(".") and part.endswith(".part")) for part in parts
        )
        if invalid or "\\" in key or "\0" in key or ":" in parts[0]:
            raise InvalidArtifact(
                f"{key!r} is not a valid artifact key; a valid one looks like pipeline/artifact/Sf8wRtG.zip."
            )
        path = self.folder.joinpath(*parts)
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise InvalidArtifact(f"{key!r} leads out of the artifact store.")
        return path
