"""Measure exported decks in Chromium: which slides overflow, lack a heading, or are nearly empty.

python tools/measure_decks.py FOLDER_OR_FILE…    # decks made by `cp-teach slides` or `cp-teach book`

It prints one line for each deck and size, and the number of every slide with a fault. The exit status is 1 if a slide
overflows or lacks a heading.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = ((1280, 720), (1366, 768), (1920, 1080))
"""A cheap projector, a laptop, and a good projector."""

SLIDE = Path(__file__).with_name("measure_slide.js").read_text(encoding="utf-8")
"""What is wrong with the slide that is shown, as a function of JavaScript."""


class Slide(NamedTuple):
    """One slide at one size."""

    number: int
    faults: list[str]
    """in which way it overflows; empty if it fits"""
    headed: bool
    empty: bool
    has_console: bool


def slides(page: Page) -> Iterator[Slide]:
    """Turn through the deck in ``page`` and measure each slide with all its fragments."""
    count = page.evaluate("document.querySelectorAll('.slides > section').length")
    for at in range(count):
        page.evaluate(
            """at => { Reveal.slide(at); while (Reveal.availableFragments().next) Reveal.nextFragment(); }""",
            at,
        )
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found = page.evaluate(SLIDE)
        yield Slide(at + 1, found["faults"], found["headed"], found["empty"], found["lives"])


def open_deck(page: Page, path: Path) -> None:
    """Open the deck and wait until its slides and widgets are ready."""
    page.goto(path.resolve().as_uri())
    page.wait_for_selector("html[data-ready]", timeout=120_000)
    if page.locator("#cp-data").count():
        page.wait_for_selector("html[data-alive]", timeout=120_000)


def main() -> int:
    """Measure the decks and print what was found."""
    from playwright.sync_api import sync_playwright

    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("decks", metavar="FOLDER_OR_FILE", nargs="+", type=Path)
    options.add_argument("--brief", action="store_true", help="print only the sums")
    options.add_argument("--first-size", action="store_true", help="measure only at 1280×720")
    args = options.parse_args()
    files = [
        path for each in args.decks for path in (sorted(each.glob("*.html")) if each.is_dir() else [each])
    ]
    sizes = SIZES[:1] if args.first_size else SIZES
    sums = {size: [0, 0, 0, 0] for size in sizes}
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for file in files:
            page = browser.new_page()
            for size in sizes:
                page.set_viewport_size({"width": size[0], "height": size[1]})
                if size == sizes[0]:
                    open_deck(page, file)
                found = list(slides(page))
                over = [slide for slide in found if slide.faults]
                bare = [slide.number for slide in found if not slide.headed]
                empty = [slide.number for slide in found if slide.empty]
                for at, number in enumerate((len(found), len(over), len(bare), len(empty))):
                    sums[size][at] += number
                if not args.brief:
                    print(
                        f"{file.stem} {size[0]}×{size[1]}: {len(found)} slides, {len(over)} overflow, "
                        f"{len(bare)} without a heading {bare}, {len(empty)} nearly empty {empty}",
                        flush=True,
                    )
                    for slide in over:
                        print(f"   {slide.number}: {'; '.join(slide.faults)}")
            page.close()
        browser.close()
    for (width, height), (count, over, bare, empty) in sums.items():
        print(
            f"{width}×{height}: {count} slides, {over} overflow, {bare} without a heading, {empty} nearly empty"
        )
    return 1 if any(over or bare for _, over, bare, _ in sums.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
