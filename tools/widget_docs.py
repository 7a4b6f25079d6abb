"""Write the tables of the view model in docs/widget.md from the types in cp_teach/show/view/schema.py.

``python tools/widget_docs.py`` rewrites the part of the file between the two markers; a test compares.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cp_teach.show.view import schema

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "widget.md"
SCHEMA = Path(schema.__file__)
BEGIN = "<!-- tables: written by tools/widget_docs.py -->\n"
END = "<!-- end of tables -->\n"


def tables() -> str:
    """A heading, a sentence and a table for each type, in the order of ``TABLES``."""
    source = SCHEMA.read_text(encoding="utf-8")
    tree = ast.parse(source)
    types = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return "\n".join(_table(types[name], source.splitlines()) for name in _order(tree))


def written(page: str) -> str:
    """The page with the tables of today between its markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def _order(tree: ast.Module) -> list[str]:
    (value,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TABLES"
    )
    assert isinstance(value, ast.Tuple)
    return [ast.unparse(name) for name in value.elts]


def _table(kind: ast.ClassDef, source: list[str]) -> str:
    head = [f"### {kind.name}", "", ast.get_docstring(kind) or "", ""]
    rows = ["| field | type | what it holds |", "|---|---|---|"]
    for name, annotation, text in _fields(kind, source):
        type_, optional = re.subn(r"^NotRequired\[(.*)\]$", r"\1", annotation)
        escaped = type_.replace("|", "\\|")
        rows.append(f"| `{name}{'?' if optional else ''}` | `{escaped}` | {text} |")
    return "\n".join([*head, *rows, ""])


def _fields(kind: ast.ClassDef, source: list[str]) -> Iterator[tuple[str, str, str]]:
    """Each field with its type and its comment. Raises ``ValueError`` for a field without a comment."""
    for field in kind.body:
        if isinstance(field, ast.AnnAssign):
            name = ast.unparse(field.target)
            _, _, comment = source[field.lineno - 1].partition("  # ")
            if not comment:
                raise ValueError(f"{kind.name}.{name} has no comment; say in its line what it holds.")
            yield name, ast.unparse(field.annotation), comment


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
