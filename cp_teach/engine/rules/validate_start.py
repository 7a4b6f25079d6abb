"""Validation of StartExecution: revisions, variables, source overrides, and the quota of concurrent executions."""

from __future__ import annotations

from typing import Any

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import IN_PROGRESS, STOPPING, State
from cp_teach.engine.rules.errors import Refused, invalid, wrong_type
from cp_teach.pipeline import Action
from cp_teach.translation import message

CONCURRENT_EXECUTIONS = 50
"""How many executions may be in progress at a time in QUEUED and PARALLEL mode (user guide: quotas)."""

CONCURRENT_ACTIONS = 5
"""How many actions of one PARALLEL execution run at a time (user guide: quotas)."""

ON_REQUEST = ("StartPipelineExecution", "CreatePipeline", "PutActionRevision")
"""Triggers that are API requests, which can be refused; the others are events."""

OVERRIDES = {
    "COMMIT_ID": ("CodeCommit", "CodeStarSourceConnection"),
    "IMAGE_DIGEST": ("ECR",),
    "S3_OBJECT_VERSION_ID": ("S3",),
    "S3_OBJECT_KEY": ("S3",),
}
"""Type of a revision -> the sources that accept it (model: SourceRevisionType; user guide: source revision
overrides)."""


def validate_start(state: State, command: c.StartExecution) -> Refused | None:
    """Each revision belongs to a source, variables and overrides to a V2 pipeline that accepts them."""
    refused = _invalid_revisions(state, command.revisions)
    if refused is None and (command.variables or command.overrides):
        refused = _invalid_v2(state, command)
    if refused is None and command.trigger in ON_REQUEST and (limit := limit_reached(state)):
        return Refused(
            "ConcurrentPipelineExecutionsLimitExceededException",
            limit,
            message("Wait until one has ended, or stop one."),
        )
    return refused


def limit_reached(state: State) -> str:
    """The message if no more executions may be in progress, else ""."""
    if state.pipeline.mode == "SUPERSEDED":
        return ""
    in_progress = sum(each.status in (IN_PROGRESS, STOPPING) for each in state.executions)
    if in_progress < CONCURRENT_EXECUTIONS:
        return ""
    mode = state.pipeline.mode
    return message(
        "{in_progress} executions are in progress, and AWS allows {limit} at a time in {mode} mode.",
        in_progress=in_progress,
        limit=CONCURRENT_EXECUTIONS,
        mode=mode,
    )


def _invalid_revisions(state: State, revisions: tuple[c.Revision, ...]) -> Refused | None:
    sources = [action.name for action in state.pipeline.sources]
    seen = set()
    for revision in revisions:
        if not isinstance(revision, c.Revision):
            return wrong_type("StartExecution, revisions", revision, c.Revision)
        for name, value in zip(revision._fields, revision, strict=True):
            if not isinstance(value, str):
                return wrong_type(f"Revision, {name}", value, str)
        if revision.action in seen:
            return invalid(
                message("There are two revisions for {action}.", action=revision.action),
                message("A source action brings in one."),
            )
        seen.add(revision.action)
        if revision.action not in sources:
            return _not_a_source(revision.action, sources)
    return None


def _not_a_source(action: str, sources: list[str]) -> Refused:
    return Refused(
        "ActionNotFoundException",
        message("{action!r} is not a source action, so it cannot bring a revision in.", action=action),
        message("The source actions are: {sources}.", sources=", ".join(sources)),
    )


def _invalid_v2(state: State, command: c.StartExecution) -> Refused | None:
    if refused := invalid_pairs("StartExecution, variables", command.variables):
        return refused
    for name, value in command.variables:  # one that the pipeline does not declare is ignored (as recorded)
        if not 1 <= len(value) <= 1000:  # model: PipelineVariableValue
            return invalid(
                message("The value of {name} has {count} characters.", name=name, count=len(value)),
                message("Use 1 to 1000."),
            )
    if twice := _duplicate([name for name, _ in command.variables]):
        return invalid(
            message(
                "Variable names must be unique. The following variable name is already in use: {twice}",
                twice=twice,
            ),
            message("Give one value."),
        )
    for override in command.overrides:
        if refused := _invalid_override(state, override):
            return refused
    if twice := _duplicate([override.action for override in command.overrides]):
        return invalid(
            message("There are two revisions for {twice}.", twice=twice),
            message("A source action brings in one."),
        )
    return None


def _duplicate(names: list[str]) -> str:
    """The first name that occurs twice; "" if none does."""
    return next((name for name in names if names.count(name) > 1), "")


def _invalid_override(state: State, override: Any) -> Refused | None:
    if not isinstance(override, c.Override):
        return wrong_type("StartExecution, overrides", override, c.Override)
    for name, value in zip(override._fields, override, strict=True):
        if not isinstance(value, str):
            return wrong_type(f"Override, {name}", value, str)
    if state.pipeline.type != "V2":
        return invalid(
            message(
                "{pipeline} is of type V1, which always fetches the newest revision.",
                pipeline=state.pipeline.name,
            ),
            message("Source revision overrides need a pipeline of type V2."),
        )
    sources = {action.name: action for action in state.pipeline.sources}
    if override.action not in sources:
        return _not_a_source(override.action, list(sources))
    return _wrong_override_type(sources[override.action], override)


def _wrong_override_type(source: Action, override: c.Override) -> Refused | None:
    takes = [kind for kind, providers in OVERRIDES.items() if source.provider in providers]
    if override.type not in takes:
        return invalid(
            message(
                "{source} is a source of {provider}: it takes no revision of type {type!r:.40}.",
                source=source.name,
                provider=source.provider,
                type=override.type,
            ),
            message("Use {takes}.", takes=" or ".join(takes))
            if takes
            else message("It always fetches the newest revision."),
        )
    if (
        override.type == "S3_OBJECT_KEY"
        and source.settings.get("AllowOverrideForS3ObjectKey", "").lower() != "true"
    ):
        return invalid(
            message("{source} does not allow another object key.", source=source.name),
            message('Set AllowOverrideForS3ObjectKey to "true" in its configuration.'),
        )
    if not override.value:
        return invalid(
            message("The revision for {source} is empty.", source=source.name), message("Name one.")
        )
    return None


def invalid_pairs(where: str, values: tuple[Any, ...]) -> Refused | None:
    """Refuses values that are not (name, value) pairs of text."""
    for pair in values:
        if not (isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            return invalid(
                message("{where}: {pair!r:.60} is not valid.", where=where, pair=pair),
                message("Give (name, value) pairs of text."),
            )
    return None
