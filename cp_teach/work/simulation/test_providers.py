"""Test providers (BlazeMeter, Device Farm and others), simulated: nobody is called, and every report says so.

>>> measured = measure("BlazeMeter", 0, ["4f2a9c1"])
>>> measured == measure("BlazeMeter", 0, ["4f2a9c1"])  # the same code, the same numbers
True
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cp_teach.engine.model.ids import uuid
from cp_teach.work.artifacts.zip_artifacts import pack
from cp_teach.work.runtime.task import Done, Perform, Task
from cp_teach.work.simulation.deterministic_random import draw
from cp_teach.work.simulation.test_report_formats import Report, Reported, write


class Measure(NamedTuple):
    """One number of a report. Where the configuration has ``key``, a number above that fails the test."""

    name: str
    unit: str
    least: float
    most: float
    key: str
    digits: int = 0

    def told(self, value: float) -> str:
        """The number with its unit: ``p95 latency 1,240 ms``."""
        return f"{self.name} {value:,.{self.digits}f} {self.unit}"


LOAD = (
    Measure("virtual users", "users", 50, 500, "MaxUsers"),
    Measure("p95 latency", "ms", 180, 780, "MaxP95Milliseconds"),
    Measure("errors", "%", 0, 0.9, "MaxErrorPercent", 2),
)
DEVICES = (
    Measure("passed on", "devices", 4, 12, "MaxDevices"),
    Measure("longest run", "s", 40, 280, "MaxSeconds"),
    Measure("memory", "MB", 80, 340, "MaxMegabytes"),
)
CALLS = (
    Measure("passed", "requests", 12, 60, "MaxRequests"),
    Measure("slowest answer", "ms", 90, 640, "MaxMilliseconds"),
)
PAGES = (
    Measure("passed", "steps", 20, 90, "MaxSteps"),
    Measure("screenshots differ", "%", 0, 1.5, "MaxDifferencePercent", 2),
    Measure("duration", "s", 20, 150, "MaxSeconds"),
)
PROVIDERS: dict[str, tuple[Measure, ...]] = {
    "BlazeMeter": LOAD,
    "Apica": LOAD,
    "Nouvola": LOAD,
    "StormRunner": LOAD,
    "StormRunnerLoad": LOAD,
    "DeviceFarm": DEVICES,
    "Runscope": CALLS,
    "GhostInspector": PAGES,
}
"""What each provider measures here: load, an app on devices, calls of an API, or pages in a browser."""
JUNIT = ("BlazeMeter", "GhostInspector")
"""Providers whose results can be had as JUnit XML, too: here they lie beside the JSON."""


class SimulatedTest:
    """A test provider. It passes unless a number is above a limit in the configuration, or it was told to fail.

    Its numbers are derived from the revisions of the execution, and from nothing else: a retry measures the same code
    again and finds the same, an undo and a fork see the same luck. ``fails`` says with which words it fails, by
    provider, action or "Stage/Action". Limits are ours, not the provider's: ``MaxP95Milliseconds`` for load tests
    and so on; see ``PROVIDERS``. Every output artifact that is declared gets the report.
    """

    def __init__(self, provider: str, *, fails: Mapping[str, str] | None = None, seed: int = 0) -> None:
        if provider not in PROVIDERS:
            raise ValueError(f"There is no test provider {provider!r}. Use one of: {', '.join(PROVIDERS)}.")
        self.provider, self.fails, self.seed = provider, dict(fails or {}), seed

    def report(
        self,
        stage: str,
        action: str,
        configuration: Mapping[str, str],
        revisions: Mapping[str, str],
        identifier: str,
    ) -> Report:
        """What the test finds of this code. Its numbers are measured against the limits of the configuration.
        Raises ``ValueError``, with a sentence to act on, for a limit that is no number."""
        measures, numbers = (
            PROVIDERS[self.provider],
            measure(self.provider, self.seed, revisions.values() or configuration.values()),
        )
        found = []
        for each in measures:
            limit = None
            if each.key in configuration:
                limit = _limit(configuration[each.key])
                if limit is None:
                    raise ValueError(
                        f"{each.key} of {action} must be a number, not {configuration[each.key]!r}."
                    )
            value = numbers[each.name]
            why = ""
            if limit is not None and value > limit:
                why = f"{each.told(value)} is above {limit:,g} {each.unit} ({each.key})"
            found.append(Reported(each.name, each.unit, value, limit, each.told(value), why))
        names = (f"{stage}/{action}", action, self.provider)
        wanted = next((self.fails[name] for name in names if name in self.fails), "")
        return Report(self.provider, identifier, f"{stage} / {action}", dict(revisions), tuple(found), wanted)

    def __call__(self, task: Task) -> Done:
        """Do one run of the action."""
        identifier = uuid("test", self.provider, task.id)
        try:
            report = self.report(task.stage, task.action, task.configuration, task.revisions, identifier)
        except ValueError as wrong:
            return Done("ConfigurationError", str(wrong))
        files = write(report, task.folder, junit=self.provider in JUNIT)
        task.log(f"Simulated: {self.provider} was not called; the numbers are derived from the revision.")
        task.log(f"{self.provider}: {'failed' if report.why else 'passed'}: {report.summary}")
        if report.why:
            return Done("JobFailed", report.message, external_id=identifier)
        outputs = {name: task.folder / f"{name}.zip" for name in task.outputs}
        for path in outputs.values():
            pack(task.folder, files, path)
        return Done(message=report.message, outputs=outputs, external_id=identifier)


def simulated_tests(fails: Mapping[str, str] | None = None, seed: int = 0) -> dict[str, Perform]:
    """All test providers by their names."""
    return {provider: SimulatedTest(provider, fails=fails, seed=seed) for provider in PROVIDERS}


def measure(provider: str, seed: int, code: Iterable[str]) -> dict[str, float]:
    """The numbers that a provider finds for this code, by the names of its measures. ``code`` are revisions; whatever
    brings the same ones brings the same numbers."""
    given = sorted(code)
    return {
        each.name: round(
            each.least + (each.most - each.least) * draw(seed, "test", provider, each.name, given),
            each.digits,
        )
        for each in PROVIDERS[provider]
    }


def _limit(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
