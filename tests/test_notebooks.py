"""How every notebook is built and how it reads. That it runs is shown by test_notebooks_run.py."""

from __future__ import annotations

import json
import re

import notebook_runs as runs
import pytest
import readability

from cp_teach.course import EXERCISES, QUESTIONS
from cp_teach.course.kernel_metadata import kernel_metadata

SLIDES = {"slide", "subslide", "fragment", "notes", "skip"}
NOTEBOOKS = runs.notebooks()
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_the_first_four_notebooks_are_there():
    assert [path.stem for path in NOTEBOOKS][:4] == [
        "00_welcome",
        "01_ci_and_cd",
        "02_pipelines_stages_actions",
        "03_revisions_artifacts_transitions",
    ]


@each
def test_it_is_committed_clean(path):
    raw = json.loads(path.read_text(encoding="utf-8"))
    # What JupyterLab writes at a kernel's start is there already, so opening a lesson does not change it.
    entries, expected = raw["metadata"], kernel_metadata()
    assert re.fullmatch(r"3\.\d+\.\d+", entries["language_info"].pop("version"))
    expected["language_info"].pop("version")
    assert {name: entries[name] for name in expected} == expected
    assert "widgets" not in raw["metadata"]
    cells = [cell for cell in raw["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    ids = [cell["id"] for cell in raw["cells"]]
    assert len(set(ids)) == len(ids)


@each
def test_it_makes_slides(path):
    kinds = [cell.metadata.get("slideshow", {}).get("slide_type", "-") for cell in runs.read(path).cells]
    assert kinds[0] == "slide"
    assert set(kinds) <= SLIDES | {"-"}
    assert kinds.count("slide") >= 5


@each
def test_it_sleeps_nowhere_and_asks_nobody_else(path):
    sandboxed = (
        False  # then the kernel's clients, and the AWS CLI, can reach a service of its own and nothing else
    )
    for cell in runs.code(runs.read(path)):
        sandboxed = sandboxed or "cp_teach.sandbox(" in cell.source
        assert not re.search(r"\bsleep\b|https?://|requests|urllib", cell.source), cell.source
        assert sandboxed or not re.search(r"boto3\.client|%%aws|!aws", cell.source), cell.source


@each
def test_its_links_lead_somewhere(path):
    for cell in runs.read(path).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)]+)\)", cell.source):
                documented = target.startswith("https://docs.aws.amazon.com/")
                assert documented or (path.parent / target).is_file(), target


LESSONS = pytest.mark.parametrize(
    "path", [p for p in NOTEBOOKS if p.stem != "practice"], ids=lambda path: path.stem
)


@LESSONS
def test_it_asks_at_least_three_predictions(path):
    assert sum(cell.source.startswith("predict(") for cell in runs.code(runs.read(path))) >= 3


# -- how a notebook is built, and how it reads ---------------------------------------------------------------------
def test_they_are_all_there_in_order():
    """So that "the next one" means something, and a lesson that is added has its number."""
    names = [path.stem for path in NOTEBOOKS]
    assert names[-1] == "practice"
    assert [name[:3] for name in names[:-1]] == [f"{number:02}_" for number in range(13)]


def _markdown(path):
    return [cell.source for cell in runs.read(path).cells if cell.cell_type == "markdown"]


@each
def test_it_opens_with_what_you_can_do_afterwards_and_how_long_it_takes(path):
    first = runs.read(path).cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# \S", first.source)
    said = re.search(r"^In (\d+) minutes(?:, .+)?,? you can$", first.source, re.MULTILINE)
    assert said, "it says: In … minutes you can"
    assert 10 <= int(said.group(1)) <= 60
    abilities = re.match(r"\n\n((?:- .+[;.]\n)+)(\n|\Z)", first.source[said.end() :] + "\n")
    assert abilities, "and then what, as a list"
    assert 3 <= abilities.group(1).count("- ") <= 5


@LESSONS
def test_it_has_an_exercise_of_its_own_with_a_check(path):
    cells = runs.read(path).cells
    for at, cell in enumerate(cells):
        if cell.cell_type == "markdown" and cell.source.startswith("## Exercise"):
            assert cells[at + 1].metadata["nbgrader"]["solution"]
            assert cells[at + 2].source.startswith("check(")
            assert "<details>" in cells[at + 3].source
            break
    else:
        pytest.fail("no exercise")


