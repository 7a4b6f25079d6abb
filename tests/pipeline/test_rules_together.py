"""Several rules broken at once."""

import pytest
from shop_structure import ACTION, STAGE, STRUCTURE, VALUE, action, deploy, valid

from cp_teach.pipeline import InvalidPipeline, Pipeline


def input_from_nowhere(d):
    d["stages"][2]["actions"][0]["inputArtifacts"] = [{"name": "Nowhere"}]


def stage_name_twice(d):
    d["stages"].append({"name": "Build", "actions": [deploy("Again")]})


def source_later(d):
    d["stages"][1]["actions"].append(
        action("More", "Source", "S3", outputs=["More"], S3Bucket="bucket", S3ObjectKey="more.zip")
    )


def role_that_is_no_arn(d):
    d["roleArn"] = "nobody"


def test_all_breaches_are_told_at_once_in_the_order_in_which_aws_meets_them():
    structure = valid()
    for change in (input_from_nowhere, stage_name_twice, source_later, role_that_is_no_arn):
        change(structure)
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    assert [breach.exception for breach in caught.value.errors] == [VALUE, STRUCTURE, STAGE, ACTION]
    shown = str(caught.value)
    for breach in caught.value.violations:
        assert breach.location in shown
        assert breach.advice in shown
    assert shown.count("\n") >= 3 * len(caught.value.violations)
