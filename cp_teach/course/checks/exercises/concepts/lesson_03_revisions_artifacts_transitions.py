"""The exercises of notebook 03: hold releases back, and mend a failed stage."""

from cp_teach.course.checks.answers import run_reader
from cp_teach.course.checks.exercise import Exercise, Goal
from cp_teach.course.checks.run_queries import count_releases, events_after, events_of, is_enabled
from cp_teach.course.predictions.question import visit
from cp_teach.engine import Event, Run
from cp_teach.engine.model.commands import DISABLED_BY_HAND
from cp_teach.engine.model.events import (
    ActionFailed,
    ExecutionEntered,
    ExecutionSuperseded,
    ExecutionWaiting,
    StageRetried,
    TransitionDisabled,
    TransitionEnabled,
)
from cp_teach.translation import message

OWN_WORDS = DISABLED_BY_HAND
"""What ``run.disable`` writes when nobody gives a reason."""


def _closed(event: Event) -> bool:
    return isinstance(event, TransitionDisabled) and event.stage == "Prod"


def _came(run: Run) -> list[ExecutionWaiting]:
    return [e for e in events_after(run, _closed) if isinstance(e, ExecutionWaiting) and e.stage == "Prod"]


def _superseded(event: Event) -> bool:
    return isinstance(event, ExecutionSuperseded) and event.stage == "Prod"


def _opened_after(run: Run) -> bool:
    return any(isinstance(e, TransitionEnabled) and e.stage == "Prod" for e in events_after(run, _superseded))


def _newest_got_in(run: Run) -> bool:
    entered = [
        e.execution
        for e in events_after(run, _superseded)
        if isinstance(e, ExecutionEntered) and e.stage == "Prod"
    ]
    return _opened_after(run) and entered == [run.state.newest] and is_enabled(run, "Prod")


def _why_waiting(run: Run) -> str:
    if not any(event.stage == "Prod" for event in events_of(run, TransitionDisabled)):
        return message("Disable the transition into Prod before you release.")
    return message(
        'Release a change and let it reach the transition: run.release("…"), then run.settle(). Do it twice.'
    )


def _reason_given(run: Run) -> bool:
    return any(e.stage == "Prod" and e.reason != OWN_WORDS for e in events_of(run, TransitionDisabled))


HOLD = Exercise(
    "03-hold-a-release",
    "Keep changes out of Prod for a while. Let two executions reach the transition, then enable it again.",
    run_reader("Prod"),
    (
        Goal(
            "The transition into Prod was disabled, with a reason in your own words.",
            _reason_given,
            'Call run.disable("Prod", reason="…") with a reason for your colleagues.',
        ),
        Goal(
            "Two executions reached the disabled transition.", lambda run: len(_came(run)) >= 2, _why_waiting
        ),
        Goal(
            "The older one was superseded there.",
            lambda run: any(_superseded(event) for event in events_of(run, ExecutionSuperseded)),
            "It happens by itself when the newer one reaches the transition: run.settle() after each release.",
        ),
        Goal("The transition was enabled again after that.", _opened_after, 'Call run.enable("Prod").'),
        Goal(
            "Only the newest change entered Prod.",
            _newest_got_in,
            "When the transition is enabled, the execution that waits enters at once. Do not release more before that.",
        ),
    ),
)


def _failed_once(run: Run) -> bool:
    return any((e.execution, e.stage) == (1, "Beta") for e in events_of(run, ActionFailed))


def _retried(run: Run) -> bool:
    return any((e.execution, e.stage) == (1, "Beta") for e in events_of(run, StageRetried))


def _advice_on_retry(run: Run) -> str:
    if count_releases(run) > 1:
        return message(
            "Another change has been released, which is not what was asked. Run the cell again and use retry."
        )
    return message('Call run.retry("Beta").')


MEND = Exercise(
    "03-mend-and-retry",
    "The deployment to Beta failed: a disk was full. It is empty now. Bring the same execution through.",
    run_reader("Beta"),
    (
        Goal(
            "Execution 1 failed in Beta.",
            _failed_once,
            "Run the cell of the exercise: it makes a run in which this has happened.",
        ),
        Goal("Its stage was retried.", _retried, _advice_on_retry),
        Goal(
            "Execution 1 succeeded in Beta.",
            lambda run: visit(run, 1, "Beta") == "Succeeded",
            "After the retry, let time pass: run.settle().",
        ),
        Goal(
            "No other change was released.",
            lambda run: count_releases(run) == 1,
            "A new release is a new execution with a new revision. Run the cell again and use retry.",
        ),
    ),
)

EXERCISES = (HOLD, MEND)
