"""Split a notebook into slides: by its slideshow metadata, or else at its headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

HEADING = re.compile(r"#{1,2}\s+\S")
FENCE = re.compile(r"\s{0,3}(```+|~~~+)")


@dataclass
class Piece:
    """A cell, or a part of a Markdown cell, and how it is shown: "plain", "fragment" or "notes"."""

    cell: NotebookNode
    source: str
    kind: str = "plain"


@dataclass
class Slide:
    """The pieces of one slide."""

    pieces: list[Piece] = field(default_factory=list)

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
            if slide_type in ("slide", "subslide"):
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
    return [slide for slide in slides if slide]


def parts(source: str) -> list[tuple[bool, str]]:
    """A Markdown text cut before each heading of level 1 or 2: (whether the part begins with one, its text)."""
    pieces: list[tuple[bool, list[str]]] = []
    fence = ""
    for line in source.splitlines():
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        opens = not fence and bool(HEADING.match(line))
        if opens or not pieces:
            pieces.append((opens, []))
        pieces[-1][1].append(line)
    return [(opens, text) for opens, lines in pieces if (text := "\n".join(lines)).strip()]
