"""Match pipeline actions to the job workers of this kit, without starting any service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cp_teach.pipeline import Action, Pipeline
from cp_teach.work.simulation.simulated_tests import PROVIDERS

Command = str | Sequence[str]
"""The command of a Jenkins project: a line for a shell, or a sequence of arguments."""


def project_name(action: Action) -> str:
    """The name of an action's project; without one in its configuration, the name of the action."""
    return action.settings.get("ProjectName") or action.name


def command_arguments(command: Command) -> tuple[str, ...]:
    """The command as a tuple of arguments. Raises ``ValueError`` if it is empty."""
    arguments = ("sh", "-c", command) if isinstance(command, str) else tuple(command)
    if not arguments or not arguments[-1].strip():
        raise ValueError("A Jenkins project needs a command, such as 'make test'.")
    return arguments


def match_workers(pipeline: Pipeline, projects: Mapping[str, Command]) -> dict[str, Action]:
    """The actions that the kit's workers can do, by "Stage/Action": tests of partners, and custom actions whose
    project has a command. Raises ``ValueError`` for a project that belongs to no action or has no command."""
    matched: dict[str, Action] = {}
    project_names: list[str] = []
    for stage in pipeline.stages:
        for action in stage.actions:
            kind, project = action.type, project_name(action)
            if kind.owner == "Custom":
                project_names.append(project)
            if (kind.owner == "ThirdParty" and kind.category == "Test" and kind.provider in PROVIDERS) or (
                kind.owner == "Custom" and project in projects
            ):
                matched[f"{stage.name}/{action.name}"] = action
    if unknown := [name for name in projects if name not in project_names]:
        names = ", ".join(dict.fromkeys(project_names)) or "none"
        raise ValueError(
            f"No custom action has the project {unknown[0]}. The projects of the pipeline: {names}."
        )
    for command in projects.values():
        command_arguments(command)
    return matched
