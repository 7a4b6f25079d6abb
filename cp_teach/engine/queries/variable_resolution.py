"""Variables: ``#{namespace.key}`` in an action's configuration, filled in just before the action starts.

Source: user guide, "Variables reference". Values ride on the journal; no rule of the engine reads them. The
namespaces are ``codepipeline`` (PipelineExecutionId), ``variables`` (those of the pipeline) and those that actions
declare for their output variables.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import ActionRow, ExecutionRow, RuleRow, action_of, rule_of
from cp_teach.engine.model.ids import derived, execution_id
from cp_teach.engine.model.state import SUCCEEDED
from cp_teach.pipeline import Action
from cp_teach.pipeline.model.action import REFERENCE

BEGIN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
"""What second 0 of a run's clock is called where AWS wants a date."""


class Unresolved(LookupError):
    """A reference to a variable that nobody has given a value."""


def resolve(history: History, row: ActionRow, run: str) -> dict[str, str]:
    """The configuration of this run of an action with every reference filled in (AWS: resolvedConfiguration).

    ``run`` is the name that ids are derived from (``run.id``). Raises ``Unresolved``, which names every reference
    that has no value.
    """
    action = action_of(history.executions, row)
    if not action.references:
        return action.settings
    known = namespaces(history, row.execution, run)
    _missing(action.references, known, f"{row.action} in {row.stage}")
    return {key: _fill(value, known) for key, value in action.settings.items()}


def resolve_rule(history: History, row: RuleRow, run: str) -> dict[str, str]:
    """The configuration of a rule, in the same way. Raises ``Unresolved``."""
    settings = dict(rule_of(history.executions, row).configuration or ())
    references = [match for value in settings.values() for match in REFERENCE.findall(value)]
    if not references:
        return settings
    known = namespaces(history, row.execution, run)
    _missing(references, known, f"rule {row.rule} in {row.stage}")
    return {key: _fill(value, known) for key, value in settings.items()}


def namespaces(history: History, execution: int, run: str) -> dict[str, dict[str, str]]:
    """Every variable that this execution knows by now: namespace -> key -> value."""
    row = history.executions[execution]
    known = {
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
                known[action.namespace] = output_variables(history, newest, run)
    return known


def output_variables(history: History, row: ActionRow, run: str) -> dict[str, str]:
    """What this run of an action gives to those after it: what its source says of the revision, and what its worker
    has added."""
    execution = history.executions[row.execution]
    action = action_of(history.executions, row)
    found = _of_source(execution, action, row, run) if action.category == "Source" else {}
    return found | dict(row.variables)


def _of_source(execution: ExecutionRow, action: Action, row: ActionRow, run: str) -> dict[str, str]:
    """The output variables of the source providers (user guide: "Action structure reference")."""
    revision = next((r for r in execution.revisions if r.action == action.name), None)
    if revision is None:
        return {}
    says = action.settings
    date = (
        (BEGIN + datetime.timedelta(seconds=row.started)).isoformat(timespec="seconds").replace("+00:00", "Z")
    )
    commit = {
        "AuthorDate": date,
        "BranchName": says.get("BranchName", says.get("Branch", "main")),
        "CommitId": revision.id,
        "CommitMessage": revision.message,
    }
    match action.provider:
        case "S3":
            key = next(
                (
                    o.value
                    for o in execution.overrides
                    if o.action == action.name and o.type == "S3_OBJECT_KEY"
                ),
                says.get("S3ObjectKey", ""),
            )
            tag = derived(run, row.fork, row.position, "etag", 32).lower()
            return {
                "BucketName": says.get("S3Bucket", ""),
                "ETag": tag,
                "ObjectKey": key,
                "VersionId": revision.id,
            }
        case "CodeCommit":
            return commit | {"CommitterDate": date, "RepositoryName": says.get("RepositoryName", "")}
        case "CodeStarSourceConnection":
            return commit | {
                "ConnectionArn": says.get("ConnectionArn", ""),
                "FullRepositoryName": says.get("FullRepositoryId", ""),
            }
        case "GitHub":
            name = f"{says.get('Owner', '')}/{says.get('Repo', '')}"
            url = f"https://github.com/{name}/commit/{revision.id}"
            return commit | {"CommitUrl": url, "CommitterDate": date, "RepositoryName": says.get("Repo", "")}
        case "ECR":
            name, tag = says.get("RepositoryName", ""), says.get("ImageTag", "latest")
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


def _missing(references: Iterable[tuple[str, str]], known: dict[str, dict[str, str]], where: str) -> None:
    missing = dict.fromkeys(
        f"#{{{space}.{key}}}" for space, key in references if key not in known.get(space, {})
    )
    if missing:
        raise Unresolved(
            f"{where} refers to {', '.join(missing)}, which has no value in this execution. "
            "An action that comes before it must give it one."
        )


def _fill(value: str, known: dict[str, dict[str, str]]) -> str:
    return REFERENCE.sub(lambda match: known[match[1]][match[2]], value)
