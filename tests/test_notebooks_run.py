"""Every notebook runs from top to bottom, with every cell twice, and again from the top in the same kernel.

The editions are run: in the student's edition every exercise is unsolved, in the instructor's edition each is solved.
"""

from __future__ import annotations

import os
import re

import notebook_runs as runs
import pytest
from nbformat.v4 import new_code_cell

from cp_teach.cli import main
from cp_teach.course import EXERCISES

LIMIT = 20
"""Seconds that a notebook may take, so that nobody waits for it in class: those of the processor, its own and of the
commands that it starts, because a busy machine makes no notebook slower. No notebook sleeps."""
TOOK = "import os; print(sum(os.times()[:4]) + float(os.environ.get('CP_TEACH_TEST_LOADED', 0)))"
"""What a kernel that is a fork finds loaded counts as its own."""


NOTEBOOKS = runs.notebooks()
pytestmark = pytest.mark.usefixtures("warm_kernels")
each = pytest.mark.parametrize(
    "name", [pytest.param(path.stem, marks=pytest.mark.xdist_group(path.stem)) for path in NOTEBOOKS]
)
AGAIN = NOTEBOOKS if os.environ.get("CP_TEACH_PROVE") else NOTEBOOKS[::5]
"""The notebooks that are run once more from the top: in ``make test`` three, in ``make prove`` all."""


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
def test_in_the_students_edition_each_cell_can_be_run_twice_and_all_again_from_the_top(
    editions, name, tmp_path
):
    notebook = runs.read(editions / "student" / f"{name}.ipynb")
    count = len(runs.code(notebook))
    repeated = runs.each_cell_twice(notebook)
    if any(path.stem == name for path in AGAIN):
        repeated.cells += runs.again(notebook)
    cells = runs.code(runs.execute(repeated, tmp_path))
    first, second, third = cells[: 2 * count : 2], cells[1 : 2 * count : 2], cells[2 * count :]
    for cell, again in zip(first, second, strict=True):
        assert runs.shown(again) == runs.shown(cell), f"run twice: {cell.source}"
    for cell, later in zip(first, third, strict=bool(third)):
        assert runs.shown(later) == runs.shown(cell), f"from the top again: {cell.source}"
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
