"""Globs: patterns for branches, tags and file paths, as the filters of triggers write them.

>>> [matches("feature/*", branch) for branch in ("feature/till", "feature/till/fix", "feature")]
[True, False, False]
>>> [matches("common/**/*.{js,ts}", path) for path in ("common/app.js", "common/a/b/c.ts", "app.js")]
[True, True, False]

The words, from the user guide (syntax-glob): ``*`` is any run of characters and ``?`` any one character, but never a
slash; ``**`` crosses slashes; ``[abc]``, ``[a-z]``, ``[!a-z]`` are one character of a set; ``{a,b}`` is either; a
backslash takes a character as it is. A whole name must match, and upper and lower case differ.

``**/`` stands for no directory, too: the guide (pipelines-triggers, example 1) lets ``common/**/*.js`` match
``common/app.js``. No library has exactly these words: the usual ones let ``**`` cross slashes only where it stands
alone between two of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from cp_teach.security.patterns.wildcard import Either, Folders, One, Run, Wildcard, Word

WORD = re.compile(
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
    """Whether the whole name matches the glob. Raises ``ValueError`` for a glob that cannot be read."""
    return _read(pattern).matches(name)


def fault(pattern: str) -> str:
    """Why this glob cannot be read, in one sentence; "" when it can."""
    try:
        _read(pattern)
    except ValueError as no:
        return str(no)
    return ""


@lru_cache(maxsize=512)
def _read(pattern: str) -> Wildcard:
    if len(pattern) > MAX_GLOB:
        raise ValueError(
            f"The glob {pattern[:40]!r}… has {len(pattern)} characters; the limit is {MAX_GLOB}."
        )
    made: list[Word] = []
    rows: list[list[Word]] = []
    """The alternatives of the open group, if any; ``made`` is then the last of them."""
    outer: list[Word] | None = None
    for word in WORD.finditer(pattern):
        kind, text = word.lastgroup, word[0]
        if kind == "odd":
            todo = "close it with ]" if text == "[" else "write two for one that is meant"
            raise ValueError(f"The glob {pattern!r} cannot be read: there is a {text} too many; {todo}.")
        if kind != "brace":
            made += _elements(pattern, kind, text, word["set"])
        elif text == "{":
            if outer is not None:
                raise ValueError(f"The glob {pattern!r} cannot be read: groups cannot be nested.")
            outer, made = made, []
            rows = [made]
        elif outer is None:  # outside a group, a comma and a closing brace are literal
            made.append(One(text))
        elif text == ",":
            made = []
            rows.append(made)
        else:
            outer.append(Either(tuple(map(tuple, rows))))
            made, outer = outer, None
    if outer is not None:
        raise ValueError(f"The glob {pattern!r} cannot be read: there is a {{ too many; close it with }}.")
    return Wildcard(made)


def _elements(pattern: str, kind: str | None, text: str, members: str | None) -> list[Word]:
    match kind:
        case "folders":
            return [Folders()]
        case "anything":
            return [Run()]
        case "run":
            return [Run(but="/")]
        case "one":
            return [One(test="/".__ne__)]
    if members is not None:
        return [One(test=_set(pattern, members))]
    return [One(letter) for letter in (text[1:] if kind == "escaped" else text)]


def _set(pattern: str, members: str) -> Callable[[str], bool]:
    """One character of a set; in it ``*``, ``?`` and the backslash mean themselves, and a first hyphen, too."""
    negated = members.startswith("!")
    members = members[negated:]
    if not members:
        raise ValueError(f"The glob {pattern!r} cannot be read: [] names no character.")
    singles, ranges, at = set(), [], 0
    while at < len(members):
        # A hyphen between two characters makes a range; every other character is literal.
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            first, last = members[at], members[at + 2]
            if last < first:
                raise ValueError(
                    f"The glob {pattern!r} cannot be read: the range in [{members}] runs backwards."
                )
            ranges.append((first, last))
            at += 3
        else:
            singles.add(members[at])
            at += 1

    def inside(letter: str) -> bool:
        among = letter in singles or any(first <= letter <= last for first, last in ranges)
        return letter != "/" and among != negated

    return inside
