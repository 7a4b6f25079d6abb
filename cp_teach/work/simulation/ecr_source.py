"""The source action ECR, simulated: there is no image, only what a pipeline is told of one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping

from cp_teach.work.artifacts.zip_artifacts import pack
from cp_teach.work.runtime.task import Done, Task
from cp_teach.work.sources.git_source import missing, unknown

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SAID = "Simulated: there is no image; its digest is derived from the revision."


class ECR:
    """Tells of an image in the artifact ``imageDetail.json``, which it hands on as a zip file.

    Configuration: RepositoryName, and ImageTag ("latest" if it has none). The digest is the revision of the
    execution where that is one, or else derived from it, so that the same revision is always the same image.
    ``repositories`` names those that there are; without it there is any. Source of the file and of the variables: user
    guide, file-reference and action-reference-ECR.
    """

    def __init__(
        self,
        repositories: Collection[str] | None = None,
        *,
        account: str = "123456789012",
        region: str = "us-east-1",
    ) -> None:
        self.repositories = None if repositories is None else dict.fromkeys(repositories)
        self.account, self.region = account, region

    def __call__(self, task: Task) -> Done:
        """Do one run of the action."""
        if lacks := missing(task, "RepositoryName"):
            return lacks
        name, tag = task.configuration["RepositoryName"], task.configuration.get("ImageTag") or "latest"
        if len(task.outputs) != 1:
            return Done("ConfigurationError", f"{task.action} needs exactly one output artifact. Name one.")
        if self.repositories is not None and name not in self.repositories:
            return unknown(task, "image repository", name, self.repositories)
        digest = derived_digest(name, tag, task.revisions.get(task.action, ""))
        variables = {
            "ImageDigest": digest,
            "ImageTag": tag,
            "ImageURI": f"{self.account}.dkr.ecr.{self.region}.amazonaws.com/{name}@{digest}",
            "RegistryId": self.account,
            "RepositoryName": name,
        }
        artifact = task.folder / f"{task.outputs[0]}.zip"
        (task.folder / "imageDetail.json").write_text(
            json.dumps(_detail(variables), indent=1) + "\n", encoding="utf-8"
        )
        pack(task.folder, ["imageDetail.json"], artifact)
        task.log(SAID)
        task.log(variables["ImageURI"])
        return Done(
            message=SAID, outputs={task.outputs[0]: artifact}, variables=variables, external_id=digest
        )


def derived_digest(name: str, tag: str, revision: str) -> str:
    """The digest of the image that a revision stands for: the revision itself where it is one."""
    if DIGEST.fullmatch(revision):
        return revision
    return f"sha256:{hashlib.sha256(f'{name}:{tag}@{revision}'.encode()).hexdigest()}"


def _detail(variables: Mapping[str, str]) -> dict[str, object]:
    # A size and a date would be made up without telling anybody anything.
    return {
        "ImageDigest": variables["ImageDigest"],
        "ImageTags": [variables["ImageTag"]],
        "ImageURI": variables["ImageURI"],
        "RegistryId": variables["RegistryId"],
        "RepositoryName": variables["RepositoryName"],
        "Version": "1.0",
    }
