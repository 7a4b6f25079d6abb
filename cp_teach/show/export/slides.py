"""A notebook as one HTML file of slides that work from a memory stick: no network, no kernel, no other file.

``export(notebook, folder)`` runs the notebook, then writes the page. docs/slides.md tells what becomes of what.
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
from typing import Any, NamedTuple

from cp_teach.atomic_write import write_atomically
from cp_teach.show.export.cell_html import Cells
from cp_teach.show.export.notebook_links import linked
from cp_teach.show.export.notebook_runner import BadNotebook, Ran, run
from cp_teach.show.export.slide_splitter import split
from cp_teach.style import sheet

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "media-src data:; base-uri 'none'; form-action 'none'"
)
"""What the browser is told to refuse, so that a page can ask for nothing whatever a notebook has put into it."""


class Made(NamedTuple):
    """A file that was written: where, what it is called, and how many states of pipelines it carries."""

    path: Path
    title: str
    states: int


Form = Callable[[Ran, Path], str]


def export(
    notebook: Path,
    folder: Path,
    form: Form | None = None,
    told: Callable[[int, int], None] | None = None,
    states: int | None = None,
    *,
    yes: bool = False,
) -> Made:
    """Run ``notebook`` and write it to ``folder``; returns the file's path and what it carries.

    ``form`` makes the file's HTML from the executed notebook; the default is ``page`` (slides). ``told`` is called
    before each cell with its number and the number of cells. ``states`` is the maximum number of pipeline states in
    the file (12,000 by default). ``yes=True`` allows a notebook that is not a lesson of the kit, which is untrusted
    code. Without it, such a notebook raises ``NotAllowed``. Raises ``BadNotebook`` if the notebook cannot be read or
    a cell fails; nothing is written then. An existing file is replaced atomically.
    """
    ran = run(notebook, yes=yes, told=told, states=states)
    path = write(folder / f"{notebook.stem}.html", (form or page)(ran, notebook))
    return Made(
        path,
        title(ran.notebook, notebook),
        sum(len(a["nodes"]) for a in (ran.recordings or {}).get("atlases", ())),
    )


def write(path: Path, text: str) -> Path:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_atomically(path, text.encode("utf-8", "replace"))


def page(ran: Ran, notebook: Path, *, known: Collection[str] = ()) -> str:
    """The whole page of slides; ``known`` are the notebooks that are made together with it."""
    cells = Cells(notebook.resolve().parent, ran.recordings, linked(known))
    slides = split(ran.notebook.cells)
    sections = "\n".join(f"<section>{''.join(map(cells.piece, slide.pieces))}</section>" for slide in slides)
    name = title(ran.notebook, notebook)
    heading = "" if "<h1" in sections else f'<h1 class="unseen">{escape(name)}</h1>'
    body = f"""{heading}<main class="reveal"><div class="slides">
{sections or "<section><p>This notebook has nothing to show.</p></section>"}
</div></main>
<script>{_script(_reveal("dist/reveal.js"))}</script>
{widgets(ran.recordings)}
<script>{_script(static("speaker.js") + static("slides.js"))}</script>"""
    styles = [_reveal("dist/reveal.css"), static("reading.css"), static("slides.css")]
    return document(name, language(ran.notebook), styles, body)


def document(name: str, lang: str, styles: list[str], body: str) -> str:
    """A whole file that asks for nothing. The colours of all that is in it are the palette's."""
    told = "\n".join(f"<style>{_style(style)}</style>" for style in (sheet(":root"), *styles))
    return f"""<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(name)}</title>
{told}
</head>
<body>
{body}
</body>
</html>
"""


def language(notebook: Any) -> str:
    """What language it is in, as its metadata says."""
    return escape(str(notebook.metadata.get("lang", "en")), quote=True)


def title(notebook: Any, path: Path) -> str:
    """The notebook's title: what its metadata says, its first heading, or the name of its file."""
    said = notebook.metadata.get("title")
    if isinstance(said, str) and said.strip():
        return said.strip()
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
    """A file of reveal.js, as sphinx-revealjs brings it; the link to its source map is of no use here."""
    home = files("sphinx_revealjs") / "_static" / "revealjs"
    text = home.joinpath(name).read_text(encoding="utf-8")
    return re.sub(r"//# sourceMappingURL=\S+", "", text)


def static(name: str) -> str:
    """A file of this folder's own styles and scripts."""
    return (files("cp_teach.show") / "static" / name).read_text(encoding="utf-8")


def _script(text: str) -> str:
    """A script that cannot end its own element. In JavaScript ``<\\/`` is ``</``."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _style(text: str) -> str:
    return text.replace("</style", "<\\/style")


def widgets(recordings: dict[str, Any] | None) -> str:
    """What brings the widgets of a page to life: their data, styles and scripts; nothing where there is no widget."""
    if not recordings:
        return ""
    others = recordings.get("widgets", {})
    told = {**recordings, "widgets": {kind: one["data"] for kind, one in others.items()}}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    styles = {"console": static("console.css")}
    styles |= {kind: "\n".join(one["styles"]) for kind, one in others.items()}
    scripts = "\n".join(
        module(static(name)) for name in ("work.js", "console.js", "atlas.js", "alive.js", "page.js")
    )
    scripts += "".join(f"\n{{\n{module(one['script'])}\n}}" for one in others.values())
    return (
        f'<script type="application/octet-stream" id="cp-data">{packed}</script>\n'
        + "".join(
            f'<script type="text/css" id="cp-style-{kind}">{_script(css)}</script>\n'
            for kind, css in styles.items()
        )
        + f'<script type="module">{_script(scripts)}\nawait enliven();</script>'
    )


def module(text: str) -> str:
    """A module's text without its exports, so that several can stand in one script."""
    return re.sub(r"^export default .*$", "", text, flags=re.MULTILINE).replace("export function", "function")


__all__ = ["BadNotebook", "export", "page"]
