"""What the journal tells of executions, actions and artifacts: the rows behind every table and every due time.

A ``History`` is folded from the entries and can be thrown away at any time. It follows its journal: forward entry
by entry, so that a long run stays quick, and anew from the start when the past was changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cp_teach.engine import event as e
from cp_teach.engine.command import Revision
from cp_teach.engine.journal import Entry, Journal
from cp_teach.engine.plan import Heal, Inject, Plan
from cp_teach.engine.state import (
    ABANDONED,
    FAILED,
    IN_PROGRESS,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    SUPERSEDED,
)

WAITING = "Waiting"
"""Our word for an inbound execution at the door of a stage; AWS has a list (inboundExecutions) but no status."""


class Artifact(NamedTuple):
    """The files that one run of an action made.

    ``position`` is the journal position of the ActionStarted that made it, which names it for good; ``sources`` are
    the revisions it was made from.
    """

    name: str
    execution: int
    stage: str
    action: str
    position: int
    fork: int
    sources: tuple[Revision, ...]

    def key(self, run: str, pipeline: str) -> str:
        """Its S3 object key, laid out as AWS does: pipeline cut to 20 characters, artifact cut to 10, 7 more.

        Derived from (run, fork, position), never drawn: the same run gives the same key. (User guide:
        troubleshooting, on the truncation; section "Artifact store".)
        """
        return f"{pipeline[:20]}/{self.name[:10]}/{derived(run, self.fork, self.position, self.name, 7)}.zip"


def derived(run: str, fork: int, position: int, what: str, length: int) -> str:
    """Letters and digits that look random and are always the same for the same thing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    digest = hashlib.blake2b(
        f"{run}/{fork}/{position}/{what}".encode(), digest_size=length
    ).digest()
    return "".join(alphabet[byte % len(alphabet)] for byte in digest)


@dataclass(slots=True)
class ExecutionRow:
    """One pipeline execution as its history shows it (AWS: list-pipeline-executions)."""

    number: int
    started: float
    trigger: str
    revisions: tuple[Revision, ...]
    status: str = IN_PROGRESS
    stage: str = ""
    ended: float | None = None
    superseded_by: int | None = None
    stop_reason: str = ""
    visits: dict[str, str] = field(default_factory=dict)
    """Stage name -> status of this execution there, or "Waiting" at its door."""

    @property
    def message(self) -> str:
        """The first commit message that its revisions carry."""
        return next((r.message for r in self.revisions if r.message), "")


@dataclass(slots=True)
class ActionRow:
    """One run of one action (AWS: list-action-executions); retries make rows of their own."""

    execution: int
    stage: str
    action: str
    attempt: int
    position: int
    fork: int
    started: float
    inputs: tuple[Artifact, ...]
    plans: tuple[Inject, ...] = ()
    """The failure plans that were in force for this very run, oldest first."""
    status: str = IN_PROGRESS
    ended: float | None = None
    failure: str = ""
    message: str = ""
    external_id: str = ""
    outputs: tuple[Artifact, ...] = ()


