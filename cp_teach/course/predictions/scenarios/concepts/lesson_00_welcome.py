"""The truths of the questions of notebook 00, each from a scenario that is played."""

from cp_teach.course.predictions.question import each_through, fresh, visit


def _closed_door() -> str:
    run = fresh()
    run.disable("Beta", reason="Public holiday")
    if not run.release("Show the price with tax"):
        return "The release is refused."
    run.settle()
    if visit(run, 1, "Beta") == "Waiting":
        return "It is fetched and built. Then it waits before Beta."
    return "It fails." if run.history.executions[1].status == "Failed" else "It goes to Beta all the same."


def _two_at_the_door() -> str:
    run = fresh()
    run.disable("Beta", reason="Public holiday")
    for message in ("Show the price with tax", "Show the price in euro"):
        run.release(message)
        run.settle()
    run.enable("Beta")
    run.settle()
    return {
        (True, False): "The first one alone.",
        (False, True): "The second one alone.",
        (True, True): "The first one, and then the second one.",
        (False, False): "None: they have to be released again.",
    }[visit(run, 1, "Beta") == "Succeeded", visit(run, 2, "Beta") == "Succeeded"]


def _broken_build() -> str:
    run = each_through("Add a search box")
    run.inject("Build", "UnitTest")
    run.release("Rewrite the search")
    run.settle()
    there = run.running_in("Beta")
    return {0: "Nothing.", 1: "The first change.", 2: "The second change."}[there.execution if there else 0]


TRUTHS = {
    "00-closed-door": _closed_door,
    "00-two-at-the-door": _two_at_the_door,
    "00-broken-build": _broken_build,
}
