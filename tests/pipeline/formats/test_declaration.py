"""AWS's JSON in and out: nothing is lost, and what has not the right form is told with its place."""

import copy
import json

import botocore.loaders
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cp_teach.pipeline import InvalidPipeline, Pipeline
from cp_teach.pipeline.formats.json_codec import read, write
from cp_teach.pipeline.formats.schema import PIPELINE, SERVICE_LIMITS, List, Map, Named, Scalar, Shape

MODEL = botocore.loaders.Loader().load_service_model("codepipeline", "service-2")["shapes"]


def shop():
    return Pipeline.of("shop", Source="S3", Build="Compile:CodeBuild", Beta="CodeDeploy").to_aws()


# -- the model ---------------------------------------------------------------------------------------------
def compare(kind, name, seen):
    """Our table says of this shape what botocore's model says."""
    shape = MODEL[name]
    match kind:
        case Scalar():
            assert shape["type"] == ("integer" if kind.type is int else "string"), name
            assert list(kind.values) == shape.get("enum", []), name
            if not kind.values:
                limits = SERVICE_LIMITS.get(name, (shape.get("min"), shape.get("max")))
                assert (kind.least, kind.most) == limits, name
                assert kind.pattern in (shape.get("pattern"), None), name
                assert kind.pattern or shape.get("pattern") in (None, ".*"), name
        case List():
            assert (kind.least, kind.most) == (shape.get("min", 0), shape.get("max")), name
            compare(kind.item, shape["member"]["shape"], seen)
        case Map():
            compare(kind.key, shape["key"]["shape"], seen)
            compare(kind.value, shape["value"]["shape"], seen)
        case Named():
            assert list(shape["members"]) == ["name"]
            seen.add(name)
        case Shape():
            assert {m.aws for m in kind.members} == set(shape["members"]), name
            assert {m.aws for m in kind.members if m.required} == set(shape.get("required", ())), name
            seen.add(name)
            for member in kind.members:
                compare(member.kind, shape["members"][member.aws]["shape"], seen)


def reachable(name, seen):
    shape = MODEL[name]
    if shape["type"] == "structure":
        seen.add(name)
    inner = list(shape.get("members", {}).values())
    inner += [shape[part] for part in ("member", "key", "value") if part in shape]
    for part in inner:
        reachable(part["shape"], seen)
    return seen


def test_every_member_of_every_shape_of_the_service_model_is_known():
    seen = set()
    compare(PIPELINE, "PipelineDeclaration", seen)
    assert seen == reachable("PipelineDeclaration", set())


def structures(name):
    """Any JSON of this shape: every optional member is there or not, every list may be empty."""
    shape = MODEL[name]
    match shape["type"]:
        case "structure":
            required = set(shape.get("required", ()))
            parts = {key: structures(part["shape"]) for key, part in shape["members"].items()}
            return st.fixed_dictionaries(
                {key: part for key, part in parts.items() if key in required},
                optional={key: part for key, part in parts.items() if key not in required},
            )
        case "list":
            return st.lists(structures(shape["member"]["shape"]), max_size=2)
        case "map":
            return st.dictionaries(
                st.text(min_size=1, max_size=4), structures(shape["value"]["shape"]), max_size=2
            )
        case "integer":
            return st.integers(-5, 10**6)
    return st.sampled_from(shape["enum"]) if "enum" in shape else st.text(max_size=5)


@given(structures("PipelineDeclaration"))
@settings(suppress_health_check=list(HealthCheck))
def test_whatever_has_aws_form_is_read_and_written_without_loss(structure):
    pipeline, breaches = read(structure, Pipeline)
    assert breaches == []
    assert write(pipeline) == structure
    hash(pipeline)


# -- wrapping ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: inner,
        lambda inner: {"pipeline": inner},
        lambda inner: {
            "pipeline": inner,
            "metadata": {"pipelineArn": "arn:aws:codepipeline:us-east-1:1:shop"},
        },
        lambda inner: {"source": {"repo": "x"}, "pipeline": inner},
    ],
)
def test_the_wrapping_of_get_pipeline_may_be_there_or_not(wrap):
    inner = shop()
    assert Pipeline.from_aws(wrap(inner)).to_aws() == inner


def test_what_is_absent_stays_absent_and_what_is_empty_stays_empty():
    inner = shop()
    action = inner["stages"][1]["actions"][0]
    del action["runOrder"]
    inner["triggers"] = []
    inner["variables"] = []
    inner["stages"][2]["blockers"] = []
    again = Pipeline.from_aws(inner).to_aws()
    assert again == inner
    assert "runOrder" not in again["stages"][1]["actions"][0]
    assert Pipeline.from_aws(inner)["Build"]["Compile"].order == 1


def test_a_retry_without_a_mode_is_not_lost():
    inner = shop()
    inner["stages"][2]["onFailure"] = {"result": "RETRY", "retryConfiguration": {}}
    assert Pipeline.from_aws(inner).to_aws() == inner


def test_the_input_is_left_as_it_was():
    inner = shop()
    before = copy.deepcopy(inner)
    Pipeline.from_aws(inner)
    assert inner == before


# -- form --------------------------------------------------------------------------------------------------
def refused(structure):
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    return caught.value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("stages", 1, "actions", 0, "runOrder"), "1"),
        (("stages", 1, "actions", 0, "runOrder"), 1.5),
        (("stages", 1, "actions", 0, "runOrder"), True),
        (("stages", 1, "actions", 0, "configuration", "ProjectName"), 7),
        (("stages", 1, "actions", 0, "configuration", "ProjectName"), None),
        (("stages", 1, "actions", 0, "configuration"), []),
        (("stages", 1, "actions", 0, "inputArtifacts"), [{"name": 3}]),
        (("stages", 1, "actions", 0, "inputArtifacts"), ["SourceOutput"]),
        (("stages", 1, "actions"), {}),
        (("stages",), None),
        (("name",), ["shop"]),
        (("version",), "1"),
        (("artifactStore",), "bucket"),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused_with_its_place(path, value):
    structure = shop()
    owner = structure
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = value
    error = refused(structure)
    assert error.exception == "ValidationException"
    spelt = "pipeline." + ".".join(f"{s + 1}.member" if isinstance(s, int) else s for s in path)
    assert any(b.path.startswith(spelt) and spelt in b.message for b in error.errors)


def test_every_missing_member_is_told_once():
    error = refused({"pipeline": {"name": "shop", "stages": [{"actions": [{"name": "A"}]}]}})
    missing = [b.path for b in error.errors if "must not be null" in b.message.replace("Member must", "must")]
    assert missing == [
        "pipeline.roleArn",
        "pipeline.stages.1.member.name",
        "pipeline.stages.1.member.actions.1.member.actionTypeId",
    ]
    assert len({b.path for b in error.errors}) == len(error.errors)


def test_a_member_that_nobody_knows_is_refused_with_what_was_meant():
    structure = shop()
    structure["Stages"] = structure.pop("stages")
    error = refused(structure)
    found = next(b for b in error.errors if b.path == "pipeline.Stages")
    assert found.advice == 'Did you mean "stages"?'


@pytest.mark.parametrize("thing", [None, 3, "text", [], {"pipeline": 3}], ids=str)
def test_what_is_no_structure_at_all_is_refused(thing):
    assert refused(thing).exception == "ValidationException"


def test_json_text_in_other_order_is_the_same_pipeline():
    inner = shop()
    turned = json.loads(json.dumps(inner, sort_keys=True))
    assert Pipeline.from_aws(turned).to_aws() == inner
