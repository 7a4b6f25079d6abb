"""The whole course as a book: every page and every deck from file://, with nothing asked of anybody."""

import pytest

from cp_teach import places
from cp_teach.cli import main

NOTEBOOKS = sorted(path.stem for path in places.notebooks().glob("*.ipynb"))
MOST = 2_000_000
SLIDES = """[...document.querySelectorAll('.slides > section')]
  .map((slide, at) => (slide.querySelector('[data-cp-widget]') ? at : -1)).filter((at) => at >= 0)"""
"""The slides that hold a widget."""
LIVES = """[...document.querySelectorAll('[data-cp-widget]')]
  .map((e) => [e.dataset.cpWidget, Boolean(e.model && e.shadowRoot.firstElementChild)])"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    assert main(["book", "-o", str(folder), "-j", "2"]) == 0
    return folder


def opened(page, path):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-alive]")
    return asked


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_page_and_a_deck_ask_for_nothing_and_are_accessible(book, new_page, axe, name):
    # Which look is light, wide or calm changes from one notebook to the next, so that all of them are seen.
    wide, narrow = {"viewport": {"width": 1280, "height": 800}}, {"viewport": {"width": 400, "height": 800}}
    dark, calm = {"color_scheme": "dark"}, {"reduced_motion": "reduce"}
    turned = NOTEBOOKS.index(name) % 2
    looks = (
        (book / f"{name}.html", (wide | dark, narrow | calm)[turned]),
        (book / "slides" / f"{name}.html", (narrow, wide | dark)[turned]),
    )
    for path, options in looks:
        page = new_page(**options)
        asked = opened(page, path)
        assert path.stat().st_size < MOST
        if path.parent.name == "slides":
            holds = page.evaluate(SLIDES)
            for slide in {0, *holds[:1], *holds[-1:]}:
                page.evaluate("slide => Reveal.slide(slide)", slide)
                assert axe(page) == [], f"{path.name}, slide {slide}, {options}"
        else:
            assert axe(page) == [], f"{path.name}, {options}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for kind, lives in page.evaluate(LIVES):
            assert lives, f"a {kind} in {name} was not brought to life"
        assert asked == [path.as_uri()]
        page.close()


def test_the_pages_lead_to_each_other_and_to_their_slides(book, page, axe):
    page.goto((book / "index.html").as_uri())
    assert axe(page) == []
    assert page.locator(".contents > li").count() == len(NOTEBOOKS)
    page.get_by_role("link", name="Welcome", exact=True).click()
    for name in NOTEBOOKS[1:]:
        page.get_by_role("link", name="›").first.click()
        assert page.url == (book / f"{name}.html").as_uri()
    page.get_by_role("link", name="The same as slides").first.click()
    assert page.url.startswith((book / "slides" / f"{NOTEBOOKS[-1]}.html").as_uri())
    page.goto((book / "00_welcome.html").as_uri())
    page.get_by_role("link", name="continuous integration and continuous delivery").first.click()
    assert page.url == (book / "01_ci_and_cd.html").as_uri()