class History:
    """The rows told by a journal, as far as it has been played."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._clear()

    def _clear(self) -> None:
        self._seen = 0
        self._last: Entry | None = None
        self._planned: list[
            tuple[Inject, int]
        ] = []  # with how many runs each "next" plan has still to spoil
        self._made: dict[tuple[int, str], Artifact] = {}
        self.executions: dict[int, ExecutionRow] = {}
        self.actions: list[ActionRow] = []
        self.running: dict[tuple[int, str, str], ActionRow] = {}
        self.latest: dict[tuple[str, str], ActionRow] = {}
        """(stage, action) -> its newest run, whichever execution it was for."""
        self.delivered: dict[tuple[str, str], ActionRow] = {}
        """(stage, action) -> its newest run that succeeded."""
        self.attempts: dict[tuple[int, str, str], int] = {}
        self.reasons: dict[str, str] = {}
        """Stage -> why its transition is disabled."""

    def follow(self) -> History:
        """Read what the journal has gained (or all of it again, when the past was changed)."""
        journal = self._journal
        if self._seen > journal.position or (
            self._seen and journal[self._seen - 1] is not self._last
        ):
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

    # -- reading -----------------------------------------------------------------------------------------------
    @property
    def plans(self) -> tuple[Inject, ...]:
        """The failure plans in force, oldest first."""
        return tuple(plan for plan, left in self._planned if left)

    def artifacts(self, execution: int) -> list[Artifact]:
        """What that execution has made so far, in the order it was made."""
        return sorted(
            (a for (n, _), a in self._made.items() if n == execution),
            key=lambda a: a.position,
        )

    def artifact(self, execution: int, name: str) -> Artifact | None:
        """The artifact of that name as that execution has it now."""
        return self._made.get((execution, name))

    # -- used while reading --------------------------------------------------------------------------------------
    def spoil(self, stage: str, action: str) -> tuple[Inject, ...]:
        """The plans for the run that starts now. One plan for a next run spoils one run: they form a queue."""
        chosen, taken = [], False
        for index, (plan, left) in enumerate(self._planned):
            if (
                (plan.stage, plan.action) != (stage, action)
                or not left
                or (plan.when == "next" and taken)
            ):
                continue
            if plan.when == "next":
                taken = True
                self._planned[index] = (plan, left - 1)
            chosen.append(plan)
        return tuple(chosen)

    def made(self, artifact: Artifact) -> None:
        self._made[artifact.execution, artifact.name] = artifact

    def plan(self, plan: Plan) -> None:
        if isinstance(plan, Heal):
            target = (plan.stage, plan.action)
            self._planned = [
                (p, left) for p, left in self._planned if (p.stage, p.action) != target
            ]
        else:
            self._planned.append((plan, plan.times))


# -- how each event is read ----------------------------------------------------------------------------------------
def _note_plan(history: History, entry: Entry) -> None:
    if isinstance(entry.command, (Inject, Heal)):
        history.plan(entry.command)


def _started(
    history: History, position: int, entry: Entry, event: e.ExecutionStarted
) -> None:
    row = ExecutionRow(event.execution, entry.at, event.trigger, event.revisions)
    history.executions[event.execution] = row


def _waiting(
    history: History, position: int, entry: Entry, event: e.ExecutionWaiting
) -> None:
    row = history.executions[event.execution]
    row.stage, row.visits[event.stage] = event.stage, WAITING


def _superseded(
    history: History, position: int, entry: Entry, event: e.ExecutionSuperseded
) -> None:
    row = history.executions[event.execution]
    row.status, row.ended, row.superseded_by = SUPERSEDED, entry.at, event.by
    row.visits.pop(
        event.stage, None
    )  # it never got in: a stage is never superseded, an execution is


def _entered(
    history: History, position: int, entry: Entry, event: e.ExecutionEntered
) -> None:
    row = history.executions[event.execution]
    row.stage, row.visits[event.stage] = event.stage, IN_PROGRESS


def _action_started(
    history: History, position: int, entry: Entry, event: e.ActionStarted
) -> None:
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


def _end(
    history: History, entry: Entry, number: int, stage: str, action: str, status: str
) -> ActionRow:
    row = history.running.pop((number, stage, action))
    row.status, row.ended = status, entry.at
    return row


def _action_succeeded(
    history: History, position: int, entry: Entry, event: e.ActionSucceeded
) -> None:
    number, stage, name, row_message, row_external = event
    row = _end(history, entry, number, stage, name, SUCCEEDED)
    row.message, row.external_id = row_message, row_external
    history.delivered[stage, name] = row
    action = entry.state.pipeline[stage][name]
    if action.category == "Source":
        sources = tuple(
            r for r in history.executions[number].revisions if r.action == name
        )
    else:
        sources = tuple(
            dict.fromkeys(r for artifact in row.inputs for r in artifact.sources)
        )
    row.outputs = tuple(
        Artifact(output, number, stage, name, row.position, row.fork, sources)
        for output in action.output_names
    )
    for artifact in row.outputs:
        history.made(artifact)


def _action_failed(
    history: History, position: int, entry: Entry, event: e.ActionFailed
) -> None:
    number, stage, name, failure, message, external_id = event
    row = _end(history, entry, number, stage, name, FAILED)
    row.failure, row.message, row.external_id = failure, message, external_id


def _action_abandoned(
    history: History, position: int, entry: Entry, event: e.ActionAbandoned
) -> None:
    _end(history, entry, *event, ABANDONED)


def _stage_succeeded(
    history: History, position: int, entry: Entry, event: e.StageSucceeded
) -> None:
    history.executions[event.execution].visits[event.stage] = SUCCEEDED


def _stage_retried(
    history: History, position: int, entry: Entry, event: e.StageRetried
) -> None:
    row = history.executions[event.execution]
    row.status, row.ended, row.visits[event.stage] = IN_PROGRESS, None, IN_PROGRESS


def _execution_succeeded(
    history: History, position: int, entry: Entry, event: e.ExecutionSucceeded
) -> None:
    row = history.executions[event.execution]
    row.status, row.ended = SUCCEEDED, entry.at


def _execution_failed(
    history: History, position: int, entry: Entry, event: e.ExecutionFailed
) -> None:
    row = history.executions[event.execution]
    row.status, row.ended, row.visits[event.stage] = FAILED, entry.at, FAILED


def _execution_stopping(
    history: History, position: int, entry: Entry, event: e.ExecutionStopping
) -> None:
    row = history.executions[event.execution]
    row.status, row.stop_reason, row.visits[event.stage] = (
        STOPPING,
        event.reason,
        STOPPING,
    )


def _execution_stopped(
    history: History, position: int, entry: Entry, event: e.ExecutionStopped
) -> None:
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


def _disabled(
    history: History, position: int, entry: Entry, event: e.TransitionDisabled
) -> None:
    history.reasons[event.stage] = event.reason


def _enabled(
    history: History, position: int, entry: Entry, event: e.TransitionEnabled
) -> None:
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
