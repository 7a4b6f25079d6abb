"""The rows of a history: one for each execution, for each run of an action, and for each artifact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from cp_teach.engine.model.commands import Override, Pairs, Revision
from cp_teach.engine.model.failure_plan import Inject
from cp_teach.engine.model.ids import derived as derived
from cp_teach.engine.model.state import IN_PROGRESS, STANDARD
from cp_teach.pipeline import Action, Pipeline, Rule

WAITING = "Waiting"
"""Our word for an inbound execution at the door of a stage; AWS has a list (inboundExecutions) but no
status."""


class Artifact(NamedTuple):
    """The files that one run of an action made.

    ``position`` is the journal position of the ActionStarted that made it, which names it for good;
    ``sources`` are the revisions it was made from.
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


@dataclass(slots=True)
class ExecutionRow:
    """One pipeline execution as its history shows it (AWS: list-pipeline-executions)."""

    number: int
    started: float
    trigger: str
    revisions: tuple[Revision, ...]
    pipeline: Pipeline
    """The definition that it follows."""
    variables: Pairs = ()
    """The pipeline's variables: as given at the start, or else their defaults."""
    overrides: tuple[Override, ...] = ()
    kind: str = STANDARD
    target: int = 0
    """The execution that a rollback goes back to; 0 for what is no rollback."""
    reason: str = ""
    """Why it failed, where no action did (AWS: statusSummary)."""
    status: str = IN_PROGRESS
    stage: str = ""
    ended: float | None = None
    superseded_by: int | None = None
    stop_reason: str = ""
    visits: dict[str, str] = field(default_factory=dict)
    """Stage name -> status of this execution there, or "Waiting" at its door."""
    conditions: dict[tuple[str, str], str] = field(default_factory=dict)
    """(stage, BEFORE_ENTRY, ON_SUCCESS or ON_FAILURE) -> InProgress, Succeeded, Failed, Abandoned or
    Overridden."""

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
    variables: Pairs = ()
    """The output variables that its worker gave."""


@dataclass(slots=True)
class RuleRow:
    """One time that a rule of a stage condition was judged (AWS: list-rule-executions)."""

    execution: int
    stage: str
    condition: str
    rule: str
    position: int
    fork: int
    started: float
    status: str = IN_PROGRESS
    ended: float | None = None
    message: str = ""


def action_of(executions: dict[int, ExecutionRow], row: ActionRow) -> Action:
    """The action that this row is a run of, as its execution knows it."""
    return executions[row.execution].pipeline[row.stage][row.action]


def rule_of(executions: dict[int, ExecutionRow], row: RuleRow) -> Rule:
    """The rule that this row judged, as its execution knows it."""
    rules = executions[row.execution].pipeline[row.stage].rules(row.condition)
    return next(rule for rule in rules if rule.name == row.rule)
