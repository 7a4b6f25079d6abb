"""What the journal tells of executions, actions and artifacts: the rows behind every table and every due
time.

A ``History`` is folded from the entries and can be thrown away at any time. It follows its journal: forward
entry by entry, so that a long run stays quick, and anew from the start when the past was changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.engine import event as e
from cp_teach.engine.journal import Entry, Journal
from cp_teach.engine.plan import Heal, Inject, Plan
from cp_teach.engine.rows import WAITING, ActionRow, Artifact, ExecutionRow, derived
from cp_teach.engine.state import (
    ABANDONED,
    FAILED,
    IN_PROGRESS,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    SUPERSEDED,
)


class History:
    """The rows told by a journal, as far as it has been played."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._clear()

    def _clear(self) -> None:
        self._seen = 0
        self._last: Entry | None = None
        self._planned: list[tuple[Inject, int]] = []  # with how many runs each "next" plan has still to spoil
        self._made: dict[int, dict[str, Artifact]] = {}
        self.executions: dict[int, ExecutionRow] = {}
        self.actions: list[ActionRow] = []
        self.running: dict[tuple[int, str, str], ActionRow] = {}
        self.latest: dict[tuple[str, str], ActionRow] = {}
        """(stage, action) -> its newest run, whichever execution it was for."""
        self.delivered: dict[tuple[str, str], ActionRow] = {}
        """(stage, action) -> its run for the execution that last succeeded in the stage: "what is in
        Beta"."""
        self.attempts: dict[tuple[int, str, str], int] = {}
        self.reasons: dict[str, str] = {}
        """Stage -> why its transition is disabled."""

    def follow(self) -> History:
        """Read what the journal has gained (or all of it again, when the past was changed)."""
        journal = self._journal
        if self._seen > journal.position or (self._seen and journal[self._seen - 1] is not self._last):
            self._clear()
        while self._seen < journal.position:
            entry = journal[self._seen]
            _note_plan(self, entry)
            for event in entry.events:
                fold = _FOLDS.get(type(event))
                if fold is not None:
                    fold(self, self._seen, entry, event)
            self._seen += 1
            self._last = entry
        return self

    # -- reading -----------------------------------------------------------------------------------
    @property
    def plans(self) -> tuple[Inject, ...]:
        """The failure plans in force, oldest first."""
        return tuple(plan for plan, _ in self._planned)

    def artifacts(self, execution: int) -> list[Artifact]:
        """What that execution has made so far, in the order it was made."""
        return sorted(self._made.get(execution, {}).values(), key=lambda a: a.position)

    def artifact(self, execution: int, name: str) -> Artifact | None:
        """The artifact of that name as that execution has it now."""
        return self._made.get(execution, {}).get(name)

    # -- used while reading ------------------------------------------------------------------------
    def spoil(self, stage: str, action: str) -> tuple[Inject, ...]:
        """The plans for the run that starts now. One plan for a next run spoils one run: they form a
        queue."""
        chosen, kept, taken = [], [], False
        for plan, left in self._planned:
            here = (plan.stage, plan.action) == (stage, action)
            if here and not (plan.when == "next" and taken):
                chosen.append(plan)
                if plan.when == "next":
                    taken = True
                    left -= 1
            if left:
                kept.append((plan, left))
        self._planned = kept
        return tuple(chosen)

    def made(self, artifact: Artifact) -> None:
        """Note an artifact; one of the same name that the execution made earlier is replaced."""
        self._made.setdefault(artifact.execution, {})[artifact.name] = artifact

    def plan(self, plan: Plan) -> None:
        """Note a failure plan, or that an action was healed."""
        if isinstance(plan, Heal):
            target = (plan.stage, plan.action)
            self._planned = [(p, left) for p, left in self._planned if (p.stage, p.action) != target]
        else:
            self._planned.append((plan, plan.times))


# -- how each event is read ------------------------------------------------------------------------
def _note_plan(history: History, entry: Entry) -> None:
    if isinstance(entry.command, (Inject, Heal)):
        history.plan(entry.command)


def _started(history: History, position: int, entry: Entry, event: e.ExecutionStarted) -> None:
    row = ExecutionRow(event.execution, entry.at, event.trigger, event.revisions)
    history.executions[event.execution] = row


def _waiting(history: History, position: int, entry: Entry, event: e.ExecutionWaiting) -> None:
    row = history.executions[event.execution]
    row.stage, row.visits[event.stage] = event.stage, WAITING


def _superseded(history: History, position: int, entry: Entry, event: e.ExecutionSuperseded) -> None:
    row = history.executions[event.execution]
    row.status, row.ended, row.superseded_by = SUPERSEDED, entry.at, event.by
    row.visits.pop(event.stage, None)  # it never got in: a stage is never superseded, an execution is


def _entered(history: History, position: int, entry: Entry, event: e.ExecutionEntered) -> None:
    row = history.executions[event.execution]
    row.stage, row.visits[event.stage] = event.stage, IN_PROGRESS


