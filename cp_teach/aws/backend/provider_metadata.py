"""What each provider calls its own work: ids, summaries and links, as the console and the API show them."""

from __future__ import annotations

from typing import Any

from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.ids import derived, uuid
from cp_teach.pipeline import Action

CONSOLE = "https://console.aws.amazon.com"


def external_id(run: str, row: ActionRow, action: Action, revision: Any) -> str:
    """The provider's own id of this run of the action (model: externalExecutionId)."""
    if action.category == "Source":
        return revision.id if revision is not None else ""
    says = action.settings
    place = (run, row.fork, row.position, row.execution, row.action)
    match action.provider:
        case "CodeBuild":
            return f"{says.get('ProjectName', 'project')}:{uuid(*place, 'build')}"
        case "CodeDeploy" | "CodeDeployToECS":
            return "d-" + derived(f"{run}/{row.action}", row.fork, row.position, "deployment", 9).upper()
        case "Lambda":
            return says.get("FunctionName", "")
        case "CloudFormation":
            return f"{says.get('StackName', 'stack')}/{uuid(*place, 'stack')}"
        case _:
            return uuid(*place, "external")


def summary(action: Action, revision: Any) -> str:
    """What the provider says when all went well (model: summary)."""
    if action.category == "Source":
        if revision is None:
            return ""
        return f"Amazon S3 version id: {revision.id}" if action.provider == "S3" else revision.message
    return "Deployment Succeeded" if action.provider.startswith("CodeDeploy") else ""


def entity_url(action: Action, region: str) -> str | None:
    """A link to what the action is configured for: a repository, a project, a bucket."""
    says = action.settings
    match action.category, action.provider:
        case _, "S3":
            return f"{CONSOLE}/s3/home?region={region}#"
        case _, "CodeCommit":
            branch = says.get("BranchName", "main")
            repository = says.get("RepositoryName", "")
            return f"{CONSOLE}/codecommit/home?region={region}#/repository/{repository}/browse/{branch}/--/"
        case _, "GitHub":
            return f"https://github.com/{says.get('Owner', '')}/{says.get('Repo', '')}/tree/{says.get('Branch', '')}"
        case _, "CodeBuild":
            return f"{CONSOLE}/codebuild/home?region={region}#/projects/{says.get('ProjectName', '')}/view"
        case _, "CodeDeploy":
            application, group = says.get("ApplicationName", ""), says.get("DeploymentGroupName", "")
            return f"{CONSOLE}/codedeploy/home?#/applications/{application}/deployment-groups/{group}"
        case "Invoke", "Lambda":
            return f"{CONSOLE}/lambda/home?region={region}#/functions/{says.get('FunctionName', '')}"
        case "Approval", _:
            return says.get("ExternalEntityLink")
        case _:
            return None


def execution_url(action: Action, region: str, external: str) -> str | None:
    """A link to what the provider did."""
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
    """A link to the revision that a source action brought in."""
    says = action.settings
    match action.provider:
        case "CodeCommit":
            return (
                f"{CONSOLE}/codecommit/home?region={region}#/repository/{says.get('RepositoryName', '')}"
                f"/commit/{revision}"
            )
        case "GitHub":
            return f"https://github.com/{says.get('Owner', '')}/{says.get('Repo', '')}/commit/{revision}"
        case _:
            return None
