"""The exercises of notebook 08: a queue, a rollback, and an edit at rest."""

from cp_teach.course.checks.answers import run_reader
from cp_teach.course.checks.exercise import Exercise, Goal
from cp_teach.course.checks.run_queries import events_of
from cp_teach.course.predictions.question import visit
from cp_teach.engine import Run
from cp_teach.engine.model.events import (
    ExecutionCancelled,
    ExecutionStarted,
    ExecutionSuperseded,
    PipelineEdited,
)


def _has(run: Run, stage: str) -> int:
    return run.state.stages[run.pipeline.stage_indices[stage]].succeeded


QUEUE = Exercise(
    "08-all-three",
    "Deliver three changes to Prod, all of them, in their order.",
    run_reader("Prod"),
    (
        Goal(
            "Nobody was superseded.",
            lambda run: not events_of(run, ExecutionSuperseded),
            'In SUPERSEDED mode the one that waits is lost. Make the pipeline QUEUED: shop("QUEUED").',
        ),
        Goal(
            "All three are through.",
            lambda run: all(visit(run, number, "Prod") == "Succeeded" for number in (1, 2, 3)),
            "Answer each approval: run.approve(), then run.settle(), once for each change.",
        ),
        Goal(
            "Prod has the third one.",
            lambda run: _has(run, "Prod") == 3,
            "The third one comes last. Release three changes, and approve three times.",
        ),
    ),
)


def _rolled_back(run: Run, stage: str) -> bool:
    return any(event.target and event.stage == stage for event in events_of(run, ExecutionStarted))


BACK = Exercise(
    "08-roll-back-beta",
    "The second change is bad. Bring Beta back to the first one, and leave Prod alone.",
    run_reader("Beta", "Prod"),
    (
        Goal(
            "Beta was rolled back to execution 1.",
            lambda run: any(e.target == 1 and e.stage == "Beta" for e in events_of(run, ExecutionStarted)),
            'Call run.rollback("Beta", 1).',
        ),
        Goal(
            "The rollback has succeeded.",
            lambda run: _rolled_back(run, "Beta") and _has(run, "Beta") == run.state.newest > 2,
            "A rollback deploys again, and that takes time: run.settle().",
        ),
        Goal(
            "Prod still has execution 2.",
            lambda run: _has(run, "Prod") == 2 and not _rolled_back(run, "Prod"),
            "Run the cell again, and roll back Beta alone.",
        ),
    ),
)

REST = Exercise(
    "08-edit-at-rest",
    "Give the pipeline a stage Gamma before Prod, without ending the change that is on its way.",
    run_reader("Prod"),
    (
        Goal(
            "The pipeline has a stage Gamma.",
            lambda run: bool(events_of(run, PipelineEdited)) and "Gamma" in run.pipeline.stage_indices,
            "Call run.edit(with_gamma).",
        ),
        Goal(
            "No execution was cancelled, and none waits for an answer that can no longer be given.",
            lambda run: (
                not events_of(run, ExecutionCancelled)
                and not any(map(run.state.outdated, run.state.executions))
            ),
            "The edit came while a change was on its way. Run the cell again, and let it get through first.",
        ),
        Goal(
            "The change that was on its way is in Prod.",
            lambda run: visit(run, 1, "Prod") == "Succeeded",
            "Before the edit: run.settle(), run.approve(), run.settle().",
        ),
    ),
)

EXERCISES = (QUEUE, BACK, REST)
