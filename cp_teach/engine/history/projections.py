"""``History``, the read model of a run: rows of executions, actions, rules, and artifacts, folded from the journal.

It can be discarded at any time. It follows its journal entry by entry, forward and back, so that a long run stays fast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.engine.history.journal import Entry, Journal
from cp_teach.engine.history.records import (
    WAITING,
    ActionRow,
    Artifact,
    ExecutionRow,
    RuleRow,
    action_of,
    derived,
    output_artifact,
)
from cp_teach.engine.history.undo_log import UndoLog
from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import Revision
from cp_teach.engine.model.failure_plan import Heal, Inject, Plan
from cp_teach.engine.model.state import (
    ABANDONED,
    CANCELLED,
    FAILED,
    IN_PROGRESS,
    ROLLBACK,
    SKIPPED,
    STOPPED,
    STOPPING,
    SUCCEEDED,
    SUPERSEDED,
)

UNDO_LENGTH = 1000
"""How many entries can be undone one by one; further back, the history is folded again from the start."""


class History:
    """The rows of ``journal`` up to its position; ``follow`` brings them up to date.

    An undo log makes a step back as cheap as a step forward. Rows change in place; copy a row to keep it.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.forward_only = False
        self._clear()

    def _clear(self) -> None:
        self.position = 0
        """How many entries of the journal the rows include."""
        self.undo_log = UndoLog(0 if self.forward_only else UNDO_LENGTH)
        self._planned: tuple[tuple[Inject, int], ...] = ()  # with how many runs each still affects
        self.artifacts_by_execution: dict[int, dict[str, Artifact]] = {}
        """Execution -> its artifacts by name."""
        self.executions: dict[int, ExecutionRow] = {}
        self.actions: list[ActionRow] = []
        self.running: dict[tuple[int, str, str], ActionRow] = {}
        self.latest: dict[tuple[str, str], ActionRow] = {}
        """(stage, action) -> its newest run, whichever execution it was for."""
        self.deployed: dict[tuple[str, str], ActionRow] = {}
        """(stage, action) -> its run for the execution that last succeeded in the stage."""
        self.newest: dict[tuple[int, str, str], ActionRow] = {}
        """(execution, stage, action) -> its newest run."""
        self.rules: list[RuleRow] = []
        self.running_rules: dict[tuple[int, str, str], RuleRow] = {}
        """(execution, stage, rule) -> its run, while in progress."""
        self.disabled_reasons: dict[str, str] = dict(self._journal.start.pipeline.disabled_transitions)
        """Stage -> why its transition is disabled."""
        self.disabled_since: dict[str, float] = dict.fromkeys(self.disabled_reasons, 0.0)
        """Stage -> the time since which its transition is disabled."""
        self.version = 1
        """How many definitions there have been."""

    def follow(self) -> History:
        """Fold the entries that the journal has gained, and undo those that it has lost."""
        journal = self._journal
        while (self.position and not self.forward_only) and (
            self.position > journal.position or journal[self.position - 1] is not self.undo_log.newest
        ):
            if self.undo_log.newest is None:  # further back than the log
                self._clear()
            else:
                self.undo_log.undo()
                self.position -= 1
        while self.position < journal.position:
            entry = journal[self.position]
            self.undo_log.begin(entry)
            if isinstance(entry.command, (Inject, Heal)):
                self.record_plan(entry.command)
            for event in entry.events:
                fold = PROJECTIONS.get(type(event))
                if fold is not None:
                    fold(self, entry, event)
            self.position += 1
        return self

    def restart(self, *, forward_only: bool) -> None:
        """Fold anew, without an undo log if the journal will only grow."""
        self.forward_only = forward_only
        self._clear()

    # -- reading -----------------------------------------------------------------------------------
    @property
    def reasons(self) -> dict[str, str]:
        """The former name of ``disabled_reasons``; notebooks of learners read it."""
        return self.disabled_reasons

    @property
    def plans(self) -> tuple[Inject, ...]:
        """The failure plans in effect, oldest first."""
        return tuple(plan for plan, _ in self._planned)

    def artifacts(self, execution: int) -> list[Artifact]:
        """The artifacts of that execution, in the order they were made."""
        return sorted(
            self.artifacts_by_execution.get(execution, {}).values(), key=lambda artifact: artifact.position
        )

    def artifact(self, execution: int, name: str) -> Artifact | None:
        """The newest artifact of that name of that execution; None if there is none."""
        return self.artifacts_by_execution.get(execution, {}).get(name)

    def revision(self, row: ActionRow) -> Revision | None:
        """The revision that a run of a source action fetched, or fetches; None if it is not known.

        A rollback of the source stage fetches the newest revision, though its execution has those of its target (as
        recorded).
        """
        execution = self.executions[row.execution]
        if execution.kind == ROLLBACK and row.external_id:
            return Revision(row.action, row.external_id, row.message)
        return next((each for each in execution.revisions if each.action == row.action), None)

    def newest_revision(self, source: str) -> Revision | None:
        """The revision that the newest execution with one has of that source action; None if no execution has one."""
        rows = (row for row in reversed(list(self.executions.values())) if row.kind != ROLLBACK)
        revisions = (each for row in rows for each in row.revisions if each.action == source)
        return next(revisions, None)

    def reserved(self, row: ActionRow, name: str) -> Artifact:
        """The output artifact of that name of a run of an action, which need not have made it yet.

        A rollback of the source stage writes a new version of its target's artifact (as recorded).
        """
        execution = self.executions[row.execution]
        action = action_of(self.executions, row)
        before = self.artifact(row.execution, name)
        if execution.kind == ROLLBACK and action.category == "Source" and before is not None:
            return before._replace(execution=row.execution)
        return output_artifact(row, action, name)

    # -- used by the projections -------------------------------------------------------------------
    def take_plans(self, stage: str, action: str) -> tuple[Inject, ...]:
        """The plans that apply to the run of this action that starts now.

        Plans for next runs form a queue: each run takes one of them.
        """
        chosen: list[Inject] = []
        remaining: list[tuple[Inject, int]] = []
        taken = False
        for plan, left in self._planned:
            applies = (plan.stage, plan.action) == (stage, action) and not (plan.when == "next" and taken)
            used_up = applies and plan.when == "next"
            taken = taken or used_up
            if applies:
                chosen.append(plan)
            if left > used_up:
                remaining.append((plan, left - used_up))
        if chosen:
            self.undo_log.update(self, _planned=tuple(remaining))
        return tuple(chosen)

    def add_artifact(self, artifact: Artifact) -> None:
        """Add an artifact; it replaces an earlier one of the same name and execution."""
        artifacts = self.artifacts_by_execution.get(artifact.execution)
        if artifacts is None:
            self.undo_log.put(self.artifacts_by_execution, artifact.execution, artifacts := {})
        self.undo_log.put(artifacts, artifact.name, artifact)

    def record_plan(self, plan: Plan) -> None:
        """Add a failure plan, or clear those of an action."""
        if isinstance(plan, Inject):
            self.undo_log.update(self, _planned=(*self._planned, (plan, plan.times)))
        else:
            target = (plan.stage, plan.action)
            others = tuple((p, left) for p, left in self._planned if (p.stage, p.action) != target)
            self.undo_log.update(self, _planned=others)


