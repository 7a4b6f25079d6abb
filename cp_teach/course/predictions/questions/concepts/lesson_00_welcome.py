"""The questions of notebook 00: a closed door, two releases, a broken build."""

from cp_teach.course.predictions.question import Question, each_through, fresh, visit


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


QUESTIONS = (
    Question(
        "00-closed-door",
        "The transition into Beta is disabled. A change is released. What happens to it?",
        {
            "The release is refused.": (
                "A disabled transition closes one door. Everything before it goes on as always."
            ),
            "It is fetched and built. Then it waits before Beta.": (
                "Source and Build are before the closed door, Beta is behind it."
            ),
            "It fails.": "Nothing went wrong: waiting is no failure, and the execution stays in progress.",
            "It goes to Beta all the same.": "The first stage behind the closed door is never started.",
        },
        _closed_door,
    ),
    Question(
        "00-two-at-the-door",
        "Two changes have come to the closed transition. It is opened. Which of them goes to Beta?",
        {
            "The first one alone.": "Then Beta would get the older version, although a newer one is there.",
            "The second one alone.": (
                "Only one execution can wait at a door. The newer one took the place of the older one."
            ),
            "The first one, and then the second one.": (
                "So it is in QUEUED mode. This pipeline is in SUPERSEDED mode, which is the usual one."
            ),
            "None: they have to be released again.": "What waits goes in as soon as the transition is opened.",
        },
        _two_at_the_door,
    ),
    Question(
        "00-broken-build",
        "The first change is in Beta. The second one failed in Build. What runs on the servers of Beta now?",
        {
            "Nothing.": "A failed build takes nothing away from servers that already run.",
            "The first change.": "It was the last one that succeeded in Beta, and nothing came after it.",
            "The second change.": "A failed stage lets nothing through. The second change never came to Beta.",
        },
        _broken_build,
    ),
)
