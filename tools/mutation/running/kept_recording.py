"""The recording of which tests call which functions, kept between runs in the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path


class KeptRecording:
    """A JSON file for each test file, and checksums of the tests and the source at the time of the recording."""

    def __init__(self, root: Path, package: Path) -> None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.root, self.package = root, package
        self.folder = cache / "cp-teach" / "mutation" / _hash(str(root).encode())
        self._stamps = self.folder / "stamps"  # no .json, which marks recordings
        try:
            self._known: dict[str, str] = json.loads(self._stamps.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    @property
    def tests(self) -> list[str]:
        """The paths of all test files, relative to the root."""
        return [
            path.relative_to(self.root).as_posix() for path in sorted(self.root.glob("tests/**/test_*.py"))
        ]

    def is_stale(self) -> bool:
        """Whether the source has changed since the recording."""
        return self._known.get("source") != self._source()

    def changed_tests(self) -> list[str]:
        """The test files that have changed since the recording, or are new."""
        return [path for path in self.tests if self._known.get(path) != self._stamp(path)]

    def replace(self, recorded: list[str], new: Path) -> None:
        """Replace the recordings of these test files by those in ``new``, and delete those of removed test files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in {*recorded, *(set(self._known) - set(self.tests))}:
            self._file(path).unlink(missing_ok=True)
        for file in new.glob("*.json"):
            tests = json.loads(file.read_text(encoding="utf-8"))["tests"]
            shutil.copy(file, self._file(next(iter(tests)).split("::")[0]))
        known = {path: self._known.get(path, "") for path in self.tests}
        known |= {path: self._stamp(path) for path in recorded} | {"source": self._source()}
        self._known = known
        self._stamps.write_text(json.dumps(known), encoding="utf-8")

    def _file(self, path: str) -> Path:
        return self.folder / f"{path.replace('/', '.')}.json"

    def _stamp(self, path: str) -> str:
        return _hash((self.root / path).read_bytes())

    def _source(self) -> str:
        return _hash(b"".join(path.read_bytes() for path in sorted(self.package.rglob("*.py"))))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
