"""Match untrusted wildcards and globs in one pass over the text.

A pattern is a row of positions, one for each character that it expects; the positions that a text can have reached
are the bits of one integer. Each character of the text costs a few operations on that integer, regardless of the
pattern (Baeza-Yates and Gonnet, "A New Approach to Text Searching"). Nothing is tried twice, so stars cannot multiply
the cost.

Each of AWS's syntaxes has a function that builds a pattern from the elements below: IAM's is in this module, and
``pipeline/globs.py`` has the one for trigger filters.

>>> string_like("arn:aws:s3:::shop-*", "arn:aws:s3:::shop-artifacts"), string_like("*a*a*a*b", "a" * 5000)
(True, False)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple


# -- elements of a pattern ------------------------------------------------------------------------------
class One(NamedTuple):
    """One character: the given one, or one that passes the test."""

    character: str = ""
    test: Callable[[str], bool] | None = None


class Run(NamedTuple):
    """Any number of characters, or none; none of them is in ``but``."""

    but: str = ""


class Either(NamedTuple):
    """One of several sequences of elements."""

    rows: tuple[tuple[Element, ...], ...]


Element = One | Run | Either
FOLDERS = Either(((), (Run(), One("/"))))
"""Nothing, or any number of characters followed by a slash."""


class Wildcard:
    """A compiled pattern."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self._end = 0
        """The position after all characters so far; when the pattern is complete, the position of a match."""
        self._literals: dict[str, int] = {}
        """Character -> the positions that expect it."""
        self._tests: list[tuple[Callable[[str], bool], int]] = []
        self._loops: dict[str, int] = {}
        """Characters that a run excludes -> the positions of such runs."""
        self._skips: list[tuple[int, int]] = []
        """Position, and the later positions that are reached from it without a character."""
        self._lay_out(elements)
        self._skips.sort()
        self._sources = _bits(source for source, _ in self._skips)

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        reached = self._skipped(1)
        seen: dict[str, tuple[int, int]] = {}
        """Character -> the positions that expect it, and the positions of runs that accept it."""
        for character in text:
            if character not in seen:
                seen[character] = self._taking(character)
            taking, looping = seen[character]
            reached = self._skipped(((reached & taking) << 1) | (reached & looping))
            if not reached:
                return False
        return bool(reached >> self._end & 1)

    def _taking(self, character: str) -> tuple[int, int]:
        taking = self._literals.get(character, 0) | _bits(at for test, at in self._tests if test(character))
        loops = (positions for but, positions in self._loops.items() if character not in but)
        return taking, reduce(or_, loops, 0)

    def _skipped(self, reached: int) -> int:
        if reached & self._sources:
            for source, targets in self._skips:  # sorted, so one pass is enough
                if reached >> source & 1:
                    reached |= targets
        return reached

    def _lay_out(self, elements: Iterable[Element]) -> None:
        for element in elements:
            match element:
                case One(character, None):
                    self._literals[character] = self._literals.get(character, 0) | 1 << self._end
                    self._end += 1
                case One(_, test) if test is not None:
                    self._tests.append((test, self._end))
                    self._end += 1
                case Run(but):
                    self._loops[but] = self._loops.get(but, 0) | 1 << self._end
                case Either(rows):
                    self._lay_out_either(rows)

    def _lay_out_either(self, rows: tuple[tuple[Element, ...], ...]) -> None:
        begin, starts, ends = self._end, [], []
        for row in rows:
            self._end += 1
            starts.append(self._end)
            self._lay_out(row)
            ends.append(self._end)
        self._end += 1
        self._skip(begin, *starts)
        for end in ends:
            self._skip(end, self._end)

    def _skip(self, source: int, *targets: int) -> None:
        self._skips.append((source, _bits(targets)))


def _bits(positions: Iterable[int]) -> int:
    return reduce(or_, (1 << position for position in positions), 0)


# -- IAM's syntax --------------------------------------------------------------------------------------
COMPONENTS = 6
"""arn:partition:service:region:account:resource; the resource itself can have colons."""


@lru_cache(maxsize=256)
def _anywhere(pattern: str) -> Wildcard:
    elements: dict[str, Element] = {"*": Run(), "?": One(test=lambda character: True)}
    return Wildcard(elements.get(character, One(character)) for character in pattern)


def string_like(pattern: str, text: str) -> bool:
    """IAM's StringLike: ``*`` is any number of characters and ``?`` is one."""
    return _anywhere(pattern).matches(text)


def arn_like(pattern: str, arn: str) -> bool:
    """IAM's ArnLike: each of the six components is matched by its own pattern, so that no ``*`` crosses a colon of the
    first five (IAM user guide, "Amazon Resource Name (ARN) condition operators")."""
    pattern_parts, arn_parts = pattern.split(":", COMPONENTS - 1), arn.split(":", COMPONENTS - 1)
    if len(pattern_parts) != COMPONENTS or len(arn_parts) != COMPONENTS:
        return False
    return all(map(string_like, pattern_parts, arn_parts))


@lru_cache(maxsize=256)
def _in_segments(pattern: str) -> Wildcard:
    elements: list[Element] = []
    colons = 0
    for index, character in enumerate(pattern):
        colons += character == ":"
        free = colons >= COMPONENTS - 1
        if character == "*":
            last = pattern[index + 1 : index + 2] in ("", ":")
            elements.append(Run() if free or last else Run(but=":"))
        elif character == "?":
            elements.append(One(test=lambda character: True) if free else One(test=":".__ne__))
        else:
            elements.append(One(character))
    return Wildcard(elements)


def resource_like(pattern: str, arn: str) -> bool:
    """The element Resource of a policy: a wildcard stays in its segment of the ARN, but a ``*`` that ends a segment
    "can expand to match beyond the colon boundaries" (IAM user guide, "IAM JSON policy elements: Resource")."""
    return _in_segments(pattern).matches(arn)


# -- EventBridge's syntax ------------------------------------------------------------------------------
@lru_cache(maxsize=256)
def _of_event(pattern: str) -> Wildcard:
    elements: list[Element] = []
    escaped = False
    for index, character in enumerate(pattern):
        if not escaped and character == "\\" and pattern[index + 1 : index + 2] in ("*", "\\"):
            escaped = True
            continue
        elements.append(Run() if character == "*" and not escaped else One(character))
        escaped = False
    return Wildcard(elements)


def event_like(pattern: str, text: str) -> bool:
    """A wildcard of an event pattern: ``*`` is any number of characters; a backslash makes it literal."""
    return _of_event(pattern).matches(text)


# -- AppSpec's syntax ----------------------------------------------------------------------------------
@lru_cache(maxsize=256)
def _in_folder(pattern: str) -> Wildcard:
    return Wildcard(Run(but="/") if character == "*" else One(character) for character in pattern)


def appspec_like(pattern: str, name: str) -> bool:
    """A pattern of an AppSpec file's permissions: ``*`` is any number of characters, but never a slash."""
    return _in_folder(pattern).matches(name)
