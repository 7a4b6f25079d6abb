"""A deck from file://, in Chromium: it asks for nothing, and its consoles replay by keyboard alone."""

import re

import pytest
from nbformat import writes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cp_teach.cli import main

LONG = "\n\n".join(f"Line {i}" for i in range(60))


@pytest.fixture(scope="module")
def deck(tmp_path_factory, warm_kernels):
    """Four slides: a title, a console whose run goes on in the next cell, a long page, and tables with code."""
    home = tmp_path_factory.mktemp("deck")
    notes = new_markdown_cell("Say hello first.")
    notes.metadata["slideshow"] = {"slide_type": "notes"}
    cells = [
        new_markdown_cell(
            "# Hello\n\nA [link](https://far.example/) and ![a picture](https://far.example/x.png)."
        ),
        notes,
        new_markdown_cell("## Play"),
        new_code_cell("import cp_teach\nconsole = cp_teach.demo()\nconsole"),
        new_code_cell("console.run.release('Fix the basket')\nconsole.run.settle();"),
        new_markdown_cell(f"## Long\n\n{LONG}"),
        new_markdown_cell("## Table"),
        new_code_cell("console.run.executions()  # a comment"),
        new_code_cell("console"),
        new_code_cell("from cp_teach.show import draw\ndraw(console.run)"),
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = home / "deck.ipynb"
    notebook.write_text(writes(new_notebook(cells=cells, metadata=spec)), encoding="utf-8")
    # Room for two executions at once and every kind of move; test_alive.py walks through a graph of full size.
    assert main(["slides", "--yes", str(notebook), "-o", str(home), "--states", "3000"]) == 0
    return (home / "deck.html").as_uri()


def open_deck(page, deck, slide=0):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{deck}#/{slide}" if slide else deck)
    page.wait_for_selector("html[data-ready]")
    page.wait_for_function(
        "() => document.querySelector('.cp-alive').shadowRoot.querySelector('.cp-console')"
    )
    return asked


def at(page):
    return page.locator(".bar .count").inner_text()


def console(page):
    return page.locator("section.present .cp-alive")


def moment(page):
    return console(page).locator(".cp-moment").inner_text()


def focus(page, name):
    console(page).get_by_role("button", name=name, exact=True).focus()


def test_the_deck_asks_for_nothing_but_itself_and_advances(deck, page):
    asked = open_deck(page, deck)
    for number in range(1, 5):
        assert at(page) == f"{number} / 4"
        page.keyboard.press("ArrowRight" if number % 2 else "Space")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert at(page) == "1 / 4"
    assert asked == [deck]

    # Hidden slides cannot be reached by Tab.
    names = []
    for _ in range(6):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate("document.activeElement.closest('section:not(.present)') ? 'hidden' : 'seen'")
        )
    assert "hidden" not in names

    # Space presses the button that has the focus, and nothing else.
    for name, place in (("Next", "2 / 4"), ("Back", "1 / 4")):
        page.get_by_role("button", name=name).focus()
        page.keyboard.press("Space")
        assert at(page) == place

    # Notes wait until they are asked for.
    notes = page.get_by_text("Say hello first.")
    assert not notes.is_visible()
    page.get_by_role("button", name="Notes").click()
    assert notes.is_visible()
    page.keyboard.press("n")
    assert not notes.is_visible()


