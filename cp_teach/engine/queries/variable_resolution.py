"""Resolve variables, ``#{namespace.key}`` in a configuration, just before the action or rule starts.

The namespaces are ``codepipeline`` (PipelineExecutionId), ``variables`` (pipeline variables), and those that actions
declare for their output variables. The values are in the journal; no rule reads them. Source: user guide, "Variables
reference".
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import ActionRow, ExecutionRow, RuleRow, action_of, rule_of
from cp_teach.engine.model.ids import derived, execution_id
from cp_teach.engine.model.state import SUCCEEDED
from cp_teach.pipeline import Action
from cp_teach.pipeline.model.action import VARIABLE_REFERENCE

CLOCK_EPOCH = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
"""The date of second 0 of a run's clock."""
PULL_REQUEST_KEYS = (".PullRequestId}", ".PullRequestTitle}", ".SourceBranchName}", ".DestinationBranchName}")
"""How a reference to a variable of a pull request ends."""


class Unresolved(LookupError):
    """A reference to a variable without a value."""


def resolve(history: History, row: ActionRow, run: str) -> dict[str, str]:
    """The configuration of this run of an action with every reference resolved (AWS: resolvedConfiguration).

    ``run`` is the name that ids are derived from (``run.id``). Raises ``Unresolved``, which lists every reference
    without a value.
    """
    action = action_of(history.executions, row)
    where = f"{row.action} in {row.stage}"
    return _filled(action.settings, action.references, where, history, row.execution, run)


def resolved_action(history: History, row: ActionRow, run: str) -> Action:
    """The action of this run with every reference resolved, also in its commands. Raises ``Unresolved``."""
    action = action_of(history.executions, row)
    if not action.references:
        return action
    where = f"{row.action} in {row.stage}"

    def fill(texts: Sequence[str]) -> list[str]:
        named = {str(number): text for number, text in enumerate(texts)}
        return list(_filled(named, action.references, where, history, row.execution, run).values())

    variables = action.environment_variables or ()
    values = fill([variable.value for variable in variables])
    return replace(
        action,
        configuration=tuple(resolve(history, row, run).items()),
        commands=tuple(fill(action.commands)) if action.commands else action.commands,
        environment_variables=tuple(
            replace(variable, value=value) for variable, value in zip(variables, values, strict=True)
        ),
    )


def resolve_rule(history: History, row: RuleRow, run: str) -> dict[str, str]:
    """The same for a rule. Raises ``Unresolved``."""
    settings = dict(rule_of(history.executions, row).configuration or ())
    references = [match for value in settings.values() for match in VARIABLE_REFERENCE.findall(value)]
    return _filled(settings, references, f"rule {row.rule} in {row.stage}", history, row.execution, run)


def namespaces(history: History, execution: int, run: str) -> dict[str, dict[str, str]]:
    """All variables of this execution at this moment: namespace -> key -> value."""
    row = history.executions[execution]
    values = {
        "codepipeline": {"PipelineExecutionId": execution_id(run, execution)},
        "variables": dict(row.variables),
    }
    for stage in row.pipeline.stages:
        for action in stage.actions:
            if not action.namespace:
                continue
            newest = history.newest.get((execution, stage.name, action.name))
            if newest is None and row.target:  # a rollback has the variables of its target
                newest = history.newest.get((row.target, stage.name, action.name))
            if newest is not None and newest.status == SUCCEEDED:
                values[action.namespace] = output_variables(history, newest, run)
    return values


def output_variables(history: History, row: ActionRow, run: str) -> dict[str, str]:
    """The output variables of this run of an action: those of its source provider, and those from its worker."""
    action = action_of(history.executions, row)
    values = _source_variables(history, action, row, run) if action.category == "Source" else {}
    return values | dict(row.variables)


