"""The artifacts of a job, in the bucket: what every job worker has to do with the places that a job names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cp_teach.work.loopback import REGION, exported_keys_for, loopback


class Clients:
    """boto3 clients for a server on this machine, with the keys that it takes. Raises ``ValueError`` for another."""

    def __init__(self, endpoint: str, region: str = REGION) -> None:
        self.endpoint, self.region = loopback(endpoint), region

    def client(self, service: str, keys: Mapping[str, str] | None = None) -> Any:
        """A client, with the keys of a job (AWSSessionCredentials) where they are given."""
        from botocore.config import Config

        own = exported_keys_for(self.endpoint)
        mine = keys or {"accessKeyId": own.id, "secretAccessKey": own.secret}
        return self._session.client(
            service,
            endpoint_url=self.endpoint,
            aws_access_key_id=mine["accessKeyId"],
            aws_secret_access_key=mine["secretAccessKey"],
            aws_session_token=mine.get("sessionToken"),
            config=Config(proxies={}, s3={"addressing_style": "path"}),
        )

    @cached_property
    def _session(self) -> Any:
        from boto3.session import Session

        # With keys of its own, so that it never looks for those of the user.
        return Session(*exported_keys_for(self.endpoint), region_name=self.region)


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
