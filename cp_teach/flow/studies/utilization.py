"""Utilization: whether each stage can keep up with the arrivals, calculated before the simulation."""

from __future__ import annotations

from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.study_model import Model, Work
from cp_teach.flow.inputs.weekly_hours import WEEK


def find_overload(model: Model, arrivals: Arrivals) -> list[str]:
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
