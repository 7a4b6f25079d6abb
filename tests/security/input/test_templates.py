"""Hostile templates: one sentence with its place here, a ValidationError over the API, and never a long wait."""

import itertools
import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cp_teach import InvalidPipeline, Pipeline
from cp_teach.aws import mock_aws
from cp_teach.pipeline.formats.template_evaluation import TemplateEvaluator
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.pipeline.formats.template_parameters import pseudo_parameters
from cp_teach.security.input.yaml_data import load_yaml
from cp_teach.security.input.yaml_input import InvalidYaml, TooMuchYaml, compose_yaml

PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
HEAD = """Resources:
  Shop:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/shop
      ArtifactStore: {Type: S3, Location: bucket}
"""
SOURCE = (
    '{Name: Source, Actions: [{Name: A, ActionTypeId: {Category: Source, Owner: AWS, Provider: S3, Version: "1"}, '
    "RunOrder: %s, OutputArtifacts: [{Name: o}], Configuration: {S3Bucket: b, S3ObjectKey: %s}}]}"
)
GATE = (
    "{Name: Gate, Actions: [{Name: A, ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, "
    'Version: "1"}}]}'
)


def stages(written: str) -> str:
    return f"{HEAD}      Stages: {written}\n"


def template(key: str = "k", order: str = "1") -> str:
    return stages(f"[{SOURCE % (order, key)}, {GATE}]")


def laughs(times: int = 2) -> str:
    return "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * times)}]\n" for n in range(1, 40)
    )


def nested(function: str, depth: int) -> Any:
    value: Any = "x" * 100
    for _ in range(depth):
        value = (
            {"Fn::Join": ["", [value, value]]}
            if function == "Join"
            else {"Fn::Sub": ["${a}${a}", {"a": value}]}
        )
    return value


HOSTILE = {
    "laughs in Stages": (laughs() + stages("*a39"), "more than 100000 values. Make it smaller at line 16"),
    "laughs in a Default": (
        f"{laughs()}Parameters: {{A: {{Default: *a39}}}}\n{template()}",
        "more than 100000 values",
    ),
    "contains itself": (stages("&s [*s]"), r"the value \*s contains itself at line 7, column 19"),
    "merges itself": (stages("&s {<<: *s}"), "contains itself"),
    "3,000 nestings": (stages("[" * 3000), "nested deeper than 100 levels at line 7"),
    "3,000 nestings, JSON": ('{"Resources":' * 3000, "nested deeper than 100 levels"),
    "nested by aliases": (
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 400)) + stages("*a399"),
        "nested deeper than 100 levels",
    ),
    "60,000 values": (stages("[" + "x," * 60_000 + "]"), "more than 50000 values"),
    "too long": (stages("x" * 1_000_001), "the limit is 1000000"),
    "!!int": (stages("!!int x"), "'x' is not a number at line 7, column 15"),
    "!!float": (stages("!!float x"), "'x' is not a number"),
    "!!bool": (stages("!!bool x"), "'x' is neither true nor false at line 7"),
    "!!binary": (stages("!!binary x"), "the tag '!!binary' is not allowed here at line 7"),
    "!!python": (stages("!!python/object/apply:os.getcwd []"), "is not allowed here at line 7"),
    "5,000 digits": (
        template(order="9" * 5000),
        "a number has 5000 characters; the limit is 400 at line 7",
    ),
    "infinity": (template(order=".inf"), "not a finite number at line 7"),
    "a key that is a list": (
        stages("{? [a] : b}"),
        "a key must be a single value, not a list or a map at line 7",
    ),
    "Select ²": (template('!Select ["²", [a, b]]'), "S3ObjectKey, Fn::Select: .* whole number"),
    "Select too far": (template("!Select [9, [a, b]]"), "there is no item 9; the list has 2"),
    "Select nothing": (template("!Select x"), "must have a list of two values"),
    "Split by nothing": (template('!Split ["", x]'), "S3ObjectKey, Fn::Split: .* non-empty"),
    "Join by a number": (template("!Join [3, [a]]"), "delimiter must be a string"),
    "Sub of nothing": (template("!Sub []"), "S3ObjectKey, Fn::Sub: Fn::Sub must have a string"),
    "Sub with a number": (template("!Sub [a, 3]"), "a list of a string and a map"),
    "If of one": (template("!If [a]"), "S3ObjectKey, Fn::If|cannot process"),
    "Parameters are a list": (f"Parameters: [1]\n{template()}", "Parameters"),
    "laughs by Join": (
        json.dumps(
            {
                "Resources": {
                    "Shop": {
                        "Type": "AWS::CodePipeline::Pipeline",
                        "Properties": {"Name": nested("Join", 12)},
                    }
                }
            }
        ),
        "more than 200000 characters",
    ),
    "laughs by Sub": (
        json.dumps(
            {
                "Resources": {
                    "Shop": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Name": nested("Sub", 25)}}
                }
            }
        ),
        "more than 200000 characters",
    ),
    "no resources": ("Resources: [a]", "has no Resources"),
    "nothing at all": ("5", "has no Resources"),
    "a control character": ("Resources: {a: \x01}", "the control character #x0001"),
}


