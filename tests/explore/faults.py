"""Faults to plant in the rules of V2, each with the pipeline that shows it and the invariant that has to notice.

They replace a function of ``engine.rules.progression``; the rest of the engine stays as it is.
"""

import dataclasses
import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import BEFORE_ENTRY, ON_SUCCESS, ROLLBACK
from cp_teach.explore import DEFAULT_KINDS
from cp_teach.pipeline import Pipeline

walk = importlib.import_module("cp_teach.engine.rules.progression")  # the module, not a function of that name
REAL = {
    name: getattr(walk, name)
    for name in ("move_on", "fail", "enter", "settle", "start_rules", "roll_back", "start_actions")
}


class Fault(NamedTuple):
    """What is replaced, by what, where it shows, and who notices."""

    name: str
    replaced: str
    mutant: Callable[..., Any]
    pipeline: Pipeline
    noticed_by: tuple[str, ...]
    allow: tuple[str, ...] = DEFAULT_KINDS
    revisions: int = 2


def rule(result: str) -> dict[str, Any]:
    """A stage condition with one rule, in AWS's shape."""
    provider = "LambdaInvoke" if result == "SKIP" else "DeploymentWindow"
    settings = {"FunctionName": "ask"} if result == "SKIP" else {"Cron": "* * 9-17 ? * MON-FRI *"}
    kind = {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}
    rules = [{"name": "Window", "ruleTypeId": kind, "configuration": settings}]
    return {"conditions": [{"result": result, "rules": rules}]}


def shop(**more: Any) -> Pipeline:
    """A small V2 pipeline; ``more`` are AWS's keys of its stage Beta."""
    structure = dataclasses.replace(
        Pipeline.of("shop", Source="S3", Beta="CodeDeploy", Prod="S3"), pipeline_type="V2"
    ).to_aws()
    structure["stages"][1].update(more)
    return Pipeline.from_aws(structure)


def rollback_walks_on(turn: Any, x: Any) -> None:
    if x.kind == ROLLBACK and x.stage + 1 < len(turn.state.pipeline.stages):
        walk.arrive(turn, x.number, x.stage + 1)
        walk.admit(turn, x.stage)
        return
    REAL["move_on"](turn, x)


def rollback_to_anything(turn: Any, index: int, target: int, trigger: str) -> None:
    REAL["roll_back"](turn, index, turn.state.newest, trigger)


def rollback_breaks_in(turn: Any, number: int) -> None:
    """The automatic rollback begins before the failed execution has left."""
    x = turn.execution(number)
    targets = turn.state.stages[x.stage].targets
    if targets and "Failed" in x.actions:
        REAL["roll_back"](turn, x.stage, targets[-1], "AutomatedRollback")
        return
    REAL["settle"](turn, number)


def retries_for_ever(turn: Any, number: int, result: str = "", reason: str = "") -> None:
    x = turn.execution(number)
    stage = turn.state.stage_of(x)
    if stage.on_failure is not None and stage.on_failure.result == "RETRY" and x.kind != ROLLBACK:
        turn.emit(e.ExecutionFailed(number, stage.name, reason))
        walk.rerun(turn, number, "FAILED_ACTIONS", automatic=True)
        return
    REAL["fail"](turn, number, result, reason)


def starts_before_it_is_judged(turn: Any, number: int, index: int) -> None:
    REAL["enter"](turn, number, index)
    if turn.execution(number).condition == BEFORE_ENTRY:
        REAL["start_actions"](turn, number)


def succeeds_against_its_condition(turn: Any, number: int) -> None:
    x = turn.execution(number)
    if x.condition == ON_SUCCESS and not x.busy:
        walk.succeed(turn, number)
        return
    REAL["settle"](turn, number)


def forgets_the_condition(turn: Any, number: int) -> None:
    """Every rule is judged, and nothing follows."""
    x = turn.execution(number)
    if x.condition and not x.busy:
        return
    REAL["settle"](turn, number)


