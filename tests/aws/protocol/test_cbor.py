"""CodePipeline's operations in rpc-v2-cbor: botocore's own serializer and parser are the judge."""

import datetime
import math

import cbor2
import pytest
from account import build, commits, stage
from botocore.exceptions import ClientError
from protocol_clients import CBOR, client

from cp_teach.aws.protocol import cbor_protocol
from cp_teach.aws.protocol.errors import AwsError


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",  # a break without a beginning
        b"\x01\x02",  # two values
        b"\xa1\x01\x02",  # a key that is a number
        b"\xa2\x61a\x01\x61a\x02",  # a key twice
        b"\x61\xff",  # text that is not UTF-8
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",  # a list of 2^64 items
        b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",  # bytes of 2^63
        b"\x81" * 5000,  # nested too deeply
        cbor2.dumps({"t": cbor2.CBORTag(1, "yesterday")}),
        cbor2.dumps({"t": cbor2.CBORTag(1, math.inf)}),
        cbor2.dumps({"t": 2**80}),  # a big number, by tag 2
        cbor2.dumps({"t": cbor2.CBORTag(4, [10**9, 1])}),  # a decimal with a huge exponent
        cbor2.dumps({"t": cbor2.CBORTag(35, "(a+)+$")}),  # a regular expression
        cbor2.dumps({"t": cbor2.CBORTag(28, [cbor2.CBORTag(29, 0)])}),  # a list that contains itself
        cbor2.dumps({"t": cbor2.CBORTag(12345, 1)}),
    ],
    ids=lambda data: data[:8].hex(),
)
def test_bytes_that_are_not_a_request_are_a_serialization_error(data):
    with pytest.raises(AwsError) as error:
        cbor_protocol.parse(data, "GetPipeline")
    assert error.value.code == "SerializationException"
    assert "Traceback" not in error.value.message
    assert len(error.value.message) < 200


def test_a_pipeline_is_made_and_followed_and_an_error_has_its_class(account):
    cp = client(CBOR)
    answers = []
    cp.meta.events.register("after-call", lambda http_response, **_: answers.append(http_response.headers))
    pipeline = "shop"
    account.create(pipeline, stage("Source", commits()), stage("Build", build()))
    read = cp.get_pipeline(name=pipeline)
    assert read["pipeline"]["stages"][1]["name"] == "Build"
    assert read["metadata"]["created"].tzinfo is not None
    assert isinstance(read["metadata"]["created"], datetime.datetime)
    assert read == {**account.cp.get_pipeline(name=pipeline), "ResponseMetadata": read["ResponseMetadata"]}
    started = cp.start_pipeline_execution(name=pipeline)["pipelineExecutionId"]
    assert (
        cp.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"][0][
            "pipelineExecutionId"
        ]
        == started
    )
    with pytest.raises(cp.exceptions.PipelineNotFoundException) as error:
        cp.get_pipeline(name="none")
    assert "none" in error.value.response["Error"]["Message"]
    assert {headers["smithy-protocol"] for headers in answers} == {"rpc-v2-cbor"}


def test_a_time_in_a_request_is_read(account):
    cp = client(CBOR)
    with pytest.raises(ClientError, match="PipelineNotFoundException"):
        cp.put_action_revision(
            pipelineName="none",
            stageName="Source",
            actionName="S",
            actionRevision={
                "revisionId": "1",
                "revisionChangeId": "1",
                "created": datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC),
            },
        )
