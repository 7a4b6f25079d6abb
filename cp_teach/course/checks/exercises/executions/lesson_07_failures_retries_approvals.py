"""The exercises of notebook 07: retry what failed, ask again, make way."""

from cp_teach.course.checks.answers import run_reader
from cp_teach.course.checks.exercise import Exercise, Goal
from cp_teach.course.checks.run_queries import count_releases, events_of
from cp_teach.course.predictions.question import visit
from cp_teach.engine import Run
from cp_teach.engine.model.events import (
    ActionFailed,
    ActionStarted,
    ActionSucceeded,
    ExecutionStopped,
    StageRetried,
)


def _runs(run: Run, action: str) -> int:
    return sum((event.execution, event.action) == (1, action) for event in events_of(run, ActionStarted))


RETRY = Exercise(
    "07-retry-what-failed",
    "UnitTest has failed for a moment's trouble. Bring the same execution to the approval, without running Lint again.",
    run_reader("Build", "Prod"),
    (
        Goal(
            "UnitTest failed.",
            lambda run: any(event.action == "UnitTest" for event in events_of(run, ActionFailed)),
            "Run the cell of the exercise: it makes a run in which this has happened.",
        ),
        Goal(
            "UnitTest ran twice.",
            lambda run: _runs(run, "UnitTest") == 2,
            'Retry the failed actions, once: run.retry("Build").',
        ),
        Goal(
            "Lint ran once.",
            lambda run: _runs(run, "Lint") == 1,
            "ALL_ACTIONS runs Lint, too. Run the cell again, and retry FAILED_ACTIONS.",
        ),
        Goal(
            "Execution 1 asks for an approval in Prod.",
            lambda run: visit(run, 1, "Prod") == "InProgress",
            "After the retry, let time pass: run.settle().",
        ),
        Goal(
            "No other change was released.",
            lambda run: count_releases(run) == 1,
            "A new release is a new execution. Run the cell again and use retry.",
        ),
    ),
)

AGAIN = Exercise(
    "07-ask-again",
    "The reviewer said no by mistake. Ask once more, and deliver the same execution.",
    run_reader("Prod"),
    (
        Goal(
            "The approval was rejected once.",
            lambda run: any(event.action == "Approve" for event in events_of(run, ActionFailed)),
            "Run the cell of the exercise: it makes a run in which this has happened.",
        ),
        Goal(
            "Prod was retried.",
            lambda run: any(event.stage == "Prod" for event in events_of(run, StageRetried)),
            'A rejection is a failure: run.retry("Prod").',
        ),
        Goal(
            "The second approval was answered with Approved.",
            lambda run: any(event.action == "Approve" for event in events_of(run, ActionSucceeded)),
            "The retry has asked again: run.approve().",
        ),
        Goal(
            "Execution 1 succeeded in Prod.",
            lambda run: visit(run, 1, "Prod") == "Succeeded",
            "Let the deployment end: run.settle().",
        ),
    ),
)

WAY = Exercise(
    "07-make-way",
    "An old change waits for an approval that nobody will give. An urgent fix waits behind it. Deliver the fix.",
    run_reader("Prod"),
    (
        Goal(
            "Two changes were released.",
            lambda run: count_releases(run) == 2,
            "Run the cell of the exercise: it releases both. Release no more.",
        ),
        Goal(
            "Execution 1 was stopped.",
            lambda run: any(event.execution == 1 for event in events_of(run, ExecutionStopped)),
            "It holds the lock of Prod: run.stop(1, abandon=True), for its approval would never end.",
        ),
        Goal(
            "The old change was never delivered to Prod.",
            lambda run: visit(run, 1, "Prod") != "Succeeded",
            "You have approved the old change. Run the cell again, and stop it instead.",
        ),
        Goal(
            "Prod has execution 2.",
            lambda run: visit(run, 2, "Prod") == "Succeeded",
            "The fix has entered Prod and asks for its own approval: run.approve(), then run.settle().",
        ),
    ),
)

EXERCISES = (RETRY, AGAIN, WAY)
