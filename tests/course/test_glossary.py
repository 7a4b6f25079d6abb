"""docs/glossary.md: every word of the API is one, every name of ours is there, and no word of the course is missing."""

import importlib
import re
from pathlib import Path

import botocore.session
import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
PARTS = (
    "cp_teach",
    "cp_teach.pipeline",
    "cp_teach.engine",
    "cp_teach.course",
    "cp_teach.aws",
    "cp_teach.show",
)


def _rows(columns):
    lines = [re.split(r"\s*\|\s*", line.strip("| ")) for line in TEXT.splitlines() if line.startswith("|")]
    return [row for row in lines if len(row) == columns and not set(row[0]) <= {"-"}][1:]


ROWS, AROUND = _rows(5), _rows(2)


def _quoted(column):
    return sorted({word for row in ROWS for word in re.findall(r"`([^`]+)`", row[column])})


@pytest.fixture(scope="module")
def api():
    """Every word that botocore's model of the service has: operations, shapes, fields, values."""
    model = botocore.session.get_session().get_service_model("codepipeline")
    words = {*model.operation_names, *model.shape_names}
    for name in model.shape_names:
        shape = model.shape_for(name)
        words |= set(getattr(shape, "members", ())) | set(getattr(shape, "enum", ()))
    return words


@pytest.mark.parametrize("word", _quoted(1))
def test_a_word_of_the_api_is_in_the_model_of_the_service(api, word):
    assert word in api


def test_each_row_with_a_word_of_aws_has_its_word_in_the_api():
    assert [row for row in ROWS if (row[0] == "–") != (not re.search("`", row[1]))] == []


def _home(name):
    """The thing of that public name, from the package or one of its parts."""
    for part in map(importlib.import_module, PARTS):
        if name in part.__all__:
            return getattr(part, name)
    raise AssertionError(f"nothing public is called {name}")


@pytest.mark.parametrize("name", _quoted(3))
def test_a_name_of_ours_is_public_and_there(name):
    first, _, attribute = name.partition(".")
    thing = _home("Run" if first == "run" else first)
    if attribute:
        assert not attribute.startswith("_")
        fields = {*getattr(thing, "_fields", ()), *getattr(thing, "__dataclass_fields__", ())}
        assert attribute in fields or hasattr(thing, attribute)


OF_THE_COURSE = """
pipeline, blueprint, stage, action, action task, provider, source, build provider, test provider, deployment provider,
invoke, approve, transition, enable, disable, revision, artifact, input artifact, output artifact, S3 bucket,
start the release process, retry failed actions, edit, delete, service role, region
"""
AROUND_THE_COURSE = """
Continuous integration, Continuous delivery, Mainline, Release process, Beta, Fleet, Instance, IAM policy
"""


@pytest.mark.parametrize("word", re.split(r",\s+", OF_THE_COURSE.strip()))
def test_a_word_of_the_course_has_its_place(word):
    assert word in {each for row in ROWS for each in row[2].split(", ")}


@pytest.mark.parametrize("word", AROUND_THE_COURSE.strip().split(", "))
def test_a_word_around_it_is_explained(word):
    (meaning,) = [row[1] for row in AROUND if row[0] == word]
    assert len(meaning.split()) >= 4


def test_each_row_says_what_it_is():
    assert len(ROWS) >= 40
    assert [row for row in ROWS if not row[4].endswith(".")] == []
    assert len({(row[0], row[3]) for row in ROWS}) == len(ROWS)
