"""The rules of the stage conditions, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import STAGE, VALUE, Rows, alarm, breaks_alone, passes

ROWS = Rows()
row = ROWS.row


@row(
    STAGE,
    "The following stage cannot have a failure exit gate configured with both top level result and conditions: "
    "'Beta\".",
    "stage Beta, onFailure",
)
def result_and_conditions(d):
    condition = {"result": "ROLLBACK", "rules": [alarm()]}
    d["stages"][2]["onFailure"] = {"result": "ROLLBACK", "conditions": [condition]}


@row(
    STAGE,
    "Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.",
    "stage Beta",
)
def rollback_in_parallel(d):
    d["executionMode"] = "PARALLEL"
    d["stages"][2]["onFailure"] = {"result": "ROLLBACK"}


@row(STAGE, "The result ROLLBACK cannot be used in beforeEntry", "stage Beta, beforeEntry")
def rollback_before_entry(d):
    d["stages"][2]["beforeEntry"] = {"conditions": [{"result": "ROLLBACK", "rules": [alarm()]}]}


@row(
    STAGE,
    "The result SKIP cannot be used with the rule CloudWatchAlarm",
    "stage Beta, beforeEntry, rule Alarm",
)
def skip_by_an_alarm(d):
    d["stages"][2]["beforeEntry"] = {"conditions": [{"result": "SKIP", "rules": [alarm()]}]}


@row(STAGE, "Provider: 'Oracle'", "stage Beta, onSuccess, rule Alarm")
def rule_that_does_not_exist(d):
    d["stages"][2]["onSuccess"] = {"conditions": [{"result": "FAIL", "rules": [alarm(provider="Oracle")]}]}


@row(STAGE, "is missing required configuration 'AlarmName'", "stage Beta, onSuccess, rule Alarm")
def rule_without_its_key(d):
    d["stages"][2]["onSuccess"] = {"conditions": [{"result": "FAIL", "rules": [alarm(WaitTime="5")]}]}


@row(VALUE, "Member must have length less than or equal to 5", "stage Beta, onSuccess")
def six_rules(d):
    rules = [alarm(f"A{n}") for n in range(6)]
    d["stages"][2]["onSuccess"] = {"conditions": [{"result": "FAIL", "rules": rules}]}


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)


@pytest.mark.parametrize(
    ("mode", "block", "warnings"),
    [("PARALLEL", "onSuccess", 1), ("QUEUED", "onSuccess", 0)],
)
def test_a_rollback_on_success_is_a_warning_in_parallel_mode_only(mode, block, warnings):
    def change(d):
        d["executionMode"] = mode
        d["stages"][2][block] = {"conditions": [{"result": "ROLLBACK", "rules": [alarm()]}]}

    passes(change, warnings)
