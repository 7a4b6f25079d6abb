"""Invariants: the rules of the service for every move, written independently of ``step``.

Each checks one move (the state before, the command, the events, the state after) and returns a sentence if the move
violates it, else "". The sources are sections of AWS's user guide.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple, TypeVar

from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import Command
from cp_teach.engine.model.state import (
    BEFORE_ENTRY,
    ENABLED,
    IN_PROGRESS,
    ROLLBACK,
    STOPPING,
    SUCCEEDED,
    State,
)
from cp_teach.engine.rules.state_invariants import invariant_violation

E = TypeVar("E")


class Move(NamedTuple):
    """One move and its effects. The start is a move without command and events, with the same state twice."""

    before: State
    command: Command | None
    events: list[e.Event]
    after: State

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of that kind."""
        return [event for event in self.events if isinstance(event, kind)]


class Invariant(NamedTuple):
    """A rule with its name, its source, and a function that says how a move violates it."""

    name: str
    source: str
    violation: Callable[[Move], str]


def _one_at_a_time(change: Move) -> str:
    state = change.after
    inside = [
        state.current_index(execution)
        for execution in state.executions
        if execution.actions
        and execution.status in (IN_PROGRESS, STOPPING)
        and state.locks(execution)
        and state.current_index(execution) >= 0
    ]
    twice = next((index for index in inside if inside.count(index) > 1), None)
    return "" if twice is None else f"{change.after.pipeline.stages[twice].name} holds two executions"


def _superseded_waits(change: Move) -> str:
    for event in change.of(e.ExecutionSuperseded):
        execution = change.before.execution(event.execution)
        if execution is None or execution.actions:
            return f"execution {event.execution} was superseded while it was inside a stage"
        if event.by <= event.execution:
            return f"execution {event.execution} was superseded by an older one"
    return ""


def _queue_supersedes_none(change: Move) -> str:
    if change.after.pipeline.mode == "SUPERSEDED":
        return ""
    lost = change.of(e.ExecutionSuperseded)
    return f"execution {lost[0].execution} was superseded in QUEUED mode" if lost else ""


def _closed_stays_closed(change: Move) -> str:
    for event in change.of(e.ExecutionEntered):
        execution = change.before.execution(event.execution) or change.after.execution(event.execution)
        if execution is None or execution.kind == ROLLBACK or not change.before.locks(execution):
            continue  # a rollback ignores transitions, and PARALLEL mode has none
        index = change.after.pipeline.stage_indices[event.stage]
        if change.after.stages[index].transition != ENABLED:
            return f"execution {event.execution} crossed the disabled transition into {event.stage}"
    return ""


_UNLOCKS = e.StageSucceeded | e.StageSkipped | e.ExecutionFailed | e.ExecutionStopped | e.ExecutionCancelled
"""The events after which an execution may hold its stage no longer."""


def _locked_till_the_end(change: Move) -> str:
    for index, old in enumerate(change.before.stages):
        name = change.before.pipeline.stages[index].name
        at = change.after.pipeline.stage_indices.get(name)
        if at is None:
            continue  # an edit removed the stage
        new = change.after.stages[at]
        ended = any(
            isinstance(event, _UNLOCKS) and (event.execution, event.stage) == (old.holder, name)
            for event in change.events
        )
        execution = change.before.execution(old.holder)
        running = (
            [] if execution is None else [at for at, s in enumerate(execution.actions) if s == IN_PROGRESS]
        )
        if new.holder != old.holder and old.holder and not ended:
            return f"{name} was unlocked while execution {old.holder} was inside"
        if ended and len(running) > 1 and not _ends_all(change):
            return f"{name} was unlocked while actions of execution {old.holder} were running"
    return ""


def _ends_all(change: Move) -> bool:
    """Whether the command itself ends every running action: an abandoning stop, or an edit of approvals."""
    return any(isinstance(event, e.ActionAbandoned | e.PipelineEdited) for event in change.events)


def _stopping_starts_nothing(change: Move) -> str:
    for event in change.of(e.ActionStarted):
        execution = change.before.execution(event.execution)
        if execution is not None and execution.status == STOPPING:
            return f"{event.action} started although execution {event.execution} is stopping"
    return ""


