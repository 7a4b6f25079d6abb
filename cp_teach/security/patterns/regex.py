"""Match untrusted regular expressions without backtracking.

>>> compile_pattern("(a+)+b").fullmatch("a" * 5000 + "!")
False

The syntax is that of Python's ``re`` with the flag ASCII. Backreferences, lookaround, atomic groups, and possessive
repeats depend on backtracking, so ``UnsupportedPattern`` refuses them with a message. The standard library only
parses the pattern; compiling it can be costly, too.
"""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import import_module
from threading import Lock
from typing import Any

from cp_teach.security.patterns.automaton import (
    Automaton,
    Character,
    Choice,
    Part,
    Position,
    Repeat,
    Sequence,
    Surroundings,
    TooCostly,
)

MAX_PATTERN = 10_000
"""Maximum characters of a pattern: the same as for the configuration of a rule."""
MAX_NESTING = 100

_PARSING = Lock()
"""``catch_warnings`` changes the whole process, and two threads would undo each other's change."""
_parser: Any = import_module("re._parser")  # typeshed has no types for it
_constants: Any = import_module("re._constants")


class BadPattern(ValueError):
    """The pattern is not a regular expression; the message says why."""


class UnsupportedPattern(ValueError):
    """The regular expression needs backtracking; the message names the construct."""


@lru_cache(maxsize=64)
def compile_pattern(pattern: str) -> Automaton:
    """The automaton of a regular expression.

    Raises ``BadPattern``, ``UnsupportedPattern``, or, if the pattern is too long or too large, ``TooCostly``.
    """
    tree = _parse(pattern, re.ASCII)
    try:
        return Automaton(_sequence(tree, tree.state.flags))
    except RecursionError:
        raise TooCostly(_TOO_DEEP) from None


def check_syntax(pattern: str) -> None:
    """Raise ``BadPattern`` or ``TooCostly`` unless Python's ``re`` can parse this pattern. Parsing takes time in
    proportion to its length; compiling it can take longer, and matching it forever."""
    _parse(pattern, 0)


_TOO_DEEP = f"The pattern has groups nested deeper than {MAX_NESTING} levels. Use fewer nested groups."


def _parse(pattern: str, flags: int) -> Any:
    if len(pattern) > MAX_PATTERN:
        raise TooCostly(f"The pattern has {len(pattern):,} characters; the limit is {MAX_PATTERN:,}.")
    if _nesting(pattern) > MAX_NESTING:  # the standard library's parser calls itself for each group
        raise TooCostly(_TOO_DEEP)
    try:
        with _PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about sets that a later Python may read differently
            return _parser.parse(pattern, flags)
    except re.error as error:
        raise BadPattern(str(error)) from error
    except RecursionError:
        raise TooCostly(_TOO_DEEP) from None
    except (OverflowError, ValueError) as error:
        # For example a repeat count with too many digits, or flags that exclude each other.
        raise BadPattern(str(error).partition(";")[0]) from error


def _nesting(pattern: str) -> int:
    """The maximum nesting of groups. Escaped brackets, and brackets in sets, also count, because the limit is
    generous."""
    depth = deepest = 0
    for character in pattern:
        depth += (character == "(") - (character == ")" and depth > 0)
        deepest = max(deepest, depth)
    return deepest


_UNSUPPORTED = {
    "GROUPREF": "a backreference",
    "GROUPREF_EXISTS": "a condition on a group",
    "GROUPREF_IGNORE": "a backreference",
    "ASSERT": "lookahead or lookbehind",
    "ASSERT_NOT": "lookahead or lookbehind",
    "ATOMIC_GROUP": "an atomic group",
    "POSSESSIVE_REPEAT": "a possessive repeat",
}


def _sequence(tree: Any, flags: int) -> Part:
    return Sequence(tuple(_part(str(operator), argument, flags) for operator, argument in tree))


