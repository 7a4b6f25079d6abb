"""`cp-teach draw`: a picture for a good pipeline, one clear report for everything else."""

import json
from xml.etree import ElementTree

import pytest

from cp_teach import resources
from cp_teach.cli import main


@pytest.fixture
def demo():
    return str(sorted(resources.pipelines().glob("*.json"))[0])


@pytest.fixture
def refused(tmp_path, demo):
    with open(demo, encoding="utf-8") as file:  # noqa: PTH123 - a str is what a person types
        declared = json.load(file)
    declared["pipeline"]["stages"] = declared["pipeline"]["stages"][:1]
    path = tmp_path / "refused.json"
    path.write_text(json.dumps(declared), encoding="utf-8")
    return str(path)


def test_it_draws_svg_and_dot(demo, tmp_path, capsys):
    for name, begins in (("a.svg", "<svg"), ("a.dot", "digraph")):
        assert main(["draw", demo, "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)
        assert f"Drawn: {tmp_path / name}" in capsys.readouterr().out


def test_a_dash_prints_the_svg_alone(demo, capsys):
    assert main(["draw", demo, "-o", "-", "--theme", "dark"]) == 0
    out = capsys.readouterr().out
    assert ElementTree.fromstring(out).get("role") == "img"
    assert "#16191f" in out


def test_a_refused_pipeline_is_reported_as_check_reports_it(refused, tmp_path, capsys):
    picture = tmp_path / "a.svg"
    assert main(["check", refused]) == 1
    report = capsys.readouterr().out
    assert main(["draw", refused, "-o", str(picture)]) == 1
    assert capsys.readouterr().out == report
    assert not picture.exists()


@pytest.mark.parametrize("name", ["a.png", "a", "a.svgz", ".svg"])
def test_an_unknown_ending_is_refused_before_anything_is_read(name, tmp_path, capsys):
    assert main(["draw", "not-there.json", "-o", str(tmp_path / name)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "must end in .svg or .dot" in said


def test_bad_input_is_one_sentence(tmp_path, demo, capsys):
    (tmp_path / "text.json").write_text("no json", encoding="utf-8")
    nowhere = str(tmp_path / "gone" / "a.svg")
    for line, words in (
        ([str(tmp_path / "gone.json"), "-o", str(tmp_path / "a.svg")], "There is no file"),
        ([str(tmp_path / "text.json"), "-o", str(tmp_path / "a.svg")], "is not JSON"),
        ([demo, "-o", nowhere], "Cannot write"),
    ):
        assert main(["draw", *line]) == 1
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1


def test_without_a_layout_program_it_says_what_to_install(demo, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    assert main(["draw", demo, "-o", str(tmp_path / "a.svg")]) == 1
    assert "pip install graphviz-pure" in capsys.readouterr().err
    assert main(["draw", demo, "-o", str(tmp_path / "a.dot")]) == 0, "DOT needs no layout"
