"""What the journal tells of executions, actions and artifacts: the rows behind every table and every due
time.

A ``History`` is folded from the entries and can be thrown away at any time. It follows its journal: forward
entry by entry and back entry by entry, so that a long run stays quick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.engine.history.journal import Entry, Journal
from cp_teach.engine.history.records import WAITING, ActionRow, Artifact, ExecutionRow, RuleRow, derived
from cp_teach.engine.history.undo_log import Trail
from cp_teach.engine.model import events as e
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

TRAIL = 1000
"""How many entries can be taken back one by one; further back, the history is read anew from the start."""


class History:
    """The rows told by a journal, as far as it has been played.

    Every change is noted with what was there before, so that a step back in a long journal costs what a step
    forward does. The rows are changed in place: who wants to keep one copies it.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.forward_only = False
        self._clear()

    def _clear(self) -> None:
        self._seen = 0
        self.trail = Trail(0 if self.forward_only else TRAIL)
        self._planned: tuple[tuple[Inject, int], ...] = ()  # with how many runs each has still to spoil
        self.made_by: dict[int, dict[str, Artifact]] = {}
        """Execution -> its artifacts by name."""
        self.executions: dict[int, ExecutionRow] = {}
        self.actions: list[ActionRow] = []
        self.running: dict[tuple[int, str, str], ActionRow] = {}
        self.latest: dict[tuple[str, str], ActionRow] = {}
        """(stage, action) -> its newest run, whichever execution it was for."""
        self.delivered: dict[tuple[str, str], ActionRow] = {}
        """(stage, action) -> its run for the execution that last succeeded in the stage: "what is in
        Beta"."""
        self.newest: dict[tuple[int, str, str], ActionRow] = {}
        """(execution, stage, action) -> its newest run."""
        self.rules: list[RuleRow] = []
        self.judging: dict[tuple[int, str, str], RuleRow] = {}
        """(execution, stage, rule) -> the rule that is being judged now."""
        self.reasons: dict[str, str] = {}
        """Stage -> why its transition is disabled."""
        self.closed: dict[str, float] = {}
        """Stage -> since when its transition is disabled."""
        self.version = 1
        """How many definitions there have been."""

    def follow(self) -> History:
        """Read what the journal has gained, or take back what it has lost."""
        journal = self._journal
        while (self._seen and not self.forward_only) and (
            self._seen > journal.position or journal[self._seen - 1] is not self.trail.newest
        ):
            if self.trail.newest is None:  # further back than the trail goes
                self._clear()
            else:
                self.trail.back()
                self._seen -= 1
        while self._seen < journal.position:
            entry = journal[self._seen]
            self.trail.begin(entry)
            _note_plan(self, entry)
            for event in entry.events:
                fold = _FOLDS.get(type(event))
                if fold is not None:
                    fold(self, self._seen, entry, event)
            self._seen += 1
        return self

    def walk(self, *, forward_only: bool) -> None:
        """Say whether the journal will only ever grow: then nothing is noted to be taken back."""
        self.forward_only = forward_only
        self._clear()

    # -- reading -----------------------------------------------------------------------------------
    @property
    def plans(self) -> tuple[Inject, ...]:
        """The failure plans in force, oldest first."""
        return tuple(plan for plan, _ in self._planned)

    def artifacts(self, execution: int) -> list[Artifact]:
        """What that execution has made so far, in the order it was made."""
        return sorted(self.made_by.get(execution, {}).values(), key=lambda a: a.position)

    def artifact(self, execution: int, name: str) -> Artifact | None:
        """The artifact of that name as that execution has it now."""
        return self.made_by.get(execution, {}).get(name)

    # -- used while reading ------------------------------------------------------------------------
    def spoil(self, stage: str, action: str) -> tuple[Inject, ...]:
        """The plans for the run that starts now. One plan for a next run spoils one run: they form a
        queue."""
        chosen: list[Inject] = []
        kept: list[tuple[Inject, int]] = []
        taken = False
        for plan, left in self._planned:
            here = (plan.stage, plan.action) == (stage, action) and not (plan.when == "next" and taken)
            spoils = here and plan.when == "next"
            taken = taken or spoils
            if here:
                chosen.append(plan)
            if left > spoils:
                kept.append((plan, left - spoils))
        if chosen:
            self.trail.mark(self, _planned=tuple(kept))
        return tuple(chosen)

    def made(self, artifact: Artifact) -> None:
        """Note an artifact; one of the same name that the execution made earlier is replaced."""
        mine = self.made_by.get(artifact.execution)
        if mine is None:
            self.trail.put(self.made_by, artifact.execution, mine := {})
        self.trail.put(mine, artifact.name, artifact)

    def plan(self, plan: Plan) -> None:
        """Note a failure plan, or that an action was healed."""
        if isinstance(plan, Inject):
            self.trail.mark(self, _planned=(*self._planned, (plan, plan.times)))
        else:
            target = (plan.stage, plan.action)
            others = tuple((p, left) for p, left in self._planned if (p.stage, p.action) != target)
            self.trail.mark(self, _planned=others)


