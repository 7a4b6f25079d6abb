"""The state of a pipeline: only what a rule reads, in flat tuples, hashable and shared between moments.

No text, no clock time, no ids and no chance: those ride on the journal. Status words are AWS's own.
"""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.pipeline import Pipeline, Stage
from cp_teach.pipeline.interpretations import SUGGESTED as SUGGESTED
from cp_teach.pipeline.interpretations import Readings as Readings

# Status words of AWS's model (PipelineExecutionStatus, StageExecutionStatus, ActionExecutionStatus).
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
"""An action that has not run has no status in AWS's answers; the console writes "Didn't Run"."""

# What a door (an inbound transition) can be. User guide, "Disable a transition": after 30 days nothing resumes by
# itself; what EXPIRED and is enabled again stays STALE for those who wait, until the next execution arrives.
ENABLED = "enabled"
DISABLED = "disabled"
EXPIRED = "expired"
STALE = "stale"
OPEN = (ENABLED, STALE)
"""The two that AWS shows as enabled."""

# The kinds of an execution (model: ExecutionType) and the moments of a stage at which its conditions are judged.
STANDARD = "STANDARD"
ROLLBACK = "ROLLBACK"
BEFORE_ENTRY = "BEFORE_ENTRY"
ON_SUCCESS = "ON_SUCCESS"
ON_FAILURE = "ON_FAILURE"

PARALLEL = "PARALLEL"


class Execution(NamedTuple):
    """One pipeline execution: a revision on its way.

    An execution is either inside the stage ``stage`` (then ``actions`` has the status of each of its
    actions, in the order of the declaration) or waits at its door (then ``actions`` is empty). One that
    failed or stopped stays here as long as nobody else has entered its stage, because only so long can it
    be retried.
    """

    number: int
    status: str
    stage: int
    actions: tuple[str, ...]
    kind: str = STANDARD
    """STANDARD, or ROLLBACK for one that lives in a single stage."""
    condition: str = ""
    """The stage condition that is judged now, or by which the stage failed; "" for none."""
    rules: tuple[str, ...] = ()
    """The status of each rule of that condition."""
    retried: bool = False
    """True when the one automatic retry of this stage has been used."""
    pipeline: Pipeline | None = None
    """The definition it began with, where that is no longer the pipeline's; None for today's."""

    @property
    def busy(self) -> bool:
        """True while an action or a rule of it is in progress."""
        return IN_PROGRESS in self.actions or IN_PROGRESS in self.rules


class StageState(NamedTuple):
    """One stage: its door, who waits there, who holds it, and what it remembers of earlier visitors."""

    door: str
    """The inbound transition: enabled, disabled, expired or stale."""
    inbound: tuple[int, ...]
    """Who waits to enter, first come first; at most one in SUPERSEDED mode."""
    holder: int
    """Who is inside and keeps the stage locked; 0 for nobody, and in PARALLEL mode."""
    entered: int
    """Who entered last, and so alone may be retried here; 0 for nobody yet, and in PARALLEL mode."""
    succeeded: int
    """The last execution that succeeded here: "what is in Beta"; 0 for none."""
    targets: tuple[int, ...] = ()
    """The executions of this version that succeeded here and can be rolled back to, oldest first: the newest
    ``TARGETS`` of them."""


TARGETS = 100
"""How many rollback targets a stage remembers. (AWS looks back over a year of history; a state that grew with every
execution would make a long run slower and slower.)"""


class State(NamedTuple):
    """Everything the rules need to know of a pipeline at one moment."""

    pipeline: Pipeline
    last: int
    """The number of the newest execution; 0 before the first."""
    stages: tuple[StageState, ...]
    executions: tuple[Execution, ...]
    """Those in progress and those that can still be retried, oldest first."""
    deleted: bool
    before: int = 0
    """The newest execution when the pipeline was last edited: up to it, all belong to an older version."""
    readings: Readings = SUGGESTED

    def execution(self, number: int) -> Execution | None:
        """The execution of that number, while a rule can still have something to say about it."""
        for execution in self.executions:
            if execution.number == number:
                return execution
        return None

    def blueprint(self, x: Execution) -> Pipeline:
        """The definition that this execution follows."""
        return self.pipeline if x.pipeline is None else x.pipeline

    def stage_of(self, x: Execution) -> Stage:
        """The stage that this execution is in or waits for, as it knows it."""
        pipeline = x.pipeline
        return (self.pipeline if pipeline is None else pipeline).stages[x.stage]

    def locks(self, x: Execution) -> bool:
        """True where stages are locked for this execution: in every mode but PARALLEL."""
        pipeline = x.pipeline
        return (self.pipeline if pipeline is None else pipeline).locks

    def outdated(self, x: Execution) -> bool:
        """True for an execution that an edit of the pipeline has ended: what runs may finish, no more."""
        return x.pipeline is not None and x.pipeline.mode != PARALLEL

    def seat(self, x: Execution) -> int:
        """The index of its stage in the pipeline of today; -1 where an edit took the stage away."""
        if x.pipeline is None:
            return x.stage
        return self.pipeline.position.get(x.pipeline.stages[x.stage].name, -1)


FRESH = StageState(ENABLED, (), 0, 0, 0)


def beginning(pipeline: Pipeline, readings: Readings = SUGGESTED) -> State:
    """The state of a pipeline in which nothing has happened: all transitions enabled, nobody inside."""
    return State(pipeline, 0, (FRESH,) * len(pipeline.stages), (), False, 0, readings)


def unwalkable(pipeline: Pipeline) -> str:
    """Why nothing could walk through this pipeline; other faults of it do not hinder a simulation."""
    if not pipeline.stages:
        return f"{pipeline.name} has no stages."
    for stage in pipeline.stages:
        if not stage.actions:
            return f"The stage {stage.name} has no actions."
        if len(stage.position) < len(stage.actions):
            return f"Two actions of {stage.name} have the same name."
    if len(pipeline.position) < len(pipeline.stages):
        return "Two stages have the same name."
    return ""
