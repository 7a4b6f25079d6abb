"""Values of a saved run: checked one at a time, and texts of earlier versions put into today's."""

from __future__ import annotations

import math
import re
from typing import Any, TypeVar

from cp_teach.engine.model.commands import DisableTransition
from cp_teach.engine.model.condition_words import condition_result

T = TypeVar("T")


class BadRunFile(ValueError):
    """A file that is not a saved run, or a damaged one; the message says where."""


def read_number(where: str, value: object) -> float:
    """The value as a finite number. ``where`` names it in the message. Raises ``BadRunFile``."""
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 1e15
        and math.isfinite(value)
    ):
        return float(value)
    raise BadRunFile(f"{where}: {value!r:.60} is not a number between -1e15 and 1e15")


def read_whole(where: str, value: object) -> int:
    """The value as a whole number that is not negative. Raises ``BadRunFile``."""
    number = expect(where, value, int)
    if number < 0:
        raise BadRunFile(f"{where}: {number} is less than 0")
    return number


def expect(where: str, value: object, kind: type[T]) -> T:
    """The value, which must be of that kind. Raises ``BadRunFile``."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise BadRunFile(f"{where}: {value!r:.60} is not {kind.__name__}")
    return value


# -- texts of earlier versions ---------------------------------------------------------------------
_FORMER_RESULT = re.compile("the (beforeEntry|onSuccess|onFailure) condition says ([A-Z]+)")
_FORMER_NAMES = {"beforeEntry": "BEFORE_ENTRY", "onSuccess": "ON_SUCCESS", "onFailure": "ON_FAILURE"}


def with_current_text(event: Any) -> Any:
    """The event of a file with the text that ``step`` gives today, so that an earlier file is not read-only for it."""
    if isinstance(event, dict) and event.get("is") == "ExecutionFailed":
        match = _FORMER_RESULT.fullmatch(str(event.get("reason")))
        if match:
            reason = condition_result(_FORMER_NAMES[match[1]], match[2], met=False)
            return {**event, "reason": reason}
    return event


def default_in_file(kind: Any, field: str) -> Any:
    """The value that a missing field of a command or an event stands for in a file, whatever the default is today."""
    if (kind, field) == (DisableTransition, "reason"):
        return "Closed by hand."
    return kind._field_defaults.get(field)
