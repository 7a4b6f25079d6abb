"""Running notebooks in tests: as they are, with each cell twice, and once more from the top in the same kernel."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from cp_teach import resources


def notebooks() -> list[Path]:
    """The notebooks of the course, in order."""
    return sorted(resources.notebooks().glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    """The notebook as it is committed."""
    return nbformat.read(path, as_version=4)


def code(notebook: NotebookNode) -> list[NotebookNode]:
    """Its code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def each_cell_twice(notebook: NotebookNode) -> NotebookNode:
    """The same notebook, in which every code cell is run twice in a row."""
    double = copy.deepcopy(notebook)
    double.cells = [
        again
        for cell in notebook.cells
        for again in ([cell] if cell.cell_type != "code" else [cell, _twin(cell, "again")])
    ]
    return double


def again(notebook: NotebookNode) -> list[NotebookNode]:
    """All its cells once more, to be run behind it in the same kernel."""
    return [_twin(cell, "top") for cell in notebook.cells]


def _twin(cell: NotebookNode, ending: str) -> NotebookNode:
    twin = copy.deepcopy(cell)
    twin["id"] = f"{cell['id'][:50]}-{ending}"
    return twin


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run it in a fresh kernel, from a folder in which it may write; an error in a cell is an error here."""
    client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}})
    client.execute()
    return notebook


def shown(cell: NotebookNode) -> str:
    """What a code cell has printed and shown, as text."""
    # A kernel may send one text in several pieces, so pieces of a text are joined without anything between.
    parts = [out.get("text") or out.get("data", {}).get("text/plain", "") + "\n" for out in cell.outputs]
    return "".join(parts)


def solutions(notebook: NotebookNode) -> dict[str, str]:
    """The code of each folded solution, by the name of the exercise that it checks."""
    found: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "<details>" in cell.source:
            for block in re.findall(r"```python\n(.*?)```", cell.source, flags=re.DOTALL):
                name = re.search(r'check\("([^"]+)"', block)
                assert name, f"a solution checks nothing: {block}"
                found[name.group(1)] = block
    return found