# -- one projection for each kind of event ---------------------------------------------------------
def _update(history: History, event: Any, **fields: object) -> ExecutionRow:
    row = history.executions[event.execution]
    history.undo_log.update(row, **fields)
    return row


def _visit(history: History, event: Any, visit: str, **fields: object) -> None:
    """Set the status of the execution in the stage of the event, and fields of its row."""
    history.undo_log.put(_update(history, event, **fields).visits, event.stage, visit)


def _leave(history: History, entry: Entry, event: Any, status: str, **fields: object) -> None:
    """End the execution, and set its status in the stage, unless it only waited to enter it."""
    row = _update(history, event, status=status, ended=entry.at, **fields)
    if row.visits.get(event.stage) == WAITING:
        history.undo_log.drop(row.visits, event.stage)
    elif event.stage:
        history.undo_log.put(row.visits, event.stage, status)


def _started(history: History, entry: Entry, event: e.ExecutionStarted) -> None:
    row = ExecutionRow(
        event.execution,
        entry.at,
        event.trigger,
        event.revisions,
        entry.state.pipeline,
        event.variables,
        event.overrides,
        event.kind,
        event.target,
    )
    if event.kind == ROLLBACK:  # it takes the revisions, variables, and artifacts of its target
        target = history.executions[event.target]
        row.revisions, row.variables, row.stage = target.revisions, target.variables, event.stage
        history.undo_log.put(
            history.artifacts_by_execution,
            event.execution,
            dict(history.artifacts_by_execution.get(event.target, {})),
        )
    history.undo_log.put(history.executions, event.execution, row)