@pytest.fixture(scope="module")
def stacks() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cloudformation", region_name="us-east-1")


def new_name() -> str:
    return f"s{next(NUMBERS)}"


NUMBERS = itertools.count()


def refusal(call: Any, **request: Any) -> str:
    """What the API answers: "" for success, else the message of a ValidationError."""
    try:
        call(**request)
    except ClientError as error:
        answer: Any = error.response
    else:
        return ""
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (
        400,
        "ValidationError",
    ), answer
    return str(answer["Error"]["Message"])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_one_sentence_here_and_over_the_api(name: str, stacks: Any) -> None:
    text, words = HOSTILE[name]
    begun = time.process_time()
    with pytest.raises(InvalidTemplate, match=words) as refused:
        Pipeline.from_cloudformation(f"{text}\n")
    assert "\n" not in str(refused.value)
    if PROVE or name != "60,000 values":
        assert refusal(stacks.create_stack, StackName=new_name(), TemplateBody=text)
    if PROVE or name == "!!int":  # they read as CreateStack does
        assert refusal(stacks.validate_template, TemplateBody=text)
        assert refusal(stacks.get_template_summary, TemplateBody=text)
        assert refusal(stacks.create_change_set, StackName=new_name(), ChangeSetName="h", TemplateBody=text)
    assert time.process_time() - begun < 30


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (template(order='"²"'), "runOrder"),
        (template(order='"٣"'), "runOrder"),
        (template(order='"' + "9" * 5000 + '"'), "runOrder"),
        (stages("!!timestamp x"), "must be a list|Member must be a list"),
        (stages("{1: 2}"), "list"),
        (template('!Sub "' + "${" * 50_000 + '"'), "satisfy constraint"),
    ],
)
def test_what_is_a_template_and_no_pipeline_is_refused_by_the_service(
    text: str, words: str, stacks: Any
) -> None:
    with pytest.raises(InvalidPipeline, match=words):
        Pipeline.from_cloudformation(text)
    assert refusal(stacks.create_stack, StackName=new_name(), TemplateBody=text)


BUCKET = "AWS::S3::Bucket"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Resources: {P: 5}", "Resources, P must be a map"),
        ("Resources: {P: {}}", "must have a Type"),
        (f"Resources: {{P: {{Type: {BUCKET}, Properties: 5}}}}", "Properties must be a map"),
        (f"Resources: {{P: {{Type: {BUCKET}}}}}\nOutputs: [a]", "Outputs must be a map"),
        (f"Resources: {{P: {{Type: {BUCKET}}}}}\nOutputs: {{O: 5}}", "Outputs, O must be a map"),
        (
            f"Resources: {{A: {{Type: {BUCKET}, DependsOn: B}}, B: {{Type: {BUCKET}, DependsOn: A}}}}",
            "cycle",
        ),
        (
            (
                f"Resources: {{A: {{Type: {BUCKET}, Properties: {{BucketName: !Ref B}}}}, "
                f"B: {{Type: {BUCKET}, Properties: {{BucketName: !Ref A}}}}}}"
            ),
            "cycle",
        ),
        (f"Conditions: {{A: !Not [{{Condition: A}}]}}\nResources: {{P: {{Type: {BUCKET}}}}}", "cycle"),
        (f"Conditions: {{A: 5}}\nResources: {{P: {{Type: {BUCKET}}}}}", "cannot process this template"),
        (f"Mappings: {{M: 5}}\nResources: {{P: {{Type: {BUCKET}}}}}", "cannot process this template"),
        (template() + "      Tags: [a]\n", "Tags must be a list of maps with Key and Value"),
        (
            (
                "Resources: {P: {Type: 'AWS::CodePipeline::CustomActionType', Properties: {Category: Build, "
                "Provider: X, Version: 1, InputArtifactDetails: {MaximumCount: '²', MinimumCount: 0}}}}"
            ),
            "maximumCount must be a whole number",
        ),
        (
            "Resources: {P: {Type: 'AWS::CodePipeline::Webhook', Properties: {Filters: [a]}}}",
            "Filters must be a list",
        ),
        (
            (
                f"Mappings: {{M: {{a: {{b: ['{'x' * 10_000}']}}}}}}\n"
                f"Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {{T: [{'!FindInMap [M, a, b],' * 600}]}}}}}}"
            ),
            "produce more than 5000000 characters",
        ),
    ],
)
def test_what_moto_cannot_work_through_is_a_validation_error(text: str, words: str, stacks: Any) -> None:
    message = refusal(stacks.create_stack, StackName=new_name(), TemplateBody=text)
    assert words in message


