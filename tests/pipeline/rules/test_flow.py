"""The rules of the artifacts, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import ACTION, Rows, breaks_alone, build, deploy, valid

from cp_teach.pipeline import InvalidPipeline, Pipeline

ROWS = Rows()
row = ROWS.row


@row(
    ACTION,
    "Output Artifact Bundle name must be unique within the pipeline. Built has been used more than once.",
    "stage Beta, action Again",
)
def output_twice(d):
    d["stages"][2]["actions"].append(build("Again", outputs=["Built"]))


@row(
    ACTION,
    "Input Artifact Bundle Nowhere in action Deploy is not declared as Output Artifact Bundle in any of the "
    "preceding actions",
    "stage Beta, action Deploy",
)
def input_from_nowhere(d):
    d["stages"][2]["actions"][0]["inputArtifacts"] = [{"name": "Nowhere"}]


@row(ACTION, "Input Artifact Bundle Built in action Early", "stage Build, action Early")
def input_of_an_action_of_the_same_run_order(d):
    d["stages"][1]["actions"].append(build("Early", inputs=["Built"]))


@row(ACTION, "Input Artifact Bundle Late in action Compile", "stage Build, action Compile")
def input_from_a_later_stage(d):
    d["stages"][1]["actions"][0]["inputArtifacts"] = [{"name": "Late"}]
    d["stages"][2]["actions"].append(build("Late", inputs=["Source"], outputs=["Late"]))


@row(ACTION, "Input Artifact Bundle Built in action Compile", "stage Build, action Compile")
def input_that_is_its_own_output(d):
    d["stages"][1]["actions"][0]["inputArtifacts"] = [{"name": "Built"}]


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)


def test_a_circle_of_artifacts_is_spelt_out():
    structure = valid()
    structure["stages"][1]["actions"] = [
        build("Egg", inputs=["Chick"], outputs=["Hatched"]),
        build("Hen", inputs=["Hatched"], outputs=["Chick"], order=2),
    ]
    structure["stages"][2]["actions"] = [deploy("Deploy", inputs=["Chick"])]
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    (breach,) = caught.value.errors
    assert breach.location == "stage Build, action Egg"
    assert "Egg → Hatched → Hen → Chick → Egg" in breach.advice
