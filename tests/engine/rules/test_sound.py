"""Each sentence of ``invariant_violation``, for a state that was forged to deserve it.

Run files are judged by nothing else.
"""

import dataclasses

import pytest
from engine_walks import judged

from cp_teach.engine import Run, State, initial_state, invariant_violation
from cp_teach.engine.model.state import Execution, StageState
from cp_teach.pipeline import Pipeline

PLAIN = Pipeline.of("shop", Source="S3", Build="One:CodeBuild then Two:CodeBuild", Prod="S3", type="V2")
QUEUED = dataclasses.replace(PLAIN, execution_mode="QUEUED")
PARALLEL = dataclasses.replace(PLAIN, execution_mode="PARALLEL")
_GUARDED = dataclasses.replace(PLAIN.stages[1], before_entry=judged("FAIL"), on_success=judged("FAIL"))
GUARDED = dataclasses.replace(PLAIN, stages=(PLAIN.stages[0], _GUARDED, PLAIN.stages[2]))
ON_FAILURE = dataclasses.replace(
    PLAIN,
    stages=(
        PLAIN.stages[0],
        dataclasses.replace(PLAIN.stages[1], on_failure=judged("ROLLBACK")),
        PLAIN.stages[2],
    ),
)
EMPTY = StageState("enabled", (), 0, 0, 0)
RULES = ("InProgress", "InProgress")


def state(
    pipeline: Pipeline = PLAIN, *executions: Execution, last: int = 3, before: int = 0, **build: object
) -> State:
    """A state in which these executions are known, and the stage Build is as ``build`` says."""
    stages = (EMPTY, EMPTY._replace(**build), EMPTY)
    return initial_state(pipeline)._replace(
        newest=last, stages=stages, executions=executions, last_edited=before
    )


def inside(number: int = 1, *actions: str, status: str = "InProgress", **more: object) -> Execution:
    """An execution in Build, with these statuses of its two actions."""
    return Execution(number, status, 1, actions or ("InProgress", ""), **more)  # type: ignore[arg-type]


def waiting(number: int, **more: object) -> Execution:
    """An execution at the door of Build."""
    return Execution(number, "InProgress", 1, (), **more)  # type: ignore[arg-type]


HELD = {"holder": 1, "entered": 1}
LEFT = {"holder": 0, "entered": 1}
CLOSED = {"transition": "disabled"}


@pytest.mark.parametrize(
    "good",
    [
        state(),
        state(PLAIN, inside(), **HELD),
        state(PLAIN, inside(1, "Failed", "", status="Failed"), **LEFT),
        state(PLAIN, waiting(2), inbound=(2,), **CLOSED),
        state(QUEUED, waiting(2), waiting(3), inbound=(2, 3), **CLOSED),
        state(PARALLEL, inside()),
        state(GUARDED, inside(1, "", "", condition="BEFORE_ENTRY", rules=RULES), **HELD),
        state(GUARDED, inside(1, "Succeeded", "Succeeded", condition="ON_SUCCESS", rules=RULES), **HELD),
        state(ON_FAILURE, inside(1, "Failed", "", condition="ON_FAILURE", rules=RULES), **HELD),
        state(before=1, targets=(2, 3)),
    ],
)
def test_what_can_be_is_sound(good: State) -> None:
    assert invariant_violation(good) == ""


