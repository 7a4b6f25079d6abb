"""The deploy action S3: its input artifact, or what is in it, becomes objects of a bucket: files in a folder.

Source: user guide, action-reference-S3Deploy. The action has no output variables.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import unquote

from cp_teach.atomic_write import copy_atomically
from cp_teach.work.artifacts.zip_artifacts import BadArtifact, unpack
from cp_teach.work.runtime.task import Done, Task
from cp_teach.work.sandbox.run_command import Limits

BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
KEY_BYTES = 1024
"""How long a key may be, in bytes of UTF-8."""
TOLD = ("KMSEncryptionKeyARN", "CannedACL", "CacheControl")
EMPTY = "%"
"""What an empty part of a key is on disk. A true per cent sign is %25 there, so the two cannot be mistaken."""


class S3Deploy:
    """What the provider S3 does with a deploy action.

    ``folder`` has a folder for each bucket. ``buckets`` are those that there are; without it, every bucket that is
    asked for is made.

    A key ``css/main.css`` is the file css/main.css in its bucket's folder. With ``Extract`` the prefix ObjectKey is
    joined to each name with another slash, so that ``deployed/`` gives the key ``deployed//index.html``: a learner
    should see that. The empty part of such a key is kept on disk as a folder ``%``: deployed/%/index.html; ``%`` in a
    key is ``%25``, and ``.`` and ``..`` are ``%2E`` and ``%2E%2E``. ``objects`` says the keys. Objects of
    earlier deployments that have no successor stay, as with AWS.
    """

    def __init__(
        self, folder: Path, buckets: Collection[str] | None = None, *, limits: Limits | None = None
    ) -> None:
        self.folder, self.buckets, self.limits = folder, buckets, limits or Limits()

    def __call__(self, task: Task) -> Done:
        """Put the task's one input artifact into its bucket; see ``Perform``."""
        if fault := self._fault(task):
            return Done("ConfigurationError", fault)
        (artifact,) = task.inputs.values()
        bucket, key = task.configuration["BucketName"], task.configuration.get("ObjectKey", "")
        for name in TOLD:
            if task.configuration.get(name):
                task.log(f"{name} is for S3; a file in a folder has none.")
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
                self._free(bucket, name, place)
            for name, place in places.items():
                _put(objects[name], place)
                task.log(f"s3://{bucket}/{name}")
        except (BadArtifact, ValueError) as error:
            return Done("JobFailed", str(error))
        except FileNotFoundError:
            return Done("JobFailed", f"The input artifact is missing: there is no file {artifact.name}.")
        except OSError as error:
            return Done("JobFailed", f"The bucket's folder cannot be written to: {error.strerror or error}.")
        return Done()

    def _fault(self, task: Task) -> str:
        configuration = task.configuration
        if len(task.inputs) != 1:
            return f"An S3 deploy action takes exactly one input artifact; it has {', '.join(task.inputs) or 'none'}."
        bucket = configuration.get("BucketName", "")
        if not BUCKET.fullmatch(bucket):
            return (
                f"BucketName: {bucket!r} is no bucket: write 3 to 63 small letters, digits, hyphens and dots."
            )
        if self.buckets is not None and bucket not in self.buckets:
            return (
                f"The bucket {bucket} does not exist. There are: {', '.join(sorted(self.buckets)) or 'none'}."
            )
        if configuration.get("Extract") not in ("true", "false"):
            return (
                f"Extract: {configuration.get('Extract', '')!r} must be true (unpack the artifact) or false."
            )
        if configuration["Extract"] == "false" and not configuration.get("ObjectKey"):
            return "ObjectKey is needed when Extract is false: the key under which the zip is put."
        return ""

    def path(self, bucket: str, key: str) -> Path:
        """Where the object with this key is on disk. Raises ``ValueError`` for a key that cannot be."""
        parts = [_part(part) for part in key.split("/")]
        if len(key.encode()) > KEY_BYTES or max(len(part.encode()) for part in parts) > 255:
            raise ValueError(f"The key {key[:60]}… is too long: {KEY_BYTES} bytes, 255 between two slashes.")
        return self.folder.joinpath(bucket, *parts)

    def objects(self, bucket: str) -> dict[str, Path]:
        """The bucket's objects: key -> file."""
        top = self.folder / bucket
        found = [path for path in sorted(top.rglob("*")) if path.is_file() and not path.is_symlink()]
        return {
            "/".join("" if part == EMPTY else unquote(part) for part in path.relative_to(top).parts): path
            for path in found
        }

    def _free(self, bucket: str, key: str, place: Path) -> None:
        """A bucket may have the keys a and a/b; a disk cannot. Nothing was written when this is found."""
        top = self.folder / bucket
        taken = [
            each for each in place.parents if each.is_relative_to(top) and each != top and each.is_file()
        ]
        if taken or place.is_dir():
            raise ValueError(
                f"The key {key} cannot be kept: on disk a name is a file or a folder, and here it would be both. "
                "S3 itself could. Choose another ObjectKey."
            )
        if not place.parent.resolve().is_relative_to(self.folder.resolve()):
            raise ValueError(f"The key {key} leads out of the bucket's folder, through a link. Take it away.")


def _part(part: str) -> str:
    if part == "":
        return EMPTY
    if part in (".", ".."):
        return part.replace(".", "%2E")
    return part.replace("%", "%25").replace("\0", "%00")


def _put(source: Path, place: Path) -> None:
    """In one go: a reader sees the old object or the new one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    copy_atomically(source, place)
