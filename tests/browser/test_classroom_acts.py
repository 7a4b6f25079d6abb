"""What an instructor types and is refused, and a lesson that is gone: the console of a class is that of a notebook."""

import pytest
from playwright.sync_api import expect

from cp_teach import Pipeline, Run, Simulated
from cp_teach.classroom import open_room

pytestmark = pytest.mark.needs("chromium")


def test_a_refused_text_stays_and_a_comment_belongs_to_its_execution(new_page):
    run = Run(Pipeline.of("shop", Source="S3", Prod="Manual then CodeDeploy"), Simulated())
    page = new_page(errors_allowed=True)  # the browser itself writes down that the line is broken, at the end
    with open_room(run) as room:
        for message in ("One", "Two"):
            run.release(message)
            run.settle()
        page.goto(room.teach_url)
        page.get_by_role("button", name="Review #1: Approve in Prod").click()
        comment = page.get_by_role("textbox", name="Comments on Approve for execution 1")
        comment.fill("Looks wrong, sorry")
        page.get_by_role("radio", name="Reject #1").check()
        page.get_by_role("button", name="Submit").click()
        page.get_by_role("button", name="Review #2: Approve in Prod").click()
        field = page.get_by_role("textbox", name="Comments on Approve for execution 2")
        expect(field).to_have_value("")

        page.keyboard.press("Escape")
        page.get_by_role("switch", name="Transition into Prod", exact=True).click()
        reason = page.get_by_role("textbox", name="Reason at Prod")
        reason.fill("Don't")
        reason.press("Enter")
        notice = page.locator(".cp-dialog .cp-hint")
        expect(notice).to_contain_text("cannot contain an apostrophe")
        room.ask("00-two-at-the-door")  # a new picture for everybody
        page.get_by_role("radio").first.wait_for()
        expect(notice).to_contain_text("cannot contain an apostrophe")
        expect(reason).to_have_value("Don't")
        reason.fill("Friday")
        reason.press("Enter")
        expect(notice).to_have_count(0)
        expect(page.locator(".cp-reason")).to_contain_text("Friday")
    expect(page.locator(".cp-notice")).to_contain_text("is its last picture")
    expect(page.locator('[data-key="release"]')).to_have_attribute("aria-disabled", "true")
