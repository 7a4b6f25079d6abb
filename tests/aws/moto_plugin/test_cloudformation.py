"""Templates: read into a pipeline of ours, and made into stacks through moto."""

import json

import pytest
from account import TRUST, Account, error

from cp_teach import InvalidPipeline, Pipeline
from cp_teach.aws import mock_aws
from cp_teach.pipeline.formats.template_functions import InvalidTemplate

TEMPLATE = """
Parameters:
  Branch: {Type: String, Default: main}
  Secret: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: codepipeline.amazonaws.com}, Action: 'sts:AssumeRole'}]
  Bucket: {Type: AWS::S3::Bucket}
  Delivery:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !GetAtt Role.Arn
      ArtifactStore: {Type: S3, Location: !Ref Bucket}
      Stages:
        - Name: Source
          Actions:
            - Name: Commit
              ActionTypeId: {Category: Source, Owner: AWS, Provider: CodeCommit, Version: 1}
              Configuration:
                RepositoryName: !Sub "${AWS::StackName}-repo"
                BranchName: !Ref Branch
                PollForSourceChanges: false
              OutputArtifacts: [{Name: Source}]
              RunOrder: "1"
        - Name: Build
          Actions:
            - Name: Compile
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: "1"}
              Configuration: {ProjectName: !Join ["-", [!Ref "AWS::Region", build]]}
              InputArtifacts: [{Name: Source}]
      DisableInboundStageTransitions: [{StageName: Build, Reason: wait}]
      Tags: [{Key: team, Value: shop}]
Outputs:
  Version: {Value: !GetAtt Delivery.Version}
  Name: {Value: !Ref Delivery}
"""


def test_a_template_becomes_a_pipeline_with_its_references_readable():
    pipeline = Pipeline.from_cloudformation(TEMPLATE)
    assert str(pipeline) == "stack-Delivery: Source → Build"
    assert pipeline.role_arn == "${Role.Arn}"
    assert pipeline.artifact_store.location == "${Bucket}"
    assert pipeline["Source"]["Commit"].settings == {
        "RepositoryName": "stack-repo",
        "BranchName": "main",
        "PollForSourceChanges": "false",
    }
    assert pipeline["Build"]["Compile"].settings["ProjectName"] == "us-east-1-build"
    assert pipeline["Source"]["Commit"].order == 1


def test_json_and_files_do_as_well(tmp_path):
    from cp_teach.pipeline.formats.documents.template_source import open_template

    file = tmp_path / "template.json"
    file.write_text(json.dumps(open_template(TEMPLATE).document), encoding="utf-8")
    assert Pipeline.from_cloudformation(file) == Pipeline.from_cloudformation(TEMPLATE)
    assert Pipeline.from_cloudformation(str(file)) == Pipeline.from_cloudformation(TEMPLATE)
    in_one_line = json.dumps(open_template(TEMPLATE).document)
    assert "\n" not in in_one_line
    assert Pipeline.from_cloudformation(in_one_line) == Pipeline.from_cloudformation(TEMPLATE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [\n", "neither YAML nor JSON: .* at line 2"),
        ("a: 1\nb: 2", "has no Resources"),
        ("Resources:\n  A: {Type: AWS::S3::Bucket}", "has no AWS::CodePipeline::Pipeline"),
        ("nothing.yml", "There is no file nothing.yml"),
        ("Resources:\n  A: {Type: AWS::CodePipeline::Pipeline, Properties: []}", "Properties is not a map"),
        (
            "Resources:\n  A: {Type: AWS::CodePipeline::Pipeline}\n  B: {Type: AWS::CodePipeline::Pipeline}",
            "several pipelines: A, B",
        ),
    ],
)
def test_what_is_no_template_is_told(text, words):
    with pytest.raises(InvalidTemplate, match=words):
        Pipeline.from_cloudformation(text)


def test_a_template_that_aws_would_refuse_is_told_with_every_breach():
    with pytest.raises(InvalidPipeline) as wrong:
        Pipeline.from_cloudformation(TEMPLATE.replace("Name: Build", "Name: Source"))
    assert wrong.value.exception == "InvalidStageDeclarationException"


