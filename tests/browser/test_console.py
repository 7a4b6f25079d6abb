"""The console as people use it: a real JupyterLab with a live kernel in a real Chromium."""

import json
import re
from pathlib import Path

import pytest
from console_desk import Desk, each_theme
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")

FIRST = (
    'import cp_teach\nconsole = cp_teach.demo("course-source-build-beta-prod")\nrun = console.run\nconsole'
)


@pytest.fixture
def desk(jupyterlab, lab_page):
    return Desk(jupyterlab, lab_page(), [FIRST])


def test_a_change_is_followed_through_the_whole_story_with_the_keyboard(desk):
    page, widget = desk.page, desk.widget
    live = widget.get_by_role("status")
    expect(live).to_have_text("")  # nothing is said at load

    # Release with Enter; disable the transition into Beta with Space on its switch.
    desk.key("message").focus()
    page.keyboard.type("Fix login")
    page.keyboard.press("Enter")
    expect(live).to_have_text("Execution 1 started with “Fix login”.")
    door = widget.get_by_role("switch", name="Transition into Beta", exact=True)
    expect(door).to_have_attribute("aria-checked", "true")
    door.focus()
    page.keyboard.press("Space")
    expect(desk.dialog).to_contain_text("Executions that reach Beta wait until the transition is enabled.")
    page.keyboard.press("Enter")
    expect(desk.dialog).to_contain_text("AWS requires a reason.")
    expect(door).to_have_attribute("aria-checked", "true")
    page.keyboard.type("Freeze")
    page.keyboard.press("Enter")
    expect(door).to_have_attribute("aria-checked", "false")
    expect(desk.dialog).to_have_count(0)
    assert desk.focused() == "door:Beta"
    expect(desk.door("Beta")).to_contain_text("Freeze")

    # It reaches the transition and waits there; the next one supersedes it.
    desk.step(4)
    expect(desk.door("Beta").locator(".cp-waits")).to_contain_text("#1")
    expect(widget.locator(".cp-reasons")).to_contain_text("waits to enter Beta because the transition")
    desk.release("Second")
    desk.step(4)
    expect(desk.door("Beta").locator(".cp-waits")).to_contain_text("#2")
    expect(desk.door("Beta").locator(".cp-gone")).to_contain_text("superseded by #2")
    desk.key("tab:executions").click()
    expect(widget.locator('[data-row="1"]')).to_contain_text("Superseded")

    # The reason that tells why it waits offers to unblock it; the approval is answered with a comment.
    widget.locator(".cp-reasons").get_by_role("button", name="Enable transition into Beta").press("Enter")
    expect(door).to_have_attribute("aria-checked", "true")
    expect(desk.stage("Beta")).to_contain_text("#2")
    desk.step()
    expect(desk.stage("Prod")).to_contain_text("Waiting for approval")
    expect(desk.stage("Beta").locator(".cp-delivered")).to_contain_text("Last succeeded: #2Second")
    desk.review("Approve", "Prod", 2).press("Enter")
    expect(desk.dialog).to_contain_text("Second")
    expect(desk.dialog).to_contain_text("Artifact BuildOutput")
    desk.submit("Approve #2", "Looks good")
    expect(desk.stage("Prod")).to_contain_text("“Looks good”")
    assert desk.focused().startswith("stage:Prod")  # the button is gone; the focus stays near

    # A word of the console explains itself, by keyboard and by mouse; details are asked of the kernel.
    word = desk.stage("Prod").locator('[data-explains="In progress"]').first
    word.press("Enter")
    explanation = widget.get_by_role("dialog", name="What “In progress” means")
    expect(explanation).to_contain_text("It runs now")
    link = explanation.get_by_role("link", name="AWS documentation")
    expect(link).to_have_attribute(
        "href", "https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html"
    )
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    page.keyboard.press("Escape")
    expect(explanation).to_be_hidden()
    expect(word).to_be_focused()
    page.keyboard.press("?")
    expect(desk.dialog).to_contain_text("Page Up, Page Down")
    page.keyboard.press("Escape")
    expect(desk.dialog).to_have_count(0)
    widget.get_by_role("button", name="More for Compile in Build").click()
    widget.get_by_role("button", name="View details: Compile in Build").click()
    expect(desk.dialog).to_contain_text("Action Compile (stage Build) succeeded - #2")
    page.keyboard.press("Escape")
    assert desk.focused() == "open:action:Build/Compile"

    # A failure is planned, happens, is retried, and taken back.
    widget.get_by_role("button", name="More for Compile in Build").click()
    widget.get_by_role("button", name="Plan failure").click()
    expect(desk.stage("Build")).to_contain_text("fails at its next run (JobFailed)")
    desk.release("Third")
    desk.step(3)
    expect(widget.get_by_role("alert")).to_contain_text("Action Compile (stage Build) failed - #3")
    expect(desk.stage("Build")).to_contain_text("Failed")
    desk.widget.get_by_role("button", name="Retry Build", exact=True).click()
    desk.stage("Build").get_by_role("button", name="Retry failed actions").click()
    expect(desk.stage("Build")).to_contain_text("attempt 2")
    desk.key("undo").click()
    expect(desk.stage("Build").locator(".cp-stagehead")).to_contain_text("Failed")
    desk.key("redo").click()
    expect(desk.stage("Build")).to_contain_text("attempt 2")

    # A stop says what it will do, and does nothing until it is confirmed.
    stop = widget.locator('[data-reason="3"]')
    stop.get_by_role("button", name="Stop execution 3").click()
    stop.get_by_role("button", name="Stop and abandon #3").click()
    expect(desk.dialog).to_contain_text("Compile in Build is abandoned: its status becomes Abandoned")
    page.keyboard.press("Escape")
    expect(desk.dialog).to_have_count(0)
    expect(desk.stage("Build")).to_contain_text("In progress")
    stop.get_by_role("button", name="Stop execution 3").click()
    stop.get_by_role("button", name="Stop and abandon #3").click()
    desk.dialog.get_by_role("button", name="Stop and abandon #3").click()
    expect(desk.stage("Build").locator(".cp-stagehead")).to_contain_text("Stopped")

    # An act in the past says that it starts a branch, and the later steps stay reachable.
    desk.key("undo").click()
    expect(widget.locator(".cp-acting")).to_contain_text("the later step stays as branch 1.")
    desk.disable("Prod", "Branch")
    expect(widget.locator(".cp-acting")).to_have_count(0)
    widget.get_by_role("button", name="Branches").click()
    widget.get_by_role("button", name="Compare branch 1 with branch 2").click()
    expect(desk.dialog).to_contain_text("Stopped in Build")
    page.keyboard.press("Escape")
    widget.get_by_role("button", name="Branches").click()
    widget.get_by_role("button", name="Go to branch 1").click()
    expect(desk.stage("Build").locator(".cp-stagehead")).to_contain_text("Stopped")

    # What can be shared: the run, and the picture, which no longer holds what is open over it.
    for name, kind in (("Run file (JSON)", "json"), ("Picture (SVG)", "svg"), ("Picture (PNG)", "png")):
        widget.get_by_role("button", name="Share", exact=True).click()
        with page.expect_download() as download:
            widget.get_by_role("button", name=name).click()
        data = Path(download.value.path()).read_bytes()
        assert re.fullmatch(rf"\S+-step-\d+\.{kind}", download.value.suggested_filename)
        if kind == "json":
            assert len(json.loads(data)["branches"]) == 2
        else:
            assert data.startswith(b"<svg" if kind == "svg" else b"\x89PNG")
            assert kind == "png" or (b"Stopped" in data and b"Picture (SVG)" not in data)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.key("tab:aws").click()
    desk.key("shell").select_option("PowerShell")
    desk.key("copy:all").click()
    expect(live).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert all(line.startswith("aws codepipeline ") for line in copied)
    assert "put-job" not in "".join(copied)


