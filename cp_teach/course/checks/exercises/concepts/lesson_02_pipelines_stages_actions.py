"""The exercises of notebook 02: write a pipeline, and ask the graph of one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cp_teach.course.checks.answers import kind_of, read_pipeline
from cp_teach.course.checks.exercise import Exercise, Goal, WrongAnswer
from cp_teach.pipeline import Action, Pipeline, downstream, load_pipeline
from cp_teach.translation import message

STAGES = ("Source", "Build", "Beta", "Prod")


def _errors(pipeline: Pipeline) -> list[Any]:
    return [breach for breach in pipeline.check() if breach.level == "error"]


def _first_error(pipeline: Pipeline) -> str:
    first = _errors(pipeline)[0]
    return message(
        "In {location}: {message} {advice}",
        location=first.location,
        message=first.message,
        advice=first.advice,
    )


def _names(pipeline: Pipeline) -> tuple[str, ...]:
    return tuple(stage.name for stage in pipeline.stages)


def _of(pipeline: Pipeline, stage: str, category: str) -> list[Action]:
    """The actions of that category in that stage; none if there is no such stage."""
    index = pipeline.stage_indices.get(stage)
    return [] if index is None else [a for a in pipeline.stages[index].actions if a.category == category]


def _two_tests(pipeline: Pipeline) -> bool:
    builds, tests = _of(pipeline, "Build", "Build"), _of(pipeline, "Build", "Test")
    return any(
        a is not b and a.order == b.order and any(build.order < a.order for build in builds)
        for a in tests
        for b in tests
    )


def _gated(pipeline: Pipeline) -> bool:
    approvals, deploys = _of(pipeline, "Prod", "Approval"), _of(pipeline, "Prod", "Deploy")
    return bool(deploys and approvals) and all(
        any(approval.order < deploy.order for approval in approvals) for deploy in deploys
    )


def _deploys_what_was_built(pipeline: Pipeline) -> bool:
    built = {name for build in _of(pipeline, "Build", "Build") for name in build.output_names}
    deploys = [a for stage in ("Beta", "Prod") for a in _of(pipeline, stage, "Deploy")]
    return all(_of(pipeline, stage, "Deploy") for stage in ("Beta", "Prod")) and all(
        set(deploy.input_names) <= built for deploy in deploys
    )


OWN = Exercise(
    "02-own-pipeline",
    "Write a pipeline with a build, two tests in parallel after it, a Beta, and a Prod behind an approval.",
    read_pipeline,
    (
        Goal("AWS would accept it.", lambda pipeline: not _errors(pipeline), _first_error),
        Goal(
            message("Its stages are {stages}, in this order.", stages=", ".join(STAGES)),
            lambda pipeline: _names(pipeline) == STAGES,
            lambda pipeline: message(
                "Its stages are {value} so far.", value=", ".join(_names(pipeline)) or message("none")
            ),
        ),
        Goal(
            "In Build, two tests run in parallel, after a build.",
            _two_tests,
            'Write the tests behind "then", joined by "and": "Compile:CodeBuild then UnitTest:… and Lint:…". '
            'A test with CodeBuild is "Test/CodeBuild".',
        ),
        Goal(
            "In Prod, an approval comes before the deployment.",
            _gated,
            'Write Prod="Manual then CodeDeploy": the approval has the lower run order.',
        ),
        Goal(
            "Beta and Prod deploy what Build made.",
            _deploys_what_was_built,
            "Both stages need a Deploy action whose input artifact is an output artifact of the build.",
        ),
    ),
)


def users_of(pipeline: Pipeline, artifact: str) -> set[str]:
    """Every action that lies downstream of an artifact, as "Stage/Action"; the graph says it."""
    below = downstream(pipeline.graph(), ("artifact", artifact))
    return {f"{node[1]}/{node[2]}" for node in below if node[0] == "action"}


def _some_names(name: str, answer: object) -> set[str]:
    if isinstance(answer, str):
        answer = [answer]
    if not isinstance(answer, Collection) or not all(isinstance(item, str) for item in answer):
        raise WrongAnswer(
            message("This check looks at a set of names, and it was given {kind}.", kind=kind_of(answer)),
            message(
                'Write the actions as "Stage/Action" in a set, such as {"Build/Compile", "Beta/Deploy"}.'
            ),
        )
    return set(answer)


def _truth() -> set[str]:
    return users_of(load_pipeline("demo"), "MyAppBuild")


def _strange(answer: set[str]) -> set[str]:
    demo = load_pipeline("demo")
    return answer - {f"{stage.name}/{action.name}" for stage in demo.stages for action in stage.actions}


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


USERS = Exercise(
    "02-who-used-it",
    "MyAppBuild turns out to be broken. Which actions of the demo pipeline worked with it?",
    _some_names,
    (
        Goal(
            "Every name is an action of the demo pipeline.",
            lambda answer: bool(answer) and not _strange(answer),
            lambda answer: (
                message(
                    "There is no action {listed}. Write stage and action: Build/Compile.",
                    listed=_listed(_strange(answer)),
                )
                if answer
                else message("The set is empty. Write the actions as texts: Build/Compile is one of them.")
            ),
        ),
        Goal(
            "No action in it that never sees MyAppBuild.",
            lambda answer: answer - _strange(answer) <= _truth(),
            lambda answer: message(
                "{listed} is not downstream of it: look at the arrows that lead away from the artifact.",
                listed=_listed(answer - _strange(answer) - _truth()),
            ),
        ),
        Goal(
            "None is missing.",
            lambda answer: _truth() <= answer,
            lambda answer: message(
                "{count} more: ask downstream(g, ('artifact', 'MyAppBuild')).", count=len(_truth() - answer)
            ),
        ),
    ),
)

EXERCISES = (OWN, USERS)
