"""A folder that `cdk synth` wrote is read: its stacks, its nested assemblies, and the Region of each stack."""

import json
import re

import pytest

from cp_teach import Pipeline
from cp_teach.cli import main
from cp_teach.pipeline import load_pipeline
from cp_teach.pipeline.formats.template_functions import InvalidTemplate

PREFIX = {
    "Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":role/x"]]
}


def pipeline(deploy_region):
    def action(name, category, provider, configuration, **more):
        kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
        return {"ActionTypeId": kind, "Configuration": configuration, "Name": name, "RunOrder": 1, **more}

    source = action(
        "Src",
        "Source",
        "S3",
        {"S3Bucket": {"Ref": "Art"}, "S3ObjectKey": "app.zip"},
        OutputArtifacts=[{"Name": "Artifact_Src"}],
        RoleArn=PREFIX,
    )
    deploy = action(
        "Copy",
        "Deploy",
        "S3",
        {"BucketName": {"Fn::ImportValue": "Site:ExportsOutputRefB"}, "Extract": "true"},
        InputArtifacts=[{"Name": "Artifact_Src"}],
        **({"Region": deploy_region} if deploy_region else {}),
    )
    return {
        "Type": "AWS::CodePipeline::Pipeline",
        "Properties": {
            "Name": {"Fn::Sub": "shop-${AWS::Region}"},
            "ArtifactStore": {"Location": {"Ref": "Art"}, "Type": "S3"},
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "Stages": [{"Name": "Source", "Actions": [source]}, {"Name": "Deploy", "Actions": [deploy]}],
        },
        "Metadata": {"aws:cdk:path": "App/Pipeline/Resource"},
    }


def stack(*names, region=""):
    resources = {name: pipeline(region) for name in names}
    parameter = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/version"}
    return {
        "Resources": {**resources, "Art": {"Type": "AWS::S3::Bucket"}, "Role": {"Type": "AWS::IAM::Role"}},
        "Parameters": {"BootstrapVersion": parameter},
    }


def write(folder, stacks, nested=()):
    """Write an assembly: stack -> (template, environment); ``nested`` has the names of assemblies."""
    folder.mkdir(exist_ok=True)
    artifacts = {"Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}
    for name, (template, environment) in stacks.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
        properties = {"templateFile": f"{name}.template.json"}
        kind = "aws:cloudformation:stack"
        artifacts[name] = {"type": kind, "environment": environment, "properties": properties}
    for name in nested:
        artifacts[name] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}}
    (folder / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": artifacts}))
    return folder


ANY = "aws://unknown-account/unknown-region"


@pytest.fixture
def cdk_out(tmp_path):
    out = tmp_path / "cdk.out"
    other = {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}
    write(out, {"Site": (other, ANY)}, nested=["assembly-Ci"])
    write(out / "assembly-Ci", {"Ci": (stack("Pipe1"), "aws://123456789012/eu-west-1")})
    return out


def test_the_only_pipeline_of_all_stacks_is_loaded_in_the_region_of_its_stack(cdk_out, capsys):
    for source in (cdk_out, cdk_out / "manifest.json"):
        loaded = load_pipeline(source)
        assert loaded.name == "shop-eu-west-1"
        assert loaded == Pipeline.from_cloudformation(source)
        assert loaded["Source"]["Src"].role_arn == "arn:aws:iam::123456789012:role/x"
        assert loaded.unknown == ("Role.Arn", "Art", "import of Site:ExportsOutputRefB")
    assert load_pipeline(cdk_out, region="us-west-2").name == "shop-us-west-2"
    assert load_pipeline(cdk_out / "assembly-Ci" / "Ci.template.json").name == "shop-us-east-1"
    assert main(["check", "--rules-only", str(cdk_out)]) == 0
    assert "shop-eu-west-1 (V1, SUPERSEDED)" in capsys.readouterr().out


def test_several_pipelines_are_named_with_the_choice(cdk_out, capsys):
    write(cdk_out, {"More": (stack("Pipe2", "Pipe3"), ANY)}, nested=["assembly-Ci"])
    listed = "Pipe2 in More.template.json; Pipe3 in More.template.json; Pipe1 in Ci.template.json"
    with pytest.raises(
        InvalidTemplate, match=re.escape(f"has several pipelines: {listed}. Name one: logical_id='Pipe2'")
    ):
        load_pipeline(cdk_out)
    assert load_pipeline(cdk_out, logical_id="Pipe1").name == "shop-eu-west-1"
    assert load_pipeline(cdk_out, logical_id="Pipe3").name == "shop-us-east-1"
    with pytest.raises(InvalidTemplate, match=r"has a pipeline 'Pipe9'\. There are: Pipe2 in"):
        load_pipeline(cdk_out, logical_id="Pipe9")
    assert main(["draw", str(cdk_out), "-o", str(cdk_out / "x.dot")]) == 1
    assert "Name one: --logical-id Pipe2." in capsys.readouterr().err
    assert main(["draw", str(cdk_out), "-o", str(cdk_out / "x.dot"), "--logical-id", "Pipe3"]) == 0


def test_one_logical_id_in_two_stacks_needs_the_file(cdk_out):
    write(cdk_out, {"More": (stack("Pipe1"), ANY)}, nested=["assembly-Ci"])
    with pytest.raises(
        InvalidTemplate, match=r"Several stacks in .* have this pipeline: .* Give one of the files"
    ):
        load_pipeline(cdk_out, logical_id="Pipe1")
    assert load_pipeline(cdk_out / "More.template.json").name == "shop-us-east-1"


def test_a_folder_without_a_manifest_is_searched_for_templates(tmp_path):
    (tmp_path / "Ci.template.json").write_text(json.dumps(stack("Pipe1")))
    assert load_pipeline(tmp_path).name == "shop-us-east-1"


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("{}", "is not the manifest of `cdk synth`: it has no artifacts"),
        ('{"artifacts": []}', "it has no artifacts"),
        ('{"artifacts": {"A": 3}}', "is a folder without templates"),
        ("{", "is not JSON: Expecting property name"),
        (
            '{"artifacts": {"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../../x"}}}}',
            r"'\.\./\.\./x' is not in the folder",
        ),
        (
            '{"artifacts": {"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}}}',
            "more than 8 assemblies are inside each other",
        ),
        (
            '{"artifacts": {"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "gone"}}}}',
            "There is no file .*gone",
        ),
    ],
)
def test_a_damaged_manifest_is_a_sentence(manifest, message, tmp_path):
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(InvalidTemplate, match=message):
        load_pipeline(tmp_path)
    with pytest.raises(InvalidTemplate, match=message):
        Pipeline.from_cloudformation(tmp_path)


def test_a_folder_without_a_pipeline_names_its_stacks(tmp_path):
    write(tmp_path, {"Site": ({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}, ANY)})
    with pytest.raises(InvalidTemplate, match=r"No stack in .* has a pipeline .* Its stacks: Site\."):
        load_pipeline(tmp_path)


def test_a_single_store_with_one_region_is_in_that_region(tmp_path):
    write(tmp_path, {"Ci": (stack("Pipe1", region="us-west-2"), ANY)})
    assert load_pipeline(tmp_path).name == "shop-us-west-2"
