"""Generator of docs/coverage.md: for each statement of the course, the cell that teaches it and the proof of it.

``python tools/course_coverage.py docs/coverage.md`` writes the table from ``data/coverage.toml``.
"""

from __future__ import annotations

import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import read

from cp_teach import resources

HEAD = """# What the course says, where it is taught, and what proves it

One row for each statement of the course text. *Today* says where the service differs now, with the source; the notebook
teaches both side by side. Written by `python tools/course_coverage.py docs/coverage.md`; a test keeps it in step.
"""


class Statement(NamedTuple):
    """One statement of the course: its text, the notebook and the cell (from 1) that teach it, and the test."""

    number: int
    section: str
    said: str
    notebook: str
    cell: int
    test: str
    today: str = ""


def statements() -> list[Statement]:
    """All statements, in the order of the course.

    Raises ``LookupError`` for a statement that no cell or more than one teaches, ``ValueError`` for an empty field.
    """
    with (resources.data() / "coverage.toml").open("rb") as file:
        rows: list[dict[str, Any]] = tomllib.load(file)["statement"]
    return [_statement(row) for row in rows]


def _statement(row: dict[str, Any]) -> Statement:
    if empty := [name for name, value in row.items() if not str(value).strip()]:
        raise ValueError(f"statement {row['number']}: {', '.join(empty)} is empty")
    path = next(resources.notebooks().glob(f"{row['notebook']}_*.ipynb"))
    cells = [number for number, cell in enumerate(_cells(path), start=1) if row["cell"] in cell]
    if len(cells) != 1:
        where = f"cells {', '.join(map(str, cells))} say" if cells else "no cell says"
        raise LookupError(
            f"statement {row['number']}: in {path.name} {where} {row['cell']!r}. Write a phrase of exactly one cell."
        )
    return Statement(**{**row, "notebook": path.stem, "cell": cells[0]})


@cache
def _cells(path: Path) -> list[str]:
    return [cell.source for cell in read(path, as_version=4).cells]


def table() -> str:
    """The text of docs/coverage.md."""
    lines, section = [HEAD], ""
    for statement in statements():
        if statement.section != section:
            section = statement.section
            lines += [
                f"\n## {section}\n",
                "| | The course says | Taught in | Proven by | Today |",
                "|---|---|---|---|---|",
            ]
        notebook = statement.notebook
        taught = f"[{notebook}](../notebooks/{notebook}.ipynb), cell {statement.cell}"
        file, _, name = statement.test.partition("::")
        name, _, case = name.removeprefix("test_").rstrip("]").partition("[")
        proven = f"[{name.replace('_', ' ')}{case and f': {case}'}](../tests/{file})"
        lines.append(f"| {statement.number} | {statement.said} | {taught} | {proven} | {statement.today} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(table(), encoding="utf-8")
