"""Links between notebooks, rewritten for exported pages and slides."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

OPENING = re.compile(r"<a\b[^<>]*>")
HREF = re.compile(r'href="([^":/#]+)\.ipynb(#[^"]*)?"')
CLOSING = "</a>"


def linked(known: Collection[str]) -> Callable[[str], str]:
    """A function that rewrites the links in HTML. ``known`` are the notebooks that are exported together, by their
    names without ending: a link to one of them leads to its page. A link to any other notebook would be dead, so only
    its text stays."""

    def rewrite(html: str) -> str:
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
            link = f'<a href="{href[1]}.html{href[2] or ""}">{text}{CLOSING}' if href[1] in known else text
            parts += (html[at : opening.start()], link)
            at = end + len(CLOSING)
        return "".join([*parts, html[at:]])

    return rewrite
