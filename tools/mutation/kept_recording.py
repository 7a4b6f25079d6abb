"""The recording of which tests call which functions, kept between runs in the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path


class KeptRecording:
    """One JSON file for each file of tests, and what the tests and the source were when it was made."""

    def __init__(self, root: Path, package: Path) -> None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.root, self.package = root, package
        self.folder = cache / "cp-teach" / "mutation" / _hash(str(root).encode())
        self._stamps = self.folder / "stamps"  # no .json: it is no recording
        try:
            self._known: dict[str, str] = json.loads(self._stamps.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    @property
    def tests(self) -> list[str]:
        """Every file of tests, from the root."""
        return [
            path.relative_to(self.root).as_posix() for path in sorted(self.root.glob("tests/**/test_*.py"))
        ]

    def is_stale(self) -> bool:
        """Whether the source is another one than the recording has seen."""
        return self._known.get("source") != self._source()

    def changed_tests(self) -> list[str]:
        """The files of tests that the recording has not seen as they are."""
        return [path for path in self.tests if self._known.get(path) != self._stamp(path)]

    def replace(self, recorded: list[str], new: Path) -> None:
        """Take what was recorded in ``new`` for these files of tests, and forget what is no longer there."""
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
