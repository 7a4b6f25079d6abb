"""The exercises of notebook 10: a buildspec that packs nothing bad, and a fix that is really delivered."""

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from cp_teach import resources
from cp_teach.aws import workplace
from cp_teach.course.checks.answers import kind_of, run_reader
from cp_teach.course.checks.exercise import Exercise, Goal, WrongAnswer
from cp_teach.course.checks.run_queries import events_of
from cp_teach.course.predictions.question import visit
from cp_teach.engine import Run
from cp_teach.engine.model.events import ActionFailed
from cp_teach.translation import message

SECONDS = 60.0
"""How long one build of a learner's buildspec may take."""


class Built(NamedTuple):
    """What a buildspec has done with an application whose tests are good, or are not."""

    status: str
    packed: bool
    """Whether build.py was run: it says so."""
    page: bool
    """Whether the artifact that was handed on has the page in it."""
    message: str = ""


def _built(buildspec: str, *, good: bool) -> Built:
    with tempfile.TemporaryDirectory() as folder:
        app = Path(shutil.copytree(resources.sample_app(), Path(folder) / "app"))
        (app / "buildspec.yml").write_text(buildspec, encoding="utf-8")
        if not good:
            price = app / "shop" / "price.py"
            price.write_text(price.read_text("utf-8").replace("490", "590"), encoding="utf-8")
        with workplace("sample-app", app, yes=True) as place:
            place.run.release()
            place.settle(SECONDS)
            output = place.output("Build")
            (build, *_) = place.builds
            page = any(map(_has_page, place.folder.joinpath("artifacts").rglob("*")))
            return Built(build.status, any("Built version" in line for line in output), page, build.message)


def _has_page(artifact: Path) -> bool:
    if not artifact.is_file() or not zipfile.is_zipfile(artifact):
        return False
    with zipfile.ZipFile(artifact) as archive:
        return "public/index.html" in archive.namelist()


def _a_buildspec(name: str, answer: object) -> tuple[Built, Built]:
    """Builds the sample with it, really: once as it is, and once with a test that fails."""
    if not isinstance(answer, str) or not answer.strip():
        raise WrongAnswer(
            message(
                "This check looks at the text of a buildspec, and it was given {kind}.", kind=kind_of(answer)
            ),
            message(
                'Write the buildspec as a text, and hand it over: check("{name}", buildspec).', name=name
            ),
        )
    return _built(answer, good=True), _built(answer, good=False)


BUILDSPEC = Exercise(
    "10-pack-only-what-is-good",
    "Repair the buildspec so that nothing is packed when the tests fail.",
    _a_buildspec,
    (
        Goal(
            "With good tests the build succeeds.",
            lambda both: both[0].status == "SUCCEEDED",
            lambda both: message("It says: {value}", value=both[0].message or both[0].status),
        ),
        Goal(
            "Its artifact has the page in it.",
            lambda both: both[0].page,
            "build.py makes public/, and artifacts names it.",
        ),
        Goal(
            "With a failing test the build fails.",
            lambda both: both[1].status == "FAILED",
            "Leave the command that runs the tests as it is: its exit code fails the build.",
        ),
        Goal(
            "And then nothing is packed.",
            lambda both: not both[1].packed,
            "post_build runs after a failed build, too. Pack in build, after the tests; or let post_build look at "
            "CODEBUILD_BUILD_SUCCEEDING.",
        ),
    ),
)


def _newest(run: Run) -> int:
    return max(run.history.executions, default=0)


FIX = Exercise(
    "10-deliver-the-fix",
    "The pushed change has failed its tests. Repair it, push it, and bring it to all instances.",
    run_reader("Build", "Prod"),
    (
        Goal(
            "The first push failed in Build.",
            lambda run: any(
                (event.execution, event.stage) == (1, "Build") for event in events_of(run, ActionFailed)
            ),
            "Run the cell of the exercise: it pushes a change that fails.",
        ),
        Goal(
            "A second push was heard.",
            lambda run: _newest(run) >= 2,
            "Change a file in the clone, then git commit and git push; then wait with place.settle().",
        ),
        Goal(
            "Its tests are good.",
            lambda run: _newest(run) >= 2 and visit(run, _newest(run), "Build") == "Succeeded",
            'Read what the tests say: place.output("Build"). The price and its test must say the same.',
        ),
        Goal(
            "It is approved and deployed.",
            lambda run: _newest(run) >= 2 and visit(run, _newest(run), "Prod") == "Succeeded",
            "It waits for you in Prod: place.run.approve(), then place.settle().",
        ),
    ),
)

EXERCISES = (BUILDSPEC, FIX)
