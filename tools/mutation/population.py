"""All mutants of a package: each function, each fault that can be planted in it."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from mutation.operators import Change, Function, changes, planted, statements, text_of

EXCLUDED = ("flow/queueing/tandem_kernels.py", "flow/simulation/stage_kernel.py")
"""Compiled by Numba while the tests run: a change of the Python code beneath would not be seen, so none is made."""


class Place(NamedTuple):
    """An outermost function or method: its file below the package, its qualified name, its first line."""

    path: str
    qualified_name: str
    line: int

    @property
    def room(self) -> str:
        """The folder of the package, or the module where there is none."""
        return self.path.split("/")[0].removesuffix(".py")


class Mutant(NamedTuple):
    """One fault at one place. What tells it from others is its key: no path and no line stands in that."""

    place: Place
    change: Change
    statement: str
    """The source of the statement, in one normal form."""
    becomes: str
    """The same with the fault."""
    occurrence: int
    """1, or the how-manieth of several equal statements of the function."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """The same wherever the file lies and whatever stands around the function."""
        return self.place.qualified_name, self.statement, self.becomes, self.occurrence

    @property
    def digest(self) -> str:
        """The key in one word."""
        return hashlib.sha256(repr(self.key).encode()).hexdigest()[:12]

    def __str__(self) -> str:
        line = f"{self.place.path}: {self.place.qualified_name}"
        return f"{line} ({self.change.operator})\n    - {self.statement}\n    + {self.becomes}"


class Source:
    """One file of the package."""

    def __init__(self, package: Path, path: str) -> None:
        self.path, self.file = path, package / path

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree; who changes it works on a copy."""
        return ast.parse(self.file.read_text(encoding="utf-8"), str(self.file))

    def functions(self) -> Iterator[tuple[Place, Function]]:
        """The outermost functions, methods among them."""
        yield from _functions(self.tree.body, "", self.path)

    def tree_with(self, mutant: Mutant) -> ast.Module:
        """A new tree that holds the fault."""
        tree = copy.deepcopy(self.tree)
        for place, function in _functions(tree.body, "", self.path):
            if place == mutant.place:
                planted(function, mutant.change)
                return tree
        raise LookupError(f"{self.path} has no {mutant.place.qualified_name}")


def _functions(body: list[ast.stmt], prefix: str, path: str) -> Iterator[tuple[Place, Function]]:
    for node in body:
        if isinstance(node, Function):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield Place(path, prefix + node.name, first), node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.", path)
        elif isinstance(node, ast.If | ast.Try):
            yield from _functions([*node.body, *node.orelse], prefix, path)


def sources(package: Path) -> list[Source]:
    """Every Python file of the package that can hold a mutant; an install also has a clone's data in ``_share``."""
    found = (path.relative_to(package).as_posix() for path in sorted(package.rglob("*.py")))
    return [
        Source(package, path) for path in found if path not in EXCLUDED and not path.startswith("_share/")
    ]


class Candidate(NamedTuple):
    """A fault that can be planted, before it is: there are tens of thousands of them."""

    source: Source
    place: Place
    change: Change
    statement: str
    occurrence: int

    @property
    def identity(self) -> str:
        """What tells it from others, without a path and a line."""
        return repr(
            (self.place.qualified_name, self.statement, self.occurrence, self.change[0], *self.change[2:])
        )

    def mutant(self) -> Mutant | None:
        """The mutant; None where the change turns out to be none."""
        for place, function in self.source.functions():
            if place == self.place:
                becomes = text_of(planted(copy.deepcopy(function), self.change))
                if becomes != self.statement:
                    return Mutant(self.place, self.change, self.statement, becomes, self.occurrence)
        return None


def candidates(package: Path) -> list[Candidate]:
    """Everything that can be planted."""
    return [candidate for source in sources(package) for candidate in candidates_of(source)]


def candidates_of(source: Source) -> Iterator[Candidate]:
    """Those of one file."""
    for place, function in source.functions():
        texts = [text_of(statement) for statement in statements(function)]
        for change in changes(function):
            text = texts[change.statement]
            occurrence = texts[: change.statement + 1].count(text)
            yield Candidate(source, place, change, text, occurrence)
