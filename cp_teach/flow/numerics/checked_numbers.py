"""Checks of the numbers that callers give: each returns the number, or raises ``ValueError`` and names it."""

from __future__ import annotations

import math

import numpy as np


def checked_number(what: str, value: float, *, positive: bool = False) -> float:
    """Return a finite number from 0 on, or above 0 if ``positive``."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be a number, not {value!r}") from None
    if not math.isfinite(number) or number < 0 or (positive and number == 0):
        raise ValueError(f"{what} must be a number {'above 0' if positive else 'from 0 on'}, not {value!r}")
    return number


def checked_probability(what: str, value: float) -> float:
    """Return a number from 0 to 1."""
    try:
        number = checked_number(what, value)
    except ValueError:
        number = math.inf
    if number > 1:
        raise ValueError(f"{what} must be a probability from 0 to 1, not {value!r}")
    return number


def checked_count(what: str, value: object, least: int = 1, most: int | None = None) -> int:
    """Return a whole number from ``least`` on, and to ``most`` if that is given."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | np.integer)
        or not least <= value <= (most or value)
    ):
        limits = f"from {least} on" if most is None else f"from {least} to {most}"
        raise ValueError(f"{what} must be a whole number {limits}, not {value!r}")
    return int(value)
