"""A value that only a stack has is shown as such, never taken for text, and named with what to give."""

import copy
import json
import pickle

import pytest

from cp_teach import Pipeline
from cp_teach.cli import main
from cp_teach.pipeline.check_report import check_text
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.pipeline.formats.unresolved_value import Unresolved

KINDS = {
    "Source": {"Category": "Source", "Owner": "AWS", "Provider": "CodeCommit", "Version": 1},
    "Build": {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": 1},
    "Approval": {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": 1},
}
REF = "Ref"


def template(**properties):
    """A template with these properties of the pipeline; ``source``, ``build``, and ``approval`` change the actions."""
    source = {
        "Name": "Src",
        "ActionTypeId": KINDS["Source"],
        "Configuration": {"RepositoryName": "shop", "BranchName": {REF: "Branch"}},
        "OutputArtifacts": [{"Name": "S"}],
        **properties.pop("source", {}),
    }
    build = {
        "Name": "Make",
        "ActionTypeId": KINDS["Build"],
        "Configuration": {"ProjectName": "p"},
        "InputArtifacts": [{"Name": "S"}],
        **properties.pop("build", {}),
    }
    approval = {"Name": "Ok", "ActionTypeId": KINDS["Approval"], **properties.pop("approval", {})}
    stages = [("Source", source), ("Build", build), ("Ask", approval)]
    return {
        "Parameters": {
            "Branch": {"Type": "String"},
            "Kind": {"Type": "String"},
            "Color": {"Type": "String", "AllowedValues": ["blue", "green"]},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"},
        },
        "Conditions": {"IsMain": {"Fn::Equals": [{REF: "Branch"}, "main"]}},
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Shop": {
                "Type": "AWS::CodePipeline::Pipeline",
                "Properties": {
                    "Name": "shop",
                    "RoleArn": {"Fn::GetAtt": "Role.Arn"},
                    "ArtifactStore": {"Type": "S3", "Location": {REF: "Bucket"}},
                    "Stages": [{"Name": name, "Actions": [action]} for name, action in stages],
                    **properties,
                },
            },
        },
    }


def load(**properties):
    return Pipeline.from_cloudformation(json.dumps(template(**properties)))


def test_check_lists_each_unknown_value_with_its_use_and_what_to_give():
    build = {"Configuration": {"ProjectName": {"Fn::If": ["IsMain", {REF: "Color"}, "x"]}}}
    source = {
        "Configuration": {
            "RepositoryName": {"Fn::ImportValue": "repo"},
            "BranchName": {"Fn::Sub": "${Branch}-${Stored}"},
        }
    }
    status, text = check_text(json.dumps(template(build=build, source=source)), "shop.json")
    assert status == 0
    give = "Give --parameter Branch=… --parameter Stored=…."
    role = "Role.Arn: neither a parameter nor a resource of the template: CloudFormation would refuse it."
    assert text.splitlines()[5:] == [
        "5 values are unknown before a stack exists:",
        f"  {role} Used in roleArn.",
        "  Bucket: the name or ID of the resource Bucket (AWS::S3::Bucket). Used in artifact store, location.",
        "  import of repo: an export of another stack. Used in stage Source, action Src, RepositoryName.",
        f"  Branch: a parameter without a default. Used in stage Source, action Src, BranchName. {give}",
        f"  Stored: a parameter from the Parameter Store. Used in stage Source, action Src, BranchName. {give}",
        "Conditions that depend on unknown values, and are taken to hold: IsMain.",
        "Parameter Color has no default, so it is 'blue', its first allowed value. --parameter Color=… gives another.",
    ]


