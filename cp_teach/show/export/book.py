"""Books: notebooks as readable pages, and a whole course as a folder of pages with an index."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cp_teach.show.export.cell_html import Cells
from cp_teach.show.export.notebook_reader import read
from cp_teach.show.export.notebook_runner import ExecutedNotebook
from cp_teach.show.export.slide_splitter import kind
from cp_teach.show.export.slides import ExportedFile, document, language, title, widgets, write
from cp_teach.show.static_files import static

if TYPE_CHECKING:
    from nbformat import NotebookNode

TIME = re.compile(r"\b(\d+|five|ten) minutes\b")
COURSE = "CodePipeline and continuous delivery"


class Chapter(NamedTuple):
    """The links of a page in a book: the pages before and after it, each as (file, title), and its slides."""

    before: tuple[str, str] | None = None
    after: tuple[str, str] | None = None
    slides: str = ""


def page(
    ran: ExecutedNotebook, notebook: Path, *, exported: Collection[str] = (), chapter: Chapter | None = None
) -> str:
    """One notebook as one page. ``exported`` are the notebooks that are exported together with it; ``chapter`` adds
    links to the index and to the neighbors in a book."""
    cells = Cells(notebook.resolve().parent, ran.recordings, exported)
    parts = [
        cells.code(cell) if cell.cell_type == "code" else cells.text(cell.source, cell)
        for cell in ran.notebook.cells
        if _is_visible(cell)
    ]
    name = title(ran.notebook, notebook)
    heading = "" if any("<h1" in part for part in parts) else f"<h1>{escape(name)}</h1>"
    body = (
        f'<a class="skip" href="#text">To the text</a>{_navigation(chapter, "")}'
        f'<main id="text">{heading}{"".join(parts)}</main>{_navigation(chapter, " last")}\n{widgets(ran.recordings)}'
    )
    return document(name, language(ran.notebook), _styles(), body)


def _is_visible(cell: NotebookNode) -> bool:
    tags = cell.metadata.get("tags", [])
    empty = not cell.source.strip() or cell.cell_type == "raw"
    return not empty and "remove-cell" not in tags and kind(cell) != "notes"


def _styles() -> list[str]:
    return [static("reading.css"), static("page.css")]


def _navigation(chapter: Chapter | None, last: str) -> str:
    if chapter is None:
        return ""
    links = ['<a href="index.html">Contents</a>']
    if chapter.slides:
        links.append(f'<a href="{escape(chapter.slides, quote=True)}">The same as slides</a>')
    if chapter.before:
        links.append(f'<a class="on" rel="prev" href="{chapter.before[0]}">‹ {escape(chapter.before[1])}</a>')
    if chapter.after:
        on = "" if chapter.before else " class=on"
        links.append(f'<a{on} rel="next" href="{chapter.after[0]}">{escape(chapter.after[1])} ›</a>')
    label = "Course, end of page" if last else "Course"
    return f'<nav class="ways{last}" aria-label="{label}">{"".join(links)}</nav>'


def heading(notebook: Path) -> tuple[str, str]:
    """A notebook's title, and the time it takes from its first cell, such as "50 minutes" ("" if it is not there)."""
    contents = read(notebook)
    first = next((cell.source for cell in contents.cells if cell.cell_type == "markdown"), "")
    time = TIME.search(first)
    return title(contents, notebook), time[0] if time else ""


def index(chapters: Sequence[tuple[ExportedFile, str, str]], folder: Path) -> Path:
    """Write ``index.html`` for these pages, each with its time and the address of its slides."""
    items = []
    for exported, time, slides in chapters:
        more = [time.capitalize()] if time else []
        if exported.states:
            more.append(f"{exported.states:,} states of pipelines to play with")
        link = f' · <a href="{slides}">slides</a>' if slides else ""
        items.append(
            f'<li><h2><a href="{exported.path.name}">{escape(exported.title)}</a></h2>'
            f'<p class="more">{" · ".join(more)}{link}</p></li>'
        )
    body = (
        f"<main><h1>{COURSE}</h1><p>Every page works as it is: no kernel, no network, no "
        "AWS account. The pipelines on them can be released, blocked, approved, broken and repaired.</p>"
        f'<ol class="contents">{"".join(items)}</ol></main>'
    )
    return write(folder / "index.html", document(COURSE, "en", _styles(), body))
