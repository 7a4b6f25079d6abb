"""The table of misconceptions names levels and lessons that are there, and its examples are true."""

import doctest
import json
import re
from pathlib import Path

from cp_teach import resources
from cp_teach.course import levels

PAGE = Path(__file__).parents[2] / "docs" / "misconceptions.md"
ROW = re.compile(r"^\| (\d+) \| .* \| (.*) \|$", re.MULTILINE)


def rows():
    return {int(number): where for number, where in ROW.findall(PAGE.read_text("utf-8"))}


def test_every_misconception_has_its_row():
    assert list(rows()) == list(range(1, 42))


def test_the_levels_and_the_table_name_each_other():
    known = levels()
    for number, where in rows().items():
        named = set(re.findall(r"`(\d\d-[a-z-]+)`", where))
        assert named <= set(known), number
        assert {name for name, level in known.items() if number in level.shows} <= named, number


def test_the_headings_are_those_of_the_lessons():
    text = {
        path.stem[:2]: "\n".join(
            "".join(cell["source"])
            for cell in json.loads(path.read_text("utf-8"))["cells"]
            if cell["cell_type"] == "markdown"
        )
        for path in resources.notebooks().glob("*.ipynb")
    }
    for number, where in rows().items():
        for notebook, heading in re.findall(r"`(\d\d)`, ([^;:|]+)", where):
            assert f"# {heading.strip()}\n" in text[notebook] + "\n", (number, heading)


def test_the_examples_of_the_page_are_true():
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert result.attempted == PAGE.read_text("utf-8").count(">>> ")
    assert not result.failed
