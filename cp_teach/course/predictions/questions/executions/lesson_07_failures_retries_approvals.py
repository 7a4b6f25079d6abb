"""The questions of notebook 07: parallel failures, retries, approvals that nobody answers, and stops."""

from cp_teach.course.predictions.question import Question, each_through, fresh, visit


def _the_others() -> str:
    run = fresh()
    run.release("Repair the price rounding")
    run.succeed("Source")
    run.succeed("Build", "Compile")
    run.fail("Build", "UnitTest")
    row = run.history.latest["Build", "Lint"]
    return {"InProgress": "It goes on to its end.", "Abandoned": "It is stopped."}[row.status]


def _what_runs_again() -> str:
    run = fresh()
    run.inject("Build", "UnitTest")
    run.release("Repair the price rounding")
    run.settle()
    run.retry("Build")
    running = {name for _, stage, name in run.history.running if stage == "Build"}
    return {
        frozenset({"UnitTest"}): "UnitTest alone.",
        frozenset({"UnitTest", "Lint"}): "UnitTest and Lint.",
        frozenset({"Compile"}): "The whole stage, from Compile on.",
    }[frozenset(running)]


def _seven_days() -> str:
    run = each_through("Repair the price rounding")
    run.advance(days=8)
    return {
        "InProgress": "It still waits: an approval has no end of its own.",
        "Failed": "It has failed, and Prod is free.",
        "Succeeded": "It has been approved automatically.",
    }[visit(run, 1, "Prod")]


def _after_the_stop() -> str:
    run = each_through("Repair the price rounding", "New logo")
    run.stop(1, abandon=True)
    if visit(run, 2, "Prod") == "InProgress":
        return "It enters Prod at once, and asks for an approval of its own."
    return "It keeps waiting until somebody releases it."


QUESTIONS = (
    Question(
        "07-the-others",
        "UnitTest and Lint run at the same time, and UnitTest fails. What becomes of Lint?",
        {
            "It fails, too.": "A failure is not passed on to the others of its group: each ends by its own work.",
            "It goes on to its end.": "Actions of one run order do not know of each other. The stage stays locked "
            "until the last of them has ended; only then does it fail.",
            "It is stopped.": "Only a stop with “abandon” makes the pipeline let go of a running action.",
        },
        _the_others,
    ),
    Question(
        "07-what-runs-again",
        "UnitTest has failed, Compile and Lint have succeeded. What runs when the failed actions are retried?",
        {
            "UnitTest alone.": "FAILED_ACTIONS keeps what has succeeded.",
            "UnitTest and Lint.": "They share a run order, but Lint has succeeded, and that is kept.",
            "The whole stage, from Compile on.": "That is the other way to retry: ALL_ACTIONS.",
        },
        _what_runs_again,
    ),
    Question(
        "07-seven-days",
        "Nobody has answered the approval for eight days. How does the execution stand?",
        {
            "It still waits: an approval has no end of its own.": "It has: seven days, or what the action says.",
            "It has failed, and Prod is free.": "After seven days the approval times out, which is a failure like any "
            "other: the stage is unlocked.",
            "It has been approved automatically.": "Nothing is ever approved by silence.",
        },
        _seven_days,
    ),
    Question(
        "07-after-the-stop",
        "One change waits for its approval in Prod, a newer one at the door. The first is stopped and abandoned. What "
        "does the newer one do?",
        {
            "It is stopped, too.": "A stop is for one execution.",
            "It enters Prod at once, and asks for an approval of its own.": "The stage is free, and the door is open.",
            "It keeps waiting until somebody releases it.": "Nobody has to: it waited for the lock alone.",
        },
        _after_the_stop,
    ),
)
