"""The truths of the questions of notebook 07, each from a scenario that is played."""

from cp_teach.course.predictions.question import each_through, fresh, visit


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


TRUTHS = {
    "07-the-others": _the_others,
    "07-what-runs-again": _what_runs_again,
    "07-seven-days": _seven_days,
    "07-after-the-stop": _after_the_stop,
}
