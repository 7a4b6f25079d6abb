"""A fault while a picture is computed: which part it hit, in words for people, and once in the log for an engineer.

A picture is made of parts, and one that fails takes no other down. Its traceback goes to the logger ``cp_teach.show``,
once for each place of the program; a notebook shows it after ``logging.basicConfig()``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from traceback import extract_tb
from typing import Any

LOGGER = logging.getLogger("cp_teach.show")
# A library that says nothing about handlers would have its tracebacks printed below the cell of a learner.
LOGGER.addHandler(logging.NullHandler())

STALE = "This part of the picture could not be updated, so you cannot act on it here."


class Faults:
    """What went wrong with the pictures of one console. ``sentence`` is about the newest picture alone."""

    def __init__(self) -> None:
        self._logged: set[tuple[Any, ...]] = set()
        self.begin()

    def begin(self) -> None:
        """A new picture begins: forget which parts of the one before had failed."""
        self._stale: list[str] = []
        self._missing: list[str] = []

    def note(self, part: str, error: Exception, *, kept: bool = False) -> None:
        """That part could not be computed; ``kept`` is True where it is shown as it was before."""
        found = self._stale if kept else self._missing
        if part not in found:
            found.append(part)
        places = tuple((frame.filename, frame.lineno) for frame in extract_tb(error.__traceback__)[-2:])
        if (key := (type(error), places)) not in self._logged:
            self._logged.add(key)
            LOGGER.error("A console could not compute %s.", part, exc_info=error)

    @contextmanager
    def guarding(self, part: str) -> Iterator[None]:
        """Note what fails inside, and go on behind it."""
        try:
            yield
        except Exception as error:
            self.note(part, error)

    @property
    def sentence(self) -> str:
        """Which parts of the newest picture failed, and what became of them; "" where all is well."""
        parts = _gathered([*self._missing, *(part for part in self._stale if part not in self._missing)])
        if not parts:
            return ""
        fate = {
            (True, False): "left out",
            (False, True): "shown as last known",
            (True, True): "left out or shown as last known",
        }[bool(self._missing), bool(self._stale)]
        one = len(parts) == 1 and not parts[0].startswith("the stages")
        text = f"{_listed(parts)} could not be computed and {'is' if one else 'are'} {fate}; the run itself continues."
        return f"{text[0].upper()}{text[1:]}"


def _gathered(parts: Sequence[str]) -> list[str]:
    """The same with all stages as one part: a pipeline of twelve must not fill the screen with their names."""
    stages = [part.removeprefix("the stage ") for part in parts if part.startswith("the stage ")]
    if len(stages) < 2:
        return list(parts)
    others = [part for part in parts if not part.startswith("the stage ")]
    names = f"{', '.join(stages[:3])} and {len(stages) - 3} more" if len(stages) > 4 else _listed(stages)
    return [f"the stages {names}", *others]


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def without_acts(part: Any, why: str) -> Any:
    """A copy in which every move says why it cannot be made."""
    if isinstance(part, dict):
        made = {key: without_acts(item, why) for key, item in part.items()}
        return made | {"no": why} if "command" in made else made
    if isinstance(part, list):
        return [without_acts(item, why) for item in part]
    return part
