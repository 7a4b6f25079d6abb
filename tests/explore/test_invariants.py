"""Each invariant, for a change that was forged to break it and for the nearest one that does not.

What ``step`` really does breaks none of them, so only a forged change shows that an invariant can see.
"""

import dataclasses

import pytest
from faults import rule, shop

from cp_teach.engine import initial_state
from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import EnableTransition
from cp_teach.engine.model.state import Execution
from cp_teach.explore.invariants import INVARIANTS, Move

SHOP = shop()
QUEUED = dataclasses.replace(SHOP, execution_mode="QUEUED")
PARALLEL = dataclasses.replace(SHOP, execution_mode="PARALLEL")
GUARDED = shop(onSuccess=rule("FAIL"))
MOVE = EnableTransition("Beta")


def state(*executions, pipeline=SHOP, last=3, before=0, **beta):
    """The stages of the shop; what is said of Beta, and who is known."""
    empty = initial_state(pipeline)
    stages = (empty.stages[0], empty.stages[1]._replace(**beta), *empty.stages[2:])
    return empty._replace(newest=last, last_edited=before, stages=stages, executions=executions)


def inside(number=1, action="InProgress", status="InProgress", stage=1, **more):
    return Execution(number, status, stage, (action,), **more)


def waits(number):
    return Execution(number, "InProgress", 1, ())


def moved(before, after, *events):
    return Move(before, MOVE, list(events), after)


WITHOUT_BETA = dataclasses.replace(SHOP, stages=(SHOP.stages[0], *SHOP.stages[2:]))
EMPTY = state()
IN_BETA = state(inside(), holder=1, entered=1)
SKIPPED_RULE = e.ConditionEnded(1, "Beta", "ON_SUCCESS", "Overridden")
FAILED_RULE = e.ConditionEnded(1, "Beta", "ON_SUCCESS", "Failed")
AT_ITS_END = state(
    inside(action="Succeeded", condition="ON_SUCCESS", rules=("Failed",)),
    pipeline=GUARDED,
    holder=1,
    entered=1,
)
AFTER_AN_EDIT = state(inside(pipeline=QUEUED), holder=1, entered=1)
FIVE = state(Execution(1, "InProgress", 1, ("InProgress",) * 5), pipeline=PARALLEL)
SIX = state(Execution(1, "InProgress", 1, ("InProgress",) * 6), pipeline=PARALLEL)
TWO_RUN = state(Execution(1, "InProgress", 1, ("InProgress",) * 2), holder=1, entered=1)
ABANDONED = e.ActionAbandoned(1, "Beta", "CodeDeploy")
GROUPS = dataclasses.replace(
    SHOP,
    stages=(
        SHOP.stages[0],
        dataclasses.replace(
            SHOP.stages[1],
            actions=(
                SHOP.stages[1].actions[0],
                dataclasses.replace(SHOP.stages[1].actions[0], name="Then", run_order=2),
            ),
        ),
        *SHOP.stages[2:],
    ),
)


def in_groups(*actions):
    return state(Execution(1, "InProgress", 1, actions), pipeline=GROUPS, holder=1, entered=1)


