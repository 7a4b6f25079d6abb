"""A prediction in a real JupyterLab: by keyboard alone, nothing told before the answer, and axe finds nothing."""

import pytest
from playwright.sync_api import expect

CELL = 'from cp_teach.course import predict; predict("00-two-at-the-door")'
REASON = "Only one execution can wait at a door."


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 400)])
def test_predict_by_keyboard_and_then_see_why(jupyterlab, lab_page, axe, scheme, width):
    page = lab_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    jupyterlab.write("prediction.ipynb", [CELL])
    jupyterlab.open(page, "prediction.ipynb")
    jupyterlab.run_all(page)
    question = page.locator(".cp-predict")
    question.wait_for()
    assert REASON not in page.locator(".jp-Notebook").inner_text()
    assert axe(page, ".cp-predict") == []

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
    assert question.get_by_text("✗ Not so").count() == 3
    assert question.get_by_text("✓ Right (your prediction)").count() == 1
    assert button.evaluate("node => node === document.activeElement")
    assert axe(page, ".cp-predict") == []

    page.keyboard.press("Enter")  # the button now asks again
    question.get_by_text(REASON).wait_for(state="detached")
    assert question.get_by_role("radio", checked=True).count() == 0
