"""JupyterLab as a student meets it: no dialog, no pop-up, and a kernel that answers."""

import json

import pytest

pytestmark = pytest.mark.needs("chromium")


def test_the_address_opens_the_welcome_and_nothing_asks_a_question(jupyterlab, page):
    jupyterlab.open(page)
    assert page.locator(".jp-NotebookPanel:visible").count() == 1
    assert "00_welcome" in page.title() or page.locator(".lm-TabBar-tabLabel", has_text="00_welcome").count()
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
