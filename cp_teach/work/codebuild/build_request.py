"""What is to be built: read from the action's configuration, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cp_teach.security.input.json_input import BadJson, parse_json
from cp_teach.work.codebuild.buildspec_parser import NAME
from cp_teach.work.runtime.task import Task

EXAMPLE = '[{"name": "STAGE", "value": "beta"}]'


class Project(NamedTuple):
    """A CodeBuild project, as far as it matters here."""

    buildspec: str = "buildspec.yml"
    """Its path in the primary source, or the buildspec itself (more than one line)."""
    variables: Mapping[str, str] = {}


class Order(NamedTuple):
    """What is to be built."""

    inputs: Mapping[str, Path]
    """Artifact name -> zip."""
    primary: str
    """The input that has the buildspec."""
    outputs: Sequence[str]
    buildspec: str
    """Its path in the primary source, or the text itself."""
    given: Mapping[str, str]
    """Variables that go before those of the buildspec."""
    own: Mapping[str, str]
    """CodeBuild's own variables, and the environment."""


class Misconfigured(Exception):
    """An action that CodeBuild does not begin: its text is a sentence for a learner."""


def ordered(task: Task, project: Project) -> Order:
    """What an action's run asks of a project. Raises ``Misconfigured`` where the action says no such thing."""
    if not task.configuration.get("ProjectName"):
        raise Misconfigured("The action's configuration has no ProjectName; name the CodeBuild project.")
    if not task.inputs:
        raise Misconfigured("CodeBuild needs an input artifact; give the action one of an earlier stage.")
    for artifact, path in task.inputs.items():
        if not path.is_file():
            raise Misconfigured(
                f"The input artifact {artifact} is not in the artifact store; has the action that makes it "
                "uploaded it?"
            )
    primary = task.configuration.get("PrimarySource", "")
    if not primary and len(task.inputs) > 1:
        raise Misconfigured(
            f"With several input artifacts, the configuration must name the one with the buildspec: "
            f"PrimarySource is one of {', '.join(task.inputs)}."
        )
    primary = primary or next(iter(task.inputs))
    if primary not in task.inputs:
        raise Misconfigured(
            f"PrimarySource is {primary!r}, which is none of the input artifacts: {', '.join(task.inputs)}."
        )
    given = {**project.variables, **_variables(task.configuration.get("EnvironmentVariables", ""))}
    return Order(task.inputs, primary, task.outputs, project.buildspec, given, {})


def _variables(text: str) -> dict[str, str]:
    """The action's EnvironmentVariables: JSON text of a list of name, value and type."""
    if not text:
        return {}
    try:
        entries = parse_json(text)
    except BadJson as no:
        raise Misconfigured(f"EnvironmentVariables is not valid JSON: {no} Write {EXAMPLE}.") from no
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Misconfigured(f"EnvironmentVariables must be a list: write {EXAMPLE}.")
    found = {}
    for entry in entries:
        name, value = entry.get("name"), entry.get("value")
        if not (isinstance(name, str) and NAME.fullmatch(name) and isinstance(value, str)):
            raise Misconfigured(f"EnvironmentVariables has an entry without name or value: write {EXAMPLE}.")
        if "\0" in value:
            raise Misconfigured(f"The environment variable {name} holds a sign that is no text; take it out.")
        if entry.get("type", "PLAINTEXT") != "PLAINTEXT":
            raise Misconfigured(
                f"The environment variable {name} is of type {entry['type']}: no AWS is asked for it here. Give "
                "a value that is no secret, of type PLAINTEXT."
            )
        found[name] = value
    return found
