"""The exercises of notebook 09: a bot that approves, and a worker that works."""

from cp_teach.course.checks.answers import run_reader
from cp_teach.course.checks.exercise import Exercise, Goal
from cp_teach.course.checks.run_queries import events_of
from cp_teach.engine import PutApprovalResult, Run
from cp_teach.engine.model.events import ActionSucceeded


def _answers(run: Run) -> list[PutApprovalResult]:
    return [entry.command for entry in run.journal if isinstance(entry.command, PutApprovalResult)]


BOT = Exercise(
    "09-approval-bot",
    "Write a bot that approves what waits, with a summary that says so.",
    run_reader("Gate"),
    (
        Goal(
            "The approval was answered.",
            lambda run: bool(_answers(run)),
            "Look for actions with a token in get_pipeline_state, and call put_approval_result with it.",
        ),
        Goal(
            "The answer was Approved.",
            lambda run: any(answer.status == "Approved" for answer in _answers(run)),
            'The status is "Approved", with a capital letter.',
        ),
        Goal(
            "The summary says that a bot did it.",
            lambda run: any("bot" in answer.summary.lower() for answer in _answers(run)),
            'Write it into the summary: "Approved by the bot".',
        ),
    ),
)

WORKER = Exercise(
    "09-job-worker",
    "Take the job of the custom action, acknowledge it, and report success with a summary.",
    run_reader("Build"),
    (
        Goal(
            "The custom action succeeded.",
            lambda run: any(event.stage == "Build" for event in events_of(run, ActionSucceeded)),
            "poll_for_jobs, then acknowledge_job with its nonce, then put_job_success_result.",
        ),
        Goal(
            "It says what it did.",
            lambda run: any(
                event.stage == "Build" and event.summary for event in events_of(run, ActionSucceeded)
            ),
            'Give executionDetails={"summary": "…", "externalExecutionId": "…"}.',
        ),
    ),
)

EXERCISES = (BOT, WORKER)
