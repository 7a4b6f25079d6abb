"""The timeline of a run: its bars stand where the history says, and everybody can read it."""

import re
from xml.etree import ElementTree

import pytest

from cp_teach import Pipeline, Run, Simulated, load_pipeline
from cp_teach.show import timeline
from cp_teach.style import PALETTE, STATUSES
from cp_teach.style.svg_chart import format_duration, time_ticks

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def run():
    made = Run(load_pipeline("demo"), Simulated())
    made.inject("Build", "UnitTest")
    for number in range(1, 4):
        made.release(f"Change {number}")
        made.advance(minutes=10)
    return made


def bars(made):
    """(text, x, width) of every bar."""
    found = []
    for rect in ElementTree.fromstring(made.svg).iter(f"{SVG}rect"):
        told = rect.find(f"{SVG}title")
        if told is not None:
            found.append((told.text, float(rect.get("x")), float(rect.get("width"))))
    return found


def test_each_run_of_an_action_is_a_bar_at_its_time(run):
    found = bars(timeline(run))
    assert len(found) == len(run.history.actions)
    by_text = {text: (x, width) for text, x, width in found}
    one, two = (next(v for k, v in by_text.items() if k.startswith(f"#{n} Build / Compile:")) for n in (1, 2))
    minutes = (
        run.history.newest[2, "Build", "Compile"].started - run.history.newest[1, "Build", "Compile"].started
    ) / 60
    scale = (two[0] - one[0]) / minutes
    row = run.history.newest[2, "Build", "Compile"]
    assert two[1] == pytest.approx((row.ended - row.started) / 60 * scale, rel=0.02)


def test_a_failure_is_told_by_word_glyph_and_colour(run):
    svg = timeline(run).svg
    assert re.search(r"#1 Build / UnitTest: .*, Failed", svg)
    assert STATUSES["failed"].light in svg
    assert STATUSES["failed"].dark in timeline(run, theme="dark").svg
    assert f'fill="{PALETTE["page"].dark}"' in timeline(run, theme="dark").svg
    assert "✗" in svg


def test_what_runs_at_the_same_time_stands_below_each_other():
    run = Run(Pipeline.of("wide", Source="S3", Beta="CodeDeploy", mode="PARALLEL"), Simulated())
    for number in range(3):
        run.release(f"Change {number}")
    run.settle()
    svg = timeline(run).svg
    rows = {
        float(rect.get("y"))
        for rect in ElementTree.fromstring(svg).iter(f"{SVG}rect")
        if (told := rect.find(f"{SVG}title")) is not None and "Beta" in told.text
    }
    assert len(rows) == 3


def test_the_same_stands_in_a_table_and_in_words(run):
    made = timeline(run)
    rows = made.table()
    assert [row[:4] for row in rows[:2]] == [("#1", "Source", "Source", 1), ("#1", "Build", "Compile", 1)]
    assert len(rows) == len(run.history.actions)
    shown = made._repr_mimebundle_()
    assert shown["text/html"].count("<tr>") == len(rows) + 1
    assert "#1 Build / UnitTest" in shown["text/plain"]
    assert "\n" not in shown["text/plain"]


def test_a_run_that_has_done_nothing_has_an_empty_chart():
    made = timeline(Run(load_pipeline("demo")))
    assert made.table() == []
    assert "Nothing has run yet." in repr(made)
    assert bars(made) == []


def test_mistakes_are_told(run, tmp_path):
    with pytest.raises(TypeError, match="a timeline needs a run"):
        timeline(run.pipeline)
    with pytest.raises(ValueError, match=r"\.svg"):
        timeline(run).save(tmp_path / "x.png")
    with pytest.raises(ValueError, match="light and dark"):
        timeline(run, theme="pink")
    assert timeline(run).save(tmp_path / "x.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("longest", [0, 59, 61, 600, 3_601, 86_400, 10 * 86_400, 300 * 86_400])
def test_an_axis_has_few_marks_and_reaches_the_end(longest):
    marks = time_ticks(longest)
    assert marks[0] == 0
    assert marks[-1] >= longest
    assert 2 <= len(marks) <= 11


def test_times_are_short():
    told = [format_duration(s) for s in (0, 60, 59 * 60, 3600, 5400, 86_400, 90_000)]
    assert told == ["0", "1 min", "59 min", "1 h", "1 h 30", "1 d", "25 h"]
