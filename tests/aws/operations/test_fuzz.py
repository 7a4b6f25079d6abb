"""Whatever is sent: never a crash, never an answer that the model does not allow, never a state that cannot be.

Requests are made of the service model: mostly well formed, with names that exist; now and then broken.
"""

import json
import os
import random
from types import SimpleNamespace

import cbor2
import pytest
from account import Account, action, approve, build, commits, deploy, stage
from api_coverage import errors
from hypothesis import given, settings
from hypothesis import strategies as st
from strict_response import faults

from cp_teach.aws import mock_aws
from cp_teach.aws.backend.service_registry import active
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations import perform
from cp_teach.aws.protocol import cbor_protocol, json_protocol, request_validation
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import invariant_violation

JSON = SimpleNamespace(
    wire=json_protocol,
    encode=lambda value: json.dumps(value).encode(),
    decode=json.loads,
    path="/",
    headers={"X-Amz-Target": "CodePipeline_20150709.ListPipelines"},
)
CBOR = SimpleNamespace(
    wire=cbor_protocol,
    encode=cbor2.dumps,
    decode=lambda data: (
        cbor2.loads(data, semantic_decoders={1: lambda value, immutable: value}) if data else {}
    ),
    path="/service/CodePipeline_20150709/operation/ListPipelines",
    headers={"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"},
)
BOTH = pytest.mark.parametrize("protocol", [JSON, CBOR], ids=["json", "cbor"])

FRONT = {"ValidationException", "SerializationException"}
UNLISTED = {
    ("UpdatePipeline", "PipelineNotFoundException"),
    ("CreateCustomActionType", "ActionTypeAlreadyExistsException"),
    # A revision, a start or a rollback may be refused for what the model lists elsewhere.
    ("StartPipelineExecution", "ActionNotFoundException"),
    ("StopPipelineExecution", "PipelineNotFoundException"),
    ("RegisterWebhookWithThirdParty", "PipelineNotFoundException"),
}
"""Errors that an operation may raise although the model does not list them for it, as docs/api.md says."""

KNOWN = {
    "PipelineName": ["shop", "gated", "nobody"],
    "StageName": ["Source", "Build", "Gate", "Prod"],
    "ActionName": ["Commit", "Compile", "Approve", "Release"],
    "TransitionType": None,
    "ActionProvider": ["Jenkins", "S3", "CodeBuild", "Manual", "Snyk"],
    "Version": ["1"],
    "WebhookName": ["push"],
    "WebhookArn": ["arn:aws:codepipeline:us-east-1:123456789012:webhook:push"],
    "ResourceArn": ["arn:aws:codepipeline:us-east-1:123456789012:shop"],
    "AWSRegionName": ["us-east-1", "eu-west-1"],
    "RoleArn": ["arn:aws:iam::123456789012:role/service"],
}


