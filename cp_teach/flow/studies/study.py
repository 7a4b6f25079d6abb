"""A study: how releases flow through a pipeline over weeks, in many replications, and how sure one can be of it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cp_teach.flow.analysis.report import Report
from cp_teach.flow.analysis.warmup import in_progress, warm_up
from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.distribution import Distribution, number
from cp_teach.flow.inputs.policy import Policy
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.inputs.weekly_hours import WEEK
from cp_teach.flow.simulation.backends import PATHS
from cp_teach.flow.numerics.exact_time import FURTHEST
from cp_teach.flow.numerics.numba_support import have_numba
from cp_teach.flow.simulation.outcome import Outcome
from cp_teach.flow.numerics.random_streams import seeded
from cp_teach.flow.simulation.block_executor import Blocks, Told
from cp_teach.flow.studies.study_design import Design, frame, measured
from cp_teach.flow.studies.utilization import load
from cp_teach.pipeline.model.pipeline import Pipeline

if TYPE_CHECKING:
    import pandas as pd

MOST = 2_000_000
"""Rows that ``Study.frame`` has at most."""


def study(
    pipeline: Pipeline,
    *,
    arrivals: Arrivals,
    durations: Mapping[str, Distribution | float] | None = None,
    failures: Mapping[str, float] | None = None,
    policy: Policy | Mapping[str, Any] | None = None,
    weeks: float = 8,
    replications: int = 100,
    seed: int = 0,
    warmup: float | None = None,
    path: str = "auto",
    executor: Executor | None = None,
    workers: int | None = None,
    progress: bool = False,
    checkpoint: str | Path | None = None,
) -> Study:
    """Let revisions flow through ``pipeline`` for so many ``weeks``, ``replications`` times, each time with new luck.

    ``arrivals`` says when they come (``commits``, ``train``, ``poisson``, …). ``durations`` gives minutes, and
    ``failures`` the probability that a change breaks an action, each by action, "Stage/Action" or category; an action
    that is not named takes what is usual (``model.DEFAULTS``) and breaks by nothing. ``policy`` says what people do
    (``Policy``, or its settings by name). ``warmup`` are the weeks at the beginning that do not count; None lets the
    study find them (MSER). ``seed`` fixes all luck: two studies with the same one differ only by their design.

    ``path`` is "auto" (the quickest that covers the design), "compiled", "arrays" or "reference": they tell the same.
    ``workers`` processes compute it, or any ``executor`` of ``concurrent.futures``; results do not depend on it.
    ``progress`` shows a bar. Interrupted (Ctrl-C, Stop), it returns what is done; ``resume`` goes on, and with a
    folder ``checkpoint`` another process does, too. Raises ``ValueError`` for what cannot be.
    """
    if not isinstance(pipeline, Pipeline):
        raise ValueError(f"a study needs a Pipeline, not {pipeline!r}; load_pipeline(name) gives one")
    if not isinstance(arrivals, Arrivals):
        raise ValueError(f"arrivals has to be made by commits(…), poisson(…) or the like, not {arrivals!r}")
    model = Model.of(pipeline, durations, failures, Policy.of(policy))
    weeks = number("weeks", weeks, above=True)
    if weeks * WEEK > FURTHEST / 4:
        raise ValueError(
            f"{weeks:g} weeks are more than {FURTHEST / 4 / WEEK:,.0f}, the most that can be computed exactly"
        )
    chosen, notices = _path(model, path)
    design = Design(model, arrivals, weeks, _whole("replications", replications), seeded(seed), chosen)
    notices += load(model, arrivals)
    since, settled = _warmup(design, warmup)
    if not settled:
        notices.append(
            f"After half of the {weeks:g} weeks the pipeline had not settled: give more weeks, or look whether it gets "
            "more than it can take."
        )
    blocks = Blocks(
        partial(measured, design, since), design.blocks, about=repr((design, since)), checkpoint=checkpoint
    )
    complete = blocks.run(executor, workers, progress)
    return Study(design, since, blocks, complete, tuple(notices))


HOUR = 60.0
"""How finely the beginning of a study is looked at, in minutes."""


@dataclass(repr=False)
class Study:
    """What a study has found. ``report`` has the measures with their confidence intervals, ``frame`` every revision."""

    design: Design
    since: float
    """Minutes at the beginning that do not count."""
    blocks: Blocks = field(repr=False)
    complete: bool
    """False when it was interrupted: ``resume`` goes on."""
    notices: tuple[str, ...]

    @property
    def pipeline(self) -> Pipeline:
        """What was studied."""
        return self.design.model.pipeline

    @property
    def stages(self) -> tuple[str, ...]:
        """Its stages."""
        return self.design.model.names

    @property
    def replications(self) -> int:
        """How many are done."""
        if self.design.replications == 1:
            return len(self.blocks.done)
        return sum(len(next(iter(told.values()))) for told in self.blocks.done.values())

    @property
    def path(self) -> str:
        """How it was computed: "compiled", "arrays" or "reference"."""
        return self.design.path

    @property
    def measures(self) -> Told:
        """Every measure of every replication: name -> (replications,)."""
        return self.blocks.joined()

    @property
    def report(self) -> Report:
        """The measures with their confidence intervals. Raises ``ValueError`` when nothing is done yet."""
        if not self.blocks.done:
            raise ValueError("it was interrupted before anything was done: resume() goes on")
        notices = self.notices
        if not self.complete:
            notices = (
                f"Interrupted after {self.replications} of {self.design.replications} replications: resume() goes on.",
                *notices,
            )
        return Report(
            self.pipeline.name, self.measures, self.stages, (self.since, self.design.end), notices,
            batches=self.design.replications == 1,
        )  # fmt: skip

    @property
    def outcome(self) -> Outcome:
        """What became of the revisions of the first block of replications: what the pictures are drawn from."""
        return self.design.block(0)[0]

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each revision of each replication: when it arrived (minutes), its status, the stage where it
        ended and when, its lead time if it was delivered, and whether it failed in production.

        Computed anew each time. Of a study with more than ``MOST`` revisions only as many blocks as that.
        """
        return frame(self.design, MOST)

    def resume(
        self, *, executor: Executor | None = None, workers: int | None = None, progress: bool = False
    ) -> Study:
        """Compute what an interruption has left."""
        complete = self.blocks.run(executor, workers, progress)
        return Study(self.design, self.since, self.blocks, complete, self.notices)

    def _repr_html_(self) -> str:
        return self.report._repr_html_()

    def __str__(self) -> str:
        return str(self.report)

    def __repr__(self) -> str:
        """The report, too: a notebook shows it to whoever sees no HTML."""
        return str(self) if self.blocks.done else f"<Study of {self.pipeline.name}: nothing is done yet>"


