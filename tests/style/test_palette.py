"""The palette, measured: contrast on the page, and distance between any two states, also for colour-blind eyes."""

import re
from importlib.resources import files
from itertools import combinations

import botocore.session
import pytest

from cp_teach.style import PALETTE, STATUSES, css_variables, status_style
from cp_teach.style.palette import colors

_PAPERS = ("page", "card", "field", "soft", "alarm", "hold")
_CODE = ("keyword", "builtin", "string", "comment", "number", "function")

TEXT, SHAPE = 4.5, 3.0
"""The minimum contrast of text, and of shapes."""

PAIRS = (
    *((ink, paper, TEXT) for ink in ("text", "muted", "accent", "bad") for paper in _PAPERS),
    *(("good", paper, TEXT) for paper in ("page", "card", "field", "soft")),
    *((ink, "field", TEXT) for ink in _CODE),
    ("on-accent", "accent", TEXT),
    *(("edge", paper, SHAPE) for paper in ("page", "card", "field")),
)
"""(foreground, background, minimum contrast)."""

SIX = [s for s in STATUSES.values() if s.key != "none"]

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
EYES = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE = (0.95047, 1.0, 1.08883)


def linear(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def contrast(one, other):
    light, dark = sorted((times(XYZ, linear(c))[1] for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(colour, eye):
    seen = [min(1.0, max(0.0, c)) for c in times(EYES[eye], linear(colour))]
    x, y, z = (
        t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116
        for t in (value / white for value, white in zip(times(XYZ, seen), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one, other, eye):
    return sum((a - b) ** 2 for a, b in zip(lab(one, eye), lab(other, eye), strict=True)) ** 0.5


def test_the_measures_agree_with_known_values():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # WCAG's own example of enough
    assert lab("#ff0000", "normal") == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    # Red and green that deuteranopes confuse come closer together.
    assert apart("#a65d00", "#6b8200", "deutan") < apart("#a65d00", "#6b8200", "normal") / 2


@pytest.mark.parametrize("one", STATUSES.values(), ids=lambda s: s.key)
def test_every_status_can_be_seen_on_whatever_it_stands(one):
    for paper in ("page", "card", "field"):
        assert contrast(one.light, PALETTE[paper].light) >= SHAPE
        assert contrast(one.dark, PALETTE[paper].dark) >= TEXT


@pytest.mark.parametrize("page", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper", "least"), PAIRS)
def test_whatever_is_read_has_the_contrast_that_reading_takes(ink, paper, least, page):
    assert contrast(getattr(PALETTE[ink], page), getattr(PALETTE[paper], page)) >= least


def test_every_colour_of_the_palette_is_measured():
    assert set(PALETTE) - {"line"} == {name for ink, paper, _ in PAIRS for name in (ink, paper)}


COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b(?!;)|\b(?:rgba?|hsla?|oklch)\(")
"""(``&#123;`` is a letter.)"""


def texts():
    """Every style sheet, script and module of the kit but the palette itself; a wheel's data is not the kit's."""
    todo = [files("cp_teach")]
    while todo:
        here = todo.pop()
        for one in here.iterdir():
            if one.is_dir() and one.name != "_share":
                todo.append(one)
            elif one.name.endswith((".css", ".js", ".py")) and here.name != "style":
                yield one


def test_no_colour_is_written_down_anywhere_else():
    found = {one.name: COLOUR.findall(one.read_text(encoding="utf-8")) for one in texts()}
    assert len(found) > 100
    assert {name: colours for name, colours in found.items() if colours} == {}


def test_every_variable_that_a_style_sheet_uses_is_in_the_palette():
    known = {f"--cp-{name}" for name, _ in colors()}
    told = css_variables(":root")
    assert all(f"{name}: light-dark(" in told for name in known)
    for one in texts():
        text = one.read_text(encoding="utf-8") if one.name.endswith(".css") else ""
        used = set(re.findall(r"var\((--[\w-]+)\)", text)) - set(re.findall(r"(--[\w-]+):", text))
        assert used <= known, f"{one.name} uses {used - known}"


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("page", ["light", "dark"])
def test_any_two_states_differ_for_every_kind_of_eye(eye, page):
    distances = {
        (a.key, b.key): apart(getattr(a, page), getattr(b, page), eye) for a, b in combinations(SIX, 2)
    }
    nearest = min(distances, key=distances.__getitem__)
    assert distances[nearest] >= 25, nearest


def model_words(*shapes):
    model = botocore.session.get_session().get_service_model("codepipeline")
    return [(shape, word) for shape in shapes for word in model.shape_for(shape).enum]


@pytest.mark.parametrize(
    ("shape", "word"),
    model_words("PipelineExecutionStatus", "StageExecutionStatus", "ActionExecutionStatus"),
)
def test_every_status_word_of_aws_is_shown(shape, word):
    shown = status_style(word)
    assert shown.key in STATUSES
    assert shown.word.replace(" ", "").lower() in (word.lower(), "didn'trun")


def test_no_two_glyphs_are_alike():
    words = {
        word: status_style(word) for _, word in model_words("PipelineExecutionStatus", "StageExecutionStatus")
    }
    shown = {(s.word, s.glyph) for s in (*STATUSES.values(), *words.values(), status_style("Abandoned"))}
    glyphs = [glyph for _, glyph in shown]
    assert len(set(glyphs)) == len(glyphs), sorted(shown)


def test_an_unknown_status_word_is_refused():
    with pytest.raises(KeyError):
        status_style("Exploded")
