"""data/pipelines/: every file is one pipeline as get-pipeline prints it, and says where it comes from."""

import json
import tomllib

import pytest

from cp_teach import resources
from cp_teach.pipeline import Pipeline

FOLDER = resources.pipelines()
FILES = sorted(FOLDER.glob("*.json"))
SOURCES = tomllib.loads((FOLDER / "SOURCES.toml").read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_one_pipeline_that_aws_would_take_and_comes_back_the_same(path):
    printed = json.loads(path.read_text("utf-8"))
    assert "pipeline" in printed
    assert set(printed) <= {"pipeline", "metadata"}
    pipeline = Pipeline.from_aws(printed)
    assert pipeline.to_aws() == printed["pipeline"]
    assert Pipeline.from_aws(pipeline.to_aws()) == pipeline


def test_every_file_has_a_source_and_every_source_a_file():
    assert set(SOURCES) == {path.stem for path in FILES}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_source_names_its_licence_and_where_it_was_found(name):
    row = SOURCES[name]
    assert row["what"]
    assert row["licence"] in {"MIT", "MIT-0", "Apache-2.0", "CC-BY-SA-4.0"}
    if row["source"] != "ours":
        assert row["source"].count("/") == 1
        assert row["path"]
        assert row["commit"]
        assert row["changes"]


def test_ten_real_pipelines_of_different_shape_are_here():
    real = [name for name in SOURCES if SOURCES[name]["source"] != "ours"]
    pipelines = [Pipeline.from_aws(json.loads((FOLDER / f"{name}.json").read_text("utf-8"))) for name in real]
    shapes = {
        (len(p.stages), tuple(len(s.actions) for s in p.stages), tuple(len(s.groups) for s in p.stages))
        for p in pipelines
    }
    assert len(real) >= 10
    assert len(shapes) >= 8


def test_what_the_lessons_need_is_here():
    pipelines = {path.stem: Pipeline.from_aws(json.loads(path.read_text("utf-8"))) for path in FILES}
    demo = pipelines["demo-s3-codedeploy"]
    assert [stage.name for stage in demo.stages] == ["Source", "Deploy"]
    course = pipelines["course-source-build-beta-prod"]
    assert [stage.name for stage in course.stages] == ["Source", "Build", "Beta", "Prod"]
    assert [len(group) for group in course["Build"].groups] == [1, 2]
    assert course["Prod"]["Approve"].is_approval
    assert course.check(catalog="course") == []
    assert any(len(p.sources) > 1 for p in pipelines.values())
    assert any(p.artifact_stores for p in pipelines.values())
    assert any(p.triggers for p in pipelines.values())
