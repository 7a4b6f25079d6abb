"""What changed between two pictures, as plain JSON, so that a click sends some hundred bytes and not the whole picture.

``changes(before, after)`` is what ``static/console/connection/changes.js`` applies: ``put`` holds new values by key,
``drop`` the keys that are gone, and ``in`` the changes inside of what stays. In a list the keys are indexes, and
``splice`` holds ``[from, how many, what instead]``, one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Changes = dict[str, Any]

MOST_NEW = 4
"""How many new lines are looked for at the top of a list that keeps only the newest, such as the log."""


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """What makes ``after`` of ``before``; empty if they are equal."""
    inside, put = _compared({key: (before[key], value) for key, value in after.items() if key in before})
    put |= {key: value for key, value in after.items() if key not in before}
    drop = [key for key in before if key not in after]
    return _without_empty({"put": put, "drop": drop, "in": inside})


def _compared(pairs: Mapping[str, tuple[Any, Any]]) -> tuple[dict[str, Changes], dict[str, Any]]:
    """The changes inside of values, and the values that are replaced."""
    inside, put = {}, {}
    for key, (old, new) in pairs.items():
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            inside[key] = changes(old, new)
        elif isinstance(old, list) and isinstance(new, list):
            inside[key] = _list_changes(old, new)
        else:
            put[key] = new
    return inside, put


def _list_changes(before: Sequence[Any], after: Sequence[Any]) -> Changes:
    for new in range(1, min(MOST_NEW, len(after) - 1) + 1 if before else 0):
        kept = len(after) - new
        if kept <= len(before) and after[new] == before[0] and after[new:] == before[:kept]:
            return {"splice": [[0, 0, list(after[:new])], [len(after), len(before) - kept, []]]}
    if len(before) == len(after):
        inside, put = _compared({str(at): pair for at, pair in enumerate(zip(before, after, strict=True))})
        return _without_empty({"put": put, "in": inside})
    shorter = min(len(before), len(after))
    start = 0
    while start < shorter and before[start] == after[start]:
        start += 1
    end = 0
    while end < shorter - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return {"splice": [[start, len(before) - start - end, list(after[start : len(after) - end])]]}


def _without_empty(parts: Changes) -> Changes:
    return {name: part for name, part in parts.items() if part}
