"""Running notebooks in tests: as they are, with each cell twice, and once more from the top in the same shell."""

from __future__ import annotations

import copy
import functools
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import notebook_process
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

import cp_teach
from cp_teach import resources
from cp_teach.course.notebook_editions import instructor, student

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def notebooks() -> list[Path]:
    """The notebooks of the course, in order."""
    return sorted(resources.notebooks().glob("*.ipynb"))


def read(path: Path) -> NotebookNode:
    """The notebook as it is committed."""
    return nbformat.read(path, as_version=4)


def code(notebook: NotebookNode) -> list[NotebookNode]:
    """Its code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def both_editions(notebook: NotebookNode) -> NotebookNode:
    """The student's edition with every code cell twice in a row, and behind it the instructor's, from the top.

    The cells of the latter find none of the names of the former.
    """
    both = student(notebook)
    both.cells = [twin for cell in both.cells for twin in _twice(cell)]
    cells = [_twin(cell, "top") for cell in instructor(notebook).cells]
    first = next(cell for cell in cells if cell.cell_type == "code")
    first.metadata["tags"] = [*first.metadata.get("tags", []), "fresh"]
    both.cells += cells
    return both


def _twice(cell: NotebookNode) -> list[NotebookNode]:
    return [cell, _twin(cell, "again")] if cell.cell_type == "code" else [cell]


def _twin(cell: NotebookNode, ending: str) -> NotebookNode:
    twin = copy.deepcopy(cell)
    twin["id"] = f"{cell['id'][:50]}-{ending}"
    return twin


def execute(notebook: NotebookNode, factory: pytest.TempPathFactory) -> NotebookNode:
    """The notebook with its outputs, run without Jupyter. Raises AssertionError for a cell that fails."""
    base = factory.getbasetemp()
    return _executor((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "notebooks").execute(
        notebook
    )


class NotebookExecutor:
    """Runs notebooks in forks of one process (``notebook_process``), each notebook once for all processes of the tests.

    What has been run is kept in ``folder``, under a name that the notebook and the whole package determine.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # It ends with this process, which closes its standard input.
        self._process: subprocess.Popen[str] | None = None

    def execute(self, notebook: NotebookNode) -> NotebookNode:
        """The notebook with its outputs; see the function."""
        text = nbformat.writes(notebook)
        own = self._folder / hashlib.sha256(package_digest() + text.encode()).hexdigest()[:20]
        own.mkdir(parents=True, exist_ok=True)
        with locked(own / "lock"):
            executed = own / "executed.ipynb"
            if not executed.exists():
                (own / "notebook.ipynb").write_text(text, encoding="utf-8")
                answer = self._run(own)
                assert executed.exists(), answer
        return nbformat.read(executed, as_version=4)

    def _run(self, folder: Path) -> str:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, notebook_process.__file__]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip() or "It wrote no result; see its output."


_executor = functools.cache(NotebookExecutor)


@functools.cache
def package_digest() -> bytes:
    """A digest of every file of the package and of its data."""
    digest = hashlib.sha256()
    for folder in (Path(cp_teach.__file__).parent, resources.data()):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.digest()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from doing the same at the same time, where the system has file locks."""
    with path.open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def execute_in_kernel(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run it in a Jupyter kernel, from a folder in which it may write; an error in a cell is an error here."""
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