@each
def test_it_ends_with_a_summary_that_leads_to_the_next(path):
    last = _markdown(path)[-1]
    assert runs.read(path).cells[-1].source == last
    assert last.startswith("## Summary\n")
    assert len(re.findall(r"^(- |\| [^-\s])", last, re.MULTILINE)) >= 3, (
        "what is to be kept, as points or rows"
    )
    following = [*NOTEBOOKS[1:], NOTEBOOKS[0]][NOTEBOOKS.index(path)]
    (leads,) = re.findall(r"^Next: .*$", last, re.MULTILINE)
    assert re.search(r"\]\(([^)]+)\)", leads).group(1) == following.name


GRADE, LENGTH, LONGEST = 7.0, 13.0, 25
"""A first-year student reads far harder texts; these bounds leave the effort for the matter itself."""


@each
def test_it_is_easy_to_read(path):
    told = _markdown(path)
    measured = readability.measure(told)
    assert measured.words > 200, "the formula wants a sample of some length"
    assert measured.grade <= GRADE, f"Flesch-Kincaid grade {measured.grade:.1f}"
    assert measured.length <= LENGTH, f"{measured.length:.1f} words in a sentence"
    long = [
        one for text in told for one in readability.prose(text) if readability.measure([one]).words > LONGEST
    ]
    assert long == []


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("stage", 1), ("stages", 2), ("table", 2), ("people", 2), ("action", 2), ("execution", 4), ("closed", 1),
        ("wanted", 2), ("releases", 3), ("changes", 2), ("branches", 2), ("files", 1), ("the", 1), ("pipeline", 2),
        ("pipelines", 2), ("console", 2), ("artifact", 3),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_spoken(word, count):
    assert readability.syllables(word) == count


def test_a_hard_text_is_found_hard_and_code_is_no_text():
    easy = "The cat sat on the mat. It was warm. Then the dog came in."
    hard = (
        "Notwithstanding considerable organizational heterogeneity, practitioners overestimate reliability."
    )
    assert readability.measure([easy]).grade < 2
    assert readability.measure([hard]).grade > 20
    assert readability.measure([easy + "\n\n```python\nconsiderable = organizational()\n```\n"]) == (
        readability.measure([easy])
    )
    assert readability.measure([easy + "\n\n| a | table |\n|---|---|\n"]) == readability.measure([easy])
    assert len(readability.prose("One. Two!\n\n- three\n- four")) == 4


def test_one_line_is_enough_to_play():
    first = next(cell for cell in runs.read(NOTEBOOKS[0]).cells if cell.cell_type == "code")
    assert first.source == "import cp_teach; cp_teach.demo()"


@LESSONS
def test_no_cell_tells_the_answer_of_a_question_before_it_is_asked(path):
    asked = [cell for cell in runs.code(runs.read(path)) if cell.source.startswith("predict(")]
    for cell in asked:
        assert re.fullmatch(r'predict\("[0-9]{2}-[a-z-]+"\)', cell.source), cell.source
    used = {cell.source.split('"')[1] for cell in asked}
    assert used == {name for name in QUESTIONS if name.startswith(path.stem[:2])}


def test_graded_cells_are_what_nbgrader_takes():
    """Metadata of schema version 3: an answer cell to be filled in, and a locked check worth a point; each id once."""
    told = [
        (cell.source, cell.metadata["nbgrader"])
        for path in NOTEBOOKS
        for cell in runs.read(path).cells
        if "nbgrader" in cell.metadata
    ]
    ids = [meta["grade_id"] for _, meta in told]
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(EXERCISES) | {f"{name}-answer" for name in EXERCISES}
    for source, meta in told:
        assert meta["schema_version"] == 3
        assert meta["task"] is False
        assert meta["solution"] is meta["grade_id"].endswith("-answer")
        assert meta["grade"] is meta["locked"] is not meta["solution"]
        assert meta.get("points") == (1 if meta["grade"] else None)
        if meta["grade"]:
            assert source.startswith(f'check("{meta["grade_id"]}", ')
            assert "\n" not in source
