"""The questions of notebook 03: artifacts, locks, approvals, closed doors, and a retry that comes too late."""

from cp_teach.course.predictions.question import Question, each_through, fresh, visit
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


QUESTIONS = (
    Question(
        "03-input-of-the-test",
        "Compile makes MyAppBuild from MyApp. UnitTest runs after it, in the same stage. What is its input artifact?",
        {
            "MyApp, the source files.": "It could be written so. But then the tests would not see what was compiled.",
            "MyAppBuild, the built files.": (
                "An action may use what an action of a lower run order in its own stage has made."
            ),
            "None: an artifact is only passed on between stages.": (
                "Artifacts go from action to action. Only between two stages is there a transition on the way."
            ),
        },
        _input_of_the_test,
    ),
    Question(
        "03-two-on-their-way",
        "The first change is in Beta. Half a minute ago a second one was released. Where is it?",
        {
            "It waits before Source until the first one is through.": (
                "That would be so if the whole pipeline were locked. Only a stage is."
            ),
            "It is in Build, at the same time.": (
                "A stage is locked, not the pipeline. Different executions can be in different stages."
            ),
            "It is in Build, and the first one has been stopped.": (
                "A newer execution never stops an older one that is inside a stage."
            ),
        },
        _two_on_their_way,
    ),
    Question(
        "03-whose-approval",
        "A reviewer sees that “Sort by name” waits before Prod, and presses Approve. What does Prod get?",
        {
            "“Sort by name”, the newest.": (
                "It waits at the door. The approval inside the stage belongs to the execution that is inside."
            ),
            "“Repair the price rounding”, the oldest.": (
                "It has been inside Prod all the time. An execution inside a stage is never superseded."
            ),
            "All four, one after the other.": (
                "Two of them were superseded, and a superseded execution never comes back."
            ),
        },
        _whose_approval,
    ),
    Question(
        "03-closed-behind-it",
        "An execution is inside Beta. Now the transition into Beta is disabled. What happens to that execution?",
        {
            "It is stopped.": "Stopping is another request (stop execution). A transition stops nothing.",
            "It stands still inside Beta.": "A transition is only looked at on the way in.",
            "It goes on, and Beta gets it.": "It is past the door. Only those that come later are held back.",
        },
        _closed_behind_it,
    ),
    Question(
        "03-late-retry",
        "Execution 1 failed in Build. Execution 2 is in Build now. A retry of execution 1 is asked for. What happens?",
        {
            "Execution 1 runs again, and execution 2 waits.": (
                "Execution 2 holds the stage. Nobody is pushed out of a stage."
            ),
            "It is refused.": "Only the execution that entered a stage last can be retried there.",
            "It is queued, and runs after execution 2.": (
                "A retry happens now or not at all. The newer execution brings the older change, too."
            ),
        },
        _late_retry,
    ),
)