def _action_started(history: History, position: int, entry: Entry, event: e.ActionStarted) -> None:
    number, stage, name = event
    key = (number, stage, name)
    attempt = history.attempts[key] = history.attempts.get(key, 0) + 1
    action = entry.state.pipeline[stage][name]
    found = [history.artifact(number, needed) for needed in action.input_names]
    row = ActionRow(
        number,
        stage,
        name,
        attempt,
        position,
        entry.fork,
        entry.at,
        tuple([artifact for artifact in found if artifact is not None]),
        history.spoil(stage, name),
    )
    history.actions.append(row)
    history.running[key] = history.latest[stage, name] = row


def _end(history: History, entry: Entry, number: int, stage: str, action: str, status: str) -> ActionRow:
    row = history.running.pop((number, stage, action))
    row.status, row.ended = status, entry.at
    return row


def _action_succeeded(history: History, position: int, entry: Entry, event: e.ActionSucceeded) -> None:
    number, stage, name, row_message, row_external = event
    row = _end(history, entry, number, stage, name, SUCCEEDED)
    row.message, row.external_id = row_message, row_external
    action = entry.state.pipeline[stage][name]
    if action.category == "Source":
        sources = tuple(r for r in history.executions[number].revisions if r.action == name)
    else:
        sources = tuple(dict.fromkeys(r for artifact in row.inputs for r in artifact.sources))
    row.outputs = tuple(
        Artifact(output, number, stage, name, row.position, row.fork, sources)
        for output in action.output_names
    )
    for artifact in row.outputs:
        history.made(artifact)


def _action_failed(history: History, position: int, entry: Entry, event: e.ActionFailed) -> None:
    number, stage, name, failure, message, external_id = event
    row = _end(history, entry, number, stage, name, FAILED)
    row.failure, row.message, row.external_id = failure, message, external_id


def _action_abandoned(history: History, position: int, entry: Entry, event: e.ActionAbandoned) -> None:
    _end(history, entry, *event, ABANDONED)


def _stage_succeeded(history: History, position: int, entry: Entry, event: e.StageSucceeded) -> None:
    history.executions[event.execution].visits[event.stage] = SUCCEEDED
    # Only now, and of all actions at once: a newer execution that is half through the stage is not "in" it
    # yet.
    for action in entry.state.pipeline[event.stage].actions:
        history.delivered[event.stage, action.name] = history.latest[event.stage, action.name]


def _stage_retried(history: History, position: int, entry: Entry, event: e.StageRetried) -> None:
    row = history.executions[event.execution]
    row.status, row.ended, row.visits[event.stage] = IN_PROGRESS, None, IN_PROGRESS


def _execution_succeeded(history: History, position: int, entry: Entry, event: e.ExecutionSucceeded) -> None:
    row = history.executions[event.execution]
    row.status, row.ended = SUCCEEDED, entry.at


def _execution_failed(history: History, position: int, entry: Entry, event: e.ExecutionFailed) -> None:
    row = history.executions[event.execution]
    row.status, row.ended, row.visits[event.stage] = FAILED, entry.at, FAILED


def _execution_stopping(history: History, position: int, entry: Entry, event: e.ExecutionStopping) -> None:
    row = history.executions[event.execution]
    row.status, row.stop_reason, row.visits[event.stage] = (
        STOPPING,
        event.reason,
        STOPPING,
    )


def _execution_stopped(history: History, position: int, entry: Entry, event: e.ExecutionStopped) -> None:
    row = history.executions[event.execution]
    row.status, row.ended, row.stop_reason = (
        STOPPED,
        entry.at,
        event.reason or row.stop_reason,
    )
    if row.visits.get(event.stage) == WAITING:
        del row.visits[event.stage]
    else:
        row.visits[event.stage] = STOPPED


def _disabled(history: History, position: int, entry: Entry, event: e.TransitionDisabled) -> None:
    history.reasons[event.stage] = event.reason


def _enabled(history: History, position: int, entry: Entry, event: e.TransitionEnabled) -> None:
    history.reasons.pop(event.stage, None)


_FOLDS: dict[type, Callable[[History, int, Entry, Any], None]] = {
    e.ExecutionStarted: _started,
    e.ExecutionWaiting: _waiting,
    e.ExecutionSuperseded: _superseded,
    e.ExecutionEntered: _entered,
    e.ActionStarted: _action_started,
    e.ActionSucceeded: _action_succeeded,
    e.ActionFailed: _action_failed,
    e.ActionAbandoned: _action_abandoned,
    e.StageSucceeded: _stage_succeeded,
    e.StageRetried: _stage_retried,
    e.ExecutionSucceeded: _execution_succeeded,
    e.ExecutionFailed: _execution_failed,
    e.ExecutionStopping: _execution_stopping,
    e.ExecutionStopped: _execution_stopped,
    e.TransitionDisabled: _disabled,
    e.TransitionEnabled: _enabled,
}

__all__ = ["WAITING", "ActionRow", "Artifact", "ExecutionRow", "History", "derived"]
