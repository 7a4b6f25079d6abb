"""The permissions that the roles of a pipeline need, and what a policy lacks of them or has beyond them.

Sources: user guide, "Manage the CodePipeline service role" and the pages of the action structure reference ("Service
role permissions"); the ARNs are those of the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from cp_teach.aws.account.artifact_buckets import artifact_store_of
from cp_teach.aws.iam.policy_evaluation import Document, Policy, decide, read_policies
from cp_teach.pipeline import Action, ArtifactStore, Pipeline

OF_PROVIDERS = {
    ("Source", "S3"): {
        "arn:{partition}:s3:::{S3Bucket}": "s3:GetBucketVersioning",
        "arn:{partition}:s3:::{S3Bucket}/{S3ObjectKey}": "s3:GetObject s3:GetObjectVersion",
    },
    ("Source", "CodeCommit"): {
        "{RepositoryName}": (
            "codecommit:GetBranch codecommit:GetCommit codecommit:UploadArchive codecommit:GetUploadArchiveStatus"
        ),
    },
    ("Source", "CodeStarSourceConnection"): {"arn {ConnectionArn}": "codestar-connections:UseConnection"},
    ("Source", "ECR"): {"repository/{RepositoryName}": "ecr:DescribeImages"},
    ("Build", "CodeBuild"): {"project/{ProjectName}": "codebuild:StartBuild codebuild:BatchGetBuilds"},
    ("Deploy", "CodeDeploy"): {
        "application:{ApplicationName}": (
            "codedeploy:GetApplication codedeploy:GetApplicationRevision codedeploy:RegisterApplicationRevision"
        ),
        "deploymentgroup:{ApplicationName}/{DeploymentGroupName}": (
            "codedeploy:CreateDeployment codedeploy:GetDeployment"
        ),
        "deploymentconfig:*": "codedeploy:GetDeploymentConfig",
    },
    ("Deploy", "S3"): {"arn:{partition}:s3:::{BucketName}/*": "s3:PutObject"},
    ("Deploy", "CloudFormation"): {
        "stack/{StackName}/*": (
            "cloudformation:DescribeStacks cloudformation:CreateStack cloudformation:UpdateStack "
            "cloudformation:DeleteStack"
        ),
        "arn {RoleArn}": "iam:PassRole",
    },
    ("Invoke", "Lambda"): {"function:{FunctionName}": "lambda:InvokeFunction"},
    ("Invoke", "StepFunctions"): {
        "arn {StateMachineArn}": "states:DescribeStateMachine states:StartExecution"
    },
    ("Approval", "Manual"): {"arn {NotificationArn}": "sns:Publish"},
}
"""(category, provider) -> resource -> the permissions on it. A resource is an ARN, a key of the configuration that has
one ("arn {Key}"), or the part after the account. It is not needed if the configuration lacks its key."""
OF_PROVIDERS["Test", "CodeBuild"] = OF_PROVIDERS["Build", "CodeBuild"]

NOTHING = {("Source", "GitHub")}
"""Providers that use their own secret, and need the role for artifacts only."""


class Need(NamedTuple):
    """One permission that a role needs; ``by`` is the action that needs it, as "Stage/Action"."""

    action: str
    resource: str
    by: str
    role: str
    """The ARN of the role: the pipeline's service role or the action's own role."""


def needs(pipeline: Pipeline, region: str = "us-east-1") -> list[Need]:
    """All permissions that the roles of a pipeline need, in the order of its actions, without duplicates per action."""
    return [
        need
        for stage in pipeline.stages
        for action in stage.actions
        for need in action_needs(pipeline, stage.name, action, region)
    ]


def action_needs(pipeline: Pipeline, stage: str, action: Action, region: str) -> list[Need]:
    """The permissions that one action needs: for its provider, for its artifacts, and to assume its own role."""
    by, role = f"{stage}/{action.name}", action.role_arn or pipeline.role_arn
    where = {**_role_place(role), "region": action.region or region, **action.settings}
    needed = []
    if action.role_arn:
        needed.append(Need("sts:AssumeRole", action.role_arn, by, pipeline.role_arn))
    if action.region not in (None, region):
        needed += _cross_region(pipeline, action, region, by)
    store = artifact_store_of(pipeline, action.region or region)
    permissions = [
        *_stored(pipeline, action.input_names, store, "s3:GetObject", where),
        *_stored(pipeline, action.output_names, store, "s3:PutObject", where),
        *_provider(action, where),
    ]
    needed += [Need(permission, resource, by, role) for permission, resource in permissions]
    return list(dict.fromkeys(needed))


def unlisted(pipeline: Pipeline) -> list[str]:
    """The actions ("Stage/Action") whose providers are not in the tables here; see their own documentation."""
    return [
        f"{stage.name}/{action.name}"
        for stage in pipeline.stages
        for action in stage.actions
        if action.type.owner != "Custom"
        and not {(action.category, action.provider)} & {*OF_PROVIDERS, *NOTHING}
    ]


def lacking(
    pipeline: Pipeline, policies: Document | Iterable[Policy], region: str = "us-east-1"
) -> list[Need]:
    """The permissions that the service role lacks with these policies alone; empty if they suffice.

    The needs of an action's own role do not count. Raises ``BadPolicy`` if a document is invalid.
    """
    read = read_policies(policies)
    return [
        need
        for need in needs(pipeline, region)
        if need.role == pipeline.role_arn and not decide(read, need.action, need.resource)
    ]


def excess(pipeline: Pipeline, policies: Document | Iterable[Policy], region: str = "us-east-1") -> list[str]:
    """Sentences about what these policies allow beyond the needs of the service role; empty for least privilege.

    The probes are each needed permission on an unrelated resource, an unneeded operation of each needed service, and
    the creation of IAM users. Raises ``BadPolicy`` if a document is invalid.
    """
    read = read_policies(policies)
    mine = [need for need in needs(pipeline, region) if need.role == pipeline.role_arn]
    sentences = []
    for action in dict.fromkeys(need.action for need in mine):
        needed = [need.resource for need in mine if need.action == action]
        foreign = _foreign(needed[0])
        wide = any(resource.endswith(":*") for resource in needed)  # then every resource is needed
        if not wide and decide(read, action, foreign):
            sentences.append(
                f"{action} is allowed on resources that the pipeline does not use, such as {foreign}."
            )
    for service in dict.fromkeys(need.action.split(":")[0] for need in mine):
        if decide(read, f"{service}:AnythingElse", "arn:aws:any:::thing"):
            sentences.append(f"{service}:* allows operations of {service} that the pipeline never calls.")
    if decide(read, "iam:CreateUser", "arn:aws:iam::123456789012:user/unrelated"):
        sentences.append("The policies can create users, so this role could get every other permission.")
    return sentences


def _foreign(resource: str) -> str:
    """A resource of the same type that the pipeline does not use."""
    if resource.startswith("arn:") and ":s3:::" in resource:
        return resource.split(":s3:::")[0] + ":s3:::unrelated" + ("/*" if "/" in resource else "")
    head, _, name = resource.rpartition(":")
    kind = name.split("/")[0] + "/" if "/" in name and ":deploymentgroup" not in head else ""
    return f"{head}:{kind}unrelated"


def _role_place(role: str) -> dict[str, str]:
    """Partition and account in the ARN of a role."""
    parts = role.split(":")
    partition, account = (parts[1], parts[4]) if len(parts) > 5 else ("aws", "")
    return {"partition": partition, "account": account}


def _cross_region(pipeline: Pipeline, action: Action, region: str, by: str) -> Iterator[Need]:
    """The service copies the inputs with the pipeline's role: it reads from one bucket and writes to the other."""
    role = _role_place(pipeline.role_arn)
    for there, permission in ((region, "s3:GetObject"), (action.region or region, "s3:PutObject")):
        store, where = artifact_store_of(pipeline, there), {**role, "region": there}
        for needed, resource in _stored(pipeline, action.input_names, store, permission, where):
            yield Need(needed, resource, by, pipeline.role_arn)


