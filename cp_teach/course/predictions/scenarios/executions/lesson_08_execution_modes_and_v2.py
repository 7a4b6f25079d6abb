"""The truths of the questions of notebook 08, each from a scenario that is played."""

import dataclasses

from cp_teach.course.predictions.question import visit
from cp_teach.engine import Run
from cp_teach.pipeline import Pipeline
from cp_teach.work import Simulated


def _shop(mode: str = "SUPERSEDED") -> Run:
    pipeline = Pipeline.of("shop", Source="S3", Beta="CodeDeploy", Prod="Manual then CodeDeploy", mode=mode)
    return Run(dataclasses.replace(pipeline, pipeline_type="V2"), Simulated())


def _three(mode: str) -> Run:
    run = _shop(mode)
    for message in ("Blue button", "Green button", "Red button"):
        run.release(message)
        run.settle()
    return run


def _in_a_queue() -> str:
    run = _three("QUEUED")
    waiting = run.state.stages[run.pipeline.stage_indices["Prod"]].inbound
    return {(2, 3): "Both of them, in their order.", (3,): "The third one: it superseded the second."}[
        waiting
    ]


def _how_many_inside() -> str:
    run = _three("PARALLEL")
    inside = sum(visit(run, number, "Prod") == "InProgress" for number in (1, 2, 3))
    return {3: "Three.", 1: "One: a stage is locked by whoever is inside."}[inside]


def _roll_back() -> str:
    run = _shop()
    for message in ("Blue button", "Green button"):
        run.release(message)
        run.settle()
        run.approve()
        run.settle()
    run.rollback("Beta", 1)
    run.settle()
    there = run.state.stages[run.pipeline.stage_indices["Prod"]].succeeded
    return {2: "Nothing: it keeps the second change.", 3: "It is rolled back, too."}[there]


def _edited() -> str:
    run = _shop()
    run.release("Blue button")
    run.edit(Pipeline.of("shop", Source="S3", Beta="CodeDeploy", Gamma="CodeDeploy", Prod="CodeDeploy"))
    run.settle()
    return {
        "Cancelled": "It ends as soon as its running action has ended.",
        "Succeeded": "It goes on through the new stages.",
    }[run.history.executions[1].status]


def _thirty_days() -> str:
    run = _shop()
    run.disable("Beta")
    run.release("Blue button")
    run.advance(days=31)
    run.enable("Beta")
    if visit(run, 1, "Beta") == "InProgress":
        return "It enters Beta."
    return "Nothing happens."


TRUTHS = {
    "08-in-a-queue": _in_a_queue,
    "08-how-many-inside": _how_many_inside,
    "08-rolled-back": _roll_back,
    "08-edited": _edited,
    "08-thirty-days": _thirty_days,
}
