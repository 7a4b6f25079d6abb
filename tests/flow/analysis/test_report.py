"""The report tells every measure with its certainty, and what to heed."""

import math
import re

import numpy as np
import pytest
from slow_simulator import example, nothing_bad, reported

from cp_teach.flow.analysis.confidence_interval import Estimate, estimate
from cp_teach.flow.analysis.measures import cut_window, measure
from cp_teach.flow.analysis.metric_definitions import (
    METRICS,
    STAGE_METRICS,
    Metric,
    find_metric,
    format_minutes,
)
from cp_teach.flow.inputs.arrivals import Releases
from cp_teach.flow.simulation.block_executor import join
from cp_teach.flow.simulation.production_failures import Production

STAGES = ("Source", "Build", "Prod")
WINDOW = (200.0, 700.0)


def measured(rows=12, bad_share=0.3, **more):
    made = example(rows=rows, **more)
    rng = np.random.default_rng(2)
    bad = made.delivered & (rng.random(made.arrived.shape) < bad_share)
    repaired = np.where(bad, made.ended + 30, np.nan)
    rework = rng.random(made.arrived.shape) < 0.1
    return measure(made, Production(Releases(made.arrived), bad, repaired, rework), WINDOW)


@pytest.fixture(scope="module")
def report():
    return reported([measured(), measured(seed=9)], STAGES, WINDOW, name="Shop")


def test_the_table_has_every_measure_with_its_interval(report):
    table = report.table().set_index("measure")
    assert set(table.index) == {*METRICS, *(f"{kind}[{k}]" for kind in STAGE_METRICS for k in range(3))}
    assert set(table.index) == set(measured())
    values = join([measured(), measured(seed=9)])
    for name, row in table.iterrows():
        found = estimate(values[name])
        assert (row["mean"], row["low"], row["high"], row["n"]) == pytest.approx(
            (found.mean, found.low, found.high, found.n), nan_ok=True
        )
    assert table.loc["utilization[1]", "metric"] == "Build: utilization"
    assert table.loc["recovery_time", "source"].startswith("DORA")
    assert table.loc["recovery_time", "dora"] == "like High or Medium in 2024"
    assert all(table["definition"].str.endswith("."))


def test_the_bottleneck_is_the_stage_that_is_held_most():
    values = measured(rows=4)
    values["utilization[0]"] = np.array([0.5, 0.5, 0.5, 0.99])
    values["utilization[1]"] = np.array([0.9, 0.9, 0.9, 0.9])
    values["utilization[2]"] = np.array([0.1, 0.1, 0.1, 0.1])
    found = reported([values], STAGES, WINDOW).bottleneck
    assert (found.stage, found.share) == ("Build", 0.75)
    assert str(found) == "Build: held 90 % of the time, the bottleneck in 75 % of the replications"


def test_without_work_there_is_no_bottleneck():
    values = measured(rows=3)
    for k in range(3):
        values[f"utilization[{k}]"] = np.zeros(3)
    empty = reported([values], STAGES, WINDOW)
    assert empty.bottleneck.stage == ""
    assert "Bottleneck: none, because no stage was occupied." in str(empty)
    assert "none, because no stage was occupied" in empty._repr_html_()


def test_a_share_stays_within_a_hundred_percent_unless_executions_share_the_stage():
    values = measured(rows=2)
    values["utilization[1]"] = np.array([0.7, 0.95])
    found = reported([values], STAGES, WINDOW)
    held = found["utilization[1]"]
    assert (held.low, held.high) == (0.0, 1.0)
    assert held.note.endswith("The interval is cut to the possible values.")
    assert any(note.startswith("Intervals are cut") for note in found.notes)
    shared = reported([values], STAGES, WINDOW, shared=True)["utilization[1]"]
    assert shared.high > 1
    assert shared.low == 0  # a time is never below 0
    values["utilization[1]"] = np.array([1.1, 1.2])
    assert reported([values], STAGES, WINDOW)["utilization[1]"].mean == 1
    assert reported([values], STAGES, WINDOW, shared=True)["utilization[1]"].mean == pytest.approx(1.15)


