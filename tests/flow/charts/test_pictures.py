"""Each picture shows what happened, has its words and its table, and needs no colour to be read."""

import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from slow_simulator import example, nothing_bad, reported, simulate

from cp_teach.flow.analysis.confidence_interval import Estimate
from cp_teach.flow.analysis.measures import measure
from cp_teach.flow.charts import (
    control_chart,
    cumulative_flow,
    lead_times,
    occupancy,
    sensitivity,
    side_by_side,
)
from cp_teach.flow.charts.axis import draw_frame, duration_axis, number_axis, time_axis
from cp_teach.flow.charts.legend import DASHES, INKS
from cp_teach.flow.charts.stage_gantt import LOOKS
from cp_teach.flow.inputs.arrivals import Releases
from cp_teach.flow.simulation.production_failures import Production
from cp_teach.style import PALETTE, STATUSES
from cp_teach.style.svg_chart import LETTER, PATTERNS, Chart, pattern, text_width

SVG = "{http://www.w3.org/2000/svg}"
STAGES = ("Source", "Build", "Prod")


def report(mode, seed=1):
    made = example(mode, rows=12, seed=seed)
    found = measure(made, Production(Releases(made.arrived), *nothing_bad(made)), (100, 600))
    return reported([found], STAGES, (100.0, 600.0), name=mode)


def pictures():
    made = example(rows=4, n=120)
    line = [Estimate(x, x - 1, x + 2, 20, 0.95) for x in (3.0, 5.0, 9.0)]
    return {
        "lead_times": lead_times(made),
        "cumulative_flow": cumulative_flow(made, 0, STAGES),
        "control_chart": control_chart(made, 0),
        "occupancy": occupancy(made, 0, STAGES, begin=100, end=400),
        "sensitivity": sensitivity([1, 2, 4], {"one": line, "other": line[::-1]}, "Batch", "Age (min)"),
        "side_by_side": side_by_side(
            {"A": report("SUPERSEDED"), "B": report("QUEUED")}, ("lead_time", "wip")
        ),
    }


PICTURES = pictures()
every = pytest.mark.parametrize("name", PICTURES)


def elements(svg, kind):
    return list(ElementTree.fromstring(svg).iter(SVG + kind))


@every
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [640, 350])
def test_it_is_an_svg_that_explains_itself_and_fetches_nothing(name, theme, width):
    made = PICTURES[name]
    svg = made.svg(theme, width)
    root = ElementTree.fromstring(svg)
    assert (root.get("role"), root.get("width")) == ("img", str(width))
    assert root.find(f"{SVG}title").text == made.title
    assert len(root.find(f"{SVG}desc").text) > 30
    assert svg.replace("http://www.w3.org/2000/svg", "").count("http") == 0
    assert not re.search("nan|inf", re.sub(r"<(title|desc)>.*?</\1>|>[^<]*<", "", svg))
    assert f'fill="{getattr(PALETTE["page"], theme)}"' in svg


@every
@pytest.mark.parametrize("width", [640, 350])
def test_no_text_runs_over_the_edge(name, width):
    for text in elements(PICTURES[name].svg("light", width), "text"):
        if text.get("transform"):
            continue
        size = len(text.text) * 5.6  # narrower than most texts of 12 pixels are
        begin = float(text.get("x")) - {"start": 0, "middle": size / 2, "end": size}[text.get("text-anchor")]
        assert begin >= -4, text.text
        assert begin + size <= width + 4, text.text


@every
def test_whatever_a_pattern_is_called_is_there_and_no_other_picture_has_it(name):
    svgs = {(n, w): PICTURES[n].svg("light", w) for n in PICTURES for w in (640, 350)}
    ids = {place: set(re.findall(r'id="([^"]+)"', svg)) for place, svg in svgs.items()}
    for width in (640, 350):
        assert set(re.findall(r"url\(#([^)]+)\)", svgs[name, width])) <= ids[name, width]
    assert all(not ids[a] & ids[b] for a, b in combinations(ids, 2))


@every
def test_a_page_gets_it_in_two_widths_with_its_table_and_in_both_themes(name):
    page = PICTURES[name]._repr_html_()
    assert page.count("<svg") == 2
    assert "light-dark(" in page
    assert "<summary>The same as a table</summary>" in page
    assert page.count("<tr") == min(400, len(PICTURES[name].table())) + 1
    assert "<script" not in page


