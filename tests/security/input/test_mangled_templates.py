"""Half-written, mangled, and hostile templates: only the promised errors, each with its place, and no long wait."""

import copy
import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cp_teach import InvalidPipeline, Pipeline
from cp_teach.pipeline.formats.template_functions import InvalidTemplate

BASE: dict[str, Any] = {
    "Parameters": {"Env": {"Type": "String", "Default": "dev"}, "Many": {"Type": "CommaDelimitedList"}},
    "Mappings": {"M": {"dev": {"Branch": "develop", "Order": 1}}},
    "Conditions": {
        "Dev": {"Fn::Equals": [{"Ref": "Env"}, "dev"]},
        "Other": {"Fn::And": [{"Fn::Not": [{"Condition": "Dev"}]}, {"Fn::Or": [{"Condition": "Dev"}]}]},
    },
    "Resources": {
        "Shop": {
            "Type": "AWS::CodePipeline::Pipeline",
            "Condition": "Dev",
            "Properties": {
                "Name": {"Fn::Sub": ["${Env}-${X}", {"X": {"Fn::Select": [0, ["shop"]]}}]},
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "ArtifactStore": {"Type": "S3", "Location": {"Fn::Join": ["-", ["a", {"Ref": "Env"}]]}},
                "DisableInboundStageTransitions": [{"StageName": "Build", "Reason": "freeze"}],
                "Stages": [
                    {
                        "Name": "Source",
                        "Actions": [
                            {
                                "Name": "Src",
                                "ActionTypeId": {
                                    "Category": "Source",
                                    "Owner": "AWS",
                                    "Provider": "CodeCommit",
                                    "Version": 1,
                                },
                                "RunOrder": {"Fn::FindInMap": ["M", "dev", "Order"]},
                                "Configuration": {
                                    "RepositoryName": "r",
                                    "BranchName": {"Fn::FindInMap": ["M", {"Ref": "Env"}, "Branch"]},
                                },
                                "OutputArtifacts": [{"Name": "S"}],
                            }
                        ],
                    },
                    {
                        "Fn::If": [
                            "Dev",
                            {
                                "Name": "Build",
                                "Actions": [
                                    {
                                        "Name": "Make",
                                        "ActionTypeId": {
                                            "Category": "Build",
                                            "Owner": "AWS",
                                            "Provider": "CodeBuild",
                                            "Version": "1",
                                        },
                                        "Configuration": {"ProjectName": "p"},
                                        "InputArtifacts": [{"Name": "S"}],
                                    }
                                ],
                            },
                            {"Ref": "AWS::NoValue"},
                        ]
                    },
                ],
            },
        }
    },
}
FUNCTIONS = (
    *(
        "Ref",
        "Condition",
        "Fn::Sub",
        "Fn::Join",
        "Fn::If",
        "Fn::FindInMap",
        "Fn::Select",
        "Fn::Split",
        "Fn::GetAtt",
    ),
    *(
        "Fn::ImportValue",
        "Fn::Base64",
        "Fn::Cidr",
        "Fn::Length",
        "Fn::ToJsonString",
        "Fn::Transform",
        "Fn::GetAZs",
    ),
    *("Fn::ForEach::X", "Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or", "Fn::Nope", "Name", "Type", "Stages"),
)
SCALARS = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        3.5,
        10**20,
        "",
        "x",
        "Dev",
        "Shop",
        "${Env}",
        "${",
        "{{resolve:ssm:x}}",
        "AWS::NoValue",
        "²",
    ]
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FUNCTIONS), inner, max_size=2)
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


PLACES = places(BASE)[1:]


@st.composite
def mangled(draw: st.DrawFn) -> dict[str, Any]:
    document = copy.deepcopy(BASE)
    for path in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4)):
        owner: Any = document
        try:
            for key in path[:-1]:
                owner = owner[key]
            value, name = owner[path[-1]], draw(st.sampled_from(FUNCTIONS))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has removed the place
        if not isinstance(owner, dict | list):
            continue
        match draw(st.sampled_from(["replace", "remove", "wrap", "arguments"])):
            case "replace":
                owner[path[-1]] = draw(JUNK)
            case "remove":
                del owner[path[-1]]
            case "wrap":
                owner[path[-1]] = {name: value}
            case _:
                owner[path[-1]] = {name: [value, *draw(st.lists(JUNK, max_size=2))]}
    return document


