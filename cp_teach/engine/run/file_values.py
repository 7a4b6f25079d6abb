"""Values of a saved run, checked one at a time: ``BadRunFile`` says which one is wrong."""

from __future__ import annotations

import math
from typing import TypeVar

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