def test_what_is_not_allowed_says_why_when_it_is_tried(desk):
    undo = desk.key("undo")
    expect(undo).to_have_attribute("aria-disabled", "true")
    undo.press("Enter")
    expect(desk.widget.get_by_role("alert")).to_have_text("This is the beginning: there is nothing to undo.")
    expect(desk.widget.locator(".cp-now .cp-hint")).to_contain_text("nothing to undo")
    desk.release("Fix login")
    expect(desk.widget.locator(".cp-hint")).to_have_count(0)
    # What the widget cannot know beforehand, the engine refuses; its sentence stands in the widget.
    desk.disable("Beta", "it's broken")
    expect(desk.dialog.locator(".cp-hint")).to_contain_text("cannot contain an apostrophe")


def test_two_consoles_on_one_run_and_code_stay_in_step(jupyterlab, lab_page):
    page = lab_page()
    desk = Desk(jupyterlab, page, [FIRST, "cp_teach.Console(run, size='projector')"])
    expect(desk.widgets).to_have_count(2)
    desk.release("From the first")
    for widget in (desk.widgets.nth(0), desk.widgets.nth(1)):
        expect(widget.locator('[data-stage="Source"]')).to_contain_text("From the first")
    desk.python('run.disable("Beta", reason="demo")')
    for widget in (desk.widgets.nth(0), desk.widgets.nth(1)):
        expect(widget.locator('[data-door="Beta"]')).to_contain_text("demo")
    desk.python(
        "import threading\n"
        "threading.Thread(target=lambda: run.disable('Beta', reason='from a thread')).start()"
    )
    expect(desk.door("Beta")).to_contain_text("from a thread")
    desk.python("console.speed = 60\nconsole.play()")
    expect(desk.widgets.nth(1).locator('[data-door="Beta"] .cp-waits')).to_contain_text("#1", timeout=10_000)
    expect(desk.key("play")).to_have_text("❚❚ Pause")
    desk.key("play").click()
    expect(desk.key("play")).to_have_text("▶ Play")
    # The cell is run again: the old console goes, the new one works.
    desk.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    jupyterlab.wait_until_idle(page)
    expect(desk.widgets).to_have_count(2)
    desk.release("Again")
    desk.python(
        "import gc\n"
        "seen = [o for o in gc.get_objects() if isinstance(o, cp_teach.Console) and o._unlisten is not None]\n"
        "assert len(seen) == 2, seen"
    )