# -- how each event is read ------------------------------------------------------------------------
def _note_plan(history: History, entry: Entry) -> None:
    if isinstance(entry.command, (Inject, Heal)):
        history.plan(entry.command)


def _started(history: History, position: int, entry: Entry, event: e.ExecutionStarted) -> None:
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
    if event.kind == ROLLBACK:  # it brings back what its target had: revisions, variables and artifacts
        target = history.executions[event.target]
        row.revisions, row.variables, row.stage = target.revisions, target.variables, event.stage
        history.trail.put(history.made_by, event.execution, dict(history.made_by.get(event.target, {})))
    history.trail.put(history.executions, event.execution, row)


def _visit(history: History, number: int, stage: str, status: str) -> ExecutionRow:
    row = history.executions[number]
    history.trail.put(row.visits, stage, status)
    return row


def _waiting(history: History, position: int, entry: Entry, event: e.ExecutionWaiting) -> None:
    history.trail.mark(_visit(history, event.execution, event.stage, WAITING), stage=event.stage)


def _superseded(history: History, position: int, entry: Entry, event: e.ExecutionSuperseded) -> None:
    row = history.executions[event.execution]
    history.trail.mark(row, status=SUPERSEDED, ended=entry.at, superseded_by=event.by)
    history.trail.drop(row.visits, event.stage)  # it never got in: an execution is superseded, a stage never


def _entered(history: History, position: int, entry: Entry, event: e.ExecutionEntered) -> None:
    history.trail.mark(_visit(history, event.execution, event.stage, IN_PROGRESS), stage=event.stage)


def _action_started(history: History, position: int, entry: Entry, event: e.ActionStarted) -> None:
    number, stage, name = event
    key = (number, stage, name)
    before = history.newest.get(key)
    attempt = before.attempt + 1 if before is not None else 1
    action = history.executions[number].pipeline[stage][name]
    found = [history.artifact(number, needed) for needed in action.input_names]
    inputs = tuple([artifact for artifact in found if artifact is not None])
    plans = history.spoil(stage, name)
    row = ActionRow(number, stage, name, attempt, position, entry.fork, entry.at, inputs, plans)
    history.trail.append(history.actions, row)
    history.trail.put(history.newest, key, row)
    history.trail.put(history.running, key, row)
    history.trail.put(history.latest, (stage, name), row)


def _end(history: History, entry: Entry, number: int, stage: str, action: str, **fields: Any) -> ActionRow:
    row: ActionRow | None = history.trail.drop(history.running, (number, stage, action))
    if row is None:
        raise LookupError(f"{action} in {stage} ended for execution {number} without having begun")
    history.trail.mark(row, ended=entry.at, **fields)
    return row


def _action_succeeded(history: History, position: int, entry: Entry, event: e.ActionSucceeded) -> None:
    number, stage, name, message, external_id, variables = event
    row = _end(
        history,
        entry,
        number,
        stage,
        name,
        status=SUCCEEDED,
        message=message,
        external_id=external_id,
        variables=variables,
    )
    action = history.executions[number].pipeline[stage][name]
    if action.category == "Source":
        sources = tuple(r for r in history.executions[number].revisions if r.action == name)
    else:
        sources = tuple(dict.fromkeys(r for artifact in row.inputs for r in artifact.sources))
    outputs = tuple(
        Artifact(output, number, stage, name, row.position, row.fork, sources)
        for output in action.output_names
    )
    history.trail.mark(row, outputs=outputs)
    for artifact in outputs:
        history.made(artifact)


def _action_failed(history: History, position: int, entry: Entry, event: e.ActionFailed) -> None:
    number, stage, name, failure, message, external_id = event
    _end(
        history,
        entry,
        number,
        stage,
        name,
        status=FAILED,
        failure=failure,
        message=message,
        external_id=external_id,
    )


def _action_abandoned(history: History, position: int, entry: Entry, event: e.ActionAbandoned) -> None:
    _end(history, entry, *event, status=ABANDONED)


def _stage_succeeded(history: History, position: int, entry: Entry, event: e.StageSucceeded) -> None:
    _visit(history, event.execution, event.stage, SUCCEEDED)
    # Only now, and of all actions at once: a newer execution that is half through is not "in" the stage yet.
    number, stage = event.execution, event.stage
    for action in history.executions[number].pipeline[stage].actions:
        history.trail.put(history.delivered, (stage, action.name), history.newest[number, stage, action.name])


