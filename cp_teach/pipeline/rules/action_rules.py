"""The actions: what they are, how they are configured, how many artifacts they take and make (S9 to S11)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog, Provider
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Action, Pipeline
from cp_teach.pipeline.rules import configuration_rules
from cp_teach.pipeline.violation import Breach

CUSTOM = (0, 5)
"""How many artifacts a custom action may take and make (user guide: reference-pipeline-structure)."""


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """Each action on its own, stage after stage."""
    for index, stage in enumerate(pipeline.stages):
        for position, action in enumerate(stage.actions):
            here = Place().stage(index, stage.name).action(position, action.name)
            found = book.find(action.type)
            known = found is not None and (found.owner == "Custom" or action.type.version == "1")
            if not known:
                yield from _stranger(action, here, book)
            elif found:
                yield from _keys(action, found, here)
                yield from configuration_rules.breaches(action, here)
            yield from _counts(action, found if known else None, here)
            yield from _fields(action, here)


def _stranger(action: Action, here: Place, book: Catalog) -> Iterator[Breach]:
    """S10: the action type must exist (asked of the service)."""
    kind, here = action.type, here.member("actionTypeId")
    region = (action.region or book.home).upper().replace("-", "_")
    message = (
        f"ActionType (Category: '{kind.category}', Provider: '{kind.provider}', Owner: '{kind.owner}', "
        f"Version: '{kind.version}') in action '{action.name}' is not available in region '{region}'"
    )
    if kind.owner == "Custom":
        # Somebody may have registered it; only the account knows.
        todo = f"Register {kind.provider} with create-custom-action-type first, or nobody will take its jobs."
        yield here.warning("InvalidActionDeclarationException", message, todo)
    else:
        yield here.in_action(message, _meant(action, book))


def _meant(action: Action, book: Catalog) -> str:
    kind = action.type
    known = book.named(kind.provider)
    if any(kind.category in row.categories and kind.owner == row.owner for row in known):
        return 'Write version "1".'
    if known:
        says = " or ".join(f"category {'/'.join(row.categories)} with owner {row.owner}" for row in known)
        return f"{kind.provider} exists as {says}."
    names = sorted({row.provider for row in book.providers if kind.category in row.categories})
    close = difflib.get_close_matches(kind.provider, sorted({row.provider for row in book.providers}), 1, 0.6)
    if close:
        return f"Did you mean {close[0]}? A provider of your own has the owner Custom."
    return f"For {kind.category} there are: {', '.join(names)}. A provider of your own has the owner Custom."


def _keys(action: Action, provider: Provider, here: Place) -> Iterator[Breach]:
    """S11: the keys that must be there, and those that nobody knows (asked of the service)."""
    here = here.member("configuration")
    given = action.settings
    for key in provider.required:
        if key not in given:
            message = configuration_rules.missing(action, key)
            todo = f'Add "{key}" to the configuration.'
            if provider.keys == "loose":
                yield here.warning("InvalidActionDeclarationException", message, todo)
            else:
                yield here.in_action(message, todo)
    for key in given:
        if key not in provider.known and provider.owner != "Custom":
            message = (
                f"Action configuration for action '{action.name}' contains unknown configuration '{key}'"
            )
            close = difflib.get_close_matches(key, provider.known, 1)
            todo = (
                f"Did you mean {close[0]}?" if close else f"Take it out; known: {', '.join(provider.known)}."
            )
            if provider.keys == "closed":
                yield here.member(key).in_action(message, todo)
            else:
                yield here.member(key).warning("InvalidActionDeclarationException", message, todo)


def _counts(action: Action, provider: Provider | None, here: Place) -> Iterator[Breach]:
    """S9: how many artifacts (user guide: reference-pipeline-structure)."""
    if provider is None and action.type.owner != "Custom":
        return
    for word, count, (least, most), member in (
        ("input", len(action.input_names), provider.inputs if provider else CUSTOM, "inputArtifacts"),
        ("output", len(action.output_names), provider.outputs if provider else CUSTOM, "outputArtifacts"),
    ):
        if least <= count <= most:
            continue
        bound = (
            f"less than the minimum count ({least})"
            if count < least
            else f"more than the maximum count ({most})"
        )
        message = f"Action {action.name} declares {count} {word} artifacts which is {bound}"
        wanted = f"{least}" if least == most else f"{least} to {most}"
        many = "artifact" if wanted == "1" else "artifacts"
        todo = f"A {action.type} action has {wanted} {word} {many}."
        if provider and provider.counts == "loose":
            yield here.member(member).warning("InvalidActionDeclarationException", message, todo)
        else:
            yield here.member(member).in_action(message, todo)


def _fields(action: Action, here: Place) -> Iterator[Breach]:
    """Members that belong to one kind of action only (service model: ActionDeclaration)."""
    commands = action.provider == "Commands" and action.type.owner == "AWS"
    if commands and not action.commands:
        yield here.member("commands").in_action(
            f"Action {action.name} must have a non-empty commands field",
            'Write the shell commands: "commands": ["make"].',
        )
    mine = {
        "commands": action.commands,
        "outputVariables": action.output_variables,
        "outputArtifacts.files": any(artifact.files for artifact in action.outputs or ()),
    }
    for member, value in mine.items():
        if value and not commands:
            yield here.member(member).warning(
                "InvalidActionDeclarationException",
                f"{member} in action {action.name} is only for the Commands action",
                "Take it out: this action will not look at it.",
            )
    if action.timeout_in_minutes is not None and not action.is_approval:
        yield here.member("timeoutInMinutes").warning(
            "InvalidActionDeclarationException",
            f"timeoutInMinutes in action {action.name} is only for the manual approval action",
            "Take it out: every other action has the timeout of its provider.",
        )
