"""The report of a simulated test in JSON and JUnit XML. Both formats say that the test is simulated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from cp_teach.security.output.xml_text import valid_xml_text

SIMULATED = "Simulated: the provider was not called. The numbers are derived from the revisions."


class Measurement(NamedTuple):
    """A measured value."""

    name: str
    unit: str
    value: float
    limit: float | None
    """The greatest value that passes; None if the configuration has no limit."""
    text: str
    problem: str
    """Why this value fails the test; "" if it passes."""


class Report(NamedTuple):
    """The result of a test."""

    provider: str
    id: str
    action: str
    """ "Stage / Action"."""
    revisions: Mapping[str, str]
    measures: tuple[Measurement, ...]
    forced_failure: str = ""
    """The message of a failure that does not depend on the values; "" for none."""

    @property
    def problem(self) -> str:
        """Why the test failed; "" if it passed."""
        return self.forced_failure or "; ".join(
            measurement.problem for measurement in self.measures if measurement.problem
        )

    @property
    def summary(self) -> str:
        """The values, or why the test failed."""
        return self.problem or ", ".join(measurement.text for measurement in self.measures)

    @property
    def message(self) -> str:
        """The message of the action: a sentence that a learner can act on."""
        if not self.problem:
            return f"{self.provider} (simulated): {self.summary}"
        is_measured = not self.forced_failure
        hint = " Release a change, or set the limit in the action's configuration." if is_measured else ""
        return f"{self.provider} (simulated): {self.problem}.{hint}"

    def plain(self) -> dict[str, Any]:
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
                {
                    "name": measurement.name,
                    "value": measurement.value,
                    "unit": measurement.unit,
                    "limit": measurement.limit,
                }
                for measurement in self.measures
            ],
        }

    def junit(self) -> str:
        """The report in JUnit XML, which CI servers and CodeBuild's report groups read. Each value is a test case."""
        failed = [measurement for measurement in self.measures if measurement.problem]
        root = ElementTree.Element(
            "testsuite",
            name=f"{self.provider}: {self.action}",
            tests=str(len(self.measures) + bool(self.forced_failure)),
            failures=str(len(failed) + bool(self.forced_failure)),
        )
        properties = ElementTree.SubElement(root, "properties")
        for name, value in {"simulated": "true", "note": SIMULATED, "id": self.id, **self.revisions}.items():
            ElementTree.SubElement(properties, "property", name=name, value=value)
        cases = [(measurement.name, measurement.text, measurement.problem) for measurement in self.measures]
        if self.forced_failure:
            cases.append(("verdict", self.forced_failure, self.forced_failure))
        for name, text, problem in cases:
            case = ElementTree.SubElement(root, "testcase", classname=self.provider, name=name)
            if problem:
                ElementTree.SubElement(case, "failure", message=problem)
            ElementTree.SubElement(case, "system-out").text = text
        ElementTree.indent(root)
        return valid_xml_text(ElementTree.tostring(root, encoding="unicode", xml_declaration=True)) + "\n"


def write_report(report: Report, folder: Path, *, junit: bool) -> list[str]:
    """Write the files of the report to a folder; returns their names."""
    (folder / "report.json").write_text(json.dumps(report.plain(), indent=1) + "\n", encoding="utf-8")
    if junit:
        (folder / "junit.xml").write_text(report.junit(), encoding="utf-8")
    return ["report.json", *(["junit.xml"] if junit else [])]
