"""Read single files of an input artifact, within limits."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

from cp_teach.security.input.zip_input import ZIP_ERRORS, PlainZip

MAX_FILE = 1_000_000
"""Maximum bytes of a file that is read."""


class CheckFailed(Exception):
    """Why an action fails. ``failure`` is AWS's failure type, and the text is the message of the action."""

    def __init__(self, message: str, failure: str = "ConfigurationError") -> None:
        super().__init__(message)
        self.failure = failure


class ArtifactReader:
    """The files of one artifact, given by its path or its bytes. Raises ``CheckFailed`` if it is not a zip file."""

    def __init__(self, name: str, artifact: Path | bytes) -> None:
        self.name = name
        self._artifact = artifact
        try:
            with self._open() as archive:
                self._sizes = {
                    entry.filename: entry.file_size for entry in archive.infolist() if not entry.is_dir()
                }
        except ZIP_ERRORS as error:
            raise CheckFailed(f"The input artifact {name} is not a usable zip file: {error}.") from None

    def _open(self) -> PlainZip:
        return PlainZip(io.BytesIO(self._artifact) if isinstance(self._artifact, bytes) else self._artifact)

    @property
    def files(self) -> list[str]:
        """The paths of all files."""
        return sorted(self._sizes)

    def find(self, path: str) -> str | None:
        """The path as it is in the artifact; None if there is no such file."""
        plain = path.strip().removeprefix("./").lstrip("/")
        return plain if plain in self._sizes else None

    def has_folder(self, path: str) -> bool:
        """Whether a file is below this folder."""
        folder = path.strip().removeprefix("./").strip("/")
        return folder in ("", ".") or any(name.startswith(f"{folder}/") for name in self._sizes)

    def size(self, path: str) -> int:
        """The size of a file in bytes."""
        return self._sizes[path]

    def read(self, path: str) -> bytes:
        """The contents of a file. Raises ``CheckFailed`` if it is damaged or too large."""
        if self._sizes[path] > MAX_FILE:
            raise CheckFailed(f"{path} in the artifact {self.name} is larger than {MAX_FILE} bytes.")
        try:
            with self._open() as archive, archive.open(path) as file:
                return file.read(MAX_FILE + 1)
        except ZIP_ERRORS as error:
            raise CheckFailed(
                f"{path} in the artifact {self.name} cannot be read: {error}. Pack the artifact again."
            ) from None

    def contents(self) -> str:
        """A sentence that lists the first files."""
        names = self.files
        if not names:
            return f"The artifact {self.name} has no files."
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        return f"The artifact {self.name} has: {', '.join(names[:8])}{more}."


Artifacts = Mapping[str, Path | bytes]
"""Artifact name -> its zip file, or its bytes."""
Reader = Callable[[str], ArtifactReader]
"""Returns the reader of an input artifact. Raises ``CheckFailed`` for another name."""


def readers(artifacts: Artifacts, action: str) -> Reader:
    """The readers of the input artifacts of an action."""

    def reader(name: str) -> ArtifactReader:
        if name not in artifacts:
            names = ", ".join(artifacts) or "none"
            raise CheckFailed(f"{action} has no input artifact {short_text(name)}; it has: {names}.")
        return ArtifactReader(name, artifacts[name])

    return reader


def short_text(value: str) -> str:
    """A value in quotes, cut if it is long."""
    return repr(value if len(value) <= 60 else value[:57] + "...")
