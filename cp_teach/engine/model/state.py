"""The state of a pipeline, in flat hashable tuples: only what the rules read.

Texts, times, and ids are in the journal. Status values are AWS's.
"""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.pipeline import Pipeline, Stage
from cp_teach.pipeline.interpretations import SUGGESTED as SUGGESTED
from cp_teach.pipeline.interpretations import Readings as Readings

# Status values of AWS's model (PipelineExecutionStatus, StageExecutionStatus, ActionExecutionStatus).
IN_PROGRESS = "InProgress"
SUCCEEDED = "Succeeded"
FAILED = "Failed"
STOPPING = "Stopping"
STOPPED = "Stopped"
SUPERSEDED = "Superseded"
CANCELLED = "Cancelled"
SKIPPED = "Skipped"
ABANDONED = "Abandoned"
DID_NOT_RUN = ""
"""An action that has not run has no status in AWS's responses; the console shows "Didn't Run"."""

# The values of an inbound transition (``StageState.door``). User guide, "Disable a transition": after 30 days nothing
# resumes by itself. If executions wait when an EXPIRED transition is enabled, it is STALE until the next one arrives.
ENABLED = "enabled"
DISABLED = "disabled"
EXPIRED = "expired"
STALE = "stale"
SHOWN_AS_ENABLED = (ENABLED, STALE)
"""The values that AWS shows as enabled."""

# The kinds of an execution (model: ExecutionType), and of a stage condition (model: ConditionType).
STANDARD = "STANDARD"
ROLLBACK = "ROLLBACK"
BEFORE_ENTRY = "BEFORE_ENTRY"
ON_SUCCESS = "ON_SUCCESS"
ON_FAILURE = "ON_FAILURE"

PARALLEL = "PARALLEL"


class Execution(NamedTuple):
    """One pipeline execution.

    It is either in the stage with the index ``stage`` (then ``actions`` has the status of each action, in the order of
    the declaration) or waits to enter it (then ``actions`` is empty). An execution that failed or stopped stays in the
    state until another one enters its stage, because until then it can be retried.
    """

    number: int
    status: str
    stage: int
    actions: tuple[str, ...]
    kind: str = STANDARD
    """STANDARD, or ROLLBACK for one that runs in a single stage."""
    condition: str = ""
    """The stage condition that is in progress, or that failed the stage; "" for none."""
    rules: tuple[str, ...] = ()
    """The status of each rule of that condition."""
    retried: bool = False
    """True if the one automatic retry of this stage has been used."""
    pipeline: Pipeline | None = None
    """The definition that it follows if the pipeline was edited since; None for the current one."""

    @property
    def busy(self) -> bool:
        """True while one of its actions or rules is in progress."""
        return IN_PROGRESS in self.actions or IN_PROGRESS in self.rules


class StageState(NamedTuple):
    """One stage: its transition, its executions, and what the rules need of earlier ones."""

    transition: str
    """The inbound transition: enabled, disabled, expired or stale."""
    inbound: tuple[int, ...]
    """The executions that wait to enter, in the order of arrival; at most one in SUPERSEDED mode."""
    holder: int
    """The execution that locks the stage; 0 for none, and in PARALLEL mode."""
    entered: int
    """The execution that entered last, the only one that can be retried here; 0 for none, and in PARALLEL mode."""
    succeeded: int
    """The last execution that succeeded here: "what is in Beta"; 0 for none."""
    targets: tuple[int, ...] = ()
    """The rollback targets: the newest ``TARGETS`` executions of this version that succeeded here, oldest first."""

    @property
    def door(self) -> str:
        """The former name of ``transition``; notebooks of learners read it."""
        return self.transition


TARGETS = 100
"""How many rollback targets a stage keeps. (AWS keeps a year of history; here the state must not grow with every
execution.)"""


class State(NamedTuple):
    """All that the rules read of a pipeline at one moment."""

    pipeline: Pipeline
    newest: int
    """The number of the newest execution; 0 before the first."""
    stages: tuple[StageState, ...]
    executions: tuple[Execution, ...]
    """Those in progress and those that can still be retried, oldest first."""
    deleted: bool
    last_edited: int = 0
    """The newest execution at the last edit: it and all before it belong to an older version."""
    readings: Readings = SUGGESTED

    def execution(self, number: int) -> Execution | None:
        """The execution of that number; None if it has ended and cannot be retried."""
        for execution in self.executions:
            if execution.number == number:
                return execution
        return None

    def definition_of(self, execution: Execution) -> Pipeline:
        """The definition that this execution follows."""
        return self.pipeline if execution.pipeline is None else execution.pipeline

    def stage_of(self, execution: Execution) -> Stage:
        """The stage that this execution is in or waits for, by the definition that it follows."""
        pipeline = execution.pipeline
        return (self.pipeline if pipeline is None else pipeline).stages[execution.stage]

    def locks(self, execution: Execution) -> bool:
        """True if this execution locks its stages: in every mode but PARALLEL."""
        pipeline = execution.pipeline
        return (self.pipeline if pipeline is None else pipeline).locks_stages

    def outdated(self, execution: Execution) -> bool:
        """True if an edit of the pipeline ends this execution: its running actions may finish, no others start."""
        return execution.pipeline is not None and execution.pipeline.mode != PARALLEL

    def current_index(self, execution: Execution) -> int:
        """The index of its stage in the current definition; -1 if an edit removed the stage."""
        if execution.pipeline is None:
            return execution.stage
        return self.pipeline.stage_indices.get(execution.pipeline.stages[execution.stage].name, -1)


FRESH = StageState(ENABLED, (), 0, 0, 0)
DISABLED_FRESH = FRESH._replace(transition=DISABLED)


def initial_state(pipeline: Pipeline, readings: Readings = SUGGESTED) -> State:
    """The initial state: no executions, and every transition enabled that the pipeline's template does not disable."""
    closed = dict(pipeline.disabled_transitions)
    stages = tuple([DISABLED_FRESH if stage.name in closed else FRESH for stage in pipeline.stages])
    return State(pipeline, 0, stages, (), False, 0, readings)


def structure_error(pipeline: Pipeline) -> str:
    """Why no execution could run through this pipeline, else "". Other errors do not prevent a simulation."""
    if not pipeline.stages:
        return f"{pipeline.name} has no stages."
    for stage in pipeline.stages:
        if not stage.actions:
            return f"The stage {stage.name} has no actions."
        if len(stage.action_indices) < len(stage.actions):
            return f"Two actions of {stage.name} have the same name."
    if len(pipeline.stage_indices) < len(pipeline.stages):
        return "Two stages have the same name."
    return ""