class Maker:
    """Makes requests of shapes; ``ids`` are those that earlier answers have told."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ids = []

    def make(self, shape, depth=0):
        if self.random.random() < 0.01:
            return self.random.choice([None, "", 0, -1, [], {}, "\x00", "é" * 300, True, 1e9])
        match shape.type_name:
            case "structure":
                return {
                    name: self.make(member, depth + 1)
                    for name, member in shape.members.items()
                    if name in shape.required_members or self.random.random() < 0.4 / (depth + 1)
                }
            case "list":
                most = min(shape.metadata.get("max") or 3, 3)
                return [
                    self.make(shape.member, depth + 1)
                    for _ in range(self.random.randint(shape.metadata.get("min", 0), most))
                ]
            case "map":
                return {
                    str(self.make(shape.key)): self.make(shape.value)
                    for _ in range(self.random.randint(0, 2))
                }
            case "boolean":
                return self.random.random() < 0.5
            case "integer" | "long":
                return self.random.randint(
                    shape.metadata.get("min", 0), min(shape.metadata.get("max", 100), 100)
                )
            case "timestamp":
                return self.random.randint(0, 2_000_000_000)
        return self.text(shape)

    def text(self, shape):
        if shape.enum:
            return self.random.choice(shape.enum)
        if known := KNOWN.get(shape.name):
            return self.random.choice(known)
        if self.ids and shape.name.endswith(("Id", "Token", "Nonce")) and self.random.random() < 0.8:
            return self.random.choice(self.ids)
        if "[0-9a-f]{8}" in shape.metadata.get("pattern", ""):
            return "11111111-2222-3333-4444-555555555555"
        return "".join(self.random.choice("abcXYZ019") for _ in range(self.random.randint(1, 8)))

    def hear(self, value):
        """Remember ids, tokens and nonces of an answer."""
        if isinstance(value, dict):
            for name, item in value.items():
                if isinstance(item, str) and name.lower().endswith(("id", "token", "nonce")):
                    self.ids = [*self.ids[-60:], item]
                self.hear(item)
        elif isinstance(value, list):
            for item in value:
                self.hear(item)


def prepare(account):
    account.cp.create_custom_action_type(
        category="Build",
        provider="Jenkins",
        version="1",
        inputArtifactDetails={"minimumCount": 0, "maximumCount": 5},
        outputArtifactDetails={"minimumCount": 0, "maximumCount": 5},
    )
    jenkins = action("Jenkins", "Build/Custom/Jenkins", ["SourceArtifact"], ["Other"])
    account.create(
        "shop",
        stage("Source", commits()),
        stage("Build", build(), jenkins),
        stage("Prod", deploy()),
        pipelineType="V2",
    )
    account.create(
        "gated",
        stage("Source", commits()),
        stage("Gate", approve()),
        pipelineType="V2",
        executionMode="QUEUED",
    )


def ask(region, caller, operation, request):
    try:
        return perform(region, caller, operation, request), None
    except AwsError as refused:
        return None, refused


@BOTH
@given(seed=st.integers(0, 2**32))
@settings(max_examples=200 if os.environ.get("CP_TEACH_PROVE") else 10)
def test_nothing_that_is_sent_breaks_the_service(protocol, seed):
    with mock_aws(clock="manual") as mock:
        account = Account(mock)
        prepare(account)
        maker = Maker(seed)
        (region,) = active().regions
        for name in ("shop", "gated"):
            maker.hear(account.state(name))
        caller = Principal("123456789012", "us-east-1", "arn:aws:iam::123456789012:user/fuzz")
        for _ in range(60):
            operation = maker.random.choice(request_validation.operations())
            model_of = request_validation.service().operation_model(operation)
            request = maker.make(model_of.input_shape) if model_of.input_shape else {}
            if operation in ("UpdatePipeline", "CreatePipeline") and maker.random.random() < 0.5:
                request = {
                    "pipeline": account.structure(maker.random.choice(["shop", "new"]), pipelineType="V2")
                }
            sent = protocol.wire.parse(protocol.encode(request), operation)
            answer, refused = ask(region, caller, operation, sent)
            if refused is None:
                told = protocol.decode(protocol.wire.body(answer, operation))
                assert list(faults(model_of.output_shape, told)) == [], (operation, request)
                maker.hear(told)
            else:
                listed = {*errors(operation), *FRONT}
                assert refused.code in listed or (operation, refused.code) in UNLISTED, (
                    operation,
                    refused,
                    request,
                )
                assert refused.message
            if maker.random.random() < 0.2:
                account.tick(maker.random.choice([1, 10, 100]))
            for hosted in region.pipelines.values():
                assert invariant_violation(hosted.run.state) == ""
                hosted.run.history.follow()


@BOTH
@given(text=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(max_examples=30)
def test_a_body_of_any_bytes_is_answered(protocol, text):
    import http.client

    from cp_teach.aws.server.process_server import PROCESS

    signed = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/codepipeline/aws4_request, SignedHeaders=a"
    connection = http.client.HTTPConnection(PROCESS.get().url.removeprefix("http://"))
    connection.request("POST", protocol.path, text, {"Authorization": signed, **protocol.headers})
    answer = connection.getresponse()
    told = protocol.decode(answer.read())
    if answer.status == 200:
        assert "pipelines" in told
    else:
        assert answer.status == 400
        assert told["__type"].removeprefix("com.amazonaws.codepipeline#") in FRONT
