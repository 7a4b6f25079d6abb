"""Argument types for numbers on the command line, each with its limits and one error message."""

from __future__ import annotations

import argparse
import math
from functools import partial

from cp_teach.cli.user_error import UserError

LONGEST = 1e9
"""Maximum seconds for one move of a clock: 30 years."""


def port(text: str) -> int:
    """A port to listen on; 0 takes a free one. The check is needed because the system takes the number modulo 65536."""
    number = _integer(text, "a port")
    if not 0 <= number <= 65_535:
        raise UserError(f"{text} is not a valid port: give a number from 0 to 65535; 0 takes a free port.")
    return number


def chosen_port(text: str) -> int:
    """An explicit port, for an option whose default is a free port."""
    number = int(text) if text.isdecimal() and len(text) < 9 else 0
    if not 0 < number <= 65_535:
        raise argparse.ArgumentTypeError(f"a port must be a number from 1 to 65535, not {text}")
    return number


def count(text: str) -> int:
    """A count of 1 or more."""
    number = _integer(text, "a count")
    if number < 1:
        raise UserError(f"{text} is too small: give a number of 1 or more.")
    return number


def factor(text: str) -> float:
    """A clock's speed as a multiple of the wall clock's."""
    number = _number(text)
    if not (math.isfinite(number) and 0 < number <= LONGEST):
        raise UserError(f"factor must be a number greater than 0, up to {LONGEST:.0e}, not {text}.")
    return number


def seconds(text: str) -> float:
    """The seconds of a clock step."""
    number = _number(text)
    if not 0 <= number <= LONGEST:
        raise UserError(f"The clock cannot move by {text} seconds: give a number from 0 to {LONGEST:.0e}.")
    return number


def _above_zero(text: str, unit: str) -> float:
    number = _number(text)
    if not 0 < number <= LONGEST:
        raise UserError(f"{text} {unit} is out of range: give a number greater than 0, up to {LONGEST:.0e}.")
    return number


waiting_seconds = partial(_above_zero, unit="seconds")
waiting_minutes = partial(_above_zero, unit="minutes")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _integer(text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:  # also for a number of more than 4300 digits
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not {what}") from None
