"""The output variables of an action that is simulated, or that a person ends.

A later action may use ``#{namespace.KEY}`` of a build that does not really run. On AWS the build exports the variable,
so the simulation gives it a value, too: the keys of the provider, the keys that the action declares, and the keys that
later actions and rules use. A value that nothing determines is made up, and begins with ``simulated`` where its form
allows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cp_teach.engine.history.records import ActionRow, ExecutionRow
from cp_teach.engine.model.commands import Pairs
from cp_teach.engine.model.ids import derived, uuid
from cp_teach.pipeline import Action, Pipeline, Rule
from cp_teach.pipeline.catalogs import catalog
from cp_teach.pipeline.model.action import VARIABLE_REFERENCE

ACCOUNT = "123456789012"
MADE_UP = "simulated"
"""How a made-up value begins."""
WITHOUT_OUTPUTS = ("CHANGE_SET_REPLACE", "DELETE_ONLY")
"""Modes of CloudFormation that leave no stack with new outputs (user guide: action-reference-CloudFormation)."""


def simulated_variables(
    execution: ExecutionRow, row: ActionRow, run: str, given: Pairs = (), external_id: str = ""
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The output variables of this run of an action, and which of them are made up.

    ``given`` holds the variables that are known; they are kept, and then no further exported variable is made up.
    ``run`` is the name that ids are derived from, and ``external_id`` the provider's id of the work, if it has one.
    """
    pipeline = execution.pipeline
    action = pipeline[row.stage][row.action]
    fixed = _provider_keys(action)
    exported = () if given or not _exports(action) else tuple(used_keys(pipeline, action.namespace))
    values, made_up = dict(given), []
    if action.category == "Source":  # the variables of a source's provider follow from its revision
        fixed = ()
    expected = _expected_values(pipeline, action.namespace)
    for key in dict.fromkeys((*fixed, *(action.output_variables or ()), *exported)):
        if key in values:
            continue
        known = _known_value(execution, row, action, key, run, external_id)
        if known is None:
            known = expected.get(key) or _made_up(row, key, run)
            made_up.append(key)
        values[key] = known
    return values, tuple(made_up)


def used_keys(pipeline: Pipeline, namespace: str | None) -> list[str]:
    """The keys of a namespace that actions and rules of the pipeline use, in the order of the definition."""
    if not namespace:
        return []
    references = [pair for stage in pipeline.stages for action in stage.actions for pair in action.references]
    texts = (text for rule in _rules(pipeline) for _, text in rule.configuration or ())
    references += [pair for text in texts for pair in VARIABLE_REFERENCE.findall(text)]
    references += [
        pair
        for rule in _rules(pipeline)
        for command in rule.commands or ()
        for pair in VARIABLE_REFERENCE.findall(command)
    ]
    return list(dict.fromkeys(key for space, key in references if space == namespace))


def _rules(pipeline: Pipeline) -> Iterator[Rule]:
    for stage in pipeline.stages:
        for kind in ("BEFORE_ENTRY", "ON_SUCCESS", "ON_FAILURE"):
            yield from stage.rules(kind)


def _provider_keys(action: Action) -> tuple[str, ...]:
    provider = catalog().find(action.type)
    return provider.variables if provider is not None else ()


def _exports(action: Action) -> bool:
    """Whether the work itself, such as a buildspec, can choose the names of its output variables."""
    if action.provider == "CloudFormation":
        return action.settings.get("ActionMode") not in WITHOUT_OUTPUTS
    provider = catalog().find(action.type)
    if provider is None or provider.owner != "AWS":
        return not action.is_approval and (action.category != "Source" or provider is None)
    return provider.exports


def _expected_values(pipeline: Pipeline, namespace: str | None) -> dict[str, str]:
    """Key -> the value for which a VariableCheck is met, so that a simulated execution passes its conditions."""
    values: dict[str, str] = {}
    for rule in _rules(pipeline) if namespace else ():
        settings = dict(rule.configuration or ())
        match = VARIABLE_REFERENCE.fullmatch(settings.get("Variable", "").strip())
        value = settings.get("Value", "")
        constant = value and not VARIABLE_REFERENCE.search(value)
        if match and match[1] == namespace and constant and settings.get("Operator") in ("EQ", "CONTAINS"):
            values.setdefault(match[2], value)
    return values


def _known_value(
    execution: ExecutionRow, row: ActionRow, action: Action, key: str, run: str, external_id: str
) -> str | None:
    """The value of a key that follows from the run or from the configuration; None if nothing determines it."""
    settings, region = action.settings, action.region or "us-east-1"
    seed: tuple[Any, ...] = (run, row.fork, row.position, row.execution, row.action)
    project = settings.get("ProjectName") or "project"
    build = external_id or f"{project}:{uuid(*seed, 'build')}"
    revision = next((each.id for each in execution.revisions), "")
    match key:
        case "CODEBUILD_BUILD_ID":
            return build
        case "CODEBUILD_BUILD_ARN":
            return f"arn:aws:codebuild:{region}:{ACCOUNT}:build/{build}"
        case "CODEBUILD_BUILD_NUMBER":
            return str(row.execution)
        case "CODEBUILD_INITIATOR":
            return f"codepipeline/{execution.pipeline.name}"
        case "CODEBUILD_RESOLVED_SOURCE_VERSION" | "CODEBUILD_SOURCE_VERSION" if revision:
            return revision
        case "AWS_REGION" | "AWS_DEFAULT_REGION":
            return region
        case "StateMachineArn":
            return settings.get("StateMachineArn")
        case "ExecutionArn":
            machine = settings.get("StateMachineArn", "").replace(":stateMachine:", ":execution:")
            prefix = settings.get("ExecutionNamePrefix", "")
            return f"{machine}:{f'{prefix}-' if prefix else ''}{uuid(*seed, 'execution')}"
        case "StackSetId":
            return f"{settings.get('StackSetName', 'stack-set')}:{uuid(run, settings.get('StackSetName'))}"
        case "OperationId":
            return external_id or uuid(*seed, "operation")
        case "ECRRepositoryName":
            return settings.get("ECRRepositoryName")
        case "ECRImageDigestId":
            return f"sha256:{_hexadecimal(run, row, key, 64)}"
        case "EKSClusterName":
            return settings.get("ClusterName")
        case "FunctionVersion":
            return settings.get("PublishedTargetVersion") or str(row.execution)
        case "HighestScannedSeverity":
            return "medium"
    return None


def _hexadecimal(run: str, row: ActionRow, what: str, length: int) -> str:
    letters = derived(f"{run}/{row.stage}/{row.action}", row.fork, row.position, what, min(length, 64))
    return "".join(f"{ord(letter) % 16:x}" for letter in letters)


def _made_up(row: ActionRow, key: str, run: str) -> str:
    """A value in the form that the name suggests."""
    digits = _hexadecimal(run, row, key, 7)
    words = "".join("-" if letter in "_.@" else letter for letter in key.lower()).strip("-") or "value"
    upper = key.upper()
    if upper.endswith("ARN"):
        return f"arn:aws:{MADE_UP}:us-east-1:{ACCOUNT}:{words}-{digits}"
    if "IMAGE" in upper and upper.endswith(("URI", "URL")):
        return f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{MADE_UP}:{digits}"
    if upper.endswith(("URL", "URI", "ENDPOINT", "LINK")):
        return f"https://{MADE_UP}.example/{words}-{digits}"
    return f"{MADE_UP}-{digits}"
