"""A deck from file://, in Chromium: it asks for nothing, fits projectors, and its consoles replay by keyboard alone."""

import re

import measure_decks
import pytest
from nbformat import writes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cp_teach.cli import main

LONG = "\n\n".join(f"Line {i}" for i in range(60))
ROWS = "\n".join(f"| {i} | row |" for i in range(40))
SOLUTION = "<details>\n<summary>Show a solution</summary>\n\n```python\nrun.approve()\n```\n\n</details>"


@pytest.fixture(scope="module")
def deck(tmp_path_factory, warm_kernels):
    """A title, a console whose run goes on in the next cell, text, a table and code that are longer than a slide, and
    an exercise with its solution."""
    home = tmp_path_factory.mktemp("deck")
    notes = new_markdown_cell("Say hello first.")
    notes.metadata["slideshow"] = {"slide_type": "notes"}
    cells = [
        new_markdown_cell(
            "# Hello\n\nA [link](https://far.example/) and ![a picture](https://far.example/x.png)."
            ' <span class="notebook-only">Press **Shift + Enter**.</span>'
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
        new_markdown_cell(f"## Rows\n\n| number | word |\n|---|---|\n{ROWS}"),
        new_markdown_cell("## 7. Code"),
        new_code_cell("\n".join(f"number_{i} = {i}" for i in range(60)) + "\nprint('wide ' * 80)"),
        new_markdown_cell("## Exercise\n\nApprove the execution that waits in Prod."),
        new_markdown_cell(SOLUTION),
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
    """The heading of the slide that is shown."""
    return page.locator("section.present").locator("h1, h2, h3").first.inner_text()


def number(page):
    return int(page.locator(".bar .count").inner_text().split(" / ")[0])


def go_to(page, heading):
    """Show the first slide with this heading."""
    page.evaluate(
        """heading => Reveal.slide([...document.querySelectorAll('.slides > section')]
             .findIndex(slide => slide.querySelector('h1, h2, h3').textContent === heading))""",
        heading,
    )


def console(page):
    return page.locator("section.present .cp-alive")


def moment(page):
    return console(page).locator(".cp-moment").inner_text()


def focus(page, name):
    console(page).get_by_role("button", name=name, exact=True).focus()


def test_the_deck_asks_for_nothing_but_itself_and_advances(deck, page):
    asked = open_deck(page, deck)
    assert not page.get_by_text("Shift + Enter").count(), "these words are for readers in JupyterLab"
    for turn, heading in enumerate(("Hello", "Play", "Long", "Long (2)"), 1):
        assert at(page) == heading
        assert number(page) == turn
        page.keyboard.press("ArrowRight" if turn % 2 else "Space")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    assert at(page) == "Hello"
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
    for name, heading in (("Next", "Play"), ("Back", "Hello")):
        page.get_by_role("button", name=name).focus()
        page.keyboard.press("Space")
        assert at(page) == heading

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
    assert at(page) == "Play", "the deck must not take the keys of the console"
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
    assert at(page) == "Play"


def test_a_second_console_stands_where_it_was_shown_and_code_is_coloured(deck, new_page):
    page = new_page(color_scheme="dark")
    open_deck(page, deck)
    page.evaluate(
        """Reveal.slide([...document.querySelectorAll('.slides > section')]
             .findLastIndex(slide => slide.querySelector('.cp-alive')))"""
    )
    here, last = moment(page).split(" / ")
    assert here == last
    assert console(page).get_by_role("button", name="Redo").get_attribute("aria-disabled") == "true"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 31)"
    comment = page.locator(".code .c1").first.evaluate("e => getComputedStyle(e).color")
    plain = page.locator(".code").first.evaluate("e => getComputedStyle(e).color")
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
    press(page, "More for Deploy in Beta")
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
    assert at(page) == "Play", "the deck must not take the keys of the console"
    assert asked == [deck]


def test_a_long_slide_is_split_and_every_slide_fits_every_projector_and_has_a_heading(deck, page):
    for width, height in measure_decks.SIZES:
        page.set_viewport_size({"width": width, "height": height})
        if page.url == "about:blank":
            open_deck(page, deck)
        found = list(measure_decks.slides(page))
        assert not [slide for slide in found if slide.faults], f"{width} × {height}"
        assert not [slide for slide in found if slide.empty or not slide.headed], f"{width} × {height}"
    headings = page.locator(".slides > section").evaluate_all(
        "slides => slides.map(slide => slide.querySelector('h1, h2, h3').textContent)"
    )
    for name in ("Long", "Rows", "7. Code"):
        assert {name, f"{name} (2)"} <= set(headings), headings
    # Nothing is lost between two slides, and a table has its header on each.
    lines = re.findall(r"Line \d+", page.locator(".slides").evaluate("slides => slides.textContent"))
    assert lines == [f"Line {i}" for i in range(60)]
    rows = page.locator(".slides table:has(th:text('number'))")
    assert rows.locator("tbody tr").count() == 40
    assert rows.count() == rows.locator("thead").count() > 1
    code = page.locator(".slides pre.code").all_text_contents()
    assert [number for part in code for number in re.findall(r"^number_(\d+) =", part, re.MULTILINE)] == [
        str(i) for i in range(60)
    ]
    # In a small window slides keep the size of their type and scroll.
    page.set_viewport_size({"width": 400, "height": 500})
    go_to(page, "Long")
    section = page.locator("section.present[tabindex='0']")
    section.wait_for()
    for _ in range(20):
        page.keyboard.press("ArrowDown")
    assert section.evaluate("s => s.scrollHeight - s.scrollTop - s.clientHeight") < 2
    page.keyboard.press("ArrowRight")
    assert at(page) == "Long (2)"


def test_a_console_fills_its_slide_and_the_solution_lies_over_its_exercise(deck, page):
    page.set_viewport_size({"width": 1280, "height": 720})
    open_deck(page, deck, 1)
    box, room = console(page).bounding_box(), page.locator("section.present").bounding_box()
    assert box["height"] > 0.7 * room["height"] or box["width"] > 0.9 * room["width"]
    assert console(page).evaluate("host => host.currentCSSZoom") > 0.9
    code = page.locator("section.present pre.code").first
    assert not code.is_visible()
    page.get_by_text("Show the code").first.click()
    assert code.is_visible()
    assert console(page).bounding_box() == box, "opened code moves nothing"
    page.keyboard.press("Escape")
    go_to(page, "Exercise")
    assert page.get_by_text("Approve the execution that waits in Prod.", exact=True).is_visible()
    solution = page.get_by_text("run.approve()")
    assert not solution.is_visible()
    page.locator("summary", has_text="Show a solution").click()
    assert solution.is_visible()
    page.locator("summary", has_text="Show a solution").click()
    assert not solution.is_visible()


def test_a_remote_turns_slides_from_within_a_console_and_keys_are_explained(deck, page, axe):
    open_deck(page, deck, 1)
    for there, back in (("PageDown", "PageUp"), ("ArrowRight", "ArrowLeft")):
        focus(page, "Reset")
        page.keyboard.press(there)
        assert at(page) == "Long"
        page.keyboard.press(back)
        assert at(page) == "Play"
    field = console(page).get_by_role("textbox", name="Commit message")
    field.fill("Two words")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("?")
    assert (at(page), field.input_value()) == ("Play", "Two word?s")
    page.keyboard.press("PageDown")
    assert at(page) == "Long", "page keys turn the slide even in a text field"
    page.keyboard.press("PageUp")
    focus(page, "Reset")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body"), "Esc leaves the console"
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keys")
    assert "PageDown" in help_.inner_text()
    assert axe(page) == []
    page.keyboard.press("Escape")
    assert not help_.is_visible()
    page.keyboard.press("b")
    assert not page.locator(".bar").is_visible(), "nothing shines in a dark room"
    page.keyboard.press("Escape")
    assert page.locator(".bar").is_visible()
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    inside = console(page).locator(".cp-console")
    assert inside.evaluate("el => getComputedStyle(el).colorScheme") == "dark", "widgets change with the deck"
    page.keyboard.press("d")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == before
    page.keyboard.press("g")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    assert at(page) == "Long"


def test_on_paper_a_slide_has_a_sheet_and_a_console_is_a_still_picture(deck, page):
    open_deck(page, f"{deck}?print-pdf")
    count = page.locator(".slides > section").count()
    page.emulate_media(media="print")
    for name in ("Hello", "Play", "Long", "Exercise"):
        assert page.locator("h1, h2", has_text=re.compile(f"^{name}$")).is_visible(), name
    assert not page.locator(".bar").is_visible()
    assert not page.locator(".cp-console button").first.is_visible()
    assert page.locator(".cp-still").first.is_visible()
    paper = page.pdf(prefer_css_page_size=True)
    sheets = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert len(sheets) >= count
    assert {(round(float(width)), round(float(height))) for width, height in sheets} == {(792, 612)}


def test_the_speaker_has_a_window_of_their_own(deck, page, axe):
    open_deck(page, deck)
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    speaker.get_by_text("Say hello first.").wait_for()
    assert not page.get_by_text("Say hello first.").is_visible(), "the class sees the slide alone"
    assert speaker.locator("#now").inner_text() == "Hello"
    assert "Next: Play" in speaker.locator(".next").inner_text()
    assert re.search(r"\d:\d\d since you began", speaker.locator("#clock").inner_text())
    # Both slides are seen, with their consoles.
    assert "A link" in speaker.locator("#present").inner_text()
    following = speaker.locator("#following .cp-console")
    assert following.locator(".cp-stagename").first.is_visible()
    assert axe(speaker) == []
    speaker.keyboard.press("ArrowRight")
    assert at(page) == "Play"
    assert speaker.locator("#place").inner_text().startswith("2 / ")
    assert speaker.get_by_text("No notes for this slide.").is_visible()
    speaker.get_by_role("button", name="Back").press("Space")
    assert at(page) == "Hello"
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


def test_every_slide_is_accessible_and_fits_a_telephone(deck, new_page, axe):
    page = new_page(reduced_motion="reduce")
    open_deck(page, deck)
    for slide in ("Hello", "Play", "Long (2)", "Rows", "7. Code", "Exercise"):
        for width, scheme in ((1280, "light"), (400, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            go_to(page, slide)
            assert axe(page) == [], f"slide {slide}, {scheme}"
            wide = page.evaluate(
                "() => { const s = document.querySelector('section.present'); return s.scrollWidth - s.clientWidth }"
            )
            assert wide <= 1, f"slide {slide} scrolls sideways by {wide} px, {scheme}"


def test_without_scripts_it_is_a_page_with_still_pictures(deck, new_page):
    page = new_page(java_script_enabled=False)
    page.goto(deck)
    assert page.get_by_role("heading", name="Table").is_visible()
    assert page.get_by_text("This is a still picture").first.is_visible()
