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
from cp_teach.show.export.page_outline import Outline
from cp_teach.show.export.slide_splitter import kind
from cp_teach.show.export.slides import ExportedFile, document, language, packed, title, widgets, write
from cp_teach.show.offline.recording import MIME
from cp_teach.show.static_files import READING_SCRIPTS, scripts, static

if TYPE_CHECKING:
    from nbformat import NotebookNode

ANSWER = "Predict first, then see what happens"
HEADING = re.compile(r"<h[1-4]\b")
NUMBER = re.compile(r"(\d{1,4})[-_ ]")
TIME = re.compile(r"\b(\d+|five|ten) minutes\b")
COURSE = "CodePipeline and continuous delivery"


class Chapter(NamedTuple):
    """The place of a page in a book: the pages before and after it, each as (file, title), its slides, its number
    ("" for none), and the words of the whole book (``search_index``)."""

    before: tuple[str, str] | None = None
    after: tuple[str, str] | None = None
    slides: str = ""
    number: str = ""
    words: str = ""


def page(
    ran: ExecutedNotebook, notebook: Path, *, exported: Collection[str] = (), chapter: Chapter | None = None
) -> str:
    """One notebook as one page. ``exported`` are the notebooks that are exported together with it; ``chapter`` adds
    its number, the search, and links to the index and to the neighbors in a book."""
    cells = Cells(notebook.resolve().parent, ran.recordings, exported)
    outline = Outline()
    main = _main(ran.notebook.cells, cells, outline)
    name = title(ran.notebook, notebook)
    heading = "" if "<h1" in main else f"<h1>{escape(name)}</h1>"
    number = f'<p class="number">Chapter {escape(chapter.number)}</p>' if chapter and chapter.number else ""
    body = (
        f'<a class="skip" href="#text">To the text</a>{_navigation(chapter, "")}'
        f'<div class="spread">{outline.contents()}<main id="text">{number}{heading}{main}</main></div>'
        f"{_navigation(chapter, ' last')}\n{widgets(ran.recordings)}"
        f"{_reading(chapter.words if chapter else '')}"
    )
    return document(name, language(ran.notebook), _styles(), body)


def _main(notebook_cells: Sequence[NotebookNode], cells: Cells, outline: Outline) -> str:
    """The cells as HTML. What follows a question waits until the question is answered: an answer that can be read
    below it teaches nothing."""
    parts: list[str] = []
    waiting: list[str] | None = None
    for cell in filter(_is_visible, notebook_cells):
        is_code = cell.cell_type == "code"
        html = cells.code(cell) if is_code else outline.add(cells.text(cell.source, cell))
        asks = is_code and any(_asks(output) for output in cell.outputs)
        if waiting is not None and (asks or (not is_code and HEADING.search(html))):
            parts += _answer(waiting)
            waiting = None
        (parts if waiting is None else waiting).append(html)
        if asks:
            waiting = []
    return "".join([*parts, *_answer(waiting or [])])


def _asks(output: NotebookNode) -> bool:
    mark = output.get("data", {}).get(MIME)
    return isinstance(mark, dict) and mark.get("widget") == "predict"


def _answer(parts: Sequence[str]) -> list[str]:
    if not parts:
        return []
    return [f'<details class="answer"><summary>{ANSWER}</summary>{"".join(parts)}</details>']


def _is_visible(cell: NotebookNode) -> bool:
    tags = cell.metadata.get("tags", [])
    empty = not cell.source.strip() or cell.cell_type == "raw"
    return not empty and "remove-cell" not in tags and kind(cell) != "notes"


def _styles() -> list[str]:
    return [static("reading.css"), static("page.css")]


def _reading(search: str) -> str:
    """The scripts of a page to read, and the words of the book."""
    packed = f'<script type="application/octet-stream" id="cp-index">{search}</script>\n' if search else ""
    return f"{packed}<script>{scripts(READING_SCRIPTS)}</script>"


def _navigation(chapter: Chapter | None, last: str) -> str:
    tools = "" if last else '<span class="tools"></span>'
    if chapter is None:
        return "" if last else f'<div class="ways">{tools}</div>'
    links = ['<a href="index.html">Contents</a>']
    if chapter.slides:
        links.append(f'<a href="{escape(chapter.slides, quote=True)}">The same as slides</a>')
    if chapter.before:
        links.append(f'<a class="on" rel="prev" href="{chapter.before[0]}">‹ {escape(chapter.before[1])}</a>')
    if chapter.after:
        on = "" if chapter.before else " class=on"
        links.append(f'<a{on} rel="next" href="{chapter.after[0]}">{escape(chapter.after[1])} ›</a>')
    label = "Course, end of page" if last else "Course"
    return f'<nav class="ways{last}" aria-label="{label}">{"".join(links)}{tools}</nav>'


def chapter_number(notebook: Path) -> str:
    """The number of a chapter from the name of its file: "3" for ``03_revisions.ipynb``, "" for ``practice.ipynb``."""
    number = NUMBER.match(notebook.stem)
    return str(int(number[1])) if number else ""


def search_index(notebooks: Sequence[Path]) -> str:
    """The words of these notebooks, for the search in each page of their book: JSON, packed, without their code."""
    files, rows = [], []
    for at, notebook in enumerate(notebooks):
        contents = read(notebook)
        outline = Outline()
        cells = Cells(notebook.resolve().parent, None)
        for cell in filter(_is_visible, contents.cells):
            if cell.cell_type == "markdown":
                outline.add(cells.text(cell.source, cell))
        files.append([f"{notebook.stem}.html", title(contents, notebook)])
        rows += [
            [at, section.heading.anchor, section.heading.words, section.text] for section in outline.sections
        ]
    return packed({"files": files, "sections": rows})


def heading(notebook: Path) -> tuple[str, str]:
    """A notebook's title, and the time it takes from its first cell, such as "50 minutes" ("" if it is not there)."""
    contents = read(notebook)
    first = next((cell.source for cell in contents.cells if cell.cell_type == "markdown"), "")
    time = TIME.search(first)
    return title(contents, notebook), time[0] if time else ""


def index(chapters: Sequence[tuple[ExportedFile, str, str, str]], folder: Path, search: str = "") -> Path:
    """Write ``index.html`` for these pages, each with its number, its time and the address of its slides. ``search`` is
    the ``search_index`` of the book."""
    items = []
    for exported, number, time, slides in chapters:
        more = [time.capitalize()] if time else []
        if exported.states:
            more.append(f"{exported.states:,} states of pipelines to play with")
        link = f' · <a href="{slides}">slides</a>' if slides else ""
        items.append(
            f'<li><h2><span class="number">{number}</span> '
            f'<a href="{exported.path.name}">{escape(exported.title)}</a></h2>'
            f'<p class="more">{" · ".join(more)}{link}</p></li>'
        )
    body = (
        '<div class="ways"><span class="tools"></span></div>'
        f"<main><h1>{COURSE}</h1><p>Every page works as it is: no kernel, no network, no "
        "AWS account. The pipelines on them can be released, blocked, approved, broken and repaired.</p>"
        f'<ol class="contents">{"".join(items)}</ol></main>{_reading(search)}'
    )
    return write(folder / "index.html", document(COURSE, "en", _styles(), body))
