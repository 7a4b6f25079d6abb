"""Simulated actions beside real work: what is wrong with them fails them, and the rest is said to be simulated."""

import json
import uuid
import zipfile

import pytest
from build_workshop import zipped

from cp_teach.pipeline import Action, ActionType
from cp_teach.work.provider_checks.simulated_action import SimulatedAction
from cp_teach.work.task import ArtifactLocation, Task

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:Shop"
IMAGES = json.dumps([{"name": "web", "imageUri": "httpd:2.4"}])
TASKDEF = json.dumps({"family": "shop", "containerDefinitions": [{"name": "web", "image": "<IMAGE1_NAME>"}]})
APPSPEC = """version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo: {ContainerName: web, ContainerPort: 80}
"""
BLUE_GREEN = {
    "ApplicationName": "shop",
    "DeploymentGroupName": "prod",
    "TaskDefinitionTemplateArtifact": "Source",
    "AppSpecTemplateArtifact": "Source",
    "Image1ArtifactName": "Image",
    "Image1ContainerName": "IMAGE1_NAME",
}
GOOD = {"taskdef.json": TASKDEF, "appspec.yaml": APPSPEC}
DETAIL = {"imageDetail.json": json.dumps({"ImageURI": "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1"})}


@pytest.fixture
def simulate(tmp_path):
    """Simulate an action with this configuration and these input artifacts."""

    def run(kind, configuration, *, outputs=(), log=lambda line: None, needed=None, **inputs):
        category, provider = kind.split("/")
        folder = tmp_path / uuid.uuid4().hex
        folder.mkdir()
        task = Task(
            pipeline="shop",
            execution=1,
            execution_id=str(uuid.uuid4()),
            stage="Prod",
            action="Go",
            attempt=1,
            id=str(uuid.uuid4()),
            configuration=configuration,
            inputs={name: zipped(folder / f"{name}.zip", files) for name, files in inputs.items()},
            outputs=tuple(outputs),
            revisions={},
            folder=folder,
            definition=Action("Go", ActionType(category, "AWS", provider)),
            locations={name: ArtifactLocation("bucket", f"shop/{name}/abc.zip") for name in inputs},
            needed_files=needed or {},
            log=log,
        )
        return SimulatedAction()(task)

    return run


# -- ECS ---------------------------------------------------------------------------------------------------
ECS = {"ClusterName": "c", "ServiceName": "s"}


def test_a_deployment_to_ecs_reads_its_image_definitions(simulate):
    done = simulate("Deploy/ECS", ECS, Built={"imagedefinitions.json": IMAGES})
    assert done.failure == ""
    assert done.message == ("Simulated: no service is updated. imagedefinitions.json names web = httpd:2.4.")
    other = simulate("Deploy/ECS", {**ECS, "FileName": "out/images.json"}, Built={"out/images.json": IMAGES})
    assert other.failure == ""


def test_missing_image_definitions_are_missed_in_the_words_of_aws(simulate):
    done = simulate("Deploy/ECS", ECS, Built={"page.html": ""})
    assert done.failure == "ConfigurationError"
    assert done.message == (
        "Did not find the image definition file imagedefinitions.json in the input artifacts ZIP file. Verify the file "
        "is stored in your pipeline's Amazon S3 artifact bucket: bucket key: shop/Built/abc.zip. "
        "The artifact Built has: page.html."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{", "contains invalid JSON format"),
        ("{}", "no list of containers"),
        (json.dumps({"ImageURI": "a"}), "This is an imageDetail.json"),
        ("[]", "lists no container"),
        ('["web"]', "container 1 is no object"),
        ('[{"name": "web"}]', "container 1 has no imageUri"),
        ('[{"name": "web", "imageUri": "a"}, {"imageUri": "a"}]', "container 2 has no name"),
        ('[{"name": "web", "imageUri": 3}]', "has a imageUri that is no text"),
        ('[{"name": "web", "imageUri": ""}]', "has a imageUri that is no text"),
        ('[{"name": "web", "imageUri": "a b"}]', "with a space"),
        ('[{"name": "web", "imageUri": "a"}, {"name": "web", "imageUri": "b"}]', "web appears twice"),
        (json.dumps([{"name": "web", "imageUri": "a" * 100_001}]), "larger than 100 KB"),
    ],
)
def test_broken_image_definitions_fail(simulate, text, words):
    done = simulate("Deploy/ECS", ECS, Built={"imagedefinitions.json": text})
    assert done.failure == "ConfigurationError"
    assert words in done.message


