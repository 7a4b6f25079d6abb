"""Every notebook runs: from top to bottom, again from the top in the same kernel, and with every cell twice. Run are
the editions: in the student's every exercise is unsolved, in the instructor's all of them are solved."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from nbformat.v4 import new_code_cell

from cp_teach.cli import main
from cp_teach.course import EXERCISES

LIMIT = 20
"""Seconds that a notebook may take, so that nobody waits for it in class: those of the processor, its own and of the
commands that it starts, because a busy machine makes no notebook slower. No notebook sleeps."""
TOOK = "import os; print(sum(os.times()[:4]) + float(os.environ.get('CP_TEACH_TEST_LOADED', 0)))"
"""What a kernel that is a fork finds loaded counts as its own."""


def _helper() -> ModuleType:
    # The tests are collected without a package around them, so a helper beside them is loaded by its path.
    spec = importlib.util.spec_from_file_location(
        "notebook_runs", Path(__file__).with_name("notebook_runs.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


runs = _helper()
NOTEBOOKS = runs.notebooks()
pytestmark = pytest.mark.usefixtures("warm_kernels")
each = pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])


@pytest.fixture(scope="module")
def editions(tmp_path_factory):
    """The folder with the editions of all notebooks, made by the one command."""
    folder = tmp_path_factory.mktemp("editions")
    assert main(["editions", "-o", str(folder), "--no-slides"]) == 0
    return folder


def verdicts(cells):
    """What each check of these cells has said."""
    texts = "\n".join(map(runs.shown, cells))
    return dict(re.findall(r"^([0-9]{2}-[a-z-]+): (done|not yet)", texts, flags=re.MULTILINE))


def exercises(name):
    return {exercise for exercise in EXERCISES if exercise.startswith(name[:2])}


@each
def test_in_the_students_edition_each_cell_may_be_run_twice_and_all_again_from_the_top(
    editions, name, tmp_path
):
    notebook = runs.read(editions / "student" / f"{name}.ipynb")
    count = len(runs.code(notebook))
    thrice = runs.each_cell_twice(notebook)
    thrice.cells += runs.again(notebook)
    cells = runs.code(runs.execute(thrice, tmp_path))
    first, second, third = cells[: 2 * count : 2], cells[1 : 2 * count : 2], cells[2 * count :]
    for one, again, later in zip(first, second, third, strict=True):
        assert runs.shown(again) == runs.shown(one), f"run twice: {one.source}"
        assert runs.shown(later) == runs.shown(one), f"from the top again: {one.source}"
    assert verdicts(first) == dict.fromkeys(exercises(name), "not yet")
    if name == "00_welcome":
        five_moments({cell.id: runs.shown(cell) for cell in first})


@each
def test_in_the_instructors_edition_every_exercise_is_done_in_time(editions, name, tmp_path):
    notebook = runs.read(editions / "instructor" / f"{name}.ipynb")
    notebook.cells.append(new_code_cell(TOOK))
    *cells, took = runs.code(runs.execute(notebook, tmp_path))
    assert verdicts(cells) == dict.fromkeys(exercises(name), "done")
    assert float(runs.shown(took)) < LIMIT


def five_moments(shown):
    """What the welcome is about is really seen in it."""
    assert "Build ▶ #1" in shown["00-released-show"]
    assert "waits to enter Beta" in shown["00-held-show"]
    assert "superseded execution 1" in shown["00-twice-show"]
    assert "Approve in Prod started" in shown["00-approve-wait"]
    assert "Prod ◷ #1" in shown["00-approve-show"]
    assert "Build ✗ #2" in shown["00-failed-show"]


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS if path.stem != "practice"])
def test_every_exercise_has_its_solution(name):
    notebook = runs.read(next(path for path in NOTEBOOKS if path.stem == name))
    assert set(runs.solutions(notebook)) == exercises(name) != set()