def test_focus_and_typed_text_survive_what_others_do(desk):
    desk.key("message").fill("half a mess")
    desk.key("message").press("End")
    desk.python('run.release("Other")')
    expect(desk.stage("Source")).to_contain_text("Other")
    assert desk.focused() == "message"
    desk.page.keyboard.type("age")
    expect(desk.key("message")).to_have_value("half a message")
    range_ = desk.key("range")
    desk.step(2)
    range_.focus()
    desk.page.keyboard.press("Home")
    expect(desk.widget.locator(".cp-moment")).to_have_text("0 / 3")
    assert desk.focused() == "range"
    desk.page.keyboard.press("ArrowRight")
    expect(range_).to_have_attribute("aria-valuetext", "Step 1 of 3: Execution 1 started with “Other”.")


def test_keys_stay_in_the_widget(desk):
    cells = desk.page.locator(".jp-Notebook .jp-Cell")
    before = cells.count()
    desk.door("Beta").get_by_role("switch").focus()
    switch = desk.door("Beta").get_by_role("switch")
    for name in ("a", "b", "d", "d", "Space", "j", "Enter"):
        desk.page.keyboard.press(name)
    expect(switch).to_have_attribute("aria-checked", "false")
    for name in ("ArrowDown", "Enter", "j"):
        desk.page.keyboard.press(name)
    expect(switch).to_have_attribute("aria-checked", "true")
    assert cells.count() == before
    assert desk.focused() == "door:Beta"
    desk.key("tab:log").focus()
    desk.page.keyboard.press("ArrowRight")
    assert desk.focused() == "tab:executions"
    expect(desk.key("tab:executions")).to_have_attribute("aria-selected", "true")


