"""Notebooks as readable pages, and a whole course as a folder of them with an index: no kernel, no network."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from cp_teach.show.export.cell_html import Cells
from cp_teach.show.export.notebook_links import linked
from cp_teach.show.export.notebook_runner import Ran
from cp_teach.show.export.slide_splitter import kind
from cp_teach.show.export.slides import Made, document, language, static, title, widgets, write

TIME = re.compile(r"\b(\d+|five|ten) minutes\b")


class Chapter(NamedTuple):
    """A page's place in a book: what stands before and after it, each as (file, title), and where its slides are."""

    before: tuple[str, str] | None = None
    after: tuple[str, str] | None = None
    slides: str = ""


def page(ran: Ran, notebook: Path, *, known: Collection[str] = (), chapter: Chapter | None = None) -> str:
    """One notebook as one page, from top to bottom; ``known`` are the notebooks that are made together with it. In a
    book it has ways to the index and to its neighbours."""
    cells = Cells(notebook.resolve().parent, ran.recordings, linked(known))
    parts = [_cell(cells, cell) for cell in ran.notebook.cells if _shown(cell)]
    name = title(ran.notebook, notebook)
    heading = "" if any("<h1" in part for part in parts) else f"<h1>{escape(name)}</h1>"
    body = (
        f'<a class="skip" href="#text">To the text</a>{_ways(chapter, "")}'
        f'<main id="text">{heading}{"".join(parts)}</main>{_ways(chapter, " last")}\n{widgets(ran.recordings)}'
    )
    return document(name, language(ran.notebook), [static("reading.css"), static("page.css")], body)


def _shown(cell: object) -> bool:
    tags = cell.metadata.get("tags", [])  # type: ignore[attr-defined]  # nbformat's nodes have no types
    empty = not cell.source.strip() or cell.cell_type == "raw"  # type: ignore[attr-defined]  # the same
    return not empty and "remove-cell" not in tags and kind(cell) != "notes"


def _cell(cells: Cells, cell: object) -> str:
    code = cell.cell_type == "code"  # type: ignore[attr-defined]  # nbformat's nodes have no types
    return cells.code(cell) if code else cells.text(cell.source, cell)  # type: ignore[attr-defined]  # the same


def _ways(chapter: Chapter | None, last: str) -> str:
    if chapter is None:
        return ""
    ways = ['<a href="index.html">Contents</a>']
    if chapter.slides:
        ways.append(f'<a href="{escape(chapter.slides, quote=True)}">The same as slides</a>')
    if chapter.before:
        ways.append(f'<a class="on" rel="prev" href="{chapter.before[0]}">‹ {escape(chapter.before[1])}</a>')
    if chapter.after:
        on = "" if chapter.before else " class=on"
        ways.append(f'<a{on} rel="next" href="{chapter.after[0]}">{escape(chapter.after[1])} ›</a>')
    label = "Course, end of page" if last else "Course"
    return f'<nav class="ways{last}" aria-label="{label}">{"".join(ways)}</nav>'


def heading(notebook: Path) -> tuple[str, str]:
    """A notebook's title, and how long it takes as its first cell says ("" where it does not)."""
    from cp_teach.show.export.notebook_runner import read

    found = read(notebook)
    first = next((cell.source for cell in found.cells if cell.cell_type == "markdown"), "")
    time = TIME.search(first)
    return title(found, notebook), time[0] if time else ""


def index(chapters: Sequence[tuple[Made, str, str]], folder: Path) -> Path:
    """Write ``index.html`` for these pages, each with its time and the place of its slides."""
    items = []
    for made, time, slides in chapters:
        more = [time.capitalize()] if time else []
        if made.states:
            more.append(f"{made.states:,} states of pipelines to play with")
        link = f' · <a href="{slides}">slides</a>' if slides else ""
        items.append(
            f'<li><h2><a href="{made.path.name}">{escape(made.title)}</a></h2>'
            f'<p class="more">{" · ".join(more)}{link}</p></li>'
        )
    body = (
        "<main><h1>CodePipeline and continuous delivery</h1><p>Every page works as it is: no kernel, no network, no "
        "AWS account. The pipelines on them can be released, blocked, approved, broken and repaired.</p>"
        f'<ol class="contents">{"".join(items)}</ol></main>'
    )
    text = document(
        "CodePipeline and continuous delivery", "en", [static("reading.css"), static("page.css")], body
    )
    return write(folder / "index.html", text)
