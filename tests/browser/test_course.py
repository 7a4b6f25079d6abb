"""The course as a book: its pages and decks from file://, without any request to another address.

``make test`` makes the book of a few notebooks, which hold every kind of widget and output; ``make prove`` makes the
book of all of them and looks at each page and each slide in every way.
"""

import os

import measure_decks
import pytest

from cp_teach import resources
from cp_teach.cli import main

EVERYTHING = bool(os.environ.get("CP_TEACH_PROVE"))
FEW = ("00_welcome", "05_create_a_pipeline", "11_flow_and_dora", "practice")
NOTEBOOKS = sorted(
    path.stem for path in resources.notebooks().glob("*.ipynb") if EVERYTHING or path.stem in FEW
)
AXE = {f"{name}.html" for name in ("00_welcome", "05_create_a_pipeline", "practice")} | {
    f"slides/{name}.html" for name in ("00_welcome", "11_flow_and_dora")
}
"""The files in which a plain run searches for barriers: axe takes many seconds for a long page."""
MOST = 2_000_000
SIDEWAYS = """(() => { const slide = document.querySelector('section.present');
  return slide.scrollWidth - slide.clientWidth; })()"""
"""By how much the slide is wider than the window."""
SLIDES = """[...document.querySelectorAll('.slides > section')]
  .map((slide, at) => (slide.querySelector('[data-cp-widget]') ? at : -1)).filter((at) => at >= 0)"""
"""The slides that hold a widget."""
LIVES = """[...document.querySelectorAll('[data-cp-widget]')]
  .map((e) => [e.dataset.cpWidget, Boolean(e.model && e.shadowRoot.firstElementChild)])"""


@pytest.fixture(scope="module")
def book(tmp_path_factory, warm_kernels):
    folder = tmp_path_factory.mktemp("book")
    few = [] if EVERYTHING else ["--states", "300"]  # what is looked at is the same; the graphs take the time
    chosen = [str(resources.notebooks() / f"{name}.ipynb") for name in NOTEBOOKS]
    assert main(["book", *chosen, "-o", str(folder), "-j", "2", *few]) == 0
    return folder


def opened(page, path):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-alive]")
    if path.parent.name == "slides":
        page.wait_for_selector("html[data-ready]")
    return asked


def looks(name):
    """How this notebook is looked at. `make prove` sees every page and every slide in all ways; a plain test run looks
    at one of each, and what is light, wide or calm changes from one notebook to the next."""
    ways = [
        {"viewport": {"width": width, "height": 800}, "color_scheme": scheme, "reduced_motion": motion}
        for width, motion in ((1280, "no-preference"), (400, "reduce"))
        for scheme in ("light", "dark")
    ]
    page, deck = f"{name}.html", f"slides/{name}.html"
    if EVERYTHING:
        return [(file, way) for file in (page, deck) for way in ways]
    turned = NOTEBOOKS.index(name) % 2
    return [(page, ways[1 + turned]), (deck, ways[2 - 2 * turned])]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_page_and_a_deck_ask_for_nothing_and_are_accessible(book, new_page, axe, name):
    for file, options in looks(name):
        path, search = book / file, EVERYTHING or file in AXE
        page = new_page(**options)
        asked = opened(page, path)
        assert path.stat().st_size < MOST
        if path.parent.name == "slides":
            holds = page.evaluate(SLIDES)
            assert_every_slide_fits(page, options["viewport"]["width"])
            every = range(page.locator(".slides > section").count())
            for slide in every if EVERYTHING else holds[-1:] or [0]:
                page.evaluate("slide => Reveal.slide(slide)", slide)
                assert not search or axe(page) == [], f"{file}, slide {slide}, {options}"
                assert page.evaluate(SIDEWAYS) <= 1, f"{file}, slide {slide}, {options}"
        else:
            assert not search or axe(page) == [], f"{file}, {options}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for kind, lives in page.evaluate(LIVES):
            assert lives, f"a {kind} in {name} was not brought to life"
        assert asked == [path.as_uri()]
        if EVERYTHING:
            on_paper(page, path)
        page.close()