def test_arrows_scrub_the_timeline_and_leave_the_notebook_where_it_is(jupyterlab, lab_page):
    page = lab_page()
    desk = Desk(jupyterlab, page, [FIRST, "1 + 1", "2 + 2"])
    desk.python('run.release("One"); run.settle()')
    range_ = desk.widget.get_by_role("slider")
    moments = int(range_.get_attribute("max"))
    expect(range_).to_have_value(str(moments))
    range_.focus()
    cell = page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex")
    for pressed, name in enumerate(("ArrowLeft", "ArrowDown", "ArrowLeft"), start=1):
        page.keyboard.press(name)
        expect(range_).to_have_value(str(moments - pressed))
        assert range_.evaluate("node => node === document.activeElement")
    page.keyboard.press("ArrowUp")
    expect(range_).to_have_value(str(moments - 2))
    assert page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex") == cell


def test_an_execution_is_followed_through_the_stages(desk):
    desk.python('run.release("One"); run.settle(); run.release("Two"); run.settle()')
    desk.key("tab:executions").click()
    desk.widget.locator('[data-row="1"] .cp-chip').click()
    expect(desk.widget.locator('.cp-chip[aria-pressed="true"]').first).to_contain_text("#1")
    pressed = desk.widget.locator('.cp-chip[aria-pressed="true"]')
    assert {pressed.nth(i).inner_text()[:2] for i in range(pressed.count())} == {"#1"}
    expect(desk.widget.locator('[data-row="2"]')).to_have_attribute("data-dim", "true")
    desk.python("assert console.selected == 1, console.selected")
    desk.key("tab:artifacts").click()
    expect(desk.widget.get_by_role("tabpanel")).to_contain_text("Artifacts of execution 1")
    desk.python("console.selected = 0")
    expect(pressed).to_have_count(0)


def test_a_moving_revision_is_seen_moving_unless_motion_is_unwelcome(jupyterlab, lab_page):
    for motion, moving in (("no-preference", True), ("reduce", False)):
        page = lab_page(reduced_motion=motion)
        desk = Desk(jupyterlab, page, [FIRST])
        desk.release("Fix login")
        page.evaluate(
            """() => {
                window.flights = 0;
                const animate = window.unwatched ??= Element.prototype.animate;
                Element.prototype.animate = function (...a) {
                    window.flights += 1;
                    return animate.apply(this, a);
                };
            }"""
        )
        desk.step()
        expect(desk.stage("Build")).to_contain_text("#1")
        assert (page.evaluate("window.flights") > 0) is moving
    page.evaluate("() => { Element.prototype.animate = window.unwatched; }")


STORY = (
    'run.release("Fix login"); run.settle(); run.disable("Beta", reason="demo"); '
    'run.release("Second"); run.settle(); run.release("Third"); run.settle(); '
    'run.inject("Build", "UnitTests"); run.release("Broken"); run.settle()'
)


def test_axe_finds_nothing_and_nothing_scrolls_sideways(jupyterlab, lab_page, axe):
    page = lab_page()
    desk = Desk(jupyterlab, page, [FIRST])
    desk.python(STORY)
    expect(desk.stage("Build")).to_contain_text("Failed")
    page.wait_for_timeout(600)  # a chip on its way has the colours of two places
    for theme in each_theme(page):
        assert axe(page, ".cp-console") == [], theme
    desk.python("console.selected = 3")
    desk.widget.get_by_role("button", name="More for Compile in Build").click()
    desk.key("tab:aws").click()
    expect(desk.widget.get_by_role("tabpanel")).to_contain_text("aws codepipeline retry-stage-execution")
    for theme in each_theme(page):
        assert axe(page, ".cp-console") == [], theme
    small = page.evaluate(
        """() => [...document.querySelectorAll('.cp-console :is(button, input, select, summary)')]
            .map(el => [el.dataset.key, el.getBoundingClientRect()])
            .filter(([, r]) => r.width && (r.width < 24 || r.height < 24)).map(([key]) => key)"""
    )
    assert small == []
    assert desk.sideways() == 0
    page.set_viewport_size({"width": 400, "height": 900})
    page.evaluate("() => window.jupyterapp.commands.execute('application:close-left-area').catch(() => 0)")
    expect(desk.widget).to_have_attribute("data-layout", "stacked")
    assert desk.sideways() == 0
    for theme in each_theme(page):
        assert axe(page, ".cp-console") == [], theme


