"""Teams to begin with: a healthy one, and one for each of the usual troubles.

>>> from cp_teach.flow.inputs.presets import preset
>>> print(preset("slow build"))
slow build: The healthy team with a build of 12 minutes.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cp_teach.flow.inputs.calibration import Calibration, Figure, calibration
from cp_teach.flow.inputs.commit_arrivals import commits, train
from cp_teach.flow.inputs.distribution import Distribution, lognormal
from cp_teach.flow.inputs.weekly_hours import OFFICE
from cp_teach.pipeline import Pipeline


@dataclass(frozen=True)
class Preset:
    """A team that can be studied: ``study(**preset(name).settings)``.

    ``settings`` has ``pipeline``, ``arrivals``, ``durations`` and ``failures`` (by category or action), and ``policy``,
    the keywords of a ``Policy``. Times are minutes. ``figures`` are the calibrated numbers it was made from, by key.
    """

    name: str
    description: str
    settings: dict[str, Any]
    figures: dict[str, Figure]

    @property
    def assumptions(self) -> list[str]:
        """The keys of the numbers that are ours rather than measured by anybody."""
        return [key for key, figure in self.figures.items() if figure.sure == "assumption"]

    def __str__(self) -> str:
        return f"{self.name}: {self.description}"

    def _repr_html_(self) -> str:
        used = Calibration(self.figures)
        return f"<p><b>{html.escape(self.name)}</b>: {html.escape(self.description)}</p>{used._repr_html_()}"


class _Asked:
    """Gives numbers of the calibration and remembers which."""

    def __init__(self, figures: Calibration) -> None:
        self._figures = figures
        self.used: dict[str, Figure] = {}

    def __call__(self, key: str) -> float:
        self.used[key] = self._figures[key]
        return self.used[key].value

    def spread(self, median: str, sigma: str) -> Distribution:
        """Log-normal with that median and sigma."""
        return lognormal(self(median), self(sigma))


def names() -> list[str]:
    """The presets that there are."""
    return list(_PRESETS)


def demo() -> Pipeline:
    """The pipeline that a preset runs when you give none: Source, Build, Test, then an approval and a deployment."""
    return Pipeline.of(
        "shop", Source="CodeCommit", Build="CodeBuild", Test="Test/CodeBuild", Prod="Manual then CodeDeploy"
    )


def preset(name: str, pipeline: Pipeline | None = None, figures: Calibration | None = None) -> Preset:
    """The team of that name (``names()`` lists them) on ``pipeline``; ``figures`` replaces data/calibration.toml.

    Raises ``ValueError`` for a name that is none.
    """
    if name not in _PRESETS:
        raise ValueError(f"there is no preset {name!r}; there are {', '.join(names())}")
    asked = _Asked(figures if figures is not None else calibration())
    settings = _healthy(asked, demo() if pipeline is None else pipeline)
    description, change = _PRESETS[name]
    change(asked, settings)
    said = description.format(**{key.replace(".", "_"): one.value for key, one in asked.used.items()})
    return Preset(name, said, settings, asked.used)


def _healthy(asked: _Asked, pipeline: Pipeline) -> dict[str, Any]:
    test, build = _split(asked, asked("failure.good"))
    return {
        "pipeline": pipeline,
        "arrivals": commits(asked("commits.team"), OFFICE),
        "durations": {
            "Source": asked.spread("source.median", "build.sigma"),
            "Build": asked.spread("build.median", "build.sigma"),
            "Test": asked.spread("test.median", "build.sigma"),
            "Deploy": asked.spread("deploy.median", "build.sigma"),
        },
        "failures": {"Build": build, "Test": test},
        "policy": {
            "hours": OFFICE,
            "approval": asked.spread("approval.prompt", "approval.sigma"),
            "retries": int(asked("retries.few")),
            "reaction": asked.spread("reaction.median", "approval.sigma"),
            "change_failure": asked("change_failure.elite"),
            "detection": asked.spread("detection.median", "detection.sigma"),
            "repair": asked.spread("recovery.pipeline", "recovery.sigma"),
            "recovery": "next",
        },
    }


def _split(asked: _Asked, failing: float) -> tuple[float, float]:
    """(test, build): that share of runs fails, in the test as often as failed jobs say, else in the build before.

    The test is only reached by what the build let through.
    """
    test = failing * asked("failure_split.test")
    build = failing - test
    return test / (1 - build), build


def _as_it_is(asked: _Asked, settings: dict[str, Any]) -> None:
    """The healthy team."""


def _slow_build(asked: _Asked, settings: dict[str, Any]) -> None:
    del asked.used["build.median"]
    settings["durations"]["Build"] = asked.spread("build.slow", "build.sigma")


def _friday_train(asked: _Asked, settings: dict[str, Any]) -> None:
    settings["arrivals"] = train("Fri 16:00", asked("commits.team"), OFFICE)
    # The failure rate that was measured is one of runs. A run of the train carries the changes of a week, and each of
    # them was tried before: let a run of the train fail as often as any, rather than each of its changes.
    changes = asked("commits.team") * OFFICE.days
    settings["failures"] = {
        name: 1 - (1 - rate) ** (1 / changes) for name, rate in settings["failures"].items()
    }


def _flaky_suite(asked: _Asked, settings: dict[str, Any]) -> None:
    tests = [
        action.name
        for stage in settings["pipeline"].stages
        for action in stage.actions
        if action.category == "Test"
    ]
    if not tests:
        raise ValueError(
            f"{settings['pipeline'].name} has no test action that could be flaky: give a pipeline with one"
        )
    del asked.used["retries.few"]
    settings["policy"]["flaky"] = dict.fromkeys(tests, asked("flaky.suite"))
    settings["policy"]["retries"] = int(asked("retries.many"))


def _late_approval(asked: _Asked, settings: dict[str, Any]) -> None:
    del asked.used["approval.prompt"]
    settings["policy"]["approval"] = asked.spread("approval.late", "approval.sigma")


_PRESETS: dict[str, tuple[str, Callable[[_Asked, dict[str, Any]], None]]] = {
    "healthy": (
        "{commits_team:g} changes a day, quick builds, and an approval within {approval_prompt:g} working minutes.",
        _as_it_is,
    ),
    "slow build": ("The healthy team with a build of {build_slow:g} minutes.", _slow_build),
    "friday train": (
        "The healthy team, but all changes of a week are released together on Friday at 16:00.",
        _friday_train,
    ),
    "flaky suite": (
        "The healthy team, but {flaky_suite:.0%} of test runs fail for no reason; up to {retries_many:g} more follow.",
        _flaky_suite,
    ),
    "late approval": (
        "The healthy team, but who approves takes {approval_late:g} working minutes to answer.",
        _late_approval,
    ),
}
