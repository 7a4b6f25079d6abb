"""All mutants of a package: every fault that can be planted in any of its functions."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from mutation.planting.operators import Change, Function, changes, planted, statements, text_of

EXCLUDED = ("flow/queueing/tandem_kernels.py", "flow/simulation/stage_kernel.py")
"""Files without mutants: Numba compiles them during the tests and would not see a change of the Python code."""


class Place(NamedTuple):
    """An outermost function or method: its file below the package, its qualified name, its first line."""

    path: str
    qualified_name: str
    line: int

    @property
    def room(self) -> str:
        """The top folder of the file in the package, or its module if it is in none."""
        return self.path.split("/")[0].removesuffix(".py")


class Mutant(NamedTuple):
    """One fault at one place. Its key identifies it, without path and line."""

    place: Place
    change: Change
    statement: str
    """The source of the statement in normal form."""
    becomes: str
    """The statement with the fault."""
    occurrence: int
    """The position among equal statements of the function, from 1."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """The identity, which survives a move of the file and changes around the function."""
        return self.place.qualified_name, self.statement, self.becomes, self.occurrence

    @property
    def digest(self) -> str:
        """A short hash of the key."""
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
        """The syntax tree; change only a copy of it."""
        return ast.parse(self.file.read_text(encoding="utf-8"), str(self.file))

    def functions(self) -> Iterator[tuple[Place, Function]]:
        """The outermost functions and methods."""
        yield from _functions(self.tree.body, "", self.path)

    def tree_with(self, mutant: Mutant) -> ast.Module:
        """A copy of the tree with the fault."""
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
    """Every Python file of the package that can have mutants; ``_share`` of an installed package holds only data."""
    found = (path.relative_to(package).as_posix() for path in sorted(package.rglob("*.py")))
    return [
        Source(package, path) for path in found if path not in EXCLUDED and not path.startswith("_share/")
    ]


class Candidate(NamedTuple):
    """A fault that can be planted. There are tens of thousands, so the text of the fault is made only on demand."""

    source: Source
    place: Place
    change: Change
    statement: str
    occurrence: int

    @property
    def identity(self) -> str:
        """A text that identifies it, without path and line."""
        return repr(
            (self.place.qualified_name, self.statement, self.occurrence, self.change[0], *self.change[2:])
        )

    def mutant(self) -> Mutant | None:
        """The mutant; None if the change leaves the statement as it was."""
        for place, function in self.source.functions():
            if place == self.place:
                becomes = text_of(planted(copy.deepcopy(function), self.change))
                if becomes != self.statement:
                    return Mutant(self.place, self.change, self.statement, becomes, self.occurrence)
        return None


def candidates(package: Path) -> list[Candidate]:
    """All faults that can be planted in a package."""
    return [candidate for source in sources(package) for candidate in candidates_of(source)]


def candidates_of(source: Source) -> Iterator[Candidate]:
    """All faults that can be planted in a file."""
    for place, function in source.functions():
        texts = [text_of(statement) for statement in statements(function)]
        for change in changes(function):
            text = texts[change.statement]
            occurrence = texts[: change.statement + 1].count(text)
            yield Candidate(source, place, change, text, occurrence)
