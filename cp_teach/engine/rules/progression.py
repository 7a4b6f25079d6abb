"""The core loop: how an execution walks through the stages, group after group, door after door.

The rules are those of the user guide's "How pipeline executions work"; the numbers in the comments are its
rules. Stage conditions come in where they are judged: before the first action, after the last, after a failure.
"""

from __future__ import annotations

from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import (
    BEFORE_ENTRY,
    DID_NOT_RUN,
    ENABLED,
    FAILED,
    IN_PROGRESS,
    ON_FAILURE,
    ON_SUCCESS,
    PARALLEL,
    ROLLBACK,
    STANDARD,
    STOPPING,
    SUCCEEDED,
    Execution,
)
from cp_teach.engine.rules.stage_conditions import decided, judged
from cp_teach.engine.rules.step_context import Turn
from cp_teach.engine.rules.validate_start import ROOM


def arrive(turn: Turn, number: int, index: int) -> None:
    """An execution comes to the door of a stage: it enters, or waits there (rules 1 to 3)."""
    state = turn.state
    if not state.locks(turn.execution(number)):
        enter(turn, number, index)
        return
    stage = state.stages[index]
    if stage.door == ENABLED and not stage.holder and not stage.inbound:
        enter(turn, number, index)
        return
    name = state.pipeline.stages[index].name
    if state.pipeline.mode == "SUPERSEDED":
        for waiting in stage.inbound:
            turn.emit(e.ExecutionSuperseded(waiting, number, name))
    turn.emit(e.ExecutionWaiting(number, name))
    admit(turn, index)  # who waits at a door that had expired enters with the next arrival


def admit(turn: Turn, index: int) -> None:
    """A stage was unlocked or its transition enabled: whoever waits longest enters."""
    if index < 0:
        return  # an edit has taken the stage away
    stage = turn.state.stages[index]
    if stage.inbound and stage.door == ENABLED and not stage.holder:
        enter(turn, stage.inbound[0], index)


def enter(turn: Turn, number: int, index: int) -> None:
    """It locks the stage; its first actions start when the beforeEntry condition, if any, is met."""
    own = turn.state.blueprint(turn.execution(number))
    turn.emit(e.ExecutionEntered(number, own.stages[index].name, own.locks))
    if not judged(turn, number, BEFORE_ENTRY):
        begin(turn, number)


def begin(turn: Turn, number: int) -> None:
    """The actions of the next run-order group start, all at once."""
    x = turn.execution(number)
    stage, actions = turn.state.stage_of(x), x.actions
    for group in stage.groups:
        waiting = [at for at in group if actions[at] == DID_NOT_RUN]
        if waiting:
            break
    if not turn.state.locks(x):  # quota: five actions of one PARALLEL execution run at a time
        waiting = waiting[: ROOM - actions.count(IN_PROGRESS)]
    for at in waiting:
        turn.emit(e.ActionStarted(number, stage.name, stage.actions[at].name))


def settle(turn: Turn, number: int) -> None:
    """An action or a rule of this execution has ended: what follows for its stage (section "Actions")."""
    x = turn.execution(number)
    if x.busy:  # the other members of a parallel group may finish, even when one has failed
        _top_up(turn, x)
    elif x.status == STOPPING:
        turn.emit(e.ExecutionStopped(number, turn.state.stage_of(x).name, ""))
        admit(turn, turn.state.seat(x))
    elif turn.state.outdated(x):
        cancel(turn, number)
        admit(turn, turn.state.seat(x))
    elif x.condition:
        _conclude(turn, x)
    elif FAILED in x.actions:
        if not judged(turn, number, ON_FAILURE):
            fail(turn, number)
    elif DID_NOT_RUN in x.actions:
        begin(turn, number)
    elif not judged(turn, number, ON_SUCCESS):
        succeed(turn, number)


def _top_up(turn: Turn, x: Execution) -> None:
    """In PARALLEL mode a free place is taken by the next member of the group."""
    if x.rules or x.status == STOPPING or FAILED in x.actions or turn.state.locks(x):
        return
    for group in turn.state.stage_of(x).groups:
        statuses = [x.actions[at] for at in group]
        if IN_PROGRESS in statuses and DID_NOT_RUN in statuses:
            begin(turn, x.number)


def succeed(turn: Turn, number: int) -> None:
    """The stage is through: it is unlocked, and the execution moves on."""
    x = turn.execution(number)
    turn.emit(e.StageSucceeded(number, turn.state.stage_of(x).name, turn.state.locks(x)))
    move_on(turn, x)


