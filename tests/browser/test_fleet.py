"""Fleets and logs in the console: in a real JupyterLab while they change, and in a page that has no kernel."""

from pathlib import Path

import fleets
import pytest
from console_desk import Desk, each_theme
from nbformat import writes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import expect

from cp_teach.cli import main
from cp_teach.show import fleet

pytestmark = pytest.mark.needs("chromium")

FLEETS = Path(fleets.__file__).read_text(encoding="utf-8")
"""Notes as a workshop writes them, so that the test decides when what is told."""
SHOW = "from cp_teach import Console\nrun = at_build()\nconsole = Console(run)\nconsole"


@pytest.fixture
def desk(jupyterlab, lab_page):
    return Desk(jupyterlab, lab_page(), [FLEETS, SHOW])


def test_a_log_is_opened_by_keyboard_streams_and_ends_with_the_phases(desk, axe):
    page, widget = desk.page, desk.widget
    expect(widget.get_by_role("button", name="Log of Make in Build")).to_have_count(0)
    desk.python("phases(run, PRE_BUILD='SUCCEEDED', BUILD='IN_PROGRESS')\nlog(run, 'one', '<two>')")
    expect(widget.locator('[data-action="Build/Make"]')).to_contain_text("Phase BUILD")
    opener = widget.get_by_role("button", name="Log of Make in Build")
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.focus()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    assert desk.focused() == "fold:log:Build/Make"

    log = widget.get_by_role("log", name="Log of Make in Build")
    lines = log.locator("pre")
    expect(lines).to_have_text("one\n<two>")
    assert (log.get_attribute("aria-live"), lines.get_attribute("aria-live")) == ("polite", "off")
    expect(log.get_by_role("listitem")).to_have_text(["✓PRE_BUILD Succeeded 0.5 s"])

    # It follows its end, until somebody scrolls up to read; and no more lines than told are in the page.
    desk.python("log(run, *(f'line {n}' for n in range(200)), count=900)")
    expect(lines).to_contain_text("line 199")
    expect(widget.locator(".cp-workpanel")).to_contain_text("700 earlier lines are not shown.")
    end = "el => Math.abs(el.scrollHeight - el.scrollTop - el.clientHeight)"
    assert lines.evaluate(end) < 2
    lines.evaluate("el => { el.scrollTop = 40; el.dispatchEvent(new Event('scroll')); }")
    desk.python("log(run, *(f'line {n}' for n in range(1, 201)), count=901)")
    expect(lines).to_contain_text("line 200")
    assert lines.evaluate("el => el.scrollTop") == 40

    desk.python(
        "phases(run, PRE_BUILD='SUCCEEDED', BUILD='FAILED', COMPLETED='SUCCEEDED')\nrun.fail('Build')"
    )
    expect(log.get_by_role("listitem")).to_have_count(3)
    expect(log.get_by_role("listitem").nth(1)).to_contain_text("✗BUILD Failed")
    expect(widget.locator('[data-action="Build/Make"]')).not_to_contain_text("Phase BUILD")
    assert axe(page, ".cp-console") == []
    lines.focus()
    page.keyboard.press("Escape")
    expect(log).to_have_count(0)
    assert desk.focused() == "fold:log:Build/Make"


def test_a_fleet_is_seen_in_place_and_opened_by_keyboard(desk, axe):
    page, widget = desk.page, desk.widget
    desk.python("run.succeed('Build')\nfleet(run, deployment('Succeeded', 'InProgress', 'Pending'))")
    put = widget.locator('[data-action="Prod/Put"]')
    expect(put.locator(".cp-host")).to_have_text(["✓i-1 Succeeded", "▶i-2 In progress", "◷i-3 Pending"])
    expect(put).to_contain_text("2 of 3 healthy")
    expect(put).to_contain_text("Install on i-2")

    opener = widget.get_by_role("button", name="Instances and events of Put in Prod")
    opener.press("Space")
    table = widget.get_by_role("table", name="Lifecycle events of Deployment d-ONE to web")
    expect(table.get_by_role("row").nth(1)).to_have_text("The instance✓Succeeded▶In progress◷Pending")

    # It fails, and what was there before is put back: both deployments, the failed hook with the tail of its log.
    desk.python("fleet(run, FAILED, ROLLBACK)\nrun.fail('Prod')")
    expect(put).to_contain_text("3 of 3 healthy")
    expect(put).to_contain_text("Rollback of d-ONE: succeeded")
    assert desk.focused() == "fold:fleet:Prod/Put"
    panel = widget.locator('[data-panel="fleet:Prod/Put"]')
    expect(panel.get_by_role("table")).to_have_count(2)
    fault = panel.locator(".cp-fault")
    expect(fault).to_contain_text("i-1, ValidateService: ScriptFailed: scripts/validate.sh failed")
    fault.locator("summary").press("Enter")
    expect(fault.locator("pre")).to_have_text("no <page>")
    for theme in each_theme(page):
        assert axe(page, ".cp-console") == [], theme


