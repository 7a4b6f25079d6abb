"""The state of a pipeline: only what a rule reads, in flat tuples, hashable and shared between moments.

No text, no clock time, no ids and no chance: those ride on the journal. Status words are AWS's own.
"""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.pipeline.blueprint import Pipeline

# Status words of AWS's model (PipelineExecutionStatus, StageExecutionStatus, ActionExecutionStatus).
IN_PROGRESS = "InProgress"
SUCCEEDED = "Succeeded"
FAILED = "Failed"
STOPPING = "Stopping"
STOPPED = "Stopped"
SUPERSEDED = "Superseded"
ABANDONED = "Abandoned"
DID_NOT_RUN = ""
"""An action that has not run has no status in AWS's answers; the console writes "Didn't Run"."""

# What a door (an inbound transition) can be.
ENABLED = "enabled"
DISABLED = "disabled"


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


class StageState(NamedTuple):
    """One stage: its door, who waits there, who holds it, and what it remembers of earlier visitors."""

    door: str
    """The inbound transition: enabled or disabled."""
    inbound: tuple[int, ...]
    """Who waits to enter, first come first; at most one in SUPERSEDED mode."""
    holder: int
    """Who is inside and keeps the stage locked; 0 for nobody."""
    entered: int
    """Who entered last, and so alone may be retried here; 0 for nobody yet."""
    succeeded: int
    """The last execution that succeeded here: "what is in Beta"; 0 for none."""


class State(NamedTuple):
    """Everything the rules need to know of a pipeline at one moment."""

    pipeline: Pipeline
    last: int
    """The number of the newest execution; 0 before the first."""
    stages: tuple[StageState, ...]
    executions: tuple[Execution, ...]
    """Those in progress and those that can still be retried, oldest first."""
    deleted: bool

    def execution(self, number: int) -> Execution | None:
        """The execution of that number, while a rule can still have something to say about it."""
        for execution in self.executions:
            if execution.number == number:
                return execution
        return None


def beginning(pipeline: Pipeline) -> State:
    """The state of a pipeline in which nothing has happened: all transitions enabled, nobody inside."""
    return State(
        pipeline,
        0,
        (StageState(ENABLED, (), 0, 0, 0),) * len(pipeline.stages),
        (),
        False,
    )


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
