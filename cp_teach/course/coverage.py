"""Which cell teaches each statement of the course text, and which test proves it: the table in docs/coverage.md.

``python -m cp_teach.course.coverage docs/coverage.md`` writes it from ``data/coverage.toml``.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach import places

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
    """All of them, in the order of the course. Raises ``LookupError`` for one that no cell teaches."""
    with (places.data() / "coverage.toml").open("rb") as file:
        rows: list[dict[str, Any]] = tomllib.load(file)["statement"]
    return [Statement(**{**row, **_place(row)}) for row in rows]


def _place(row: dict[str, Any]) -> dict[str, Any]:
    from nbformat import read

    path = next(places.notebooks().glob(f"{row['notebook']}_*.ipynb"))
    for number, cell in enumerate(read(path, as_version=4).cells, start=1):
        if row["cell"] in cell.source:
            return {"notebook": path.stem, "cell": number}
    raise LookupError(f"statement {row['number']}: no cell of {path.name} says {row['cell']!r}")


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
        proven = f"[{name.removeprefix('test_').replace('_', ' ')}](../tests/{file})"
        lines.append(f"| {one.number} | {one.said} | {taught} | {proven} | {one.today} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(table(), encoding="utf-8")