def test_given_parameters_are_no_longer_listed(tmp_path, capsys):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(template()))
    given = ["--parameter", "Branch=", "--parameter", "Color=green", "--region", "eu-west-1"]
    assert main(["check", "--rules-only", str(path), *given]) == 1  # AWS refuses an empty value
    assert "BranchName has 0 characters" in capsys.readouterr().out
    given[1] = "Branch=main"
    assert main(["check", "--rules-only", str(path), *given]) == 0
    output = capsys.readouterr().out
    assert "2 values are unknown" in output
    assert "Branch" not in output
    assert "Color" not in output


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--parameter", "Branch"], "--parameter Branch: write KEY=VALUE"),
        (["--parameter", "=x"], "--parameter =x: write KEY=VALUE"),
        (["--parameter", "Branch=a", "--parameter", "Branch=b"], "--parameter Branch is given twice"),
        (["--parameter", "Nope=a"], "has no parameter 'Nope'; it has: Branch, Kind, Color, Stored"),
        (["--region", "eu west"], "--region eu west: write the name of a Region"),
        (["--logical-id", "Nope"], "There is no AWS::CodePipeline::Pipeline called Nope; there are: Shop"),
    ],
)
def test_an_impossible_option_is_a_sentence(given, message, tmp_path, capsys):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(template()))
    assert main(["check", "--rules-only", str(path), *given]) == 1
    assert message in capsys.readouterr().err
    assert main(["draw", str(path), "-o", str(tmp_path / "x.dot"), *given]) == 1
    assert message in capsys.readouterr().err


def test_parameters_of_a_pipeline_are_refused(tmp_path, capsys):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(Pipeline.of("shop", Source="S3", Build="CodeBuild").to_aws()))
    assert main(["check", "--rules-only", str(path), "--parameter", "a=b"]) == 1
    assert "is a pipeline, not a template: it has no parameters" in capsys.readouterr().err


def test_the_repr_and_the_html_show_what_is_unknown():
    pipeline = load()
    assert pipeline.unknown == ("Role.Arn", "Bucket", "Branch")
    assert "<unknown: ${Branch}>" in repr(pipeline)
    assert "Unknown before a stack exists: Role.Arn, Bucket, Branch" in pipeline._repr_html_()
    assert Pipeline.of("shop", Source="S3", Build="CodeBuild").unknown == ()


def test_copies_keep_what_is_unknown():
    pipeline = load()
    for each in (
        copy.deepcopy(pipeline),
        pickle.loads(pickle.dumps(pipeline)),
        Pipeline.from_aws(pipeline.to_aws()),
    ):
        assert each == pipeline
        assert each.unknown == pipeline.unknown


UNKNOWN = {REF: "Branch"}


@pytest.mark.parametrize(
    "properties",
    [
        {"build": {"Region": UNKNOWN}},
        {"build": {"RoleArn": UNKNOWN}},
        {"build": {"Configuration": {"ProjectName": UNKNOWN, "PrimarySource": UNKNOWN}}},
        {"build": {"Configuration": {"ProjectName": "p", "EnvironmentVariables": [{"value": UNKNOWN}]}}},
        {"build": {"Configuration": {"ProjectName": "p"}, "InputArtifacts": [{"Name": "S"}]}},
        {"approval": {"Configuration": {"NotificationArn": UNKNOWN}}},
        {
            "ArtifactStore": {
                "Type": "S3",
                "Location": UNKNOWN,
                "EncryptionKey": {"Id": UNKNOWN, "Type": "KMS"},
            }
        },
        {
            "source": {"OutputArtifacts": [{"Name": UNKNOWN}]},
            "build": {"InputArtifacts": [{"Name": UNKNOWN}]},
        },
        {"build": {"Name": UNKNOWN}},
        {"Name": {"Fn::Sub": "${Branch}:shop"}},
    ],
    ids=str,
)
def test_no_rule_judges_an_unknown_value(properties):
    pipeline = load(**properties)
    assert pipeline.check() == []
    assert "Branch" in pipeline.unknown


def test_stores_of_unknown_regions_can_be_for_any_action():
    stores = [
        {"Region": region, "ArtifactStore": {"Type": "S3", "Location": "bucket"}}
        for region in ("eu-west-1", UNKNOWN)
    ]
    document = template(ArtifactStores=stores, build={"Region": "us-west-2"})
    del document["Resources"]["Shop"]["Properties"]["ArtifactStore"]
    pipeline = Pipeline.from_cloudformation(json.dumps(document))
    assert [type(region) for region, _ in pipeline.artifact_stores] == [str, Unresolved]


