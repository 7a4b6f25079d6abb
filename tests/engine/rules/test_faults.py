"""Faults that are planted in the engine: the witness and the look of the states find each of them."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from engine_walks import SMALL, Witness, hunt

from cp_teach.engine import (
    RetryStage,
)
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import FAILED, IN_PROGRESS

WALK: Any = sys.modules["cp_teach.engine.rules.progression"]
STEP: Any = sys.modules[
    "cp_teach.engine.rules.step"
]  # the module: the package gives its name to the function


def _supersede_inside(turn: Any, number: int, index: int) -> None:
    stage = turn.state.stages[index]
    name = turn.state.pipeline.stages[index].name
    if stage.holder:
        turn.emit(e.ExecutionSuperseded(stage.holder, number, name))
    turn.emit(e.ExecutionWaiting(number, name))


def _cross_disabled(turn: Any, index: int) -> None:
    stage = turn.state.stages[index]
    if stage.inbound and not stage.holder:
        WALK.enter(turn, stage.inbound[0], index)


def _last_come_first(turn: Any, index: int) -> None:
    stage = turn.state.stages[index]
    if stage.inbound and stage.transition == "enabled" and not stage.holder:
        WALK.enter(turn, stage.inbound[-1], index)


def _drop_from_queue(turn: Any, number: int, index: int) -> None:
    for waiting in turn.state.stages[index].inbound:
        turn.emit(e.ExecutionSuperseded(waiting, number, turn.state.pipeline.stages[index].name))
    REAL["arrive"](turn, number, index)


def _barge_in(turn: Any, number: int, index: int) -> None:
    WALK.enter(turn, number, index)


def _fail_at_once(turn: Any, number: int) -> None:
    x = turn.execution(number)
    if FAILED in x.actions and x.status == IN_PROGRESS:
        turn.emit(e.ExecutionFailed(number, turn.state.pipeline.stages[x.stage].name))
        WALK.admit(turn, x.stage)
    else:
        REAL["settle"](turn, number)


def _all_at_once(turn: Any, number: int, index: int) -> None:
    stage = turn.state.pipeline.stages[index]
    turn.emit(e.ExecutionEntered(number, stage.name))
    for action in stage.actions:
        turn.emit(e.ActionStarted(number, stage.name, action.name))


def _nobody_follows(turn: Any, index: int) -> None:
    """A stage that is unlocked lets nobody in."""


def _retry_mates(turn: Any, command: RetryStage) -> None:
    x = turn.execution(command.execution)
    turn.emit(e.StageRetried(*command))
    for action, status in zip(turn.state.pipeline[command.stage].actions, x.actions, strict=True):
        if status in ("Failed", "Abandoned", "Succeeded"):
            turn.emit(e.ActionStarted(command.execution, command.stage, action.name))


REAL = {name: getattr(WALK, name) for name in ("arrive", "settle")}
FAULTS: list[tuple[str, Callable[..., None], str]] = [
    ("arrive", _supersede_inside, "a running execution is superseded"),
    ("arrive", _drop_from_queue, "a queue drops who waits"),
    ("arrive", _barge_in, "a locked or closed stage is entered"),
    ("admit", _cross_disabled, "a disabled transition is crossed"),
    ("admit", _last_come_first, "the last who came enters first"),
    ("admit", _nobody_follows, "an end or a stop unlocks nothing"),
    ("settle", _fail_at_once, "a stage is unlocked while mates still run"),
    ("enter", _all_at_once, "run orders do not wait for each other"),
]


def test_the_hunter_finds_nothing_in_the_engine_as_it_is() -> None:
    assert hunt() == ""


@pytest.mark.parametrize(("name", "fault", "what"), FAULTS, ids=[what for *_, what in FAULTS])
def test_a_planted_fault_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, fault: Callable[..., None], what: str
) -> None:
    monkeypatch.setattr(WALK, name, fault)
    assert hunt() != "", what


def test_a_retry_that_restarts_successful_mates_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = STEP.COMMANDS[RetryStage]
    monkeypatch.setitem(STEP.COMMANDS, RetryStage, spec._replace(handle=_retry_mates))
    assert "it is succeeded" in hunt()


def test_a_failed_execution_that_is_not_forgotten_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = sys.modules["cp_teach.engine.rules.reducer"]
    real = module.FOLD[e.ExecutionEntered]

    def remembers(state: Any, event: Any) -> Any:
        after = real(state, event)
        kept = tuple(sorted({*state.executions, *after.executions} - {state.execution(event.execution)}))
        return after._replace(executions=kept)

    monkeypatch.setitem(module.FOLD, e.ExecutionEntered, remembers)
    assert "entered last" in hunt()


def test_the_witness_is_no_friend_of_late_changes() -> None:
    witness = Witness(SMALL[0])
    events = [
        e.ExecutionStarted(1, (), "x"),
        e.ExecutionEntered(1, "Source"),
        e.ExecutionStopped(1, "Source", ""),
    ]
    assert witness.hear(None, events) == ""
    assert "had ended" in witness.hear(None, [e.ExecutionEntered(1, "Stage1")])
