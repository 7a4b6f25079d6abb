"""Conditions of a statement, as far as they can be known on this machine (IAM user guide: "Condition operators")."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cp_teach.security.input.placeholders import fill
from cp_teach.security.patterns.wildcard import arn_like, like

MET, NOT_MET, UNREAD = "met", "not met", "unread"

OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}
"""The simple ones, each as (what the policy says, what is). One with ``Not`` is the opposite."""

OPPOSITES = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def judge(
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...], context: Mapping[str, str]
) -> tuple[str, list[str]]:
    """Whether all these conditions hold: ``met``, ``not met``, or ``unread`` with the keys that cannot be known."""
    known = {key.lower(): value for key, value in context.items()}
    unread = []
    for operator, key, wanted in conditions:
        verdict = _one(operator, key, wanted, known)
        if verdict == NOT_MET:
            return NOT_MET, []  # one that fails is enough, whatever the others are
        if verdict == UNREAD:
            unread.append(key)
    return (UNREAD, unread) if unread else (MET, [])


def _one(operator: str, key: str, wanted: tuple[str, ...], known: Mapping[str, str]) -> str:
    name = operator.removesuffix("IfExists")
    simple = OPPOSITES.get(name, name)
    if simple not in OPERATORS or key.lower() not in known:
        return UNREAD
    holds = any(OPERATORS[simple](filled(one, known), known[key.lower()]) for one in wanted)
    return MET if holds != (name in OPPOSITES) else NOT_MET


def filled(text: str, context: Mapping[str, str]) -> str:
    """The text with its policy variables filled in, such as ``${aws:username}``; unknown ones stay as they are."""
    known = {key.lower(): value for key, value in context.items()}
    return fill(text, lambda name: known.get(name.lower(), f"${{{name}}}"))
