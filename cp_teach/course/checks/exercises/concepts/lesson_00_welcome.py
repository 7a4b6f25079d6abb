"""The exercise of notebook 00: bring one change to Prod."""

from cp_teach.course.checks.answers import run_reader
from cp_teach.course.checks.exercise import Exercise, Goal
from cp_teach.course.checks.run_queries import count_releases, events_of
from cp_teach.course.predictions.question import visit
from cp_teach.engine import Run
from cp_teach.engine.model.events import ActionStarted, ActionSucceeded


def _asked(run: Run) -> bool:
    return any(event.action == "Approve" for event in events_of(run, ActionStarted))


def _approved(run: Run) -> bool:
    return any(event.action == "Approve" for event in events_of(run, ActionSucceeded))


def _in_prod(run: Run) -> bool:
    return any(visit(run, number, "Prod") == "Succeeded" for number in run.history.executions)


EXERCISES = (
    Exercise(
        "00-to-prod",
        "Release one change and bring it all the way into Prod.",
        run_reader("Prod"),
        (
            Goal(
                "A change was released.",
                lambda run: count_releases(run) > 0,
                'Call run.release("a message").',
            ),
            Goal(
                "It came to the approval in Prod.",
                _asked,
                "Let time pass until it waits there: run.settle().",
            ),
            Goal("The approval was answered with Approved.", _approved, "Call run.approve()."),
            Goal("Prod succeeded with it.", _in_prod, "Let time pass once more: run.settle()."),
        ),
    ),
)
