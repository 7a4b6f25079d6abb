"""Conditions of a CloudFormation template, and what they share with the other functions: nesting, paths, and text.

Source: CloudFormation template reference, "Condition functions".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.pipeline.formats.unresolved_value import Unresolved, unknown_names

MAX_DEPTH = 100
"""Maximum number of functions and conditions of which each is inside the other, or depends on it."""

NO_VALUE: Any = object()
"""The value of ``AWS::NoValue``: what contains it leaves it out."""

TemplatePath = tuple[Any, ...]
"""The keys that lead to a value, innermost last and nested to the left, for error messages."""


class Nesting:
    """Counts the functions and conditions that are being evaluated."""

    def __init__(self) -> None:
        self._depth = 0

    @contextmanager
    def deeper(self, path: TemplatePath) -> Iterator[None]:
        """Evaluate one more. Raises ``InvalidTemplate`` if there are too many."""
        if self._depth >= MAX_DEPTH:
            problem = (
                f"more than {MAX_DEPTH} conditions depend on each other, or functions are inside each other. "
                "Use fewer."
            )
            raise InvalidTemplate(f"{format_path(path)}: {problem}", has_location=True)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1


class Conditions:
    """The conditions of one template; ``evaluate`` evaluates the values that they compare.

    ``assumed`` lists the conditions that depend on unknown values: they are taken to hold.
    """

    def __init__(
        self,
        declared: Mapping[Any, Any],
        evaluate: Callable[[Any, TemplatePath], Any],
        nesting: Nesting,
    ) -> None:
        self.assumed: list[str] = []
        self._declared, self._evaluate, self._nesting = declared, evaluate, nesting
        self._results: dict[str, bool | None] = {}
        self._open: list[str] = []

    def hold(self, name: str) -> bool:
        """Return a condition's value. One that depends on an unknown value holds, and is listed in ``assumed``."""
        result = self._value(name)
        if result is None and name not in self.assumed:
            self.assumed.append(name)
        return result is not False

    def _value(self, name: str) -> bool | None:
        """True, False, or None if it depends on an unknown value."""
        if name in self._results:
            return self._results[name]
        if name not in self._declared:
            known = ", ".join(map(str, self._declared)) or "none"
            raise InvalidTemplate(f"There is no condition {name!r:.60}; Conditions has: {known[:200]}.")
        if name in self._open:
            raise InvalidTemplate(f"Conditions, {name}: it depends on itself.", has_location=True)
        self._open.append(name)
        try:
            result = self._judge(self._declared[name], ("Conditions", name))
        finally:
            self._open.pop()
        self._results[name] = result
        return result

    def _judge(self, expression: Any, path: TemplatePath) -> bool | None:
        with self._nesting.deeper(path):
            if isinstance(expression, dict) and len(expression) == 1:
                function, argument = next(iter(expression.items()))
                match function, argument:
                    case "Condition", str(name):
                        return self._value(name)
                    case "Fn::Equals", [first, second]:
                        return _equal(self._evaluate(first, path), self._evaluate(second, path))
                    case "Fn::Not", [inner]:
                        return _negated(self._judge(inner, path))
                    case "Fn::And", [*inner]:
                        return _all([self._judge(each, path) for each in inner])
                    case "Fn::Or", [*inner]:
                        return _negated(_all([_negated(self._judge(each, path)) for each in inner]))
        problem = "a condition must be one of Fn::Equals, Fn::Not, Fn::And, Fn::Or, and Condition."
        raise InvalidTemplate(f"{format_path(path)}: {problem}", has_location=True)


def format_path(path: TemplatePath) -> str:
    """The path in words, such as ``Resources, Shop, Properties, Stages, 0``."""
    if isinstance(path[0], tuple):
        return f"{format_path(path[0])}, {str(path[1])[:60]}"
    return ", ".join(str(key)[:60] for key in path)


def plain_text(value: Any) -> str:
    """A scalar as CloudFormation writes it into text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or value is NO_VALUE:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str)


def _equal(first: Any, second: Any) -> bool | None:
    if isinstance(first, Unresolved) and isinstance(second, Unresolved) and first == second:
        return True
    if next(unknown_names([first, second]), None) is not None:
        return None
    return plain_text(first) == plain_text(second)


def _all(results: Iterable[bool | None]) -> bool | None:
    known = list(results)
    if False in known:
        return False
    return None if None in known else True


def _negated(result: bool | None) -> bool | None:
    return None if result is None else not result
