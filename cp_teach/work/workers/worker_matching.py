"""Which actions of a pipeline a job worker of ours can do: it is found out without any service, so that it is quick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cp_teach.pipeline import Action, Pipeline
from cp_teach.work.simulation.test_providers import PROVIDERS

Command = str | Sequence[str]
"""The command of a Jenkins project: for a shell, or as words."""


def name_of(action: Action) -> str:
    """The name of an action's project; without one in its configuration that of the action."""
    return action.settings.get("ProjectName") or action.name


def words(command: Command) -> tuple[str, ...]:
    """The command as words. Raises ``ValueError`` for an empty one."""
    found = ("sh", "-c", command) if isinstance(command, str) else tuple(command)
    if not found or not found[-1].strip():
        raise ValueError("A Jenkins project needs a command, such as 'make test'.")
    return found


def worked(pipeline: Pipeline, projects: Mapping[str, Command]) -> dict[str, Action]:
    """The actions that our workers can do, by "Stage/Action": tests of partners, and those of custom types whose
    project has a command. Raises ``ValueError`` for a project that no action names, or without a command."""
    found: dict[str, Action] = {}
    known: list[str] = []
    for stage in pipeline.stages:
        for action in stage.actions:
            kind, project = action.type, name_of(action)
            if kind.owner == "Custom":
                known.append(project)
            if (kind.owner == "ThirdParty" and kind.category == "Test" and kind.provider in PROVIDERS) or (
                kind.owner == "Custom" and project in projects
            ):
                found[f"{stage.name}/{action.name}"] = action
    if strange := [name for name in projects if name not in known]:
        names = ", ".join(dict.fromkeys(known)) or "none"
        raise ValueError(
            f"No custom action is for the project {strange[0]}. The pipeline has projects: {names}."
        )
    for command in projects.values():
        words(command)
    return found
