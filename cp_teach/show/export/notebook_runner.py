"""Notebook runner: run a notebook from the top in its own kernel, and record what its consoles show."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cp_teach.show.export.notebook_consent import allow_notebook
from cp_teach.show.export.notebook_reader import BadNotebook, read
from cp_teach.show.offline.recording import MIME, MOST, SWITCH

if TYPE_CHECKING:
    from nbformat import NotebookNode

PATIENCE = 600
"""Seconds that one cell may take."""
ASK = (
    "import sys as _s\n"
    "_m = _s.modules.get('cp_teach.show.offline.recording')\n"
    "if _m is not None:\n"
    "    from IPython.display import display as _d\n"
    f"    _d({{{MIME!r}: _m.recordings()}}, raw=True)\n"
)
"""Runs in the kernel after the last cell; in a notebook without a console it displays nothing."""


class ExecutedNotebook(NamedTuple):
    """A notebook with its outputs, and the recordings of its consoles (None if it shows none)."""

    notebook: NotebookNode
    recordings: dict[str, Any] | None


def run(
    path: Path,
    *,
    yes: bool = False,
    patience: float = PATIENCE,
    progress: Callable[[int, int], None] | None = None,
    states: int | None = None,
) -> ExecutedNotebook:
    """Run every cell of the notebook in ``path``, with its folder as the working folder. ``progress`` is called before
    each cell with its number and the number of cells. ``states`` is the maximum number of pipeline states in the
    file.

    A notebook that is not a lesson of the kit is untrusted code and needs ``yes=True``.

    Raises ``NotAllowed`` without that consent. Raises ``BadNotebook``, with the number of the cell and the error, if
    a cell fails (cells with the tag ``raises-exception`` may), if the kernel dies, or if a cell takes longer than
    ``patience`` seconds.
    """
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbformat.v4 import new_code_cell

    notebook = read(path)
    allow_notebook(path, yes)
    client = NotebookClient(
        notebook,
        timeout=patience,
        kernel_name=notebook.metadata.get("kernelspec", {}).get("name", "python3"),
        resources={"metadata": {"path": str(path.resolve().parent)}},
        store_widget_state=False,
        # Kernels warn at every start that loopback is not encrypted, and users cannot change that.
        extra_arguments=["--log-level=ERROR"],
    )
    number = 0
    try:
        limit = {} if states is None else {MOST: str(states)}
        with client.setup_kernel(env={**os.environ, SWITCH: "1", **limit}, cwd=str(path.resolve().parent)):
            for index, cell in enumerate(notebook.cells):
                number = index + 1
                if progress is not None:
                    progress(number, len(notebook.cells))
                client.execute_cell(cell, index)
            last = new_code_cell(ASK)
            notebook.cells.append(last)  # the client looks for the cell in the notebook
            try:
                client.execute_cell(last, len(notebook.cells) - 1, store_history=False)
            finally:
                notebook.cells.pop()
    except CellExecutionError as error:
        place = f"{path.name}: cell {number} of {len(notebook.cells)}"
        raise BadNotebook(f"{place} fails: {error.ename}: {_short(error.evalue)}") from None
    except CellTimeoutError:
        raise BadNotebook(f"{path.name}: cell {number} had not ended after {patience:g} seconds.") from None
    except DeadKernelError:
        raise BadNotebook(f"{path.name}: the kernel died in cell {number}.") from None
    except NoSuchKernel as error:
        raise BadNotebook(
            f"{path.name} needs the kernel {error.name!r}, which is not installed; "
            "choose another in JupyterLab and save."
        ) from None
    recordings = (output.data[MIME] for output in last.outputs if MIME in output.get("data", {}))
    return ExecutedNotebook(notebook, next(recordings, None))


def _short(text: str) -> str:
    lines = (text or "").strip().splitlines()
    first = lines[0] if lines else "no message"
    return first if len(first) <= 300 else first[:299] + "…"
