"""The 25 kinds of events; ``str(event)`` is one plain sentence.

Events are complete: folding them with ``evolve`` rebuilds every state, and nothing else changes a state.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias, get_args

from cp_teach.engine.model.commands import Override, Pairs, Revision
from cp_teach.engine.model.condition_words import CONDITIONS, STARTED, STARTED_WITH, STOPS, details_of
from cp_teach.engine.model.value_tuple import event, record
from cp_teach.pipeline import Pipeline
from cp_teach.translation import N_, message


@record
class ExecutionStarted(NamedTuple):
    """A new execution began; each source action will fetch its revision.

    One of the kind ROLLBACK fetches nothing: it rolls ``stage`` back to what execution ``target`` deployed.
    """

    execution: int
    revisions: tuple[Revision, ...]
    trigger: str
    variables: Pairs = ()
    overrides: tuple[Override, ...] = ()
    kind: str = "STANDARD"
    stage: str = ""
    target: int = 0

    def __str__(self) -> str:
        if self.target:
            how = message(" automatically") if self.trigger == "AutomatedRollback" else ""
            return message(
                "Execution {execution} started{how}: it rolls {stage} back to #{target}.",
                **self._asdict(),
                how=how,
            )
        brings = next((revision.message for revision in self.revisions if revision.message), "")
        return message(STARTED_WITH if brings else STARTED, execution=self.execution, brings=brings)


@event(N_("Execution {execution} waits to enter {stage}."))
class ExecutionWaiting(NamedTuple):
    """An execution arrived at a stage that is locked or whose transition is disabled: it is inbound now."""

    execution: int
    stage: str


@event(N_("Execution {by} superseded execution {execution}, which waited to enter {stage}."))
class ExecutionSuperseded(NamedTuple):
    """A newer execution arrived at the stage where this one waited, and replaced it for good."""

    execution: int
    by: int
    stage: str


@record
class ExecutionEntered(NamedTuple):
    """An execution entered a stage and locked it; in PARALLEL mode nothing is locked."""

    execution: int
    stage: str
    locks: bool = True

    def __str__(self) -> str:
        return message(
            "Execution {execution} entered {stage}{locked}.",
            **self._asdict(),
            locked=message(" and locked it") if self.locks else "",
        )


@event(N_("Action {action} (stage {stage}) started - #{execution}."))
class ActionStarted(NamedTuple):
    """An action began to run."""

    execution: int
    stage: str
    action: str


@record
class ActionSucceeded(NamedTuple):
    """An action succeeded; its output artifacts exist now."""

    execution: int
    stage: str
    action: str
    summary: str
    external_id: str
    variables: Pairs = ()

    def __str__(self) -> str:
        details = f": “{self.summary}”" if self.summary else "."
        return message(
            "Action {action} (stage {stage}) succeeded - #{execution}{details}",
            **self._asdict(),
            details=details,
        )


@record
class ActionFailed(NamedTuple):
    """An action failed, with AWS's failure type and a message."""

    execution: int
    stage: str
    action: str
    failure: str
    message: str
    external_id: str

    def __str__(self) -> str:
        return message(
            "Action {action} (stage {stage}) failed - #{execution} ({failure}){details}",
            **self._asdict(),
            details=details_of(self.message),
        )


@event(N_("Action {action} (stage {stage}) abandoned - #{execution}."))
class ActionAbandoned(NamedTuple):
    """The pipeline no longer waits for a running action; its worker may still be at it."""

    execution: int
    stage: str
    action: str


@record
class StageSucceeded(NamedTuple):
    """All actions of the stage succeeded: it is unlocked, and the execution moves on."""

    execution: int
    stage: str
    locks: bool = True

    def __str__(self) -> str:
        return message(
            "Stage {stage} succeeded - #{execution}{unlocked}.",
            **self._asdict(),
            unlocked=message("; unlocked") if self.locks else "",
        )


@record
class StageRetried(NamedTuple):
    """A failed or stopped stage runs again with the same execution and revision; ``automatic`` if its onFailure
    retries it."""

    execution: int
    stage: str
    mode: str
    automatic: bool = False

    def __str__(self) -> str:
        what = message("its failed actions") if self.mode == "FAILED_ACTIONS" else message("all its actions")
        how = message(" automatically") if self.automatic else ""
        return message(
            "Stage {stage} retried{how} - #{execution}: {what} run again.",
            **self._asdict(),
            how=how,
            what=what,
        )


@record
class ExecutionSucceeded(NamedTuple):
    """The last stage succeeded, or the one ``stage`` of a rollback."""

    execution: int
    stage: str = ""

    def __str__(self) -> str:
        if self.stage:
            return message("Execution {execution} succeeded: {stage} is rolled back.", **self._asdict())
        return message(
            "Execution {execution} succeeded: it completed the last stage.", execution=self.execution
        )