def _part(operator: str, argument: Any, flags: int) -> Part:
    """The part of an automaton for one node of the standard library's parse tree."""
    if operator in _UNSUPPORTED:
        if operator.startswith("ASSERT"):
            _check_lookbehind(argument)
        raise UnsupportedPattern(
            f"The pattern has {_UNSUPPORTED[operator]}, which cannot be matched in bounded time. Remove it."
        )
    match operator:
        case "LITERAL":
            return Character(_cased(chr(argument).__eq__, flags))
        case "NOT_LITERAL":
            equal = _cased(chr(argument).__eq__, flags)
            return Character(lambda character: not equal(character))
        case "ANY":
            return Character(lambda character: character != "\n" or bool(flags & re.DOTALL))
        case "IN":
            return Character(_members(argument, flags))
        case "BRANCH":
            return Choice(tuple(_sequence(each, flags) for each in argument[1]))
        case "SUBPATTERN":
            _, added, removed, inner = argument
            if added & re.UNICODE:
                raise UnsupportedPattern("The pattern contains (?u), which is not supported. Remove it.")
            return _sequence(inner, (flags | added) & ~removed)
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, inner = argument
            endless = most is _constants.MAXREPEAT or most == _constants.MAXREPEAT
            return Repeat(_sequence(inner, flags), int(least), None if endless else int(most))
        case "AT":
            name = str(argument)
            in_line = f"{name} of a line" if flags & re.MULTILINE else name
            return Position(_POSITIONS.get(in_line) or _POSITIONS[name])
    raise UnsupportedPattern(f"The pattern has an unsupported construct: {operator.lower()}.")


def _check_lookbehind(argument: Any) -> None:
    """Raise Python's own error, which the standard library raises only when it compiles a pattern."""
    direction, inner = argument
    least, most = inner.getwidth()
    if direction < 0 and least != most:
        raise BadPattern("look-behind requires fixed-width pattern")


# -- characters ----------------------------------------------------------------------------------------
def _cased(test: Callable[[str], bool], flags: int) -> Callable[[str], bool]:
    """The test; with IGNORECASE it ignores the case of ASCII letters, as the flag ASCII demands."""
    if not flags & re.IGNORECASE:
        return test
    return lambda character: (
        test(character) or (character.isascii() and character.isalpha() and test(character.swapcase()))
    )


_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": lambda character: "0" <= character <= "9",
    "CATEGORY_SPACE": lambda character: character in " \t\n\r\f\v",
    "CATEGORY_WORD": lambda character: character.isascii() and (character.isalnum() or character == "_"),
}


def _members(items: Iterable[tuple[Any, Any]], flags: int) -> Callable[[str], bool]:
    """The test of a character set. Its cost does not depend on the number of members."""
    singles: set[str] = set()
    ranges: list[tuple[int, int]] = []
    categories: dict[tuple[str, bool], Callable[[str], bool]] = {}
    negated = False
    for operator, argument in items:
        match str(operator):
            case "NEGATE":
                negated = True
            case "LITERAL":
                singles.add(chr(argument))
            case "RANGE":
                ranges.append(argument)
            case "CATEGORY":
                name = str(argument).replace("_NOT_", "_")
                categories[name, "_NOT_" in str(argument)] = _CATEGORIES[name]
    merged = merge_ranges(ranges)
    starts = [first for first, _ in merged]

    def inside(character: str) -> bool:
        if character in singles:
            return True
        at = bisect_right(starts, ord(character)) - 1
        if at >= 0 and ord(character) <= merged[at][1]:
            return True
        return any(test(character) is not opposite for (_, opposite), test in categories.items())

    test = _cased(inside, flags)
    return (lambda character: not test(character)) if negated else test


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same code points as sorted ranges without overlaps."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


# -- positions -----------------------------------------------------------------------------------------
def _word(character: str) -> bool:
    return character != "" and _CATEGORIES["CATEGORY_WORD"](character)


_POSITIONS: dict[str, Callable[[Surroundings], bool]] = {
    "AT_BEGINNING": lambda place: place.before == "",
    "AT_BEGINNING_STRING": lambda place: place.before == "",
    "AT_BEGINNING of a line": lambda place: place.before in ("", "\n"),
    "AT_END": lambda place: place.after == "" or (place.after == "\n" and place.next_is_last),
    "AT_END_STRING": lambda place: place.after == "",
    "AT_END of a line": lambda place: place.after in ("", "\n"),
    "AT_BOUNDARY": lambda place: _word(place.before) != _word(place.after),
    "AT_NON_BOUNDARY": lambda place: _word(place.before) == _word(place.after),
}
