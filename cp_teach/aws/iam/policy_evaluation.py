"""Policy evaluation: nothing is allowed until a statement allows it, and a Deny always wins.

Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements". moto stores the users, roles, and
documents. Its own evaluation is not used, because it supports neither NotResource nor actions in another letter case,
and denies everything if it cannot evaluate a condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.input.placeholders import fill
from cp_teach.security.patterns.wildcard import arn_like, resource_like, string_like

MAX_PATTERN = 10_240
"""Maximum characters of an action or a resource; IAM's limit for a whole policy."""
ELEMENTS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")


class BadPolicy(ValueError):
    """A policy document that IAM refuses; the message says what is wrong, and where."""


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    number: int
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    other_actions: bool = False
    """True for NotAction: the statement is about all actions except these."""
    other_resources: bool = False
    """True for NotResource."""
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(operator, key, values), all of which must hold."""
    sid: str = ""

    @property
    def name(self) -> str:
        """The statement in a message: its Sid or its number."""
        return self.sid or f"statement {self.number}"

    def matches(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        """True if the statement is about this action on this resource; its conditions do not count."""
        # IAM ignores the letter case of actions.
        action_matches = any(string_like(pattern.lower(), action.lower()) for pattern in self.actions)
        resource_matches = any(
            resource_like(filled(pattern, context), resource) for pattern in self.resources
        )
        return action_matches != self.other_actions and resource_matches != self.other_resources


class Decision(NamedTuple):
    """The result for one action on one resource. It is true if the action is allowed, and prints as a sentence."""

    allowed: bool
    action: str
    resource: str
    statement: str = ""
    """The statement that decided; "" if none did."""
    unread: tuple[str, ...] = ()
    """Condition keys that are not evaluated here: an Allow with one does not count, but a Deny does."""

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def denied(self) -> bool:
        """True for an explicit deny."""
        return not self.allowed and bool(self.statement)

    def __str__(self) -> str:
        what = f"{self.action} on {self.resource}"
        if self.allowed:
            text = f"yes: {self.statement} allows {what}"
        elif self.denied:
            text = f"no: {self.statement} denies {what}, and a Deny always wins"
        else:
            text = f"no: no statement allows {what}"
        if self.unread:
            text += f" (a condition that is not evaluated here: {', '.join(self.unread)})"
        return text


@dataclass(frozen=True)
class Policy:
    """An identity policy."""

    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, document: Document) -> Policy:
        """The policy in a document, which is JSON text or a dict. Raises ``BadPolicy``."""
        if isinstance(document, Policy):
            return document
        if isinstance(document, str):
            try:
                document = parse_json(document)
            except InvalidJson as error:
                raise BadPolicy(f"The policy is not valid JSON. {error}") from error
        if not isinstance(document, dict) or "Statement" not in document:
            raise BadPolicy('A policy must be an object with a "Statement".')
        statements = document["Statement"]
        if isinstance(statements, dict):
            statements = [statements]
        if not isinstance(statements, list):
            raise BadPolicy('"Statement" must be a statement or a list of statements.')
        return cls(tuple(_statement(element, number) for number, element in enumerate(statements, start=1)))


Document = Policy | str | dict[str, Any]
"""A policy, JSON text, or a dict."""


def read_policies(policies: Document | Iterable[Policy]) -> list[Policy]:
    """The policies in a document, or a list of those given. Raises ``BadPolicy`` if the document is invalid."""
    return [Policy.read(policies)] if isinstance(policies, Policy | str | dict) else list(policies)


def decide(
    policies: Document | Iterable[Policy],
    action: str,
    resource: str = "*",
    context: Mapping[str, str] | None = None,
) -> Decision:
    """Decide whether these policies together allow ``action`` (``service:Operation``) on ``resource`` (an ARN).

    ``context`` has the values of condition keys, such as ``{"aws:RequestedRegion": "eu-west-1"}``; a condition on
    another key is not evaluated. Raises ``BadPolicy`` if a document is invalid.
    """
    read = read_policies(policies)
    values = context or {}
    allowing, unread = "", []
    for statement in (statement for policy in read for statement in policy.statements):
        if not statement.matches(action, resource, values):
            continue
        verdict, keys = judge(statement.conditions, values)
        unread += keys
        # With a condition that cannot be evaluated, the result is the one that allows less.
        if not statement.allows and verdict in (MET, UNREAD):
            return Decision(False, action, resource, statement.name, tuple(keys))
        if statement.allows and verdict == MET:
            allowing = allowing or statement.name
    return Decision(bool(allowing), action, resource, allowing, () if allowing else tuple(unread))


def _statement(element: Any, number: int) -> Statement:
    where = f"Statement {number}"
    if not isinstance(element, dict):
        raise BadPolicy(f"{where} must be an object.")
    if unknown := [key for key in element if key not in ELEMENTS]:
        extra = " An identity policy cannot have a Principal." if "Principal" in unknown else ""
        raise BadPolicy(f"{where} has an unknown element: {', '.join(unknown)}.{extra}")
    if element.get("Effect") not in ("Allow", "Deny"):
        raise BadPolicy(f'{where}: "Effect" must be "Allow" or "Deny".')
    actions, not_actions = _either(element, "Action", where)
    resources, not_resources = _either(element, "Resource", where)
    for action in actions:
        if action != "*" and not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", action):
            raise BadPolicy(f'{where}: {action!r} is not an action. Write "service:Operation", or "*".')
    for resource in resources:
        if resource != "*" and resource.count(":") < 5:
            raise BadPolicy(
                f'{where}: {resource!r} is not an ARN. Write arn:aws:service:region:account:…, or "*".'
            )
    return Statement(
        number,
        element["Effect"] == "Allow",
        actions,
        resources,
        not_actions,
        not_resources,
        _conditions(element.get("Condition", {}), where),
        str(element.get("Sid", "")),
    )


def _either(element: dict[str, Any], name: str, where: str) -> tuple[tuple[str, ...], bool]:
    """The patterns of ``Action`` or ``NotAction``, and whether it is the latter."""
    given = [key for key in (name, f"Not{name}") if key in element]
    if len(given) != 1:
        raise BadPolicy(f'{where} must have exactly one of "{name}" and "Not{name}".')
    return _texts(element[given[0]], f'{where}, "{given[0]}"'), given[0] != name


def _texts(value: Any, where: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise BadPolicy(f"{where} must be a string or a list of strings.")
    if long := [text for text in texts if len(text) > MAX_PATTERN]:
        raise BadPolicy(f"{where} has {len(long[0])} characters; the limit is {MAX_PATTERN}.")
    return tuple(texts)


def _conditions(block: Any, where: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    if not isinstance(block, dict) or not all(isinstance(keys, dict) for keys in block.values()):
        raise BadPolicy(f'{where}: "Condition" must be an object of operators, each with its keys.')
    conditions = []
    for operator, keys in block.items():
        for key, value in keys.items():
            values = [value] if isinstance(value, str | bool | int) else value
            if not isinstance(values, list):
                raise BadPolicy(f"{where}: the condition on {key} must have a value or a list of values.")
            texts = tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in values)
            conditions.append((operator, key, texts))
    return tuple(conditions)


# -- conditions: IAM user guide, "Condition operators", as far as they can be evaluated locally ----
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
