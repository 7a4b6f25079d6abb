"""Computing a study block by block: in this process or by any executor, with progress, cancel and resume.

A block is a fixed set of replications with luck of its own, so results are the same whoever computes which block, and
in whatever order.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cp_teach.atomic_write import write_atomically

Told: TypeAlias = dict[str, NDArray[Any]]
"""What a block tells: named arrays, rows are its replications."""
Task: TypeAlias = Callable[[int], Told]
"""Computes the block of that number. It has to be picklable, to travel to another process or machine."""


class Blocks:
    """The blocks of one study and what is known of them. ``run`` computes those that are missing.

    ``checkpoint`` is a folder in which each finished block is kept; another process goes on from there. What was kept
    for another study (another ``about``) is refused with ``ValueError``.
    """

    def __init__(self, task: Task, count: int, *, about: str, checkpoint: str | Path | None = None) -> None:
        self.task, self.count = task, count
        self.done: dict[int, Told] = {}
        self.folder = None if checkpoint is None else Path(checkpoint)
        if self.folder is not None:
            self._open(self.folder, about)

    @property
    def missing(self) -> list[int]:
        """The blocks that are not computed yet."""
        return [number for number in range(self.count) if number not in self.done]

    def run(
        self,
        executor: Executor | None = None,
        workers: int | None = None,
        progress: bool = False,
        unit: str = "block",
    ) -> bool:
        """Compute what is missing. Returns False when it was interrupted (Ctrl-C, or Stop in a notebook): what was
        done is kept, and another ``run`` goes on."""
        with _bar(self.count, len(self.done), progress, unit) as bar, _workers(executor, workers) as crew:
            finished = self._alone() if crew is None else self._shared(crew)
            try:
                for number, told in finished:
                    self._keep(number, told)
                    bar(1)
            except KeyboardInterrupt:
                return False
        return True

    def joined(self) -> Told:
        """All blocks that are done, one under the other in their order."""
        found = [self.done[number] for number in sorted(self.done)]
        return {name: np.concatenate([told[name] for told in found]) for name in found[0]} if found else {}

    # -- who computes ------------------------------------------------------------------------------
    def _alone(self) -> Iterator[tuple[int, Told]]:
        for number in self.missing:
            yield number, self.task(number)

    def _shared(self, crew: Executor) -> Iterator[tuple[int, Told]]:
        futures: dict[Future[Told], int] = {crew.submit(self.task, number): number for number in self.missing}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            for future in futures:
                future.cancel()

    # -- what is kept ------------------------------------------------------------------------------
    def _keep(self, number: int, told: Told) -> None:
        self.done[number] = told
        if self.folder is not None:
            block = io.BytesIO()
            np.savez(block, allow_pickle=False, **told)
            write_atomically(self.folder / f"block-{number:06}.npz", block.getvalue())

    def _open(self, folder: Path, about: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        mark, own = folder / "study", hashlib.sha256(about.encode()).hexdigest()
        if mark.exists() and mark.read_text(encoding="utf-8").strip() != own:
            raise ValueError(
                f"{folder} holds the blocks of another study; give another folder, or empty this one"
            )
        write_atomically(mark, own + "\n")
        for path in sorted(folder.glob("block-*.npz")):
            number = int(path.stem.removeprefix("block-"))
            if number < self.count:
                # A damaged block does no harm: it is computed again and replaced.
                with (
                    contextlib.suppress(
                        OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error
                    ),
                    np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept,
                ):
                    self.done[number] = dict(kept)


@contextmanager
def _workers(executor: Executor | None, workers: int | None) -> Iterator[Executor | None]:
    """The executor given, one of ``workers`` processes, or None for this process alone."""
    if executor is not None or workers is None or workers == 1:
        yield executor
        return
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(f"workers has to be a whole number from 1 on, not {workers!r}")
    # A fork of a process with threads, such as a Jupyter kernel, may hang: start afresh.
    crew = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield crew
    finally:
        crew.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _bar(total: int, done: int, wanted: bool, unit: str) -> Iterator[Callable[[int], Any]]:
    if not wanted:
        yield lambda n: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, initial=done, unit=unit) as bar:
        yield bar.update