BROKEN = {
    "one-at-a-time": [moved(EMPTY, state(inside(1), inside(2), holder=2, entered=2))],
    "locked-till-the-end": [
        moved(IN_BETA, EMPTY),
        moved(TWO_RUN, EMPTY, e.StageSucceeded(1, "Beta")),
        moved(IN_BETA, EMPTY, e.StageSucceeded(2, "Beta")),
        moved(IN_BETA, EMPTY, e.StageSucceeded(1, "Prod")),
    ],
    "superseded-waits": [
        moved(IN_BETA, EMPTY, e.ExecutionSuperseded(1, 2, "Beta")),
        moved(state(waits(2)), EMPTY, e.ExecutionSuperseded(2, 1, "Beta")),
        moved(EMPTY, EMPTY, e.ExecutionSuperseded(1, 2, "Beta")),
    ],
    "queue-drops-no-execution": [
        moved(EMPTY, state(pipeline=QUEUED), e.ExecutionSuperseded(1, 2, "Beta")),
    ],
    "closed-stays-closed": [
        moved(
            state(waits(1)),
            state(inside(1), transition=door, holder=1, entered=1),
            e.ExecutionEntered(1, "Beta"),
        )
        for door in ("disabled", "expired")
    ],
    "group-after-group": [
        moved(EMPTY, in_groups("InProgress", "InProgress")),
        moved(EMPTY, in_groups("", "Failed")),
    ],
    "stopping-starts-nothing": [
        moved(state(inside(status="Stopping")), IN_BETA, e.ActionStarted(1, "Beta", "CodeDeploy")),
    ],
    "retry-of-the-latest": [
        moved(state(inside(1), entered=2), IN_BETA, e.StageRetried(1, "Beta", "FAILED_ACTIONS")),
    ],
    "rollback-stays": [
        moved(state(inside(kind="ROLLBACK")), EMPTY, event)
        for event in (e.ExecutionEntered(1, "Prod"), e.ExecutionWaiting(1, "Prod"))
    ],
    "rollback-target": [
        moved(
            state(targets=(1,)), EMPTY, e.ExecutionStarted(3, (), "ManualRollback", stage="Beta", target=2)
        ),
        moved(
            state(inside(2), holder=2, entered=2, targets=(1,)),
            EMPTY,
            e.ExecutionStarted(3, (), "ManualRollback", stage="Beta", target=1),
        ),
    ],
    "one-automatic-retry": [
        moved(
            state(inside(retried=True)), IN_BETA, e.StageRetried(1, "Beta", "FAILED_ACTIONS", automatic=True)
        ),
    ],
    "conditions-guard": [
        moved(EMPTY, state(inside(condition="BEFORE_ENTRY", rules=("InProgress",)))),
        moved(EMPTY, AT_ITS_END),
        moved(AT_ITS_END, EMPTY, e.StageSucceeded(1, "Beta")),
        moved(AT_ITS_END, EMPTY, FAILED_RULE, e.StageSucceeded(1, "Beta")),
    ],
    "edit-ends-the-old": [
        moved(AFTER_AN_EDIT, EMPTY, event)
        for event in (
            e.ActionStarted(1, "Beta", "CodeDeploy"),
            e.RuleStarted(1, "Beta", "ON_SUCCESS", "Window"),
            e.ExecutionEntered(1, "Prod"),
            e.StageRetried(1, "Beta", "ALL_ACTIONS"),
        )
    ],
    "five-at-a-time": [moved(EMPTY, SIX)],
    "sound": [moved(EMPTY, state(before=4))],
}
HOLDS = {
    "one-at-a-time": [
        moved(EMPTY, state(inside(1, "Failed", "Failed"), inside(2), holder=2, entered=2)),
        moved(EMPTY, state(inside(1), inside(2), pipeline=PARALLEL)),
    ],
    "locked-till-the-end": [
        moved(IN_BETA, initial_state(WITHOUT_BETA), e.PipelineEdited(WITHOUT_BETA)),
        moved(IN_BETA, EMPTY, e.StageSucceeded(1, "Beta")),
        moved(IN_BETA, EMPTY, e.ExecutionFailed(1, "Beta")),
        moved(IN_BETA, EMPTY, e.ExecutionStopped(1, "Beta", "enough")),
        moved(TWO_RUN, EMPTY, ABANDONED, e.ExecutionStopped(1, "Beta", "enough")),
        moved(EMPTY, IN_BETA),
    ],
    "superseded-waits": [moved(state(waits(1)), EMPTY, e.ExecutionSuperseded(1, 2, "Beta"))],
    "queue-drops-no-execution": [moved(EMPTY, EMPTY, e.ExecutionSuperseded(1, 2, "Beta"))],
    "closed-stays-closed": [
        moved(state(waits(1)), IN_BETA, e.ExecutionEntered(1, "Beta")),
        moved(
            state(inside(1, kind="ROLLBACK")),
            state(holder=1, entered=1, transition="disabled"),
            e.ExecutionEntered(1, "Beta"),
        ),
    ],
    "group-after-group": [
        moved(EMPTY, in_groups("Succeeded", "InProgress")),
        moved(EMPTY, in_groups("InProgress", "")),
    ],
    "stopping-starts-nothing": [
        moved(state(inside(status="Stopping"), inside(2)), IN_BETA, e.ActionStarted(2, "Beta", "CodeDeploy")),
    ],
    "retry-of-the-latest": [
        moved(state(inside(1), entered=1), IN_BETA, e.StageRetried(1, "Beta", "FAILED_ACTIONS")),
        moved(state(inside(1), pipeline=PARALLEL), IN_BETA, e.StageRetried(1, "Beta", "FAILED_ACTIONS")),
    ],
    "rollback-stays": [moved(state(inside()), EMPTY, e.ExecutionEntered(1, "Prod"))],
    "rollback-target": [
        moved(
            state(targets=(1,)), EMPTY, e.ExecutionStarted(3, (), "ManualRollback", stage="Beta", target=1)
        ),
        moved(
            state(inside(2), holder=2, entered=2, targets=(1,)),
            EMPTY,
            e.ExecutionFailed(2, "Beta"),
            e.ExecutionStarted(3, (), "AutomatedRollback", stage="Beta", target=1),
        ),
    ],
    "one-automatic-retry": [
        moved(state(inside(retried=True)), IN_BETA, e.StageRetried(1, "Beta", "FAILED_ACTIONS")),
        moved(state(inside()), IN_BETA, e.StageRetried(1, "Beta", "FAILED_ACTIONS", automatic=True)),
    ],
    "conditions-guard": [
        moved(AT_ITS_END, EMPTY, SKIPPED_RULE, e.StageSucceeded(1, "Beta")),
        moved(IN_BETA, EMPTY, e.StageSucceeded(1, "Beta")),
        moved(EMPTY, state(inside(action="", condition="BEFORE_ENTRY", rules=("InProgress",)))),
    ],
    "edit-ends-the-old": [
        moved(IN_BETA, EMPTY, e.ActionStarted(1, "Beta", "CodeDeploy")),
        moved(AFTER_AN_EDIT, EMPTY, e.ActionStarted(2, "Beta", "CodeDeploy")),
    ],
    "five-at-a-time": [moved(EMPTY, FIVE)],
    "sound": [moved(EMPTY, IN_BETA)],
}


def _cases(table):
    return [
        pytest.param(name, change, id=f"{name}-{n}") for name in table for n, change in enumerate(table[name])
    ]


@pytest.mark.parametrize(("name", "change"), _cases(BROKEN))
def test_an_invariant_sees_what_breaks_it(name, change):
    assert INVARIANTS[name].violation(change)


@pytest.mark.parametrize(("name", "change"), _cases(HOLDS))
def test_an_invariant_lets_the_nearest_good_change_pass(name, change):
    assert INVARIANTS[name].violation(change) == ""


def test_no_invariant_is_left_out():
    assert set(BROKEN) == set(HOLDS) == set(INVARIANTS)