def _superseded(history: History, entry: Entry, event: e.ExecutionSuperseded) -> None:
    row = _update(history, event, status=SUPERSEDED, ended=entry.at, superseded_by=event.by)
    history.undo_log.drop(row.visits, event.stage)  # it never entered the stage


def _action_started(history: History, entry: Entry, event: e.ActionStarted) -> None:
    number, stage, name = key = event.execution, event.stage, event.action
    before = history.newest.get(key)
    attempt = before.attempt + 1 if before is not None else 1
    action = history.executions[number].pipeline[stage][name]
    candidates = [history.artifact(number, needed) for needed in action.input_names]
    inputs = tuple([artifact for artifact in candidates if artifact is not None])
    plans = history.take_plans(stage, name)
    row = ActionRow(number, stage, name, attempt, history.position, entry.fork, entry.at, inputs, plans)
    history.undo_log.append(history.actions, row)
    history.undo_log.put(history.newest, key, row)
    history.undo_log.put(history.running, key, row)
    history.undo_log.put(history.latest, (stage, name), row)


def _end_action(
    history: History,
    entry: Entry,
    event: e.ActionSucceeded | e.ActionFailed | e.ActionAbandoned,
    status: str,
    **fields: object,
) -> ActionRow:
    number, stage, action = target = event.execution, event.stage, event.action
    row: ActionRow | None = history.undo_log.drop(history.running, target)
    if row is None:
        raise LookupError(f"{action} in {stage} ended for execution {number} but had not started")
    history.undo_log.update(row, ended=entry.at, status=status, **fields)
    return row


def _action_succeeded(history: History, entry: Entry, event: e.ActionSucceeded) -> None:
    number, stage, name, message, external_id, variables = event
    result = {"message": message, "external_id": external_id, "variables": variables}
    row = _end_action(history, entry, event, SUCCEEDED, **result)
    action = history.executions[number].pipeline[stage][name]
    if action.category == "Source":
        revision = history.revision(row)
        sources: tuple[Revision, ...] = () if revision is None else (revision,)
    else:
        sources = tuple(dict.fromkeys(r for artifact in row.inputs for r in artifact.sources))
    outputs = tuple(history.reserved(row, output)._replace(sources=sources) for output in action.output_names)
    history.undo_log.update(row, outputs=outputs)
    for artifact in outputs:
        history.add_artifact(artifact)


def _action_failed(history: History, entry: Entry, event: e.ActionFailed) -> None:
    result = {"failure": event.failure, "message": event.message, "external_id": event.external_id}
    _end_action(history, entry, event, FAILED, **result)


def _stage_succeeded(history: History, entry: Entry, event: e.StageSucceeded) -> None:
    _visit(history, event, SUCCEEDED)
    # All actions at once: until now, the stage had what the execution before this one had deployed.
    number, stage = event.execution, event.stage
    for action in history.executions[number].pipeline[stage].actions:
        history.undo_log.put(
            history.deployed, (stage, action.name), history.newest[number, stage, action.name]
        )


def _execution_stopped(history: History, entry: Entry, event: e.ExecutionStopped) -> None:
    reason = event.reason or history.executions[event.execution].stop_reason
    _leave(history, entry, event, STOPPED, stop_reason=reason)