@every
def test_it_can_be_saved(name, tmp_path):
    assert PICTURES[name].save(tmp_path / "x.svg").read_text(encoding="utf-8") == PICTURES[name].svg()
    with pytest.raises(ValueError, match=r"\.svg"):
        PICTURES[name].save(tmp_path / "x.png")
    with pytest.raises(ValueError, match="300 pixels"):
        PICTURES[name].svg(width=100)
    with pytest.raises(ValueError, match="light and dark"):
        PICTURES[name].svg("pink")


def bold(name):
    return [text.text for text in elements(PICTURES[name].svg(), "text") if text.get("font-weight")]


def test_the_names_of_percentiles_and_limits_are_bold():
    assert [words.split(":")[0] for words in bold("lead_times")] == ["50 %", "85 %", "95 %"]
    assert set(bold("control_chart")) == {"limit", "mean"}


@every
def test_a_table_has_the_columns_of_its_frame_and_no_other(name):
    headings = re.findall("<th>(.*?)</th>", PICTURES[name]._repr_html_())
    assert headings == list(PICTURES[name].table().columns)


def contrast(one, other):
    def lightness(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light, dark = sorted((lightness(one), lightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@every
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_whatever_is_drawn_stands_out_from_the_page(name, theme):
    page, line = (getattr(PALETTE[paper], theme) for paper in ("page", "line"))
    svg = PICTURES[name].svg(theme)
    strokes = set(re.findall(r'stroke="(#\w+)"', svg)) - {line}
    assert strokes
    assert min(contrast(colour, page) for colour in strokes) >= 3
    texts = {text.get("fill") for text in elements(svg, "text")}
    assert min(contrast(colour, page) for colour in texts) >= 4.5


def test_no_two_patterns_nor_series_look_alike_without_colour():
    drawn = {kind: pattern(kind, "x", ink="#000000", paper="#ffffff") for kind in PATTERNS}
    assert len(set(drawn.values())) == len(PATTERNS)
    assert len({look for look, _ in LOOKS.values()}) == len(LOOKS)
    assert len({STATUSES[kind].glyph for kind in LOOKS}) == len(LOOKS)
    assert len(set(INKS)) == len(set(DASHES)) == 6


def test_the_histogram_counts_all_and_marks_its_percentiles():
    made = example(rows=4, n=120)
    times = (made.ended - made.arrived)[made.delivered]
    table = PICTURES["lead_times"].table()
    assert table["revisions"].sum() == len(times)
    assert table["share"].sum() == pytest.approx(1)
    for _, row in table.iloc[:-2].iterrows():
        assert row["revisions"] == ((times >= row["from"]) & (times < row["to"])).sum()
    assert PICTURES["lead_times"].percentiles[50] == pytest.approx(np.median(times))
    early = lead_times(made, window=(0, 100)).times
    assert len(early) == (made.delivered & (made.arrived < 100)).sum()


def test_the_name_of_a_percentile_stays_in_the_picture_at_every_width():
    service = [[600 * np.linspace(0.1, 1, 100) ** 2]]
    made = lead_times(simulate([np.arange(100) * 1000.0], service, np.zeros((1, 1, 100), bool)))
    anchors = {"50": set(), "85": set(), "95": set()}
    for width in range(300, 640, 5):
        for text in elements(made.svg("light", width), "text"):
            if text.get("font-weight"):
                size, anchor = text_width(text.text, bold=True), text.get("text-anchor")
                begin = float(text.get("x")) - {"start": 0, "end": size}[anchor]
                assert 0 <= begin <= width - size, (width, text.text)
                anchors[text.text[:2]].add(anchor)
    assert anchors["85"] == {"start", "end"}  # right of its line where there is room, left of it elsewhere


def test_the_bands_of_the_cumulative_flow_are_who_is_where():
    made = example(rows=4, n=120)
    table = PICTURES["cumulative_flow"].table()
    assert list(table.columns) == [
        "minute",
        "Arrived",
        "Delivered",
        "Failed or superseded",
        *reversed(STAGES),
    ]
    for _, row in table.iloc[::23].iterrows():
        t = row["minute"]
        where = dict.fromkeys(("Delivered", "Failed or superseded", *STAGES), 0)
        for i in range(120):
            if made.arrived[0, i] > t:
                continue
            if made.ended[0, i] <= t:
                where["Delivered" if made.delivered[0, i] else "Failed or superseded"] += 1
            else:
                where[STAGES[sum(made.left[k, 0, i] <= t for k in range(3))]] += 1
        assert {name: row[name] for name in where} == where
        assert row["Arrived"] == sum(where.values())


def test_a_cumulative_flow_that_begins_later_leaves_out_who_had_ended():
    made = example(rows=1, n=120)
    whole = cumulative_flow(made, 0, STAGES, begin=0, end=400).table()
    late = cumulative_flow(made, 0, STAGES, begin=200, end=400).table()
    over = (made.ended[0] < 200).sum()
    assert over > 5
    assert late["Arrived"].iloc[-1] == whole["Arrived"].iloc[-1] - over
    assert late["Delivered"].iloc[0] == late["Failed or superseded"].iloc[0] == 0
    for name in STAGES:
        assert late[name].iloc[-1] == whole[name].iloc[-1]


def test_the_limits_of_the_control_chart_are_those_of_xmr():
    made = simulate([[0.0, 100, 200, 300, 400]], [[[10, 14, 12, 16, 60]]], np.zeros((1, 1, 5), bool))
    chart = control_chart(made, 0)
    assert chart.mean == pytest.approx(22.4)
    assert chart.range_mean == pytest.approx((4 + 2 + 4 + 44) / 4)
    assert chart.high == pytest.approx(22.4 + 2.66 * 13.5)
    assert chart.low == 0
    assert list(chart.outside) == [False, False, False, False, True]
    assert list(chart.table()["range"][1:]) == [4, 2, 4, 44]
    marks = [p for p in elements(chart.svg(), "polygon") if p.find(f"{SVG}title") is not None]
    assert [p.find(f"{SVG}title").text for p in marks] == ["#5: 1 h"]


def test_points_outside_the_limits_have_the_mark_that_the_key_shows():
    made = simulate([[0.0, 100, 200, 300, 400]], [[[10, 14, 12, 16, 60]]], np.zeros((1, 1, 5), bool))
    drawn, *_, explained = elements(control_chart(made, 0).svg(), "polygon")
    assert drawn.find(f"{SVG}title").text == "#5: 1 h"
    assert outline(explained) == pytest.approx(outline(drawn), abs=0.11)  # each is rounded to 0.1
    assert explained.get("fill") == drawn.get("fill")


def outline(polygon):
    """Its corners, as seen from the first of them, one number after the other."""
    corners = np.array([pair.split(",") for pair in polygon.get("points").split()], float)
    return (corners - corners[0]).ravel()


def test_the_control_chart_keeps_the_order_of_delivery_and_shows_the_last():
    made = example("PARALLEL", rows=1, n=300)
    chart = control_chart(made, 0)
    assert len(chart.times) == 120
    assert (np.diff(made.ended[0][chart.numbers - 1]) >= 0).all()
    assert "the last 120 are drawn" in chart.describe()
    late = control_chart(made, 0, begin=2000)
    assert (made.arrived[0][late.numbers - 1] >= 2000).all()


def test_the_occupancy_tells_holds_waiting_failures_and_who_is_superseded():
    # 1 holds Source until 10; 2 waits and is superseded by 3; 3 fails at its end.
    made = simulate([[0.0, 1.0, 2.0]], [[[10, 10, 10]]], [[[False, False, True]]])
    rows = [tuple(row) for row in occupancy(made, 0, ("Source",)).table().itertuples(index=False)]
    assert rows == [
        (1, "Source", "in the stage, succeeded", 0, 10),
        (2, "Source", "waiting, superseded", 1, 2),
        (3, "Source", "waiting to enter", 2, 10),
        (3, "Source", "in the stage, failed", 10, 20),
    ]
    svg = occupancy(made, 0, ("Source",)).svg()
    fills = {
        p.find(f"{SVG}title").text.split(",")[0] + p.find(f"{SVG}title").text.split(",")[1].split(":")[0]: (
            p.get("fill").split("-")[0]
        )
        for p in elements(svg, "polygon")
        if p.find(f"{SVG}title") is not None
    }
    assert list(fills.values()) == ["url(#plain", "url(#crossed", "url(#level", "url(#dots"]
    assert {"1 ✓", "3 ✗"} <= {text.text for text in elements(svg, "text")}


def test_the_occupancy_of_a_span_has_no_bars_before_or_after_it():
    made = simulate([[0.0, 20.0, 40.0]], [[[10, 10, 10]]], [[[False, False, False]]])
    assert list(occupancy(made, 0, ("Source",), begin=15, end=35).table()["revision"]) == [2]


def test_only_the_stage_that_failed_is_drawn_as_failed():
    made = simulate([[0.0]], [[[10]], [[5]]], [[[False]], [[True]]])
    table = occupancy(made, 0, ("Build", "Prod")).table()
    assert list(table["what"]) == ["in the stage, succeeded", "in the stage, failed"]


def test_bars_stand_where_the_clock_says_and_below_each_other_in_parallel():
    made = simulate([[0.0, 10.0, 20.0]], [[[60, 60, 20]]], np.zeros((1, 1, 3), bool), "PARALLEL")
    boxes = {}
    for p in elements(occupancy(made, 0, ("Build",)).svg(), "polygon"):
        if (told := p.find(f"{SVG}title")) is not None:
            corners = [tuple(map(float, pair.split(","))) for pair in p.get("points").split()]
            boxes[told.text[:2]] = corners
    width = {number: box[1][0] - box[0][0] for number, box in boxes.items()}
    assert width["#1"] == pytest.approx(width["#2"], abs=0.2)
    assert width["#3"] == pytest.approx(width["#1"] / 3, abs=0.2)
    assert boxes["#2"][0][0] - boxes["#1"][0][0] == pytest.approx(width["#1"] / 6, abs=0.2)
    assert len({box[0][1] for box in boxes.values()}) == 3


def test_a_curve_goes_through_its_means_in_order():
    line = [Estimate(x, x - 1, x + 1, 20, 0.95) for x in (9.0, 3.0, 5.0)]
    made = sensitivity([4, 1, 2], {"one": line}, "Batch", "Age (min)")
    assert list(made.table()["x"]) == [1, 2, 4]
    assert list(made.table()["mean"]) == [3, 5, 9]
    svg = made.svg()
    curve = [p for p in elements(svg, "polyline") if p.get("stroke-width") == "2"]
    points = [tuple(map(float, pair.split(","))) for pair in curve[0].get("points").split()]
    assert (points[1][0] - points[0][0]) * 2 == pytest.approx(points[2][0] - points[1][0], abs=0.3)
    assert (points[0][1] - points[1][1]) * 2 == pytest.approx(points[1][1] - points[2][1], abs=0.3)
    assert {"Batch", "Age (min)"} <= {text.text for text in elements(svg, "text")}


def test_the_bands_of_six_curves_are_told_apart_without_colour():
    curves = {f"{n}": [Estimate(n, n - 1, n + 1, 20, 0.95)] * 2 for n in range(1, 7)}
    svg = sensitivity([1, 2], curves, "Batch", "Age (min)").svg()
    assert len([area for area in elements(svg, "polygon") if area.get("fill-opacity")]) == 6
    edges = [
        line.get("stroke-dasharray") for line in elements(svg, "polyline") if line.get("stroke-width") != "2"
    ]
    assert edges[::2] == edges[1::2], "both edges of a band look alike"
    assert len(set(edges)) == 6


def test_what_is_not_defined_is_left_out():
    nan = float("nan")
    line = [Estimate(nan, nan, nan, 0, 0.95), Estimate(4, nan, nan, 1, 0.95), Estimate(5, 4, 6, 9, 0.95)]
    assert "nan" not in sensitivity([1, 2, 3], {"one": line}, "Batch", "Age (min)").svg()
    made = simulate([[0.0]], [[[5]]], [[[True]]])
    assert "No revision was delivered" in repr(lead_times(made))
    assert "No revision was delivered" in repr(control_chart(made, 0))
    for empty in (lead_times(made), control_chart(made, 0), cumulative_flow(made, 0, ("Source",))):
        ElementTree.fromstring(empty.svg())
    found = reported(
        [measure(made, Production(Releases(made.arrived), *nothing_bad(made)), (0, 10))],
        ("Source",),
        (0.0, 10.0),
    )
    svg = side_by_side({"A": found}, ("recovery_time", "age")).svg()
    assert [text.text for text in elements(svg, "text")] == [
        "Failed deployment recovery time",
        "A",
        "not defined",
        "Age of production",
        "A",
        "not defined",
    ]  # no axis with made-up numbers


def test_two_studies_stand_side_by_side_with_their_numbers():
    reports = {"A": report("SUPERSEDED"), "B": report("QUEUED")}
    made = PICTURES["side_by_side"]
    table = made.table().set_index(["measure", "study"])
    for label, one in reports.items():
        row = table.loc["Work in progress", label]
        assert (row["mean"], row["low"]) == (one["wip"].mean, one["wip"].low)
    texts = {text.text for text in elements(made.svg(), "text")}
    assert {"A", "B", "Work in progress (revisions)", "Lead time of the delivered (mean)"} <= texts


def test_strange_names_are_escaped():
    made = example(rows=1, n=30)
    svg = occupancy(made, 0, ("<b>", "&", "Prod"), title="<i>").svg()
    ElementTree.fromstring(svg)
    assert "<b>" not in svg
    page = occupancy(made, 0, ("<b>", '"&', "Prod"), title='"<i>')._repr_html_()
    assert "<b>" not in page
    assert 'aria-label="Table: &quot;&lt;i&gt;"' in page


def test_mistakes_are_told():
    made = example(rows=2, n=400)
    with pytest.raises(ValueError, match="unknown replication 2: choose one from 0 to 1"):
        control_chart(made, 2)
    with pytest.raises(ValueError, match="3 stages, but 2 names were given"):
        cumulative_flow(made, 0, ("Source", "Build"))
    with pytest.raises(ValueError, match="must end after it begins"):
        cumulative_flow(made, 0, STAGES, begin=10, end=10)
    with pytest.raises(ValueError, match="for a shorter time"):
        occupancy(made, 0, STAGES)
    with pytest.raises(ValueError, match="1 estimates for 2 values"):
        sensitivity([1, 2], {"one": [Estimate(1, 1, 1, 2, 0.95)]}, "x", "y")
    with pytest.raises(ValueError, match="one curve or more"):
        sensitivity([], {}, "x", "y")
    with pytest.raises(ValueError, match="one study or more"):
        side_by_side({})


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0, 0.003), (17, 18), (0, 123_456), (-3, 8), (5, 5), (0, 0)]
)
def test_an_axis_of_numbers_is_round_and_reaches_both_ends(low, high):
    axis = number_axis("", low, high)
    assert axis.low <= low
    assert axis.high >= high
    assert 2 <= len(axis.marks) <= 9
    assert len({axis.text(mark) for mark in axis.marks}) == len(axis.marks)


