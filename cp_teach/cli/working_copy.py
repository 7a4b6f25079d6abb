"""The working copy: notebooks that a student may change, beside originals that stay as they were.

What was handed out is remembered by its hash. So an update brings what is new, refreshes what the student
never touched, and leaves alone what the student changed.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from cp_teach.atomic_write import write_atomically
from cp_teach.security.input.json_input import parse_json

_SKIPPED = {".ipynb_checkpoints", "__pycache__"}


def _hash(path: Path) -> str:
    """The hash of what a person wrote: of a notebook its cells without outputs, of another file all of it.

    Running a notebook, which JupyterLab saves by itself, is not yet a change.
    """
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            cells = [(cell["cell_type"], "".join(cell["source"])) for cell in parse_json(content)["cells"]]
            content = json.dumps(cells).encode()
        except (ValueError, KeyError, TypeError):
            pass  # not a notebook that we can read: any difference counts
    return hashlib.sha256(content).hexdigest()


class WorkingCopy:
    """A folder of notebooks made from another."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder = folder
        self.source = source
        self.memory = folder / ".jupyter" / "handed-out.json"

    def _originals(self) -> list[Path]:
        """Every original, by its path inside the source."""
        found = (path.relative_to(self.source) for path in self.source.rglob("*") if path.is_file())
        return sorted(path for path in found if not _SKIPPED & set(path.parts))

    def _handed_out(self) -> dict[str, str]:
        try:
            known: dict[str, str] = parse_json(self.memory.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}  # a lost memory costs nothing: what is there counts as the student's
        return known

    def changed(self) -> list[Path]:
        """The notebooks that the student has changed since they were handed out."""
        known = self._handed_out()
        return [
            path
            for path in self._originals()
            if (self.folder / path).exists()
            and _hash(self.folder / path) not in (known.get(path.as_posix()), _hash(self.source / path))
        ]

    def update(self, *, fresh: bool = False) -> Iterator[str]:
        """Bring the copy in step with the originals and yield what is worth telling; `fresh` restores all."""
        first_time = not self.folder.exists()
        known = self._handed_out()
        changed = set(self.changed())
        if fresh and changed:
            yield f"What you changed is kept in {self._set_aside(changed)}."
            changed = set()
        for path in self._originals():
            copy, now = self.folder / path, _hash(self.source / path)
            if path in changed:
                if now != known.get(path.as_posix()):
                    yield f"{path} has a newer version; yours is kept (bring the new: cp-teach lab --fresh)."
                continue
            if fresh or not copy.exists() or _hash(copy) != now:
                copy.parent.mkdir(parents=True, exist_ok=True)
                # Write atomically, because half a notebook would count as changed and stay. Do not copy the mode,
                # because an original may be read-only.
                write_atomically(copy, (self.source / path).read_bytes())
            known[path.as_posix()] = now
        self.memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self.memory, json.dumps(known, indent=1, sort_keys=True))
        if first_time:
            yield f"The notebooks are copied to {self.folder}: change them as you like."
        elif fresh:
            yield f"The notebooks in {self.folder} are as they were."

    def _set_aside(self, changed: set[Path]) -> Path:
        """Move the changed files to the next free folder before-fresh-N, and return it."""
        number = 1
        while (aside := self.folder / f"before-fresh-{number}").exists():
            number += 1
        for path in sorted(changed):
            (aside / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.folder / path, aside / path)
        return aside
