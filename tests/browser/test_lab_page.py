"""JupyterLab as a student meets it: no dialog, no pop-up, and a kernel that answers."""

import json
import os
import signal

import pytest
from console_desk import Desk
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")

CHANGED_BY_ITS_KERNEL = """async () => {
    const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
    await sessionContext.ready;
    const { kernel } = sessionContext.session;
    await Promise.all([kernel.info, kernel.spec]);
    await new Promise(done => setTimeout(done, 500));  // then JupyterLab has written them into the notebook
    return context.model.dirty;
}"""

SERVICE = """import boto3, cp_teach
from cp_teach.aws import make_role
box = cp_teach.sandbox(clock="manual")
for call in make_role("AWS-CodePipeline-Service"):
    call.do(box.client)
shop = cp_teach.Pipeline.of("shop", Source="CodeCommit", Beta="CodeDeploy")
box.client().create_pipeline(pipeline=shop.to_aws())
run = cp_teach.connect(boto3.client("codepipeline"), "shop")
console = cp_teach.Console(run)
"""


def test_the_address_opens_the_welcome_and_nothing_asks_a_question(jupyterlab, page):
    jupyterlab.open(page)
    assert page.locator(".jp-NotebookPanel:visible").count() == 1
    assert "00_welcome" in page.title() or page.locator(".lm-TabBar-tabLabel", has_text="00_welcome").count()
    # The kernel's name and language are in the copy already, so closing an unchanged lesson asks nothing.
    assert page.evaluate(CHANGED_BY_ITS_KERNEL) is False
    jupyterlab.write("sum.ipynb", ["import cp_teach; print(6 * 7)"])
    jupyterlab.open(page, "sum.ipynb")
    jupyterlab.run_all(page)
    assert page.locator(".jp-OutputArea-output:visible").inner_text().strip() == "42"
    page.wait_for_timeout(3000)  # the question about news comes late
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    jupyterlab.leave(page)


def test_a_kernel_of_an_unknown_name_is_the_only_thing_lab_would_ask_about(jupyterlab):
    for path in jupyterlab.folder.glob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert notebook["metadata"]["kernelspec"]["name"] == "python3", path.name


def test_a_notebook_that_is_opened_again_shows_its_pictures_and_how_to_bring_them_to_life(jupyterlab, page):
    cells = [
        "import cp_teach; run = cp_teach.Run(cp_teach.load_pipeline('demo')); run.release('Fix login')",
        "console = cp_teach.Console(run)\nconsole",
        "console.ask({'act': 'do', 'command': ['DisableTransition', 'Prod']})",
        "from cp_teach.course import predict; predict('00-closed-door')",
        "cp_teach.practice(progress=None)",
    ]
    jupyterlab.write("kept.ipynb", cells)
    jupyterlab.open(page, "kept.ipynb")
    jupyterlab.run_all(page)
    expect(page.locator(".cp-practice")).to_be_visible()
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save'); }")
    jupyterlab.leave(page)
    expect(page.locator(".cp-console")).to_have_count(0)

    jupyterlab.open(page, "kept.ipynb")
    console = page.locator(".cp-console").first
    expect(console.locator('[data-door="Prod"]')).to_have_attribute("data-on", "false", timeout=30_000)
    expect(console.locator(".cp-veil")).to_contain_text(
        "saved with the notebook. Run the cell again", timeout=20_000
    )
    expect(page.locator(".cp-practice").get_by_role("alert").first).to_contain_text("Run the cell again")
    assert page.get_by_text("Error displaying widget").count() == 0
    question = page.locator(".cp-predict")
    question.get_by_role("radio").first.click()
    question.get_by_role("button", name="Show what happens").click()
    expect(question.get_by_role("button", name="Predict again")).to_be_visible()

    jupyterlab.run_all(page)
    expect(page.locator(".cp-veil")).to_have_count(0)
    expect(page.locator(".cp-practice-lost")).to_have_count(0)
    jupyterlab.leave(page)


def test_a_kernel_that_does_not_answer_and_one_that_is_shut_down_are_noticed(jupyterlab, lab_page):
    page = lab_page()
    desk = Desk(
        jupyterlab,
        page,
        [
            "import cp_teach, os; run = cp_teach.Run(cp_teach.load_pipeline('demo'))",
            "print('pid', os.getpid())\nconsole = cp_teach.Console(run)\nconsole",
        ],
    )
    veil = desk.widget.locator(".cp-veil")
    text = page.locator(".jp-OutputArea-output", has_text="pid").first.inner_text()
    pid = int(text.split()[1])
    page.wait_for_timeout(500)  # it has answered that the console is shown, and is idle
    os.kill(pid, signal.SIGSTOP)
    try:
        desk.key("release").click()
        expect(veil).to_contain_text("The kernel does not answer.", timeout=20_000)
        expect(desk.key("release")).to_have_attribute("aria-disabled", "true")
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(veil).to_have_count(0)
    expect(desk.stage("Source")).to_contain_text("#1")

    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }")
    expect(veil).to_contain_text("The kernel behind this console has ended", timeout=20_000)
    jupyterlab.leave(page)


def test_a_service_that_is_emptied_is_told_by_every_console_on_its_pipelines(jupyterlab, lab_page):
    page = lab_page()
    desk = Desk(jupyterlab, page, [SERVICE, "console", "cp_teach.Console(run)"])
    expect(desk.widgets).to_have_count(2)
    desk.key("release").click()
    expect(desk.widgets.last).to_contain_text("#2")
    desk.python("box = cp_teach.sandbox(clock='manual')")
    for widget in (desk.widgets.first, desk.widgets.last):
        expect(widget.locator(".cp-veil")).to_contain_text("shop no longer exists", timeout=20_000)
        expect(widget.locator(".cp-veil")).to_contain_text("run the cells that create it")
    jupyterlab.leave(page)
