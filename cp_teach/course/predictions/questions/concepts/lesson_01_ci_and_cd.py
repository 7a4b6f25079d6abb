"""The questions of notebook 01: batches, acts of a person, merging faster than the pipeline runs."""

from cp_teach.course.predictions.question import Question, each_through, fresh, visit
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


QUESTIONS = (
    Question(
        "01-batches",
        "What had reached Beta in the end, with the five small releases and with the large one?",
        {
            "Small: four of five releases. Large: none.": (
                "One mistake stopped one small release, and all of the large one."
            ),
            "Small: the two before the mistake. Large: none.": (
                "A failed execution unlocks its stage. The next change, with the repair, goes through."
            ),
            "Both: everything.": "A test that fails stops its stage. What it stopped does not reach Beta.",
        },
        _batches,
    ),
    Question(
        "01-acts-of-a-person",
        "From the commit to the customers: how many acts of a person does one change need in this pipeline?",
        {
            "One: the merge.": "That is called continuous deployment. Here, Prod asks a person first.",
            "Two: the merge and the approval.": "Everything between the two is done by the pipeline.",
            "One for each action.": "So it is by hand. The pipeline starts and watches the actions itself.",
        },
        _acts_of_a_person,
    ),
    Question(
        "01-rush",
        "Twelve changes, one every minute, and a build takes five minutes. How many executions reach Beta?",
        {
            "All twelve.": "Build takes one at a time. They come faster than it can take them.",
            "Fewer than twelve, and the newest is among them.": (
                "While Build was busy, the newest took the place of the one that waited."
            ),
            "Only the first.": "As soon as Build is free, the one that waits goes in.",
        },
        _rush,
    ),
)
