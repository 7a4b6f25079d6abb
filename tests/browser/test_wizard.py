"""The wizard in real JupyterLab, and a console on what it made: the terminal and the picture show the same."""

import pytest
from console_desk import each_size
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")

CELLS = [
    (
        "import cp_teach\nfrom cp_teach.aws import wizard_for\n"
        'box = cp_teach.sandbox(clock="manual")\ncp = box.client()\nwizard_for(box, "course", name="clicked")'
    ),
    (
        "from cp_teach.aws.console_wizard.console_defaults import make_role\n"
        "for call in make_role('AWS-CodePipeline-Service'):\n    call.do(box.client)\n"
        'shop = cp_teach.Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Beta="CodeDeploy")\n'
        "cp.create_pipeline(pipeline=shop.to_aws())\n"
        'cp_teach.Console(cp_teach.connect(cp, "shop"))'
    ),
    (
        "import threading\n"
        'reason = {"reason": "By the terminal"}\n'
        'door = {"pipelineName": "shop", "stageName": "Beta", "transitionType": "Inbound"}\n'
        "threading.Timer(2, lambda: cp.disable_stage_transition(**door, **reason)).start()"
    ),
]


def in_both_sizes(page, axe):
    """It is accessible, and nothing sticks out, on a narrow dark page and on a wide light one."""
    for scheme in each_size(page):
        assert axe(page, ".cp-wizard") == [], scheme
        assert page.locator(".cp-wizard").evaluate("el => el.scrollWidth <= el.clientWidth + 1"), scheme


def test_the_wizard_is_clicked_through_and_the_picture_follows_the_terminal(jupyterlab, lab_page, axe):
    page = lab_page()
    jupyterlab.show(page, CELLS)
    wizard = page.locator(".cp-wizard")
    expect(wizard).to_be_visible(timeout=30_000)
    expect(wizard.get_by_label("Pipeline name")).to_have_value("clicked")
    expect(wizard).to_contain_text("aws codepipeline get-pipeline --name clicked")
    in_both_sizes(page, axe)
    following = wizard.get_by_role("button", name="Next step")
    for title in ("Source", "Build", "Beta", "Service Role"):
        following.click()
        expect(wizard.locator('[aria-current="step"]')).to_have_text(title)
    following.click()
    expect(wizard).to_contain_text('"name": "clicked"')
    wizard.get_by_role("button", name="Create pipeline").click()
    expect(wizard.get_by_role("status")).to_contain_text("has been created")
    in_both_sizes(page, axe)

    # What a client does elsewhere shows in the picture, and what is clicked in the picture is done there.
    console = page.locator(".cp-console")
    door = console.get_by_role("switch", name="Transition into Beta", exact=True)
    expect(door).not_to_be_checked(timeout=15_000)
    door.click()
    expect(door).to_be_checked()
    expect(console.get_by_role("button", name="Undo")).to_have_count(0)