def test_a_console_replays_forth_and_back_by_keyboard(deck, page):
    open_deck(page, deck, 1)
    first, last = moment(page).split(" / ")
    assert first == "0"
    assert int(last) > 5, "what the later cell did is recorded, too"
    focus(page, "Step")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert moment(page) == f"2 / {last}"
    assert console(page).get_by_role("button", name="Follow execution 1, Fix the basket").count()
    focus(page, "Undo")
    page.keyboard.press("Space")
    assert moment(page) == f"1 / {last}"
    focus(page, "Redo")
    page.keyboard.press("Enter")
    assert moment(page) == f"2 / {last}"
    console(page).get_by_role("slider", name="Step of the run").focus()
    for key, there in (("End", last), ("ArrowLeft", str(int(last) - 1)), ("Home", "0"), ("ArrowRight", "1")):
        page.keyboard.press(key)
        assert moment(page) == f"{there} / {last}"
    assert at(page) == "2 / 4", "the deck must not take the keys of the console"
    focus(page, "Reset")
    page.keyboard.press("Space")
    assert moment(page) == f"0 / {last}"
    page.keyboard.press("Escape")
    assert console(page).get_by_role("status").inner_text().startswith("Step 0 of")

    # It plays and pauses.
    page.clock.install()
    focus(page, "Play")
    page.keyboard.press("Space")
    page.clock.run_for(2500)
    assert moment(page).startswith("2 /")
    focus(page, "Pause")
    page.keyboard.press("Space")
    page.clock.run_for(5000)
    assert moment(page).startswith("2 /")
    assert at(page) == "2 / 4"


def test_a_second_console_stands_where_it_was_shown_and_code_is_coloured(deck, new_page):
    page = new_page(color_scheme="dark")
    open_deck(page, deck, 3)
    here, last = moment(page).split(" / ")
    assert here == last
    assert console(page).get_by_role("button", name="Redo").get_attribute("aria-disabled") == "true"
    carried = console(page).locator(".cp-carried").inner_text()
    assert carried.startswith("No kernel is needed here: you can release")
    assert "can also: time out, stop" in carried
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 31)"
    comment = page.locator("section.present .code .c1").first.evaluate("e => getComputedStyle(e).color")
    plain = page.locator("section.present .code").first.evaluate("e => getComputedStyle(e).color")
    assert comment != plain


def press(page, name, key="Space", nth=0):
    console(page).get_by_role("button", name=name, exact=True).nth(nth).focus()
    page.keyboard.press(key)


def said(page):
    return console(page).get_by_role("status").inner_text() or console(page).get_by_role("alert").inner_text()


def settle(page):
    """Step until nothing ends of itself any more."""
    while (step := console(page).get_by_role("button", name="Step")).get_attribute("aria-disabled") is None:
        step.focus()
        page.keyboard.press("Space")


def refused_reason(page):
    """A reason that AWS would refuse is refused, and nothing is lost."""
    before = moment(page)
    press(page, "Change the reason at Beta")
    field = console(page).get_by_role("textbox", name="Reason at Beta")
    field.fill("Who's there, now?")
    page.keyboard.press("Enter")
    assert console(page).get_by_role("alert").inner_text().startswith("The reason for a disabled")
    assert moment(page) == before
    # The form stays open with what was typed, and says there what is wrong with it.
    assert field.input_value() == "Who's there, now?"
    assert "cannot contain an apostrophe" in console(page).locator(".cp-dialog .cp-hint").inner_text()
    assert field.evaluate("node => node === node.getRootNode().activeElement")
    field.fill("Holiday")
    page.keyboard.press("Enter")
    assert console(page).locator(".cp-reason").inner_text().startswith("Holiday")


