"""Editions of the course's notebooks: the instructor's with solutions and notes, the students' without.

In the source, the answer to an exercise is a cell that nbgrader calls a solution, with only its beginning in it. The
check follows, and after it the solution, folded away.
"""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from cp_teach.course.kernel_metadata import kernel_metadata

FOLDED = re.compile(
    r"<details>\s*<summary>Show a solution</summary>\s*```python\n(.*?)```\s*</details>", re.DOTALL
)
CHECK = re.compile(r"^check\(\s*[\"']([^\"']+)[\"'].*$", re.MULTILINE)
ANSWER = "-answer"


def student(notebook: NotebookNode) -> NotebookNode:
    """The edition for students: a copy without solutions and notes."""

    def edited(cell: NotebookNode) -> NotebookNode | None:
        if _is_note(cell):
            return None
        if cell.cell_type == "markdown" and FOLDED.search(cell.source):
            cell.source = FOLDED.sub("", cell.source).strip()
            return cell if cell.source else None
        return cell

    return _edition(notebook, edited)


def instructor(notebook: NotebookNode) -> NotebookNode:
    """The edition for the instructor: a copy with the notes, and with the solution in each answer's cell."""
    solved = solutions(notebook)

    def edited(cell: NotebookNode) -> NotebookNode | None:
        grading = cell.metadata.get("nbgrader", {})
        if grading.get("solution"):
            cell.source = solved.get(grading.get("grade_id", "").removesuffix(ANSWER), cell.source)
        if cell.cell_type == "markdown" and FOLDED.fullmatch(cell.source.strip()):
            return None
        return cell

    return _edition(notebook, edited)


def _edition(notebook: NotebookNode, edited: Callable[[NotebookNode], NotebookNode | None]) -> NotebookNode:
    edition = copy.deepcopy(notebook)
    edition.cells = [cell for cell in map(edited, edition.cells) if cell is not None]
    edition.metadata.update(nbformat.from_dict(kernel_metadata()))
    return edition


def solutions(notebook: NotebookNode) -> dict[str, str]:
    """The code of each solution, without its check, by the name of its exercise."""
    return {
        name[1]: CHECK.sub("", code).strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for code in FOLDED.findall(cell.source)
        if (name := CHECK.search(code))
    }


EDITIONS: dict[str, Callable[[NotebookNode], NotebookNode]] = {"instructor": instructor, "student": student}


def write_editions(source: Path, folder: Path) -> Iterator[Path]:
    """Write each edition of every notebook in ``source``, and the files that the notebooks read, to its own subfolder
    of ``folder``. Yields the path of each notebook once it is written; existing files are replaced."""
    for name, edit in EDITIONS.items():
        target = folder / name
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(source.iterdir()):
            if path.suffix == ".ipynb":
                nbformat.write(edit(nbformat.read(path, as_version=4)), target / path.name)
                yield target / path.name
            elif path.is_file() and not path.name.startswith("."):
                shutil.copyfile(path, target / path.name)


def _is_note(cell: NotebookNode) -> bool:
    slideshow = cell.metadata.get("slideshow")
    return isinstance(slideshow, dict) and slideshow.get("slide_type") == "notes"
