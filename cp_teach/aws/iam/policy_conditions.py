"""Conditions of a policy statement (IAM user guide: "Condition operators"), as far as they can be evaluated locally."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cp_teach.security.input.placeholders import fill
from cp_teach.security.patterns.wildcard import arn_like, string_like

MET, NOT_MET, UNREAD = "met", "not met", "unread"

OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda pattern, value: pattern == value,
    "StringEqualsIgnoreCase": lambda pattern, value: pattern.lower() == value.lower(),
    "StringLike": string_like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda pattern, value: pattern.lower() == value.lower(),
}
"""Condition operator -> a function of the value in the policy and the value in the request."""

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
    """Evaluate all (operator, key, values) conditions: ``met``, ``not met``, or ``unread`` with the unknown keys."""
    values = {key.lower(): value for key, value in context.items()}
    unread = []
    for operator, key, patterns in conditions:
        verdict = _condition(operator, key, patterns, values)
        if verdict == NOT_MET:
            return NOT_MET, []  # the other conditions cannot change this
        if verdict == UNREAD:
            unread.append(key)
    return (UNREAD, unread) if unread else (MET, [])


def _condition(operator: str, key: str, patterns: tuple[str, ...], values: Mapping[str, str]) -> str:
    name = operator.removesuffix("IfExists")
    positive = OPPOSITES.get(name, name)
    if positive not in OPERATORS or key.lower() not in values:
        return UNREAD
    matches = any(OPERATORS[positive](filled(pattern, values), values[key.lower()]) for pattern in patterns)
    return MET if matches != (name in OPPOSITES) else NOT_MET


def filled(text: str, context: Mapping[str, str]) -> str:
    """The text with the values of its policy variables, such as ``${aws:username}``. Unknown ones are unchanged."""
    values = {key.lower(): value for key, value in context.items()}
    return fill(text, lambda name: values.get(name.lower(), f"${{{name}}}"))
