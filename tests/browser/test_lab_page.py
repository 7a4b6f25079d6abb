"""JupyterLab as a student meets it: no dialog, no pop-up, and a kernel that answers."""

import json

import pytest

QUESTIONS = ".jp-Dialog, .Toastify__toast"


@pytest.fixture(scope="module")
def jupyterlab(new_lab, tmp_path_factory):
    """One of this file's own, in which nothing is sooner than at a student's."""
    lab = new_lab(tmp_path_factory.mktemp("own-lab"))
    yield lab
    assert lab.stop() == 0, lab.log()


def test_nothing_asks_a_question_and_a_cell_answers(jupyterlab, page):
    jupyterlab.write("sum.ipynb", ["import cp_teach; print(6 * 7)"])
    jupyterlab.open(page, "sum.ipynb")
    jupyterlab.run_all(page)
    assert page.locator(".jp-OutputArea-output").inner_text().strip() == "42"
    page.wait_for_timeout(3000)  # the question about news comes late
    assert page.locator(QUESTIONS).count() == 0


def test_the_address_opens_the_welcome(jupyterlab, page):
    jupyterlab.open(page)
    assert page.locator(".jp-NotebookPanel:visible").count() == 1
    assert "00_welcome" in page.title() or page.locator(".lm-TabBar-tabLabel", has_text="00_welcome").count()
    page.wait_for_timeout(3000)
    assert page.locator(QUESTIONS).count() == 0


def test_a_kernel_of_an_unknown_name_is_the_only_thing_lab_would_ask_about(jupyterlab):
    for path in jupyterlab.folder.glob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert notebook["metadata"]["kernelspec"]["name"] == "python3", path.name