LONG = """import cp_teach
from cp_teach import Pipeline, Run
long = "CodeSecurityScan" * 6
cp_teach.Console(Run(Pipeline.of("n" * 100, Source="S3", **{long: "CodeBuild", "Beta": "CodeDeploy"})))
"""


def test_names_of_a_hundred_letters_stay_inside(jupyterlab, lab_page):
    desk = Desk(jupyterlab, lab_page(), [LONG])
    for width, layout in ((1280, "columns"), (400, "stacked")):
        desk.page.set_viewport_size({"width": width, "height": 900})
        expect(desk.widget).to_have_attribute("data-layout", layout)
        assert desk.sideways() == 0
        spilling = desk.page.evaluate(
            """() => [...document.querySelectorAll('.cp-console :is(.cp-name, .cp-stagename, .cp-actionname)')]
                .filter(el => el.getBoundingClientRect().right
                    > el.closest('.cp-stage, .cp-header').getBoundingClientRect().right + 1).length"""
        )
        assert spilling == 0
    assert desk.widget.locator(".cp-stagename").nth(1).get_attribute("title") == "CodeSecurityScan" * 6


def test_the_thumb_stays_under_a_quick_finger(desk):
    desk.release("Quick")
    desk.step(3)
    moments = desk.widget.evaluate(
        """async el => {
            const range = () => el.querySelector('.cp-range');
            const seen = [];
            const all = {subtree: true, childList: true, attributes: true, characterData: true};
            new MutationObserver(() => seen.push(Number(range().value))).observe(el, all);
            for (const to of [3, 2, 1, 0]) {
                range().value = to;
                range().dispatchEvent(new Event('input', {bubbles: true}));
            }
            await new Promise(done => setTimeout(done, 1500));
            return seen;
        }"""
    )
    assert moments, "the picture was never drawn again"
    assert set(moments) == {0}, moments
    expect(desk.widget.locator(".cp-moment")).to_have_text("0 / 4")


# -- whose act it is, and whose text ---------------------------------------------------------------------------------
GATED = """import cp_teach
from cp_teach import Pipeline, Run, Simulated
run = Run(Pipeline.of("shop", Source="S3", Prod="Manual then CodeDeploy"{mode}), Simulated())
console = cp_teach.Console(run)
console
"""


def names(widget):
    """The accessible names of all buttons that do something to the run (one that follows an execution does not)."""
    found = widget.get_by_role("button").evaluate_all(
        "all => all.filter(one => !one.dataset.explains)"
        ".map(one => one.getAttribute('aria-label') || one.textContent)"
    )
    return [name for name in found if not name.startswith("Follow execution")]


