"""Split a notebook into slides: by its slideshow metadata, or else at its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

HEADING = re.compile(r"#{1,2}\s+\S")
ANY_HEADING = re.compile(r"(#{1,4})\s+(\S.*?)\s*#*\s*$")
FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
FOLDED = re.compile(r"\s*<details\b")


@dataclass
class Piece:
    """A cell, or a part of a Markdown cell, and how it is shown: "plain", "fragment" or "notes"."""

    cell: NotebookNode
    source: str
    kind: str = "plain"


@dataclass
class Slide:
    """The pieces of one slide. ``heading`` is the heading, as Markdown, of the slides before it if the slide does not
    begin with one of its own."""

    pieces: list[Piece] = field(default_factory=list)
    heading: str = ""

    def __bool__(self) -> bool:
        return any(piece.kind != "notes" for piece in self.pieces)


def kind(cell: NotebookNode) -> str:
    """The slide type of a cell as Jupyter writes it: slide, subslide, fragment, skip, notes, "-", or ""."""
    slideshow = cell.metadata.get("slideshow")
    slide_type = slideshow.get("slide_type", "") if isinstance(slideshow, dict) else ""
    return slide_type if isinstance(slide_type, str) else ""


def split(cells: list[NotebookNode]) -> list[Slide]:
    """The slides. If any cell has a slide type, the types decide; else each heading of level 1 or 2 begins a slide.

    A sub-slide becomes a slide: the deck is linear.
    """
    cells = [c for c in cells if c.source.strip() and "remove-cell" not in c.metadata.get("tags", [])]
    by_hand = any(kind(cell) in ("slide", "subslide", "fragment", "skip") for cell in cells)
    slides = [Slide()]
    for cell in cells:
        slide_type = kind(cell)
        if slide_type == "skip" or cell.cell_type == "raw":
            continue
        if slide_type == "notes":
            slides[-1].pieces.append(Piece(cell, cell.source, "notes"))
        elif by_hand:
            if slide_type in ("slide", "subslide") and not _is_folded(cell):
                slides.append(Slide())
            slides[-1].pieces.append(
                Piece(cell, cell.source, "fragment" if slide_type == "fragment" else "plain")
            )
        elif cell.cell_type == "markdown":
            for opens, part in parts(cell.source):
                if opens:
                    slides.append(Slide())
                slides[-1].pieces.append(Piece(cell, part))
        else:
            slides[-1].pieces.append(Piece(cell, cell.source))
    slides = [slide for slide in slides if slide]
    _inherit_headings(slides)
    return slides


def _is_folded(cell: NotebookNode) -> bool:
    """Whether the cell is only a folded text, such as a solution: it belongs to the exercise before it, and a slide of
    its own would be empty until it is opened."""
    text = cell.source.strip()
    return cell.cell_type == "markdown" and bool(FOLDED.match(text)) and text.endswith("</details>")


def _inherit_headings(slides: list[Slide]) -> None:
    last = ""
    for slide in slides:
        shown = [piece for piece in slide.pieces if piece.kind != "notes"]
        first = shown[0]
        begins = first.cell.cell_type == "markdown" and ANY_HEADING.match(
            first.source.strip().splitlines()[0]
        )
        if not begins or first.kind == "fragment":
            slide.heading = last
        for piece in shown:
            if piece.cell.cell_type == "markdown":
                last = _last_heading(piece.source) or last


def _last_heading(source: str) -> str:
    found = [match[2] for line in _outside_fences(source) if (match := ANY_HEADING.match(line))]
    return found[-1] if found else ""


def parts(source: str) -> list[tuple[bool, str]]:
    """A Markdown text cut before each heading of level 1 or 2: (whether the part begins with one, its text)."""
    pieces: list[tuple[bool, list[str]]] = []
    for line, in_fence in _lines(source):
        opens = not in_fence and bool(HEADING.match(line))
        if opens or not pieces:
            pieces.append((opens, []))
        pieces[-1][1].append(line)
    return [(opens, text) for opens, lines in pieces if (text := "\n".join(lines)).strip()]


def _outside_fences(source: str) -> Iterator[str]:
    return (line for line, in_fence in _lines(source) if not in_fence)


def _lines(source: str) -> Iterator[tuple[str, bool]]:
    """Each line of a Markdown text, and whether it is code between two fences."""
    fence = ""
    for line in source.splitlines():
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        yield line, bool(fence)