def test_a_ninetieth_percentile_of_few_values_is_not_defined():
    made = example(rows=4)
    few = measure(made, Production(Releases(made.arrived), *nothing_bad(made)), (200.0, 240.0))
    assert np.isnan(few["lead_time_90"]).all()
    assert not np.isnan(few["lead_time"]).all()
    found = reported([few], STAGES, (200.0, 240.0))
    short = int((~np.isnan(few["lead_time"])).sum())
    note = f"A 90th percentile needs 10 delivered revisions; {short} of 4 replications have fewer."
    assert note in found.notes
    assert note in found["lead_time_90"].note
    assert str(found["lead_time_90"]) == "not defined"


def test_it_reads_as_text_and_as_a_page(report):
    text, page = str(report), report._repr_html_()
    assert text.startswith(
        "Shop: 24 replications, 8 h 20 min each, after a warm-up of 3 h 20 min; 95 % confidence intervals"
    )
    for one in report.metrics:
        assert one.label in text
        assert one.format_estimate(report[one.name]) in text
    assert "Bottleneck: " in text
    assert page.count("<tr>") == 1 + 5 + 1 + (len(METRICS) - 5) + 1 + len(
        STAGES
    )  # three tables with their heads
    assert "https://dora.dev/guides/dora-metrics/" in page
    assert not re.search(r"\bnan\b", text + page.replace("nanum", ""))
    assert repr(report) == "<Report of Shop: 24 replications, 29 measures>"


def test_what_strangers_have_named_is_escaped():
    page = reported(
        [measured(rows=2)], ("<i>", "Build", "Prod"), WINDOW, name="<b>&", notices=("<u>",)
    )._repr_html_()
    assert "<i>" not in page
    assert "<u>" not in page
    assert "&lt;b&gt;&amp;" in page


def test_what_to_heed_is_said(report):
    assert report.notes == ()
    few = reported([measured(rows=3)], STAGES, WINDOW, notices=("It grows.",))
    assert few.notes[:2] == ("It grows.", "There are only 3 replications: trust the intervals little.")
    assert "Note: It grows." in str(few)
    lonely = reported([measured(rows=1)], STAGES, WINDOW)
    assert "a single replication" in lonely.notes[0]
    assert math.isnan(lonely["lead_time"].low)
    rare = measured()
    rare["recovery_time"][:5] = np.nan
    assert "Failed deployment recovery time" in reported([rare], STAGES, WINDOW).notes[-1]


def test_one_long_replication_has_intervals_from_its_pieces():
    made = example(rows=1, n=3000, gap=15)
    window = (1000.0, 41_000.0)
    cut = cut_window(window, 20)
    assert cut[0][0] == window[0]
    assert cut[-1][1] == window[1]
    assert {round(end - begin, 6) for begin, end in cut} == {2000.0}
    parts = [measure(made, Production(Releases(made.arrived), *nothing_bad(made)), piece) for piece in cut]
    found = reported(parts, STAGES, window, batches=True)
    whole = measure(made, Production(Releases(made.arrived), *nothing_bad(made)), window)
    for name in ("lead_time", "wip", "superseded", "utilization[0]"):
        assert found[name].low <= whole[name][0] <= found[name].high
    assert "20 pieces of one replication, 1.4 days each" in str(found)
    assert "pieces of it" in found.notes[0]


def test_mistakes_are_told(report):
    with pytest.raises(ValueError, match="unknown measure 'speed': choose from lead_time"):
        report["speed"]
    with pytest.raises(ValueError, match="unknown measure 'speed'"):
        find_metric("speed")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0 min"), (-1e-9, "0 min"),
        (0.5, "30 s"), (3.25, "3.2 min"), (45, "45 min"), (59.6, "1 h"), (135, "2 h 15 min"),
        (1439.7, "1.0 days"), (5000, "3.5 days"), (-90, "-1 h 30 min"),
    ],
)  # fmt: skip
def test_times_are_said_as_people_do(value, told):
    assert format_minutes(value) == told


def test_an_estimate_is_said_with_its_interval_from_low_to_high():
    found = Estimate(379.0, 370.0, 389.0, 30, 0.95)
    assert Metric("x", "X", "a week", "", "").format_estimate(found) == "379 a week (370 to 389)"
    assert (
        Metric("x", "X", "min", "", "").format_estimate(Estimate(3.5, 1.0, 75.0, 30, 0.95))
        == "3.5 min (1.0 min to 1 h 15 min)"
    )
    assert (
        Metric("x", "X", "share", "", "").format_estimate(Estimate(0.1, 0.05, 0.2, 30, 0.95))
        == "10 % (5 to 20 %)"
    )