def test_a_substituted_text_is_not_looked_at_again(stacks: Any) -> None:
    """moto replaces again in what it has put in: 100 times ${A} would be 2 ** 100 of them."""
    text = (
        "Parameters: {A: {Type: String, Default: '${A}${A}'}}\n"
        f"Resources: {{Q: {{Type: AWS::SQS::Queue}}}}\nOutputs: {{O: {{Value: !Sub '{'${A}' * 100}'}}}}\n"
    )
    assert refusal(stacks.create_stack, StackName="again", TemplateBody=text) == ""
    (stack,) = stacks.describe_stacks(StackName="again")["Stacks"]
    assert stack["Outputs"][0]["OutputValue"] == "${A}" * 200


def test_functions_still_work_together(stacks: Any) -> None:
    text = (
        "Parameters: {Names: {Type: String, Default: 'a,b,c'}}\n"
        "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: till}}}\n"
        "Outputs:\n"
        "  Third: {Value: !Select ['2', !Split [',', !Ref Names]]}\n"
        "  Joined: {Value: !Join ['-', [!Ref 'AWS::Region', !GetAtt Q.QueueName]]}\n"
        "  Filled: {Value: !Sub ['${Q.QueueName} ${x} ${!y} ${AWS::AccountId}', {x: !Ref Names}]}\n"
    )
    assert refusal(stacks.create_stack, StackName="works", TemplateBody=text) == ""
    (stack,) = stacks.describe_stacks(StackName="works")["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert outputs == {"Third": "c", "Joined": "us-east-1-till", "Filled": "till a,b,c ${y} 123456789012"}


def test_what_only_a_stack_would_know_stays_readable() -> None:
    result = TemplateEvaluator({}, pseudo_parameters()).evaluate(
        {
            "a": {"Fn::Select": [{"Ref": "I"}, ["x"]]},
            "b": {"Fn::Select": [0, {"Ref": "L"}]},
            "c": {"Fn::GetAZs": "x"},
        },
        ("P",),
    )
    assert result == {"a": "${list[${I}]}", "b": "${L[0]}", "c": "${AZs of x}"}


# -- the reader of YAML ------------------------------------------------------------------------------------
def test_plain_data_is_read_and_nothing_else() -> None:
    text = "a: 1\nb: [0x10, 1.5, yes, ~, 2012-10-17]\nc: &c {d: e}\nf: {<<: *c, g: !Ref h}\n1: x"
    told = load_yaml(text, lambda tag, value: {tag: value})
    assert told == {
        "a": 1,
        "b": [16, 1.5, True, None, "2012-10-17"],
        "c": {"d": "e"},
        "f": {"d": "e", "g": {"Ref": "h"}},
        "1": "x",
    }
    assert load_yaml("") is None
    with pytest.raises(InvalidYaml, match="the tag '!Ref' is not allowed here"):
        load_yaml("!Ref x")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 3000,
        "- " * 5000,
        "? " * 5000,
        "{a: " * 3000,
        "&a [*a]",
        laughs(),
        laughs(9),
        "[" + "a," * 100_000,
    ],
)
def test_the_reader_counts_with_and_without_libyaml(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from cp_teach.security.input import yaml_input

    def compose_without_libyaml(text: str, *, fast: bool) -> Any:
        if fast:
            raise ImportError
        return composed(text, fast=False)

    composed = yaml_input._composed
    monkeypatch.setattr(yaml_input, "MAX_WRITTEN", 5000)
    for compose in (composed, compose_without_libyaml):
        monkeypatch.setattr(yaml_input, "_composed", compose)
        with pytest.raises(TooMuchYaml) as refused:
            compose_yaml(text)
        assert refused.value.line >= 1


WORDS = [
    *"[]{}:,-?&*!|>'\"#%@`~\n", "  ", "\t", ": ", "- ", "&a", "*a", "<<: *a", "${", "}", "²", "9" * 30, "é",
    "!Ref", "!Sub", "!Join", "!Select", "!Split", "!!int", "!!map", "\ud800", "\x00", ".inf", "null",
    "Fn::If", "Name", "Stages", "Parameters:", "Resources:",
]  # fmt: skip


def test_a_template_with_noise_is_read_or_refused(stacks: Any) -> None:
    dice = random.Random(4)
    base = f"Parameters: {{A: {{Type: String, Default: x}}}}\n{template('!Sub [a, {b: !Ref A}]')}"
    for number in range(20_000 if PROVE else 150):
        text = base
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(text))
            text = text[:at] + dice.choice(WORDS) + text[at + dice.randint(0, 12) :]
        with suppress(InvalidTemplate, InvalidPipeline):
            Pipeline.from_cloudformation(f"{text}\n")
        if number % 10 == 0 and "\ud800" not in text:
            refusal(stacks.create_stack, StackName=new_name(), TemplateBody=text)
