"""The environment variables that CodeBuild sets in a build that CodePipeline has started.

Sources: CodeBuild user guide, "Environment variables in build environments"; environments of real builds that were
printed in public logs. What the guide sets only for webhooks, batch builds, and public builds is not set here, because
CodePipeline starts no such build.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from cp_teach.work.codebuild.build import Build
from cp_teach.work.task import Task

ACCOUNT = "123456789012"
"""The account of all simulated and local resources."""
IMAGE = "aws/codebuild/amazonlinux2-x86_64-standard:5.0"
"""The image of a project on AWS. The commands run on this machine."""


def build_arn(build: str, region: str) -> str:
    """The ARN of the build with this ID."""
    return f"arn:aws:codebuild:{region}:{ACCOUNT}:build/{build}"


def build_environment(task: Task, build: Build, primary: str, image: str = IMAGE) -> dict[str, str]:
    """The variables of a build whose buildspec is in the artifact ``primary``. The build adds those that change
    (CODEBUILD_BUILD_SUCCEEDING), and those of its folders (CODEBUILD_SRC_DIR and, for each further artifact,
    CODEBUILD_SRC_DIR_NAME)."""
    region, number = task.region, build.id.rpartition(":")[2]
    console = f"https://{region}.console.aws.amazon.com/codebuild/home?region={region}"
    variables = {
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "CI": "true",
        "CODEBUILD_BUILD_ARN": build_arn(build.id, region),
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": image,
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_BUILD_URL": f"{console}#/builds/{build.id}/view/new",
        "CODEBUILD_CI": "true",
        "CODEBUILD_INITIATOR": f"codepipeline/{task.pipeline}",
        "CODEBUILD_KMS_KEY_ID": f"arn:aws:kms:{region}:{ACCOUNT}:alias/aws/s3",
        "CODEBUILD_LOG_PATH": number,
        "CODEBUILD_PROJECT_ARN": f"arn:aws:codebuild:{region}:{ACCOUNT}:project/{build.project}",
        "CODEBUILD_PROJECT_UUID": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{region}/{build.project}")),
        "CODEBUILD_START_TIME": str(int(time.time() * 1000)),
    }
    for name in task.inputs:
        suffix = "" if name == primary else f"_{name}"
        variables |= _source_variables(task, name, suffix)
    return variables


def _source_variables(task: Task, artifact: str, suffix: str) -> Mapping[str, str]:
    """The variables of one input artifact. Its version is the place of the artifact, and its resolved version is the
    revision of its source (from public logs of real builds)."""
    location = task.locations.get(artifact)
    revisions = dict(location.revisions if location is not None else task.revisions)
    revision = next(iter(revisions.values()), "")
    version = location.arn if location is not None and location.bucket else revision
    found = {f"CODEBUILD_SOURCE_VERSION{suffix}": version, f"CODEBUILD_SOURCE_REPO_URL{suffix}": ""}
    if revision and not suffix:
        found["CODEBUILD_RESOLVED_SOURCE_VERSION"] = revision
    return found
