"""docs/coverage.md: each statement of the course text, the cell that teaches it, and the test that proves it."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import course_coverage
import nbformat
import pytest

from cp_teach import resources

ROOT = Path(__file__).parents[3]
"""The clone. The package may come from a wheel, the tests and the documents never do."""

TEXT = (resources.data() / "coverage.toml").read_text(encoding="utf-8")

SECTIONS = {
    "What is CodePipeline?": 16,
    "Continuous delivery": 9,
    "Continuous integration": 4,
    "Pipeline": 19,
    "Stages": 11,
    "Actions": 16,
    "Revisions, artifacts and transitions": 13,
    "Setup and configuration": 10,
    "Creating a pipeline in the console": 10,
    "What can be managed in the console": 7,
    "The closing example": 1,
}
"""How many statements each section of the course text makes, counted by hand."""


@pytest.fixture(scope="module")
def found():
    return course_coverage.statements()


@pytest.fixture
def rows(tmp_path, monkeypatch):
    """Say what stands in the file of the statements, with one row changed."""
    monkeypatch.setattr(resources, "data", lambda: tmp_path)

    def change(old, new):
        assert old in TEXT
        (tmp_path / "coverage.toml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")

    return change


def test_every_statement_of_the_course_has_a_row_of_its_own(found):
    assert [one.number for one in found] == list(range(1, sum(SECTIONS.values()) + 1))
    assert Counter(one.section for one in found) == SECTIONS
    assert list(dict.fromkeys(one.section for one in found)) == list(SECTIONS)
    assert len({one.said for one in found}) == len(found), "none stands there twice"
    assert not [one for one in found if one.said.count(".") > 1 or ";" in one.said], "and none stands for two"


def test_every_statement_is_proven_by_a_test_of_its_own(found, request):
    """The test is one that pytest collects, from this clone; a name that is only written down proves nothing."""
    assert len({one.test for one in found}) == len(found)
    # A run of all tests has collected them already; xdist appends the group of a test to its name.
    names = [item.nodeid for item in request.session.items]
    collected = known(names) | known(name.rpartition("@")[0] for name in names)
    files = sorted({one.test.partition("::")[0] for one in found if one.test not in collected})
    if files:
        collected |= known(collect(files))
    assert {one.test for one in found} - collected == set()


def known(names):
    """The tests with these names, in the form of the table: also a test of several cases, as a whole."""
    tests = {name.removeprefix("tests/") for name in names}
    return tests | {name.partition("[")[0] for name in tests}


def collect(files):
    """The names of the tests that pytest finds in these files."""
    command = ["-m", "pytest", "--collect-only", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, *command, *(f"tests/{file}" for file in files)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_every_statement_has_its_row_in_the_table(found):
    """As it is written in docs/: number, words, cell and test of each, and nothing besides."""
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    lines = re.findall(
        r"^\| (\d+) \| (.+?) \| \[(\w+)\]\(\.\./notebooks/\3\.ipynb\), cell (\d+) \| "
        r"\[.+?\]\(\.\./tests/(\S+?)\) \| (.*?) ?\|$",
        text,
        re.MULTILINE,
    )
    assert lines == [
        (str(one.number), one.said, one.notebook, str(one.cell), one.test.partition("::")[0], one.today)
        for one in found
    ]
    assert len(re.findall(r"^\| \d", text, re.MULTILINE)) == len(lines)
    assert all((ROOT / "tests" / file).is_file() for *_, file, _ in lines)


def test_the_table_in_the_docs_is_the_newest():
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == course_coverage.table()


def test_what_is_different_today_has_a_source(found):
    changed = [one for one in found if one.today]
    assert len(changed) >= 20
    document = r"\((user guide|AWS CLI user guide|AWS General Reference|OpsWorks API reference), .+\)\.$"
    assert [one for one in changed if not re.search(document, one.today)] == []


def test_what_is_different_today_is_told_beside_it_with_a_link_to_the_source(found):
    """In the cell that teaches the statement, or in the next two: course and today, side by side."""
    lost = []
    for one in found:
        if one.today:
            path = resources.notebooks() / f"{one.notebook}.ipynb"
            cells = nbformat.read(path, as_version=4).cells[one.cell - 1 : one.cell + 5]
            texts = [cell.source for cell in cells if cell.cell_type == "markdown"][:3]
            if not any("https://docs.aws.amazon.com/" in text and "oday" in text for text in texts):
                lost.append(one)
    assert lost == []


@pytest.mark.parametrize("field", ["said", "notebook", "cell", "test", "today"])
def test_a_row_leaves_nothing_empty(rows, field):
    first = re.search(rf"number = (\d+)\n(?:\w+ = .*\n)*?({field} = .*)\n", TEXT)
    rows(first.group(2), f'{field} = " "')
    with pytest.raises(ValueError, match=f"statement {first.group(1)}: {field} is empty"):
        course_coverage.statements()


def test_what_no_cell_teaches_is_told(rows):
    rows("in **short cycles**", "in long cycles")
    with pytest.raises(
        LookupError, match=r"statement 17: in 01_ci_and_cd\.ipynb no cell says 'in long cycles'"
    ):
        course_coverage.statements()


def test_what_several_cells_say_is_taught_by_none_of_them(rows):
    rows("in **short cycles**", "change")
    with pytest.raises(LookupError, match=r"statement 17: in 01_ci_and_cd.ipynb cells \d+, .* say 'change'"):
        course_coverage.statements()