@pytest.mark.parametrize(
    ("properties", "where"),
    [
        ({"build": {"ActionTypeId": {**KINDS["Build"], "Provider": {REF: "Kind"}}}}, "action Make, provider"),
        ({"build": {"RunOrder": {REF: "Kind"}}}, "stage Build, action Make, runOrder"),
        ({"approval": {"TimeoutInMinutes": {REF: "Kind"}}}, "stage Ask, action Ok, timeoutInMinutes"),
        ({"ExecutionMode": {REF: "Kind"}}, "executionMode"),
        ({"Stages": {REF: "Kind"}}, "stages"),
        ({"Stages": [{"Name": "Source", "Actions": {REF: "Kind"}}]}, "stage Source, actions"),
        ({"build": {"Configuration": {REF: "Kind"}}}, "stage Build, action Make, configuration"),
    ],
    ids=str,
)
def test_a_value_that_decides_how_the_pipeline_runs_must_be_known(properties, where):
    with pytest.raises(InvalidTemplate) as refused:
        load(**properties)
    message = str(refused.value)
    assert f"{where} is ${{Kind}}" in message
    assert message.endswith("Give parameters={'Kind': …}.")


def test_a_value_of_the_stack_that_must_be_known_has_to_be_written():
    with pytest.raises(
        InvalidTemplate, match=r"executionMode is \$\{import of mode\}. Write the value in the template"
    ):
        load(ExecutionMode={"Fn::ImportValue": "mode"})


def test_text_like_an_unknown_value_is_text():
    pipeline = load(
        source={"Configuration": {"RepositoryName": "shop", "BranchName": {"Fn::Sub": "${!Branch}"}}}
    )
    assert "Branch" not in pipeline.unknown
    equal = {"Fn::Equals": [{REF: "Branch"}, "${Branch}"]}
    document = template()
    document["Conditions"] = {"IsText": equal}
    document["Resources"]["Shop"]["Condition"] = "IsText"
    assert "taken to hold: IsText" in check_text(json.dumps(document), "x")[1]


def test_references_to_stored_values_are_unknown():
    token = "{{resolve:secretsmanager:github:SecretString:token}}"
    pipeline = load(
        source={"Configuration": {"RepositoryName": {"Fn::Sub": f"a-{token}"}, "BranchName": token}}
    )
    assert pipeline.unknown == ("Role.Arn", "Bucket", token[2:-2])
    assert pipeline["Source"]["Src"].settings["BranchName"] == token
    assert (
        "a stored parameter or a secret"
        in check_text(
            json.dumps(template(source={"Configuration": {"RepositoryName": token, "BranchName": token}})),
            "x",
        )[1]
    )


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"Fn::Join": [",", {REF: "Many"}]}, "Many joined by ','"),
        ({"Fn::Select": [1, {REF: "Many"}]}, "Many[1]"),
        ({"Fn::Base64": {REF: "Many"}}, "Base64 of ${Many}"),
        ({"Fn::Select": [0, {"Fn::Split": [".", {"Fn::Sub": "a${Many}.b"}]}]}, "Many"),
    ],
    ids=str,
)
def test_a_derived_value_leads_to_the_parameter_that_would_make_it_known(value, name):
    document = template(build={"Configuration": {"ProjectName": value}})
    document["Parameters"]["Many"] = {"Type": "CommaDelimitedList"}
    text = check_text(json.dumps(document), "x")[1]
    assert f"  {name}: " in text
    assert "Give --parameter Many=…." in text


def test_a_macro_that_only_aws_can_apply_is_named():
    document = template()
    document["Transform"] = ["AWS::Serverless-2016-10-31", {"Name": "AddTags"}]
    assert "Only AWS can apply the transform AddTags," in check_text(json.dumps(document), "x")[1]
    document["Transform"] = "AWS::LanguageExtensions"
    assert "transform" not in check_text(json.dumps(document), "x")[1]
