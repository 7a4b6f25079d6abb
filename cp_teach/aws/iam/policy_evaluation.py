"""A policy document, read as IAM reads it: nothing is allowed until a statement allows it, and a Deny always wins.

Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements". moto's own reading of policies knows
neither NotResource nor the letter case of actions, and takes a condition that it cannot look up for a refusal of
everything; so ours is here, and moto's IAM keeps the users, roles and documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cp_teach.aws.iam.policy_conditions import MET, UNREAD, filled, judge
from cp_teach.security.input.json_input import BadJson, parse_json
from cp_teach.security.patterns.wildcard import like, resource_like

MAX_PATTERN = 10_240
"""Maximum characters of an action or a resource; IAM's limit for a whole policy."""
ELEMENTS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")


class BadPolicy(ValueError):
    """A document that IAM would not take: what is wrong, and where."""


@dataclass(frozen=True)
class Statement:
    """One statement: what it says of which actions on which resources."""

    number: int
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    other_actions: bool = False
    """True for NotAction: it speaks of every action but these."""
    other_resources: bool = False
    """True for NotResource."""
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """(operator, key, values), all of which must hold."""
    sid: str = ""

    @property
    def name(self) -> str:
        """How a sentence names it."""
        return self.sid or f"statement {self.number}"

    def speaks_of(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        """True if this action on this resource is what it is about; its conditions are not looked at."""
        acts = any(
            like(pattern.lower(), action.lower()) for pattern in self.actions
        )  # case makes no difference
        places = any(resource_like(filled(pattern, context), resource) for pattern in self.resources)
        return acts != self.other_actions and places != self.other_resources


class Decision(NamedTuple):
    """What policies say to one action on one resource. True where it is allowed; prints as a sentence."""

    allowed: bool
    action: str
    resource: str
    statement: str = ""
    """The statement that decided; "" where no statement did."""
    unread: tuple[str, ...] = ()
    """Condition keys that cannot be known here: an Allow with one does not count, a Deny does."""

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def denied(self) -> bool:
        """True for an explicit deny."""
        return not self.allowed and bool(self.statement)

    def __str__(self) -> str:
        what = f"{self.action} on {self.resource}"
        if self.allowed:
            said = f"yes: {self.statement} allows {what}"
        elif self.denied:
            said = f"no: {self.statement} denies {what}, and a Deny always wins"
        else:
            said = f"no: no statement allows {what}"
        if self.unread:
            said += f" (a condition that is not evaluated here: {', '.join(self.unread)})"
        return said


@dataclass(frozen=True)
class Policy:
    """An identity policy: what its bearer may do."""

    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, document: Document) -> Policy:
        """The policy in this document, as text or as a dict. Raises ``BadPolicy``."""
        if isinstance(document, Policy):
            return document
        if isinstance(document, str):
            try:
                document = parse_json(document)
            except BadJson as error:
                raise BadPolicy(f"The policy is not valid JSON. {error}") from error
        if not isinstance(document, dict) or "Statement" not in document:
            raise BadPolicy('A policy is an object with a "Statement".')
        found = document["Statement"]
        each = [found] if isinstance(found, dict) else found
        if not isinstance(each, list):
            raise BadPolicy('"Statement" is a statement, or a list of them.')
        return cls(tuple(_statement(one, number) for number, one in enumerate(each, start=1)))


Document = Policy | str | dict[str, Any]
"""What can be read as a policy."""


def decide(
    policies: Document | Iterable[Policy],
    action: str,
    resource: str = "*",
    context: Mapping[str, str] | None = None,
) -> Decision:
    """Whether these policies together allow ``action`` (``service:Operation``) on ``resource`` (an ARN).

    ``context`` gives condition keys their values, such as ``{"aws:RequestedRegion": "eu-west-1"}``; a condition on
    another key is not evaluated. Raises ``BadPolicy``.
    """
    read = (Policy.read(policies),) if isinstance(policies, Policy | str | dict) else tuple(policies)
    known = context or {}
    allowing, unread = "", []
    for statement in (one for policy in read for one in policy.statements):
        if not statement.speaks_of(action, resource, known):
            continue
        verdict, keys = judge(statement.conditions, known)
        unread += keys
        # Where a condition cannot be known, the careful reading is taken: less is allowed.
        if not statement.allows and verdict in (MET, UNREAD):
            return Decision(False, action, resource, statement.name, tuple(keys))
        if statement.allows and verdict == MET:
            allowing = allowing or statement.name
    return Decision(bool(allowing), action, resource, allowing, () if allowing else tuple(unread))


def _statement(one: Any, number: int) -> Statement:
    where = f"Statement {number}"
    if not isinstance(one, dict):
        raise BadPolicy(f"{where} is no object.")
    if strange := [key for key in one if key not in ELEMENTS]:
        extra = " An identity policy has no Principal." if "Principal" in strange else ""
        raise BadPolicy(f"{where} has an element that no identity policy has: {', '.join(strange)}.{extra}")
    if one.get("Effect") not in ("Allow", "Deny"):
        raise BadPolicy(f'{where}: "Effect" is "Allow" or "Deny".')
    actions, not_actions = _either(one, "Action", where)
    resources, not_resources = _either(one, "Resource", where)
    for action in actions:
        if action != "*" and not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", action):
            raise BadPolicy(f'{where}: {action!r} is no action. Write "service:Operation", or "*".')
    for resource in resources:
        if resource != "*" and resource.count(":") < 5:
            raise BadPolicy(
                f'{where}: {resource!r} is no ARN. Write arn:aws:service:region:account:…, or "*".'
            )
    return Statement(
        number,
        one["Effect"] == "Allow",
        actions,
        resources,
        not_actions,
        not_resources,
        _conditions(one.get("Condition", {}), where),
        str(one.get("Sid", "")),
    )


def _either(one: dict[str, Any], name: str, where: str) -> tuple[tuple[str, ...], bool]:
    """The patterns of ``Action`` or ``NotAction``, and whether it is the latter."""
    given = [key for key in (name, f"Not{name}") if key in one]
    if len(given) != 1:
        raise BadPolicy(f'{where} has exactly one of "{name}" and "Not{name}".')
    return _words(one[given[0]], f'{where}, "{given[0]}"'), given[0] != name


def _words(value: Any, where: str) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise BadPolicy(f"{where} is a text, or a list of texts.")
    if long := [word for word in words if len(word) > MAX_PATTERN]:
        raise BadPolicy(f"{where} has {len(long[0])} characters; the limit is {MAX_PATTERN}.")
    return tuple(words)


def _conditions(block: Any, where: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    if not isinstance(block, dict) or not all(isinstance(keys, dict) for keys in block.values()):
        raise BadPolicy(f'{where}: "Condition" is an object of operators, each with its keys.')
    found = []
    for operator, keys in block.items():
        for key, value in keys.items():
            values = [value] if isinstance(value, str | bool | int) else value
            if not isinstance(values, list):
                raise BadPolicy(f"{where}: the condition on {key} has a value, or a list of them.")
            texts = tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in values)
            found.append((operator, key, texts))
    return tuple(found)