def _warmup(design: Design, weeks: float | None) -> tuple[float, bool]:
    """(minutes that do not count: those that were given, or what the first block shows; whether it settles then)."""
    if weeks is None:
        told = design.block(0)[0]
        found = warm_up(in_progress(told, HOUR, design.end), HOUR, WEEK)
        return found.minutes, found.settled
    given = number("warmup", weeks)
    if given >= design.weeks:
        raise ValueError(f"a warm-up of {given:g} weeks leaves nothing of {design.weeks:g} weeks")
    return given * WEEK, True


def _path(model: Model, path: str) -> tuple[str, list[str]]:
    """(the path that is taken, what has to be said about it)."""
    if path not in PATHS:
        raise ValueError(f"path is one of {', '.join(PATHS)}, not {path!r}")
    slow = model.slow()
    if path == "reference":
        return path, []
    if slow:
        return "reference", [
            f"Computed by the engine itself, which takes longer: it alone knows {'; '.join(slow)}."
        ]
    if path == "compiled" and not have_numba():
        raise ValueError("Numba is not installed: pip install 'cp-teach[fast]', or path=\"arrays\"")
    return ("compiled" if have_numba() else "arrays") if path == "auto" else path, []


def _whole(what: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{what} has to be a whole number from 1 on, not {value!r}")
    return int(value)
