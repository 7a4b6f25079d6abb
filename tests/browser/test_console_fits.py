"""One screen: how high the console is, what stays where it is, and how it is shown to a class."""

import pytest
from console_desk import Desk
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")

LAPTOP = {"width": 1280, "height": 720}
HIGHEST = 560
"""Pixels: what is left of such a screen in JupyterLab, below its bars and beside the toolbar of the cell."""

DEMO = "import cp_teach\nconsole = cp_teach.demo()\nrun = console.run\nconsole"
THREE = """
run.release("Fix login"); run.settle()
run.disable("Beta", reason="Release freeze until Monday")
run.release("Faster search"); run.settle()
run.release("New header"); run.step(); run.step()
"""
"""One execution at an approval, one at a disabled transition, one in progress."""


@pytest.fixture
def desk(jupyterlab, lab_page):
    page = lab_page(viewport=LAPTOP)
    desk = Desk(jupyterlab, page, [DEMO])
    browse(page, is_open=True)
    yield desk
    page.evaluate("() => { localStorage.clear(); }")
    browse(page, is_open=False)  # other tests have narrower pages


def browse(page, *, is_open):
    """Open JupyterLab's file browser, or close it."""
    page.evaluate(
        "isOpen => { const { shell } = window.jupyterapp; isOpen ? shell.expandLeft() : shell.collapseLeft(); }",
        is_open,
    )


def height(desk):
    return desk.widget.evaluate("el => el.getBoundingClientRect().height")


def places(desk):
    """Where the parts of the picture are that are always there."""
    return desk.widget.evaluate(
        """el => {
            const from = el.getBoundingClientRect();
            const parts = '.cp-now, .cp-reasons, .cp-door, .cp-stage, .cp-action, .cp-details, .cp-tab, .cp-tabpanel';
            return [...el.querySelectorAll(parts)].filter(one => !one.closest('.cp-pop')).map(one => {
                const { left, top, width, height } = one.getBoundingClientRect();
                return [left - from.left, top - from.top, width, height].map(Math.round);
            });
        }"""
    )


def test_three_executions_fit_one_screen_whatever_is_opened(desk):
    width = desk.widget.evaluate("el => el.getBoundingClientRect().width")
    assert 820 < width < 930, "this is the width beside an open file browser"
    assert height(desk) <= HIGHEST
    desk.python(THREE)
    assert desk.widget.get_attribute("data-layout") == "columns"
    rows = desk.widget.locator(".cp-now > .cp-reasons > li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Execution 1 waits in Prod")  # a person must answer it, so it is first
    page_height = "el => el.closest('.jp-WindowedPanel-outer, .jp-Notebook').scrollHeight"
    before = (height(desk), desk.widget.evaluate(page_height))
    assert before[0] <= HIGHEST

    openers = desk.widget.locator("[aria-expanded]").evaluate_all("all => all.map(one => one.dataset.key)")
    assert len(openers) > 10
    for key in openers:
        desk.key(key).click()
        popover = desk.widget.locator("[data-pop]")
        expect(popover).to_have_count(1)
        sticks_out = popover.evaluate(
            """el => {
                const [inner, outer] = [el, el.closest('.cp-console')].map(one => one.getBoundingClientRect());
                return inner.left < outer.left || inner.top < outer.top
                    || inner.right > outer.right || inner.bottom > outer.bottom;
            }"""
        )
        assert not sticks_out, key
        assert (height(desk), desk.widget.evaluate(page_height)) == before, key
        desk.page.keyboard.press("Escape")
        expect(popover).to_have_count(0)
        assert desk.focused() == key
    desk.page.keyboard.press("Escape")
    assert desk.page.evaluate("document.activeElement === document.body"), "Escape leaves the console at last"
    desk.page.evaluate(
        "() => { window.heard = []; document.body.onkeydown = event => window.heard.push(event.key); }"
    )
    desk.key("message").focus()
    for key in ("PageDown", "a", "PageUp"):
        desk.page.keyboard.press(key)
    assert desk.page.evaluate("window.heard") == ["PageDown", "PageUp"], "a presenter's remote turns slides"
    desk.page.evaluate("() => { document.body.onkeydown = null; }")

    for tab in ("executions", "artifacts", "aws", "log"):
        desk.key(f"tab:{tab}").click()
        assert height(desk) == before[0], tab
    panel = desk.widget.get_by_role("tabpanel")
    tenth = panel.locator("li").nth(9)
    bottom = "el => el.getBoundingClientRect().bottom"
    assert tenth.evaluate(bottom) <= panel.evaluate(bottom), "the first ten lines are seen without scrolling"
    desk.key("tab:executions").click()
    assert panel.evaluate("el => el.scrollWidth <= el.clientWidth"), "the table does not scroll sideways"


def test_nothing_moves_while_executions_come_and_go(desk):
    before = places(desk)
    desk.release("Fix login")
    moments = 0
    while desk.key("step").get_attribute("aria-disabled") is None:
        assert places(desk) == before, f"after {moments} steps"
        desk.step()
        moments += 1
    assert moments >= 5
    desk.python(THREE)
    assert places(desk) == before
    desk.python('run.inject("Build", "Lint"); run.release("Broken"); run.settle()')
    expect(desk.widget.get_by_role("button", name="Retry Build", exact=True)).to_be_visible()
    assert places(desk) == before
    desk.python('run.undo(); run.reject(summary="No")')
    assert places(desk) == before


