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

SLIDE = """() => {
  const slide = document.querySelector('.slides > section.present');
  const bar = document.querySelector('.bar')?.getBoundingClientRect();
  const box = slide.getBoundingClientRect();
  const bottom = Math.min(box.bottom, bar ? bar.top : innerHeight);
  const seen = (el) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true });
  const faults = [];
  if (slide.scrollHeight > slide.clientHeight + 1) faults.push(`${slide.scrollHeight} px high in ${slide.clientHeight}`);
  if (slide.scrollWidth > slide.clientWidth + 1) faults.push(`${slide.scrollWidth} px wide in ${slide.clientWidth}`);
  let text = '', pictures = 0, headed = false;
  const walk = (el, clip) => {
    if (el.matches('aside.notes') || !seen(el)) return;
    if (/^H[1-4]$/.test(el.tagName) && el.textContent.trim() && !clip.shadow) headed = true;
    const rect = el.getBoundingClientRect();
    const inside = { left: Math.max(rect.left, clip.left), right: Math.min(rect.right, clip.right), top: Math.max(rect.top, clip.top), bottom: Math.min(rect.bottom, clip.bottom) };
    const drawn = inside.right > inside.left && inside.bottom > inside.top && rect.width > 2 && rect.height > 2;
    if (drawn && (inside.left < box.left - 1 || inside.right > box.right + 1 || inside.top < box.top - 1 || inside.bottom > bottom + 1)) {
      if (faults.length < 4) faults.push(`<${el.tagName.toLowerCase()} class="${el.className.baseVal ?? el.className}"> sticks out: ${[rect.left, rect.top, rect.right, rect.bottom].map(Math.round)}`);
    }
    if (el.matches('svg, img, canvas, math, input, button, progress')) pictures += 1;
    const style = getComputedStyle(el);
    const clips = (way) => way !== 'visible';
    const next = { ...clip };
    if (clips(style.overflowX)) { next.left = inside.left; next.right = inside.right; }
    if (clips(style.overflowY)) {
      next.top = inside.top; next.bottom = inside.bottom;
      if (el !== slide && style.overflowY !== 'clip' && el.scrollHeight > el.clientHeight + 2 && style.display !== 'inline' && !clip.shadow) faults.push(`<${el.tagName.toLowerCase()} class="${el.className}"> scrolls inside the slide: ${el.scrollHeight} in ${el.clientHeight}`);
    }
    if (el.tagName === 'svg') return;
    for (const node of (el.shadowRoot ?? el).childNodes) {
      if (node.nodeType === 3 && !el.closest('h1, h2, h3, h4')) text += node.data.trim();
      if (node.nodeType === 1) walk(node, el.shadowRoot ? { ...next, shadow: true } : next);
    }
  };
  const none = { left: -1e9, right: 1e9, top: -1e9, bottom: 1e9 };
  walk(slide, none);
  return { faults, headed, empty: text.length < 40 && !pictures, lives: Boolean(slide.querySelector('[data-cp-widget="console"]')) };
}"""
"""What is wrong with the slide that is shown. What its own box of a narrower element hides does not stick out."""


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
