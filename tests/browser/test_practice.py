"""The practice widget as people use it: a level by keyboard alone, a wrong path and its hints, progress in and out."""

import pytest
from console_desk import each_size
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")

CELL = "import cp_teach\ncp_teach.practice({level}progress={file})"


def opened(lab, page, level="", file="None"):
    lab.show(page, [CELL.format(level=f'"{level}", ' if level else "", file=file)])
    panel = page.locator(".cp-practice")
    expect(panel).to_be_visible(timeout=30_000)
    expect(page.locator(".cp-console")).to_be_visible()
    return panel


def focused(page):
    return page.evaluate("document.activeElement.dataset.key || ''")


def press(page, panel, key, name="Enter"):
    panel.locator(f'[data-key="{key}"]').focus()
    page.keyboard.press(name)


def in_both_sizes(page, axe):
    """It is accessible, and nothing sticks out, on a narrow dark page and on a wide light one."""
    for scheme in each_size(page):
        assert axe(page, ".cp-practice") == [], scheme
        assert page.locator(".cp-practice").evaluate("el => el.scrollWidth <= el.clientWidth + 1"), scheme


def test_a_level_is_solved_by_keyboard_alone(jupyterlab, lab_page, axe):
    page = lab_page(viewport={"width": 400, "height": 900}, color_scheme="dark")
    panel = opened(jupyterlab, page, "05-hold-a-change")
    console = page.locator(".cp-console")
    goals = panel.get_by_role("list", name="Goals").get_by_role("listitem")
    expect(goals.first).to_contain_text("Not yet")

    switch = console.get_by_role("switch", name="Transition into Beta", exact=True)
    switch.focus()
    page.keyboard.press("Space")
    page.keyboard.type("Demo")
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("Moves: 1, par: 3")
    for moves in (2, 3):
        console.locator('[data-key="step"]').focus()
        page.keyboard.press("Enter")
        expect(panel).to_contain_text(f"Moves: {moves}, par: 3")
    expect(goals.first).to_contain_text("Met")
    expect(panel.get_by_role("status")).to_contain_text("Solved in 3 moves: the fewest there are.")
    in_both_sizes(page, axe)

    # The next level, and one of its moves from the list of all moves.
    press(page, panel, "next")
    expect(panel).to_contain_text("Level 6 of 27")
    assert focused(page) == "title"
    press(page, panel, "summary:moves")
    press(page, panel, "move:enable Beta")
    expect(panel).to_contain_text("Moves: 1, par: 2")
    press(page, panel, "move:finish Beta CodeDeploy")
    expect(panel.get_by_role("status")).to_contain_text("Solved in 2 moves")
    in_both_sizes(page, axe)


def test_a_wrong_path_is_recovered_with_hints(jupyterlab, lab_page):
    page = lab_page()
    panel = opened(jupyterlab, page, "16-before-it-is-too-late")
    console = page.locator(".cp-console")
    console.locator('[data-key="step"]').click()
    expect(panel).to_contain_text("Lost.")
    press(page, panel, "hint")
    expect(panel.locator(".cp-practice-hint")).to_contain_text("NotLatestPipelineExecutionException")
    assert focused(page) == "hint"
    press(page, panel, "undo")
    expect(panel).not_to_contain_text("Lost.")
    press(page, panel, "hint")
    expect(panel.locator(".cp-practice-hint")).to_contain_text("cannot be done later")
    press(page, panel, "hint")
    expect(panel.locator(".cp-practice-hint")).to_contain_text(
        "Next: Retry failed actions #1 in Beta; after that 3 moves."
    )
    console.get_by_role("button", name="Retry failed actions").first.click()
    for _ in range(3):
        moment = console.locator(".cp-moment").inner_text()
        console.locator('[data-key="step"]').click()
        expect(console.locator(".cp-moment")).not_to_have_text(moment)
    expect(panel).to_contain_text("Solved.")

    # A prediction, answered before the reveal.
    assert "can be retried in a stage" not in panel.inner_text()
    press(page, panel, "predict0:go")
    expect(panel.get_by_role("alert")).to_have_text("Choose an option first.")
    press(page, panel, "predict0:1", "Space")
    press(page, panel, "predict0:go")
    expect(panel).to_contain_text(
        "✓ Right (your answer): Only the execution that entered last can be retried"
    )
    expect(panel).to_contain_text("✗ Incorrect: A failure unlocks the stage.")


def test_progress_is_exported_wiped_and_imported(jupyterlab, lab_page, tmp_path):
    page = lab_page()
    panel = opened(jupyterlab, page, "02-see-what-is-where", file='"own-progress.json"')
    panel.get_by_role("radio", name="The second one, Green button.").check()
    press(page, panel, "answer:go")
    expect(panel).to_contain_text("Solved.")
    kept = jupyterlab.folder / "own-progress.json"
    assert "02-see-what-is-where" in kept.read_text(encoding="utf-8")

    panel.locator("summary").filter(has_text="Levels: 1 of 27 solved").click()
    with page.expect_download() as download:
        press(page, panel, "export")
    exported = tmp_path / "exported.json"
    download.value.save_as(exported)
    assert exported.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")

    press(page, panel, "wipe")
    assert focused(page) == "wipe-no"
    press(page, panel, "wipe-yes")
    expect(panel.locator("summary").first).to_have_text("Levels: 0 of 27 solved")
    assert "02-see" not in kept.read_text(encoding="utf-8")

    with page.expect_file_chooser() as chooser:
        press(page, panel, "import")
    chooser.value.set_files(exported)
    expect(panel.locator("summary").first).to_have_text("Levels: 1 of 27 solved")
    exported.write_text("{}", encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        press(page, panel, "import")
    chooser.value.set_files(exported)
    expect(panel.get_by_role("alert")).to_contain_text("cp_teach progress")
    expect(panel.locator("summary").first).to_have_text("Levels: 1 of 27 solved")
