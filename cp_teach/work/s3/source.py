"""A versioned S3 bucket, played by a folder of this machine, and the source action that reads from it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from cp_teach.atomic_write import write_atomically
from cp_teach.engine.model.ids import derived
from cp_teach.work.runtime.polling_thread import Looking, tell
from cp_teach.work.runtime.task import Done, Task
from cp_teach.work.sources.git_source import missing, unknown

KEY = 1024
"""How long a key may be, in bytes (S3's rule)."""


class Version(NamedTuple):
    """One version of an object."""

    key: str
    id: str
    etag: str
    """The MD5 of its bytes, in hexadecimal digits, as S3 has it for an object that came in one part."""
    size: int
    """In bytes."""
    summary: str = ""
    """What whoever put it has said of it (S3: the metadata codepipeline-artifact-revision-summary)."""


class Bucket:
    """A bucket in a folder, which is made where it is not there: every version of every object is kept.

    ``objects`` in it has the bytes of each version, ``versions.jsonl`` a line for each.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self._objects, self._list = self.folder / "objects", self.folder / "versions.jsonl"
        self._objects.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()

    def put(self, key: str, file: Path | str, summary: str = "") -> str:
        """Put a file; the id of the new version. The same bytes put again are a new version, too.

        Ids are derived from the key, the bytes and how many were put before. Raises ``ValueError`` for a key or file
        that cannot be used.
        """
        if not 0 < len(key.encode()) <= KEY:
            raise ValueError(f"A key has 1 to {KEY} bytes. Write something like app.zip.")
        if not Path(file).is_file():
            raise ValueError(f"There is no file {file}. Give the file to upload.")
        coming = self._objects / f"coming-{uuid.uuid4().hex}"
        try:
            shutil.copyfile(file, coming)
            with coming.open("rb") as data:
                digest = hashlib.file_digest(data, "md5").hexdigest()
            with self._lock:
                id = derived(digest, len(self.versions()), 0, key, 32)
                made = Version(key, id, digest, coming.stat().st_size, summary)
                os.replace(coming, self.path(made))  # noqa: PTH105 - atomic, as os.replace promises
                # Write atomically, because half a line, left by a full disk, would spoil the next line, too.
                write_atomically(self._list, f"{self._lines()}{json.dumps(made._asdict())}\n")
        finally:
            coming.unlink(missing_ok=True)
        return id

    def _lines(self) -> str:
        """The complete lines of the list; an older version may have left half a line at the end."""
        text = self._list.read_text(encoding="utf-8") if self._list.exists() else ""
        return text[: text.rfind("\n") + 1]

    def versions(self, key: str | None = None) -> list[Version]:
        """All versions, or those of one object, oldest first."""
        found = [Version(**json.loads(line)) for line in self._lines().splitlines()]
        return found if key is None else [each for each in found if each.key == key]

    def find(self, key: str, id: str = "") -> Version | None:
        """That version of an object; the newest where there is no such version; None where there is no object."""
        known = self.versions(key)
        return next((each for each in known if each.id == id), known[-1] if known else None)

    def path(self, version: Version) -> Path:
        """The file with the bytes of a version. Only to be read."""
        return self._objects / version.id

    def watch(self, heard: Callable[[Version], None]) -> Looking:
        """Tell of each version that is put from now on, in a thread of its own, within half a second or so. End with
        ``stop()``, or use it in a ``with``."""
        seen = [len(self.versions())]

        def look() -> None:
            known = self.versions()
            news, seen[0] = known[seen[0] :], len(known)
            for version in news:
                tell(heard, version)

        return Looking(look, f"objects put into {self.folder.name}")


class S3Source:
    """The source action S3: hands on an object as it is, be it a zip file or not; ``buckets`` by their names.

    Configuration: S3Bucket, S3ObjectKey. The version is the one that the execution carries; where the bucket does not
    know that one, the newest. Fails with ConfigurationError for a bucket or object that is not there. Source of keys
    and variables: user guide, action-reference-S3.
    """

    def __init__(self, buckets: Mapping[str, Bucket]) -> None:
        self.buckets = dict(buckets)

    def __call__(self, task: Task) -> Done:
        """Do one run of the action."""
        if lacks := missing(task, "S3Bucket", "S3ObjectKey"):
            return lacks
        name, key = task.configuration["S3Bucket"], task.configuration["S3ObjectKey"]
        if len(task.outputs) != 1:
            return Done("ConfigurationError", f"{task.action} needs exactly one output artifact. Name one.")
        if name not in self.buckets:
            return unknown(task, "bucket", name, self.buckets)
        bucket = self.buckets[name]
        version = bucket.find(key, task.revisions.get(task.action, ""))
        if version is None:
            keys = dict.fromkeys(each.key for each in bucket.versions())
            return unknown(task, f"object in bucket {name} with key", key, keys)
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