def _rule_started(history: History, entry: Entry, event: e.RuleStarted) -> None:
    number, stage, condition, rule = event
    row = RuleRow(number, stage, condition, rule, history.position, entry.fork, entry.at)
    history.undo_log.append(history.rules, row)
    history.undo_log.put(history.running_rules, (number, stage, rule), row)
    history.undo_log.put(history.executions[number].conditions, (stage, condition), IN_PROGRESS)


def _rule_ended(history: History, entry: Entry, event: e.RuleEnded) -> None:
    number, stage, rule, met, message = event
    row: RuleRow = history.undo_log.drop(history.running_rules, (number, stage, rule))
    history.undo_log.update(row, ended=entry.at, status=SUCCEEDED if met else FAILED, message=message)


def _rule_abandoned(history: History, entry: Entry, event: e.RuleAbandoned) -> None:
    row: RuleRow = history.undo_log.drop(history.running_rules, tuple(event))
    history.undo_log.update(row, ended=entry.at, status=ABANDONED)
    conditions = history.executions[event.execution].conditions
    history.undo_log.put(conditions, (event.stage, row.condition), ABANDONED)


def _condition_ended(history: History, entry: Entry, event: e.ConditionEnded) -> None:
    row = history.executions[event.execution]
    history.undo_log.put(row.conditions, (event.stage, event.condition), event.status)
    if event.status == "Overridden":
        _visit(history, event, IN_PROGRESS, status=IN_PROGRESS, ended=None, reason="")


def _disabled(history: History, entry: Entry, event: e.TransitionDisabled) -> None:
    history.undo_log.put(history.disabled_reasons, event.stage, event.reason)
    history.undo_log.put(history.disabled_since, event.stage, entry.at)


def _enabled(history: History, entry: Entry, event: e.TransitionEnabled) -> None:
    history.undo_log.drop(history.disabled_reasons, event.stage)
    history.undo_log.drop(history.disabled_since, event.stage)


def _edited(history: History, entry: Entry, event: e.PipelineEdited) -> None:
    history.undo_log.update(history, version=history.version + 1)
    if entry.state.readings.doors_after_edit == "enabled":
        history.undo_log.update(history, disabled_reasons={}, disabled_since={})


PROJECTIONS: dict[type[e.Event], Callable[[History, Entry, Any], object]] = {
    e.ExecutionStarted: _started,
    e.ExecutionWaiting: lambda history, entry, event: _visit(history, event, WAITING, stage=event.stage),
    e.ExecutionSuperseded: _superseded,
    e.ExecutionEntered: lambda history, entry, event: _visit(history, event, IN_PROGRESS, stage=event.stage),
    e.ActionStarted: _action_started,
    e.ActionSucceeded: _action_succeeded,
    e.ActionFailed: _action_failed,
    e.ActionAbandoned: lambda history, entry, event: _end_action(history, entry, event, ABANDONED),
    e.StageSucceeded: _stage_succeeded,
    e.StageRetried: lambda history, entry, event: _visit(
        history, event, IN_PROGRESS, status=IN_PROGRESS, ended=None, reason=""
    ),
    e.ExecutionSucceeded: lambda history, entry, event: _update(
        history, event, status=SUCCEEDED, ended=entry.at
    ),
    e.ExecutionFailed: lambda history, entry, event: _leave(
        history, entry, event, FAILED, reason=event.reason
    ),
    e.ExecutionStopping: lambda history, entry, event: _visit(
        history, event, STOPPING, status=STOPPING, stop_reason=event.reason
    ),
    e.ExecutionStopped: _execution_stopped,
    e.ExecutionCancelled: lambda history, entry, event: _leave(history, entry, event, CANCELLED),
    e.StageSkipped: lambda history, entry, event: _visit(history, event, SKIPPED),
    e.RuleStarted: _rule_started,
    e.RuleEnded: _rule_ended,
    e.RuleAbandoned: _rule_abandoned,
    e.ConditionEnded: _condition_ended,
    e.TransitionDisabled: _disabled,
    e.TransitionEnabled: _enabled,
    e.PipelineEdited: _edited,
}
"""Kind of event -> how it changes the rows. Kinds that change none are missing."""

__all__ = ["WAITING", "ActionRow", "Artifact", "ExecutionRow", "History", "RuleRow", "derived"]
