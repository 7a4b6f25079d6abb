"""What the sources contradict, in both readings: the suggested one takes it, the other one refuses it, or back."""

import pytest
from shop_structure import ACTION, STAGE, STRUCTURE, VALUE, action, build, connection, valid

from cp_teach.pipeline import InvalidPipeline, Pipeline
from cp_teach.pipeline.interpretations import SUGGESTED, Readings

STRICT = Readings(v1_with_variables="strict")


def refusals(d, readings):
    """(exception, message) of each breach; empty where the pipeline is taken."""
    try:
        Pipeline.from_aws(d, readings=readings)
    except InvalidPipeline as no:
        return [(b.exception, b.message) for b in no.violations if b.level == "error"]
    return []


def untyped(**more):
    return valid() | more


def conditioned():
    d = valid()
    d["stages"][2]["onFailure"] = {"result": "ROLLBACK"}
    return d


def commanded():
    d = valid()
    make = action("Make", "Compute", "Commands", inputs=["Built"]) | {"commands": ["make"]}
    d["stages"][2]["actions"].append(make)
    return d


def triggered():
    d = connection()
    del d["pipelineType"]
    return d


NEWER = [
    (untyped(variables=[{"name": "Env"}]), STRUCTURE, "Pipeline variable can"),
    (untyped(executionMode="QUEUED"), STRUCTURE, "QUEUED or PARALLEL mode can"),
    (triggered(), STRUCTURE, "Triggers on tag can"),
    (conditioned(), STAGE, "Stage level conditions can"),
    (commanded(), ACTION, "Commands Action can"),
]


@pytest.mark.parametrize(("d", "exception", "words"), NEWER)
def test_a_pipeline_of_no_type_with_v2_features_is_v2_or_refused(d, exception, words):
    assert refusals(d, SUGGESTED) == []
    [(found, message)] = refusals(d, STRICT)
    assert found == exception
    assert message == f"{words} only be used with V2 pipelines{'.' * (exception != STRUCTURE)}"
    assert refusals(d | {"pipelineType": "V2"}, STRICT) == []


def test_a_plain_pipeline_of_no_type_is_taken_by_the_strict_reading_too():
    assert refusals(valid(), STRICT) == []


@pytest.mark.parametrize(
    ("most", "count", "taken"), [(50, 50, True), (50, 51, False), (100, 100, True), (100, 101, False)]
)
def test_a_stage_holds_50_actions_or_100(most, count, taken):
    d = valid()
    d["stages"][1]["actions"] += [build(f"Build{number}") for number in range(count - 1)]
    found = refusals(d, Readings(actions_per_stage=most))
    words = f"Stage 'Build' has too many actions. There can only be up to {most} actions in a stage"
    assert found == ([] if taken else [(STAGE, words)])


def test_the_course_keeps_its_own_quota_of_actions():
    d = valid()
    d["stages"][1]["actions"] += [build(f"Build{number}") for number in range(20)]
    with pytest.raises(InvalidPipeline, match="up to 20 actions in a stage"):
        Pipeline.from_aws(d, catalog="course", readings=Readings(actions_per_stage=100))


@pytest.mark.parametrize(
    ("most", "length", "taken"),
    [(35, 35, True), (35, 36, False), (25, 25, True), (25, 26, False), (25, 36, False)],
)
def test_the_name_of_a_custom_provider_has_35_letters_or_25(most, length, taken):
    d = valid()
    d["stages"][1]["actions"].append(action("Own", "Build", "J" * length, "Custom", inputs=["Source"]))
    found = refusals(d, Readings(action_provider_length=most))
    limit = 35 if length > 35 else most
    assert [exception for exception, _ in found] == ([] if taken else [VALUE])
    assert all(
        "'pipeline.stages.2.member.actions.2.member.actionTypeId.provider' failed" in m for _, m in found
    )
    assert all(m.endswith(f"Member must have length less than or equal to {limit}") for _, m in found)


def test_a_long_name_of_awss_own_stays_right():
    d = valid()
    instances = action(
        "Stacks",
        "Deploy",
        "CloudFormationStackInstances",
        StackSetName="s",
        DeploymentTargets="1",
        Regions="r",
    )
    d["stages"][2]["actions"].append(instances)
    assert refusals(d, Readings(action_provider_length=25)) == []


def test_check_honours_the_readings_as_from_aws_does():
    pipeline = Pipeline.from_aws(untyped(variables=[{"name": "Env"}]))
    assert pipeline.check() == []
    assert [breach.exception for breach in pipeline.check(readings=STRICT)] == [STRUCTURE]


def test_a_reading_that_is_no_choice_is_told():
    with pytest.raises(ValueError, match=r"actions_per_stage: 70 is not a valid value\. Use 50 or 100"):
        Pipeline.from_aws(valid(), readings=Readings(actions_per_stage=70))
