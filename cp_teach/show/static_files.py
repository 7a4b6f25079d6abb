"""Static files: the scripts and styles of the widgets and of exported pages.

Scripts are modules of one noun each. They are joined in this order, without a bundler, so that an anywidget module and
a page that works without a network are one text; each uses names of the others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

STATIC = Path(__file__).parent / "static"

CONSOLE_SCRIPTS = tuple(
    f"console/{name}.js"
    for name in (
        "words", "virtual_dom", "status", "work", "controls", "popover", "chips", "actions", "transitions", "stages",
        "display", "header", "reasons", "timeline", "executions", "details", "layout", "picture", "render",
        "connection/changes", "connection/heartbeat", "connection/veil",
    )
)  # fmt: skip
"""The console: ``render({ model, el })``."""
PAGE_SCRIPTS = (
    *CONSOLE_SCRIPTS,
    *(f"offline/{name}.js" for name in ("typed_text", "state_graph", "replay", "mount")),
)
"""A page without a kernel: ``enliven()`` mounts its widgets."""
DECK_SCRIPTS = tuple(
    f"deck/{name}.js" for name in ("fitting", "splitting", "theme", "keys", "previews", "speaker", "slides")
)
"""A deck: reveal.js turns its slides."""


def static(name: str) -> str:
    """The text of a file in ``static``."""
    return (STATIC / name).read_text(encoding="utf-8")


def scripts(names: Iterable[str]) -> str:
    """These scripts as the text of one module."""
    return "\n".join(module(static(name)) for name in names)


def module(text: str) -> str:
    """The text of a module without its exports, so that several can be joined in one script."""
    return re.sub(r"^export default .*$", "", text, flags=re.MULTILINE).replace("export function", "function")
