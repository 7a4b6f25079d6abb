"""The types of the view model: the page lists them as they are, and views are what they say."""

import types
from typing import NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
import widget_docs
from fleets import FAILED, at_prod, fleet, log, phases

from cp_teach import ByHand, Pipeline, Refused, Run, Simulated, load_pipeline
from cp_teach.engine import DisableTransition, initial_state, refusal
from cp_teach.engine.model import commands as c
from cp_teach.show.view import schema
from cp_teach.show.view.moves import TYPED_LIMITS
from cp_teach.show.view.view_model import view


def test_the_page_lists_the_types_as_they_are():
    page = widget_docs.PAGE.read_text(encoding="utf-8")
    assert page == widget_docs.written(page), "run `python tools/widget_docs.py`"


def faults(value, kind, place="view"):
    """Where a value is not what its type says."""
    if get_origin(kind) is NotRequired:
        kind = get_args(kind)[0]
    origin, args = get_origin(kind), get_args(kind)
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        needed = {
            key for key, hint in hints.items() if kind.__total__ and get_origin(hint) is not NotRequired
        }
        yield from (f"{place}.{key} is not in the schema" for key in value.keys() - hints.keys())
        yield from (f"{place}.{key} is missing" for key in needed - value.keys())
        for key in value.keys() & hints.keys():
            yield from faults(value[key], hints[key], f"{place}.{key}")
    elif origin is list:
        if not isinstance(value, list):
            yield f"{place} is not a list"
            return
        for item in value:
            yield from faults(item, args[0], f"{place}[]")
    elif origin is dict:
        for item in value.values():
            yield from faults(item, args[1], f"{place}{{}}")
    elif origin in (Union, types.UnionType):
        if all(list(faults(value, each)) for each in args):
            yield f"{place} is {value!r}"
    elif kind is not object and not isinstance(value, (int, float) if kind is float else kind):
        yield f"{place} is {value!r}"


def judged():
    structure = Pipeline.of("shop", Source="S3", Beta="CodeDeploy", type="V2").to_aws()
    rule = {
        "name": "Alarm",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"},
        "configuration": {"AlarmName": "Errors", "WaitTime": "1"},
    }
    structure["stages"][1]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    run = Run(Pipeline.from_aws(structure), ByHand())
    run.release("One")
    run.succeed("Source")
    return run


def superseded():
    run = Run(load_pipeline("course-source-build-beta-prod"), Simulated())
    run.inject("Build", "Lint")
    run.disable("Beta", reason="demo")
    for message in ("One", "Two", "Three", "Four"):
        run.release(message)
        run.settle()
    return run


def real():
    run = at_prod()
    fleet(run, FAILED)
    return run


def built():
    run = at_prod()
    log(run, "compiled")
    phases(run, INSTALL="SUCCEEDED", BUILD="IN_PROGRESS")
    return run


@pytest.mark.parametrize("make", [judged, superseded, real, built])
def test_every_moment_is_what_the_schema_says(make):
    run = make()
    for position in range(run.journal.total + 1):
        run.jump(position)
        assert not list(faults(view(run), schema.View))


def test_a_value_that_is_not_what_the_schema_says_is_found():
    run = superseded()
    for change in ({"position": "1"}, {"extra": 1}, {"release": {"label": "x"}}, {"log": [[None]]}):
        assert list(faults({**view(run), **change}, schema.View)), change


def test_what_can_be_typed_is_as_long_as_aws_allows():
    state = initial_state(load_pipeline("course-source-build-beta-prod"))
    for size, allowed in ((TYPED_LIMITS["reason"], True), (TYPED_LIMITS["reason"] + 1, False)):
        assert (refusal(state, DisableTransition("Beta", "x" * size)) is None) is allowed
    run = Run(Pipeline.of("shop", Source="S3", Prod="Manual"), ByHand())
    run.release("One")
    run.succeed("Source")
    answer = c.PutApprovalResult(1, "Prod", "Manual", "Approved", "x" * TYPED_LIMITS["summary"])
    name = run.pipeline.stages[1].actions[0].name
    answer = answer._replace(action=name)
    assert refusal(run.state, answer) is None
    assert isinstance(refusal(run.state, answer._replace(summary=answer.summary + "x")), Refused)
