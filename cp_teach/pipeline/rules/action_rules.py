"""Rules for single actions: action type, configuration keys, and numbers of artifacts (S9 to S11)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog, Provider
from cp_teach.pipeline.location import Location, placed_actions
from cp_teach.pipeline.model.action import Action
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.rules import configuration_rules
from cp_teach.pipeline.violation import Violation

CUSTOM = (0, 5)
"""Minimum and maximum of input and of output artifacts of a custom action (user guide:
reference-pipeline-structure)."""


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield the violations of each action, stage after stage."""
    for action, _, location, *_ in placed_actions(pipeline):
        provider = catalog.find(action.type)
        if provider is not None and provider.owner != "Custom" and action.type.version != "1":
            provider = None
        if provider is None:
            yield from _unavailable(action, location, catalog)
        else:
            yield from _keys(action, provider, location)
            yield from configuration_rules.check(action, location, catalog.region)
        yield from _counts(action, provider, location)
        yield from _fields(action, location)


def _unavailable(action: Action, location: Location, catalog: Catalog) -> Iterator[Violation]:
    """S10: the action type must exist (probed against the service)."""
    kind, location = action.type, location.member("actionTypeId")
    region = (action.region or catalog.home).upper().replace("-", "_")
    message = (
        f"ActionType (Category: '{kind.category}', Provider: '{kind.provider}', Owner: '{kind.owner}', "
        f"Version: '{kind.version}') in action '{action.name}' is not available in region '{region}'"
    )
    todo = _suggestion(action, catalog)
    custom = kind.owner == "Custom"  # only the account knows which custom types are registered
    if custom:
        todo = f"Register {kind.provider} with create-custom-action-type; without it, no worker polls for its jobs."
    yield location.in_action(message, todo, warning=custom)


def _suggestion(action: Action, catalog: Catalog) -> str:
    kind = action.type
    available = catalog.find_by_name(kind.provider)
    if any(kind.category in row.categories and kind.owner == row.owner for row in available):
        return 'Write version "1".'
    if available:
        says = " or ".join(f"category {'/'.join(row.categories)} with owner {row.owner}" for row in available)
        return f"{kind.provider} exists as {says}."
    names = sorted({row.provider for row in catalog.providers if kind.category in row.categories})
    close = difflib.get_close_matches(
        kind.provider, sorted({row.provider for row in catalog.providers}), 1, 0.6
    )
    if close:
        return f"Did you mean {close[0]}? Your own provider has the owner Custom."
    return f"Providers for {kind.category}: {', '.join(names)}. Your own provider has the owner Custom."


def _keys(action: Action, provider: Provider, location: Location) -> Iterator[Violation]:
    """S11: required configuration keys, and unknown ones (probed against the service)."""
    location = location.member("configuration")
    given = action.settings
    known = provider.keys_in(action.category)
    for key in given:
        if key not in known and provider.owner != "Custom":
            message = (
                f"Action configuration for action '{action.name}' contains unknown configuration '{key}'"
            )
            close = difflib.get_close_matches(key, known, 1)
            todo = f"Did you mean {close[0]}?" if close else f"Remove it; known keys: {', '.join(known)}."
            yield location.member(key).in_action(message, todo, warning=provider.keys != "closed")
    # The service reports unknown keys first (hashicorp/terraform-provider-aws issue 11431).
    for key in provider.required:
        if key not in given:
            message = configuration_rules.missing(action, key)
            todo = f'Add "{key}" to the configuration.'
            yield location.in_action(message, todo, warning=provider.keys == "loose")


def _counts(action: Action, provider: Provider | None, location: Location) -> Iterator[Violation]:
    """S9: the number of artifacts (user guide: reference-pipeline-structure)."""
    if provider is None and action.type.owner != "Custom":
        return
    inputs, outputs = (provider.inputs, provider.outputs) if provider else (CUSTOM, CUSTOM)
    for word, count, (least, most) in (
        ("input", len(action.input_names), inputs),
        ("output", len(action.output_names), outputs),
    ):
        if least <= count <= most:
            continue
        bound = (
            f"less than the minimum count ({least})"
            if count < least
            else f"more than the maximum count ({most})"
        )
        message = f"Action {action.name} declares {count} {word} artifacts which is {bound}"
        expected = f"{least}" if least == most else f"{least} to {most}"
        noun = "artifact" if expected == "1" else "artifacts"
        todo = f"A {action.type} action has {expected} {word} {noun}."
        yield location.member(f"{word}Artifacts").in_action(message, todo)


def _fields(action: Action, location: Location) -> Iterator[Violation]:
    """Members that only one type of action has (service model: ActionDeclaration)."""
    commands = action.provider == "Commands" and action.type.owner == "AWS"
    if commands and not action.commands:
        yield location.member("commands").in_action(
            f"Action {action.name} must have a non-empty commands field",
            'Write the shell commands: "commands": ["make"].',
        )
    if not commands:
        yield from _commands_only(action, location)
    if action.timeout_in_minutes is not None and not action.is_approval:
        yield location.member("timeoutInMinutes").in_action(
            f"timeoutInMinutes in action {action.name} is only for the manual approval action",
            "Remove it: every other action has the timeout of its provider.",
            warning=True,
        )


def _commands_only(action: Action, location: Location) -> Iterator[Violation]:
    """Members that only the Commands action has, in an action of another provider."""
    files = next((n for n, artifact in enumerate(action.outputs or ()) if artifact.files), None)
    for member, at in (
        ("commands", location.member("commands") if action.commands else None),
        ("files", None if files is None else location.member("outputArtifacts").item(files).member("files")),
    ):
        if at is not None:  # the message is the same for both (aws/aws-cdk issue 38843)
            yield at.in_action(
                f"The following action cannot contain a commands field: {action.name}. "
                "To use the commands field, use a compute action.",
                f"Remove {member}: it is only for the Commands action.",
            )
    if action.output_variables:
        yield location.member("outputVariables").in_action(
            f"outputVariables in action {action.name} is only for the Commands action",
            "Remove it: this action ignores it.",
            warning=True,
        )