@record
class ExecutionFailed(NamedTuple):
    """An action failed and the others of the stage have ended, or a condition failed: the stage is unlocked.

    Without a ``stage``, the execution failed before it entered any; ``reason`` says why.
    """

    execution: int
    stage: str
    reason: str = ""
    locks: bool = True

    def __str__(self) -> str:
        if not self.stage:
            return message(
                "Execution {execution} failed before it began{details}",
                execution=self.execution,
                details=details_of(self.reason),
            )
        free = message(" The stage is unlocked.") if self.locks else ""
        return message(
            "Execution {execution} failed in {stage}{details}{free}",
            **self._asdict(),
            details=details_of(self.reason),
            free=free,
        )


@event(N_("Execution {execution} was cancelled at {stage}, because the pipeline was edited."))
class ExecutionCancelled(NamedTuple):
    """The pipeline was edited during the execution, which has ended."""

    execution: int
    stage: str


@record
class RuleStarted(NamedTuple):
    """A rule of a stage condition started."""

    execution: int
    stage: str
    condition: str
    rule: str

    def __str__(self) -> str:
        where = message(
            "{condition} of stage {stage}", condition=CONDITIONS[self.condition], stage=self.stage
        )
        return message("Rule {rule} ({where}) started - #{execution}.", **self._asdict(), where=where)


@record
class RuleEnded(NamedTuple):
    """A rule of a stage condition ended: it is met, or it is not."""

    execution: int
    stage: str
    rule: str
    met: bool
    message: str

    def __str__(self) -> str:
        met = message("met") if self.met else message("not met")
        return message(
            "Rule {rule} (stage {stage}) {verdict} - #{execution}{details}",
            **self._asdict(),
            verdict=met,
            details=details_of(self.message),
        )


@event(N_("Rule {rule} (stage {stage}) abandoned - #{execution}."))
class RuleAbandoned(NamedTuple):
    """The pipeline no longer waits for a running rule."""

    execution: int
    stage: str
    rule: str


@record
class ConditionEnded(NamedTuple):
    """A stage condition ended. ``status`` is Succeeded, Failed (its result follows), or Overridden."""

    execution: int
    stage: str
    condition: str
    status: str

    def __str__(self) -> str:
        result = message("was overridden") if self.status == "Overridden" else self.status.lower()
        return message(
            "The {condition} of stage {stage} {result} - #{execution}.",
            condition=CONDITIONS[self.condition],
            stage=self.stage,
            result=result,
            execution=self.execution,
        )


@event(N_("Stage {stage} skipped - #{execution}; unlocked."))
class StageSkipped(NamedTuple):
    """The beforeEntry condition had the result SKIP: no action of the stage ran, and the execution moves on."""

    execution: int
    stage: str


@record
class ExecutionStopping(NamedTuple):
    """The execution was asked to stop; no new action will start."""

    execution: int
    stage: str
    abandon: bool
    reason: str

    def __str__(self) -> str:
        how = STOPS[self.abandon]
        return message("Execution {execution} is stopping in {stage}: {how}.", **self._asdict(), how=how)


@event(N_("Execution {execution} stopped at {stage}."))
class ExecutionStopped(NamedTuple):
    """The execution stopped, in a stage or while it waited to enter it."""

    execution: int
    stage: str
    reason: str


@event(N_("The transition into {stage} was enabled."))
class TransitionEnabled(NamedTuple):
    """The transition into a stage was enabled."""

    stage: str


@record
class TransitionDisabled(NamedTuple):
    """The transition into a stage was disabled: executions that arrive wait, those in the stage go on."""

    stage: str
    reason: str

    def __str__(self) -> str:
        return message(
            "The transition into {stage} was disabled{details}",
            stage=self.stage,
            details=details_of(self.reason),
        )


@event(
    N_(
        "The transition into {stage} has been disabled for 30 days: executions that wait there will not resume "
        "when it is enabled."
    )
)
class TransitionExpired(NamedTuple):
    """The transition has been disabled for 30 days: enabling it does not resume the executions that wait now."""

    stage: str


@record
class PipelineEdited(NamedTuple):
    """The pipeline has a new definition."""

    pipeline: Pipeline

    def __str__(self) -> str:
        stages = " → ".join(stage.name for stage in self.pipeline.stages)
        return message("The pipeline was edited. Its stages are now {stages}.", stages=stages)


@event(N_("The pipeline was deleted. Only undo can bring it back here; on AWS nothing can."))
class PipelineDeleted(NamedTuple):
    """The pipeline was deleted."""


Event: TypeAlias = (
    ExecutionStarted
    | ExecutionWaiting
    | ExecutionSuperseded
    | ExecutionEntered
    | RuleStarted
    | RuleEnded
    | RuleAbandoned
    | ConditionEnded
    | ActionStarted
    | ActionSucceeded
    | ActionFailed
    | ActionAbandoned
    | StageSucceeded
    | StageSkipped
    | StageRetried
    | ExecutionSucceeded
    | ExecutionFailed
    | ExecutionCancelled
    | ExecutionStopping
    | ExecutionStopped
    | TransitionEnabled
    | TransitionDisabled
    | TransitionExpired
    | PipelineEdited
    | PipelineDeleted
)

EVENT_KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}
"""Name -> kind of event."""