# -- blue/green --------------------------------------------------------------------------------------------
def test_the_placeholders_of_a_blue_green_deployment_are_filled(simulate):
    done = simulate("Deploy/CodeDeployToECS", BLUE_GREEN, Source=GOOD, Image=DETAIL)
    assert done.failure == ""
    assert "<IMAGE1_NAME> = 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1" in done.message


@pytest.mark.parametrize(
    ("source", "image", "words"),
    [
        (
            {"appspec.yaml": APPSPEC},
            DETAIL,
            "read the task definition artifact file from: Source. There is no taskdef",
        ),
        ({"taskdef.json": TASKDEF}, DETAIL, "There is no appspec.yaml"),
        (GOOD, {"other.json": ""}, "Exception while trying to read the image artifact file from: Image"),
        (GOOD, {"imageDetail.json": IMAGES}, "no ImageURI. This is a list of image definitions"),
        (GOOD, {"imageDetail.json": "{"}, "not valid JSON"),
        ({**GOOD, "taskdef.json": "{"}, DETAIL, "no placeholder <IMAGE1_NAME>"),
        ({**GOOD, "taskdef.json": '{"taskDefinition": "<IMAGE1_NAME>"}'}, DETAIL, "no containerDefinitions"),
        (
            {**GOOD, "taskdef.json": TASKDEF.replace("]", ', {"image": "<OTHER>"}]')},
            DETAIL,
            "placeholder <OTHER>",
        ),
        (
            {**GOOD, "appspec.yaml": "version: 0.0\nos: linux\n"},
            DETAIL,
            "Those with files and hooks are for instances",
        ),
        ({**GOOD, "appspec.yaml": APPSPEC.replace("<TASK_DEFINITION>", "")}, DETAIL, "no TaskDefinition"),
        (
            {**GOOD, "appspec.yaml": APPSPEC.replace("ContainerPort", "Port")},
            DETAIL,
            "ContainerName and ContainerPort",
        ),
        ({**GOOD, "appspec.yaml": "a: [b"}, DETAIL, "neither YAML nor JSON"),
    ],
)
def test_what_is_wrong_with_the_files_fails_a_blue_green_deployment(simulate, source, image, words):
    done = simulate("Deploy/CodeDeployToECS", BLUE_GREEN, Source=source, Image=image)
    assert done.failure == "ConfigurationError"
    assert words in done.message


# -- the table of checks -----------------------------------------------------------------------------------
EC2 = {"InstanceTagKey": "Name", "InstanceType": "EC2", "TargetDirectory": "/srv", "PostScript": "a.sh"}