def move_on(turn: Turn, x: Execution) -> None:
    """From one stage to the next; a rollback goes nowhere."""
    if x.kind == ROLLBACK:
        turn.emit(e.ExecutionSucceeded(x.number, turn.state.stage_of(x).name))
    elif x.stage + 1 < len(turn.state.blueprint(x).stages):
        arrive(turn, x.number, x.stage + 1)
    else:
        turn.emit(e.ExecutionSucceeded(x.number))
    if turn.state.locks(x):
        admit(turn, x.stage)


def fail(turn: Turn, number: int, result: str = "", reason: str = "") -> None:
    """Stage and execution fail, and what onFailure says follows: an automatic retry, a rollback, or nothing.

    ``result`` is what a stage condition has decided. A rollback that fails is neither retried nor rolled back.
    """
    x = turn.execution(number)
    stage = turn.state.stage_of(x)
    turn.emit(e.ExecutionFailed(number, stage.name, reason, turn.state.locks(x)))
    says = stage.on_failure
    if not result and not reason and says is not None and x.kind == STANDARD:
        result = says.result or ""
    if result == "RETRY" and not x.retried:
        again(turn, number, (says and says.retry_mode) or "FAILED_ACTIONS", automatic=True)
        return
    targets = () if x.pipeline is not None else turn.state.stages[x.stage].targets
    if result == "ROLLBACK" and targets and can_roll_back(turn, x.stage):
        roll_back(turn, x.stage, targets[-1], "AutomatedRollback")
    elif turn.state.locks(x):
        admit(turn, x.stage)


def can_roll_back(turn: Turn, index: int) -> bool:
    """Whether this stage may be rolled back at all, by the chosen readings of the sources."""
    pipeline, readings = turn.state.pipeline, turn.state.readings
    return (readings.source_rollback == "allowed" or index > 0) and (
        readings.parallel_rollback == "allowed" or pipeline.mode != PARALLEL
    )


def again(turn: Turn, number: int, mode: str, *, automatic: bool = False) -> None:
    """The stage runs again: what failed of it, or all of it."""
    x = turn.execution(number)
    failed_by = x.condition
    turn.emit(e.StageRetried(number, turn.state.stage_of(x).name, mode, automatic))
    x = turn.execution(number)
    if mode == "ALL_ACTIONS" or failed_by == BEFORE_ENTRY:
        if not judged(turn, number, BEFORE_ENTRY):
            begin(turn, number)
    elif DID_NOT_RUN in x.actions:
        begin(turn, number)
    else:
        judged(turn, number, ON_SUCCESS)


def roll_back(turn: Turn, index: int, target: int, trigger: str) -> None:
    """A new execution brings the stage back; it comes by no door and goes no further (guide: "Rolling back a
    stage")."""
    number = turn.state.last + 1
    name = turn.state.pipeline.stages[index].name
    turn.emit(e.ExecutionStarted(number, (), trigger, kind=ROLLBACK, stage=name, target=target))
    enter(turn, number, index)


def cancel(turn: Turn, number: int) -> None:
    """The pipeline was edited and nothing of this execution runs any more: it ends."""
    name = turn.state.stage_of(turn.execution(number)).name
    if turn.state.readings.edited == "Failed":
        turn.emit(e.ExecutionFailed(number, name, "The pipeline was edited."))
    else:
        turn.emit(e.ExecutionCancelled(number, name))


def _conclude(turn: Turn, x: Execution) -> None:
    """All rules of a condition are judged."""
    number, name = x.number, turn.state.stage_of(x).name
    condition, result = x.condition, decided(turn.state, x)
    if condition == ON_FAILURE:
        met = all(status == SUCCEEDED for status in x.rules)
        turn.emit(e.ConditionEnded(number, name, condition, SUCCEEDED if met else FAILED))
        fail(turn, number, result or "FAIL")
        return
    turn.emit(e.ConditionEnded(number, name, condition, FAILED if result else SUCCEEDED))
    if result == "SKIP":
        turn.emit(e.StageSkipped(number, name))
        move_on(turn, x)
    elif result:
        fail(turn, number, result, f"{e.CONDITIONS[condition]} says {result}")
    elif condition == BEFORE_ENTRY:
        begin(turn, number)
    else:
        succeed(turn, number)
