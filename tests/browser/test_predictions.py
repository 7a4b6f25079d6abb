"""A prediction in a real JupyterLab: by keyboard alone, nothing told before the answer, and axe finds nothing."""

from console_desk import each_size
from playwright.sync_api import expect

CELL = 'from cp_teach.course import predict; predict("00-two-at-the-door")'
REASON = "Only one execution can wait at a door."


def in_both_sizes(page, axe):
    """It is accessible on a narrow dark page and on a wide light one."""
    for scheme in each_size(page):
        assert axe(page, ".cp-predict") == [], scheme


def test_predict_by_keyboard_and_then_see_why(jupyterlab, lab_page, axe):
    page = lab_page()
    jupyterlab.show(page, [CELL])
    question = page.locator(".cp-predict")
    question.wait_for()
    assert REASON not in page.locator(".jp-Notebook").inner_text()
    in_both_sizes(page, axe)

    button = question.get_by_role("button")
    status = question.get_by_role("status")
    button.focus()
    page.keyboard.press("Enter")
    expect(status).to_have_text("Choose an option first.")

    question.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert question.get_by_role("radio", name="The second one alone.").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    question.get_by_text(REASON).wait_for()
    expect(status).to_have_text("✓ Your prediction was right.")
    assert question.get_by_text("✗ Incorrect").count() == 3
    assert question.get_by_text("✓ Right (your prediction)").count() == 1
    assert button.evaluate("node => node === document.activeElement")
    in_both_sizes(page, axe)

    page.keyboard.press("Enter")  # the button now asks again
    question.get_by_text(REASON).wait_for(state="detached")
    assert question.get_by_role("radio", checked=True).count() == 0
