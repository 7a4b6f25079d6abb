"""Presets: a healthy team, and one team for each common problem.

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
    """A team to study: ``study(**preset(name).settings)``.

    ``settings`` has ``pipeline``, ``arrivals``, ``durations`` and ``failures`` (by category or action), and ``policy``,
    the keywords of a ``Policy``. Times are minutes. ``figures`` are the calibrated numbers behind them, by key.
    """

    name: str
    description: str
    settings: dict[str, Any]
    figures: dict[str, Figure]

    @property
    def assumptions(self) -> list[str]:
        """The keys of the figures that are assumptions, not measurements."""
        return [key for key, figure in self.figures.items() if figure.sure == "assumption"]

    def __str__(self) -> str:
        return f"{self.name}: {self.description}"

    def _repr_html_(self) -> str:
        table = Calibration(self.figures)._repr_html_()
        return f"<p><b>{html.escape(self.name)}</b>: {html.escape(self.description)}</p>{table}"


class _Figures:
    """Looks figures up and records which were used."""

    def __init__(self, figures: Calibration) -> None:
        self._figures = figures
        self.used: dict[str, Figure] = {}

    def __call__(self, key: str) -> float:
        self.used[key] = self._figures[key]
        return self.used[key].value

    def lognormal(self, median: str, sigma: str) -> Distribution:
        return lognormal(self(median), self(sigma))


def preset_names() -> list[str]:
    """Return the names of the presets."""
    return list(_PRESETS)


def demo_pipeline() -> Pipeline:
    """Return the default pipeline of a preset: Source, Build, Test, then an approval and a deployment."""
    return Pipeline.of(
        "shop", Source="CodeCommit", Build="CodeBuild", Test="Test/CodeBuild", Prod="Manual then CodeDeploy"
    )


def preset(name: str, pipeline: Pipeline | None = None, figures: Calibration | None = None) -> Preset:
    """Return the team of that name (``preset_names()`` lists them) on ``pipeline``; ``figures`` replaces
    data/calibration.toml.

    Raises ``ValueError`` for an unknown name.
    """
    if name not in _PRESETS:
        raise ValueError(f"unknown preset {name!r}: choose from {', '.join(preset_names())}")
    figure = _Figures(figures if figures is not None else calibration())
    description, keys, change = _PRESETS[name]
    settings = _healthy(figure, demo_pipeline() if pipeline is None else pipeline, **keys)
    if change is not None:
        change(figure, settings)
    values = {key.replace(".", "_"): used.value for key, used in figure.used.items()}
    return Preset(name, description.format(**values), settings, figure.used)


def _healthy(
    figure: _Figures,
    pipeline: Pipeline,
    build: str = "build.median",
    approval: str = "approval.prompt",
    retries: str = "retries.few",
) -> dict[str, Any]:
    """Return the settings of the healthy team, with the figures of those keys."""
    # The test is reached only after the build, so the build's rate is taken first and the test's rate is conditional.
    failing = figure("failure.good")
    test = failing * figure("failure_split.test")
    build_failing = failing - test
    medians = {"Source": "source.median", "Build": build, "Test": "test.median", "Deploy": "deploy.median"}
    return {
        "pipeline": pipeline,
        "arrivals": commits(figure("commits.team"), OFFICE),
        "durations": {name: figure.lognormal(key, "build.sigma") for name, key in medians.items()},
        "failures": {"Build": build_failing, "Test": test / (1 - build_failing)},
        "policy": {
            "hours": OFFICE,
            "approval": figure.lognormal(approval, "approval.sigma"),
            "retries": int(figure(retries)),
            "reaction": figure.lognormal("reaction.median", "approval.sigma"),
            "change_failure": figure("change_failure.elite"),
            "detection": figure.lognormal("detection.median", "detection.sigma"),
            "repair": figure.lognormal("recovery.pipeline", "recovery.sigma"),
            "recovery": "next",
        },
    }


def _friday_train(figure: _Figures, settings: dict[str, Any]) -> None:
    settings["arrivals"] = train("Fri 16:00", figure("commits.team"), OFFICE)
    # The measured failure rate is that of a run. A run of the train carries the changes of a week, each tested before:
    # a run of the train fails as often as any other, so each of its changes fails less often.
    changes = figure("commits.team") * OFFICE.days
    settings["failures"] = {
        name: 1 - (1 - rate) ** (1 / changes) for name, rate in settings["failures"].items()
    }


def _flaky_suite(figure: _Figures, settings: dict[str, Any]) -> None:
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
    settings["policy"]["flaky"] = dict.fromkeys(tests, figure("flaky.suite"))


_PRESETS: dict[str, tuple[str, dict[str, str], Callable[[_Figures, dict[str, Any]], None] | None]] = {
    "healthy": (
        "{commits_team:g} changes a day, quick builds, and an approval within {approval_prompt:g} working minutes.",
        {},
        None,
    ),
    "slow build": ("The healthy team with a build of {build_slow:g} minutes.", {"build": "build.slow"}, None),
    "friday train": (
        "The healthy team, but all changes of a week are released together on Friday at 16:00.",
        {},
        _friday_train,
    ),
    "flaky suite": (
        "The healthy team, but {flaky_suite:.0%} of test runs fail by chance; up to {retries_many:g} retries follow.",
        {"retries": "retries.many"},
        _flaky_suite,
    ),
    "late approval": (
        "The healthy team, but an approval takes {approval_late:g} working minutes.",
        {"approval": "approval.late"},
        None,
    ),
}
"""Name -> (description, keys of figures that replace those of ``_healthy``, a further change of the settings)."""
