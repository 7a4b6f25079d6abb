"""The learner's progress: a small JSON file of results, one for each level. It never leaves the machine."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NotRequired, TypedDict

from cp_teach.atomic_write import write_atomically
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.translation import _

FORMAT = "cp_teach progress"
VERSION = 1
STATES = ("solved", "skipped", "shown")
"""The states of a level: solved, skipped, or solved with its solution shown."""


class LevelResult(TypedDict):
    """The result of one level; ``moves`` and ``hints`` only if it is solved."""

    state: str
    moves: NotRequired[int]
    hints: NotRequired[int]


class BadProgress(ValueError):
    """A text is not a progress file; the message says why."""


class Progress:
    """The result of each level: ``{"01-release-a-change": {"state": "solved", "moves": 5, "hints": 1}}``.

    Every change is written to ``path`` atomically; None keeps the results in memory. A file that cannot be read is
    moved to ``….json.bad`` and ``note`` says so: no result of a learner is ever overwritten.
    """

    def __init__(self, path: Path | None) -> None:
        self.path, self.note, self._moved_away = path, "", ""
        self.levels: dict[str, LevelResult] = {}
        self._unwritten = False
        """True while the file lacks results that are in memory."""
        self._read_from_disk()

    def state(self, level: str) -> str:
        """One of ``STATES``, or "" for a level without a result."""
        return self.levels[level]["state"] if level in self.levels else ""

    def record_solved(self, level: str, moves: int, hints: int) -> None:
        """Record a solution, unless an earlier one has fewer moves (or as many, with fewer hints)."""
        self._read_from_disk()
        if self.state(level) == "solved":
            old = self.levels[level]
            moves, hints = min((moves, hints), (old["moves"], old["hints"]))
        self._set(level, {"state": "solved", "moves": moves, "hints": hints})

    def record(self, level: str, state: str) -> None:
        """Record that the level was "skipped" or its solution "shown", unless it has been solved."""
        self._read_from_disk()
        if self.state(level) != "solved":
            self._set(level, {"state": state})

    def wipe(self) -> None:
        """Delete all results."""
        self.levels = {}
        self._write()

    def export(self) -> str:
        """The text of the file."""
        data = {"format": FORMAT, "version": VERSION, "levels": self.levels}
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"

    def import_text(self, text: str) -> int:
        """Add the results of an exported file, except where there are better ones. Returns how many it contains.

        Raises ``BadProgress``, and changes nothing, if the text is not a progress file.
        """
        levels = read_progress(text)
        for name, row in levels.items():
            if row["state"] == "solved":
                self.record_solved(name, row["moves"], row["hints"])
            else:
                self.record(name, row["state"])
        return len(levels)

    def count_solved(self, names: Iterable[str]) -> int:
        """How many of these levels are solved."""
        return sum(self.state(name) == "solved" for name in names)

    def _read_from_disk(self) -> None:
        """Load the results that another notebook has written since, because the next write replaces the file."""
        self._moved_away = ""
        if self.path is None or self._unwritten:
            return
        try:
            if self.path.is_file():
                self.levels = read_progress(self.path.read_text(encoding="utf-8"))
        except (BadProgress, UnicodeDecodeError, OSError) as error:
            aside = _free_name(self.path)
            try:
                self.path.replace(aside)
            except OSError:
                self.note = f"{self.path} could be neither read ({error}) nor moved away."
                self._unwritten = True
                return
            rest = (
                _("the levels you solved here remain") if self.levels else _("you start from the beginning")
            )
            self.note = self._moved_away = (
                f"{self.path.name} could not be read ({error}). It is kept as {aside.name}, and {rest}."
            )

    def _set(self, level: str, row: LevelResult) -> None:
        self.levels[level] = row
        self._write()

    def _write(self) -> None:
        if self.path is None:
            return
        try:
            write_atomically(self.path, self.export())
            self.note, self._unwritten = self._moved_away, False
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


def read_progress(text: str) -> dict[str, LevelResult]:
    """The results in the text of a progress file. Raises ``BadProgress`` if it is not one."""
    try:
        data = parse_json(text)
    except InvalidJson as error:
        raise BadProgress(_("it is not JSON: {error}", error=error)) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BadProgress(_('it does not say "format": "{format}"', format=FORMAT))
    if data.get("version") != VERSION:
        raise BadProgress(
            _(
                "its version is {given!r}, but only version {version} can be read",
                given=data.get("version"),
                version=VERSION,
            )
        )
    rows = data.get("levels")
    if not isinstance(rows, dict):
        raise BadProgress(_('it has no "levels"'))
    results: dict[str, LevelResult] = {}
    for name, row in rows.items():
        if not isinstance(row, dict) or row.get("state") not in STATES:
            raise BadProgress(
                _("level {name}: its state has to be one of {states}", name=name, states=", ".join(STATES))
            )
        results[name] = {"state": row["state"]}
        if row["state"] == "solved":
            for key in ("moves", "hints"):
                if not isinstance(row.get(key), int) or isinstance(row[key], bool) or row[key] < 0:
                    raise BadProgress(_("level {name}: {key!r} has to be a whole number", name=name, key=key))
            results[name] |= {"moves": row["moves"], "hints": row["hints"]}
    return results
