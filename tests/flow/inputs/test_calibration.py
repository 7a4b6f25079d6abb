"""Every number has a source; a preset takes every number from there; DORA's file is as it was published."""

import ast
import dataclasses
import inspect

import numpy as np
import pytest

from cp_teach.flow.inputs import presets
from cp_teach.flow.inputs.calibration import SURE, BadCalibration, Calibration, calibration
from cp_teach.flow.inputs.distribution import LogNormal
from cp_teach.flow.inputs.dora_benchmarks import dora
from cp_teach.flow.inputs.presets import demo_pipeline, preset, preset_names
from cp_teach.pipeline import Pipeline

FIGURE = '[a.b]\nvalue = 1.5\nunit = "min"\nyear = 2024\nsource = "somebody"\nsure = "read"\n'


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


# -- the file ------------------------------------------------------------------------------------------------
def test_every_number_has_a_source_a_unit_and_says_how_sure_it_is():
    figures = calibration()
    assert len(figures) > 40
    for figure in figures.values():
        assert len(figure.source) > 20, figure.key
        assert figure.unit, figure.key
        assert figure.sure in SURE, figure.key
        assert 2000 < figure.year <= 2026, figure.key
    assert figures["build.median"].value == 3.3
    assert "CircleCI" in figures["build.median"].source


def test_the_shares_of_failures_make_a_whole_and_the_beta_has_the_mean_it_was_made_from():
    figures = calibration()
    split = [figure.value for key, figure in figures.items() if key.startswith("failure_split.")]
    assert sum(split) == pytest.approx(1)
    a, b = figures["change_failure.alpha"].value, figures["change_failure.beta"].value
    assert a / (a + b) == pytest.approx(figures["change_failure.mean"].value, abs=0.005)
    spread = (a * b / ((a + b) ** 2 * (a + b + 1))) ** 0.5
    assert spread == pytest.approx(0.21, abs=0.005)


def test_it_shows_its_sources(file):
    html = calibration()._repr_html_()
    assert html.count("<tr") == len(calibration()) + 1
    assert "Micco" in html
    shown = calibration(file(FIGURE.replace("somebody", "<b>me</b>")))._repr_html_()
    assert "&lt;b&gt;me" in shown
    assert list(calibration().frame().columns) == ["value", "unit", "year", "sure", "source", "note"]


@pytest.mark.parametrize("field", ["unit", "year", "source", "sure", "value"])
def test_a_number_without_one_of_its_fields_is_refused_by_name(file, field):
    text = "\n".join(line for line in FIGURE.splitlines() if not line.startswith(field))
    with pytest.raises(BadCalibration, match=rf"mine.toml, \[a.b\].*{field}"):
        calibration(file(text))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1.5", '"much"', "must be a number"),
        ("1.5", "[]", "must be a number"),
        ('"read"', '"quite"', "Write one of read"),
        ("source", "sauce", "unknown field sauce"),
        ("[a.b]\n", "", "is not in a table"),
        ("[a.b]", "[a.b", "is not valid TOML"),
    ],
)
def test_a_bad_file_says_what_is_wrong(file, old, new, words):
    with pytest.raises(BadCalibration, match=words):
        calibration(file(FIGURE.replace(old, new)))


def test_a_key_that_is_none_names_its_neighbours():
    with pytest.raises(KeyError, match=r"build\.slow"):
        calibration()["build.quick"]
    with pytest.raises(ValueError, match="2 numbers"):
        _ = calibration()["dora_2025.leadtime"].value


# -- presets -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", preset_names())
def test_a_preset_uses_calibrated_numbers_and_says_which(name):
    """Change any one figure: the settings change exactly if the preset said that it uses it."""
    plain = preset(name)
    figures = calibration()
    for key, figure in figures.items():
        moved = Calibration(
            {**figures, key: dataclasses.replace(figure, values=(figure.values[0] * 0.5 + 1e-3,))}
        )
        if figure.unit == "retries":
            moved = Calibration({**figures, key: dataclasses.replace(figure, values=(7.0,))})
        assert (preset(name, figures=moved).settings != plain.settings) == (key in plain.figures), key
    assert set(plain.assumptions) == {key for key in plain.figures if figures[key].sure == "assumption"}
    assert plain.assumptions


def test_no_number_of_a_preset_is_written_in_the_code():
    tree = ast.parse(inspect.getsource(presets))
    numbers = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ]
    assert set(numbers) <= {1}  # the whole, of which a share is taken


def test_what_sets_each_preset_apart():
    healthy = preset("healthy").settings
    slow = preset("slow build").settings
    assert slow["durations"]["Build"] == LogNormal(12.0, 0.4)
    assert {key: slow["durations"][key] for key in ("Source", "Test", "Deploy")} == {
        key: healthy["durations"][key] for key in ("Source", "Test", "Deploy")
    }
    train = preset("friday train").settings["arrivals"].until(np.random.default_rng(1), 2, 4 * 10080.0)
    assert set(train.times[np.isfinite(train.times)] % 10080) == {4 * 1440 + 16 * 60}
    assert train.changes().max() > 10
    flaky = preset("flaky suite").settings["policy"]
    assert flaky["flaky"] == {"CodeBuild": 0.3}
    assert flaky["retries"] == 3
    assert preset("late approval").settings["policy"]["approval"].median == 480


def test_a_run_of_the_healthy_team_fails_as_often_as_the_benchmark_says():
    failures = preset("healthy").settings["failures"]
    assert 1 - (1 - failures["Build"]) * (1 - failures["Test"]) == pytest.approx(0.1)


def test_a_preset_takes_another_pipeline_and_shows_itself():
    other = Pipeline.of("mine", Source="S3", Check="Unit:Test/CodeBuild", Prod="CodeDeploy")
    assert preset("flaky suite", other).settings["policy"]["flaky"] == {"Unit": 0.3}
    assert preset("flaky suite", other).settings["pipeline"] is other
    assert preset("healthy").settings["pipeline"] == demo_pipeline()
    assert [b for b in demo_pipeline().check() if b.severity == "error"] == []
    assert "12 minutes" in str(preset("slow build"))
    assert "CircleCI" in preset("slow build")._repr_html_()


def test_mistakes_with_presets_are_told():
    with pytest.raises(ValueError, match="slow build"):
        preset("slow")
    with pytest.raises(ValueError, match="no test action"):
        preset("flaky suite", Pipeline.of("mine", Source="S3", Prod="CodeDeploy"))


# -- DORA ----------------------------------------------------------------------------------------------------
def test_doras_benchmarks_are_scores_and_rates():
    found = dora(2024)
    assert len(found) == 14
    assert found.loc["all", "changefailure"] == pytest.approx(0.17)
    assert found.loc["all", "leadtime"] == 5.1
    assert found["changefailure"].between(0, 1).all()
    assert found.loc["energy", "changefailure"] == found["changefailure"].max()
    assert "Apache-2.0" in found.attrs["source"]


def test_of_2025_there_is_one_row_and_its_recovery_is_not_upside_down():
    found = dora(2025)
    assert list(found.index) == ["all"]
    assert found.loc["all", "failurerecovery"] == 7.4
    assert found.loc["all", "rework"] == pytest.approx(0.22)


def test_another_year_is_refused():
    with pytest.raises(ValueError, match="2024 and 2025"):
        dora(2019)
