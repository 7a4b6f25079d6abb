"""Artifact stores of a pipeline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EncryptionKey:
    """The KMS key that encrypts artifacts."""

    id: str
    type: str


@dataclass(frozen=True)
class ArtifactStore:
    """The S3 bucket for the artifacts."""

    location: str
    type: str = "S3"
    encryption_key: EncryptionKey | None = None
