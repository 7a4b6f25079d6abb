"""Errors while a picture is computed: which part failed, as a sentence for users and a log entry for engineers.

An error in one part of a picture does not affect the others. Its traceback goes to the logger ``cp_teach.show``, once
for each place in the program; a notebook shows it after ``logging.basicConfig()``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from traceback import extract_tb
from typing import Any, TypeVar

LOGGER = logging.getLogger("cp_teach.show")
# Without a handler, Python would print the tracebacks below a learner's cell.
LOGGER.addHandler(logging.NullHandler())

_PartT = TypeVar("_PartT")
STALE = "This part of the picture could not be updated, so you cannot act on it here."


class Faults:
    """The errors in the pictures of one console. ``sentence`` describes only the newest picture."""

    def __init__(self) -> None:
        self._logged: set[tuple[Any, ...]] = set()
        self.begin()

    def begin(self) -> None:
        """Start a new picture: forget which parts failed before."""
        self._stale: list[str] = []
        self._missing: list[str] = []

    def note(self, part: str, error: Exception, *, kept: bool = False) -> None:
        """Record that a part could not be computed; ``kept`` means that its last state is shown."""
        failed = self._stale if kept else self._missing
        if part not in failed:
            failed.append(part)
        places = tuple((frame.filename, frame.lineno) for frame in extract_tb(error.__traceback__)[-2:])
        if (key := (type(error), places)) not in self._logged:
            self._logged.add(key)
            LOGGER.error("A console could not compute %s.", part, exc_info=error)

    @contextmanager
    def guarding(self, part: str) -> Iterator[None]:
        """Record an error inside the block, and continue after it."""
        try:
            yield
        except Exception as error:
            self.note(part, error)

    @property
    def sentence(self) -> str:
        """Which parts of the newest picture failed, and how they are shown; "" if none failed."""
        parts = _gathered([*self._missing, *(part for part in self._stale if part not in self._missing)])
        if not parts:
            return ""
        fate = {
            (True, False): "left out",
            (False, True): "shown as last known",
            (True, True): "left out or shown as last known",
        }[bool(self._missing), bool(self._stale)]
        singular = len(parts) == 1 and not parts[0].startswith("the stages")
        verb = "is" if singular else "are"
        text = f"{_listed(parts)} could not be computed and {verb} {fate}; the run itself continues."
        return f"{text[0].upper()}{text[1:]}"


def _gathered(parts: Sequence[str]) -> list[str]:
    """The same parts, with all stages combined, because 12 stage names would fill the screen."""
    stages = [part.removeprefix("the stage ") for part in parts if part.startswith("the stage ")]
    if len(stages) < 2:
        return list(parts)
    others = [part for part in parts if not part.startswith("the stage ")]
    names = f"{', '.join(stages[:3])} and {len(stages) - 3} more" if len(stages) > 4 else _listed(stages)
    return [f"the stages {names}", *others]


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def without_acts(part: _PartT, why: str) -> _PartT:
    """A copy of a part of the view model in which every move is disabled with this reason."""
    copied: Any = part
    if isinstance(part, dict):
        copied = {key: without_acts(item, why) for key, item in part.items()}
        if "command" in copied:
            copied["no"] = why
    elif isinstance(part, list):
        copied = [without_acts(item, why) for item in part]
    result: _PartT = copied
    return result