def goes_on_after_an_edit(turn: Any, number: int) -> None:
    x = turn.execution(number)
    if turn.state.outdated(x) and not x.busy and "" in x.actions:
        walk.start_actions(turn, number)
        return
    REAL["settle"](turn, number)


def six_at_a_time(turn: Any, number: int) -> None:
    x = turn.execution(number)
    stage = turn.state.stage_of(x)
    for group in stage.groups:
        waiting = [at for at in group if x.actions[at] == ""]
        if waiting:
            break
    for at in waiting:
        turn.emit(e.ActionStarted(number, stage.name, stage.actions[at].name))


def supersedes_in_a_queue(turn: Any, number: int, index: int) -> None:
    stage, name = turn.state.stages[index], turn.state.pipeline.stages[index].name
    if stage.transition == "enabled" and not stage.holder and not stage.inbound:
        walk.enter(turn, number, index)
        return
    for waiting in stage.inbound:
        turn.emit(e.ExecutionSuperseded(waiting, number, name))
    turn.emit(e.ExecutionWaiting(number, name))


def expired_door_admits(turn: Any, index: int) -> None:
    stage = turn.state.stages[index]
    if stage.inbound and not stage.holder and stage.transition in ("enabled", "expired", "stale"):
        walk.enter(turn, stage.inbound[0], index)


RETRIES = {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}
QUEUE = dataclasses.replace(shop(), execution_mode="QUEUED")
GROUPS = Pipeline.of("groups", Source="S3", Beta="One:CodeBuild then Two:CodeBuild", type="V2")
WIDE = Pipeline.of("wide", Source="S3", Build=["CodeBuild"] * 6, mode="PARALLEL")
BACK = (*DEFAULT_KINDS, "roll back")

FAULTS = (
    Fault("a rollback walks on", "move_on", rollback_walks_on, shop(), ("rollback-stays",), BACK),
    Fault(
        "a rollback to what never succeeded",
        "roll_back",
        rollback_to_anything,
        shop(),
        ("rollback-target",),
        BACK,
        3,
    ),
    Fault(
        "an automatic rollback breaks in",
        "settle",
        rollback_breaks_in,
        shop(onFailure={"result": "ROLLBACK"}),
        ("rollback-target", "locked-till-the-end", "one-at-a-time"),
    ),
    Fault(
        "automatic retries without end",
        "fail",
        retries_for_ever,
        shop(onFailure=RETRIES),
        ("one-automatic-retry",),
    ),
    Fault(
        "actions start before they may",
        "enter",
        starts_before_it_is_judged,
        shop(beforeEntry=rule("FAIL")),
        ("conditions-guard", "sound"),
    ),
    Fault(
        "a stage succeeds against its condition",
        "settle",
        succeeds_against_its_condition,
        shop(onSuccess=rule("FAIL")),
        ("conditions-guard",),
    ),
    Fault(
        "nothing follows from a condition",
        "settle",
        forgets_the_condition,
        shop(beforeEntry=rule("FAIL")),
        ("conditions-guard", "sound"),
    ),
    Fault(
        "an old execution goes on after an edit",
        "settle",
        goes_on_after_an_edit,
        GROUPS,
        ("edit-ends-the-old",),
        (*DEFAULT_KINDS, "edit"),
    ),
    Fault(
        "six actions at a time",
        "start_actions",
        six_at_a_time,
        WIDE,
        ("five-at-a-time",),
        ("release", "finish"),
        1,
    ),
    Fault(
        "a queue drops an execution", "arrive", supersedes_in_a_queue, QUEUE, ("queue-drops-no-execution",)
    ),
    Fault(
        "an expired door lets somebody in",
        "admit",
        expired_door_admits,
        shop(),
        ("closed-stays-closed", "sound"),
        (*DEFAULT_KINDS, "expire"),
    ),
)
"""Each is noticed by one of the named invariants."""