@pytest.fixture(scope="module")
def exported(tmp_path_factory, warm_kernels):
    """A page of a run that deployed: its build wrote a log, its deployment failed and was rolled back."""
    home = tmp_path_factory.mktemp("fleet")
    story = """
log(run, "compiling")
phases(run, BUILD="SUCCEEDED")
run.succeed("Build")
fleet(run, deployment("InProgress", *["Pending"] * 19))
run.disable("Prod")
fleet(run, deployment(*["Succeeded"] * 12, *["Failed"] * 2, *["Skipped"] * 6, status="Failed"))
run.fail("Prod")
console
"""
    cells = [new_markdown_cell("# Fleet"), new_code_cell(FLEETS), new_code_cell(SHOW), new_code_cell(story)]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = home / "fleet.ipynb"
    notebook.write_text(writes(new_notebook(cells=cells, metadata=spec)), encoding="utf-8")
    assert main(["slides", "--yes", str(notebook), "-o", str(home), "--states", "300"]) == 0
    return (home / "fleet.html").as_uri()


def test_a_page_without_a_kernel_shows_the_fleet_of_each_moment(exported, new_page, axe):
    page = new_page(viewport={"width": 400, "height": 900})
    page.goto(exported)
    page.wait_for_selector("html[data-ready]")
    page.evaluate(
        """Reveal.slide([...document.querySelectorAll('.slides > section')]
             .findLastIndex(slide => slide.querySelector('.cp-alive')))"""
    )
    widget = page.locator(".cp-console").last
    put = widget.locator('[data-action="Prod/Put"]')
    expect(put.locator(".cp-host")).to_have_count(20)
    expect(put).to_contain_text("18 of 20 healthy")

    widget.get_by_role("button", name="Undo").click()
    expect(put).to_contain_text("19 of 20 healthy")
    expect(put).to_contain_text("Install on i-1")
    widget.get_by_role("button", name="Undo").click()
    expect(put.locator(".cp-host")).to_have_count(0)
    widget.get_by_role("button", name="Log of Make in Build").click()
    expect(widget.get_by_role("log").locator("pre")).to_have_text("compiling")
    widget.get_by_role("button", name="Redo").click()
    widget.get_by_role("button", name="Redo").click()

    # Twenty instances on a narrow page: what is opened stands in the action, and nothing sticks out.
    widget.get_by_role("button", name="Instances and events of Put in Prod").press("Enter")
    expect(put.get_by_role("table")).to_be_visible()
    inside = """el => [...el.querySelectorAll('.cp-host, .cp-workpanel')]
        .every(one => one.getBoundingClientRect().right <= el.getBoundingClientRect().right)"""
    assert put.evaluate(inside)
    assert put.locator(".cp-scroll").evaluate("el => el.scrollWidth <= el.clientWidth + 1"), (
        "all of it is seen"
    )
    expect(put.get_by_role("row").nth(13)).to_have_text("i-13✗Failed✓Succeeded✓Succeeded✓Succeeded✗Failed")
    assert widget.evaluate("el => el.scrollWidth <= el.clientWidth + 1")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], scheme


def test_the_cards_of_a_deployment_have_no_barriers_and_room_on_a_narrow_page(new_page, axe):
    page = new_page(viewport={"width": 400, "height": 900})
    cards = fleet(fleets.FAILED).html
    page.set_content(
        f'<!DOCTYPE html><html lang="en"><title>x</title><main><h1>x</h1><h2>y</h2>{cards}</main>'
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("pre").first.is_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], scheme
