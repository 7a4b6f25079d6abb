"""What the API tells of a pipeline beyond its history: who did it, how often it was tried, which version it was.

All of it is read from the journal and its notes, entry by entry, and kept nowhere else.
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
    """Who changed something, and when on the run's clock."""

    by: str
    at: float


@dataclass(slots=True)
class Retries:
    """How often a stage was retried for an execution (model: RetryStageMetadata)."""

    automatic: int = 0
    manual: int = 0
    latest: str = ""


@dataclass(slots=True)
class Told:
    """What the API tells of an execution."""

    version: int
    detail: str
    updated: float
    retries: dict[str, Retries] = field(default_factory=dict)
    actions: list[int] = field(default_factory=list)
    """Where its rows stand in ``history.actions``."""
    rules: list[int] = field(default_factory=list)
    """Where its rows stand in ``history.rules``."""

    @property
    def attempt(self) -> int:
        """1, and one more with each retry (events: ``pipeline-execution-attempt``)."""
        return 1 + sum(r.automatic + r.manual for r in self.retries.values())


class Ledger:
    """Follows one run; the run must never step back."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._seen = self._actions = self._rules = 0
        self.executions: dict[int, Told] = {}
        self.numbers: dict[str, int] = {}
        """pipelineExecutionId -> number."""
        self.latest: dict[str, int] = {}
        """Stage -> the last execution that entered it."""
        self.transitions: dict[str, Changed] = {}
        self.approvals: dict[str, ActionRow] = {}
        """Token -> the approval that it answers or answered."""
        self._answers: dict[tuple[int, str, str, float], str] = {}
        self.tokens: dict[str, int] = {}
        """clientRequestToken -> the execution that it started."""
        self.versions: list[tuple[Pipeline, float]] = [(run.journal.start.pipeline, 0.0)]

    def follow(self) -> Ledger:
        """Read what the journal has gained."""
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
        """The actionExecutionId of that row."""
        return action_id(self._run.id, row.execution, row.fork, row.position, row.stage, row.action)

    def find(self, identifier: str) -> ActionRow | None:
        """The run of an action that has this actionExecutionId."""
        rows = reversed(self._run.history.actions)
        return next((row for row in rows if self.id_of(row) == identifier), None)

    def answered(self, row: ActionRow) -> Changed | None:
        """Who answered that run of an approval; None where nobody has, or it ended in another way."""
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
                    self.executions[number] = Told(len(self.versions), notes.get("detail", ""), entry.at)
                    self.numbers[execution_id(self._run.id, number)] = number
                    if token := notes.get("token"):
                        self.tokens[token] = number
                case e.ExecutionEntered(execution=number, stage=stage):
                    self.latest[stage] = number
                case e.StageRetried(execution=number, stage=stage, automatic=automatic):
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
            told = self.executions.get(getattr(event, "execution", 0))
            if told is not None:
                told.updated = entry.at
        if isinstance(entry.command, PutApprovalResult):
            number, stage, action = entry.command[:3]
            self._answers[number, stage, action, entry.at] = by
