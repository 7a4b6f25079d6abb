"""Convert many notebooks at the same time, with a progress report."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from cp_teach.cli.terminal_output import erase_line
from cp_teach.cli.user_error import UserError, check_writable_folder, writing

if TYPE_CHECKING:
    from cp_teach.show.export.slides import ExportedFile, Form


class Job(NamedTuple):
    """A notebook with permission to run, the folder for the output, and its form."""

    notebook: Path
    folder: Path
    form: Form


def export_all(
    jobs: Sequence[Job], at_once: int, label: str, states: int | None = None
) -> list[ExportedFile | None]:
    """Run and convert all notebooks, and report each result; a failure does not stop the others.

    ``states`` is the maximum number of pipeline states in each file. The caller must call ``check_consent`` first.
    """
    from cp_teach.show.export.notebook_reader import BadNotebook
    from cp_teach.show.export.slides import export

    twice = [name for name, count in Counter(job.notebook.stem for job in jobs).items() if count > 1]
    if twice:
        raise UserError(
            f"Two notebooks are called {twice[0]}, so one would overwrite the other. Convert them with separate -o."
        )
    for folder in {job.folder for job in jobs}:
        check_writable_folder(folder)
    progress = Progress(len(jobs))

    def export_one(job: Job) -> ExportedFile | None:
        start = time.monotonic()
        try:
            with writing(job.folder):
                report_cell = progress.cells(job.notebook.stem)
                result = export(job.notebook, job.folder, job.form, report_cell, states, yes=True)
        except (BadNotebook, UserError) as error:
            progress.done(job.notebook.stem, f"cp-teach: {{}} {error}", sys.stderr)
            return None
        states_text = f", {result.states:,} states" if result.states else ""
        size = result.path.stat().st_size / 1000
        summary = f"{size:.0f} kB, one file{states_text}, {time.monotonic() - start:.0f} s"
        progress.done(job.notebook.stem, f"{{}} {label}: {result.path} ({summary})", sys.stdout)
        return result

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(export_one, jobs))


def check_consent(notebooks: Sequence[Path], yes: bool) -> None:
    """Raise ``UserError`` unless every notebook has permission to run.

    The notebooks are checked in their own folders, because a copy would hide modules that cells can import.
    """
    from cp_teach.show.export.notebook_consent import UNCONFINED, is_lesson
    from cp_teach.show.export.notebook_reader import BadNotebook

    for path in [] if yes else notebooks:
        with suppress(BadNotebook):  # reported later; none of its code is run
            if not is_lesson(path):
                raise UserError(
                    f"{path.name} is not an unchanged lesson of this kit. {UNCONFINED} Read it first; if you trust it, "
                    "use --yes."
                )


class Progress:
    """The progress report: a line for each finished file and, on a terminal, the current cell of each notebook."""

    def __init__(self, total: int) -> None:
        self.total, self.done_count = total, 0
        self._current_cells: dict[str, str] = {}
        self._lock = threading.Lock()
        self._line_width = 0

    def cells(self, name: str) -> Callable[[int, int], None]:
        """Return a listener for the number of the current cell and the number of cells."""

        def report_cell(number: int, of: int) -> None:
            with self._lock:
                self._current_cells[name] = f"{name}: cell {number} of {of}"
                self._draw()

        return report_cell

    def done(self, name: str, line: str, stream: TextIO) -> None:
        """Print ``line`` for a finished file; its number replaces ``{}``."""
        with self._lock:
            self._current_cells.pop(name, None)
            self._erase()
            self.done_count += 1
            print(line.replace("{}", f"[{self.done_count}/{self.total}]", 1), file=stream, flush=True)
            self._draw()

    def _draw(self) -> None:
        if not sys.stdout.isatty():
            return
        self._erase()
        line = "   ".join(self._current_cells.values())[: shutil.get_terminal_size().columns - 1]
        sys.stdout.write(line)
        sys.stdout.flush()
        self._line_width = len(line)

    def _erase(self) -> None:
        if self._line_width:
            erase_line(sys.stdout, self._line_width)
            self._line_width = 0


@contextmanager
def temporary_copy(notebooks: Path) -> Iterator[Path]:
    """Yield a temporary copy of the folder, so that notebooks write no files into the course."""
    with tempfile.TemporaryDirectory(prefix="cp-teach-book-") as name:
        folder = Path(name) / "notebooks"
        ignored = shutil.ignore_patterns(".*", "__pycache__", "cp-teach-progress.json")
        shutil.copytree(notebooks, folder, ignore=ignored)
        yield folder
