"""Why an execution cannot be started."""

from __future__ import annotations

from typing import Any

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import IN_PROGRESS, STOPPING, State
from cp_teach.engine.rules.errors import Refused, wrong_kind
from cp_teach.pipeline import Action

CONCURRENT = 50
"""How many executions may be in progress at a time where none supersedes another (user guide: quotas)."""

ROOM = 5
"""How many actions of one PARALLEL execution run at a time (user guide: quotas)."""

ASKED = ("StartPipelineExecution", "CreatePipeline", "PutActionRevision")
"""Triggers by which somebody asks and is answered; the others are events, and nobody hears of a refusal."""

OVERRIDES = {
    "COMMIT_ID": ("CodeCommit", "CodeStarSourceConnection"),
    "IMAGE_DIGEST": ("ECR",),
    "S3_OBJECT_VERSION_ID": ("S3",),
    "S3_OBJECT_KEY": ("S3",),
}
"""Which sources take which kind of revision (model: SourceRevisionType; user guide: source revision overrides)."""


def start(state: State, command: c.StartExecution) -> Refused | None:
    """The judge of StartExecution."""
    refused = _revisions(state, command.revisions)
    if refused is None and (command.variables or command.overrides):
        refused = _v2(state, command)
    if refused is None and command.trigger in ASKED and (limit := over_the_limit(state)):
        return Refused(
            "ConcurrentPipelineExecutionsLimitExceededException",
            limit,
            "Wait until one has ended, or stop one.",
        )
    return refused


def over_the_limit(state: State) -> str:
    """Says that no more executions may be in progress; "" while there is room."""
    if state.pipeline.mode == "SUPERSEDED":
        return ""
    going = sum(x.status in (IN_PROGRESS, STOPPING) for x in state.executions)
    if going < CONCURRENT:
        return ""
    return f"{going} executions are in progress, and AWS allows {CONCURRENT} at a time in {state.pipeline.mode} mode."


def _revisions(state: State, revisions: tuple[c.Revision, ...]) -> Refused | None:
    sources = [action.name for action in state.pipeline.sources]
    brought = set()
    for revision in revisions:
        if not isinstance(revision, c.Revision):
            return wrong_kind("StartExecution, revisions", revision, c.Revision)
        for name, value in zip(revision._fields, revision, strict=True):
            if not isinstance(value, str):
                return wrong_kind(f"Revision, {name}", value, str)
        if revision.action in brought:
            return Refused(
                "ValidationException",
                f"There are two revisions for {revision.action}.",
                "A source action brings in one.",
            )
        brought.add(revision.action)
        if revision.action not in sources:
            return _no_source(revision.action, sources)
    return None


def _no_source(action: str, sources: list[str]) -> Refused:
    return Refused(
        "ActionNotFoundException",
        f"{action!r} is not a source action, so it cannot bring a revision in.",
        f"The source actions are: {', '.join(sources)}.",
    )


def _v2(state: State, command: c.StartExecution) -> Refused | None:
    pipeline = state.pipeline
    if refused := pairs("StartExecution, variables", command.variables):
        return refused
    known = [variable.name for variable in pipeline.variables or ()]
    for name, value in command.variables:
        if name not in known:
            return Refused(
                "ValidationException",
                f"The pipeline has no variable {name!r:.60}.",
                f"Its variables are: {', '.join(known) or 'none'}.",
            )
        if not 1 <= len(value) <= 1000:  # model: PipelineVariableValue
            return Refused(
                "ValidationException", f"The value of {name} has {len(value)} characters.", "Use 1 to 1000."
            )
    names = [name for name, _ in command.variables]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        return Refused("ValidationException", f"There are two values for {twice}.", "Give one.")
    for override in command.overrides:
        if refused := _override(state, override):
            return refused
    actions = [override.action for override in command.overrides]
    if twice := next((name for name in actions if actions.count(name) > 1), ""):
        return Refused(
            "ValidationException", f"There are two revisions for {twice}.", "A source action brings in one."
        )
    return None


def _override(state: State, override: Any) -> Refused | None:
    if not isinstance(override, c.Override):
        return wrong_kind("StartExecution, overrides", override, c.Override)
    for name, value in zip(override._fields, override, strict=True):
        if not isinstance(value, str):
            return wrong_kind(f"Override, {name}", value, str)
    if state.pipeline.type != "V2":
        return Refused(
            "ValidationException",
            f"{state.pipeline.name} is of type V1, which always fetches the newest revision.",
            "Source revision overrides need a pipeline of type V2.",
        )
    sources = {action.name: action for action in state.pipeline.sources}
    if override.action not in sources:
        return _no_source(override.action, list(sources))
    return _override_type(sources[override.action], override)


def _override_type(source: Action, override: c.Override) -> Refused | None:
    takes = [kind for kind, providers in OVERRIDES.items() if source.provider in providers]
    if override.type not in takes:
        return Refused(
            "ValidationException",
            f"{source.name} is a source of {source.provider}: it takes no revision of type {override.type!r:.40}.",
            f"Use {' or '.join(takes)}." if takes else "It always fetches the newest revision.",
        )
    if (
        override.type == "S3_OBJECT_KEY"
        and source.settings.get("AllowOverrideForS3ObjectKey", "").lower() != "true"
    ):
        return Refused(
            "ValidationException",
            f"{source.name} does not allow another object key.",
            'Set AllowOverrideForS3ObjectKey to "true" in its configuration.',
        )
    if not override.value:
        return Refused("ValidationException", f"The revision for {source.name} is empty.", "Name one.")
    return None


def pairs(where: str, values: tuple[Any, ...]) -> Refused | None:
    """Refuses what is not (name, value) pairs of text."""
    for pair in values:
        if not (isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            return Refused(
                "ValidationException",
                f"{where}: {pair!r:.60} will not do.",
                "Give (name, value) pairs of text.",
            )
    return None