@pytest.mark.parametrize("longest", [0.5, 3, 45, 200, 5000, 300_000])
def test_an_axis_of_durations_reaches_the_end(longest):
    axis = duration_axis("Lead time", longest)
    assert axis.high >= longest
    assert len({axis.text(mark) for mark in axis.marks}) == len(axis.marks) >= 2


@pytest.mark.parametrize(
    ("begin", "end", "first", "last"),
    [
        (0, 60, "Mon 0:00", "Mon 1:00"), (1440 + 540, 1440 + 1020, "Tue 9:00", "Tue 17:00"),
        (0, 6 * 1440, "Mon", "Sun"), (0, 2 * 10_080, "Mon w1", "Mon w3"), (0, 12 * 10_080, "week 1", "week 13"),
    ],
)  # fmt: skip
def test_an_axis_of_moments_speaks_of_days_and_weeks(begin, end, first, last):
    axis = time_axis("", begin, end)
    said = [axis.text(mark) for mark in axis.marks]
    assert (said[0], said[-1]) == (first, last)
    assert len(said) <= 9


def named(axis):
    """(where, name) of each mark that is named on an axis of 370 pixels."""
    chart = Chart()
    draw_frame(chart, axis, number_axis("", 0, 1, 1), (0, 0, 400, 100))
    texts = elements(chart.svg(400, 100, "", ""), "text")
    return [(float(text.get("x")), text.text) for text in texts if text.get("y") == "79.0"]


def test_every_mark_of_an_axis_is_named_where_there_is_room():
    assert [name for _, name in named(number_axis("", 0, 100, 10))] == [str(n) for n in range(0, 101, 10)]


def test_names_on_an_axis_never_run_into_each_other():
    shown = named(number_axis("", 0, 10_000_000, 10))
    assert 4 < len(shown) < 11
    for (one, left), (other, right) in pairwise(shown):
        assert other - one > LETTER * (len(left) + len(right)) / 2
