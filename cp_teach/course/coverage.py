"""Which cell teaches each statement of the course text, and which test proves it: the table in docs/coverage.md.

``python -m cp_teach.course.coverage docs/coverage.md`` writes it from ``data/coverage.toml``.
"""

from __future__ import annotations

import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach import resources

HEAD = """# What the course says, where it is taught, and what proves it

One row for each statement of the course text. *Today* says where the service differs now, with the source; the notebook
tells both side by side. Written by `python -m cp_teach.course.coverage docs/coverage.md`; a test keeps it in step.
"""


class Statement(NamedTuple):
    """One statement of the course: what it says, the notebook and the cell (from 1) that teach it, and the test."""

    number: int
    section: str
    said: str
    notebook: str
    cell: int
    test: str
    today: str = ""


def statements() -> list[Statement]:
    """All of them, in the order of the course.

    Raises ``LookupError`` for one that is taught by no cell or by several, ``ValueError`` for one that leaves
    something empty.
    """
    with (resources.data() / "coverage.toml").open("rb") as file:
        rows: list[dict[str, Any]] = tomllib.load(file)["statement"]
    return [_statement(row) for row in rows]


def _statement(row: dict[str, Any]) -> Statement:
    if empty := [name for name, value in row.items() if not str(value).strip()]:
        raise ValueError(f"statement {row['number']}: nothing stands under {', '.join(empty)}")
    return Statement(**{**row, **_place(row)})


def _place(row: dict[str, Any]) -> dict[str, Any]:
    path = next(resources.notebooks().glob(f"{row['notebook']}_*.ipynb"))
    found = [number for number, cell in enumerate(_cells(path), start=1) if row["cell"] in cell]
    if len(found) != 1:
        where = f"cells {', '.join(map(str, found))} say" if found else "no cell says"
        raise LookupError(
            f"statement {row['number']}: in {path.name} {where} {row['cell']!r}. Write a phrase of exactly one cell."
        )
    return {"notebook": path.stem, "cell": found[0]}


@cache
def _cells(path: Path) -> list[str]:
    from nbformat import read

    return [cell.source for cell in read(path, as_version=4).cells]


def table() -> str:
    """The whole of docs/coverage.md."""
    lines, section = [HEAD], ""
    for one in statements():
        if one.section != section:
            section = one.section
            lines += [
                f"\n## {section}\n",
                "| | The course says | Taught in | Proven by | Today |",
                "|---|---|---|---|---|",
            ]
        taught = f"[{one.notebook}](../notebooks/{one.notebook}.ipynb), cell {one.cell}"
        file, _, name = one.test.partition("::")
        name, _, case = name.removeprefix("test_").rstrip("]").partition("[")
        proven = f"[{name.replace('_', ' ')}{case and f': {case}'}](../tests/{file})"
        lines.append(f"| {one.number} | {one.said} | {taught} | {proven} | {one.today} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(table(), encoding="utf-8")