def _source_variables(history: History, action: Action, row: ActionRow, run: str) -> dict[str, str]:
    """The output variables of the source providers (user guide: "Action structure reference")."""
    execution, revision = history.executions[row.execution], history.revision(row)
    if revision is None:
        return {}
    settings = action.settings
    date = (
        (CLOCK_EPOCH + datetime.timedelta(seconds=row.started))
        .isoformat(timespec="seconds")
        .replace("+00:00", "Z")
    )
    commit = {
        "AuthorDate": date,
        "BranchName": settings.get("BranchName", settings.get("Branch", "main")),
        "CommitId": revision.id,
        "CommitMessage": revision.message,
    }
    match action.provider:
        case "S3":
            keys = {each.action: each.value for each in execution.overrides if each.type == "S3_OBJECT_KEY"}
            key = keys.get(action.name, settings.get("S3ObjectKey", ""))
            tag = derived(run, row.fork, row.position, "etag", 32).lower()
            return {
                "BucketName": settings.get("S3Bucket", ""),
                "ETag": tag,
                "ObjectKey": key,
                "VersionId": revision.id,
            }
        case "CodeCommit":
            return commit | {"CommitterDate": date, "RepositoryName": settings.get("RepositoryName", "")}
        case "CodeStarSourceConnection":
            return commit | {
                "ConnectionArn": settings.get("ConnectionArn", ""),
                "FullRepositoryName": settings.get("FullRepositoryId", ""),
                **_pull_request_variables(execution, action, revision.message),
            }
        case "GitHub":
            name = f"{settings.get('Owner', '')}/{settings.get('Repo', '')}"
            url = f"https://github.com/{name}/commit/{revision.id}"
            return commit | {
                "CommitUrl": url,
                "CommitterDate": date,
                "RepositoryName": settings.get("Repo", ""),
            }
        case "ECR":
            name, tag = settings.get("RepositoryName", ""), settings.get("ImageTag", "latest")
            registry = "123456789012"
            return {
                "ImageDigest": revision.id,
                "ImageTag": tag,
                "ImageURI": f"{registry}.dkr.ecr.{action.region or 'us-east-1'}.amazonaws.com/{name}@{revision.id}",
                "RegistryId": registry,
                "RepositoryName": name,
            }
        case _:
            return {}


def _pull_request_variables(execution: ExecutionRow, action: Action, title: str) -> dict[str, str]:
    """The variables of a pull request, where a trigger of the pipeline starts executions for pull requests.

    A simulated execution of such a pipeline stands for a pull request. Its title is the commit message, and its
    branches are those that the trigger's filters name. Source: user guide, "Variables reference"; aws-cdk issue 31000.
    """
    triggers = [each for each in execution.pipeline.triggers or () if each.source_action_name == action.name]
    filters = [each for trigger in triggers for each in trigger.pull_request or ()]
    if not filters:
        return {}
    names = [name for each in filters if each.branches for name in each.branches.includes or ()]
    branch = action.settings.get("BranchName", "main")
    destination = next((name for name in names if not set(name) & set("*?[]{}!")), branch)
    number = execution.target or execution.number
    return {
        "DestinationBranchName": destination,
        "PullRequestId": str(number),
        "PullRequestTitle": title,
        "SourceBranchName": f"feature-{number}",
    }


def _filled(
    settings: dict[str, str],
    references: Sequence[tuple[str, str]],
    where: str,
    history: History,
    execution: int,
    run: str,
) -> dict[str, str]:
    """The settings with their references resolved; ``where`` says whose they are."""
    if not references:
        return settings
    values = namespaces(history, execution, run)
    missing = [f"#{{{space}.{key}}}" for space, key in references if key not in values.get(space, {})]
    if missing:
        remedy = "An action that comes before it must give it one."
        if any(reference.endswith(PULL_REQUEST_KEYS) for reference in missing):
            remedy = (
                "Only executions of a pull request have the variables of a pull request: give the pipeline a trigger "
                "with a pullRequest filter for this source."
            )
        raise Unresolved(
            f"{where} refers to {', '.join(dict.fromkeys(missing))}, which has no value in this execution. {remedy}"
        )
    return {
        key: VARIABLE_REFERENCE.sub(lambda match: values[match[1]][match[2]], text)
        for key, text in settings.items()
    }
