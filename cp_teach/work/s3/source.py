"""A versioned S3 bucket in a folder of this machine, and the S3 source action."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cp_teach.atomic_write import copy_atomically, write_atomically
from cp_teach.engine.model.ids import derived
from cp_teach.work.task import Done, Task, missing_key, not_found

MAX_KEY = 1024
"""The maximum length of a key in bytes (S3)."""


class Version(NamedTuple):
    """One version of an object."""

    key: str
    id: str
    etag: str
    """The MD5 digest in hexadecimal digits, as in S3 for an object that was uploaded in one part."""
    size: int
    """In bytes."""
    summary: str = ""
    """The description of the uploader (S3: the metadata codepipeline-artifact-revision-summary)."""


class Bucket:
    """A bucket in a folder, which is created if necessary. Every version of every object is kept.

    ``objects`` in the folder holds the bytes of each version, and ``versions.jsonl`` has a line for each.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._objects, self._list = self.folder / "objects", self.folder / "versions.jsonl"
        self._objects.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()

    def put(self, key: str, file: Path | str, summary: str = "") -> str:
        """Put a file, and return the ID of the new version. The same bytes put again are also a new version.

        IDs are derived from the key, the bytes, and the number of earlier versions. Raises ``ValueError`` for an
        invalid key or a missing file.
        """
        if not 0 < len(key.encode()) <= MAX_KEY:
            raise ValueError(f"A key must have 1 to {MAX_KEY} bytes. Write something like app.zip.")
        if not Path(file).is_file():
            raise ValueError(f"The file {file} does not exist. Give the file to upload.")
        with Path(file).open("rb") as data:
            digest = hashlib.file_digest(data, "md5").hexdigest()
        with self._lock:
            id = derived(digest, len(self.versions()), 0, key, 32)
            version = Version(key, id, digest, Path(file).stat().st_size, summary)
            copy_atomically(Path(file), self.path(version))
            # Write atomically, because half a line, left by a full disk, would spoil the next line, too.
            write_atomically(self._list, f"{self._lines()}{json.dumps(version._asdict())}\n")
        return id

    def _lines(self) -> str:
        """The complete lines of the list. A former version of the kit may have left an incomplete line at the end."""
        text = self._list.read_text(encoding="utf-8") if self._list.exists() else ""
        return text[: text.rfind("\n") + 1]

    def versions(self, key: str | None = None) -> list[Version]:
        """All versions, or those of one object, oldest first."""
        versions = [Version(**json.loads(line)) for line in self._lines().splitlines()]
        return versions if key is None else [each for each in versions if each.key == key]

    def find(self, key: str, id: str = "") -> Version | None:
        """The version of an object with this ID, or the newest if there is none; None if there is no such object."""
        versions = self.versions(key)
        return next((each for each in versions if each.id == id), versions[-1] if versions else None)

    def path(self, version: Version) -> Path:
        """The file with the bytes of a version, for reading only."""
        return self._objects / version.id


class S3Source:
    """The S3 source action: its artifact is an object as it is, zip file or not; ``buckets`` maps names to buckets.

    Configuration: S3Bucket, S3ObjectKey. It uses the version in the execution, or the newest if the bucket does not
    have that version. Fails with ConfigurationError for a missing bucket or object. Source of keys and variables: user
    guide, action-reference-S3.
    """

    def __init__(self, buckets: Mapping[str, Bucket]) -> None:
        self.buckets = dict(buckets)

    def __call__(self, task: Task) -> Done:
        """Carry out the task; see ``Perform``."""
        if failure := missing_key(task, "S3Bucket", "S3ObjectKey"):
            return failure
        name, key = task.configuration["S3Bucket"], task.configuration["S3ObjectKey"]
        if len(task.outputs) != 1:
            return Done("ConfigurationError", f"{task.action} needs exactly one output artifact. Name one.")
        if name not in self.buckets:
            return not_found(task, "bucket", name, self.buckets)
        bucket = self.buckets[name]
        version = bucket.find(key, task.revisions.get(task.action, ""))
        if version is None:
            keys = dict.fromkeys(each.key for each in bucket.versions())
            return not_found(task, f"object in bucket {name} with key", key, keys)
        artifact = task.folder / f"{task.outputs[0]}.zip"
        shutil.copyfile(bucket.path(version), artifact)
        task.log(f"s3://{name}/{key} version {version.id}, {version.size:,} bytes")
        return Done(
            message=version.summary or f"Amazon S3 version id: {version.id}",
            outputs={task.outputs[0]: artifact},
            variables={
                "BucketName": name,
                "ETag": version.etag,
                "ObjectKey": key,
                "VersionId": version.id,
            },
            external_id=version.id,
        )
