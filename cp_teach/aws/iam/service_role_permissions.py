"""What the roles of a pipeline must be allowed to do, action by action; what a policy lacks of it, and has beyond it.

Sources: user guide, "Manage the CodePipeline service role" and the pages of the action structure reference ("Service
role permissions"); the ARNs are those of the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cp_teach.aws.account.artifact_buckets import store_of
from cp_teach.aws.iam.policy_evaluation import Document, Policy, decide
from cp_teach.pipeline import Action, ArtifactStore, Pipeline

Table = dict[tuple[str, str], tuple[tuple[str, str], ...]]

OF_PROVIDERS: Table = {
    ("Source", "S3"): (
        ("s3:GetBucketVersioning", "arn:{partition}:s3:::{S3Bucket}"),
        ("s3:GetObject", "arn:{partition}:s3:::{S3Bucket}/{S3ObjectKey}"),
        ("s3:GetObjectVersion", "arn:{partition}:s3:::{S3Bucket}/{S3ObjectKey}"),
    ),
    ("Source", "CodeCommit"): tuple(
        (f"codecommit:{name}", "arn:{partition}:codecommit:{region}:{account}:{RepositoryName}")
        for name in ("GetBranch", "GetCommit", "UploadArchive", "GetUploadArchiveStatus")
    ),
    ("Source", "CodeStarSourceConnection"): (("codestar-connections:UseConnection", "{ConnectionArn}"),),
    ("Source", "ECR"): (
        ("ecr:DescribeImages", "arn:{partition}:ecr:{region}:{account}:repository/{RepositoryName}"),
    ),
    ("Build", "CodeBuild"): tuple(
        (f"codebuild:{name}", "arn:{partition}:codebuild:{region}:{account}:project/{ProjectName}")
        for name in ("StartBuild", "BatchGetBuilds")
    ),
    ("Deploy", "CodeDeploy"): (
        *(
            (
                f"codedeploy:{name}",
                "arn:{partition}:codedeploy:{region}:{account}:application:{ApplicationName}",
            )
            for name in ("GetApplication", "GetApplicationRevision", "RegisterApplicationRevision")
        ),
        *(
            (
                f"codedeploy:{name}",
                "arn:{partition}:codedeploy:{region}:{account}:deploymentgroup:{ApplicationName}/{DeploymentGroupName}",
            )
            for name in ("CreateDeployment", "GetDeployment")
        ),
        (
            "codedeploy:GetDeploymentConfig",
            "arn:{partition}:codedeploy:{region}:{account}:deploymentconfig:*",
        ),
    ),
    ("Deploy", "S3"): (("s3:PutObject", "arn:{partition}:s3:::{BucketName}/*"),),
    ("Deploy", "CloudFormation"): (
        *(
            (
                f"cloudformation:{name}",
                "arn:{partition}:cloudformation:{region}:{account}:stack/{StackName}/*",
            )
            for name in ("DescribeStacks", "CreateStack", "UpdateStack", "DeleteStack")
        ),
        ("iam:PassRole", "{RoleArn}"),
    ),
    ("Invoke", "Lambda"): (
        ("lambda:InvokeFunction", "arn:{partition}:lambda:{region}:{account}:function:{FunctionName}"),
    ),
    ("Invoke", "StepFunctions"): (
        ("states:DescribeStateMachine", "{StateMachineArn}"),
        ("states:StartExecution", "{StateMachineArn}"),
    ),
    ("Approval", "Manual"): (("sns:Publish", "{NotificationArn}"),),
}
"""(category, provider) -> (permission, resource). A row whose configuration key is not filled in is not needed."""
OF_PROVIDERS["Test", "CodeBuild"] = OF_PROVIDERS["Build", "CodeBuild"]

NOTHING = {("Source", "GitHub")}
"""They work with a secret of their own; of the role they want their artifacts only."""


class Need(NamedTuple):
    """One thing that a role must be allowed: ``by`` is the action that needs it, as "Stage/Action"."""

    action: str
    resource: str
    by: str
    role: str
    """The ARN of the role that has to have it: the pipeline's service role, or the action's own."""


def needs(pipeline: Pipeline, region: str = "us-east-1") -> list[Need]:
    """All that the roles of this pipeline must be allowed, in the order of its actions, each once an action."""
    return [
        need
        for stage in pipeline.stages
        for action in stage.actions
        for need in of_action(pipeline, stage.name, action, region)
    ]


def of_action(pipeline: Pipeline, stage: str, action: Action, region: str) -> list[Need]:
    """The needs of one action: of its provider, of its artifacts, and the way to its own role."""
    by, role = f"{stage}/{action.name}", action.role_arn or pipeline.role_arn
    where = {**_place(role), "region": action.region or region, **action.settings}
    found = []
    if action.role_arn:
        found.append(Need("sts:AssumeRole", action.role_arn, by, pipeline.role_arn))
    if action.region not in (None, region):
        found += _crossing(pipeline, action, region, by)
    store = store_of(pipeline, action.region or region)
    wanted = [
        *_stored(pipeline, action.input_names, store, "s3:GetObject", where),
        *_stored(pipeline, action.output_names, store, "s3:PutObject", where),
        *_provider(action, where),
    ]
    found += [Need(permission, resource, by, role) for permission, resource in wanted]
    return list(dict.fromkeys(found))


def unlisted(pipeline: Pipeline) -> list[str]:
    """The actions ("Stage/Action") whose providers need more than is listed here: look in their own pages."""
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
    """What the service role would lack if it had these policies and no other; empty where they suffice.

    What an action's own role needs is not asked of the service role. Raises ``BadPolicy``.
    """
    read = _read(policies)
    return [
        need
        for need in needs(pipeline, region)
        if need.role == pipeline.role_arn and not decide(read, need.action, need.resource)
    ]


def excess(pipeline: Pipeline, policies: Document | Iterable[Policy], region: str = "us-east-1") -> list[str]:
    """What these policies allow beyond the needs of the service role, in sentences; empty for least privilege.

    Tried are every needed permission on a resource of somebody else, an operation that nobody needs in every needed
    service, and the keys to the house: IAM. Raises ``BadPolicy``.
    """
    read = _read(policies)
    mine = [need for need in needs(pipeline, region) if need.role == pipeline.role_arn]
    found = []
    for action in dict.fromkeys(need.action for need in mine):
        needed = [need.resource for need in mine if need.action == action]
        foreign = _foreign(needed[0])
        wide = any(resource.endswith(":*") for resource in needed)  # then everybody's is needed
        if not wide and decide(read, action, foreign):
            found.append(
                f"{action} is allowed on resources that the pipeline does not use, such as {foreign}."
            )
    for service in dict.fromkeys(need.action.split(":")[0] for need in mine):
        if decide(read, f"{service}:AnythingElse", "arn:aws:any:::thing"):
            found.append(f"{service}:* allows operations of {service} that the pipeline never calls.")
    if decide(read, "iam:CreateUser", "arn:aws:iam::123456789012:user/anybody"):
        found.append("It may create users: whoever holds this role can give themselves everything.")
    return found


def _read(policies: Document | Iterable[Policy]) -> list[Policy]:
    return [Policy.read(policies)] if isinstance(policies, Policy | str | dict) else list(policies)


def _foreign(resource: str) -> str:
    """A resource of the same kind that belongs to nothing of the pipeline."""
    if resource.startswith("arn:") and ":s3:::" in resource:
        return resource.split(":s3:::")[0] + ":s3:::somebody-elses" + ("/*" if "/" in resource else "")
    head, _, name = resource.rpartition(":")
    kind = name.split("/")[0] + "/" if "/" in name and ":deploymentgroup" not in head else ""
    return f"{head}:{kind}somebody-elses"


def _place(role: str) -> dict[str, str]:
    """Partition and account of a role's ARN."""
    words = role.split(":")
    return (
        {"partition": words[1], "account": words[4]}
        if len(words) > 5
        else {"partition": "aws", "account": ""}
    )


