"""Simulated test providers (BlazeMeter, Device Farm, and others). No provider is called, and every report says so.

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
from cp_teach.work.simulation.deterministic_random import draw
from cp_teach.work.simulation.test_report_formats import Measurement, Report, write_report
from cp_teach.work.task import Done, Task


class Quantity(NamedTuple):
    """A quantity in a report. If the configuration has ``key``, a larger value fails the test."""

    name: str
    unit: str
    least: float
    most: float
    key: str
    digits: int = 0

    def text(self, value: float) -> str:
        """The value with its unit: ``p95 latency 1,240 ms``."""
        return f"{self.name} {value:,.{self.digits}f} {self.unit}"


LOAD = (
    Quantity("virtual users", "users", 50, 500, "MaxUsers"),
    Quantity("p95 latency", "ms", 180, 780, "MaxP95Milliseconds"),
    Quantity("errors", "%", 0, 0.9, "MaxErrorPercent", 2),
)
DEVICES = (
    Quantity("passed on", "devices", 4, 12, "MaxDevices"),
    Quantity("longest run", "s", 40, 280, "MaxSeconds"),
    Quantity("memory", "MB", 80, 340, "MaxMegabytes"),
)
CALLS = (
    Quantity("passed", "requests", 12, 60, "MaxRequests"),
    Quantity("slowest answer", "ms", 90, 640, "MaxMilliseconds"),
)
PAGES = (
    Quantity("passed", "steps", 20, 90, "MaxSteps"),
    Quantity("screenshots differ", "%", 0, 1.5, "MaxDifferencePercent", 2),
    Quantity("duration", "s", 20, 150, "MaxSeconds"),
)
PROVIDERS: dict[str, tuple[Quantity, ...]] = {
    "BlazeMeter": LOAD,
    "Apica": LOAD,
    "Nouvola": LOAD,
    "StormRunner": LOAD,
    "StormRunnerLoad": LOAD,
    "DeviceFarm": DEVICES,
    "Runscope": CALLS,
    "GhostInspector": PAGES,
}
"""The quantities of each provider: load, an app on devices, calls of an API, or pages in a browser."""
JUNIT = ("BlazeMeter", "GhostInspector")
"""Providers that also report in JUnit XML, in a file beside the JSON."""


class SimulatedTest:
    """A test provider. A test passes unless a value exceeds a limit in the configuration, or ``fails`` forces a
    failure.

    The values depend only on the revisions of the execution, so a retry, an undo, and a fork measure the same values.
    ``fails`` maps a provider, action, or "Stage/Action" to the message of its failure. The limits are the kit's, not
    the provider's: ``MaxP95Milliseconds`` for load tests, and so on; see ``PROVIDERS``. Every declared output artifact
    contains the report.
    """

    def __init__(self, provider: str, *, fails: Mapping[str, str] | None = None, seed: int = 0) -> None:
        if provider not in PROVIDERS:
            raise ValueError(
                f"The test provider {provider!r} does not exist. Use one of: {', '.join(PROVIDERS)}."
            )
        self.provider, self.fails, self.seed = provider, dict(fails or {}), seed

    def report(
        self,
        stage: str,
        action: str,
        configuration: Mapping[str, str],
        revisions: Mapping[str, str],
        identifier: str,
    ) -> Report:
        """The report about these revisions, with the limits of the configuration. Raises ``ValueError`` if a limit is
        not a number."""
        values = measure(self.provider, self.seed, revisions.values() or configuration.values())
        results = []
        for quantity in PROVIDERS[self.provider]:
            limit = None
            if quantity.key in configuration:
                limit = _limit(configuration[quantity.key])
                if limit is None:
                    raise ValueError(
                        f"{quantity.key} of {action} must be a number, not {configuration[quantity.key]!r}."
                    )
            value = values[quantity.name]
            problem = ""
            if limit is not None and value > limit:
                problem = f"{quantity.text(value)} is above {limit:,g} {quantity.unit} ({quantity.key})"
            results.append(
                Measurement(quantity.name, quantity.unit, value, limit, quantity.text(value), problem)
            )
        names = (f"{stage}/{action}", action, self.provider)
        forced = next((self.fails[name] for name in names if name in self.fails), "")
        return Report(
            self.provider, identifier, f"{stage} / {action}", dict(revisions), tuple(results), forced
        )

    def __call__(self, task: Task) -> Done:
        """Carry out the task; see ``Perform``."""
        identifier = uuid("test", self.provider, task.id)
        try:
            report = self.report(task.stage, task.action, task.configuration, task.revisions, identifier)
        except ValueError as error:
            return Done("ConfigurationError", str(error))
        files = write_report(report, task.folder, junit=self.provider in JUNIT)
        task.log(f"Simulated: {self.provider} was not called; the numbers are derived from the revision.")
        task.log(f"{self.provider}: {'failed' if report.problem else 'passed'}: {report.summary}")
        if report.problem:
            return Done("JobFailed", report.message, external_id=identifier)
        outputs = {name: task.folder / f"{name}.zip" for name in task.outputs}
        for path in outputs.values():
            pack(task.folder, files, path)
        return Done(message=report.message, outputs=outputs, external_id=identifier)


def measure(provider: str, seed: int, code: Iterable[str]) -> dict[str, float]:
    """The values that a provider measures for these revisions, by the names of its quantities. Equal revisions give
    equal values."""
    code = sorted(code)
    return {
        quantity.name: round(
            quantity.least
            + (quantity.most - quantity.least) * draw(seed, "test", provider, quantity.name, code),
            quantity.digits,
        )
        for quantity in PROVIDERS[provider]
    }


def _limit(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
