"""Globs of trigger filters: patterns for branches, tags, and file paths.

>>> [matches("feature/*", branch) for branch in ("feature/till", "feature/till/fix", "feature")]
[True, False, False]
>>> [matches("common/**/*.{js,ts}", path) for path in ("common/app.js", "common/a/b/c.ts", "app.js")]
[True, True, False]

Syntax (user guide: syntax-glob): ``*`` matches any number of characters and ``?`` one character, except slashes; ``**``
also matches slashes; ``[abc]``, ``[a-z]``, and ``[!a-z]`` match one character of a set; ``{a,b}`` matches either; a
backslash makes a character literal. The whole name must match, and the case counts.

``**/`` also matches nothing: ``common/**/*.js`` matches ``common/app.js`` (user guide: pipelines-triggers, example 1).
Common libraries differ: they let ``**`` match slashes only as a complete path segment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from cp_teach.security.patterns.wildcard import FOLDERS, Either, Element, One, Run, Wildcard

TOKEN = re.compile(
    r"""(?P<escaped>\\.)
      | (?P<folders>(?<![^/])\*\*/)       # at the start or after a slash: any directories, or none
      | (?P<anything>\*\*+)
      | (?P<run>\*)
      | (?P<one>\?)
      | \[(?P<set>!?\]?[^\]/]*)\]
      | (?P<odd>[\[\\])                   # a set or an escape that is not complete
      | (?P<brace>[{},])
      | (?P<plain>[^\\*?\[{},]+)""",
    re.VERBOSE | re.DOTALL,
)


MAX_GLOB = 2_000
"""Maximum characters of a glob; CodePipeline allows 255."""


def matches(pattern: str, name: str) -> bool:
    """Return whether the whole name matches the glob. Raises ``ValueError`` for an invalid glob."""
    return _read(pattern).matches(name)


def find_glob_error(pattern: str) -> str:
    """Return why this glob is invalid, in one sentence; "" if it is valid."""
    try:
        _read(pattern)
    except ValueError as error:
        return str(error)
    return ""


@lru_cache(maxsize=512)
def _read(pattern: str) -> Wildcard:
    if len(pattern) > MAX_GLOB:
        raise ValueError(
            f"The glob {pattern[:40]!r}… has {len(pattern)} characters; the limit is {MAX_GLOB}."
        )
    elements: list[Element] = []
    rows: list[list[Element]] = []
    """The alternatives of the open group, if any; ``elements`` is then the last of them."""
    outer: list[Element] | None = None
    for match in TOKEN.finditer(pattern):
        kind, text = match.lastgroup, match[0]
        if kind == "odd":
            todo = "close it with ]" if text == "[" else "write two for a literal backslash"
            raise ValueError(f"The glob {pattern!r} is invalid: it has an unpaired {text}; {todo}.")
        if kind != "brace":
            elements += _elements_of(pattern, kind, text, match["set"])
        elif text == "{":
            if outer is not None:
                raise ValueError(f"The glob {pattern!r} is invalid: groups cannot be nested.")
            outer, elements = elements, []
            rows = [elements]
        elif outer is None:  # outside a group, a comma and a closing brace are literal
            elements.append(One(text))
        elif text == ",":
            elements = []
            rows.append(elements)
        else:
            outer.append(Either(tuple(map(tuple, rows))))
            elements, outer = outer, None
    if outer is not None:
        raise ValueError(f"The glob {pattern!r} is invalid: it has an unpaired {{; close it with }}.")
    return Wildcard(elements)


def _elements_of(pattern: str, kind: str | None, text: str, members: str | None) -> list[Element]:
    match kind:
        case "folders":
            return [FOLDERS]
        case "anything":
            return [Run()]
        case "run":
            return [Run(but="/")]
        case "one":
            return [One(test="/".__ne__)]
    if members is not None:
        return [One(test=_character_set(pattern, members))]
    return [One(letter) for letter in (text[1:] if kind == "escaped" else text)]


def _character_set(pattern: str, members: str) -> Callable[[str], bool]:
    """Return the test of a set. In a set, ``*``, ``?``, the backslash, and a first or last hyphen are literal."""
    negated = members.startswith("!")
    members = members[negated:]
    if not members:
        raise ValueError(f"The glob {pattern!r} is invalid: [] names no character.")
    singles, ranges, at = set(), [], 0
    while at < len(members):
        # A hyphen between two characters makes a range; every other character is literal.
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            first, last = members[at], members[at + 2]
            if last < first:
                raise ValueError(f"The glob {pattern!r} is invalid: the range in [{members}] runs backwards.")
            ranges.append((first, last))
            at += 3
        else:
            singles.add(members[at])
            at += 1

    def inside(letter: str) -> bool:
        among = letter in singles or any(first <= letter <= last for first, last in ranges)
        return letter != "/" and among != negated

    return inside
