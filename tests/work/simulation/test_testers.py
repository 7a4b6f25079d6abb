"""Test providers that are simulated and say so."""

import json
import zipfile
from xml.etree import ElementTree

import pytest
from student import task

from cp_teach.pipeline.catalogs import catalog
from cp_teach.work.simulation.simulated_tests import JUNIT, PROVIDERS, Measurement, SimulatedTest, measure

CODE = {"Fetch": "4f2a9c1"}


def report(done, name="Report"):
    with zipfile.ZipFile(done.outputs[name]) as archive:
        told = json.loads(archive.read("report.json"))
        also = ["junit.xml"] if told["provider"] in JUNIT else []
        assert archive.namelist() == ["report.json", *also]
        for name in also:
            suite = ElementTree.fromstring(archive.read(name))
            assert suite.find("properties/property[@name='simulated']").get("value") == "true"
            assert [each.get("name") for each in suite.findall("testcase")] == [
                each["name"] for each in told["measures"]
            ]
        return told


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_reports_numbers_and_says_that_they_are_simulated(tmp_path, provider):
    lines = []
    done = SimulatedTest(provider)(task(tmp_path / "run", ("Report",), revisions=CODE, log=lines.append))
    told = report(done)
    assert done.failure == ""
    assert told["simulated"] is True
    assert told["passed"] is True
    assert f"{provider} (simulated): " in done.message
    assert any("was not called" in line for line in lines)
    for each, number in zip(PROVIDERS[provider], told["measures"], strict=True):
        assert each.least <= number["value"] <= each.most
        assert Measurement(each, number["value"], None).text in done.message


def test_the_same_code_gives_the_same_numbers_whatever_was_undone(tmp_path):
    first = SimulatedTest("Apica")(task(tmp_path / "a", revisions=CODE, attempt=1, execution=1, id="a"))
    again = SimulatedTest("Apica")(task(tmp_path / "b", revisions=CODE, attempt=2, execution=7, id="b"))
    assert first.message == again.message
    assert first.external_id != again.external_id
    other = SimulatedTest("Apica")(task(tmp_path / "c", revisions={"Fetch": "other"}))
    assert other.message != first.message


def test_a_number_above_the_limit_of_the_configuration_fails(tmp_path):
    found = measure("BlazeMeter", CODE.values())["p95 latency"]
    for limit, failure in ((found, ""), (found - 1, "JobFailed")):
        says = {"MaxP95Milliseconds": f"{limit:g}"}
        done = SimulatedTest("BlazeMeter")(task(tmp_path / f"{limit}", revisions=CODE, configuration=says))
        assert done.failure == failure
    assert done.message == (
        f"BlazeMeter (simulated): p95 latency {found:,.0f} ms is above {limit:,g} ms (MaxP95Milliseconds). "
        "Release a change, or set the limit in the action's configuration."
    )
    told = json.loads((tmp_path / f"{limit}" / "report.json").read_text(encoding="utf-8"))
    assert told["passed"] is False
    suite = ElementTree.fromstring((tmp_path / f"{limit}" / "junit.xml").read_text(encoding="utf-8"))
    (failure,) = suite.findall("testcase/failure")
    assert suite.get("failures") == "1"
    assert failure.get("message") in done.message
    assert not done.outputs


@pytest.mark.parametrize("limit", ["fast", "", "nan", "inf"])
def test_a_limit_that_is_no_number_is_a_fault_of_the_configuration(tmp_path, limit):
    done = SimulatedTest("BlazeMeter")(task(tmp_path / "run", configuration={"MaxErrorPercent": limit}))
    assert done.failure == "ConfigurationError"
    assert "MaxErrorPercent of Fetch must be a number" in done.message


def test_an_unknown_provider_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="Use one of: BlazeMeter"):
        SimulatedTest("Blazemeter")


def test_every_test_provider_that_a_pipeline_may_name_is_played():
    known = catalog("today").providers
    tests = {each.provider for each in known if each.categories == ("Test",)}
    assert tests == PROVIDERS.keys()
