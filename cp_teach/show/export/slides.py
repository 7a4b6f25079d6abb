"""Slides: a notebook as one HTML file that works from a memory stick, without network, kernel or other files.

``export(notebook, folder)`` runs the notebook, then writes the page. docs/slides.md describes the page.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Collection
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cp_teach.atomic_write import write_atomically
from cp_teach.show.export.cell_html import Cells
from cp_teach.show.export.notebook_runner import ExecutedNotebook, run
from cp_teach.show.export.slide_splitter import Slide, split
from cp_teach.show.static_files import DECK_SCRIPTS, PAGE_SCRIPTS, module, scripts, static
from cp_teach.style import css_variables

if TYPE_CHECKING:
    from nbformat import NotebookNode

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "media-src data:; base-uri 'none'; form-action 'none'"
)
"""The browser refuses every request of the page, also those that a notebook put into it."""


class ExportedFile(NamedTuple):
    """A file that was written: its path, its title, and the number of pipeline states in it."""

    path: Path
    title: str
    states: int


Form = Callable[[ExecutedNotebook, Path], str]


def export(
    notebook: Path,
    folder: Path,
    form: Form | None = None,
    progress: Callable[[int, int], None] | None = None,
    states: int | None = None,
    *,
    yes: bool = False,
) -> ExportedFile:
    """Run ``notebook`` and write it to ``folder``; returns the file's path, title and number of pipeline states.

    ``form`` makes the file's HTML from the executed notebook; the default is ``page`` (slides). ``progress`` is called
    before each cell with its number and the number of cells. ``states`` is the maximum number of pipeline states in
    the file (12,000 by default). ``yes=True`` allows a notebook that is not a lesson of the kit, which is untrusted
    code. Without it, such a notebook raises ``NotAllowed``. Raises ``BadNotebook`` if the notebook cannot be read or
    a cell fails; nothing is written then. An existing file is replaced atomically.
    """
    ran = run(notebook, yes=yes, progress=progress, states=states)
    path = write(folder / f"{notebook.stem}.html", (form or page)(ran, notebook))
    return ExportedFile(
        path,
        title(ran.notebook, notebook),
        sum(len(a["nodes"]) for a in (ran.recordings or {}).get("atlases", ())),
    )


def write(path: Path, text: str) -> Path:
    """Write a file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_atomically(path, text.encode("utf-8", "replace"))


def page(ran: ExecutedNotebook, notebook: Path, *, exported: Collection[str] = ()) -> str:
    """The page of slides. ``exported`` are the notebooks that are exported together with it."""
    cells = Cells(notebook.resolve().parent, ran.recordings, exported, fold_widget_code=True)
    slides = split(ran.notebook.cells)
    sections = "\n".join(f"<section>{_sheet(cells, slide)}</section>" for slide in slides)
    name = title(ran.notebook, notebook)
    heading = "" if "<h1" in sections else f'<h1 class="unseen">{escape(name)}</h1>'
    body = f"""{heading}<main class="reveal"><div class="slides">
{sections or '<section><div class="sheet"><p>This notebook has nothing to show.</p></div></section>'}
</div></main>
<script>{_script(_reveal("dist/reveal.js"))}</script>
{widgets(ran.recordings)}
<script>{_script(scripts(DECK_SCRIPTS))}</script>"""
    styles = [_reveal("dist/reveal.css"), static("reading.css"), static("slides.css")]
    return document(name, language(ran.notebook), styles, body)


def _sheet(cells: Cells, slide: Slide) -> str:
    heading = cells.heading(slide.heading) if slide.heading else ""
    return f'<div class="sheet">{heading}{"".join(map(cells.piece, slide.pieces))}</div>'


def document(name: str, lang: str, styles: list[str], body: str) -> str:
    """A complete HTML file that makes no request. Its colors are the palette's."""
    style_elements = "\n".join(
        f"<style>{_style(style)}</style>" for style in (css_variables(":root"), *styles)
    )
    return f"""<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(name)}</title>
{style_elements}
</head>
<body>
{body}
</body>
</html>
"""


def language(notebook: NotebookNode) -> str:
    """The language of the notebook, from its metadata."""
    return escape(str(notebook.metadata.get("lang", "en")), quote=True)


def title(notebook: NotebookNode, path: Path) -> str:
    """The notebook's title: from its metadata, its first heading, or the name of its file."""
    own_title = notebook.metadata.get("title")
    if isinstance(own_title, str) and own_title.strip():
        return own_title.strip()
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (heading := _first_heading(cell.source)):
            return re.sub(r"[*_`]", "", heading)
    return path.stem


def _first_heading(source: str) -> str:
    for line in source.splitlines():
        if line.startswith("#") and line[1:2].isspace() and (text := line[1:].strip().rstrip("#").rstrip()):
            return text
    return ""


# -- what goes into the page ------------------------------------------------------------------------------------
def _reveal(name: str) -> str:
    """A file of reveal.js from the package sphinx-revealjs, without the link to its source map."""
    home = files("sphinx_revealjs") / "_static" / "revealjs"
    text = home.joinpath(name).read_text(encoding="utf-8")
    return re.sub(r"//# sourceMappingURL=\S+", "", text)


def _script(text: str) -> str:
    """A script that cannot end its own element. In JavaScript ``<\\/`` is ``</``."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _style(text: str) -> str:
    return text.replace("</style", "<\\/style")


def packed(data: object) -> str:
    """JSON that a page unpacks with ``DecompressionStream``."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def widgets(recordings: dict[str, Any] | None) -> str:
    """The data, styles and scripts of the widgets of a page; "" if it has no widgets."""
    if not recordings:
        return ""
    others = recordings.get("widgets", {})
    data = {**recordings, "widgets": {kind: widget["data"] for kind, widget in others.items()}}
    styles = {"console": static("console.css")}
    styles |= {kind: "\n".join(widget["styles"]) for kind, widget in others.items()}
    script = scripts(PAGE_SCRIPTS)
    script += "".join(f"\n{{\n{module(widget['script'])}\n}}" for widget in others.values())
    return (
        f'<script type="application/octet-stream" id="cp-data">{packed(data)}</script>\n'
        + "".join(
            f'<script type="text/css" id="cp-style-{kind}">{_script(css)}</script>\n'
            for kind, css in styles.items()
        )
        + f'<script type="module">{_script(script)}\nawait enliven();</script>'
    )