def _retry_of_the_latest(change: Move) -> str:
    for event in change.of(e.StageRetried):
        index = change.before.pipeline.stage_indices[event.stage]
        entered = change.before.stages[index].entered
        if entered not in (event.execution, 0):
            return f"execution {event.execution} was retried in {event.stage} after {entered} had entered"
    return ""


def _group_after_group(change: Move) -> str:
    for execution in change.after.executions:
        groups = change.after.stage_of(execution).groups if execution.actions else ()
        for first, second in pairwise(groups):
            done = all(execution.actions[at] == SUCCEEDED for at in first)
            if not done and any(execution.actions[at] for at in second):
                stage = change.after.stage_of(execution).name
                return f"a later run order of {stage} began before an earlier one had succeeded"
    return ""


def _rollback_stays(change: Move) -> str:
    for event in change.events:
        if not isinstance(event, e.ExecutionEntered | e.ExecutionWaiting):
            continue
        execution = change.before.execution(event.execution)
        if execution is not None and execution.kind == ROLLBACK:
            return f"execution {event.execution} is a rollback and came to {event.stage}"
    return ""


def _rollback_to_what_succeeded(change: Move) -> str:
    for event in change.events:
        if isinstance(event, e.ExecutionStarted) and event.target:
            index = change.after.pipeline.stage_indices[event.stage]
            if event.target not in change.before.stages[index].targets:
                return (
                    f"{event.stage} was rolled back to execution {event.target}, which did not succeed there"
                )
            if change.before.stages[index].holder not in (0, *_ended(change)):
                return f"{event.stage} was rolled back while execution {change.before.stages[index].holder} held it"
    return ""


def _ended(change: Move) -> set[int]:
    kinds = e.ExecutionFailed | e.ExecutionStopped | e.StageSucceeded
    return {event.execution for event in change.events if isinstance(event, kinds)}


def _one_automatic_retry(change: Move) -> str:
    for event in change.events:
        if isinstance(event, e.StageRetried) and event.automatic:
            execution = change.before.execution(event.execution)
            if execution is not None and execution.retried and execution.actions:
                return (
                    f"{event.stage} was retried automatically a second time for execution {event.execution}"
                )
    return ""


def _conditions_guard(change: Move) -> str:
    for execution in change.after.executions:
        if execution.condition == BEFORE_ENTRY and any(execution.actions):
            return f"an action of execution {execution.number} ran before the beforeEntry condition was met"
        if execution.condition and execution.status == IN_PROGRESS and not execution.busy:
            return f"every rule for execution {execution.number} is judged, and nothing follows"
    for event in change.of(e.StageSucceeded):
        before = change.before.execution(event.execution)
        overridden = any(each.status != "Failed" for each in change.of(e.ConditionEnded))
        if before is not None and before.condition and not overridden:
            return f"execution {event.execution} passed {event.stage} although a condition had failed"
    return ""


def _edit_ends_the_old(change: Move) -> str:
    for execution in change.before.executions:
        if change.before.outdated(execution):
            for event in change.events:
                new = e.ActionStarted | e.RuleStarted | e.ExecutionEntered | e.StageRetried
                if isinstance(event, new) and event.execution == execution.number:
                    return (
                        f"execution {execution.number} went on in {event.stage} after the pipeline was edited"
                    )
    return ""


def _five_at_a_time(change: Move) -> str:
    for execution in change.after.executions:
        if not change.after.locks(execution) and execution.actions.count(IN_PROGRESS) > 5:
            return f"{execution.actions.count(IN_PROGRESS)} actions of execution {execution.number} run at a time"
    return ""


def _state_is_valid(change: Move) -> str:
    return invariant_violation(change.after)


_HOW = "How pipeline executions work"

INVARIANTS: dict[str, Invariant] = {
    rule.name: rule
    for rule in (
        Invariant("one-at-a-time", f"{_HOW}, rule 1: stages are locked", _one_at_a_time),
        Invariant("locked-till-the-end", f"{_HOW}, rule 1: stages are locked", _locked_till_the_end),
        Invariant("superseded-waits", f"{_HOW}, rule 3: only between stages", _superseded_waits),
        Invariant("queue-drops-no-execution", f"{_HOW}, QUEUED mode", _queue_supersedes_none),
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
        Invariant("sound", f"{_HOW}, all of it, of one state alone", _state_is_valid),
    )
}
"""The named invariants, by name."""
