"""Notebook cells as HTML: text, colored code, and outputs; a console becomes the element for its replay."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach.show.export.sanitize_html import clean
from cp_teach.show.export.slide_splitter import Piece
from cp_teach.show.offline.recording import MIME

if TYPE_CHECKING:
    from nbformat import NotebookNode

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

WIDE = (
    ("<table", '<div class="wide" tabindex="0" role="group" aria-label="Table"><table'),
    ("</table>", "</table></div>"),
    ("<pre>", '<pre tabindex="0" role="group" aria-label="Code">'),
    ('display="block"', 'display="block" tabindex="0"'),
)
"""A table, code or a formula that is wider than the page scrolls in its own box, which the keyboard can reach."""


class Cells:
    """Converts cells to HTML. ``folder`` is the notebook's, ``recordings`` are those of its consoles, and ``exported``
    are the notebooks that are exported together with it, by their names without ending. ``fold_widget_code`` folds
    the code of a cell that shows a widget: on a slide the widget needs the room."""

    def __init__(
        self,
        folder: Path,
        recordings: dict[str, Any] | None,
        exported: Collection[str] = (),
        *,
        fold_widget_code: bool = False,
    ) -> None:
        self.folder, self.exported, self.fold_widget_code = folder, exported, fold_widget_code
        self.consoles: list[int] = (recordings or {}).get("consoles", [])

    def piece(self, piece: Piece) -> str:
        """The HTML of one piece of a slide."""
        is_code = piece.cell.cell_type == "code"
        html = self.code(piece.cell) if is_code else self.text(piece.source, piece.cell)
        if piece.kind == "notes":
            return f'<aside class="notes">{html}</aside>'
        if piece.kind == "fragment":
            return f'<div class="fragment">{html}</div>'
        return html

    def heading(self, source: str) -> str:
        """The heading of a slide that goes on with the subject of the one before; deck/splitting.js numbers it."""
        html = clean(markdown(f"## {source}", {}), self.folder).strip()
        return html.replace("<h2", '<h2 class="again"', 1)

    def text(self, source: str, cell: Mapping[str, Any]) -> str:
        """Markdown as HTML, with attached pictures inside."""
        html = clean(markdown(source, dict(cell.get("attachments", {}))), self.folder)
        html = linked(html, self.exported)
        for old, new in WIDE:
            html = html.replace(old, new)
        return f'<div class="text">{html}</div>'

    def code(self, cell: NotebookNode) -> str:
        """The code (unless a tag hides it) and its outputs."""
        tags = cell.metadata.get("tags", [])
        source = cell.source.strip("\n")
        code = ""
        if "remove-input" not in tags:
            code = (
                '<pre class="code" tabindex="0" role="group" aria-label="Code">'
                f"<code>{coloured(source)}</code></pre>"
            )
            hidden = "hide-input" in tags or cell.metadata.get("jupyter", {}).get("source_hidden")
            if hidden or (self.fold_widget_code and any(MIME in out.get("data", {}) for out in cell.outputs)):
                code = f'<details class="fold"><summary>Show the code</summary>{code}</details>'
        outputs = "" if "remove-output" in tags else "".join(map(self.output, cell.outputs))
        return f'<div class="cell">{code}{outputs}</div>'

    def output(self, output: NotebookNode) -> str:
        """One output, in its richest form that needs neither scripts nor the network."""
        from nbconvert.filters import strip_ansi

        if output.output_type == "stream":
            label = ' <span class="stream">(error stream)</span>' if output.name == "stderr" else ""
            return _plain(strip_ansi(output.text), label)
        if output.output_type == "error":
            return f'<p class="error">✗ {escape(output.ename)}: {escape(strip_ansi(output.evalue))}</p>'
        data = output.data
        if MIME in data:
            return self.console(data)
        if "text/html" in data:
            html = clean(data["text/html"], self.folder)
            return f'<div class="rich" tabindex="0" role="group" aria-label="Output">{html}</div>'
        if "image/svg+xml" in data:
            return f'<div class="rich">{clean(data["image/svg+xml"], self.folder)}</div>'
        for kind in PICTURES:
            if kind in data:
                packed = "".join(data[kind].split())
                description = escape(data.get("text/plain", "Picture")[:200], quote=True)
                return f'<div class="rich"><img src="data:{kind};base64,{packed}" alt="{description}"></div>'
        if "text/markdown" in data:
            return self.text(data["text/markdown"], {})
        if "text/latex" in data:
            return f'<div class="rich">{self.text(data["text/latex"], {})}</div>'
        text = data.get("text/plain", "")
        return _plain(strip_ansi(text)) if text else ""

    def console(self, data: Mapping[str, Any]) -> str:
        """The element of a console; inside, for readers without scripts, the still picture of the notebook."""
        mark = data[MIME]
        still = clean(data.get("text/html", ""), self.folder)
        if not still and "text/plain" in data:
            still = _plain(data["text/plain"])
        if "widget" in mark:
            model = escape(json.dumps(mark["model"], ensure_ascii=False), quote=True)
            kind = escape(mark["widget"], quote=True)
            what = f'data-cp-widget="{kind}" data-model="{model}"'
            return f'<div class="cp-alive" {what} data-prevent-swipe>{still}</div>'
        if mark["console"] >= len(self.consoles):
            return f'<div class="rich">{still}</div>'
        recording = self.consoles[mark["console"]]
        # data-prevent-swipe is an attribute of reveal.js: a finger that moves the timeline must not turn the page.
        return (
            f'<div class="cp-alive" data-cp-widget="console" data-recording="{recording}" data-at="{mark["at"]}" '
            f'data-number="{mark["console"]}" '
            f"data-prevent-swipe>{still}</div>"
        )


OPENING = re.compile(r"<a\b[^<>]*>")
HREF = re.compile(r'href="([^":/#]+)\.ipynb(#[^"]*)?"')
CLOSING = "</a>"


def linked(html: str, exported: Collection[str]) -> str:
    """The HTML with its links between notebooks rewritten: a link to one of ``exported`` leads to its page. A link to
    any other notebook would be dead, so only its text stays."""
    # In steps, because one pattern for the whole link would search for its end from each start.
    parts: list[str] = []
    at = 0
    for opening in OPENING.finditer(html):
        href = HREF.search(opening[0])
        if href is None or opening.start() < at:
            continue
        end = html.find(CLOSING, opening.end())
        if end < 0:
            break
        text = html[opening.end() : end]
        link = f'<a href="{href[1]}.html{href[2] or ""}">{text}{CLOSING}' if href[1] in exported else text
        parts += (html[at : opening.start()], link)
        at = end + len(CLOSING)
    return "".join([*parts, html[at:]])


def markdown(source: str, attachments: dict[str, Any]) -> str:
    """Markdown as HTML. Formulas become MathML, which browsers typeset by themselves."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def block_math(self, body: str) -> str:
            return formula(body, "block")

        def inline_math(self, body: str) -> str:
            return formula(body, "inline")

    renderer = Renderer(escape=False, exclude_anchor_links=True, attachments=attachments)
    return str(MarkdownWithMath(renderer=renderer).render(source))


def formula(body: str, display: str) -> str:
    """A TeX formula as MathML; one that cannot be parsed stays as it was typed."""
    from latex2mathml.converter import convert

    try:
        return str(convert(body.strip(), display=display))
    except Exception:  # the parser raises many kinds of exceptions
        mark = "$$" if display == "block" else "$"
        return f"<code>{escape(mark + body + mark)}</code>"


def _plain(text: str, label: str = "") -> str:
    return f'{label}<pre class="output" tabindex="0" role="group" aria-label="Output">{escape(text.rstrip())}</pre>'


def coloured(source: str) -> str:
    """Python as HTML with Pygments' class names; slides.css has the colors."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name("ipython3")
    except ClassNotFound:  # comes with IPython; plain Python colours nearly all of a cell
        lexer = get_lexer_by_name("python")
    html: str = highlight(source, lexer, HtmlFormatter(nowrap=True))
    return html.rstrip("\n")
