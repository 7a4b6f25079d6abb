"""Actions of a pipeline: their type, artifacts, configuration, and environment variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

Pairs = tuple[tuple[str, str], ...]
"""A configuration map as (key, value) pairs in their original order; unlike a dict, it is hashable."""

VARIABLE_REFERENCE = re.compile(r"#\{([^.{}#\s]+)\.([^{}#\s]+)\}")
"""A reference to a variable in a value: ``#{namespace.key}``."""


@dataclass(frozen=True)
class ActionType:
    """The type of an action: category, owner, provider, and version (AWS's ``actionTypeId``)."""

    category: str
    owner: str
    provider: str
    version: str = "1"

    def __str__(self) -> str:
        return f"{self.category}/{self.owner}/{self.provider}"


@dataclass(frozen=True)
class OutputArtifact:
    """An artifact that an action produces. ``files`` is for the Commands action only."""

    name: str
    files: tuple[str, ...] | None = None


@dataclass(frozen=True)
class EnvironmentVariable:
    """One environment variable of a Commands action."""

    name: str
    value: str
    type: str | None = None


@dataclass(frozen=True)
class Action:
    """A task performed on artifacts.

    ``configuration`` is a tuple of (key, value) pairs; ``settings`` gives it as a dict.
    """

    name: str
    type: ActionType
    run_order: int | None = None
    configuration: Pairs | None = None
    inputs: tuple[str, ...] | None = None
    outputs: tuple[OutputArtifact, ...] | None = None
    role_arn: str | None = None
    region: str | None = None
    namespace: str | None = None
    timeout_in_minutes: int | None = None
    commands: tuple[str, ...] | None = None
    output_variables: tuple[str, ...] | None = None
    environment_variables: tuple[EnvironmentVariable, ...] | None = None

    @property
    def order(self) -> int:
        """The run order; AWS's default is 1."""
        return 1 if self.run_order is None else self.run_order

    @property
    def category(self) -> str:
        """Source, Build, Test, Deploy, Invoke, Approval or Compute."""
        return self.type.category

    @property
    def provider(self) -> str:
        """The provider: S3, CodeBuild, CodeDeploy, Manual, ..."""
        return self.type.provider

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of its input artifacts."""
        return self.inputs or ()

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of its output artifacts."""
        return tuple(artifact.name for artifact in self.outputs or ())

    @property
    def settings(self) -> dict[str, str]:
        """The configuration as a dict."""
        return dict(self.configuration or ())

    @cached_property
    def references(self) -> tuple[tuple[str, str], ...]:
        """Its variable references ``#{namespace.key}`` as (namespace, key) pairs."""
        texts = [value for _, value in self.configuration or ()]
        texts += [*(self.commands or ()), *(v.value for v in self.environment_variables or ())]
        return tuple(pair for text in texts for pair in VARIABLE_REFERENCE.findall(text))

    @cached_property
    def is_approval(self) -> bool:
        """Whether it is a manual approval, which a person answers."""
        return self.type.category == "Approval"
