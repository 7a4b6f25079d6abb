"""The rules of V1 and V2, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import ACTION, STAGE, STRUCTURE, Rows, action, breaks_alone, connection

ROWS = Rows()
row = ROWS.row


@row(STRUCTURE, "Pipeline variable can only be used with V2 pipelines", "pipeline")
def variables_on_v1(d):
    d |= {"pipelineType": "V1", "variables": [{"name": "Env"}]}


@row(STRUCTURE, "QUEUED or PARALLEL mode can only be used with V2 pipelines", "pipeline")
def queued_on_v1(d):
    d |= {"pipelineType": "V1", "executionMode": "QUEUED"}


@row(STRUCTURE, "Triggers on tag can only be used with V2 pipelines", "pipeline")
def triggers_on_v1(d):
    d.update(connection(), pipelineType="V1")


@row(STAGE, "Stage level conditions can only be used with V2 pipelines.", "stage Beta")
def conditions_on_v1(d):
    d["pipelineType"] = "V1"
    d["stages"][2]["onFailure"] = {"result": "ROLLBACK"}


@row(ACTION, "Commands Action can only be used with V2 pipelines.", "stage Beta, action Make")
def commands_on_v1(d):
    d["pipelineType"] = "V1"
    make = action("Make", "Compute", "Commands", inputs=["Built"]) | {"commands": ["make"]}
    d["stages"][2]["actions"].append(make)


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)
