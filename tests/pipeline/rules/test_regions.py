"""The rules of the regions, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import ACTION, STRUCTURE, Rows, breaks_alone

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


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)