def test_a_stack_makes_changes_and_deletes_its_pipeline():
    with mock_aws() as mock:
        account = Account(mock, region="eu-west-1")
        stacks = account.client("cloudformation")
        secret = [{"ParameterKey": "Secret", "ParameterValue": "x"}]
        stacks.create_stack(StackName="shop", TemplateBody=TEMPLATE, Parameters=secret)
        (stack,) = stacks.describe_stacks(StackName="shop")["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        name = outputs["Name"]
        assert name.startswith("shop-Delivery-")
        assert outputs["Version"] == "1"
        assert account.stage("Build", name)["inboundTransitionState"]["disabledReason"] == "wait"
        arn = account.cp.get_pipeline(name=name)["metadata"]["pipelineArn"]
        assert account.cp.list_tags_for_resource(resourceArn=arn)["tags"] == [
            {"key": "team", "value": "shop"}
        ]
        changed = TEMPLATE.replace("Name: Compile", "Name: Package")
        stacks.update_stack(StackName="shop", TemplateBody=changed, Parameters=secret)
        assert account.cp.get_pipeline(name=name)["pipeline"]["version"] == 2
        stacks.delete_stack(StackName="shop")
        assert account.cp.list_pipelines()["pipelines"] == []


def test_what_the_service_refuses_fails_the_stack():
    with mock_aws() as mock:
        account = Account(mock)
        code, message = error(
            account.client("cloudformation").create_stack,
            StackName="shop",
            TemplateBody=TEMPLATE.replace("codepipeline.amazonaws.com", "s3.amazonaws.com"),
            Parameters=[{"ParameterKey": "Secret", "ParameterValue": "x"}],
        )
        assert code == "ValidationError"
        assert "not authorized to perform AssumeRole" in message


def test_action_types_and_webhooks_can_be_made_too():
    template = {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
            "Jenkins": {
                "Type": "AWS::CodePipeline::CustomActionType",
                "Properties": {
                    "Category": "Build",
                    "Provider": "Jenkins",
                    "Version": "1",
                    "ConfigurationProperties": [
                        {"Name": "ProjectName", "Required": "true", "Key": True, "Secret": False}
                    ],
                    "InputArtifactDetails": {"MinimumCount": 0, "MaximumCount": 5},
                    "OutputArtifactDetails": {"MinimumCount": 0, "MaximumCount": 5},
                    "Settings": {"EntityUrlTemplate": "https://ci.example.com/{Config:ProjectName}"},
                },
            },
            "Pipeline": {
                "Type": "AWS::CodePipeline::Pipeline",
                "DependsOn": "Jenkins",
                "Properties": {
                    "Name": "shop",
                    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "ArtifactStore": {"Type": "S3", "Location": "artifacts"},
                    "Stages": [
                        {
                            "Name": "Source",
                            "Actions": [
                                {
                                    "Name": "Hub",
                                    "ActionTypeId": {
                                        "Category": "Source",
                                        "Owner": "ThirdParty",
                                        "Provider": "GitHub",
                                        "Version": "1",
                                    },
                                    "Configuration": {
                                        "Owner": "me",
                                        "Repo": "shop",
                                        "Branch": "main",
                                        "OAuthToken": "t",
                                        "PollForSourceChanges": False,
                                    },
                                    "OutputArtifacts": [{"Name": "Source"}],
                                }
                            ],
                        },
                        {
                            "Name": "Build",
                            "Actions": [
                                {
                                    "Name": "Jenkins",
                                    "ActionTypeId": {
                                        "Category": "Build",
                                        "Owner": "Custom",
                                        "Provider": "Jenkins",
                                        "Version": "1",
                                    },
                                    "Configuration": {"ProjectName": "shop"},
                                    "InputArtifacts": [{"Name": "Source"}],
                                }
                            ],
                        },
                    ],
                },
            },
            "Hook": {
                "Type": "AWS::CodePipeline::Webhook",
                "Properties": {
                    "TargetPipeline": {"Ref": "Pipeline"},
                    "TargetAction": "Hub",
                    "TargetPipelineVersion": 1,
                    "Authentication": "GITHUB_HMAC",
                    "AuthenticationConfiguration": {"SecretToken": "s"},
                    "Filters": [{"JsonPath": "$.ref", "MatchEquals": "refs/heads/{Branch}"}],
                    "RegisterWithThirdParty": True,
                },
            },
        },
        "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Hook", "Url"]}}},
    }
    with mock_aws() as mock:
        account = Account(mock)
        stacks = account.client("cloudformation")
        stacks.create_stack(StackName="shop", TemplateBody=json.dumps(template))
        (listed,) = account.cp.list_webhooks()["webhooks"]
        (stack,) = stacks.describe_stacks(StackName="shop")["Stacks"]
        assert stack["Outputs"][0]["OutputValue"] == listed["url"]
        assert len(account.cp.list_action_types(actionOwnerFilter="Custom")["actionTypes"]) == 1
        assert account.statuses() == {"Source": "Succeeded", "Build": "InProgress"}
        stacks.delete_stack(StackName="shop")
        assert account.cp.list_webhooks()["webhooks"] == []


def test_the_template_among_the_data_is_a_pipeline_and_makes_a_stack():
    from cp_teach import resources

    file = resources.data() / "templates" / "shop.yml"
    pipeline = Pipeline.from_cloudformation(file)
    assert str(pipeline) == "shop-pipeline: Source → Build → Beta → Prod"
    assert [b for b in pipeline.check() if b.level == "error"] == []
    with mock_aws() as mock:
        account = Account(mock)
        text = file.read_text(encoding="utf-8")
        account.client("cloudformation").create_stack(StackName="shop", TemplateBody=text)
        assert account.statuses("shop-pipeline")["Prod"] == "InProgress", "it waits for the approval"
