"""The working copy of the notebooks, which a student can change; the originals stay unchanged.

The copy records the hash of each file that it was given. An update adds new files, refreshes files that the student has
not changed, and keeps changed ones.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from cp_teach.atomic_write import write_atomically
from cp_teach.course.kernel_metadata import with_kernel_metadata
from cp_teach.security.input.json_input import parse_json

_SKIPPED = {".ipynb_checkpoints", "__pycache__"}


def _content_hash(path: Path) -> str:
    """Return the hash of a file, or of a notebook's cells without outputs, because running it is not a change."""
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            cells = [(cell["cell_type"], "".join(cell["source"])) for cell in parse_json(content)["cells"]]
            content = json.dumps(cells).encode()
        except (ValueError, KeyError, TypeError):
            pass  # not a readable notebook: compare all bytes
    return hashlib.sha256(content).hexdigest()


class WorkingCopy:
    """A folder of notebooks that is a copy of another."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder = folder
        self.source = source
        self.record_path = folder / ".jupyter" / "handed-out.json"

    def _originals(self) -> list[Path]:
        """Return the paths of all originals, relative to the source."""
        paths = (path.relative_to(self.source) for path in self.source.rglob("*") if path.is_file())
        return sorted(path for path in paths if not _SKIPPED & set(path.parts))

    def _recorded_hashes(self) -> dict[str, str]:
        try:
            hashes: dict[str, str] = parse_json(self.record_path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}  # without the record, existing files count as changed
        return hashes

    def changed(self) -> list[Path]:
        """Return the files that the student has changed."""
        hashes = self._recorded_hashes()
        return [
            path
            for path in self._originals()
            if (self.folder / path).exists()
            and _content_hash(self.folder / path)
            not in (hashes.get(path.as_posix()), _content_hash(self.source / path))
        ]

    def update(self, *, fresh: bool = False) -> Iterator[str]:
        """Update the copy, and yield messages for the user; ``fresh`` restores all files."""
        first_time = not self.folder.exists()
        hashes = self._recorded_hashes()
        changed = set(self.changed())
        if fresh and changed:
            yield f"Your changed files are in {self._back_up(changed)}."
            changed = set()
        for path in self._originals():
            copy, original_hash = self.folder / path, _content_hash(self.source / path)
            if path in changed:
                if original_hash != hashes.get(path.as_posix()):
                    yield f"{path} has a newer version; yours is kept (to get the new one: cp-teach lab --fresh)."
                continue
            if fresh or not copy.exists() or _content_hash(copy) != original_hash:
                copy.parent.mkdir(parents=True, exist_ok=True)
                # Write atomically, because an incomplete notebook would count as changed. Do not copy the mode,
                # because an original can be read-only.
                content = (self.source / path).read_bytes()
                if path.suffix == ".ipynb":
                    content = with_kernel_metadata(content)
                write_atomically(copy, content)
            hashes[path.as_posix()] = original_hash
        self.record_path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self.record_path, json.dumps(hashes, indent=1, sort_keys=True))
        if first_time:
            yield f"The notebooks are copied to {self.folder}. You can change them."
        elif fresh:
            yield f"The notebooks in {self.folder} are restored."

    def _back_up(self, changed: set[Path]) -> Path:
        """Move the changed files to the next free folder before-fresh-N, and return it."""
        number = 1
        while (backup := self.folder / f"before-fresh-{number}").exists():
            number += 1
        for path in sorted(changed):
            (backup / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.folder / path, backup / path)
        return backup
