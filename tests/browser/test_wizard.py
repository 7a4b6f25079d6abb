"""The wizard in real JupyterLab, and a console on what it made: the terminal and the picture show the same."""

import pytest
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


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 400)])
def test_the_wizard_is_clicked_through_and_the_picture_follows_the_terminal(
    jupyterlab, lab_page, axe, scheme, width
):
    page = lab_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    name = f"wizard-{width}.ipynb"
    jupyterlab.write(name, CELLS)
    jupyterlab.open(page, name)
    jupyterlab.run_all(page)
    wizard = page.locator(".cp-wizard")
    expect(wizard).to_be_visible(timeout=30_000)
    expect(wizard.get_by_label("Pipeline name")).to_have_value("clicked")
    expect(wizard).to_contain_text("aws codepipeline get-pipeline --name clicked")
    assert axe(page, ".cp-wizard") == []
    following = wizard.get_by_role("button", name="Next step")
    for title in ("Source", "Build", "Beta", "Service Role"):
        following.click()
        expect(wizard.locator('[aria-current="step"]')).to_have_text(title)
    following.click()
    expect(wizard).to_contain_text('"name": "clicked"')
    wizard.get_by_role("button", name="Create pipeline").click()
    expect(wizard.get_by_role("status")).to_contain_text("has been created")
    assert axe(page, ".cp-wizard") == []
    wide = (
        "() => [...document.querySelectorAll('.cp-wizard')].some(el => el.scrollWidth > el.clientWidth + 1)"
    )
    assert not page.evaluate(wide)

    # What a client does elsewhere shows in the picture, and what is clicked in the picture is done there.
    console = page.locator(".cp-console")
    door = console.get_by_role("switch", name="Transition into Beta", exact=True)
    expect(door).not_to_be_checked(timeout=15_000)
    door.click()
    expect(door).to_be_checked()
    expect(console.get_by_role("button", name="Undo")).to_have_count(0)
