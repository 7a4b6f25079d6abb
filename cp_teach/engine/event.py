"""What has happened, as facts in the past tense; ``str(event)`` is one plain sentence for people.

Events are complete: folding them with ``evolve`` rebuilds every state, and nothing else changes one.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cp_teach.engine.command import Revision
from cp_teach.engine.record import record


def _full_stop(words: str) -> str:
    """What people wrote, as the end of a sentence."""
    return words if words.endswith((".", "!", "?")) else words + "."


@record
class ExecutionStarted(NamedTuple):
    """A new execution began; each source action will fetch its revision."""

    execution: int
    revisions: tuple[Revision, ...]
    trigger: str

    def __str__(self) -> str:
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
    """An execution entered a stage and locked it."""

    execution: int
    stage: str

    def __str__(self) -> str:
        return f"Execution {self.execution} entered {self.stage} and locked it."


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

    def __str__(self) -> str:
        return f"{self.stage} succeeded with execution {self.execution} and is unlocked."


@record
class StageRetried(NamedTuple):
    """A failed or stopped stage runs again with the same execution and revision."""

    execution: int
    stage: str
    mode: str

    def __str__(self) -> str:
        what = "its failed actions" if self.mode == "FAILED_ACTIONS" else "all its actions"
        return f"{self.stage} was retried for execution {self.execution}: {what} run again."


@record
class ExecutionSucceeded(NamedTuple):
    """The last stage succeeded: the revision is through."""

    execution: int

    def __str__(self) -> str:
        return f"Execution {self.execution} succeeded: it is through the whole pipeline."


@record
class ExecutionFailed(NamedTuple):
    """An action of the stage failed and the others have ended: stage and execution failed, the stage is
    unlocked."""

    execution: int
    stage: str

    def __str__(self) -> str:
        return f"Execution {self.execution} failed in {self.stage}, which is unlocked."


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
class PipelineDeleted(NamedTuple):
    """The pipeline is gone."""

    def __str__(self) -> str:
        return "The pipeline was deleted. Only undo can bring it back here; on AWS nothing can."


Event: TypeAlias = (
    ExecutionStarted
    | ExecutionWaiting
    | ExecutionSuperseded
    | ExecutionEntered
    | ActionStarted
    | ActionSucceeded
    | ActionFailed
    | ActionAbandoned
    | StageSucceeded
    | StageRetried
    | ExecutionSucceeded
    | ExecutionFailed
    | ExecutionStopping
    | ExecutionStopped
    | TransitionEnabled
    | TransitionDisabled
    | PipelineDeleted
)

EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        ExecutionStarted,
        ExecutionWaiting,
        ExecutionSuperseded,
        ExecutionEntered,
        ActionStarted,
        ActionSucceeded,
        ActionFailed,
        ActionAbandoned,
        StageSucceeded,
        StageRetried,
        ExecutionSucceeded,
        ExecutionFailed,
        ExecutionStopping,
        ExecutionStopped,
        TransitionEnabled,
        TransitionDisabled,
        PipelineDeleted,
    )
}
