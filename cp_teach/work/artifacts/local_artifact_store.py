"""The artifact store: where a pipeline keeps the artifacts that its actions hand on."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from cp_teach.atomic_write import copy_atomically
from cp_teach.work.artifacts.zip_artifacts import BadArtifact

COMING = ".coming"


class ArtifactStore(Protocol):
    """Keeps artifacts by their S3 keys: ``pipeline/artifact/xxxxxxx.zip``."""

    def put(self, key: str, path: Path) -> None:
        """Keep a copy of the file under the key."""

    def get(self, key: str) -> Path:
        """The file under the key, only to be read. Raises ``BadArtifact`` when there is none."""


class FolderStore:
    """An artifact store in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, path: Path) -> None:
        """See ``ArtifactStore``. Whoever reads meanwhile finds the old file or the new one, and always a whole one."""
        goal = self._place(key)
        goal.parent.mkdir(parents=True, exist_ok=True)
        incomplete = self.folder / COMING
        incomplete.mkdir(exist_ok=True)
        try:
            copy_atomically(path, goal, incomplete)
        except FileNotFoundError:
            raise BadArtifact(f"There is no file {path.name} to keep as {key}.") from None

    def get(self, key: str) -> Path:
        """See ``ArtifactStore``."""
        place = self._place(key)
        if not place.is_file():
            raise BadArtifact(
                f"The artifact store has no object {key}: the action that should have made it has not uploaded it."
            )
        return place

    def _place(self, key: str) -> Path:
        parts = key.split("/")
        odd = any(part in ("", ".", "..") or part.startswith(COMING) for part in parts)
        if odd or "\\" in key or "\0" in key or ":" in parts[0]:
            raise BadArtifact(
                f"{key!r} is no key of an artifact; one looks like pipeline/artifact/Sf8wRtG.zip."
            )
        place = self.folder.joinpath(*parts)
        if not place.resolve().is_relative_to(self.folder.resolve()):
            raise BadArtifact(f"{key!r} leads out of the artifact store.")
        return place
