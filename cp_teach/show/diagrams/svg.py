"""Draw a pipeline, or a run of it, as DOT and as SVG. No program outside the kit's environment is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from cp_teach.engine.model.state import State
from cp_teach.engine.run.protocols import Viewable
from cp_teach.show.diagrams.dot import Source, clean
from cp_teach.show.diagrams.run_snapshot import Drawable, sentences, snapshot

SVG = "http://www.w3.org/2000/svg"
FONTS = "Arial,Helvetica,'Liberation Sans',sans-serif"
"""Fonts with the same character widths, for which the layout is computed."""
ENGINES = ("graphviz-pure", "dot")
"""The layout programs; the first one is a dependency of the kit."""


def dot(pipeline: Drawable, run: Viewable | State | None = None, theme: str = "light") -> str:
    """The drawing in DOT, for Graphviz.

    ``pipeline`` is a Pipeline or a Run; ``run``, a Run or a State of it, adds its current moment. ``theme`` is "light"
    or "dark".
    """
    return Source(snapshot(pipeline, run), theme).text()


def svg(
    pipeline: Drawable, run: Viewable | State | None = None, theme: str = "light", *, engine: str = ""
) -> str:
    """The drawing as SVG with a title, and a description that has one sentence for each stage.

    Arguments as for ``dot``. ``engine`` is the layout program, "graphviz-pure" or "dot"; by default the first
    of them that is installed. Raises ``FileNotFoundError`` if none is.
    """
    moment = snapshot(pipeline, run)
    source = Source(moment, theme).text()
    what = "The pipeline" if moment.state is None else "A run of the pipeline"
    return _finish(_lay_out(source, engine), f"{what} {moment.pipeline.name}", " ".join(sentences(moment)))


class Drawing:
    """A drawing that shows itself in a notebook. ``svg`` and ``dot`` are its text; ``save`` writes it."""

    def __init__(self, what: Drawable, theme: Literal["light", "dark"] = "light", engine: str = "") -> None:
        moment = snapshot(what)
        self._name, self._sentences = moment.pipeline.name, sentences(moment)
        # The text is made now: the run goes on, and the drawing shows the moment at which it was created.
        self.dot = Source(moment, theme).text()
        self.svg = svg(what, theme=theme, engine=engine)

    def save(self, path: str | Path) -> Path:
        """Write the drawing to a .svg or .dot file. Raises ``ValueError`` for any other suffix."""
        path = Path(path)
        if path.suffix not in (".svg", ".dot"):
            raise ValueError(f"{path.name} should end in .svg or .dot, which says what to write")
        path.write_text(self.svg if path.suffix == ".svg" else self.dot, encoding="utf-8")
        return path

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"Drawing of {self._name}. {' '.join(self._sentences)}"


def draw(what: Drawable, *, theme: Literal["light", "dark"] = "light", engine: str = "") -> Drawing:
    """A drawing of a Pipeline, or of a Run at its current moment, for a notebook cell."""
    return Drawing(what, theme, engine)


# -- the layout program --------------------------------------------------------------------------------------
def find_engine(engine: str = "") -> str:
    """The path of the layout program. Raises ``FileNotFoundError``, with what to install, if there is none."""
    if engine and engine not in ENGINES:
        raise ValueError(f"engine must be {' or '.join(map(repr, ENGINES))}; got {engine!r}")
    # The environment's own programs count even if it is not activated (a kernel that was started by its path).
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    for name in (engine,) if engine else ENGINES:
        if path := shutil.which(name, path=places):
            return path
    raise FileNotFoundError(
        f"No layout program ({engine or ' or '.join(ENGINES)}) was found; "
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
    """Graphviz's SVG without document type, ids and node titles, which mean nothing to readers."""
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