@pytest.mark.parametrize(
    ("forged", "sentence"),
    [
        (
            state(QUEUED, waiting(3), waiting(2), inbound=(2, 3), **CLOSED),
            "not unique and in order, oldest first",
        ),
        (state(PLAIN, inside(), inside(), **HELD), "not unique and in order, oldest first"),
        (state(PLAIN, inside(4), holder=4, entered=4), "are not between 1 and 3"),
        (state(PLAIN, inside(0), entered=0), "are not between 1 and 3"),
        (state(before=4), "the last edit was at execution 4, but the newest is 3"),
        (state(before=-1), "the last edit was at execution -1"),
        (state(PLAIN, waiting(2), inbound=(2,)), "Build is enabled and unlocked, but execution 2 waits"),
        (state(transition="stale"), "the transition into Build is stale, but no execution waits"),
        (state(PLAIN, waiting(2), waiting(3), inbound=(2, 3), **CLOSED), "2 executions wait to enter Build"),
        (
            state(QUEUED, waiting(2), waiting(3), inbound=(3, 2), **CLOSED),
            "not in the order of arrival",
        ),
        (state(QUEUED, waiting(2), inbound=(2, 2), **CLOSED), "not in the order of arrival"),
        (state(PLAIN, inside(), holder=1, entered=2), "1 holds Build, but 2 entered last"),
        (state(targets=(2, 2)), "(2, 2) cannot be the rollback targets of Build"),
        (state(targets=(1,), before=1), "(1,) cannot be the rollback targets of Build"),
        (state(entered=4), "Build refers to an execution that does not exist"),
        (state(succeeded=4), "Build refers to an execution that does not exist"),
        (state(targets=(4,)), "Build refers to an execution that does not exist"),
        (state(PLAIN, inbound=(2,), **CLOSED), "execution 2 is not where Build says it is"),
        (state(**HELD), "execution 1 is not where Build says it is"),
        (state(PLAIN, inside(), inbound=(1,), **CLOSED), "execution 1 is not where Build says it is"),
        (
            state(PLAIN, inside(1, "Succeeded", "Succeeded", status="Succeeded"), **LEFT),
            "execution 1 is Succeeded but still in Build",
        ),
        (state(PARALLEL, waiting(1)), "execution 1 waits, but its stage has no transition"),
        (state(PLAIN, waiting(2)), "execution 2 (InProgress) is neither inside Build nor waiting for it"),
        (
            state(PLAIN, waiting(2)._replace(status="Failed"), inbound=(2,), **CLOSED),
            "execution 2 (Failed) is neither inside Build nor waiting for it",
        ),
        (
            state(PLAIN, waiting(2, pipeline=QUEUED), inbound=(2,), **CLOSED),
            "execution 2 (InProgress) is neither inside Build nor waiting for it",
        ),
        (state(PLAIN, inside(), holder=0, entered=0), "execution 1 is in Build, but 0 entered last"),
        (state(PLAIN, inside(), **LEFT), "execution 1 is InProgress in Build, which no execution holds"),
        (
            state(PLAIN, inside(1, "Failed", "", status="Failed"), **HELD),
            "execution 1 is Failed in Build, which 1 holds",
        ),
        (state(PLAIN, inside(1, "InProgress"), **HELD), "Build has 2 actions, not 1"),
        (state(PLAIN, inside(1, "Succeeded", ""), **HELD), "execution 1 is InProgress in Build with actions"),
        (
            state(PLAIN, inside(1, "InProgress", "", status="Failed"), **LEFT),
            "execution 1 is Failed in Build with actions",
        ),
        (
            state(PLAIN, inside(1, "Succeeded", "", status="Failed"), **LEFT),
            "execution 1 failed in Build without a failed action",
        ),
        (
            state(PLAIN, inside(1, "InProgress", "InProgress"), **HELD),
            "run order 2 of Build began before run order 1",
        ),
        (
            state(PLAIN, inside(1, "Failed", "InProgress"), **HELD),
            "run order 2 of Build began before run order 1",
        ),
        (
            state(PLAIN, inside(1, "", "", status="Stopped"), **LEFT),
            "is in Build with actions ('', '') and condition ''",
        ),
        (
            state(GUARDED, inside(condition="BEFORE_ENTRY", rules=RULES), **HELD),
            "with actions ('InProgress', '') and condition 'BEFORE_ENTRY'",
        ),
        (
            state(GUARDED, inside(1, "", "", condition="BEFORE_ENTRY", rules=("InProgress",)), **HELD),
            "execution 1 has 1 rules of BEFORE_ENTRY in Build",
        ),
        (state(GUARDED, inside(rules=RULES), **HELD), "execution 1 has 2 rules of no condition in Build"),
        (
            state(GUARDED, inside(1, "", "", kind="ROLLBACK", condition="BEFORE_ENTRY", rules=RULES), **HELD),
            "execution 1 is a rollback, but a condition of Build applies to it",
        ),
        (
            state(GUARDED, inside(1, "", "", condition="BEFORE_ENTRY", rules=("InProgress", "Odd")), **HELD),
            "the rules of execution 1 in Build are ('InProgress', 'Odd')",
        ),
        (
            state(GUARDED, inside(1, "Succeeded", "InProgress", condition="ON_SUCCESS", rules=RULES), **HELD),
            "ON_SUCCESS of Build is judged for execution 1 with actions",
        ),
        (
            state(
                ON_FAILURE, inside(1, "Succeeded", "InProgress", condition="ON_FAILURE", rules=RULES), **HELD
            ),
            "ON_FAILURE of Build is judged for execution 1, but no action failed",
        ),
    ],
)
def test_what_can_never_be_is_told_in_a_sentence(forged: State, sentence: str) -> None:
    assert sentence in invariant_violation(forged)


def test_a_newer_execution_never_stands_before_an_older_one() -> None:
    older, newer = inside(1), Execution(2, "InProgress", 2, ("InProgress",))
    held = state(PLAIN, older, newer, **HELD)
    assert "has overtaken" in invariant_violation(
        held._replace(stages=(*held.stages[:2], EMPTY._replace(holder=2, entered=2)))
    )


def test_who_follows_an_older_definition_can_be_in_a_stage_that_is_gone() -> None:
    gate = Pipeline.of("gate", Source="S3", Check="Test/CodeBuild", Prod="S3")
    run = Run(gate)
    run.release()
    run.succeed("Source")
    run.edit(dataclasses.replace(gate, stages=(gate.stages[0], gate.stages[2])))
    assert run.state.current_index(run.state.executions[0]) == -1
    assert invariant_violation(run.state) == ""