def test_the_back_row_sees_all_of_it_on_either_projector(desk):
    page, widget = desk.page, desk.widget
    desk.python(THREE)
    font = "el => parseFloat(getComputedStyle(el).fontSize)"
    small = widget.evaluate(font)
    desk.key("projector").click()
    browse(page, is_open=False)
    for size, least in ((LAPTOP, 1.25), ({"width": 1920, "height": 1080}, 1.8)):
        page.set_viewport_size(size)
        page.wait_for_timeout(300)
        notebook = page.locator(".jp-WindowedPanel-outer").first.evaluate("el => el.clientHeight")
        assert widget.get_attribute("data-layout") == "columns"
        assert len({top for _, top, *_ in stages(widget)}) == 1, "the stages are side by side"
        assert height(desk) <= notebook, size
        assert widget.evaluate(font) >= least * small, size
        assert widget.evaluate("el => el.scrollWidth <= el.clientWidth")
    desk.python("assert console.size == 'projector'")
    browse(page, is_open=True)
    desk.key("projector").click()
    expect(widget.get_by_role("tab", name="Log")).to_be_visible()
    assert widget.evaluate(font) == small

    desk.key("fullscreen").click()
    expect(desk.key("fullscreen")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.fullscreenElement.scrollHeight") <= 1080
    widget.get_by_role("button", name="More for Lint in Build").click()
    expect(widget.locator("[data-pop]")).to_be_visible()
    page.evaluate("() => document.exitFullscreen()")
    expect(desk.key("fullscreen")).to_have_attribute("aria-pressed", "false")

    # Larger type and colors are kept for the pipeline, also when its cell is run again.
    desk.key("type1").click()
    assert widget.evaluate(font) > small
    desk.key("theme").click()
    desk.key("theme").click()
    assert widget.evaluate("el => getComputedStyle(el).colorScheme") == "dark"
    again = Desk(desk.lab, page, [DEMO]).widget
    assert again.evaluate(font) > small
    assert again.evaluate("el => getComputedStyle(el).colorScheme") == "dark"


def stages(widget):
    return widget.locator(".cp-stage").evaluate_all(
        "all => all.map(el => el.getBoundingClientRect()).map(r => [r.left, r.top, r.right])"
    )


MANY = """import cp_teach
from cp_teach import Pipeline, Run, Simulated
shape = Pipeline.of("many", Source="S3", **{f"Stage{i}": "CodeBuild" for i in range(1, 12)}).to_aws()
for stage in shape["stages"][1:]:
    one = stage["actions"][0]
    one["inputArtifacts"] = [{"name": "SourceOutput"}]
one = shape["stages"][2]["actions"][0]
shape["stages"][2]["actions"] = [{**one, "name": f"Check{k}", "outputArtifacts": []} for k in range(20)]
run = Run(Pipeline.from_aws(shape), Simulated())
console = cp_teach.Console(run)
console
"""


def test_many_stages_actions_and_executions_fold_and_open(jupyterlab, lab_page):
    page = lab_page(viewport=LAPTOP)
    desk = Desk(jupyterlab, page, [MANY])
    widget = desk.widget
    chips = widget.locator(".cp-overview button")
    expect(chips).to_have_count(12)
    for _ in range(3):
        desk.release("One")
        desk.python("run.settle()")
    assert height(desk) < 720
    expect(desk.stage("Stage9")).to_have_count(0)
    desk.key("over:Stage9").press("Enter")
    expect(desk.stage("Stage9")).to_be_visible()
    expect(desk.key("over:Stage9")).to_have_attribute("aria-expanded", "true")
    assert desk.focused() == "over:Stage9"
    desk.key("over:Stage9").press("Enter")
    expect(desk.stage("Stage9")).to_have_count(0)

    # The stage in which something happens opens by itself; the one that a person opened stays.
    expect(desk.stage("Stage2")).to_be_visible()
    desk.key("over:Stage2").press("Enter")
    expect(desk.stage("Stage2")).to_have_count(0)
    desk.python('run.inject("Stage8", "CodeBuild"); run.release("Two"); run.settle()')
    expect(desk.stage("Stage8")).to_contain_text("Failed")
    expect(desk.stage("Stage2")).to_have_count(0)
    desk.key("over:Stage2").press("Enter")
    stage = desk.stage("Stage2")
    expect(stage.locator(".cp-action")).to_have_count(4)
    low = height(desk)
    stage.get_by_role("button", name="All actions of Stage2").press("Enter")
    expect(stage.locator(".cp-action")).to_have_count(20)
    assert abs(height(desk) - low) < 1, "the twenty actions scroll in their place"
    last = widget.get_by_role("button", name="More for Check19 in Stage2")
    last.click()
    widget.get_by_role("button", name="Plan failure").click()
    expect(widget.locator('[data-action="Stage2/Check19"]')).to_contain_text("fails at its next run")

    desk.python('[(run.release(f"Change {n}"), run.settle()) for n in range(14)]')
    desk.key("tab:executions").click()
    expect(widget.locator("[data-row]")).to_have_count(12)
    widget.get_by_role("button", name="6 earlier executions").press("Enter")
    expect(widget.locator("[data-row]")).to_have_count(18)
    assert desk.focused() == "panel"
    desk.key("tab:log").click()
    lines = widget.locator(".cp-log li").count()
    desk.key("more:log").click()
    expect(widget.locator(".cp-log li")).to_have_count(lines + 100)


def test_long_and_foreign_messages_stay_in_their_lines(desk):
    for message in ("long " * 80, "w" * 400, "تصحيح تسجيل الدخول", "🚀🧪 ship it 👩‍👩‍👧‍👦", "<b>&amp;"):
        desk.python(f"run.release({message!r}); run.step()")
        desk.key("tab:executions").click()
        assert height(desk) <= HIGHEST, message
        assert desk.sideways() == 0, message
    arabic = desk.widget.locator('[data-row="3"] .cp-message')
    assert arabic.evaluate("el => getComputedStyle(el).direction") == "rtl"
    assert desk.widget.locator('[data-row="5"] .cp-message').inner_text() == "<b>&amp;"
