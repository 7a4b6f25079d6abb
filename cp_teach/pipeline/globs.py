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
from functools import lru_cache

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


def matches(pattern: str, name: str) -> bool:
    """Whether the whole name matches the glob. Raises ``ValueError`` for a glob that cannot be read."""
    return _compiled(pattern).fullmatch(name) is not None


def fault(pattern: str) -> str:
    """Why this glob cannot be read, in one sentence; "" when it can."""
    try:
        _compiled(pattern)
    except ValueError as no:
        return str(no)
    return ""


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    made: list[str] = []
    inside = False  # of a group
    for word in WORD.finditer(pattern):
        kind, text = word.lastgroup, word[0]
        if kind == "odd":
            todo = "close it with ]" if text == "[" else "write two for one that is meant"
            raise ValueError(f"The glob {pattern!r} cannot be read: there is a {text} too many; {todo}.")
        if kind == "brace":
            if text == "{" and inside:
                raise ValueError(f"The glob {pattern!r} cannot be read: groups cannot be nested.")
            if text == "}" and not inside:
                made.append(r"\}")
                continue
            made.append({"{": "(?:", "}": ")", ",": "|" if inside else ","}[text])
            inside = inside if text == "," else text == "{"
        else:
            made.append(_word(pattern, kind, text, word["set"]))
    if inside:
        raise ValueError(f"The glob {pattern!r} cannot be read: there is a {{ too many; close it with }}.")
    return re.compile("".join(made), re.DOTALL)


def _word(pattern: str, kind: str | None, text: str, members: str | None) -> str:
    fixed = {"folders": "(?:.*/)?", "anything": ".*", "run": "[^/]*", "one": "[^/]"}
    if kind in fixed:
        return fixed[kind]
    if members is not None:
        return _set(pattern, members)
    return re.escape(text[1:] if kind == "escaped" else text)


def _set(pattern: str, members: str) -> str:
    """One character of a set; in it ``*``, ``?`` and the backslash mean themselves, and a first hyphen, too."""
    no = members.startswith("!")
    members = members[no:]
    if not members:
        raise ValueError(f"The glob {pattern!r} cannot be read: [] names no character.")
    # A hyphen between two characters makes a range; every other character is taken as it is.
    ranges = re.sub(r"[\\\[\]^&~|]", r"\\\g<0>", members)
    try:
        re.compile(f"[{ranges}]")
    except re.error:
        raise ValueError(
            f"The glob {pattern!r} cannot be read: the range in [{members}] runs backwards."
        ) from None
    return f"(?:(?!/)[{'^' if no else ''}{ranges}])"
