"""The artifacts of a job, in the bucket: what every job worker has to do with the places that a job names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cp_teach.security.network.endpoints import REGION, Credentials, loopback
from cp_teach.security.network.server_keys import exported_keys_for
from cp_teach.work.sandbox.aws_clients import make_client


class Clients:
    """boto3 clients for a server on this machine, with its keys. Raises ``ValueError`` for another address."""

    def __init__(self, endpoint: str, region: str = REGION) -> None:
        self.endpoint, self.region = loopback(endpoint), region

    def client(self, service: str, keys: Mapping[str, str] | None = None) -> Any:
        """A client, with the keys of a job (AWSSessionCredentials) where they are given."""
        credentials = exported_keys_for(self.endpoint)
        if keys:
            credentials = Credentials(keys["accessKeyId"], keys["secretAccessKey"], keys.get("sessionToken"))
        return make_client(self.endpoint, service, self.region, credentials=credentials)


def place_of(artifact: Mapping[str, Any]) -> dict[str, str]:
    """Where an artifact of a job lies, or is to lie, as boto3 wants it."""
    where = artifact["location"]["s3Location"]
    return {"Bucket": where["bucketName"], "Key": where["objectKey"]}


def download(store: Any, artifact: Mapping[str, Any], to: Path) -> None:
    """Write an input artifact into a file. Raises boto3's ``ClientError``."""
    body = store.get_object(**place_of(artifact))["Body"]
    with to.open("wb") as file:
        for piece in body.iter_chunks(1 << 16):
            file.write(piece)


def upload(store: Any, artifact: Mapping[str, Any], path: Path) -> None:
    """Put a file where an output artifact is to lie. Raises boto3's ``ClientError``."""
    with path.open("rb") as body:
        store.put_object(**place_of(artifact), Body=body, ServerSideEncryption="aws:kms")
