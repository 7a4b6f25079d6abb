"""External execution IDs, summaries, and links of each provider, as the console and the API show them."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.commands import Revision
from cp_teach.engine.model.ids import action_id, derived, uuid
from cp_teach.engine.model.state import SUCCEEDED
from cp_teach.pipeline import Action
from cp_teach.pipeline.catalogs.recorded_types import RecordedType, filled_url, recorded_types
from cp_teach.pipeline.revision_summary import revision_summary

Json: TypeAlias = dict[str, Any]

GITHUB = "https://github.com/{Config:Owner}/{Config:Repo}"
PARTNERS = {
    ("Source", "GitHub"): RecordedType(
        "Source",
        "GitHub",
        (0, 0),
        (1, 1),
        entity_url=GITHUB + "/tree/{Config:Branch}",
        revision_url=GITHUB + "/commit/{RevisionId}",
    ),
}
"""Types of partners with links (user guide: GitHub version 1). AWS's own types are in the catalog."""
SUMMARIES = {
    "AppConfig": "Deployment succeeded!",
    "CodeDeploy": "Deployment Succeeded",
    "CodeDeployToECS": "Deployment Succeeded",
    "S3": "Deployment Succeeded",
}
"""Provider -> the message about a success; every other provider has none (recorded on AWS, 2026)."""

RECORDED_IDS = (
    ("Build", "CodeBuild"),
    ("Test", "CodeBuild"),
    ("Compute", "Commands"),
    ("Deploy", "AppConfig"),
    ("Deploy", "CodeDeploy"),
    ("Deploy", "S3"),
    ("Invoke", "Lambda"),
)
"""The types whose external IDs have been recorded, beside all sources; the others fit AWS's URL templates."""


class Place(NamedTuple):
    """Where an action execution runs."""

    partition: str
    account: str
    region: str
    pipeline: str
    run: str
    """The ID of the run, from which IDs are derived."""


def external_id(
    place: Place, row: ActionRow, action: Action, settings: dict[str, str], revision: Revision | None
) -> str:
    """The provider's ID of an action execution (model: externalExecutionId).

    ``settings`` is the configuration with its variables filled in.
    """
    if action.category == "Source":
        return revision.id if revision is not None else ""
    seed = (place.run, row.fork, row.position, row.execution, row.action)
    match action.provider:
        case "CodeBuild":
            batch = "build-batch/" if settings.get("BatchEnabled", "").lower() == "true" else ""
            return f"{batch}{settings.get('ProjectName', 'project')}:{uuid(*seed, 'build')}"
        case "CodeDeploy" | "CodeDeployToECS":
            return (
                "d-" + derived(f"{place.run}/{row.action}", row.fork, row.position, "deployment", 9).upper()
            )
        case "Lambda":
            return settings.get("FunctionName", "")
        case "S3":
            return "/".join(settings[key] for key in ("BucketName", "ObjectKey") if settings.get(key))
        case "AppConfig":
            application, environment = settings.get("Application", ""), settings.get("Environment", "")
            return f"applications/{application}/environments/{environment}/deployments/{row.execution}"
        case "StepFunctions":
            machine = settings.get("StateMachineArn", "").replace(":stateMachine:", ":execution:")
            prefix = settings.get("ExecutionNamePrefix", "")
            name = uuid(*seed, "execution")
            return f"{machine}:{prefix}-{name}" if prefix else f"{machine}:{name}"
        case "Commands":
            return log_stream(place, row, uuid(*seed, "build"))
        case "CloudFormation":
            return f"{settings.get('StackName', 'stack')}/{uuid(*seed, 'stack')}"
        case _:
            return uuid(*seed, "external")


def log_stream(place: Place, row: ActionRow, build: str) -> str:
    """The ARN of the log stream of a Commands action (model: logStreamARN; recorded in an event, 2026)."""
    action = action_id(place.run, row.execution, row.fork, row.position, row.stage, row.action)
    group = f"/aws/codepipeline/{place.pipeline}"
    return f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:{group}:log-stream:{action}/{build}"


def summary(action: Action, revision: Revision | None) -> str:
    """The provider's message about a success (model: summary)."""
    if action.category != "Source":
        return SUMMARIES.get(action.provider, "")
    if revision is None:
        return ""
    return f"Amazon S3 version id: {revision.id}" if action.provider == "S3" else revision.message


def shown_message(row: ActionRow, action: Action) -> str:
    """The message of an action execution as the service shows it."""
    return revision_summary(action.provider, row.message) if row.status == SUCCEEDED else row.message


def entity_url(action: Action, region: str, custom: Json) -> str | None:
    """A link to the resource of the action, such as a repository, a project, or a bucket; None if it has none.

    ``custom`` has the URL templates of a custom type (model: ActionTypeSettings), and is empty for other types.
    """
    return _link(custom.get("entityUrlTemplate") or _type(action).entity_url, action, region)


def execution_url(action: Action, region: str, external: str, custom: Json) -> str | None:
    """A link to the provider's execution; None if it has none."""
    if not external:
        return None
    template = custom.get("executionUrlTemplate") or _type(action).execution_url
    return _link(template, action, region, ExternalExecutionId=external)


def revision_url(action: Action, region: str, revision: str, custom: Json) -> str | None:
    """A link to the revision of a source action; None if it has none."""
    if not revision:
        return None
    template = custom.get("revisionUrlTemplate") or _type(action).revision_url
    return _link(template, action, region, RevisionId=revision)


def result_url(action: Action, region: str, external: str, custom: Json) -> str | None:
    """The link in the result of an action execution, which for a source is that of its revision (recorded in events of
    2022)."""
    if action.category == "Source":
        return revision_url(action, region, external, custom)
    return execution_url(action, region, external, custom)


def _type(action: Action) -> RecordedType:
    key = (action.category, action.provider)
    known = (recorded_types() if action.type.owner == "AWS" else PARTNERS).get(key)
    return known or RecordedType(*key, (0, 5), (0, 5))


def _link(template: str, action: Action, region: str, **values: str) -> str | None:
    return filled_url(template, region, action.settings, **values) or None
