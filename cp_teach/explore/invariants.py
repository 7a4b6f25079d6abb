"""The rules of the service as invariants: what must be true of every move, said without asking ``step``.

Each looks at one change (the state before, the command, the events, the state after) and answers with a
sentence when the rule is broken, else with "". The sources are sections of AWS's user guide.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import Command
from cp_teach.engine.model.state import ENABLED, IN_PROGRESS, ROLLBACK, STOPPING, State
from cp_teach.engine.rules.state_invariants import unsound


class Moved(NamedTuple):
    """One move and what it did; for the start itself no command, no events, and the same state twice."""

    before: State
    command: Command | None
    events: list[e.Event]
    after: State


class Invariant(NamedTuple):
    """A rule with a name, its source, and the judge of a change."""

    name: str
    source: str
    broken: Callable[[Moved], str]


def _one_at_a_time(change: Moved) -> str:
    state = change.after
    inside = [
        state.seat(x)
        for x in state.executions
        if x.actions and x.status in (IN_PROGRESS, STOPPING) and state.locks(x) and state.seat(x) >= 0
    ]
    twice = next((index for index in inside if inside.count(index) > 1), None)
    return "" if twice is None else f"{change.after.pipeline.stages[twice].name} holds two executions"


def _superseded_waits(change: Moved) -> str:
    for event in change.events:
        if isinstance(event, e.ExecutionSuperseded):
            x = change.before.execution(event.execution)
            if x is None or x.actions:
                return f"execution {event.execution} was superseded while it was inside a stage"
            if event.by <= event.execution:
                return f"execution {event.execution} was superseded by an older one"
    return ""


def _queue_drops_nobody(change: Moved) -> str:
    if change.after.pipeline.mode == "SUPERSEDED":
        return ""
    lost = [event for event in change.events if isinstance(event, e.ExecutionSuperseded)]
    return f"execution {lost[0].execution} was superseded in QUEUED mode" if lost else ""


def _closed_stays_closed(change: Moved) -> str:
    for event in change.events:
        if isinstance(event, e.ExecutionEntered):
            x = change.before.execution(event.execution) or change.after.execution(event.execution)
            if x is None or x.kind == ROLLBACK or not change.before.locks(x):
                continue  # a rollback comes by no door, and in PARALLEL mode there is none
            index = change.after.pipeline.position[event.stage]
            if change.after.stages[index].door != ENABLED:
                return f"execution {event.execution} crossed the disabled transition into {event.stage}"
    return ""


def _locked_till_the_end(change: Moved) -> str:
    for index, old in enumerate(change.before.stages):
        name = change.before.pipeline.stages[index].name
        at = change.after.pipeline.position.get(name)
        if at is None:
            continue  # an edit took the stage away
        new = change.after.stages[at]
        ended = any(
            isinstance(
                event,
                e.StageSucceeded
                | e.StageSkipped
                | e.ExecutionFailed
                | e.ExecutionStopped
                | e.ExecutionCancelled,
            )
            and (event.execution, event.stage) == (old.holder, name)
            for event in change.events
        )
        x = change.before.execution(old.holder)
        running = [] if x is None else [at for at, s in enumerate(x.actions) if s == IN_PROGRESS]
        if new.holder != old.holder and old.holder and not ended:
            return f"{name} was unlocked while execution {old.holder} was inside"
        if ended and len(running) > 1 and not _ends_all(change):
            return f"{name} was unlocked while actions of execution {old.holder} were running"
    return ""


def _ends_all(change: Moved) -> bool:
    """True where the command itself ends every running action: an abandoning stop, or an edit of approvals."""
    return any(isinstance(event, e.ActionAbandoned | e.PipelineEdited) for event in change.events)


def _stopping_starts_nothing(change: Moved) -> str:
    for event in change.events:
        if isinstance(event, e.ActionStarted):
            x = change.before.execution(event.execution)
            if x is not None and x.status == STOPPING:
                return f"{event.action} started although execution {event.execution} is stopping"
    return ""


def _retry_of_the_latest(change: Moved) -> str:
    for event in change.events:
        if isinstance(event, e.StageRetried):
            index = change.before.pipeline.position[event.stage]
            entered = change.before.stages[index].entered
            if entered not in (event.execution, 0):
                return f"execution {event.execution} was retried in {event.stage} after {entered} had entered"
    return ""


def _group_after_group(change: Moved) -> str:
    for x in change.after.executions:
        groups = change.after.stage_of(x).groups if x.actions else ()
        for one, two in pairwise(groups):
            if any(x.actions[at] for at in two) and any(x.actions[at] != "Succeeded" for at in one):
                stage = change.after.stage_of(x).name
                return f"a later run order of {stage} began before an earlier one had succeeded"
    return ""


def _rollback_stays(change: Moved) -> str:
    for event in change.events:
        if not isinstance(event, e.ExecutionEntered | e.ExecutionWaiting):
            continue
        x = change.before.execution(event.execution)
        if x is not None and x.kind == ROLLBACK:
            return f"execution {event.execution} is a rollback and came to {event.stage}"
    return ""


def _rollback_to_what_succeeded(change: Moved) -> str:
    for event in change.events:
        if isinstance(event, e.ExecutionStarted) and event.target:
            index = change.after.pipeline.position[event.stage]
            if event.target not in change.before.stages[index].targets:
                return (
                    f"{event.stage} was rolled back to execution {event.target}, which did not succeed there"
                )
            if change.before.stages[index].holder not in (0, *_ended(change)):
                return f"{event.stage} was rolled back while execution {change.before.stages[index].holder} held it"
    return ""


def _ended(change: Moved) -> set[int]:
    kinds = e.ExecutionFailed | e.ExecutionStopped | e.StageSucceeded
    return {event.execution for event in change.events if isinstance(event, kinds)}


def _one_automatic_retry(change: Moved) -> str:
    for event in change.events:
        if isinstance(event, e.StageRetried) and event.automatic:
            x = change.before.execution(event.execution)
            if x is not None and x.retried and x.actions:
                return (
                    f"{event.stage} was retried automatically a second time for execution {event.execution}"
                )
    return ""


def _conditions_guard(change: Moved) -> str:
    for x in change.after.executions:
        if x.condition == "BEFORE_ENTRY" and any(x.actions):
            return f"an action of execution {x.number} ran before the beforeEntry condition was met"
        if x.condition and x.status == "InProgress" and not x.busy:
            return f"every rule for execution {x.number} is judged, and nothing follows"
    for event in change.events:
        if isinstance(event, e.StageSucceeded):
            before = change.before.execution(event.execution)
            overridden = any(
                isinstance(each, e.ConditionEnded) and each.status != "Failed" for each in change.events
            )
            if before is not None and before.condition and not overridden:
                return f"execution {event.execution} passed {event.stage} although a condition had failed"
    return ""


def _edit_ends_the_old(change: Moved) -> str:
    for x in change.before.executions:
        if change.before.outdated(x):
            for event in change.events:
                new = e.ActionStarted | e.RuleStarted | e.ExecutionEntered | e.StageRetried
                if isinstance(event, new) and event.execution == x.number:
                    return f"execution {x.number} went on in {event.stage} after the pipeline was edited"
    return ""


def _five_at_a_time(change: Moved) -> str:
    for x in change.after.executions:
        if not change.after.locks(x) and x.actions.count(IN_PROGRESS) > 5:
            return f"{x.actions.count(IN_PROGRESS)} actions of execution {x.number} run at a time"
    return ""


def _sound(change: Moved) -> str:
    return unsound(change.after)


_HOW = "How pipeline executions work"

INVARIANTS: dict[str, Invariant] = {
    rule.name: rule
    for rule in (
        Invariant("one-at-a-time", f"{_HOW}, rule 1: stages are locked", _one_at_a_time),
        Invariant("locked-till-the-end", f"{_HOW}, rule 1: stages are locked", _locked_till_the_end),
        Invariant("superseded-waits", f"{_HOW}, rule 3: only between stages", _superseded_waits),
        Invariant("queue-drops-nobody", f"{_HOW}, QUEUED mode", _queue_drops_nobody),
        Invariant("closed-stays-closed", f"{_HOW}, inbound executions", _closed_stays_closed),
        Invariant("group-after-group", "Action structure requirements, runOrder", _group_after_group),
        Invariant("stopping-starts-nothing", f"{_HOW}, stopped executions", _stopping_starts_nothing),
        Invariant("retry-of-the-latest", f"{_HOW}, a failure", _retry_of_the_latest),
        Invariant("rollback-stays", "Configure stage rollback: one stage only", _rollback_stays),
        Invariant(
            "rollback-target", "Configure stage rollback: eligible executions", _rollback_to_what_succeeded
        ),
        Invariant("one-automatic-retry", "Configure stage retry: one attempt", _one_automatic_retry),
        Invariant("conditions-guard", "Stage conditions: when rules are judged", _conditions_guard),
        Invariant("edit-ends-the-old", "Edit a pipeline: running executions", _edit_ends_the_old),
        Invariant("five-at-a-time", "Quotas: concurrent actions in PARALLEL mode", _five_at_a_time),
        Invariant("sound", f"{_HOW}, all of it, of one state alone", _sound),
    )
}
"""The named invariants, by name."""
