"""What has happened, as facts in the past tense; ``str(event)`` is one plain sentence for people.

Events are complete: folding them with ``evolve`` rebuilds every state, and nothing else changes one.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cp_teach.engine.model.commands import Override, Pairs, Revision
from cp_teach.engine.model.value_tuple import record
from cp_teach.pipeline import Pipeline

CONDITIONS = {
    "BEFORE_ENTRY": "the beforeEntry condition",
    "ON_SUCCESS": "the onSuccess condition",
    "ON_FAILURE": "the onFailure condition",
}
"""AWS's word for each kind of stage condition (model: ConditionType) in a sentence."""


def _full_stop(words: str) -> str:
    """What people wrote, as the end of a sentence."""
    return words if words.endswith((".", "!", "?")) else words + "."


@record
class ExecutionStarted(NamedTuple):
    """A new execution began; each source action will fetch its revision.

    One of the kind ROLLBACK fetches nothing: it brings ``stage`` back to what execution ``target`` delivered.
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
            how = " of itself" if self.trigger == "AutomatedRollback" else ""
            return f"Execution {self.execution} started{how}: it rolls {self.stage} back to execution {self.target}."
        message = next((revision.message for revision in self.revisions if revision.message), "")
        return f"Execution {self.execution} started" + (f" with “{message}”." if message else ".")


@record
class ExecutionWaiting(NamedTuple):
    """An execution came to a stage that is locked or whose transition is disabled: it is inbound now."""

    execution: int
    stage: str

    def __str__(self) -> str:
        return f"Execution {self.execution} waits to enter {self.stage}."


@record
class ExecutionSuperseded(NamedTuple):
    """A newer execution came to the door where this one waited, and took its place for good."""

    execution: int
    by: int
    stage: str

    def __str__(self) -> str:
        return (
            f"Execution {self.by} superseded execution {self.execution}, which waited to enter {self.stage}."
        )


@record
class ExecutionEntered(NamedTuple):
    """An execution entered a stage and locked it; in PARALLEL mode nothing is locked."""

    execution: int
    stage: str
    locks: bool = True

    def __str__(self) -> str:
        return f"Execution {self.execution} entered {self.stage}{' and locked it' if self.locks else ''}."


@record
class ActionStarted(NamedTuple):
    """An action began to run."""

    execution: int
    stage: str
    action: str

    def __str__(self) -> str:
        return f"{self.action} in {self.stage} started for execution {self.execution}."


@record
class ActionSucceeded(NamedTuple):
    """An action ended well; its output artifacts exist now."""

    execution: int
    stage: str
    action: str
    summary: str
    external_id: str
    variables: Pairs = ()

    def __str__(self) -> str:
        told = f": “{self.summary}”" if self.summary else "."
        return f"{self.action} in {self.stage} succeeded for execution {self.execution}{told}"


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
        told = f": {_full_stop(self.message)}" if self.message else "."
        return f"{self.action} in {self.stage} failed for execution {self.execution} ({self.failure}){told}"


@record
class ActionAbandoned(NamedTuple):
    """The pipeline no longer waits for a running action; whoever does the work may still be doing it."""

    execution: int
    stage: str
    action: str

    def __str__(self) -> str:
        return f"{self.action} in {self.stage} was abandoned by execution {self.execution}."


@record
class StageSucceeded(NamedTuple):
    """All actions of the stage succeeded: it is unlocked, and the execution moves on."""

    execution: int
    stage: str
    locks: bool = True

    def __str__(self) -> str:
        return f"{self.stage} succeeded with execution {self.execution}{' and is unlocked' if self.locks else ''}."


@record
class StageRetried(NamedTuple):
    """A failed or stopped stage runs again with the same execution and revision; ``automatic`` when its
    onFailure says so."""

    execution: int
    stage: str
    mode: str
    automatic: bool = False

    def __str__(self) -> str:
        what = "its failed actions" if self.mode == "FAILED_ACTIONS" else "all its actions"
        how = " automatically" if self.automatic else ""
        return f"{self.stage} was retried{how} for execution {self.execution}: {what} run again."


@record
class ExecutionSucceeded(NamedTuple):
    """The last stage succeeded: the revision is through. (A rollback is through after its one ``stage``.)"""

    execution: int
    stage: str = ""

    def __str__(self) -> str:
        if self.stage:
            return f"Execution {self.execution} succeeded: {self.stage} is rolled back."
        return f"Execution {self.execution} succeeded: it is through the whole pipeline."


@record
class ExecutionFailed(NamedTuple):
    """An action of the stage failed and the others have ended: stage and execution failed, the stage is
    unlocked. Without a ``stage`` it failed before it entered any; ``reason`` says why."""

    execution: int
    stage: str
    reason: str = ""
    locks: bool = True

    def __str__(self) -> str:
        if not self.stage:
            return f"Execution {self.execution} failed before it began: {_full_stop(self.reason)}"
        told = f": {_full_stop(self.reason)}" if self.reason else "."
        free = ", which is unlocked" if self.locks else ""
        return f"Execution {self.execution} failed in {self.stage}{free}{told}"


@record
class ExecutionCancelled(NamedTuple):
    """The pipeline was edited before the execution was through: it has ended."""

    execution: int
    stage: str

    def __str__(self) -> str:
        return f"Execution {self.execution} was cancelled at {self.stage}, because the pipeline was edited."


@record
class RuleStarted(NamedTuple):
    """A rule of a stage condition is being judged."""

    execution: int
    stage: str
    condition: str
    rule: str

    def __str__(self) -> str:
        where = f"{CONDITIONS[self.condition]} of {self.stage}"
        return f"Rule {self.rule} in {where} is being judged for execution {self.execution}."


@record
class RuleEnded(NamedTuple):
    """A rule of a stage condition was judged: it is met, or it is not."""

    execution: int
    stage: str
    rule: str
    met: bool
    message: str

    def __str__(self) -> str:
        told = f": {_full_stop(self.message)}" if self.message else "."
        met = "met" if self.met else "not met"
        return f"Rule {self.rule} in {self.stage} is {met} for execution {self.execution}{told}"


@record
class RuleAbandoned(NamedTuple):
    """The pipeline no longer waits for a rule to be judged."""

    execution: int
    stage: str
    rule: str

    def __str__(self) -> str:
        return f"Rule {self.rule} in {self.stage} was abandoned by execution {self.execution}."


@record
class ConditionEnded(NamedTuple):
    """A stage condition is decided. ``status`` is Succeeded, Failed (its result follows) or Overridden (somebody let
    the execution pass)."""

    execution: int
    stage: str
    condition: str
    status: str

    def __str__(self) -> str:
        what = f"{CONDITIONS[self.condition]} of {self.stage} for execution {self.execution}"
        if self.status == "Overridden":
            return f"Somebody overrode {what}."
        return f"{what[0].upper()}{what[1:]} is decided: {self.status}."


@record
class StageSkipped(NamedTuple):
    """The beforeEntry condition said SKIP: no action of the stage ran, and the execution moves on."""

    execution: int
    stage: str

    def __str__(self) -> str:
        return f"{self.stage} was skipped by execution {self.execution} and is unlocked."


@record
class ExecutionStopping(NamedTuple):
    """Somebody asked the execution to stop; no new action will start."""

    execution: int
    stage: str
    abandon: bool
    reason: str

    def __str__(self) -> str:
        how = "its running actions are abandoned" if self.abandon else "its running actions may finish"
        return f"Execution {self.execution} is stopping in {self.stage}: {how}."


@record
class ExecutionStopped(NamedTuple):
    """The execution stopped, inside a stage or while it waited at its door."""

    execution: int
    stage: str
    reason: str

    def __str__(self) -> str:
        return f"Execution {self.execution} stopped at {self.stage}."


@record
class TransitionEnabled(NamedTuple):
    """The transition into a stage was opened."""

    stage: str

    def __str__(self) -> str:
        return f"The transition into {self.stage} was enabled."


@record
class TransitionDisabled(NamedTuple):
    """The transition into a stage was closed: arriving executions wait, those past it go on."""

    stage: str
    reason: str

    def __str__(self) -> str:
        return f"The transition into {self.stage} was disabled: {_full_stop(self.reason)}"


@record
class TransitionExpired(NamedTuple):
    """The transition has been disabled for 30 days: enabling it will let nobody in who waits now."""

    stage: str

    def __str__(self) -> str:
        return (
            f"The transition into {self.stage} has been disabled for 30 days: who waits there will not resume "
            "when it is enabled."
        )


@record
class PipelineEdited(NamedTuple):
    """The pipeline has a new definition."""

    pipeline: Pipeline

    def __str__(self) -> str:
        stages = " → ".join(stage.name for stage in self.pipeline.stages)
        return f"The pipeline was edited. Its stages are now {stages}."


@record
class PipelineDeleted(NamedTuple):
    """The pipeline is gone."""

    def __str__(self) -> str:
        return "The pipeline was deleted. Only undo can bring it back here; on AWS nothing can."


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

EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        ExecutionStarted,
        ExecutionWaiting,
        ExecutionSuperseded,
        ExecutionEntered,
        RuleStarted,
        RuleEnded,
        RuleAbandoned,
        ConditionEnded,
        ActionStarted,
        ActionSucceeded,
        ActionFailed,
        ActionAbandoned,
        StageSucceeded,
        StageSkipped,
        StageRetried,
        ExecutionSucceeded,
        ExecutionFailed,
        ExecutionCancelled,
        ExecutionStopping,
        ExecutionStopped,
        TransitionEnabled,
        TransitionDisabled,
        TransitionExpired,
        PipelineEdited,
        PipelineDeleted,
    )
}
