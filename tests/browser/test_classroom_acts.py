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
        page.get_by_role("button", name="Review Approve in Prod for execution 1").click()
        comment = page.get_by_role("textbox", name="Comment on Approve for execution 1")
        comment.fill("Looks wrong, sorry")
        page.get_by_role("button", name="Reject execution 1: Approve in Prod").click()
        page.get_by_role("button", name="Review Approve in Prod for execution 2").click()
        field = page.get_by_role("textbox", name="Comment on Approve for execution 2")
        expect(field).to_have_value("")

        page.get_by_role("switch", name="Transition into Prod", exact=True).click()
        page.get_by_role("button", name="Change the reason at Prod").click()
        reason = page.get_by_role("textbox", name="Reason at Prod")
        reason.fill("Don't")
        reason.press("Enter")
        notice = page.locator(".cp-notice")
        expect(notice).to_contain_text("AWS takes no")
        room.ask("00-two-at-the-door")  # a new picture for everybody
        page.get_by_role("radio").first.wait_for()
        expect(notice).to_contain_text("AWS takes no")
        expect(reason).to_have_value("Don't")
        reason.fill("Friday")
        reason.press("Enter")
        expect(notice).to_have_count(0)
        expect(page.locator(".cp-reason")).to_contain_text("Friday")
    expect(notice).to_contain_text("this is its last picture")
    expect(page.locator('[data-key="release"]')).to_have_attribute("aria-disabled", "true")
