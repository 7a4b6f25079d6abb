"""The editions of the course: what the student's has not, and the instructor's has. That the checks fail in the one and
pass in the other is shown by test_notebooks_run.py."""

import shutil

import nbformat
import pytest

from cp_teach import resources
from cp_teach.cli import main
from cp_teach.course import notebook_editions
from cp_teach.course.kernel_metadata import kernel_metadata

NOTEBOOKS = sorted(resources.notebooks().glob("0*.ipynb"))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("editions")
    assert main(["editions", "-o", str(folder), "--no-slides"]) == 0
    return folder


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_solutions_are_the_instructors_alone(home, path):
    theirs, ours = (
        nbformat.read(home / name / path.name, as_version=4) for name in ("student", "instructor")
    )
    assert theirs.metadata.items() >= kernel_metadata().items()
    assert ours.metadata.items() >= kernel_metadata().items()
    assert "Show a solution" not in str(theirs)
    assert "For the instructor" not in str(theirs)
    assert "For the instructor" in str(ours)
    solved = notebook_editions.solutions(nbformat.read(path, as_version=4))
    assert solved
    for code in solved.values():
        assert code in [cell.source for cell in ours.cells]
        assert code not in [cell.source for cell in theirs.cells]


def test_files_that_notebooks_read_come_along_and_hidden_ones_do_not(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "shop.json").write_text("{}", encoding="utf-8")
    (source / ".secret").write_text("mine", encoding="utf-8")
    shutil.copy(NOTEBOOKS[0], source)
    written = list(notebook_editions.write_editions(source, tmp_path / "out"))
    assert len(written) == 2
    for name in ("student", "instructor"):
        assert {path.name for path in (tmp_path / "out" / name).iterdir()} == {NOTEBOOKS[0].name, "shop.json"}
