"""boto3 clients that speak the protocol that a test chooses, where the service's model has it."""

import contextlib
import functools
from collections.abc import Iterator

import boto3
import botocore.model
import botocore.utils

JSON, CBOR = "json", "smithy-rpc-v2-cbor"


@contextlib.contextmanager
def preferring(protocol: str) -> Iterator[None]:
    """Clients that are made inside speak this protocol."""
    order = botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS
    botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = (
        protocol,
        *botocore.utils.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS,
    )
    try:
        yield
    finally:
        botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = order


def client(protocol: str, service: str = "codepipeline", **options):
    """A boto3 client in us-east-1 for this protocol."""
    with preferring(protocol):
        made = boto3.client(service, region_name="us-east-1", **options)
    assert made.meta.service_model.resolved_protocol == protocol
    return made


@functools.cache
def shared_client(protocol: str):
    """A client for moto that all tests share, because to make one takes longer than most of them."""
    return client(protocol)
