"""The editions of the course: the student's checks fail as they stand and pass after the instructor's solutions."""

import nbformat
import pytest
from nbclient import NotebookClient

from cp_teach import places
from cp_teach.cli import main
from cp_teach.course import editions

NOTEBOOKS = sorted(places.notebooks().glob("0*.ipynb"))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("editions")
    assert main(["editions", "-o", str(folder), "--no-slides"]) == 0
    return folder


def grades(path):
    """For each check of a notebook whether it is all met, and nothing of the cells besides."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    found = {}
    for cell in notebook.cells:
        told = cell.metadata.get("nbgrader", {})
        if told.get("grade"):
            found[told["grade_id"]] = ": done." in cell.outputs[-1]["data"]["text/plain"]
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_solutions_are_the_instructors_alone(home, path):
    theirs, ours = (
        nbformat.read(home / name / path.name, as_version=4) for name in ("student", "instructor")
    )
    assert "Show a solution" not in str(theirs)
    assert "For the instructor" not in str(theirs)
    assert "For the instructor" in str(ours)
    solved = editions.solutions(nbformat.read(path, as_version=4))
    assert solved
    for code in solved.values():
        assert code in [cell.source for cell in ours.cells]
        assert code not in [cell.source for cell in theirs.cells]


@pytest.mark.parametrize("path", [NOTEBOOKS[0], NOTEBOOKS[3]], ids=lambda path: path.stem)
def test_checks_fail_in_the_students_edition_and_pass_in_the_instructors(home, path):
    assert set(grades(home / "student" / path.name).values()) == {False}
    assert set(grades(home / "instructor" / path.name).values()) == {True}


def test_files_that_notebooks_read_come_along(home):
    for path in places.notebooks().glob("*.json"):
        assert (home / "student" / path.name).is_file()
