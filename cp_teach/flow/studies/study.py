"""A study: many replications of the releases through a pipeline over weeks, with confidence intervals."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from cp_teach.flow.analysis.report import Report
from cp_teach.flow.analysis.warmup import WarmUp, count_in_progress, find_warm_up
from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.distribution import Distribution
from cp_teach.flow.inputs.policy import Policy
from cp_teach.flow.inputs.study_model import Model, Work
from cp_teach.flow.inputs.weekly_hours import WEEK
from cp_teach.flow.numerics.checked_numbers import checked_count, checked_number
from cp_teach.flow.numerics.exact_time import FURTHEST
from cp_teach.flow.numerics.numba_support import PATHS, choose_path
from cp_teach.flow.simulation.block_executor import BlockResult, Blocks
from cp_teach.flow.simulation.outcome import Outcome
from cp_teach.flow.studies.study_design import Design, build_frame, measure_block
from cp_teach.pipeline import Pipeline

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 2_000_000
"""The most rows of ``Study.frame``."""
HOUR = 60.0
"""The step of warm-up detection, in minutes."""


def study(
    pipeline: Pipeline,
    *,
    arrivals: Arrivals,
    durations: Mapping[str, Distribution | float] | None = None,
    failures: Mapping[str, float] | None = None,
    policy: Policy | Mapping[str, object] | None = None,
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
    """Simulate the releases through ``pipeline`` for ``weeks``, in ``replications`` with different random numbers.

    ``arrivals``: ``commits``, ``train``, ``poisson``, … ``durations``: minutes; ``failures``: the probability that a
    change breaks an action; both by action, "Stage/Action" or category. The default of a duration is in
    ``study_model.DEFAULTS``, that of a failure 0. ``policy``: a ``Policy``, or its settings by name. ``warmup``: the
    weeks at the beginning that are not measured; None detects them (MSER-5). ``seed`` determines all random numbers:
    two studies with the same seed differ only by their design.

    ``path``: "auto" (the fastest that covers the design), "compiled", "arrays" or "reference", with equal results.
    ``workers``: the number of processes; ``executor``: any executor of ``concurrent.futures``; the results depend on
    neither. ``progress`` shows a bar. After an interruption (Ctrl-C, Stop) the study has the finished blocks, and
    ``resume`` continues; with a folder ``checkpoint`` so does another process. Raises ``ValueError`` for an impossible
    value.
    """
    if not isinstance(pipeline, Pipeline):
        raise ValueError(f"a study needs a Pipeline, not {pipeline!r}; load_pipeline(name) returns one")
    if not isinstance(arrivals, Arrivals):
        raise ValueError(f"arrivals must come from commits(…), poisson(…) or the like, not {arrivals!r}")
    model = Model.of(pipeline, durations, failures, Policy.of(policy))
    weeks = checked_number("weeks", weeks, positive=True)
    if weeks * WEEK > FURTHEST / 4:
        raise ValueError(
            f"{weeks:g} weeks are more than {FURTHEST / 4 / WEEK:,.0f}, the most that can be computed exactly"
        )
    path, notices = _choose_path(model, path)
    design = Design(
        model,
        arrivals,
        weeks,
        checked_count("replications", replications),
        checked_count("the seed", seed, 0),
        path,
    )
    notices += _find_overload(model, arrivals)
    first = None
    if warmup is None:
        first = design.block(0)
        warm_up = find_warm_up(count_in_progress(first.outcome, HOUR, design.end), HOUR, WEEK)
    else:
        warm_up = WarmUp(_check_warmup(design, warmup) * WEEK, True)
    if not warm_up.settled:
        notices.append(
            f"After half of the {weeks:g} weeks the pipeline had not settled: give more weeks, or check whether more "
            "arrives than it can process."
        )
    blocks = Blocks(
        partial(measure_block, design, warm_up.minutes),
        design.blocks,
        about=repr((design, warm_up.minutes)),
        checkpoint=checkpoint,
    )
    if first is not None and 0 in blocks.missing:
        blocks.put(0, design.measure(warm_up.minutes, first))
    complete = blocks.run(executor, workers, progress)
    return Study(design, warm_up.minutes, blocks, complete, tuple(notices))


@dataclass(repr=False)
class Study:
    """The results of a study: ``report`` has the measures with confidence intervals, ``frame`` every revision."""

    design: Design
    warmup_minutes: float
    """The minutes at the beginning that are not measured."""
    blocks: Blocks = field(repr=False)
    complete: bool
    """False after an interruption: ``resume`` continues."""
    notices: tuple[str, ...]

    @property
    def pipeline(self) -> Pipeline:
        """The simulated pipeline."""
        return self.design.model.pipeline

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of its stages."""
        return self.design.model.names

    @property
    def replications(self) -> int:
        """The number of finished replications."""
        if self.design.replications == 1:
            return len(self.blocks.done)
        return sum(len(next(iter(result.values()))) for result in self.blocks.done.values())

    @property
    def path(self) -> str:
        """How it was computed: "compiled", "arrays" or "reference"."""
        return self.design.path

    @property
    def measures(self) -> BlockResult:
        """Every measure of every replication: name -> (replications,)."""
        return self.blocks.joined()

    @property
    def report(self) -> Report:
        """The measures with confidence intervals. Raises ``ValueError`` if no block is finished."""
        if not self.blocks.done:
            raise ValueError("the study was interrupted before its first block was finished: call resume()")
        notices = self.notices
        if not self.complete:
            done = f"{self.replications} of {self.design.replications} replications"
            notices = (f"Interrupted after {done}: resume() continues.", *notices)
        return Report(
            self.pipeline.name, self.measures, self.stages, (self.warmup_minutes, self.design.end), notices,
            batches=self.design.replications == 1,
            shared=not self.pipeline.locks_stages,
        )  # fmt: skip

    @cached_property
    def outcome(self) -> Outcome:
        """The outcome of the first block of replications, for the charts. It is simulated at the first access."""
        return self.design.block(0).outcome

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each revision of each replication: arrival (minutes), status, the stage where it ended and when,
        lead time if delivered, and whether it failed in production.

        It is simulated at each access; above ``MAX_ROWS`` revisions, only the first blocks.
        """
        return build_frame(self.design, MAX_ROWS)

    def resume(
        self, *, executor: Executor | None = None, workers: int | None = None, progress: bool = False
    ) -> Study:
        """Compute the blocks that an interruption left out."""
        return replace(self, complete=self.blocks.run(executor, workers, progress))

    def _repr_html_(self) -> str:
        return self.report._repr_html_()

    def __str__(self) -> str:
        return str(self.report)

    def __repr__(self) -> str:
        # A notebook without HTML shows the repr, so it is the report, too.
        return str(self) if self.blocks.done else f"<Study of {self.pipeline.name}: no block is finished>"


def _check_warmup(design: Design, weeks: float) -> float:
    checked = checked_number("warmup", weeks)
    if checked >= design.weeks:
        raise ValueError(f"a warm-up of {checked:g} weeks leaves nothing of {design.weeks:g} weeks")
    return checked


def _choose_path(model: Model, path: str) -> tuple[str, list[str]]:
    """Return the path to take, and the notices about it."""
    features = model.engine_only()
    if features and path in PATHS and path != "reference":
        reason = f"only the engine simulates {'; '.join(features)}"
        return "reference", [f"Computed by the engine, which takes longer, because {reason}."]
    return choose_path(path), []


def _find_overload(model: Model, arrivals: Arrivals) -> list[str]:
    """Return a notice about the first stage that cannot keep up: in QUEUED mode its queue grows until AWS refuses.

    The utilization of a stage is the arrival rate times the time that a revision occupies it (approvals in working
    hours), over the share of time in which its transition is enabled. At 1 or more the queue grows without limit.
    """
    if model.mode != "QUEUED":
        return []
    reached = 1.0
    for name, stage, works in zip(model.names, model.pipeline.stages, model.stages, strict=True):
        busy = sum(max(_mean_minutes(model, works[a]) for a in group) for group in stage.groups)
        disabled = model.policy.closed.get(name)
        enabled = 1.0 if disabled is None else (~disabled).total / WEEK
        utilization = arrivals.rate * reached * busy / enabled
        if utilization >= 1:
            notice = (
                f"Unstable: {name} would need {utilization:.2f} of its time for the arrivals, so its queue grows until "
                "50 executions are in progress, and AWS then refuses new ones. The results depend on the number of "
                "simulated weeks."
            )
            return [notice]
        for work in works:
            reached *= 1 - work.failure
    return []


def _mean_minutes(model: Model, work: Work) -> float:
    """Minutes by the clock: with 40 working hours a week, an approval takes about four times its working time."""
    minutes = work.duration.mean
    return minutes * WEEK / model.policy.hours.total if work.action.is_approval else minutes
