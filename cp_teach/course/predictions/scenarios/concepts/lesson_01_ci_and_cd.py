"""The truths of the questions of notebook 01, each from a scenario that is played."""

from cp_teach.course.predictions.question import each_through, fresh, visit
from cp_teach.engine import Run


def _in_beta(run: Run) -> int:
    """How many executions have succeeded in Beta."""
    return sum(visit(run, number, "Beta") == "Succeeded" for number in run.history.executions)


def _batches() -> str:
    small = each_through("Sort by name", "Larger pictures")
    small.inject("Build", "UnitTest")
    for message in ("Round the prices", "Repair the rounding", "New logo"):
        small.release(message)
        small.settle()
    large = fresh()
    large.inject("Build", "UnitTest")
    large.release("Everything")
    large.settle()
    return {
        (4, 0): "Small: four of five releases. Large: none.",
        (2, 0): "Small: the two before the mistake. Large: none.",
        (5, 1): "Both: everything.",
    }[_in_beta(small), _in_beta(large)]


def _acts_of_a_person() -> str:
    run = each_through("New logo")
    if run.history.executions[1].status == "Succeeded":
        return "One: the merge."
    run.approve()
    run.settle()
    through = run.history.executions[1].status == "Succeeded"
    return "Two: the merge and the approval." if through else "One for each action."


def _rush() -> str:
    run = fresh()
    for number in range(1, 13):
        run.release(f"Change {number}")
        run.advance(minutes=1)
    run.settle()
    if _in_beta(run) == 12:
        return "All twelve."
    newest = visit(run, 12, "Beta") == "Succeeded"
    return "Fewer than twelve, and the newest is among them." if newest else "Only the first."


TRUTHS = {
    "01-batches": _batches,
    "01-acts-of-a-person": _acts_of_a_person,
    "01-rush": _rush,
}
