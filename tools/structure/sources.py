"""The Python files of the package, parsed once, and the imports in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "cp_teach"
CONTENT = ("course/predictions/scenarios", "course/checks/exercises")
"""Folders of content: lessons write them, so the checks of words leave them alone."""


def python_files(folder: str = PACKAGE) -> list[Path]:
    """Return the Python files below a folder of the repository, sorted."""
    return sorted((ROOT / folder).rglob("*.py"))


def is_content(path: Path) -> bool:
    """Return whether the file holds questions or exercises."""
    return any(f"{PACKAGE}/{folder}/" in path.as_posix() for folder in CONTENT)


@cache
def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(path: Path) -> str:
    """Return the dotted name of a file of the package."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


@cache
def _modules() -> frozenset[str]:
    return frozenset(module_name(each) for each in python_files())


def imports(path: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Yield every import statement of a file with the dotted name that it imports.

    Imports inside functions and under ``TYPE_CHECKING`` count: they join modules as much as the others do.
    """
    modules = _modules()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield node, full if full in modules else node.module


def room_of(name: str) -> str:
    """Return the room of a dotted name: ``cp_teach.aws.iam`` is in ``aws``."""
    return [*name.split("."), ""][1]
