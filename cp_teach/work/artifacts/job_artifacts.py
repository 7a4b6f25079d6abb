"""Download and upload the artifacts of a job, as a job worker does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cp_teach.security.network.endpoints import REGION, Credentials, require_loopback
from cp_teach.security.network.server_keys import exported_keys_for
from cp_teach.work.sandbox.aws_clients import make_client


class Clients:
    """boto3 clients for a server on this machine, with its keys. Raises ``ValueError`` for another address."""

    def __init__(self, endpoint: str, region: str = REGION) -> None:
        self.endpoint, self.region = require_loopback(endpoint), region

    def client(self, service: str, keys: Mapping[str, str] | None = None) -> Any:
        """A client, with a job's keys (AWSSessionCredentials) if they are given."""
        credentials = exported_keys_for(self.endpoint)
        if keys:
            credentials = Credentials(keys["accessKeyId"], keys["secretAccessKey"], keys.get("sessionToken"))
        return make_client(self.endpoint, service, self.region, credentials=credentials)


def s3_object(artifact: Mapping[str, Any]) -> dict[str, str]:
    """The bucket and key of a job's artifact, as arguments of boto3."""
    location = artifact["location"]["s3Location"]
    return {"Bucket": location["bucketName"], "Key": location["objectKey"]}


def download(s3: Any, artifact: Mapping[str, Any], to: Path) -> None:
    """Write an input artifact to a file. Raises boto3's ``ClientError``."""
    body = s3.get_object(**s3_object(artifact))["Body"]
    with to.open("wb") as file:
        for chunk in body.iter_chunks(1 << 16):
            file.write(chunk)


def upload(s3: Any, artifact: Mapping[str, Any], path: Path) -> None:
    """Upload a file as an output artifact. Raises boto3's ``ClientError``."""
    with path.open("rb") as body:
        s3.put_object(**s3_object(artifact), Body=body, ServerSideEncryption="aws:kms")
