"""Data of executions that the API returns beyond their history: callers, retries, and pipeline versions.

All of it is derived from the journal and its notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from cp_teach.engine import PutApprovalResult, Run
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.engine.model import events as e
from cp_teach.engine.model.ids import action_id, execution_id
from cp_teach.pipeline import Pipeline


class Changed(NamedTuple):
    """The ARN of the caller that changed something, and the time on the run's clock."""

    by: str
    at: float


@dataclass(slots=True)
class Retries:
    """The numbers of retries of a stage for an execution (model: RetryStageMetadata)."""

    automatic: int = 0
    manual: int = 0
    latest: str = ""


@dataclass(slots=True)
class ExecutionMetadata:
    """Data of one execution."""

    version: int
    detail: str
    updated: float
    retries: dict[str, Retries] = field(default_factory=dict)
    actions: list[int] = field(default_factory=list)
    """Indexes of its rows in ``history.actions``."""
    rules: list[int] = field(default_factory=list)
    """Indexes of its rows in ``history.rules``."""
    entered: dict[str, float] = field(default_factory=dict)
    """Stage -> when it entered the stage."""
    retried: dict[str, float] = field(default_factory=dict)
    """Stage -> when the stage was retried last."""

    @property
    def attempt(self) -> int:
        """1 plus the number of retries (events: ``pipeline-execution-attempt``)."""
        return 1 + sum(r.automatic + r.manual for r in self.retries.values())


class PipelineMetadata:
    """The metadata of one run, which must never step back."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._seen = self._actions = self._rules = 0
        self.executions: dict[int, ExecutionMetadata] = {}
        self.numbers: dict[str, int] = {}
        """pipelineExecutionId -> number."""
        self.latest: dict[str, int] = {}
        """Stage -> the last execution that entered it."""
        self.transitions: dict[str, Changed] = {}
        self.approvals: dict[str, ActionRow] = {}
        """actionExecutionId -> its approval, pending or answered."""
        self._answers: dict[tuple[int, str, str, float], str] = {}
        self.tokens: dict[str, int] = {}
        """clientRequestToken -> the execution that it started."""
        self.versions: list[tuple[Pipeline, float]] = [(run.journal.start.pipeline, 0.0)]

    def follow(self) -> PipelineMetadata:
        """Read the journal's new entries."""
        run = self._run
        journal, history = run.journal, run.history
        for position in range(self._seen, journal.position):
            self._read(journal[position])
        self._seen = journal.position
        for index in range(self._actions, len(history.actions)):
            self._row(index, history.actions[index])
        self._actions = len(history.actions)
        for index in range(self._rules, len(history.rules)):
            self.executions[history.rules[index].execution].rules.append(index)
        self._rules = len(history.rules)
        return self

    def id_of(self, row: ActionRow) -> str:
        """The actionExecutionId of an action execution."""
        return action_id(self._run.id, row.execution, row.fork, row.position, row.stage, row.action)

    def find(self, identifier: str) -> ActionRow | None:
        """The action execution with this actionExecutionId; None if there is none."""
        rows = reversed(self._run.history.actions)
        return next((row for row in rows if self.id_of(row) == identifier), None)

    def answered(self, row: ActionRow) -> Changed | None:
        """The caller and time of an approval's answer; None if it has none, also if it ended in another way."""
        if row.ended is None:
            return None
        by = self._answers.get((row.execution, row.stage, row.action, row.ended))
        return None if by is None else Changed(by, row.ended)

    # -- reading -----------------------------------------------------------------------------------
    def _row(self, index: int, row: ActionRow) -> None:
        self.executions[row.execution].actions.append(index)
        if action_of(self._run.history.executions, row).is_approval:
            self.approvals[self.id_of(row)] = row

    def _read(self, entry: Entry) -> None:
        notes = dict(entry.notes)
        by = notes.get("by", "")
        for event in entry.events:
            match event:
                case e.ExecutionStarted(execution=number):
                    self.executions[number] = ExecutionMetadata(
                        len(self.versions), notes.get("detail", ""), entry.at
                    )
                    self.numbers[execution_id(self._run.id, number)] = number
                    if token := notes.get("token"):
                        self.tokens[token] = number
                case e.ExecutionEntered(execution=number, stage=stage):
                    self.latest[stage] = number
                    self.executions[number].entered[stage] = entry.at
                case e.StageRetried(execution=number, stage=stage, automatic=automatic):
                    self.executions[number].retried[stage] = entry.at
                    retries = self.executions[number].retries.setdefault(stage, Retries())
                    retries.automatic += automatic
                    retries.manual += not automatic
                    retries.latest = "AutomatedStageRetry" if automatic else "ManualStageRetry"
                case e.TransitionEnabled(stage=stage) | e.TransitionDisabled(stage=stage):
                    self.transitions[stage] = Changed(by, entry.at)
                case e.PipelineEdited(pipeline=pipeline):
                    self.versions.append((pipeline, entry.at))
                case _:
                    pass
            metadata = self.executions.get(getattr(event, "execution", 0))
            if metadata is not None:
                metadata.updated = entry.at
        if isinstance(entry.command, PutApprovalResult):
            number, stage, action = entry.command[:3]
            self._answers[number, stage, action, entry.at] = by
