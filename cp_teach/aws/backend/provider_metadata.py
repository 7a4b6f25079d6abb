"""External execution IDs, summaries, and links of each provider, as the console and the API show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.commands import Revision
from cp_teach.engine.model.ids import derived, uuid
from cp_teach.pipeline import Action

CONSOLE = "https://console.aws.amazon.com"
ENTITY_URLS = {
    "S3": "{console}/s3/home?region={region}#",
    "CodeCommit": (
        "{console}/codecommit/home?region={region}#/repository/{RepositoryName}/browse/{BranchName}/--/"
    ),
    "GitHub": "https://github.com/{Owner}/{Repo}/tree/{Branch}",
    "CodeBuild": "{console}/codebuild/home?region={region}#/projects/{ProjectName}/view",
    "CodeDeploy": (
        "{console}/codedeploy/home?#/applications/{ApplicationName}/deployment-groups/{DeploymentGroupName}"
    ),
    "Invoke/Lambda": "{console}/lambda/home?region={region}#/functions/{FunctionName}",
    "Approval/Manual": "{ExternalEntityLink}",
}
EXECUTION_URLS = {
    "CodeBuild": "{console}/codebuild/home?region={region}#/builds/{external}/view/new",
    "CodeDeploy": "{console}/codedeploy/home?#/deployments/{external}",
    "Invoke/Lambda": "{console}/lambda/home?region={region}#/functions/{external}",
}
REVISION_URLS = {
    "CodeCommit": "{console}/codecommit/home?region={region}#/repository/{RepositoryName}/commit/{external}",
    "GitHub": "https://github.com/{Owner}/{Repo}/commit/{external}",
}


def external_id(run: str, row: ActionRow, action: Action, revision: Revision | None) -> str:
    """The provider's ID of an action execution (model: externalExecutionId)."""
    if action.category == "Source":
        return revision.id if revision is not None else ""
    settings = action.settings
    seed = (run, row.fork, row.position, row.execution, row.action)
    match action.provider:
        case "CodeBuild":
            return f"{settings.get('ProjectName', 'project')}:{uuid(*seed, 'build')}"
        case "CodeDeploy" | "CodeDeployToECS":
            return "d-" + derived(f"{run}/{row.action}", row.fork, row.position, "deployment", 9).upper()
        case "Lambda":
            return settings.get("FunctionName", "")
        case "CloudFormation":
            return f"{settings.get('StackName', 'stack')}/{uuid(*seed, 'stack')}"
        case _:
            return uuid(*seed, "external")


def summary(action: Action, revision: Revision | None) -> str:
    """The provider's message about a success (model: summary)."""
    if action.category == "Source":
        if revision is None:
            return ""
        return f"Amazon S3 version id: {revision.id}" if action.provider == "S3" else revision.message
    return "Deployment Succeeded" if action.provider.startswith("CodeDeploy") else ""


def entity_url(action: Action, region: str) -> str | None:
    """A link to the resource of the action, such as a repository, a project, or a bucket; None if it has none."""
    return _link(ENTITY_URLS, action, region)


def execution_url(action: Action, region: str, external: str) -> str | None:
    """A link to the provider's execution; None if it has none."""
    return _link(EXECUTION_URLS, action, region, external)


def revision_url(action: Action, region: str, revision: str) -> str | None:
    """A link to the revision of a source action; None if it has none."""
    return _link(REVISION_URLS, action, region, revision)


def _link(templates: Mapping[str, str], action: Action, region: str, external: str = "") -> str | None:
    """The template for the provider with the action's configuration; a missing value is empty."""
    template = templates.get(action.provider) or templates.get(f"{action.category}/{action.provider}", "")
    if not template:
        return None
    values = defaultdict(str, {"BranchName": "main"})
    values.update(action.settings, console=CONSOLE, region=region, external=external)
    return template.format_map(values) or None
