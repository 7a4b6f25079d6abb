"""The rules of the regions, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import ACTION, STRUCTURE, Rows, action, breaks_alone, valid

from cp_teach.pipeline import InvalidPipeline, Pipeline

ROWS = Rows()
row = ROWS.row


@row(STRUCTURE, "Your pipeline contains actions in more than one region.", "stage Beta, action Deploy")
def two_regions_with_a_single_store(d):
    d["stages"][1]["actions"][0]["region"] = "us-west-2"
    d["stages"][2]["actions"][0]["region"] = "eu-west-1"


@row(STRUCTURE, "Your pipeline contains actions in more than one region.", "stage Beta, action Deploy")
def another_region_than_that_of_the_bucket(d):
    d["artifactStore"]["location"] = "codepipeline-us-east-1-1234567890"
    d["stages"][2]["actions"][0]["region"] = "eu-west-1"


@row(
    STRUCTURE,
    "The following region is missing in 'pipeline.artifactStores': eu-west-1.",
    "pipeline",
)
def region_without_a_store(d):
    store = d.pop("artifactStore")
    d["artifactStores"] = {"us-east-1": store, "us-west-2": store}
    d["stages"][1]["actions"][0]["region"] = "us-west-2"
    d["stages"][2]["actions"][0]["region"] = "eu-west-1"


@row(ACTION, "Source actions cannot be cross-region actions", "stage Source, action Fetch")
def source_in_another_region(d):
    store = d.pop("artifactStore")
    d["artifactStores"] = {"us-east-1": store, "eu-west-1": store}
    d["stages"][0]["actions"][0]["region"] = "eu-west-1"


@row(ACTION, "Custom actions cannot be cross-region actions", "stage Build, action Own")
def custom_action_away_from_the_region_where_a_pipeline_is_by_default(d):
    # Three stores and no source with a Region: the pipeline is in us-east-1 unless something says otherwise.
    store = d.pop("artifactStore")
    d["artifactStores"] = dict.fromkeys(("us-east-1", "us-west-2", "eu-west-1"), store)
    own = action("Own", "Build", "OurTool", "Custom", inputs=["Source"], order=2)
    d["stages"][1]["actions"].append({**own, "region": "us-west-2"})


def test_the_topic_of_an_approval_must_be_in_the_region_of_the_pipeline():
    structure = valid()
    topic = "arn:aws:sns:us-west-2:123456789012:reviews"
    structure["stages"][2]["actions"].append(action("Ask", "Approval", "Manual", NotificationArn=topic))
    assert Pipeline.from_aws(structure, region="us-west-2").check(region="us-west-2") == []
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure, region="us-east-1")
    (error,) = caught.value.errors
    assert (error.exception, error.advice) == (ACTION, "Use a topic of us-east-1.")
    assert "but the ARN is not in the same region as the pipeline." in error.message


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)
