"""Making many files of many notebooks at the same time, and telling how far that is."""

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
from cp_teach.cli.user_error import Mistake, check_writable_folder, writing

if TYPE_CHECKING:
    from cp_teach.show.export.slides import Form, Made


class Job(NamedTuple):
    """A notebook that is allowed to run, the folder to write to, and the form of the output."""

    notebook: Path
    folder: Path
    form: Form


def make(jobs: Sequence[Job], at_once: int, what: str, states: int | None = None) -> list[Made | None]:
    """Make all of them, and report each when it is done. A failure is reported, and the others are still made.
    ``states`` is the maximum number of pipeline states in each file. The notebooks are run: see ``allowed``."""
    from cp_teach.show.export.slides import BadNotebook, export

    twice = [name for name, count in Counter(job.notebook.stem for job in jobs).items() if count > 1]
    if twice:
        raise Mistake(
            f"Two notebooks are called {twice[0]}, so one would be written over the other. Give one -o each."
        )
    for folder in {job.folder for job in jobs}:
        check_writable_folder(folder)
    progress = Progress(len(jobs))

    def one(job: Job) -> Made | None:
        began = time.monotonic()
        try:
            with writing(job.folder):
                told = progress.cells(job.notebook.stem)
                made = export(job.notebook, job.folder, job.form, told, states, yes=True)
        except (BadNotebook, Mistake) as bad:
            progress.done(job.notebook.stem, f"cp-teach: {{}} {bad}", sys.stderr)
            return None
        carries = f", {made.states:,} states" if made.states else ""
        size = made.path.stat().st_size / 1000
        took = f"{size:.0f} kB, one file{carries}, {time.monotonic() - began:.0f} s"
        progress.done(job.notebook.stem, f"{{}} {what}: {made.path} ({took})", sys.stdout)
        return made

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, jobs))


def allowed(notebooks: Sequence[Path], yes: bool) -> None:
    """Raise ``Mistake`` unless every notebook is allowed to run. This is checked before any runs, and in its own
    folder, because a copy in another folder would hide modules that its cells could import."""
    from cp_teach.show.export.notebook_consent import FREE, is_lesson
    from cp_teach.show.export.slides import BadNotebook

    for path in [] if yes else notebooks:
        with suppress(BadNotebook):  # reported later; none of its code is run
            if not is_lesson(path):
                raise Mistake(
                    f"{path.name} is not an unchanged lesson of this kit. {FREE} Read it first; if you trust it, "
                    "use --yes."
                )


class Progress:
    """What is told on the way: a line for each file that is done, and on a terminal, below them, which cell each
    notebook is at."""

    def __init__(self, total: int) -> None:
        self.total, self.ended = total, 0
        self._at: dict[str, str] = {}
        self._lock = threading.Lock()
        self._shown = 0

    def cells(self, name: str) -> Callable[[int, int], None]:
        """To be called with the number of the cell that begins, and how many there are."""

        def told(number: int, of: int) -> None:
            with self._lock:
                self._at[name] = f"{name}: cell {number} of {of}"
                self._draw()

        return told

    def done(self, name: str, line: str, where: TextIO) -> None:
        """One is done: ``line`` is printed with its place in it."""
        with self._lock:
            self._at.pop(name, None)
            self._wipe()
            self.ended += 1
            print(line.replace("{}", f"[{self.ended}/{self.total}]", 1), file=where, flush=True)
            self._draw()

    def _draw(self) -> None:
        if not sys.stdout.isatty():
            return
        self._wipe()
        line = "   ".join(self._at.values())[: shutil.get_terminal_size().columns - 1]
        sys.stdout.write(line)
        sys.stdout.flush()
        self._shown = len(line)

    def _wipe(self) -> None:
        if self._shown:
            erase_line(sys.stdout, self._shown)
            self._shown = 0


@contextmanager
def workplace(notebooks: Path) -> Iterator[Path]:
    """A copy of the folder to run in, so that what the notebooks write stays out of the course."""
    with tempfile.TemporaryDirectory(prefix="cp-teach-book-") as name:
        folder = Path(name) / "notebooks"
        left_out = shutil.ignore_patterns(".*", "__pycache__", "cp-teach-progress.json")
        shutil.copytree(notebooks, folder, ignore=left_out)
        yield folder