def test_what_was_typed_for_one_approval_is_not_sent_with_the_next(jupyterlab, lab_page):
    desk = Desk(jupyterlab, lab_page(), [GATED.format(mode="")])
    widget = desk.widget
    desk.python('run.release("One"); run.settle(); run.release("Two"); run.settle()')
    desk.review("Approve", "Prod", 1).click()
    comment = widget.get_by_role("textbox", name="Comments on Approve for execution 1")
    comment.fill("Looks wrong, sorry")
    desk.page.keyboard.press("Escape")  # it is kept until it is sent
    expect(desk.dialog).to_have_count(0)
    assert desk.focused() == "review:Prod/Approve:1"
    desk.review("Approve", "Prod", 1).click()
    expect(comment).to_have_value("Looks wrong, sorry")
    desk.page.keyboard.press("Escape")

    # In the row of execution 2, which waits, the button says whose approval it is; no two acts have the same name.
    waiting = widget.locator('[data-reason="2"]')
    expect(
        waiting.get_by_role("button", name="Approve #1: in the row of execution 2", exact=True)
    ).to_have_text("Approve #1")
    assert len(set(names(widget))) == len(names(widget))

    # Somebody else answers for execution 1 meanwhile: the text goes with it, and is not there for execution 2.
    desk.review("Approve", "Prod", 1).click()
    desk.python('run.reject(summary="By another"); run.settle()')
    expect(desk.dialog).to_have_count(0)
    field = widget.get_by_role("textbox", name="Comments on Approve for execution 2")
    desk.review("Approve", "Prod", 2).click()
    expect(field).to_have_value("")
    desk.python("assert run.state.stages[1].holder == 2")
    desk.submit("Approve #2", "Fine")
    expect(desk.stage("Prod")).to_contain_text("“Fine”")

    # The past is rewritten between two pictures: execution 1 of then and of now have the same number.
    desk.python('run.reset(); run.release("Old"); run.settle()')
    desk.review("Approve", "Prod", 1).click()
    comment.fill("About the old one")
    desk.python('run.reset(); run.release("New"); run.settle()')
    expect(widget.locator(".cp-inside").last).to_contain_text("New")
    desk.review("Approve", "Prod", 1).click()
    expect(comment).to_have_value("")

    # The same when the text was sent: the next approval begins with an empty field.
    desk.python('run.release("Next"); run.settle()')
    desk.submit("Reject #1", "Looks wrong, sorry")
    expect(desk.dialog).to_have_count(0)
    desk.review("Approve", "Prod", 2).click()
    expect(field).to_have_value("")


def test_in_a_parallel_pipeline_every_act_names_its_execution(jupyterlab, lab_page):
    desk = Desk(jupyterlab, lab_page(), [GATED.format(mode=', mode="PARALLEL"')])
    desk.python('[(run.release(m), run.settle()) for m in ("One", "Two", "Three")]')
    expect(desk.review("Approve", "Prod", 3)).to_be_visible()
    desk.widget.get_by_role("button", name="2 more to review in Prod").click()
    expect(desk.review("Approve", "Prod", 1)).to_be_visible()
    desk.widget.get_by_role("button", name="1 more execution").click()
    found = names(desk.widget)
    assert len(set(found)) == len(found)
    for number in (1, 2, 3):
        assert f"Reject #{number}" in found
    desk.widget.get_by_role("button", name="Approve #1", exact=True).click()
    desk.python("assert [x.number for x in run.state.executions if 'Succeeded' in x.actions] == [1]")


def test_a_refused_text_stays_in_its_form_and_a_refusal_does_not_cling(desk):
    page, widget = desk.page, desk.widget
    desk.disable("Beta", "Freeze")
    widget.get_by_role("button", name="Change the reason at Beta").press("Enter")
    field = desk.key("reason:Beta")
    expect(field).to_be_focused()
    expect(field).to_have_value("Freeze")
    field.fill("Don't, it's Friday")
    page.keyboard.press("Enter")
    expect(desk.dialog.locator(".cp-hint")).to_contain_text(
        "cannot contain an apostrophe (') or a comma (,). AWS allows the letters"
    )
    expect(field).to_have_value("Don't, it's Friday")
    expect(field).to_be_focused()
    field.fill("Friday")
    page.keyboard.press("Enter")
    expect(desk.door("Beta").locator(".cp-reason")).to_contain_text("Friday")
    expect(field).to_have_count(0)
    assert desk.focused() == "open:reason:Beta"

    # A release that is refused leaves its message; one that is done does not.
    desk.python("run.do(__import__('cp_teach').engine.DeletePipeline())")
    desk.key("message").fill("Too late")
    desk.key("release").press("Enter")
    expect(desk.key("message")).to_have_value("Too late")
    desk.python("run.undo()")

    # A refusal stands where it was tried, and goes with its reason or its moment.
    desk.key("step").press("Enter")
    hint = widget.locator(".cp-hint")
    expect(hint).to_have_count(1)
    expect(widget.locator(".cp-now .cp-hint")).to_contain_text("Release a change")
    widget.get_by_role("button", name="More for Compile in Build").click()
    expect(hint).to_have_count(0)
    widget.get_by_role("button", name="Clear planned failure").press("Enter")
    expect(desk.stage("Build").locator(".cp-hint")).to_contain_text("No failure is planned")
    widget.get_by_role("button", name="More for Lint in Build").press("Enter")
    expect(hint).to_have_count(0)
    desk.key("step").press("Enter")
    expect(hint).to_have_count(1)
    desk.python('run.release("Other")')
    expect(desk.stage("Source")).to_contain_text("Other")
    expect(hint).to_have_count(0)