def _stored(
    pipeline: Pipeline,
    names: Sequence[str],
    store: ArtifactStore | None,
    permission: str,
    where: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """The permissions to read or write artifacts in a store: on its objects, and on its encryption key if any."""
    if store is None or not names:
        return
    for name in names:
        # ``Artifact.key`` truncates names in the same way.
        objects = f"{pipeline.name[:20]}/{name[:10]}/*"
        yield permission, f"arn:{where['partition']}:s3:::{store.location}/{objects}"
    if store.encryption_key is not None:
        key = store.encryption_key.id
        if not key.startswith("arn:"):
            # Only KMS can resolve an alias to its key.
            key = key if key.startswith("alias/") else f"key/{key}"
            key = f"arn:{where['partition']}:kms:{where['region']}:{where['account']}:{key}"
        yield ("kms:Decrypt" if permission == "s3:GetObject" else "kms:GenerateDataKey"), key


def _provider(action: Action, where: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for resource, permissions in OF_PROVIDERS.get((action.category, action.provider), {}).items():
        for permission in permissions.split():
            service = permission.partition(":")[0]
            own = f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"
            arn = resource.removeprefix("arn ") if resource.startswith("arn") else own
            with suppress(KeyError):  # such as an approval without a topic
                yield permission, arn.format_map(where)
