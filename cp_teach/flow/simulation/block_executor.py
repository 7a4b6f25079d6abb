"""Block execution: computes a study block by block, in this process or by any executor, with progress, interruption,
and checkpoints.

A block is a fixed set of replications with separate random numbers, so the results do not depend on who computes
which block, nor on the order.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from multiprocessing import current_process, get_context
from pathlib import Path
from typing import TypeAlias

import numpy as np

from cp_teach.atomic_write import write_atomically
from cp_teach.flow.numerics.checked_numbers import checked_count
from cp_teach.flow.numerics.exact_time import Floats

BlockResult: TypeAlias = dict[str, Floats]
"""The arrays of a block by name, one row for each replication."""
BROKEN = (
    "The worker processes have ended, so this process computes the study alone. If a script starts the study, each "
    'worker runs the script, too: put its last part under «if __name__ == "__main__":», so that only the first process '
    "starts it."
)
"""The warning about a pool of processes that ended, mostly because a script has no guard."""
Task: TypeAlias = Callable[[int], BlockResult]
"""Computes the block of that number. It must be picklable if another process computes it."""


def join(results: list[BlockResult]) -> BlockResult:
    """Concatenate the results of several blocks."""
    return (
        {name: np.concatenate([result[name] for result in results]) for name in results[0]} if results else {}
    )


class Blocks:
    """The blocks of a study. ``run`` computes those that are missing.

    ``checkpoint`` is a folder for the finished blocks, from which another process continues. Raises ``ValueError`` if
    it holds blocks of another study (with another ``about``).
    """

    def __init__(self, task: Task, count: int, *, about: str, checkpoint: str | Path | None = None) -> None:
        self.task, self.count = task, count
        self.done: dict[int, BlockResult] = {}
        self.folder = None if checkpoint is None else Path(checkpoint)
        if self.folder is not None:
            self._open(self.folder, about)

    @property
    def missing(self) -> list[int]:
        """The blocks that are not computed yet."""
        return [number for number in range(self.count) if number not in self.done]

    def put(self, number: int, result: BlockResult) -> None:
        """Store the result of a block, also in the checkpoint."""
        self.done[number] = result
        if self.folder is not None:
            block = io.BytesIO()
            np.savez(block, allow_pickle=False, **result)
            write_atomically(self.folder / f"block-{number:06}.npz", block.getvalue())

    def run(
        self,
        executor: Executor | None = None,
        workers: int | None = None,
        progress: bool = False,
    ) -> bool:
        """Compute the missing blocks. Returns False after an interruption (Ctrl-C, or Stop in a notebook): finished
        blocks are stored, and another ``run`` continues.

        If the processes of ``workers`` cannot work, this process computes what is missing, and a ``RuntimeWarning``
        says why.
        """
        try:
            return self._run(executor, workers, progress)
        except BrokenProcessPool:
            if executor is not None:  # it is not ours
                raise
            warnings.warn(BROKEN, RuntimeWarning, stacklevel=3)
            return self._run(None, None, progress)

    def _run(self, executor: Executor | None, workers: int | None, progress: bool) -> bool:
        with (
            _progress_bar(self.count, len(self.done), progress) as advance,
            _open_executor(executor, workers) as pool,
            closing(self._compute(pool)) as finished,
        ):
            try:
                for number, result in finished:
                    self.put(number, result)
                    advance(1)
            except KeyboardInterrupt:
                return False
        return True

    def joined(self) -> BlockResult:
        """Return the finished blocks as one, in their order."""
        return join([self.done[number] for number in sorted(self.done)])

    def _compute(self, pool: Executor | None) -> Generator[tuple[int, BlockResult]]:
        if pool is None:
            for number in self.missing:
                yield number, self.task(number)
            return
        futures: dict[Future[BlockResult], int] = {pool.submit(self.task, n): n for n in self.missing}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            for future in futures:
                future.cancel()

    def _open(self, folder: Path, about: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        mark, digest = folder / "study", hashlib.sha256(about.encode()).hexdigest()
        if mark.exists() and mark.read_text(encoding="utf-8").strip() != digest:
            raise ValueError(
                f"{folder} holds the blocks of another study; give another folder, or empty this one"
            )
        write_atomically(mark, digest + "\n")
        for path in sorted(folder.glob("block-*.npz")):
            number = int(path.stem.removeprefix("block-"))
            if number < self.count:
                # A damaged block is computed again and replaced.
                with (
                    suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error),
                    np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored,
                ):
                    self.done[number] = dict(stored)


def _open_executor(executor: Executor | None, workers: int | None) -> AbstractContextManager[Executor | None]:
    """The executor given, a pool of ``workers`` processes, or None for this process alone."""
    if executor is not None or workers is None or workers == 1:
        return nullcontext(executor)
    if getattr(current_process(), "_inheriting", False):
        # A worker imports the script that started it, and the script starts this study again. The worker ends without a
        # traceback; the process that started it explains what is missing.
        raise SystemExit(1)
    # A forked process with threads, such as a Jupyter kernel, may hang; a spawned one does not.
    return ProcessPoolExecutor(checked_count("workers", workers), mp_context=get_context("spawn"))


@contextmanager
def _progress_bar(total: int, done: int, visible: bool) -> Iterator[Callable[[int], object]]:
    if not visible:
        yield lambda count: None
        return
    # tqdm.auto takes every process that has loaded ipykernel for a notebook, even a script.
    ipython = sys.modules.get("IPython")
    in_notebook = ipython is not None and hasattr(ipython.get_ipython(), "kernel")
    module = importlib.import_module("tqdm.notebook" if in_notebook else "tqdm")
    with module.tqdm(total=total, initial=done, unit="block") as bar:
        yield bar.update
