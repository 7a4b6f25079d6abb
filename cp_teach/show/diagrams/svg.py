"""Draw a pipeline, or a run of it, as DOT and as SVG, with nothing besides the kit's own packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

from cp_teach.show.diagrams.dot import THEMES, Source, clean
from cp_teach.show.diagrams.run_snapshot import now, sentences

SVG = "http://www.w3.org/2000/svg"
FONTS = "Arial,Helvetica,'Liberation Sans',sans-serif"
"""Fonts with one set of letter widths, which is the one the layout is computed with."""
ENGINES = ("graphviz-pure", "dot")
"""The programs that can do the layout, the one that comes with the kit first."""


def dot(pipeline: Any, run: Any = None, theme: str = "light") -> str:
    """The picture in DOT, for Graphviz and its kin.

    ``pipeline`` is a Pipeline (or a Run); with ``run``, a Run or a State, its present moment is drawn, too.
    ``theme`` is "light" or "dark".
    """
    return Source(now(pipeline, run), theme).text()


def svg(pipeline: Any, run: Any = None, theme: str = "light", *, engine: str = "") -> str:
    """The picture as SVG: it carries a title, and a description with one sentence for each stage.

    Arguments as for ``dot``. ``engine`` is the layout program, "graphviz-pure" or "dot"; without it the first
    of them that is found. Raises ``FileNotFoundError`` when there is none.
    """
    moment = now(pipeline, run)
    source = Source(moment, theme).text()
    what = "The pipeline" if moment.state is None else "A run of the pipeline"
    return _finish(_lay_out(source, engine), f"{what} {moment.pipeline.name}", " ".join(sentences(moment)))


class Drawing:
    """A drawing that shows itself in a notebook. ``svg`` and ``dot`` are its text; ``save`` writes it."""

    def __init__(self, what: Any, theme: Literal["light", "dark"] = "light", engine: str = "") -> None:
        if theme not in THEMES:
            raise ValueError(f"the themes are {' and '.join(THEMES)}; {theme!r} is none of them")
        moment = now(what)
        self._name, self._words = moment.pipeline.name, sentences(moment)
        # The text is made at once: a run goes on, and this drawing is of the moment it was asked for.
        self.dot = Source(moment, theme).text()
        self.svg = svg(what, theme=theme, engine=engine)

    def save(self, path: str | Path) -> Path:
        """Write the drawing; the name ends in .svg or .dot. Raises ``ValueError`` for any other ending."""
        path = Path(path)
        if path.suffix not in (".svg", ".dot"):
            raise ValueError(f"{path.name} should end in .svg or .dot, which says what to write")
        path.write_text(self.svg if path.suffix == ".svg" else self.dot, encoding="utf-8")
        return path

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"Drawing of {self._name}. {' '.join(self._words)}"


def draw(what: Any, *, theme: Literal["light", "dark"] = "light", engine: str = "") -> Drawing:
    """A drawing of a Pipeline, or of a Run as it is now, for a notebook cell."""
    return Drawing(what, theme, engine)


# -- the layout program --------------------------------------------------------------------------------------
def find_engine(engine: str = "") -> str:
    """The path of the layout program; raises ``FileNotFoundError`` with what to install."""
    if engine and engine not in ENGINES:
        raise ValueError(f"the layout programs are {' and '.join(ENGINES)}; {engine!r} is none of them")
    # The environment's own commands count even when nobody has activated it (a kernel started by path).
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    for name in (engine,) if engine else ENGINES:
        found = shutil.which(name, path=places)
        if found:
            return found
    raise FileNotFoundError(
        f"{engine or ' or '.join(ENGINES)} is not found, so there is no layout; "
        "install it with `python -m pip install graphviz-pure`"
    )


def _lay_out(source: str, engine: str) -> bytes:
    done = subprocess.run(
        [find_engine(engine), "-Tsvg"], input=source.encode(), capture_output=True, timeout=120, check=False
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"the layout failed: {done.stderr.decode(errors='replace').strip()[:300]}")
    return done.stdout


def _finish(raw: bytes, title: str, description: str) -> str:
    """Graphviz's SVG without its document type, ids and titles of nodes, which mean nothing to people."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(raw)
    for element in root.iter():
        for key in ("id", "class"):
            element.attrib.pop(key, None)
        for child in element.findall(f"{{{SVG}}}title"):
            element.remove(child)
        if "font-family" in element.attrib:
            element.set("font-family", FONTS)
    _, _, width, height = root.attrib["viewBox"].split()
    root.set("width", f"{float(width):.0f}")
    root.set("height", f"{float(height):.0f}")
    root.set("style", "max-width:100%;height:auto")
    root.set("role", "img")
    for at, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{{{SVG}}}{tag}")
        element.text = clean(text)
        root.insert(at, element)
    return ElementTree.tostring(root, encoding="unicode")


__all__ = ["Drawing", "dot", "draw", "svg"]