def _stage_skipped(history: History, position: int, entry: Entry, event: e.StageSkipped) -> None:
    _visit(history, event.execution, event.stage, SKIPPED)


def _stage_retried(history: History, position: int, entry: Entry, event: e.StageRetried) -> None:
    row = _visit(history, event.execution, event.stage, IN_PROGRESS)
    history.trail.mark(row, status=IN_PROGRESS, ended=None, reason="")


def _execution_succeeded(history: History, position: int, entry: Entry, event: e.ExecutionSucceeded) -> None:
    history.trail.mark(history.executions[event.execution], status=SUCCEEDED, ended=entry.at)


def _execution_failed(history: History, position: int, entry: Entry, event: e.ExecutionFailed) -> None:
    row = history.executions[event.execution]
    history.trail.mark(row, status=FAILED, ended=entry.at, reason=event.reason)
    if event.stage:
        _leave(history, row, event.stage, FAILED)


def _leave(history: History, row: ExecutionRow, stage: str, status: str) -> None:
    """It ended in that stage; or at its door, and then it never was in it."""
    if row.visits.get(stage) == WAITING:
        history.trail.drop(row.visits, stage)
    else:
        history.trail.put(row.visits, stage, status)


def _execution_cancelled(history: History, position: int, entry: Entry, event: e.ExecutionCancelled) -> None:
    row = history.executions[event.execution]
    history.trail.mark(row, status=CANCELLED, ended=entry.at)
    _leave(history, row, event.stage, CANCELLED)


def _execution_stopping(history: History, position: int, entry: Entry, event: e.ExecutionStopping) -> None:
    row = _visit(history, event.execution, event.stage, STOPPING)
    history.trail.mark(row, status=STOPPING, stop_reason=event.reason)


def _execution_stopped(history: History, position: int, entry: Entry, event: e.ExecutionStopped) -> None:
    row = history.executions[event.execution]
    history.trail.mark(row, status=STOPPED, ended=entry.at, stop_reason=event.reason or row.stop_reason)
    _leave(history, row, event.stage, STOPPED)


def _rule_started(history: History, position: int, entry: Entry, event: e.RuleStarted) -> None:
    number, stage, condition, rule = event
    row = RuleRow(number, stage, condition, rule, position, entry.fork, entry.at)
    history.trail.append(history.rules, row)
    history.trail.put(history.judging, (number, stage, rule), row)
    history.trail.put(history.executions[number].conditions, (stage, condition), IN_PROGRESS)


def _rule_ended(history: History, position: int, entry: Entry, event: e.RuleEnded) -> None:
    number, stage, rule, met, message = event
    row: RuleRow = history.trail.drop(history.judging, (number, stage, rule))
    history.trail.mark(row, ended=entry.at, status=SUCCEEDED if met else FAILED, message=message)


def _rule_abandoned(history: History, position: int, entry: Entry, event: e.RuleAbandoned) -> None:
    row: RuleRow = history.trail.drop(history.judging, tuple(event))
    history.trail.mark(row, ended=entry.at, status=ABANDONED)
    conditions = history.executions[event.execution].conditions
    history.trail.put(conditions, (event.stage, row.condition), ABANDONED)


def _condition_ended(history: History, position: int, entry: Entry, event: e.ConditionEnded) -> None:
    row = history.executions[event.execution]
    history.trail.put(row.conditions, (event.stage, event.condition), event.status)
    if event.status == "Overridden":
        _visit(history, event.execution, event.stage, IN_PROGRESS)
        history.trail.mark(row, status=IN_PROGRESS, ended=None, reason="")


def _disabled(history: History, position: int, entry: Entry, event: e.TransitionDisabled) -> None:
    history.trail.put(history.reasons, event.stage, event.reason)
    history.trail.put(history.closed, event.stage, entry.at)


def _enabled(history: History, position: int, entry: Entry, event: e.TransitionEnabled) -> None:
    history.trail.drop(history.reasons, event.stage)
    history.trail.drop(history.closed, event.stage)


def _edited(history: History, position: int, entry: Entry, event: e.PipelineEdited) -> None:
    history.trail.mark(history, version=history.version + 1)
    if entry.state.readings.doors_after_edit == "enabled":
        history.trail.mark(history, reasons={}, closed={})


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
    e.ExecutionCancelled: _execution_cancelled,
    e.StageSkipped: _stage_skipped,
    e.RuleStarted: _rule_started,
    e.RuleEnded: _rule_ended,
    e.RuleAbandoned: _rule_abandoned,
    e.ConditionEnded: _condition_ended,
    e.TransitionDisabled: _disabled,
    e.TransitionEnabled: _enabled,
    e.PipelineEdited: _edited,
}

__all__ = ["WAITING", "ActionRow", "Artifact", "ExecutionRow", "History", "RuleRow", "derived"]
