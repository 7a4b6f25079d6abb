"""Whether a pipeline can keep up with what arrives: the load of each stage, before anything is simulated."""

from __future__ import annotations

from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.inputs.weekly_hours import WEEK


def load(model: Model, arrivals: Arrivals) -> list[str]:
    """Notices about stages that get more than they can do: in QUEUED mode their queue grows until AWS refuses.

    A stage's load is the rate of arrivals times how long it holds each, approvals in the hours of people, over the time
    in which its transition is open (the utilization of queueing theory). At 1 or more a queue has no end.
    """
    if model.mode != "QUEUED":
        return []
    notices, reach = [], 1.0
    for name, stage, works in zip(model.names, model.pipeline.stages, model.stages, strict=True):
        busy = 0.0
        for group in stage.groups:
            busy += max(_mean(model, works[a].duration.mean, works[a].action.is_approval) for a in group)
        shut = model.policy.closed.get(name)
        share = 1.0 if shut is None else (~shut).total / WEEK
        found = arrivals.rate * reach * busy / share
        if found >= 1:
            notices.append(
                f"Unstable: {name} would need {found:.2f} of its time for what arrives, so its queue grows until 50 "
                "executions are in progress, and AWS then refuses new ones. What is told depends on the weeks "
                "that were simulated."
            )
            break
        for work in works:
            reach *= 1 - work.failure
    return notices


def _mean(model: Model, minutes: float, approval: bool) -> float:
    """Minutes by the clock: somebody who is there 40 hours a week takes four times as long."""
    return minutes * WEEK / model.policy.hours.total if approval else minutes
