"""The rules of the whole and of its stages, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import STAGE, STRUCTURE, Rows, action, breaks_alone, deploy, valid

from cp_teach.pipeline import InvalidPipeline, Pipeline

ROWS = Rows()
row = ROWS.row


@row(
    STRUCTURE,
    "Pipeline has too many stages. There can only be up to 50 stages in a pipeline",
    "pipeline",
)
def fifty_one_stages(d):
    d["stages"] += [{"name": f"S{n}", "actions": [deploy("Deploy")]} for n in range(48)]


@row(STRUCTURE, "Pipeline should start with a stage that only contains source actions", "stage Source")
def first_stage_with_a_build(d):
    d["stages"][0]["actions"].append(action("Ask", "Approval", "Manual"))


@row(
    STRUCTURE,
    "Source actions can only be included in the first stage of the pipeline",
    "stage Build, action More",
)
def source_later(d):
    d["stages"][1]["actions"].append(
        action("More", "Source", "S3", outputs=["More"], S3Bucket="bucket", S3ObjectKey="more.zip")
    )


@row(STRUCTURE, "Pipeline must have exactly one of", "pipeline")
def no_store(d):
    del d["artifactStore"]


@row(STRUCTURE, "Pipeline must have exactly one of", "pipeline")
def two_kinds_of_store(d):
    d["artifactStores"] = {"us-east-1": dict(d["artifactStore"])}


@row(STAGE, "Stage name 'Build' is used more than once", "stage Build")
def stage_name_twice(d):
    d["stages"].append({"name": "Build", "actions": [deploy("Again")]})


@row(STAGE, "Stage 'Empty' has no actions", "stage Empty")
def stage_without_actions(d):
    d["stages"].append({"name": "Empty", "actions": []})


@row(STAGE, "There can only be up to 50 actions in a stage", "stage Beta")
def fifty_one_actions(d):
    d["stages"][2]["actions"] = [deploy(f"D{n}") for n in range(51)]


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)


def test_one_stage_is_too_few_and_has_nothing_to_do():
    structure = valid()
    del structure["stages"][1:]
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    assert [breach.message for breach in caught.value.errors] == [
        "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline",
        "Pipeline should contain at least 1 action whose category is not Source",
    ]


def test_too_many_actions_are_counted_and_a_second_pipeline_is_advised():
    structure = valid()
    structure["stages"] += [
        {"name": f"S{n}", "actions": [deploy(f"D{m}") for m in range(50)]} for n in range(20)
    ]
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    (error,) = caught.value.errors
    assert error.message.startswith("Pipeline has too many actions. There can only be up to 1000 actions")
    assert error.advice == "It has 1003 actions: create a second pipeline."


def test_only_what_is_not_a_source_has_to_leave_the_first_stage():
    structure = valid()
    first_stage_with_a_build(structure)
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    assert caught.value.errors[0].advice == "Move Ask to a later stage."