@settings(
    max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(mangled())
def test_a_mangled_template_is_read_or_refused_with_the_promised_errors(document: dict[str, Any]) -> None:
    with suppress(InvalidTemplate, InvalidPipeline):  # any other exception fails the test
        pipeline = Pipeline.from_cloudformation(json.dumps(document))
        assert isinstance(pipeline.check(), list)
        assert repr(pipeline)
        assert pipeline.unknown is not None


def shop(**sections: Any) -> dict[str, Any]:
    return {**copy.deepcopy(BASE), **sections}


def with_property(name: str, value: Any, **sections: Any) -> dict[str, Any]:
    document = shop(**sections)
    document["Resources"]["Shop"]["Properties"][name] = value
    return document


def nested(function: str, depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = {function: [value]} if function == "Fn::Not" else {function: value}
    return value


LOOP: dict[str, Any] = {"x": "y"}
for letter in "abcdefg":
    LOOP = {f"Fn::ForEach::{letter}": [letter, [""] * 100, LOOP]}
SELF = {"Fn::FindInMap": ["M", "dev", "Branch"]}
CHAIN = {f"C{n}": {"Fn::Not": [{"Fn::Not": [{"Condition": f"C{n + 1}"}]}]} for n in range(60)}

HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "a loop of 10^14": (
        with_property("Name", LOOP),
        "Fn::ForEach::, .: the loops of this template produce more than 100000 values",
    ),
    "a loop of resources": (
        shop(Resources=LOOP),
        "the loops of this template produce more than 100000 values",
    ),
    "a mapping that leads to itself": (
        with_property("Name", SELF, Mappings={"M": {"dev": {"Branch": SELF, "Order": 1}}}),
        "Mappings.M.dev.Branch must be a string or a list",
    ),
    "conditions through functions": (
        shop(Conditions={"Dev": {"Fn::Equals": [{"Fn::If": ["Dev", 1, 2]}, 1]}}),
        "Conditions, Dev: it depends on itself",
    ),
    "a long chain of nested conditions": (
        shop(Conditions={**CHAIN, "C60": {"Condition": "C0"}, "Dev": {"Condition": "C0"}}),
        "more than 100 conditions depend on each other",
    ),
    "deep functions": (
        with_property("Name", nested("Fn::Base64", 95)),
        "produce more than|nested|AWS|characters",
    ),
    "a null": (with_property("Name", None), "Shop, Properties, Name: there is no value here"),
    "Ref of a list": (with_property("Name", {"Ref": ["a"]}), "Name, Ref: Ref must name a parameter"),
    "properties of a function": (
        {"Resources": {"P": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Ref": "X"}}}},
        "Resources, P, Properties is not a map, but a function",
    ),
    "no properties": (
        {"Resources": {"P": {"Type": "AWS::CodePipeline::Pipeline"}}},
        "P: it has no Properties",
    ),
    "an included file": (
        with_property("Fn::Transform", {"Name": "AWS::Include", "Parameters": {"Location": "s3://x"}}),
        "Shop, Properties: Fn::Transform adds members that only AWS has",
    ),
    "a parameter that is text": (
        shop(Parameters={"Env": "dev"}),
        "Parameters, Env: it must be a map with Type",
    ),
    "a nested stack": (
        {"Resources": {"Ci": {"Type": "AWS::CloudFormation::Stack", "Properties": {}}}},
        "It has nested stacks: give the template of the stack with the pipeline",
    ),
    "a type that is misspelled": (
        {"Resources": {"P": {"Type": "AWS::CodePipeline::PipeLine", "Properties": {}}}},
        "It has: AWS::CodePipeline::PipeLine",
    ),
    "types that are no text": (
        {"Resources": {"P": {"Type": {"a": []}}, "Q": {"Type": ["b"]}}},
        "has no AWS::",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_a_sentence_with_its_place(name: str) -> None:
    document, message = HOSTILE[name]
    begun = time.process_time()
    with pytest.raises((InvalidTemplate, InvalidPipeline), match=message):
        Pipeline.from_cloudformation(json.dumps(document))
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Env": {"a": 1}}, "Parameters, Env: give a text, a number, or a list of them"),
        ({"Env": ["a"]}, "Parameters, Env: it is no list, so give one value"),
        ({"Many": [{}]}, "Parameters, Many: give a text"),
    ],
)
def test_a_parameter_of_a_wrong_type_is_a_sentence(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidTemplate, match=message):
        Pipeline.from_cloudformation(json.dumps(BASE), parameters=given)
