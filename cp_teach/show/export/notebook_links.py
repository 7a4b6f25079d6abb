"""Links from one notebook to another, in pages and slides: they lead to what was made of it, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

OPENING = re.compile(r"<a\b[^<>]*>")
HREF = re.compile(r'href="([^":/#]+)\.ipynb(#[^"]*)?"')
CLOSING = "</a>"


def linked(known: Collection[str]) -> Callable[[str], str]:
    """Mends HTML in which notebooks refer to each other. ``known`` are those that were made together, by their names
    without ending: a link leads to their page. The link to any other notebook would end in nothing, so its words stay
    and the link goes."""

    def mend(html: str) -> str:
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
            words = html[opening.end() : end]
            made = f'<a href="{href[1]}.html{href[2] or ""}">{words}{CLOSING}' if href[1] in known else words
            parts += (html[at : opening.start()], made)
            at = end + len(CLOSING)
        return "".join([*parts, html[at:]])

    return mend
