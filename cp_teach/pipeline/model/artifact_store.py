"""Where a pipeline keeps its artifacts (shapes of AWS's service model)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EncryptionKey:
    """The KMS key that artifacts are encrypted with."""

    id: str
    type: str


@dataclass(frozen=True)
class ArtifactStore:
    """The S3 bucket that keeps the artifacts."""

    location: str
    type: str = "S3"
    encryption_key: EncryptionKey | None = None
