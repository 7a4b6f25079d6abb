"""The rules of single values, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import VALUE, Rows, action, breaks_alone, valid

from cp_teach.pipeline import InvalidPipeline, Pipeline

ROWS = Rows()
row = ROWS.row


@row(
    VALUE,
    "1 validation error detected: Value at 'pipeline.stages.2.member.actions.1.member.name' failed to satisfy "
    r"constraint: Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+",
    "stage Build, action a b",
)
def action_name_in_the_wrong_alphabet(d):
    d["stages"][1]["actions"][0]["name"] = "a b"


@row(VALUE, "Value at 'pipeline.stages.3.member.name'", "stage Bêta")
def stage_name_in_the_wrong_alphabet(d):
    d["stages"][2]["name"] = "Bêta"


@row(
    VALUE,
    "at 'pipeline.name' failed to satisfy constraint: Member must have length less than or equal to 100",
    "",
)
def pipeline_name_too_long(d):
    d["name"] = "x" * 101


@row(
    VALUE,
    "Map keys must satisfy constraint: [Member must have length less than or equal to 50,",
    "stage Build",
)
def configuration_key_too_long(d):
    long = {"K" * 51: "value"}
    own = action("Own", "Build", "OurTool", "Custom", inputs=["Source"], order=2, **long)
    d["stages"][1]["actions"].append(own)


@row(VALUE, "Member must have value greater than or equal to 1", "stage Beta, action Deploy")
def run_order_zero(d):
    d["stages"][2]["actions"][0]["runOrder"] = 0


@row(VALUE, "Member must have value less than or equal to 999", "stage Beta, action Deploy")
def run_order_too_high(d):
    d["stages"][2]["actions"][0]["runOrder"] = 1000


@row(VALUE, "Member must satisfy enum value set: [S3]", "artifact store")
def store_of_another_type(d):
    d["artifactStore"]["type"] = "EFS"


@row(VALUE, "Member must satisfy enum value set: [KMS]", "artifact store")
def key_of_another_type(d):
    d["artifactStore"]["encryptionKey"] = {"id": "k", "type": "SSE"}


@row(VALUE, "Value at 'pipeline.roleArn'", "pipeline")
def role_that_is_no_arn(d):
    d["roleArn"] = "nobody"


@row(VALUE, "'pipeline.roleArn'", "pipeline")
def role_of_a_short_account(d):
    d["roleArn"] = "arn:aws:iam::123:role/service"


@row(VALUE, "at 'pipeline.stages.1.member.actions.1.member.namespace'", "stage Source, action Fetch")
def namespace_with_a_dot(d):
    d["stages"][0]["actions"][0]["namespace"] = "a.b"


MAP_VALUE = (
    "1 validation error detected: Value at 'pipeline.stages.1.member.actions.1.member.configuration' failed to satisfy "
    "constraint: Map value must satisfy constraint: [Member must have length less than or equal to 50000, Member must "
    "have length greater than or equal to 1]"
)


@row(VALUE, MAP_VALUE, "stage Source")
def configuration_value_empty(d):
    d["stages"][0]["actions"][0]["configuration"]["S3ObjectKey"] = ""


@row(VALUE, MAP_VALUE, "stage Source")
def configuration_value_too_long(d):
    d["stages"][0]["actions"][0]["configuration"] |= {"S3ObjectKey": "x" * 50_001, "S3Bucket": ""}


@row(VALUE, "Member must satisfy enum value set: [QUEUED, SUPERSEDED, PARALLEL]", "pipeline")
def mode_that_does_not_exist(d):
    d["executionMode"] = "FIFO"


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)


def test_an_empty_name_breaks_both_of_its_constraints():
    structure = valid()
    structure["stages"][2]["name"] = ""
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    told = [violation.message.partition("Member must ")[2] for violation in caught.value.errors]
    assert told == [
        "have length greater than or equal to 1",
        r"satisfy regular expression pattern: [A-Za-z0-9.@\-_]+",
    ]
