"""Whole numbers in a stranger's text.

``str.isdigit`` is true of ``²``, which ``int`` refuses; ``str.isdecimal`` is true of the digits of every script, and
``int`` refuses any number of more than 4,300 digits. Here a number has ASCII digits, and few of them.
"""

from __future__ import annotations

MAX_DIGITS = 18


def whole_number(text: str, most: int | None = None) -> int | None:
    """The number that the text consists of; None for another text, for one of more than 18 digits, and for one above
    ``most``."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        return None
    number = int(text)
    return number if most is None or number <= most else None