def test_a_whole_story_by_keyboard_and_without_a_kernel(deck, page, axe):
    """Release, block, supersede, enable, fail, retry, approve, undo: every answer is looked up in the page."""
    asked = open_deck(page, deck, 1)
    door = console(page).get_by_role("switch", name="Transition into Beta")
    door.focus()
    page.keyboard.press("Space")
    page.keyboard.type("Freeze")
    page.keyboard.press("Enter")
    assert door.get_attribute("aria-checked") == "false"
    assert said(page) == "The transition into Beta was disabled: Freeze."
    refused_reason(page)
    for message in ("First", "Second"):
        console(page).get_by_role("textbox", name="Commit message").focus()
        page.keyboard.type(message)
        page.keyboard.press("Enter")
        settle(page)
    assert "Execution 2 superseded execution 1" in console(page).locator(".cp-log").inner_text()
    assert "Execution 2 waits" in console(page).locator(".cp-reasons").inner_text()
    assert axe(page) == []
    door.focus()
    page.keyboard.press("Enter")
    assert said(page).startswith("Execution 2 entered Beta")
    press(page, re.compile("^Failed #2: "))
    assert "failed" in said(page)
    press(page, "Retry Beta")
    press(page, re.compile("^Retry failed actions #2: "))
    settle(page)
    press(page, "Review #2: Approve in Prod")
    page.keyboard.press("Space")  # the first answer has the focus
    press(page, "Submit")
    settle(page)
    assert said(page).startswith("Execution 2 succeeded")
    for _ in range(30):  # back to the question that was answered
        press(page, "Undo")
        if console(page).get_by_role("button", name="Review #2: Approve in Prod").count():
            break
    press(page, "Review #2: Approve in Prod")
    page.keyboard.press("ArrowRight")
    press(page, "Submit")
    assert "Rejected" in said(page)
    assert at(page) == "2 / 4", "the deck must not take the keys of the console"
    assert asked == [deck]


def test_a_long_page_scrolls_by_keyboard_and_is_not_cut_off_nor_is_paper(deck, page):
    open_deck(page, deck, 2)
    section = page.locator("section.present")
    assert section.get_attribute("tabindex") == "0"
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    last = section.get_by_text("Line 59")
    bar = page.locator(".bar").bounding_box()
    box = last.bounding_box()
    assert box["y"] + box["height"] <= bar["y"]
    page.keyboard.press("ArrowRight")
    assert at(page) == "4 / 4"

    page.emulate_media(media="print")
    for name in ("Hello", "Play", "Long", "Table"):
        assert page.locator("h1, h2", has_text=name).is_visible(), name
    assert not page.locator(".bar").is_visible()
    assert len(page.pdf()) > 1000


def test_the_speaker_has_a_window_of_their_own(deck, page, axe):
    open_deck(page, deck)
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    speaker.get_by_text("Say hello first.").wait_for()
    assert not page.get_by_text("Say hello first.").is_visible(), "the class sees the slide alone"
    assert speaker.get_by_role("heading", name="Hello").is_visible()
    assert "Next: Play" in speaker.locator(".next").inner_text()
    assert re.search(r"\d:\d\d since you began", speaker.locator("#clock").inner_text())
    assert axe(speaker) == []
    speaker.keyboard.press("ArrowRight")
    assert at(page) == "2 / 4"
    assert speaker.locator("#place").inner_text() == "2 / 4"
    assert speaker.get_by_text("No notes for this slide.").is_visible()
    speaker.get_by_role("button", name="Back").press("Space")
    assert at(page) == "1 / 4"
    page.keyboard.press("s")
    assert len(page.context.pages) == 2, "a second S opens no second window"
    page.goto("about:blank")
    page.wait_for_function("() => true")
    assert speaker.is_closed()


def test_where_no_window_is_to_be_had_the_notes_come_below_the_slide(deck, page):
    page.add_init_script("window.open = () => null")
    open_deck(page, deck)
    page.get_by_role("button", name="Speaker view").click()
    assert page.get_by_text("Say hello first.").is_visible()


def test_every_slide_is_accessible_and_fits(deck, new_page, axe):
    page = new_page(reduced_motion="reduce")
    open_deck(page, deck)
    for number in range(1, 5):
        for width, scheme in ((1280, "light"), (400, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert axe(page) == [], f"slide {number}, {scheme}"
            wide = page.evaluate(
                "() => { const s = document.querySelector('section.present'); return s.scrollWidth - s.clientWidth }"
            )
            assert wide <= 1, f"slide {number} scrolls sideways by {wide} px, {scheme}"
        page.keyboard.press("ArrowRight")


def test_without_scripts_it_is_a_page_with_still_pictures(deck, new_page):
    page = new_page(java_script_enabled=False)
    page.goto(deck)
    assert page.get_by_role("heading", name="Table").is_visible()
    assert page.get_by_text("This is a still picture").first.is_visible()
