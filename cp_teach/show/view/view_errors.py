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

from cp_teach.translation import N_, _

LOGGER = logging.getLogger("cp_teach.show")
# Without a handler, Python would print the tracebacks below a learner's cell.
LOGGER.addHandler(logging.NullHandler())

_PartT = TypeVar("_PartT")
STALE = N_("This part of the picture could not be updated, so you cannot act on it here.")
_FATES = {
    (True, False): (
        N_("{parts} could not be computed and is left out; the run itself continues."),
        N_("{parts} could not be computed and are left out; the run itself continues."),
    ),
    (False, True): (
        N_("{parts} could not be computed and is shown as last known; the run itself continues."),
        N_("{parts} could not be computed and are shown as last known; the run itself continues."),
    ),
    (True, True): (
        N_("{parts} could not be computed and is left out or shown as last known; the run itself continues."),
        N_(
            "{parts} could not be computed and are left out or shown as last known; the run itself continues."
        ),
    ),
}
"""Whether parts are missing, and whether some are old -> the sentence about one part, and about several."""


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
        one, many = _FATES[bool(self._missing), bool(self._stale)]
        single = len({*self._missing, *self._stale}) == 1
        text = _(one if single else many, parts=_listed(parts))
        return f"{text[0].upper()}{text[1:]}"


def _gathered(parts: Sequence[str]) -> list[str]:
    """What the parts are called, with all stages combined, because 12 stage names would fill the screen."""
    stages = [part.removeprefix("the stage ") for part in parts if part.startswith("the stage ")]
    if len(stages) < 2:
        return [
            _("the stage {name}", name=part.removeprefix("the stage "))
            if part.startswith("the stage ")
            else _(part)
            for part in parts
        ]
    others = [_(part) for part in parts if not part.startswith("the stage ")]
    more = _("{first} and {count} more", first=", ".join(stages[:3]), count=len(stages) - 3)
    return [_("the stages {names}", names=more if len(stages) > 4 else _listed(stages)), *others]


def _listed(parts: Sequence[str]) -> str:
    return (
        parts[0] if len(parts) == 1 else _("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])
    )


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
