"""The patterns that fill areas."""

import re

from cp_teach.style.svg_patterns import PATTERNS, pattern


def test_dots_are_thicker_than_lines_because_a_dot_is_as_large_as_its_stroke():
    drawn = {kind: pattern(kind, "x", ink="#000000", paper="#ffffff") for kind in PATTERNS}
    widths = {kind: float(re.search(r'stroke-width="([\d.]+)"', svg)[1]) for kind, svg in drawn.items()}
    assert widths.pop("dots") > max(widths.values())