@pytest.mark.parametrize(
    ("kind", "configuration", "files"),
    [
        ("Deploy/EC2", {**EC2, "MaxError": "1"}, {"a.sh": ""}),
        ("Deploy/EC2", {"InstanceTagKey": "Name", "InstanceType": "EC2", "DeploySpec": "spec.yml", "MaxBatch": "50%"},
         {"spec.yml": ""}),
        ("Deploy/EKS", {"ClusterName": "c", "ManifestFiles": "k8s/a.yml, b.yml"}, {"k8s/a.yml": "", "b.yml": ""}),
        ("Deploy/EKS", {"ClusterName": "c", "HelmReleaseName": "r", "HelmChartLocation": "chart"},
         {"chart/Chart.yaml": ""}),
        ("Deploy/Lambda", {"FunctionName": "f", "DeployStrategy": "Canary10Percent5Minutes"}, {"f.py": ""}),
        ("Invoke/Lambda", {"FunctionName": "f", "UserParameters": "x" * 1000}, {}),
        ("Invoke/InspectorScan", {"InspectorRunMode": "SourceCodeScan", "HighThreshold": "3"}, {"a.py": ""}),
        ("Invoke/InspectorScan", {"InspectorRunMode": "ECRImageScan", "ECRRepositoryName": "shop"}, None),
        ("Build/ECRBuildAndPublish", {"ECRRepositoryName": "shop", "ImageTags": "latest, 1.0"}, {"Dockerfile": ""}),
        ("Build/ECRBuildAndPublish", {"ECRRepositoryName": "shop", "DockerFilePath": "./app"}, {"app/Dockerfile": ""}),
        ("Invoke/StepFunctions", {"StateMachineArn": ARN, "Input": "{}"}, None),
        ("Invoke/StepFunctions", {"StateMachineArn": ARN, "InputType": "FilePath", "Input": "a/in.json"},
         {"a/in.json": "{}"}),
        ("Invoke/StepFunctions", {"StateMachineArn": "${Machine}", "Input": "${Input}"}, None),
        ("Deploy/AppConfig", {"Application": "a", "Environment": "e", "ConfigurationProfile": "p",
                              "DeploymentStrategy": "s", "InputArtifactConfigurationPath": "/"}, {"c.json": "{}"}),
        ("Deploy/ServiceCatalog", {"ProductId": "prod-1", "ConfigurationFilePath": "p.json"}, {"p.json": "{}"}),
        ("Deploy/ElasticBeanstalk", {"ApplicationName": "shop", "EnvironmentName": "shop-prod"}, {"app.py": ""}),
    ],
)  # fmt: skip
def test_what_is_right_succeeds_and_is_said_to_be_simulated(simulate, kind, configuration, files):
    done = simulate(kind, configuration, **({} if files is None else {"Built": files}))
    assert done.failure == "", done.message
    assert done.message.startswith("Simulated: ")


SCAN = {"InspectorRunMode": "ECRImageScan", "ECRRepositoryName": "shop"}


