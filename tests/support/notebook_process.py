"""A process that runs notebooks without Jupyter: it loads the large libraries once and forks for each notebook.

IPython's shell runs the cells and collects the outputs that a kernel sends; the messages between a kernel and its
client are all that is missing. The process loads nothing of ours beforehand: every notebook imports cp_teach itself.
Each line of standard input is the path of a folder with ``notebook.ipynb`` in it. The process runs it in there, writes
``executed.ipynb`` beside it, and prints a line with the error, or an empty one. The metadata of each cell holds the
``seconds`` that it took of the processor; those of the notebook, what the libraries took.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

LIBRARIES = (
    "IPython.core.interactiveshell",
    "pexpect",
    "numpy",
    "pandas",
    "networkx",
    "ipywidgets",
    "anywidget",
    "boto3",
    "botocore.parsers",
    "requests",
    "yaml",
    "werkzeug.serving",
    "flask",
    "moto.core.models",
    "moto.server",
    "moto.codepipeline.models",
    "moto.events.models",
    "moto.iam.models",
    "moto.s3.models",
    "moto.s3.responses",
    "moto.sts.models",
    "jsonpath_ng.ext",
)
PATIENCE = 120
"""Seconds that a cell may take, and the end of the process."""


def serve() -> None:
    """Load the libraries, then run each notebook in a fork. Without ``fork`` the process itself runs the first one."""
    for name in LIBRARIES:
        __import__(name)
    loaded = sum(os.times()[:2])
    for line in sys.stdin:
        sys.stdout.flush()
        child = os.fork() if hasattr(os, "fork") else 0
        if child == 0:
            run(Path(line.rstrip("\n")), loaded)
            return
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(f"The process of the notebook ended with {status}." if status else "", flush=True)


def run(folder: Path, loaded: float) -> None:
    """Run the notebook in ``folder``, which becomes the working folder."""
    os.dup2(2, 1)  # output of commands that bypasses IPython must not become an answer
    os.chdir(folder)
    notebook = json.loads(Path("notebook.ipynb").read_text(encoding="utf-8"))
    notebook["metadata"]["seconds"] = loaded
    execute(notebook["cells"])
    Path("executed.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)


def execute(cells: list[dict[str, Any]]) -> None:
    """Run the code cells in one shell, and fill in their outputs. Raises ``RuntimeError`` for a cell that fails.

    A cell with the tag ``fresh`` starts without the names of the cells before it.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    recorder = OutputRecorder(shell)
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        tags = cell["metadata"].get("tags", [])
        if "fresh" in tags:
            shell.reset()
        recorder.outputs = cell["outputs"]
        began = sum(os.times()[:4])
        with Deadline():
            result = shell.run_cell("".join(cell["source"]), store_history=True)
        cell["metadata"]["seconds"] = sum(os.times()[:4]) - began
        if not result.success and "raises-exception" not in tags:
            recorder.close()
            error = result.error_before_exec or result.error_in_exec
            traceback.print_exception(error)
            raise RuntimeError(f"cell {cell['id']} fails: {error!r}")
    recorder.close()


class Deadline:
    """Ends what runs longer than ``PATIENCE`` with a ``TimeoutError``, where the system has alarms."""

    def __enter__(self) -> None:
        if hasattr(signal, "alarm"):
            signal.signal(signal.SIGALRM, self._end)
            signal.alarm(PATIENCE)

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "alarm"):
            signal.alarm(0)

    def _end(self, *_: object) -> None:
        raise TimeoutError(f"not done after {PATIENCE} seconds")


class OutputRecorder:
    """Standard output and error, and IPython's displays, as the outputs of a cell."""

    encoding, errors = "utf-8", "strict"

    def __init__(self, shell: Any) -> None:
        self.outputs: list[dict[str, Any]] = []
        self._before = sys.stdout, sys.stderr
        shell.display_pub.publish = self._display
        shell.displayhook.write_output_prompt = lambda: None
        shell.displayhook.write_format_data = self._result
        sys.stdout = sys.stderr = self  # type: ignore[assignment]

    def close(self) -> None:
        """Give standard output and error back."""
        sys.stdout, sys.stderr = self._before

    def _display(self, data: dict[str, Any], metadata: dict[str, Any] | None = None, **_: object) -> None:
        self._add(output_type="display_data", data=data, metadata=metadata or {})

    def _result(self, data: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        self._add(output_type="execute_result", data=data, metadata=metadata or {}, execution_count=None)

    def write(self, text: str) -> int:
        """Add the text as a stream."""
        if text:
            self._add(output_type="stream", name="stdout", text=text)
        return len(text)

    def _add(self, **output: Any) -> None:
        self.outputs.append(output)

    def flush(self) -> None:
        """Do nothing, because nothing waits."""

    def isatty(self) -> bool:
        """It is no terminal, as in a kernel."""
        return False


if __name__ == "__main__":
    del sys.path[0]  # the folder of the tests
    serve()
