"""Requests of rpc-v2-cbor over HTTP, well and badly formed: paths, headers, bodies (Smithy's specification)."""

import http.client
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.session
import cbor2
import pytest
from botocore.exceptions import ClientError
from protocol_clients import CBOR, JSON, client

from cp_teach.aws.server.process_server import PROCESS

SCOPE = "x/20260101/us-east-1/{}/aws4_request, SignedHeaders=a"
HEADERS = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor", "Accept": "application/cbor"}
LIST = "/service/CodePipeline_20150709/operation/ListPipelines"
OPERATION = "/service/CodePipeline_20150709/operation/{}"


def send(path=LIST, body=b"", *, method="POST", service="codepipeline", **headers):
    connection = http.client.HTTPConnection(PROCESS.get().url.removeprefix("http://"), timeout=20)
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE.format(service)}"}
    given = {**HEADERS, **signed, **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request(
        method, path, body, {name: value for name, value in given.items() if value is not None}
    )
    answer = connection.getresponse()
    data = answer.read()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, data


@pytest.mark.parametrize(
    "path",
    [
        LIST,
        "/service/com.amazonaws.codepipeline.CodePipeline_20150709/operation/ListPipelines",
        f"/v1/teach{LIST}",
    ],
)
@pytest.mark.parametrize("body", [b"", cbor2.dumps({}), b"\xbf\xff"], ids=["empty", "map", "endless map"])
def test_an_operation_is_answered_at_each_form_of_its_path(path, body):
    status, headers, data = send(path, body)
    assert status == 200
    assert headers["smithy-protocol"] == "rpc-v2-cbor"
    assert headers["content-type"] == "application/cbor"
    assert headers["x-amzn-requestid"]
    assert cbor2.loads(data)["pipelines"] == []


def test_an_operation_without_an_output_has_no_body_and_no_content_type():
    status, headers, data = send(OPERATION.format("DeletePipeline"), cbor2.dumps({"name": "none"}))
    assert (status, data) == (200, b"")
    assert headers["smithy-protocol"] == "rpc-v2-cbor"
    assert "content-type" not in headers


def test_an_error_is_named_in_the_body_alone():
    status, headers, data = send(OPERATION.format("GetPipeline"), cbor2.dumps({"name": "none"}))
    assert status == 400
    assert cbor2.loads(data) == {
        "__type": "com.amazonaws.codepipeline#PipelineNotFoundException",
        "message": "Account '123456789012' does not have a pipeline with name 'none'",
    }
    assert not {"x-amzn-errortype", "x-amzn-query-error"} & {*headers}


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"method": "GET"}, 405, "UnknownOperationException"),
        ({"method": "PUT"}, 405, "UnknownOperationException"),
        ({"smithy_protocol": None}, 404, "UnknownOperationException"),
        ({"smithy_protocol": "rpc-v2-json"}, 404, "UnknownOperationException"),
        ({"Content_Type": "text/plain"}, 400, "SerializationException"),
        ({"Content_Type": "application/json"}, 400, "SerializationException"),
        ({"X_Amz_Target": "CodePipeline_20150709.ListPipelines"}, 400, "SerializationException"),
        ({"X_Amzn_Target": "x"}, 400, "SerializationException"),
        ({"service": "s3"}, 404, "UnknownOperationException"),
        ({"path": OPERATION.format("Nothing")}, 400, "UnknownOperationException"),
        (
            {"path": OPERATION.format("com.amazonaws.codepipeline%23ListPipelines")},
            404,
            "UnknownOperationException",
        ),
        ({"path": "/service/CodeBuild_20161006/operation/ListProjects"}, 404, "UnknownOperationException"),
        ({"path": "/service/CodePipeline_20150709/operation/"}, 404, "UnknownOperationException"),
        ({"path": "/"}, 404, "UnknownOperationException"),
        ({"body": cbor2.dumps(None)}, 400, "SerializationException"),
        ({"body": cbor2.dumps([])}, 400, "SerializationException"),
        ({"body": b'{"maxResults": 1}'}, 400, "SerializationException"),
        ({"body": cbor2.dumps({"maxResults": 0})}, 400, "ValidationException"),
        ({"body": cbor2.dumps({"maxResults": float("nan")})}, 400, "ValidationException"),
        ({"body": cbor2.dumps({"nextToken": b"bytes"})}, 400, "ValidationException"),
        ({"body": cbor2.dumps({b"nextToken": "x"})}, 400, "SerializationException"),
    ],
    ids=str,
)
def test_a_malformed_request_gets_an_error_in_its_own_protocol(wrong, status, code):
    answered, headers, data = send(**wrong)
    assert answered == status
    if wrong.get("smithy_protocol", "") in ("", "rpc-v2-cbor") and wrong.get("X_Amz_Target") is None:
        assert headers["smithy-protocol"] == "rpc-v2-cbor"
        found = cbor2.loads(data)
        assert found["__type"] == f"com.amazonaws.codepipeline#{code}"
        assert found["message"]
    else:
        assert code.encode() in data or code in headers.get("x-amzn-errortype", "")


