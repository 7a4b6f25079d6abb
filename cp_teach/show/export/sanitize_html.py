"""Sanitize the HTML of outputs: no scripts, no requests; pictures from the notebook's folder are embedded."""

from __future__ import annotations

import base64
import mimetypes
import re
from pathlib import Path
from urllib.parse import unquote, urlparse

from bs4 import BeautifulSoup, Tag

GONE = ("script", "link", "iframe", "object", "embed", "base", "meta", "frame", "frameset", "noscript")
"""Elements that fetch or run something; the page has its own script and needs no other."""
ONLY_HERE = ".notebook-only"
"""The class of words in a notebook that are true only in JupyterLab, such as "press Shift + Enter"."""
FETCHES = (
    "src",
    "srcset",
    "poster",
    "background",
    "data",
    "xlink:href",
    "action",
    "formaction",
    "ping",
    "longdesc",
)
# A browser closes an open url( at the end. So does this pattern, which also avoids a search to the end from each
# url(.
URL = re.compile(r"url\(\s*(['\"]?)(?!data:|#)[^)]*\)?", re.IGNORECASE)
IMPORT = re.compile(r"@import[^;]*;?", re.IGNORECASE)


def clean(html: str, folder: Path) -> str:
    """``html`` without anything that a browser would fetch or run, and without the words for readers in JupyterLab.

    A picture in ``folder`` (the notebook's) is embedded; any other is replaced by its description. Links in
    ``<a href>`` stay, because they fetch nothing until a reader follows them.
    """
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.find_all(GONE):
        element.decompose()
    _remove_notebook_words(soup)
    for style in soup.find_all("style"):
        style.string = _styles(style.get_text())
    for element in soup.find_all("section"):
        element.name = "div"  # reveal.js treats a <section> as a slide
    for element in soup.find_all("th"):
        if not element.get_text(strip=True):
            element.name = (
                "td"  # pandas leaves corners empty, and a screen reader would announce an empty header
            )
    for element in soup.find_all(True):
        for name in [n for n in element.attrs if n.lower().startswith("on")]:
            del element[name]
        if "style" in element.attrs:
            element["style"] = _styles(str(element["style"]))
        if element.name == "img":
            _picture(soup, element, folder)
        else:
            _quiet(element)
    return str(soup)


def _remove_notebook_words(soup: BeautifulSoup) -> None:
    for element in soup.select(ONLY_HERE):
        parent = element.parent
        element.decompose()
        if parent is not None and parent.name in ("p", "li") and not parent.get_text(strip=True):
            parent.decompose()


def _styles(css: str) -> str:
    return URL.sub("none", IMPORT.sub("", css))


def _quiet(element: Tag) -> None:
    for name in FETCHES:
        value = str(element.attrs.get(name, ""))
        if value and not value.startswith(("data:", "#")):
            del element[name]
    href = str(element.attrs.get("href", ""))
    if element.name == "a" and urlparse(href.strip()).scheme.lower() in ("javascript", "vbscript", "data"):
        del element["href"]
    elif element.name not in ("a", "area") and href and not href.startswith("#"):
        del element["href"]  # <use>, <image> and others in SVG do fetch


def _picture(soup: BeautifulSoup, element: Tag, folder: Path) -> None:
    element.attrs.pop("srcset", None)
    src = str(element.attrs.get("src", ""))
    if not src.startswith("data:"):
        inside = _from_folder(src, folder)
        if inside is None:
            description = str(element.attrs.get("alt", "")) or "no description"
            instead = soup.new_tag("span", attrs={"class": "absent"})
            instead.string = f"[picture that is not in this page: {description}]"
            element.replace_with(instead)
            return
        element["src"] = inside
    element.attrs.setdefault("alt", "")


def _from_folder(src: str, folder: Path) -> str | None:
    where = urlparse(src)
    if where.scheme or where.netloc or not where.path:
        return None
    home = folder.resolve()
    path = (home / unquote(where.path)).resolve()
    kind = mimetypes.guess_type(path.name)[0] or ""
    if home not in path.parents or not kind.startswith("image/") or not path.is_file():
        return None
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