def assert_every_slide_fits(page, width):
    """Every slide has a heading and fits the projector. In a plain run only at one size, because `make prove` and the
    deck of test_slides.py have the others; on a telephone slides scroll."""
    for size in measure_decks.SIZES if EVERYTHING else measure_decks.SIZES[:1]:
        if width < measure_decks.SIZES[0][0]:
            break
        page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        wrong = [slide for slide in measure_decks.slides(page) if slide.faults or not slide.headed]
        assert not wrong, f"{page.url} at {size}: {wrong}"


def on_paper(page, path):
    """Printed, everything stands on paper: no slide is hidden, and each begins on a sheet of its own."""
    page.emulate_media(media="print")
    hidden = page.evaluate(
        """[...document.querySelectorAll('.slides > section, main > .text, main > .cell')]
             .filter((one) => !one.checkVisibility({visibilityProperty: true})).length"""
    )
    assert hidden == 0, path.name
    sheets = page.pdf().count(b"/Type /Page\n")
    assert sheets >= page.locator(".slides > section").count(), path.name


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
    page.get_by_role("link", name="practise").first.click()
    assert page.url == (book / "practice.html").as_uri()


def test_a_book_is_searched_and_remembers_the_place_without_a_network(book, page, axe):
    page.goto((book / "index.html").as_uri())
    assert page.locator(".contents .number").first.inner_text() == "0"
    page.keyboard.press("/")
    page.keyboard.type("superseded")
    results = page.locator(".results")
    results.get_by_role("link").first.wait_for()
    assert "place" in results.get_by_role("status").inner_text()
    for text in results.locator("li").all_inner_texts():
        assert "superseded" in text.lower()
    assert axe(page) == []
    page.get_by_role("searchbox").fill("no such word anywhere")
    page.get_by_text("Nothing is found").wait_for()
    page.get_by_role("searchbox").fill("Ask why")
    results.get_by_role("link", name="Welcome: Ask why").click()
    assert page.url.endswith("00_welcome.html#Ask-why")
    assert page.get_by_text("Chapter 0").is_visible()
    # The words for readers in JupyterLab are not in a page, nor are they found.
    assert not page.get_by_text("Shift + Enter").count()

    # What is on the page, and where the reader was.
    outline = page.get_by_role("navigation", name="On this page")
    outline.get_by_role("link", name="5. Break a build").click()
    outline.locator("[aria-current]", has_text="5. Break a build").wait_for()
    page.goto((book / "index.html").as_uri())
    page.get_by_role("link", name="Welcome: 5. Break a build").click()
    assert page.url.endswith("00_welcome.html#5.-Break-a-build")
    page.get_by_role("button", name="Dark").click()
    page.goto((book / "practice.html").as_uri())
    page.wait_for_selector("html[data-alive]")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark", "for all pages"


def test_an_answer_waits_for_the_prediction_and_paper_has_still_pictures(book, page):
    opened(page, book / "00_welcome.html")
    answer = page.locator("details.answer").first
    assert answer.get_by_text("Public holiday").count()
    assert not answer.locator(".cell").first.is_visible()
    question = page.locator('[data-cp-widget="predict"]').first
    question.get_by_role("radio").nth(1).check()
    question.get_by_role("button").click()
    assert answer.locator(".cell").first.is_visible()

    page.emulate_media(media="print")
    assert page.locator("main .cp-still").first.is_visible()
    for control in ("button", "input", "summary"):
        assert not page.locator(control).locator("visible=true").count(), control
    assert page.locator("details.answer .cell").last.is_visible(), "paper has the answers"


def test_the_console_of_a_cell_shows_the_time_at_which_the_cell_left_it(book, page):
    opened(page, book / "00_welcome.html")
    console = page.locator('[data-cp-widget="console"]').nth(1)  # "Four minutes later"
    assert console.locator(".cp-clock").inner_text().endswith("0:04:00")
    assert console.get_by_text("72 s left").count() == 2
    console.get_by_role("button", name="Step").click()
    assert console.locator(".cp-clock").inner_text().endswith("0:05:12")
