"""The rows of a history: executions, runs of actions and of rules, artifacts, and what a stage has deployed.

Times are seconds on the run's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from cp_teach.engine.model.commands import Override, Pairs, Revision
from cp_teach.engine.model.failure_plan import Inject
from cp_teach.engine.model.ids import derived as derived
from cp_teach.engine.model.state import IN_PROGRESS, STANDARD
from cp_teach.pipeline import Action, Pipeline, Rule

WAITING = "Waiting"
"""The status of an inbound execution; AWS has a list (inboundExecutions) but no status."""


class Artifact(NamedTuple):
    """The output of one run of an action.

    ``position`` is the journal position of the ActionStarted of that run, which identifies it; ``sources`` are the
    revisions that it was made from.
    """

    name: str
    execution: int
    stage: str
    action: str
    position: int
    fork: int
    sources: tuple[Revision, ...]
    extension: str = ".zip"
    """The end of its key; see ``artifact_extension``."""

    def key(self, run: str, pipeline: str) -> str:
        """Its S3 object key in AWS's form: pipeline cut to 20 characters, artifact cut to 10, and 7 more characters.

        The 7 are derived from (run, fork, position), so that the same run has the same keys. Source: user guide,
        "Artifact store" and troubleshooting (truncation).
        """
        letters = derived(run, self.fork, self.position, self.name, 7)
        return f"{pipeline[:20]}/{self.name[:10]}/{letters}{self.extension}"


@dataclass(slots=True)
class ExecutionRow:
    """One pipeline execution (AWS: list-pipeline-executions)."""

    number: int
    started: float
    trigger: str
    revisions: tuple[Revision, ...]
    pipeline: Pipeline
    """The definition that it follows."""
    variables: Pairs = ()
    """The pipeline variables: the values of the start, or else their defaults."""
    overrides: tuple[Override, ...] = ()
    kind: str = STANDARD
    target: int = 0
    """The execution to which a rollback goes back; 0 for other executions."""
    reason: str = ""
    """Why it failed if no action did (AWS: statusSummary)."""
    status: str = IN_PROGRESS
    stage: str = ""
    ended: float | None = None
    superseded_by: int | None = None
    stop_reason: str = ""
    visits: dict[str, str] = field(default_factory=dict)
    """Stage name -> status of this execution there, or ``WAITING``."""
    conditions: dict[tuple[str, str], str] = field(default_factory=dict)
    """(stage, BEFORE_ENTRY, ON_SUCCESS or ON_FAILURE) -> InProgress, Succeeded, Failed, Abandoned or
    Overridden."""

    @property
    def message(self) -> str:
        """The first commit message of its revisions."""
        return next((r.message for r in self.revisions if r.message), "")


@dataclass(slots=True)
class ActionRow:
    """One run of one action (AWS: list-action-executions); each retry is another row."""

    execution: int
    stage: str
    action: str
    attempt: int
    position: int
    fork: int
    started: float
    inputs: tuple[Artifact, ...]
    plans: tuple[Inject, ...] = ()
    """The failure plans that applied to this run, oldest first."""
    status: str = IN_PROGRESS
    ended: float | None = None
    failure: str = ""
    message: str = ""
    external_id: str = ""
    outputs: tuple[Artifact, ...] = ()
    variables: Pairs = ()
    """The output variables from its worker."""


def output_artifact(
    row: ActionRow, action: Action, name: str, sources: tuple[Revision, ...] = ()
) -> Artifact:
    """The output artifact of that name of a run of an action."""
    extension = artifact_extension(action)
    return Artifact(name, row.execution, row.stage, row.action, row.position, row.fork, sources, extension)


def artifact_extension(action: Action) -> str:
    """The end of the S3 keys of an action's artifacts (recorded on AWS, 2026)."""
    return ".zip" if action.category == "Source" else ""


@dataclass(slots=True)
class RuleRow:
    """One run of a rule of a stage condition (AWS: list-rule-executions)."""

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


class DeployedRevision(NamedTuple):
    """The execution that last succeeded in a stage, its revisions, and the artifacts that its actions used."""

    stage: str
    execution: int
    revisions: tuple[Revision, ...]
    artifacts: tuple[Artifact, ...]

    def __str__(self) -> str:
        revisions = ", ".join(f"{each.action} {each.id[:7]} “{each.message}”" for each in self.revisions)
        return f"{self.stage} has execution {self.execution}: {revisions or 'no known revision'}."


def action_of(executions: dict[int, ExecutionRow], row: ActionRow) -> Action:
    """The action of this row, by the definition that its execution follows."""
    return executions[row.execution].pipeline[row.stage][row.action]


def rule_of(executions: dict[int, ExecutionRow], row: RuleRow) -> Rule:
    """The rule of this row, by the definition that its execution follows."""
    rules = executions[row.execution].pipeline[row.stage].rules(row.condition)
    return next(rule for rule in rules if rule.name == row.rule)
