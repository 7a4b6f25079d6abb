"""The exercise of notebook 06: a failed action is retried by command, and the same change gets through."""

from cp_teach.course.checks.answers import run_reader
from cp_teach.course.checks.exercise import Exercise, Goal
from cp_teach.course.checks.run_queries import count_releases, events_of, is_enabled
from cp_teach.engine.model.events import ExecutionFailed, ExecutionSucceeded, StageRetried, TransitionDisabled

MEND = Exercise(
    "06-hold-and-mend",
    "Disable the transition into Beta, let the broken build fail, retry it, and enable the transition again.",
    run_reader("Build", "Beta"),
    (
        Goal(
            "The transition into Beta was disabled.",
            lambda run: any(event.stage == "Beta" for event in events_of(run, TransitionDisabled)),
            "aws codepipeline disable-stage-transition … --stage-name Beta --transition-type Inbound --reason …",
        ),
        Goal(
            "Execution 1 failed in Build.",
            lambda run: any(e.execution == 1 and e.stage == "Build" for e in events_of(run, ExecutionFailed)),
            "Let a minute pass: box.tick(60).",
        ),
        Goal(
            "Build was retried.",
            lambda run: any(e.stage == "Build" for e in events_of(run, StageRetried)),
            "aws codepipeline retry-stage-execution … --stage-name Build --retry-mode FAILED_ACTIONS",
        ),
        Goal(
            "The transition is enabled again.",
            lambda run: is_enabled(run, "Beta"),
            "aws codepipeline enable-stage-transition … --stage-name Beta --transition-type Inbound",
        ),
        Goal(
            "Execution 1 succeeded, and it was the only one.",
            lambda run: (
                count_releases(run) == 1 and any(e.execution == 1 for e in events_of(run, ExecutionSucceeded))
            ),
            "Let another minute pass, and start nothing new: a retry keeps its execution.",
        ),
    ),
)

EXERCISES = (MEND,)
