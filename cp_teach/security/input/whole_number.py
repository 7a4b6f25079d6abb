"""Read whole numbers in untrusted text.

``str.isdigit`` accepts ``²``, which ``int`` refuses; ``str.isdecimal`` accepts the digits of every script, and
``int`` refuses numbers of more than 4,300 digits. This module accepts only ASCII digits, and only a few of them.
"""

from __future__ import annotations

MAX_DIGITS = 18


def whole_number(text: str, most: int | None = None) -> int | None:
    """The number in the text; None if the text is not a number, has more than 18 digits, or exceeds ``most``."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        return None
    number = int(text)
    return number if most is None or number <= most else None
