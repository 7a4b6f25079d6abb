"""The exercise of notebook 01: small batches."""

from cp_teach.course.checks.answers import run_reader
from cp_teach.course.checks.exercise import Exercise, Goal
from cp_teach.course.checks.run_queries import count_releases
from cp_teach.course.predictions.question import visit
from cp_teach.engine import Run
from cp_teach.translation import message


def _advice_on_the_second(run: Run) -> str:
    if visit(run, 1, "Build") == "Failed":
        return message(
            "The first change failed instead. Plan the failure after the first change has gone through Build."
        )
    if not run.history.executions.get(2):
        return message("Release a second change.")
    return message('Plan the failure just before the second release: run.inject("Build", "UnitTest").')


def _advice_on_beta(run: Run) -> str:
    lost = [number for number in (1, 3) if visit(run, number, "Beta") != "Succeeded"]
    if any(
        run.history.executions.get(number) and run.history.executions[number].status == "Superseded"
        for number in lost
    ):
        return message(
            "A change was superseded on its way. Call run.settle() after each release, before the next."
        )
    return message(
        "Bring execution {map} through Beta: run.settle() after each release.",
        map=" and ".join(map(str, lost)),
    )


EXERCISES = (
    Exercise(
        "01-small-batches",
        "Release three changes, each as an execution of its own. Let the unit tests reject the second one.",
        run_reader("Build", "Beta"),
        (
            Goal(
                "Exactly three executions were started.",
                lambda run: count_releases(run) == 3,
                lambda run: (
                    "There are more than three. Run the cell again: it makes a fresh run."
                    if count_releases(run) > 3
                    else message(
                        "There are {count_releases} so far. Call run.release(…) once for each change.",
                        count_releases=count_releases(run),
                    )
                ),
            ),
            Goal(
                "The second, and no other, failed in Build.",
                lambda run: [n for n in run.history.executions if visit(run, n, "Build") == "Failed"] == [2],
                _advice_on_the_second,
            ),
            Goal(
                "The first and the third succeeded in Beta.",
                lambda run: all(visit(run, number, "Beta") == "Succeeded" for number in (1, 3)),
                _advice_on_beta,
            ),
            Goal(
                "Beta never saw the second change.",
                lambda run: 2 in run.history.executions and not visit(run, 2, "Beta"),
                "The second change must be rejected in Build, before Beta.",
            ),
        ),
    ),
)
