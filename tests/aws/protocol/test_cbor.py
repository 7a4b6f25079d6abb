"""CodePipeline's operations in rpc-v2-cbor: botocore's own serializer and parser are the judge."""

import math

import botocore.model
import botocore.utils
import cbor2
import pytest

from cp_teach.aws.protocol import cbor_protocol
from cp_teach.aws.protocol.errors import AwsError


@pytest.fixture
def cbor(monkeypatch):
    """Clients made here speak CBOR where the service's model has it."""
    order = ("smithy-rpc-v2-cbor", *botocore.utils.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS)
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", order)


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
