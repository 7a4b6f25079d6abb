"""One cell as HTML: text, small coloured code, and outputs; a console becomes the place where its replay goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from cp_teach.show.export.sanitize_html import clean
from cp_teach.show.export.slide_splitter import Piece
from cp_teach.show.offline.recording import MIME

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

WIDE = (
    ("<table", '<div class="wide" tabindex="0" role="group" aria-label="Table"><table'),
    ("</table>", "</table></div>"),
    ("<pre>", '<pre tabindex="0" role="group" aria-label="Code">'),
    ('display="block"', 'display="block" tabindex="0"'),
)
"""A table, a code or a formula wider than the page scrolls in a box of its own, which the keyboard can reach."""


class Cells:
    """Makes the HTML of cells. ``folder`` is the notebook's; ``recordings`` what its consoles recorded; ``linked``
    mends the links of a text."""

    def __init__(
        self, folder: Path, recordings: dict[str, Any] | None, linked: Callable[[str], str] = str
    ) -> None:
        self.folder, self.linked = folder, linked
        self.consoles: list[int] = (recordings or {}).get("consoles", [])

    def piece(self, piece: Piece) -> str:
        """The HTML of one piece of a slide."""
        is_code = piece.cell.cell_type == "code"
        made = self.code(piece.cell) if is_code else self.text(piece.source, piece.cell)
        if piece.kind == "notes":
            return f'<aside class="notes">{made}</aside>'
        if piece.kind == "fragment":
            return f'<div class="fragment">{made}</div>'
        return made

    def text(self, source: str, cell: Any) -> str:
        """Markdown as HTML, with attached pictures inside."""
        html = clean(markdown(source, dict(cell.get("attachments", {}))), self.folder)
        html = self.linked(html)
        for old, new in WIDE:
            html = html.replace(old, new)
        return f'<div class="text">{html}</div>'

    def code(self, cell: Any) -> str:
        """The code (unless a tag hides it) and what it put out."""
        tags = cell.metadata.get("tags", [])
        source = cell.source.strip("\n")
        shown = ""
        if "remove-input" not in tags:
            shown = f"<code>{coloured(source)}</code>"
            shown = f'<pre class="code" tabindex="0" role="group" aria-label="Code">{shown}</pre>'
            hidden = "hide-input" in tags or cell.metadata.get("jupyter", {}).get("source_hidden")
            if hidden:
                shown = f"<details><summary>Code</summary>{shown}</details>"
        outputs = "" if "remove-output" in tags else "".join(map(self.output, cell.outputs))
        return f'<div class="cell">{shown}{outputs}</div>'

    def output(self, output: Any) -> str:
        """One output, in the richest form that needs neither script nor network."""
        from nbconvert.filters import strip_ansi

        if output.output_type == "stream":
            words = ' <span class="stream">(error stream)</span>' if output.name == "stderr" else ""
            return _plain(strip_ansi(output.text), words)
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
                words = escape(data.get("text/plain", "Picture")[:200], quote=True)
                return f'<div class="rich"><img src="data:{kind};base64,{packed}" alt="{words}"></div>'
        if "text/markdown" in data:
            return self.text(data["text/markdown"], {})
        if "text/latex" in data:
            return f'<div class="rich">{self.text(data["text/latex"], {})}</div>'
        text = data.get("text/plain", "")
        return _plain(strip_ansi(text)) if text else ""

    def console(self, data: Any) -> str:
        """The place of a console; inside, for readers without scripts, the still picture of the notebook."""
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
        # data-prevent-swipe is reveal.js's word: a finger that moves the timeline must not turn the page.
        return (
            f'<div class="cp-alive" data-cp-widget="console" data-recording="{recording}" data-at="{mark["at"]}" '
            f"data-prevent-swipe>{still}</div>"
        )


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
    """A formula of TeX as MathML; one that cannot be read stays as it was typed."""
    from latex2mathml.converter import convert

    try:
        return str(convert(body.strip(), display=display))
    except Exception:  # its parser raises whatever it trips over
        mark = "$$" if display == "block" else "$"
        return f"<code>{escape(mark + body + mark)}</code>"


def _plain(text: str, words: str = "") -> str:
    return f'{words}<pre class="output" tabindex="0" role="group" aria-label="Output">{escape(text.rstrip())}</pre>'


def coloured(source: str) -> str:
    """Python as HTML with Pygments' class names; slides.css has the colours."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name("ipython3")
    except ClassNotFound:  # comes with IPython; plain Python colours nearly all of a cell
        lexer = get_lexer_by_name("python")
    made: str = highlight(source, lexer, HtmlFormatter(nowrap=True))
    return made.rstrip("\n")
