r"""Make untrusted text safe for a terminal: show characters that would control it, or be hidden.

A terminal obeys the text that it prints. An escape sequence can set the clipboard, clear the screen, or move to a
line above; a carriage return overwrites the line; a bidi override changes the order of letters. Such text comes from
build output, from names in files, and from error messages that quote them.

>>> print(escape_controls("\x1b]52;c;eA==\x07\x1b[2JSucceeded \u202edeeliaf\u202c 👩\u200d💻 é"))
\x1b]52;c;eA==\x07\x1b[2JSucceeded \u202edeeliaf\u202c 👩‍💻 é
>>> print(escape_line("Prod\nSucceeded"))
Prod\nSucceeded
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_NUMBER_SIGNS = (*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD)
_KEPT_FORMATS = frozenset([*_NUMBER_SIGNS, *range(0x13430, 0x13440)])
"""Format characters that are visible or that hieroglyphs need: Arabic number signs, Kaithi, Egyptian joiners."""

_FILLERS = (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0)
_INVISIBLE = frozenset([*_FILLERS, *range(0x180B, 0x1810), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)])
"""Invisible characters outside Unicode's categories C and Z: fillers, selectors, and reserved characters."""

_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
"""The flag of a part of a country, such as Scotland: a black flag and invisible letters."""

_JOINERS = "\u200c\u200d"
_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))

_SUSPECT = re.compile("[^\t\n -~\xa1-\xac\xae-\u024f\u0370-\u052f]")
"""Finds characters that need a closer check; ASCII and the Latin, Greek, and Cyrillic letters do not."""


def escape_controls(text: str) -> str:
    r"""The text with a visible escape (``\x1b``, ``\u202e``) for every character that controls the terminal or is
    hidden.

    These are control characters except tab and newline, half surrogate pairs, line and paragraph separators,
    bidirectional controls, and invisible formatting. Emoji, accents, and the joiners of letters and emoji stay.
    """
    if not _SUSPECT.search(text):
        return text
    pieces, at = [], 0
    for flag in _FLAG.finditer(text):
        pieces += [_escaped(text[at : flag.start()]), flag.group()]
        at = flag.end()
    return "".join([*pieces, _escaped(text[at:])])


def escape_line(text: str) -> str:
    r"""Like ``escape_controls``, for text that must stay on one line: a newline is shown as ``\n``."""
    return escape_controls(text).replace("\n", "\\n")


def _escaped(text: str) -> str:
    return _SUSPECT.sub(lambda match: _display(match.group(), text[match.start() - 1 : match.start()]), text)


def _display(character: str, before: str) -> str:
    if character in _JOINERS:
        return character if before and _can_be_joined(before) else _escape(character)
    if character in _SELECTORS:
        return character if before and not (_misleads(before) or before in _SELECTORS) else _escape(character)
    return _escape(character) if _misleads(character) else character


def _can_be_joined(character: str) -> bool:
    """Whether a joiner after it is meaningful: letters from Armenian on, emoji, and their combining characters."""
    return ord(character) >= 0x0530 and character not in _JOINERS and not _misleads(character)


@cache
def _misleads(character: str) -> bool:
    code = ord(character)
    if character in "\t\n" or code in _KEPT_FORMATS:
        return False
    return code in _INVISIBLE or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
