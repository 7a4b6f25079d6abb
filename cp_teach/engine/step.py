"""The one pure function in which everything is decided: ``step(state, command) -> (state, events)``.

Inside it a change is made only by ``Turn.emit``, which appends the event and folds it into the state. What
follows of itself (an execution entering the next stage, one superseding another) is told in the same step.
The rules are those of the user guide's "How pipeline executions work"; the numbers in the comments are its
rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.engine import command as c
from cp_teach.engine import event as e
from cp_teach.engine.evolve import evolve
from cp_teach.engine.refusal import refusal
from cp_teach.engine.state import (
    ABANDONED,
    DID_NOT_RUN,
    ENABLED,
    FAILED,
    IN_PROGRESS,
    STOPPING,
    Execution,
    State,
)


def step(state: State, command: c.Command) -> tuple[State, list[e.Event]]:
    """What the pipeline does when ``command`` is asked of it: the state after, and all that happened, in
    order.

    Raises ``Refused``, with the reason and AWS's error name, when it cannot be done; never anything else.
    """
    refused = refusal(state, command)
    if refused is not None:
        raise refused
    turn = Turn(state)
    _ACTS[type(command)](turn, command)
    return turn.state, turn.events


class Turn:
    """One step in the making: the state so far and the events that led there."""

    __slots__ = ("events", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.events: list[e.Event] = []

    def emit(self, event: e.Event) -> None:
        """Something has happened: write it down, and let it change the state."""
        self.events.append(event)
        self.state = evolve(self.state, event)

    def execution(self, number: int) -> Execution:
        """The execution of that number, which is there."""
        found = self.state.execution(number)
        assert found is not None, "the judge of the command has looked"
        return found


# -- moving through the pipeline -------------------------------------------------------------------
def _arrive(turn: Turn, number: int, index: int) -> None:
    """An execution comes to the door of a stage: it enters, or waits there (rules 1 to 3)."""
    state = turn.state
    stage = state.stages[index]
    name = state.pipeline.stages[index].name
    if stage.door == ENABLED and not stage.holder and not stage.inbound:
        _enter(turn, number, index)
        return
    if state.pipeline.mode == "SUPERSEDED":
        for waiting in stage.inbound:
            turn.emit(e.ExecutionSuperseded(waiting, number, name))
    turn.emit(e.ExecutionWaiting(number, name))


def _admit(turn: Turn, index: int) -> None:
    """A stage was unlocked or its transition enabled: whoever waits longest enters."""
    stage = turn.state.stages[index]
    if stage.inbound and stage.door == ENABLED and not stage.holder:
        _enter(turn, stage.inbound[0], index)


def _enter(turn: Turn, number: int, index: int) -> None:
    stage = turn.state.pipeline.stages[index]
    turn.emit(e.ExecutionEntered(number, stage.name))
    for at in stage.groups[0]:
        turn.emit(e.ActionStarted(number, stage.name, stage.actions[at].name))


def _settle(turn: Turn, number: int) -> None:
    """An action of this execution has ended: what follows for its stage (run-order groups, section
    "Actions")."""
    x = turn.execution(number)
    if IN_PROGRESS in x.actions:
        return  # the other members of a parallel group may finish, even when one has failed
    stage = turn.state.pipeline.stages[x.stage]
    if x.status == STOPPING:
        turn.emit(e.ExecutionStopped(number, stage.name, ""))
        _admit(turn, x.stage)
    elif FAILED in x.actions:
        turn.emit(e.ExecutionFailed(number, stage.name))
        _admit(turn, x.stage)
    elif DID_NOT_RUN in x.actions:
        group = next(g for g in stage.groups if x.actions[g[0]] == DID_NOT_RUN)
        for at in group:
            turn.emit(e.ActionStarted(number, stage.name, stage.actions[at].name))
    else:
        turn.emit(e.StageSucceeded(number, stage.name))
        if x.stage + 1 < len(turn.state.pipeline.stages):
            _arrive(turn, number, x.stage + 1)
        else:
            turn.emit(e.ExecutionSucceeded(number))
        _admit(turn, x.stage)


# -- one act for each command ----------------------------------------------------------------------
def _start(turn: Turn, command: c.StartExecution) -> None:
    number = turn.state.last + 1
    turn.emit(e.ExecutionStarted(number, command.revisions, command.trigger))
    _arrive(turn, number, 0)


def _finish(turn: Turn, command: c.FinishAction) -> None:
    number, stage, action, failure, message, external_id = command
    if failure:
        turn.emit(e.ActionFailed(number, stage, action, failure, message, external_id))
    else:
        turn.emit(e.ActionSucceeded(number, stage, action, message, external_id))
    _settle(turn, number)


def _time_out(turn: Turn, command: c.TimeOut) -> None:
    number, stage, action = command
    turn.emit(e.ActionFailed(number, stage, action, "JobFailed", "The action timed out.", ""))
    _settle(turn, number)


def _answer(turn: Turn, command: c.PutApprovalResult) -> None:
    number, stage, action, status, summary = command
    if status == "Approved":
        turn.emit(e.ActionSucceeded(number, stage, action, summary, ""))
    else:
        turn.emit(e.ActionFailed(number, stage, action, "JobFailed", summary or "Rejected.", ""))
    _settle(turn, number)


def _enable(turn: Turn, command: c.EnableTransition) -> None:
    index = turn.state.pipeline.position[command.stage]
    if turn.state.stages[index].door != ENABLED:
        turn.emit(e.TransitionEnabled(command.stage))
        _admit(turn, index)


def _disable(turn: Turn, command: c.DisableTransition) -> None:
    turn.emit(e.TransitionDisabled(command.stage, command.reason))


def _retry(turn: Turn, command: c.RetryStage) -> None:
    number, name, mode = command
    before = turn.execution(number)
    stage = turn.state.pipeline.stages[before.stage]
    if mode == c.ALL_ACTIONS:
        again: tuple[int, ...] = stage.groups[0]
    else:
        again = tuple([at for at, s in enumerate(before.actions) if s in (FAILED, ABANDONED)])
    turn.emit(e.StageRetried(number, name, mode))
    for at in again:
        turn.emit(e.ActionStarted(number, name, stage.actions[at].name))


def _stop(turn: Turn, command: c.StopExecution) -> None:
    number, abandon, reason = command
    x = turn.execution(number)
    stage = turn.state.pipeline.stages[x.stage]
    if not x.actions:  # it waits at a door: nothing runs, nothing to wait for, and it never entered
        turn.emit(e.ExecutionStopped(number, stage.name, reason))
        return
    turn.emit(e.ExecutionStopping(number, stage.name, abandon, reason))
    if abandon:
        for at, status in enumerate(x.actions):
            if status == IN_PROGRESS:
                turn.emit(e.ActionAbandoned(number, stage.name, stage.actions[at].name))
        _settle(turn, number)


def _delete(turn: Turn, command: c.DeletePipeline) -> None:
    turn.emit(e.PipelineDeleted())


_ACTS: dict[type, Callable[[Turn, Any], None]] = {
    c.StartExecution: _start,
    c.FinishAction: _finish,
    c.TimeOut: _time_out,
    c.PutApprovalResult: _answer,
    c.EnableTransition: _enable,
    c.DisableTransition: _disable,
    c.RetryStage: _retry,
    c.StopExecution: _stop,
    c.DeletePipeline: _delete,
}

__all__ = ["Turn", "step"]
