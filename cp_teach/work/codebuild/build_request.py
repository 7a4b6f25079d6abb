"""The request for a build, validated and read from the configuration of a CodeBuild action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cp_teach.pipeline.rules.configuration_rules import BAD_IDENTIFIER, bad_identifiers
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.work.codebuild.buildspec import NAME, Buildspec
from cp_teach.work.task import Task

EXAMPLE = '[{"name": "STAGE", "value": "beta"}]'


class Project(NamedTuple):
    """A CodeBuild project: the settings that a local build uses."""

    buildspec: str = "buildspec.yml"
    """Its path in the primary source, or the buildspec itself if it has more than one line."""
    variables: Mapping[str, str] = {}


class BuildRequest(NamedTuple):
    """The inputs, outputs, and variables of one build."""

    inputs: Mapping[str, Path]
    """Artifact name -> zip."""
    primary: str
    """The input artifact that contains the buildspec."""
    outputs: Sequence[str]
    buildspec: str
    """Its path in the primary source, or its text."""
    overrides: Mapping[str, str]
    """Variables that override those of the buildspec."""
    spec: Buildspec | None = None
    """The buildspec itself, if it is in no file."""


class InvalidConfiguration(Exception):
    """An action configuration for which CodeBuild starts no build. Its text is a sentence for a learner."""


def build_request(task: Task, project: Project) -> BuildRequest:
    """The request of an action execution to a project. Raises ``InvalidConfiguration``."""
    if not task.configuration.get("ProjectName"):
        raise InvalidConfiguration(
            "The action's configuration has no ProjectName; name the CodeBuild project."
        )
    if not task.inputs:
        raise InvalidConfiguration(
            "CodeBuild needs an input artifact; give the action an output artifact of an earlier stage."
        )
    if problem := missing_inputs(task):
        raise InvalidConfiguration(problem)
    primary = task.configuration.get("PrimarySource", "")
    if not primary and len(task.inputs) > 1:
        raise InvalidConfiguration(
            f"With several input artifacts, the configuration must name the one with the buildspec: "
            f"PrimarySource is one of {', '.join(task.inputs)}."
        )
    if bad_identifiers(list(task.inputs), task.outputs, primary):
        raise InvalidConfiguration(BAD_IDENTIFIER)
    primary = primary or next(iter(task.inputs))
    if primary not in task.inputs:
        raise InvalidConfiguration(
            f"PrimarySource is {primary!r}, which is not one of the input artifacts: {', '.join(task.inputs)}."
        )
    overrides = {**project.variables, **_variables(task.configuration.get("EnvironmentVariables", ""))}
    return BuildRequest(task.inputs, primary, task.outputs, project.buildspec, overrides)


def missing_inputs(task: Task) -> str:
    """A sentence about the first input artifact whose file does not exist; "" if all exist."""
    missing = next((name for name, path in task.inputs.items() if not path.is_file()), "")
    if not missing:
        return ""
    return (
        f"The input artifact {missing} is not in the artifact store; did the action that makes it upload it?"
    )


def _variables(text: str) -> dict[str, str]:
    """The action's EnvironmentVariables: JSON text of a list of objects with name, value, and type."""
    if not text:
        return {}
    try:
        entries = parse_json(text)
    except InvalidJson as error:
        raise InvalidConfiguration(
            f"EnvironmentVariables is not valid JSON: {error} Write {EXAMPLE}."
        ) from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidConfiguration(f"EnvironmentVariables must be a list: write {EXAMPLE}.")
    variables = {}
    for entry in entries:
        name, value = entry.get("name"), entry.get("value")
        if not (isinstance(name, str) and NAME.fullmatch(name) and isinstance(value, str)):
            raise InvalidConfiguration(
                f"EnvironmentVariables has an entry without a valid name or value: write {EXAMPLE}."
            )
        if "\0" in value:
            raise InvalidConfiguration(
                f"The environment variable {name} contains a character that is not valid text; remove it."
            )
        if entry.get("type", "PLAINTEXT") != "PLAINTEXT":
            raise InvalidConfiguration(
                f"The environment variable {name} is of type {entry['type']}, which needs AWS. Here, "
                "give a value that is not secret, of type PLAINTEXT."
            )
        variables[name] = value
    return variables
