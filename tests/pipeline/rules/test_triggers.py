"""The rules of the triggers, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import STRUCTURE, VALUE, Rows, breaks_alone, connection

ROWS = Rows()
row = ROWS.row


@row(STRUCTURE, "Triggers for connections must reference a CodeStarSourceConnection action.", "trigger 1")
def trigger_on_a_bucket(d):
    d["triggers"] = connection()["triggers"]


@row(
    STRUCTURE,
    "The trigger configuration for the source action is not valid. Make sure to choose valid filter combinations.",
    "trigger 1",
)
def tags_and_branches(d):
    d.update(connection())
    d["triggers"][0]["gitConfiguration"]["push"][0]["branches"] = {"includes": ["main"]}


@row(VALUE, "Member must have length less than or equal to 8", "trigger 1")
def nine_patterns(d):
    d.update(connection())
    d["triggers"][0]["gitConfiguration"]["push"] = [{"tags": {"includes": [f"v{n}" for n in range(9)]}}]


@row(STRUCTURE, "Triggers for connections must reference a CodeStarSourceConnection action.", "trigger 1")
def source_that_does_not_exist(d):
    d.update(connection())
    d["triggers"][0]["gitConfiguration"]["sourceActionName"] = "Elsewhere"


@row(STRUCTURE, "you can't specify more than one trigger per source action.", "trigger 2")
def two_triggers_of_one_source(d):
    d.update(connection())
    d["triggers"] *= 2


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)
