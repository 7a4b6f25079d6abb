"""External execution IDs, summaries, and links of each provider, as the console and the API show them."""

from __future__ import annotations

from collections.abc import Mapping

from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.commands import Revision
from cp_teach.engine.model.ids import derived, uuid
from cp_teach.pipeline import Action

CONSOLE = "https://console.aws.amazon.com"


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
    settings = action.settings
    match action.category, action.provider:
        case _, "S3":
            return f"{CONSOLE}/s3/home?region={region}#"
        case _, "CodeCommit":
            branch = settings.get("BranchName", "main")
            repository = settings.get("RepositoryName", "")
            return f"{CONSOLE}/codecommit/home?region={region}#/repository/{repository}/browse/{branch}/--/"
        case _, "GitHub":
            return f"{_github_url(settings)}/tree/{settings.get('Branch', '')}"
        case _, "CodeBuild":
            return (
                f"{CONSOLE}/codebuild/home?region={region}#/projects/{settings.get('ProjectName', '')}/view"
            )
        case _, "CodeDeploy":
            application, group = (
                settings.get("ApplicationName", ""),
                settings.get("DeploymentGroupName", ""),
            )
            return f"{CONSOLE}/codedeploy/home?#/applications/{application}/deployment-groups/{group}"
        case "Invoke", "Lambda":
            return f"{CONSOLE}/lambda/home?region={region}#/functions/{settings.get('FunctionName', '')}"
        case "Approval", _:
            return settings.get("ExternalEntityLink")
        case _:
            return None


def execution_url(action: Action, region: str, external: str) -> str | None:
    """A link to the provider's execution; None if it has none."""
    match action.provider:
        case "CodeBuild":
            return f"{CONSOLE}/codebuild/home?region={region}#/builds/{external}/view/new"
        case "CodeDeploy":
            return f"{CONSOLE}/codedeploy/home?#/deployments/{external}"
        case "Lambda" if action.category == "Invoke":
            return f"{CONSOLE}/lambda/home?region={region}#/functions/{external}"
        case _:
            return None


def revision_url(action: Action, region: str, revision: str) -> str | None:
    """A link to the revision of a source action; None if it has none."""
    settings = action.settings
    match action.provider:
        case "CodeCommit":
            return (
                f"{CONSOLE}/codecommit/home?region={region}#/repository/{settings.get('RepositoryName', '')}"
                f"/commit/{revision}"
            )
        case "GitHub":
            return f"{_github_url(settings)}/commit/{revision}"
        case _:
            return None


def _github_url(settings: Mapping[str, str]) -> str:
    return f"https://github.com/{settings.get('Owner', '')}/{settings.get('Repo', '')}"
