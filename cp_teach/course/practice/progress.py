"""What a learner has solved: a small JSON file that is the learner's own. Nothing leaves the machine."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cp_teach.atomic_write import write_atomically
from cp_teach.security.input.json_input import BadJson, parse_json

FORMAT = "cp_teach progress"
VERSION = 1
WORDS = ("solved", "skipped", "shown")
"""What a level can be: solved, skipped, or shown (solved by its own solution)."""


class BadProgress(ValueError):
    """What was to be imported is no progress file; says what is wrong with it."""


class Progress:
    """How each level stands: ``{"01-release-a-change": {"state": "solved", "moves": 5, "hints": 1}}``.

    It is written to ``path`` after each change, whole or not at all; with None it is kept in memory alone. A file that
    cannot be read is put aside (``…json.bad``) and ``note`` says so: nothing a learner has is ever overwritten.
    """

    def __init__(self, path: Path | None) -> None:
        self.path, self.note, self._aside = path, "", ""
        self.levels: dict[str, dict[str, Any]] = {}
        self._unwritten = False
        """True while memory holds progress that is not in the file."""
        self._read_from_disk()

    def state(self, level: str) -> str:
        """solved, shown, skipped, or "" for a level that is not done."""
        return str(self.levels.get(level, {}).get("state", ""))

    def solved(self, level: str, moves: int, hints: int) -> None:
        """The level was solved; the better result is kept, and one's own counts more than a shown one."""
        self._read_from_disk()
        old = self.levels.get(level, {})
        if old.get("state") == "solved":
            moves, hints = min((moves, hints), (int(old["moves"]), int(old["hints"])))
        self._set(level, {"state": "solved", "moves": moves, "hints": hints})

    def other(self, level: str, word: str) -> None:
        """The level was skipped, or its solution was shown. It does not undo what was solved before."""
        self._read_from_disk()
        if self.state(level) != "solved":
            self._set(level, {"state": word})

    def wipe(self) -> None:
        """Forget everything."""
        self.levels = {}
        self._write()

    def export(self) -> str:
        """The text of the file."""
        told = {"format": FORMAT, "version": VERSION, "levels": self.levels}
        return json.dumps(told, indent=1, ensure_ascii=False) + "\n"

    def take(self, text: str) -> int:
        """Add what an exported file tells; what is better here stays. Returns how many levels it told of.

        Raises ``BadProgress``, and changes nothing, when it is no such file.
        """
        told = read(text)
        for name, row in told.items():
            if row["state"] == "solved":
                self.solved(name, row["moves"], row["hints"])
            else:
                self.other(name, row["state"])
        return len(told)

    def done(self, names: Iterable[str]) -> int:
        """How many of these levels were solved."""
        return sum(self.state(name) == "solved" for name in names)

    def _read_from_disk(self) -> None:
        """Load what another notebook has written since, so that saving does not lose its levels."""
        self._aside = ""
        if self.path is None or self._unwritten:
            return
        try:
            if self.path.is_file():
                self.levels = read(self.path.read_text(encoding="utf-8"))
        except (BadProgress, UnicodeDecodeError, OSError) as error:
            aside = _free_name(self.path)
            try:
                self.path.replace(aside)
            except OSError:
                self.note, self._unwritten = (
                    f"{self.path} could be neither read ({error}) nor moved away.",
                    True,
                )
                return
            rest = "the levels you solved here remain" if self.levels else "you start from the beginning"
            self._aside = (
                f"{self.path.name} could not be read ({error}). It is kept as {aside.name}, and {rest}."
            )
            self.note = self._aside

    def _set(self, level: str, row: dict[str, Any]) -> None:
        self.levels[level] = row
        self._write()

    def _write(self) -> None:
        if self.path is None:
            return
        try:
            write_atomically(self.path, self.export())
            self.note, self._unwritten = self._aside, False
        except OSError as error:
            self._unwritten = True
            self.note = (
                f"Your progress could not be written to {self.path} ({error.strerror}). Export it to keep it."
            )


def _free_name(path: Path) -> Path:
    """``progress.json.bad``, or the next free name, because an older damaged file must be kept, too."""
    name, number = path.with_name(f"{path.name}.bad"), 2
    while name.exists():
        name, number = path.with_name(f"{path.name}.bad-{number}"), number + 1
    return name


def read(text: str) -> dict[str, dict[str, Any]]:
    """The levels that an exported text tells of. Raises ``BadProgress``."""
    try:
        told = parse_json(text)
    except BadJson as error:
        raise BadProgress(f"it is not JSON: {error}") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BadProgress(f'it does not say "format": "{FORMAT}"')
    if told.get("version") != VERSION:
        raise BadProgress(f"it is of version {told.get('version')!r}, and version {VERSION} is known here")
    rows = told.get("levels")
    if not isinstance(rows, dict):
        raise BadProgress('it has no "levels"')
    for name, row in rows.items():
        if not isinstance(row, dict) or row.get("state") not in WORDS:
            raise BadProgress(f"level {name}: its state has to be one of {', '.join(WORDS)}")
        for key in ("moves", "hints") if row["state"] == "solved" else ():
            if not isinstance(row.get(key), int) or isinstance(row[key], bool) or row[key] < 0:
                raise BadProgress(f"level {name}: {key!r} has to be a whole number")
    return {name: {k: row[k] for k in ("state", "moves", "hints") if k in row} for name, row in rows.items()}
