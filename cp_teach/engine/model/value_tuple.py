"""What commands and events have in common: small immutable records that are equal only within their own
kind."""

from __future__ import annotations

from typing import Any, TypeVar

C = TypeVar("C", bound=type)


def _same(self: Any, other: object) -> bool:
    return type(self) is type(other) and bool(tuple.__eq__(self, other))  # type: ignore[operator]  # other is a tuple when the types are the same


def _differ(self: Any, other: object) -> bool:
    return not _same(self, other)


def _hash(self: Any) -> int:
    return hash((type(self).__name__, tuple(self)))


def record(cls: C) -> C:
    """Make a NamedTuple unequal to other kinds with the same fields.

    Bare tuples compare by value alone: without this, ``ActionStarted(1, "Build", "Compile")`` would equal
    ``ActionAbandoned(1, "Build", "Compile")``.
    """
    cls.__eq__ = _same  # type: ignore[assignment]  # a tuple's own methods, replaced on purpose
    cls.__ne__ = _differ  # type: ignore[assignment]  # as above
    cls.__hash__ = _hash  # type: ignore[assignment]  # as above
    return cls
