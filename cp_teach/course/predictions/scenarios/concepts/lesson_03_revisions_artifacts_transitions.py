"""The truths of the questions of notebook 03, each from a scenario that is played."""

from cp_teach.course.predictions.question import each_through, fresh, visit
from cp_teach.engine import Refused


def _input_of_the_test() -> str:
    run = each_through("Repair the price rounding")
    row = run.history.latest["Build", "UnitTest"]
    names = [artifact.name for artifact in row.inputs]
    return {"MyApp": "MyApp, the source files.", "MyAppBuild": "MyAppBuild, the built files."}[names[0]]


def _two_on_their_way() -> str:
    run = fresh()
    run.release("Repair the price rounding")
    run.advance(minutes=6)
    run.release("New logo")
    run.advance(minutes=0.5)
    if visit(run, 1, "Beta") != "InProgress":
        return "It is in Build, and the first one has been stopped."
    if visit(run, 2, "Build") == "InProgress":
        return "It is in Build, at the same time."
    return "It waits before Source until the first one is through."


def _whose_approval() -> str:
    run = each_through("Repair the price rounding", "New logo", "Larger pictures", "Sort by name")
    run.approve()
    run.advance(minutes=3)
    there = run.running_in("Prod")
    return {
        1: "“Repair the price rounding”, the oldest.",
        4: "“Sort by name”, the newest.",
        0: "Nothing yet.",
    }[there.execution if there else 0]


def _closed_behind_it() -> str:
    run = fresh()
    run.release("New logo")
    run.advance(minutes=6)
    run.disable("Beta", reason="Too late")
    run.settle()
    return {
        "Succeeded": "It goes on, and Beta gets it.",
        "InProgress": "It stands still inside Beta.",
        "Stopped": "It is stopped.",
    }[visit(run, 1, "Beta")]


def _late_retry() -> str:
    run = fresh()
    run.inject("Build", "Compile")
    run.release("New logo")
    run.settle()
    run.release("Larger pictures")
    run.advance(minutes=1)
    try:
        run.retry("Build", execution=1)
    except Refused:
        return "It is refused."
    again = visit(run, 1, "Build") == "InProgress"
    return (
        "Execution 1 runs again, and execution 2 waits."
        if again
        else "It is queued, and runs after execution 2."
    )


TRUTHS = {
    "03-input-of-the-test": _input_of_the_test,
    "03-two-on-their-way": _two_on_their_way,
    "03-whose-approval": _whose_approval,
    "03-closed-behind-it": _closed_behind_it,
    "03-late-retry": _late_retry,
}
