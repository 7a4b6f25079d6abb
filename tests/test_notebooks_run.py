"""Every notebook runs from top to bottom, with every cell twice, and again from the top in the same shell.

Both editions are run, one after the other: in the student's, run first and with each cell twice, every exercise is
unsolved; in the instructor's, run from the top, each is solved.
"""

from __future__ import annotations

import re

import notebook_runs as runs
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from cp_teach.course import EXERCISES
from cp_teach.course.notebook_editions import student

LIMIT = 20
"""Seconds of the processor that a notebook may take in class, with the commands that it starts. A busy machine does
not change this number. No notebook sleeps."""

NOTEBOOKS = {path.stem: path for path in runs.notebooks()}
each = pytest.mark.parametrize("name", NOTEBOOKS)


@pytest.fixture
def executed(tmp_path_factory, name):
    """The code cells of a notebook's run: those of the student's edition, the same again, and the instructor's."""
    notebook = runs.read(NOTEBOOKS[name])
    count = len(runs.code(student(notebook)))
    run = runs.execute(runs.both_editions(notebook), tmp_path_factory)
    cells = runs.code(run)
    return run, cells[: 2 * count : 2], cells[1 : 2 * count : 2], cells[2 * count :]


def verdicts(cells):
    """The verdict of each check of these cells."""
    texts = "\n".join(map(runs.shown, cells))
    return dict(re.findall(r"^([0-9]{2}-[a-z-]+): (done|not yet)", texts, flags=re.MULTILINE))


def exercises(name):
    return {exercise for exercise in EXERCISES if exercise.startswith(name[:2])}


@each
def test_each_cell_shows_the_same_when_it_runs_twice_and_when_all_run_again(executed, name):
    _, first, second, third = executed
    for cell, again in zip(first, second, strict=True):
        assert runs.shown(again) == runs.shown(cell), f"run twice: {cell.source}"
    for cell, later in zip(first, third, strict=True):
        if cell.source == later.source and not cell.source.startswith("check("):
            assert runs.shown(later) == runs.shown(cell), f"from the top again: {cell.source}"


@each
def test_every_exercise_is_open_for_the_student_and_done_in_time_for_the_instructor(executed, name):
    run, first, second, third = executed
    assert verdicts(first) == verdicts(second) == dict.fromkeys(exercises(name), "not yet")
    assert verdicts(third) == dict.fromkeys(exercises(name), "done")
    assert run.metadata["seconds"] + sum(cell.metadata["seconds"] for cell in third) < LIMIT


def test_the_welcome_shows_its_five_moments_in_a_jupyter_kernel_as_well(tmp_path_factory, tmp_path):
    """What the welcome is about is really seen in it, and a kernel sends what a shell shows."""
    notebook = runs.read(NOTEBOOKS["00_welcome"])
    cells = runs.code(runs.execute_in_kernel(student(notebook), tmp_path))
    shown = {cell.id: runs.shown(cell) for cell in cells}
    assert "Build ▶ #1" in shown["00-released-show"]
    assert "waits to enter Beta" in shown["00-held-show"]
    assert "superseded execution 1" in shown["00-twice-show"]
    assert "Action Approve (stage Prod) started" in shown["00-approve-wait"]
    assert "Prod ◷ #1" in shown["00-approve-show"]
    assert "Build ✗ #2" in shown["00-failed-show"]
    executed = runs.code(runs.execute(runs.both_editions(notebook), tmp_path_factory))
    assert shown == {cell.id: runs.shown(cell) for cell in executed[: 2 * len(cells) : 2]}


def test_a_cell_that_fails_ends_the_run_and_the_second_edition_starts_without_names(tmp_path_factory):
    cells = [
        new_code_cell("'later' in globals()", id="asks"),
        new_code_cell("later = 1; print(later)", id="sets"),
    ]
    run = runs.execute(runs.both_editions(new_notebook(cells=cells)), tmp_path_factory)
    shown = [runs.shown(cell) for cell in runs.code(run)]
    assert shown == ["False\n", "False\n", "1\n", "1\n", "False\n", "1\n"]
    with pytest.raises(AssertionError, match="ended with 1"):
        runs.execute(new_notebook(cells=[new_code_cell("1 / 0")]), tmp_path_factory)


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name != "practice"])
def test_every_exercise_has_its_solution(name):
    notebook = runs.read(NOTEBOOKS[name])
    assert set(runs.solutions(notebook)) == exercises(name) != set()