@pytest.mark.parametrize(
    ("kind", "configuration", "words"),
    [
        ("Deploy/EC2", {}, "configuration for action 'Go' is missing required configuration 'InstanceTagKey'"),
        ("Deploy/EC2", {**EC2, "InstanceType": "t3.micro"}, "is 't3.micro'. Use EC2 or SSM_MANAGED_NODE."),
        ("Deploy/EC2", {**EC2, "TargetDirectory": "srv"}, "Write it like /srv/app"),
        ("Deploy/EC2", {**EC2, "TargetDirectory": ""}, "needs DeploySpec or TargetDirectory"),
        ("Deploy/EC2", {**EC2, "PreScript": "gone.sh"}, "'gone.sh', which is not in the input artifact. The "),
        ("Deploy/EC2", {**EC2, "MaxBatch": "half"}, "MaxBatch of Go is 'half'"),
        ("Deploy/EKS", {"ClusterName": "c"}, "needs ManifestFiles, HelmReleaseName or KustomizationDirectory"),
        ("Deploy/EKS", {"ClusterName": "c", "ManifestFiles": "a.sh", "HelmReleaseName": "r"}, "exclude each other"),
        ("Deploy/EKS", {"ClusterName": "c", "HelmReleaseName": "r"}, "'HelmChartLocation'. HelmReleaseName needs it."),
        ("Deploy/EKS", {"ClusterName": "c", "HelmReleaseName": "r", "HelmChartLocation": "ch"}, "'ch', which is not"),
        ("Deploy/Lambda", {"FunctionName": "f", "PublishedTargetVersion": "live"}, "Write it like 3"),
        ("Invoke/Lambda", {"FunctionName": "f", "UserParameters": "x" * 1001}, "longer than 1000 characters"),
        ("Invoke/InspectorScan", {"InspectorRunMode": "Scan"}, "Use SourceCodeScan or ECRImageScan"),
        ("Invoke/InspectorScan", {**SCAN, "ECRRepositoryName": ""}, "InspectorRunMode ECRImageScan needs it"),
        ("Invoke/InspectorScan", {**SCAN, "HighThreshold": "-1"}, "whole number from 0"),
        ("Build/ECRBuildAndPublish", {"ECRRepositoryName": "shop"}, "finds no Dockerfile at Dockerfile"),
        ("Build/ECRBuildAndPublish", {"ECRRepositoryName": "shop", "ImageTags": "a b"}, "Write it like latest,1.0"),
        ("Invoke/StepFunctions", {"StateMachineArn": "Shop"}, "Write it like arn:aws:states"),
        ("Invoke/StepFunctions", {"StateMachineArn": ARN, "Input": "a: b"}, "Input of Go is not valid JSON"),
        ("Invoke/StepFunctions", {"StateMachineArn": ARN, "InputType": "FilePath"}, "InputType FilePath needs it"),
        ("Invoke/StepFunctions", {"StateMachineArn": ARN, "InputType": "FilePath", "Input": "a.sh"},
         "a.sh in the artifact Built is not valid JSON"),
        ("Deploy/AppConfig", {"Application": "a", "Environment": "e", "ConfigurationProfile": "p",
                              "DeploymentStrategy": "s", "InputArtifactConfigurationPath": "c.json"},
         "'c.json', which is not"),
        ("Deploy/ServiceCatalog", {"ProductId": "prod-1"}, "needs ConfigurationFilePath or TemplateFilePath"),
        ("Deploy/ServiceCatalog", {"ProductId": "prod-1", "TemplateFilePath": "a.sh"}, "TemplateFilePath needs it"),
        ("Deploy/ElasticBeanstalk", {"ApplicationName": "shop", "EnvironmentName": "-x-"}, "Write it like shop-prod"),
        ("Deploy/ECS", {**ECS, "DeploymentTimeout": "90"}, "whole number from 1 to 60"),
        ("Invoke/CodePipeline", {"PipelineName": "next", "Variables": "A=1"}, "not valid JSON"),
        ("Deploy/CloudFormationStackSet", {"StackSetName": "s", "TemplatePath": "Built::t.yml"}, "has no file t.yml"),
        ("Deploy/CloudFormationStackSet", {"StackSetName": "s", "TemplatePath": "X::t.yml"}, "no input artifact 'X'"),
    ],
)  # fmt: skip
def test_what_is_wrong_fails_and_says_what_to_do(simulate, kind, configuration, words):
    done = simulate(kind, configuration, Built={"a.sh": "echo"})
    assert done.failure in ("ConfigurationError", "JobFailed")
    assert words in done.message


def test_an_empty_artifact_and_a_broken_one_fail(simulate, tmp_path):
    names = {"ApplicationName": "shop", "EnvironmentName": "shop-prod"}
    assert "There is nothing to deploy" in simulate("Deploy/ElasticBeanstalk", names, Built={}).message
    lines = []
    simulate("Deploy/ElasticBeanstalk", {**names, "ApplicationNam": "x"}, Built={"a": ""}, log=lines.append)
    assert "no configuration key ApplicationNam; it is ignored. Did you mean ApplicationName?" in lines[0]


def test_the_output_of_a_simulated_action_has_what_later_actions_read(simulate):
    done = simulate(
        "Invoke/StepFunctions", {"StateMachineArn": ARN}, outputs=["Out"], needed={"Out": {"in.json": b"{}"}}
    )
    with zipfile.ZipFile(done.outputs["Out"]) as archive:
        assert sorted(archive.namelist()) == ["Go.txt", "in.json"]