RULES = """import cp_teach
from cp_teach import Pipeline, Run, Simulated
rule = {"ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"},
        "configuration": {"AlarmName": "Errors", "WaitTime": "1"}}
rules = [{"name": name, **rule} for name in ("Latency", "Errors")]
structure = Pipeline.of("shop", Source="S3", Beta="CodeDeploy", type="V2").to_aws()
structure["stages"][1]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": rules}]}
run = Run(Pipeline.from_aws(structure), Simulated({"Latency": 1, "Errors": 2}, unmet=["Errors"]))
console = cp_teach.Console(run)
console
"""


def test_rules_are_stepped_through_and_a_fault_or_a_lost_kernel_is_told(jupyterlab, lab_page, axe):
    page = lab_page()
    desk = Desk(jupyterlab, page, [RULES])
    sentence = desk.widget.locator(".cp-sentence")
    desk.release("Fix login")
    desk.step()
    expect(desk.key("step")).to_have_attribute("title", "Next: Rule Latency (stage Beta) met - #1")
    desk.step()
    expect(sentence).to_contain_text("Rule Latency (stage Beta) met - #1.")
    desk.step()
    expect(sentence).to_contain_text("Rule Errors (stage Beta) not met - #1")
    expect(desk.stage("Beta").locator(".cp-rule").last).to_contain_text("Not met")
    desk.widget.get_by_role("button", name="Override #1: Entry condition of Beta").click()
    expect(desk.stage("Beta")).to_contain_text("In progress")

    # A fault in one part of the picture: what is known is drawn, and the run goes on.
    desk.python("import sys; v = sys.modules['cp_teach.show.view.view_model']; whole = v.log; v.log = None")
    desk.step()
    fault = desk.widget.get_by_role("note")
    expect(fault).to_have_text(
        "✗The log could not be computed and is shown as last known; the run itself continues."
    )
    expect(desk.stage("Beta").locator(".cp-delivered")).to_contain_text("#1")
    expect(desk.widget.locator(".cp-log li").first).to_be_visible()
    assert axe(page, ".cp-console") == []
    desk.python("v.log = whole; console.refresh()")
    expect(fault).to_have_count(0)

    # The kernel is restarted: the console is a picture now, and says what to do.
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(desk.widget.locator(".cp-veil")).to_contain_text("Run the cell again", timeout=30_000)
    expect(desk.widget).to_have_attribute("data-gone", "true")
    acts = desk.widget.locator(
        ".cp-release .cp-button, .cp-drive .cp-button, .cp-timeline .cp-button, .cp-switch"
    )
    assert acts.count() > 4
    assert {acts.nth(i).get_attribute("aria-disabled") for i in range(acts.count())} == {"true"}
    desk.key("release").press("Enter")
    expect(desk.widget.get_by_role("alert").last).to_contain_text("kernel")
    assert axe(page, ".cp-console") == []
    jupyterlab.wait_until_idle(page)
    jupyterlab.run_all(page)
    expect(desk.widget).to_have_attribute("data-gone", "false")
    desk.release("Alive again")