def _crossing(pipeline: Pipeline, action: Action, region: str, by: str) -> Iterator[Need]:
    """The service brings the inputs over, as the pipeline's role: it reads in one bucket, and writes in the other."""
    place = _place(pipeline.role_arn)
    for there, permission in ((region, "s3:GetObject"), (action.region or region, "s3:PutObject")):
        store, where = store_of(pipeline, there), {**place, "region": there}
        for wanted, resource in _stored(pipeline, action.input_names, store, permission, where):
            yield Need(wanted, resource, by, pipeline.role_arn)


def _stored(
    pipeline: Pipeline,
    names: Sequence[str],
    store: ArtifactStore | None,
    permission: str,
    where: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """What it takes to read or write these artifacts in that store: its objects, and its key if it has one."""
    if store is None or not names:
        return
    for name in names:
        # Keys are cut as ``Artifact.key`` cuts them.
        objects = f"{pipeline.name[:20]}/{name[:10]}/*"
        yield permission, f"arn:{where['partition']}:s3:::{store.location}/{objects}"
    if store.encryption_key is not None:
        key = store.encryption_key.id
        if not key.startswith("arn:"):
            # Which key an alias means is known to KMS alone: the alias stands for it.
            key = key if key.startswith("alias/") else f"key/{key}"
            key = f"arn:{where['partition']}:kms:{where['region']}:{where['account']}:{key}"
        yield ("kms:Decrypt" if permission == "s3:GetObject" else "kms:GenerateDataKey"), key


def _provider(action: Action, where: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for permission, resource in OF_PROVIDERS.get((action.category, action.provider), ()):
        try:
            yield permission, resource.format_map(where)
        except KeyError:  # an approval without a topic publishes nothing
            continue
