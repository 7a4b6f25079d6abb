"""The report of a simulated test: as JSON, and as JUnit XML where the real provider gives that. Both say what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from cp_teach.security.output.xml_text import valid_xml_text

SIMULATED = "Simulated: the provider was not called. The numbers are derived from the revisions."


class Reported(NamedTuple):
    """One number that was measured."""

    name: str
    unit: str
    value: float
    limit: float | None
    """The greatest value that passes; None where the configuration names none."""
    told: str
    why: str
    """Why this number fails the test; "" where it does not."""


class Report(NamedTuple):
    """What a test has found."""

    provider: str
    id: str
    place: str
    """ "Stage / Action"."""
    revisions: Mapping[str, str]
    measures: tuple[Reported, ...]
    wanted: str = ""
    """With these words it fails whatever was measured."""

    @property
    def why(self) -> str:
        """Why the test has failed; "" for one that has passed."""
        return self.wanted or "; ".join(each.why for each in self.measures if each.why)

    @property
    def summary(self) -> str:
        """Its numbers, or why it failed."""
        return self.why or ", ".join(each.told for each in self.measures)

    @property
    def message(self) -> str:
        """What the action says: a sentence that a learner can act on."""
        if not self.why:
            return f"{self.provider} (simulated): {self.summary}"
        over = not self.wanted
        act = " Release a change, or set the limit in the action's configuration." if over else ""
        return f"{self.provider} (simulated): {self.why}.{act}"

    def plain(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "provider": self.provider,
            "simulated": True,
            "note": SIMULATED,
            "id": self.id,
            "passed": not self.why,
            "summary": self.summary,
            "revisions": dict(self.revisions),
            "measures": [
                {"name": each.name, "value": each.value, "unit": each.unit, "limit": each.limit}
                for each in self.measures
            ],
        }

    def junit(self) -> str:
        """As JUnit XML, the form that test reports of CI servers and CodeBuild's report groups read: each number is a
        test case."""
        failed = [each for each in self.measures if each.why]
        root = ElementTree.Element(
            "testsuite",
            name=f"{self.provider}: {self.place}",
            tests=str(len(self.measures) + bool(self.wanted)),
            failures=str(len(failed) + bool(self.wanted)),
        )
        properties = ElementTree.SubElement(root, "properties")
        for name, value in {"simulated": "true", "note": SIMULATED, "id": self.id, **self.revisions}.items():
            ElementTree.SubElement(properties, "property", name=name, value=value)
        cases = [(each.name, each.told, each.why) for each in self.measures]
        if self.wanted:
            cases.append(("verdict", self.wanted, self.wanted))
        for name, told, why in cases:
            case = ElementTree.SubElement(root, "testcase", classname=self.provider, name=name)
            if why:
                ElementTree.SubElement(case, "failure", message=why)
            ElementTree.SubElement(case, "system-out").text = told
        ElementTree.indent(root)
        return valid_xml_text(ElementTree.tostring(root, encoding="unicode", xml_declaration=True)) + "\n"


def write(report: Report, folder: Path, *, junit: bool) -> list[str]:
    """Put the files of the report into a folder; their names."""
    (folder / "report.json").write_text(json.dumps(report.plain(), indent=1) + "\n", encoding="utf-8")
    if junit:
        (folder / "junit.xml").write_text(report.junit(), encoding="utf-8")
    return ["report.json", *(["junit.xml"] if junit else [])]
