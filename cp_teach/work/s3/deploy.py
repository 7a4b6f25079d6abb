"""The S3 deploy action: it copies its input artifact, or the contents, to a bucket, which is a folder.

Source: user guide, action-reference-S3Deploy. The action has no output variables.
"""

from __future__ import annotations

import re
from pathlib import Path

from cp_teach.atomic_write import copy_atomically
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact, unpack
from cp_teach.work.sandbox.limits import USUAL, Limits
from cp_teach.work.task import Done, Task

BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
MAX_KEY = 1024
"""The maximum length of a key in bytes of UTF-8."""
IGNORED = ("KMSEncryptionKeyARN", "CannedACL", "CacheControl")
EMPTY_PART = "%"
"""The name on disk of an empty part of a key. A percent sign becomes %25, so the two cannot be confused."""


class S3Deploy:
    """The S3 deploy provider.

    ``folder`` contains a folder for each bucket, which is created when an action needs it.

    The key ``css/main.css`` is the file css/main.css in its bucket's folder. With ``Extract``, the prefix ObjectKey is
    joined to each name with another slash, so ``deployed/`` gives the key ``deployed//index.html``, as on AWS. The
    empty part of such a key is a folder ``%`` on disk: deployed/%/index.html; ``%`` in a key becomes ``%25``, and
    ``.`` and ``..`` become ``%2E`` and ``%2E%2E``. Objects of earlier deployments that
    are not replaced stay, as on AWS.
    """

    def __init__(self, folder: Path, *, limits: Limits = USUAL) -> None:
        self.folder, self.limits = folder, limits

    def __call__(self, task: Task) -> Done:
        """Put the task's one input artifact into its bucket; see ``Perform``."""
        if problem := self._problem(task):
            return Done("ConfigurationError", problem)
        (artifact,) = task.inputs.values()
        bucket, key = task.configuration["BucketName"], task.configuration.get("ObjectKey", "")
        for name in IGNORED:
            if task.configuration.get(name):
                task.log(f"{name} has no effect here: it is for S3, and the bucket is a folder.")
        try:
            if task.configuration["Extract"] == "true":
                place = task.folder / "extracted"
                unpack(artifact, place, self.limits)
                files = [path for path in sorted(place.rglob("*")) if path.is_file()]
                names = [path.relative_to(place).as_posix() for path in files]
                prefix = f"{key}/" if key else ""
                objects = {prefix + name: path for name, path in zip(names, files, strict=True)}
            else:
                objects = {key: artifact}
            places = {name: self.path(bucket, name) for name in objects}
            for name, place in places.items():
                self._check_free(bucket, name, place)
            for name, place in places.items():
                place.parent.mkdir(parents=True, exist_ok=True)
                copy_atomically(objects[name], place)
                task.log(f"s3://{bucket}/{name}")
        except (InvalidArtifact, ValueError) as error:
            return Done("JobFailed", str(error))
        except FileNotFoundError:
            return Done(
                "JobFailed", f"The input artifact is missing: the file {artifact.name} does not exist."
            )
        except OSError as error:
            return Done("JobFailed", f"The bucket's folder cannot be written to: {error.strerror or error}.")
        return Done()

    def _problem(self, task: Task) -> str:
        configuration = task.configuration
        if len(task.inputs) != 1:
            return f"An S3 deploy action takes exactly one input artifact; it has {', '.join(task.inputs) or 'none'}."
        bucket = configuration.get("BucketName", "")
        if not BUCKET.fullmatch(bucket):
            return (
                f"BucketName: {bucket!r} is not a valid name: use 3 to 63 lower-case letters, digits, - and ."
            )
        if configuration.get("Extract") not in ("true", "false"):
            return (
                f"Extract: {configuration.get('Extract', '')!r} must be true (unpack the artifact) or false."
            )
        if configuration["Extract"] == "false" and not configuration.get("ObjectKey"):
            return "ObjectKey is required when Extract is false: it is the key of the zip file."
        return ""

    def path(self, bucket: str, key: str) -> Path:
        """The path on disk of the object with this key. Raises ``ValueError`` for an invalid key."""
        parts = [_disk_name(part) for part in key.split("/")]
        if len(key.encode()) > MAX_KEY or max(len(part.encode()) for part in parts) > 255:
            raise ValueError(f"The key {key[:60]}… is too long: {MAX_KEY} bytes, 255 between two slashes.")
        return self.folder.joinpath(bucket, *parts)

    def _check_free(self, bucket: str, key: str, place: Path) -> None:
        """Raise ``ValueError`` if the key needs a name that is both a file and a folder; S3 allows that, a disk does
        not. Called before anything is written."""
        top = self.folder / bucket
        files = [
            parent
            for parent in place.parents
            if parent.is_relative_to(top) and parent != top and parent.is_file()
        ]
        if files or place.is_dir():
            raise ValueError(
                f"The key {key} cannot be stored: a name on disk would be both a file and a folder. "
                "S3 allows that. Choose another ObjectKey."
            )
        if not place.parent.resolve().is_relative_to(self.folder.resolve()):
            raise ValueError(
                f"The key {key} leads out of the bucket's folder through a link. Remove the link."
            )


def _disk_name(part: str) -> str:
    if part == "":
        return EMPTY_PART
    if part in (".", ".."):
        return part.replace(".", "%2E")
    return part.replace("%", "%25").replace("\0", "%00")