def both(service, operation, **request):
    """The answers of one of moto's services to the same request in JSON and in CBOR, each without its metadata."""
    answers = []
    for protocol in (JSON, CBOR):
        made = client(
            protocol,
            service,
            endpoint_url=PROCESS.get().url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        try:
            answer = getattr(made, operation)(**request)
        except ClientError as error:
            answer = {**error.response, "class": type(error).__name__}
        answer.pop("ResponseMetadata")
        answers.append(answer)
    return answers


def test_moto_answers_in_cbor_by_translation_what_it_answers_in_json():
    settings = {
        "endpoint_url": PROCESS.get().url,
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    codebuild, codedeploy, cloudwatch = (
        client(CBOR, name, **settings) for name in ("codebuild", "codedeploy", "cloudwatch")
    )
    made = codebuild.create_project(
        name="cbor-project",
        source={"type": "S3", "location": "bucket/app.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole="arn:aws:iam::123456789012:role/service-role/my-codebuild-service-role",
    )
    assert made["project"]["name"] == "cbor-project"
    codedeploy.create_application(applicationName="cbor-shop")
    moment = datetime.now(UTC).replace(second=0, microsecond=0)
    data = [
        {"MetricName": "m", "Value": 1.5, "Timestamp": moment}
    ] * 500  # so many that botocore compresses them
    cloudwatch.put_metric_data(Namespace="cbor", MetricData=data)
    period = {"StartTime": moment - timedelta(hours=1), "EndTime": moment + timedelta(hours=1)}
    query = {"Namespace": "cbor", "MetricName": "m", "Period": 60, "Statistics": ["Sum"], **period}
    try:
        for service, operation, request in (
            ("codebuild", "batch_get_projects", {"names": ["cbor-project", "none"]}),
            ("codebuild", "list_projects", {}),
            ("codebuild", "list_builds_for_project", {"projectName": "nothing"}),
            ("codedeploy", "get_application", {"applicationName": "cbor-shop"}),
            ("codedeploy", "get_application", {"applicationName": "nothing"}),
            ("cloudwatch", "get_metric_statistics", query),
            ("resourcegroupstaggingapi", "get_tag_keys", {}),
        ):
            in_json, in_cbor = both(service, operation, **request)
            assert service != "cloudwatch" or in_cbor["Datapoints"][0]["Sum"] == 750
            assert in_cbor == in_json
    finally:
        codebuild.delete_project(name="cbor-project")
    assert isinstance(made["project"]["created"], datetime)


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        (
            {"service": "sns", "path": "/service/SimpleNotificationService/operation/Publish"},
            501,
            "NotImplementedException",
        ),
        (
            {"service": "codebuild", "path": "/service/CodeBuild_20161006/operation/No"},
            404,
            "UnknownOperationException",
        ),
        ({"service": "codebuild", "path": "/"}, 404, "UnknownOperationException"),
        (
            {
                "service": "codebuild",
                "path": "/service/CodeBuild_20161006/operation/ListProjects",
                "method": "GET",
            },
            405,
            "UnknownOperationException",
        ),
        (
            {
                "service": "codebuild",
                "path": "/service/CodeBuild_20161006/operation/ListProjects",
                "body": b"\xff",
            },
            400,
            "SerializationException",
        ),
        (
            {
                "service": "codedeploy",
                "path": "/service/CodeDeploy_20141006/operation/ListGitHubAccountTokenNames",
            },
            501,
            "NotImplementedException",
        ),
    ],
    ids=str,
)
def test_a_request_that_cannot_be_translated_gets_an_error_in_cbor(wrong, status, code):
    answered, headers, data = send(**wrong)
    assert (answered, headers["smithy-protocol"]) == (status, "rpc-v2-cbor")
    assert cbor2.loads(data)["__type"].endswith(f"#{code}")


def test_the_documentation_names_the_services_of_the_course_whose_model_prefers_cbor():
    course = {
        "codebuild": "CodeBuild",
        "codecommit": "CodeCommit",
        "codeconnections": "CodeConnections",
        "codedeploy": "CodeDeploy",
        "cloudformation": "CloudFormation",
        "cloudwatch": "CloudWatch",
        "ecr": "ECR",
        "ecs": "ECS",
        "events": "EventBridge",
        "iam": "IAM",
        "lambda": "Lambda",
        "logs": "CloudWatch Logs",
        "resourcegroupstaggingapi": "Resource Groups Tagging API",
        "s3": "S3",
        "scheduler": "EventBridge Scheduler",
        "sns": "SNS",
        "sqs": "SQS",
        "stepfunctions": "Step Functions",
        "sts": "STS",
    }
    session = botocore.session.Session()
    prefer = {
        title
        for name, title in course.items()
        if session.get_service_model(name).metadata.get("protocol") == CBOR
    }
    text = " ".join((Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8").split())
    (sentence,) = re.findall(r"although the models of (.+?) have it\.", text)
    named = {each.removeprefix("the ").strip() for each in re.split(r", and |, ", sentence)}
    assert named == prefer


def test_members_without_a_value_and_unknown_members_are_ignored():
    body = cbor2.dumps({"maxResults": None, "nextToken": cbor2.undefined, "unknown": {"a": [1]}})
    assert send(body=body)[0] == 200
