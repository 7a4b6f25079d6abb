"""The questions of notebook 08: execution modes, rollback, edits, and the door that was closed for a month."""

import dataclasses

from cp_teach.course.predictions.question import Question, visit
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


QUESTIONS = (
    Question(
        "08-in-a-queue",
        "The pipeline is QUEUED. The first change waits for its approval in Prod; two more have come after it. Who "
        "waits at the door of Prod?",
        {
            "The second one: the third has to wait before Beta.": "Beta is free as soon as the second one has left it.",
            "Both of them, in their order.": "QUEUED drops nobody: who came first enters first.",
            "The third one: it superseded the second.": "That is SUPERSEDED mode, the default.",
        },
        _in_a_queue,
    ),
    Question(
        "08-how-many-inside",
        "The same three changes, in a PARALLEL pipeline. How many of them are in Prod?",
        {
            "Two: one inside and one that waits.": "Nobody waits at a door in PARALLEL mode.",
            "Three.": "In PARALLEL mode no stage is locked, and each asks for an approval of its own.",
            "One: a stage is locked by whoever is inside.": "That is so in the other two modes.",
        },
        _how_many_inside,
    ),
    Question(
        "08-rolled-back",
        "The second change is in Beta and in Prod. Beta is rolled back to the first one. What happens to Prod?",
        {
            "It asks for a new approval.": "Nothing is deployed to Prod, so nobody is asked.",
            "It is rolled back, too.": "A rollback is for one stage.",
            "Nothing: it keeps the second change.": "It takes a rollback of its own to bring Prod back.",
        },
        _roll_back,
    ),
    Question(
        "08-edited",
        "A change is being fetched in Source. Somebody saves an edited pipeline. What becomes of the change?",
        {
            "It goes on as it began, and succeeds.": "That is so in PARALLEL mode alone.",
            "It goes on through the new stages.": "It began with a definition that is no longer there.",
            "It ends as soon as its running action has ended.": "What runs may finish, nothing else starts: the "
            "execution is Cancelled.",
        },
        _edited,
    ),
    Question(
        "08-thirty-days",
        "A change has waited for 31 days at a disabled transition. The transition is enabled. What happens?",
        {
            "The change is superseded.": "Nothing newer has come that could take its place.",
            "It enters Beta.": "It would, within 30 days.",
            "Nothing happens.": "After 30 days AWS resumes nobody: a new change has to come.",
        },
        _thirty_days,
    ),
)
