"""Page outlines: anchors for the headings of a page, its table of contents, and the sections that a search finds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag

HEADINGS = ("h1", "h2", "h3", "h4")
LINKED = ("h2", "h3")
"""Headings in the table of contents of a page."""


class Heading(NamedTuple):
    """A heading of a page: its level, its anchor, and its words."""

    level: int
    anchor: str
    words: str


class Section(NamedTuple):
    """A part of a page that a search finds: its heading, and the words below it."""

    heading: Heading
    text: str


class Outline:
    """The headings of one page. Give it the HTML of the page's text cells in their order."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.sections: list[Section] = []
        self._taken: set[str] = set()

    def add(self, html: str) -> str:
        """The HTML with an anchor in each heading, as Jupyter makes them: "What is in it" is ``#What-is-in-it``."""
        soup = BeautifulSoup(html, "html.parser")
        for element in soup.find_all(HEADINGS):
            words = element.get_text(" ", strip=True)
            anchor = self._anchor(words)
            element["id"] = anchor
            self.headings.append(Heading(int(element.name[1]), anchor, words))
        self._add_sections(soup)
        return str(soup)

    def _anchor(self, words: str) -> str:
        first = re.sub(r"\s+", "-", words) or "section"
        anchor, number = first, 1
        while anchor in self._taken:
            number += 1
            anchor = f"{first}-{number}"
        self._taken.add(anchor)
        return anchor

    def _add_sections(self, soup: BeautifulSoup) -> None:
        known = {heading.anchor: heading for heading in self.headings}
        holder = soup.find(class_="text") or soup
        words: list[str] = []
        heading = self.sections[-1].heading if self.sections else Heading(1, "", "")
        for child in holder.children:
            if isinstance(child, Tag) and child.name in HEADINGS:
                self._put(heading, words)
                heading, words = known[str(child["id"])], []
            else:
                words.append(child.get_text(" ", strip=True))
        self._put(heading, words)

    def _put(self, heading: Heading, words: Iterable[str]) -> None:
        text = re.sub(r"\s+", " ", " ".join(words)).strip()
        if self.sections and self.sections[-1].heading == heading:
            self.sections[-1] = Section(heading, f"{self.sections[-1].text} {text}".strip())
        elif text or heading.words:
            self.sections.append(Section(heading, text))

    def contents(self) -> str:
        """The table of contents as HTML; "" for a page with fewer than two headings below its title."""
        shown = [heading for heading in self.headings if f"h{heading.level}" in LINKED]
        if len(shown) < 2:
            return ""
        items = "".join(
            f'<li class="level{heading.level}"><a href="#{escape(heading.anchor, quote=True)}">'
            f"{escape(heading.words)}</a></li>"
            for heading in shown
        )
        return (
            '<nav class="outline" aria-label="On this page"><details open><summary>On this page</summary>'
            f"<ol>{items}</ol></details></nav>"
        )
