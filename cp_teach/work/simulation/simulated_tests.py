"""Simulated test providers (BlazeMeter, Device Farm, and others). No provider is called, and every report says so.

>>> measured = measure("BlazeMeter", ["4f2a9c1"])
>>> measured == measure("BlazeMeter", ["4f2a9c1"])  # the same code, the same numbers
True
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from cp_teach.engine.model.ids import uuid
from cp_teach.security.output.xml_text import valid_xml_text
from cp_teach.work.artifacts.zip_artifacts import pack
from cp_teach.work.simulation.deterministic_random import draw
from cp_teach.work.task import Done, Task

SIMULATED = "Simulated: the provider was not called. The numbers are derived from the revisions."


class Quantity(NamedTuple):
    """A quantity in a report. If the configuration has ``key``, a larger value fails the test."""

    name: str
    unit: str
    least: float
    most: float
    key: str
    digits: int = 0


class Measurement(NamedTuple):
    """A measured value."""

    quantity: Quantity
    value: float
    limit: float | None
    """The greatest value that passes; None if the configuration has no limit."""

    @property
    def text(self) -> str:
        """The value with its unit: ``p95 latency 1,240 ms``."""
        return f"{self.quantity.name} {self.value:,.{self.quantity.digits}f} {self.quantity.unit}"

    @property
    def problem(self) -> str:
        """Why this value fails the test; "" if it passes."""
        if self.limit is None or self.value <= self.limit:
            return ""
        return f"{self.text} is above {self.limit:,g} {self.quantity.unit} ({self.quantity.key})"


class Report(NamedTuple):
    """The result of a test."""

    provider: str
    id: str
    action: str
    """ "Stage / Action"."""
    revisions: Mapping[str, str]
    measures: tuple[Measurement, ...]

    @property
    def problem(self) -> str:
        """Why the test failed; "" if it passed."""
        return "; ".join(measurement.problem for measurement in self.measures if measurement.problem)

    @property
    def summary(self) -> str:
        """The values, or why the test failed."""
        return self.problem or ", ".join(measurement.text for measurement in self.measures)

    @property
    def message(self) -> str:
        """The message of the action: a sentence that a learner can act on."""
        hint = ". Release a change, or set the limit in the action's configuration." if self.problem else ""
        return f"{self.provider} (simulated): {self.summary}{hint}"

    def plain(self) -> dict[str, object]:
        """As plain JSON."""
        return {
            "provider": self.provider,
            "simulated": True,
            "note": SIMULATED,
            "id": self.id,
            "passed": not self.problem,
            "summary": self.summary,
            "revisions": dict(self.revisions),
            "measures": [
                {"name": quantity.name, "value": value, "unit": quantity.unit, "limit": limit}
                for quantity, value, limit in self.measures
            ],
        }

    def junit(self) -> str:
        """The report in JUnit XML, which CI servers and CodeBuild's report groups read. Each value is a test case."""
        root = ElementTree.Element(
            "testsuite",
            name=f"{self.provider}: {self.action}",
            tests=str(len(self.measures)),
            failures=str(sum(bool(measurement.problem) for measurement in self.measures)),
        )
        properties = ElementTree.SubElement(root, "properties")
        for name, value in {"simulated": "true", "note": SIMULATED, "id": self.id, **self.revisions}.items():
            ElementTree.SubElement(properties, "property", name=name, value=value)
        for measurement in self.measures:
            name = measurement.quantity.name
            case = ElementTree.SubElement(root, "testcase", classname=self.provider, name=name)
            if measurement.problem:
                ElementTree.SubElement(case, "failure", message=measurement.problem)
            ElementTree.SubElement(case, "system-out").text = measurement.text
        ElementTree.indent(root)
        return valid_xml_text(ElementTree.tostring(root, encoding="unicode", xml_declaration=True)) + "\n"

    def zip(self, folder: Path) -> Path:
        """Write the files of the report to a folder; returns a zip file of them."""
        contents = {"report.json": json.dumps(self.plain(), indent=1) + "\n"}
        if self.provider in JUNIT:
            contents["junit.xml"] = self.junit()
        for name, text in contents.items():
            (folder / name).write_text(text, encoding="utf-8")
        pack(folder, contents, folder / "report.zip")
        return folder / "report.zip"


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
    """A test provider. A test passes unless a value exceeds a limit in the configuration.

    The values depend only on the revisions of the execution, so a retry, an undo, and a fork measure the same values.
    The limits are the kit's, not the provider's: ``MaxP95Milliseconds`` for load tests, and so on; see ``PROVIDERS``.
    Every declared output artifact contains the report.
    """

    def __init__(self, provider: str) -> None:
        if provider not in PROVIDERS:
            raise ValueError(
                f"The test provider {provider!r} does not exist. Use one of: {', '.join(PROVIDERS)}."
            )
        self.provider = provider

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
        values = measure(self.provider, revisions.values() or configuration.values())
        results = tuple(
            Measurement(quantity, values[quantity.name], _limit(configuration, quantity.key, action))
            for quantity in PROVIDERS[self.provider]
        )
        return Report(self.provider, identifier, f"{stage} / {action}", dict(revisions), results)

    def __call__(self, task: Task) -> Done:
        """Carry out the task; see ``Perform``."""
        identifier = uuid("test", self.provider, task.id)
        try:
            report = self.report(task.stage, task.action, task.configuration, task.revisions, identifier)
        except ValueError as error:
            return Done("ConfigurationError", str(error))
        path = report.zip(task.folder)
        task.log(f"Simulated: {self.provider} was not called; the numbers are derived from the revision.")
        task.log(f"{self.provider}: {'failed' if report.problem else 'passed'}: {report.summary}")
        if report.problem:
            return Done("JobFailed", report.message, external_id=identifier)
        outputs = dict.fromkeys(task.outputs, path)
        return Done(message=report.message, outputs=outputs, external_id=identifier)


def measure(provider: str, code: Iterable[str]) -> dict[str, float]:
    """The values that a provider measures for these revisions, by the names of its quantities. Equal revisions give
    equal values."""
    code = sorted(code)
    return {
        quantity.name: round(
            quantity.least
            + (quantity.most - quantity.least) * draw(0, "test", provider, quantity.name, code),
            quantity.digits,
        )
        for quantity in PROVIDERS[provider]
    }


def _limit(configuration: Mapping[str, str], key: str, action: str) -> float | None:
    if key not in configuration:
        return None
    with suppress(ValueError):
        if math.isfinite(value := float(configuration[key])):
            return value
    raise ValueError(f"{key} of {action} must be a number, not {configuration[key]!r}.")
