"""One source, several editions: the notebooks of the course for the instructor, and for students.

In the source, the answer to an exercise is a cell that nbgrader calls a solution, with only its beginning in it; the
check follows, and after that the solution, folded away. The **instructor's** edition has the solution in the answer's
cell, and the notes. The **student's** has neither solutions nor notes.
"""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FOLDED = re.compile(
    r"<details>\s*<summary>Show a solution</summary>\s*```python\n(.*?)```\s*</details>", re.DOTALL
)
CHECK = re.compile(r"^check\(\s*[\"']([^\"']+)[\"'].*$", re.MULTILINE)
ANSWER = "-answer"


def student(notebook: Any) -> Any:
    """The edition for students: exercises as they stand, no solutions, no notes."""
    made = copy.deepcopy(notebook)
    kept = []
    for cell in made.cells:
        if _is_note(cell):
            continue
        if cell.cell_type == "markdown" and FOLDED.search(cell.source):
            cell.source = FOLDED.sub("", cell.source).strip()
            if not cell.source:
                continue
        kept.append(cell)
    made.cells = kept
    return made


def instructor(notebook: Any) -> Any:
    """The edition for the instructor: every exercise is solved, and the notes are there."""
    made = copy.deepcopy(notebook)
    found = solutions(made)
    kept = []
    for cell in made.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removesuffix(ANSWER)
        if cell.metadata.get("nbgrader", {}).get("solution") and name in found:
            cell.source = found[name]
        if cell.cell_type == "markdown" and FOLDED.fullmatch(cell.source.strip()):
            continue
        kept.append(cell)
    made.cells = kept
    return made


def solutions(notebook: Any) -> dict[str, str]:
    """The code of each solution, without its check, by the name of its exercise."""
    found = {}
    for cell in notebook.cells:
        for code in FOLDED.findall(cell.source) if cell.cell_type == "markdown" else ():
            name = CHECK.search(code)
            if name is not None:
                found[name[1]] = CHECK.sub("", code).strip()
    return found


EDITIONS: dict[str, Callable[[Any], Any]] = {"instructor": instructor, "student": student}


def write(source: Path, folder: Path) -> Iterator[Path]:
    """Write each edition of every notebook in ``source`` to a folder of its own in ``folder``, with the files that the
    notebooks read. Yields each file once it is written; an edition of an earlier time is replaced."""
    from nbformat import read
    from nbformat import write as write_notebook

    for name, edit in EDITIONS.items():
        home = folder / name
        home.mkdir(parents=True, exist_ok=True)
        for path in sorted(source.iterdir()):
            if path.suffix == ".ipynb":
                write_notebook(edit(read(path, as_version=4)), home / path.name)
                yield home / path.name
            elif path.is_file() and not path.name.startswith("."):
                shutil.copyfile(path, home / path.name)


def _is_note(cell: Any) -> bool:
    slideshow = cell.metadata.get("slideshow")
    return isinstance(slideshow, dict) and slideshow.get("slide_type") == "notes"
