"""Requests and responses in Smithy's protocol RPC v2 CBOR.

Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html. A timestamp is a number of seconds with
CBOR's tag 1, and everything else is as in JSON: the service's model has no blobs.
"""

from __future__ import annotations

import io
import math
import re
from typing import Any, NoReturn

import cbor2
from botocore.model import ListShape, MapShape, Shape, StructureShape

from cp_teach.aws.protocol.errors import serialization
from cp_teach.aws.protocol.json_protocol import encodable
from cp_teach.aws.protocol.request_validation import service
from cp_teach.security.input.json_input import MAX_DEPTH

PATH = re.compile(
    r"(?:/[^/]+)*/service/(?:com\.amazonaws\.codepipeline\.)?CodePipeline_20150709/operation/(?P<operation>[A-Za-z0-9]+)"
)
"""The paths of operations: only the last four segments count, and the service's name can have its namespace."""
PROTOCOL = "rpc-v2-cbor"
FORBIDDEN = ("x-amz-target", "x-amzn-target")
"""Headers that make a request malformed, because another protocol reads the operation from them."""
HEADERS = {"Content-Type": "application/cbor", "smithy-protocol": PROTOCOL}

_DECODED_TAGS = (0, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000, 55799)
"""Tags that the library would decode. The protocol has only a timestamp's, and some of them are expensive."""


def parse(data: bytes, operation: str) -> Any:
    """The request as JSON 1.1 has it: timestamps are epoch seconds.

    Raises ``SerializationException`` for bytes that are not exactly one CBOR value, for a value nested deeper than
    ``MAX_DEPTH``, for a key that is repeated or not a string, and for a tag other than a timestamp's.
    """
    if not data:
        return {}
    stream = io.BytesIO(data)
    try:
        decoder = cbor2.CBORDecoder(
            stream,
            semantic_decoders=_TAGS,
            tag_hook=_refuse_tag,
            max_depth=MAX_DEPTH,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
        )
        value = decoder.decode()
    except (cbor2.CBORError, ValueError) as error:
        raise serialization(f"The body is not valid CBOR: {error.__cause__ or error}.") from error
    if stream.tell() != len(data):
        raise serialization("The body has more than one CBOR value.")
    return _as_json(value)


def body(response: dict[str, Any], operation: str) -> bytes:
    """The body of a response; empty for an operation without an output. Members that are None are left out."""
    shape = service().operation_model(operation).output_shape
    return b"" if shape is None else cbor2.dumps(_as_cbor(shape, response))


def canonical_path(path: str) -> str:
    """The path of an operation without a prefix and without the namespace of the service; "" for every other path."""
    match = PATH.fullmatch(path)
    return f"/service/CodePipeline_20150709/operation/{match['operation']}" if match is not None else ""


def error(code: str, message: str) -> bytes:
    """The body of an error response; the service writes a shape's name with its namespace."""
    return cbor2.dumps({"__type": f"com.amazonaws.codepipeline#{code}", "message": encodable(message)})


def _refuse_tag(value: object, immutable: bool) -> NoReturn:
    raise ValueError("it has a tag that is not a timestamp's")


def _timestamp(seconds: object, immutable: bool) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
        raise ValueError("a timestamp is not a number of seconds")
    return seconds


_TAGS: Any = dict.fromkeys(_DECODED_TAGS, _refuse_tag) | {1: _timestamp}


def _as_json(value: Any) -> Any:
    """The value as the JSON protocol has it. A value of the wrong type stays, and validation reports it."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise serialization("It has a key that is not a text.")
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    return None if value is cbor2.undefined else value


def _as_cbor(shape: Shape | None, value: Any) -> Any:
    if isinstance(value, dict):
        items = (
            (key, _as_cbor(_member(shape, key), item)) for key, item in value.items() if item is not None
        )
        return dict(items)
    if isinstance(value, list | tuple):
        return [_as_cbor(_member(shape, None), item) for item in value]
    if shape is not None and shape.type_name == "timestamp":
        return cbor2.CBORTag(1, round(value, 3))
    return encodable(value) if isinstance(value, str) else value


def _member(shape: Shape | None, key: Any) -> Shape | None:
    """The shape of a structure's member, a map's value, or a list's item."""
    if isinstance(shape, StructureShape):
        return shape.members.get(key)
    if isinstance(shape, MapShape):
        return shape.value
    return shape.member if isinstance(shape, ListShape) else None
