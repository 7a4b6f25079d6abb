"""The lint of the structure finds each kind of fault in a small package, and nothing in a clean one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
CONTRACT = '[[tool.importlinter.contracts]]\ntype = "layers"\nlayers = ["high", "low"]\n'


@pytest.fixture
def lint(tmp_path):
    """Write files into a small package and lint it; it has two rooms, and its picture is up to date."""
    shutil.copytree(TOOLS / "structure", tmp_path / "tools" / "structure")
    for name in ("lint_structure.py", "draw_rooms.py"):
        shutil.copy(TOOLS / name, tmp_path / "tools")
    (tmp_path / "pyproject.toml").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    marks = "<!-- picture of the rooms: tools/draw_rooms.py -->\n<!-- end of the picture -->\n"
    (tmp_path / "docs" / "design.md").write_text(marks, encoding="utf-8")

    def run(draw: bool = True, **files: str) -> list[str]:
        for name, text in {"low/data": "", "high/view": "import cp_teach.low.data\n", **files}.items():
            path = tmp_path / "cp_teach" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if draw:
            subprocess.run([sys.executable, tmp_path / "tools" / "draw_rooms.py"], check=True)
        line = [sys.executable, tmp_path / "tools" / "lint_structure.py"]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == bool(done.stdout.strip())
        return done.stdout.splitlines()

    return run


def test_clean_code_passes(lint):
    assert [fault for fault in lint() if fault] == []


def test_a_crowded_folder_and_a_long_file_are_faults(lint):
    crowd = {f"low/module_{number}": "" for number in range(12)}
    (fault,) = lint(**crowd)
    assert fault.startswith("cp_teach/low/ has 13 modules; at most 12")
    (fault, other) = lint(**{"low/data": "\n" * 401})
    assert other.startswith("cp_teach/low/data.py has 401 lines; at most 400")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("told = 1\n", "the name 'told'"),
        ('"""Whoever asks."""\n', "'Whoever'"),
        ("# this is for somebody\n", "'somebody'"),
        ('print(f"{1} shall stay")\n', "'shall'"),
    ],
)
def test_an_old_word_is_a_fault_in_names_comments_docstrings_and_messages(lint, text, quoted):
    (fault,) = lint(**{"low/data": text})
    assert fault.startswith("cp_teach/low/data.py:1: ")
    assert quoted in fault


def test_questions_and_exercises_keep_their_words(lint):
    assert lint(**{"course/predictions/scenarios/concepts/lesson_00": "told = 1\n"}) == []


def test_a_module_named_in_the_old_way_is_a_fault(lint):
    (fault,) = lint(**{"low/parcel": ""})
    assert "the name 'parcel' does not say what is in it" in fault


def test_an_import_inside_a_function_is_a_fault_unless_it_loads_a_heavy_library(lint):
    inside = "def f() -> None:\n    import {name}\n"
    (fault,) = lint(**{"high/view": inside.format(name="cp_teach.low.data")})
    assert "the import of cp_teach.low.data inside a function saves no start-up time" in fault
    assert lint(**{"high/view": inside.format(name="pandas")}) == []
    assert lint(**{"low/data": "import pandas\n", "high/view": inside.format(name="cp_teach.low.data")}) == []


def test_a_picture_that_differs_from_the_code_is_a_fault(lint):
    lint()
    (fault,) = lint(draw=False, **{"high/view": ""})
    assert fault.startswith("docs/design.md: the picture of the rooms")
