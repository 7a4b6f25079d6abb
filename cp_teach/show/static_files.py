"""Static files: the scripts and styles of the widgets and of exported pages.

Scripts are modules of one noun each. They are joined in this order, without a bundler, so that an anywidget module and
a page that works without a network are one text; each uses names of the others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from cp_teach.show.view.explanations import explained_texts, explanations_script
from cp_teach.translation import Words, _, script_words

STATIC = Path(__file__).parent / "static"

EXPLANATIONS = "explanations"
"""The script that is made from ``view/explanations.toml``."""

CONSOLE_SCRIPTS = (
    EXPLANATIONS,
    *(
        f"console/{folder}/{name}.js"
        for folder, names in (
            (
                "parts",
                ("words", "virtual_dom", "explain", "status", "controls", "popover", "dialog", "chips"),
            ),
            ("acts", ("review", "confirm", "branches")),
            ("help", ("inspect", "keys")),
            ("share", ("shells", "picture_file", "share", "aws_calls")),
            ("stages", ("work", "actions", "transitions", "stages", "overview")),
            ("tabs", ("executions", "details")),
            ("frame", ("display", "header", "reasons", "timeline", "layout", "picture", "render")),
            ("connection", ("changes", "heartbeat", "veil")),
        )
        for name in names
    ),
)
"""The console: ``render({ model, el })``."""
PAGE_SCRIPTS = (
    *CONSOLE_SCRIPTS,
    *(f"offline/{name}.js" for name in ("typed_text", "state_graph", "replay", "mount")),
)
"""A page without a kernel: ``enliven()`` mounts its widgets."""
DECK_SCRIPTS = (
    "page/theme.js",
    *(f"deck/{name}.js" for name in ("fitting", "splitting", "keys", "previews", "speaker", "slides")),
)
"""A deck: reveal.js turns its slides."""
READING_SCRIPTS = tuple(f"page/{name}.js" for name in ("theme", "book", "search"))
"""A page to read, and the contents of a book."""


def static(name: str) -> str:
    """The text of a file in ``static``, or of the script that is made from data."""
    if name == EXPLANATIONS:
        return explanations_script()
    return (STATIC / name).read_text(encoding="utf-8")


def scripts(names: Iterable[str]) -> str:
    """These scripts as the text of one module."""
    return "\n".join(module(static(name)) for name in names)


def words(names: Iterable[str]) -> Words:
    """The words of these scripts in the chosen language, for ``learnWords``; empty for English."""
    names = tuple(names)
    known = script_words(scripts(names))
    if known and EXPLANATIONS in names:
        known |= {text: _(text) for text in explained_texts()}
    return known


def module(text: str) -> str:
    """The text of a module without its exports, so that several can be joined in one script."""
    return re.sub(r"^export default .*$", "", text, flags=re.MULTILINE).replace("export function", "function")
