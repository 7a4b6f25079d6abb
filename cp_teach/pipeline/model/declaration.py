"""The declaration of a pipeline: its stages, artifact stores, variables, and triggers.

The classes of this folder are the shapes of AWS's pipeline structure (botocore's service model,
``codepipeline/2015-07-09``). They are immutable and hashable, so all states of a run share one declaration. An omitted
member is None or empty, so that ``to_aws`` returns exactly what ``from_aws`` was given; properties such as
``Action.order`` and ``PipelineDeclaration.mode`` return AWS's default instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from cp_teach.pipeline.model.action import Action
from cp_teach.pipeline.model.stage import Stage


@dataclass(frozen=True)
class EncryptionKey:
    """The KMS key that encrypts artifacts."""

    id: str
    type: str


@dataclass(frozen=True)
class ArtifactStore:
    """The S3 bucket for the artifacts."""

    location: str
    type: str = "S3"
    encryption_key: EncryptionKey | None = None


@dataclass(frozen=True)
class Variable:
    """A variable of the pipeline (V2); an execution that does not set it uses the default."""

    name: str
    default_value: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Patterns:
    """Globs that include a name, and globs that exclude it; an exclude overrides an include."""

    includes: tuple[str, ...] | None = None
    excludes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class GitFilter:
    """One filter of a trigger: tags, or branches and file paths; ``events`` is for pull requests only."""

    events: tuple[str, ...] | None = None
    tags: Patterns | None = None
    branches: Patterns | None = None
    file_paths: Patterns | None = None


@dataclass(frozen=True)
class Trigger:
    """The filters of one source action with a connection (V2)."""

    source_action_name: str
    push: tuple[GitFilter, ...] | None = None
    pull_request: tuple[GitFilter, ...] | None = None
    provider_type: str = "CodeStarSourceConnection"


@dataclass(frozen=True)
class PipelineDeclaration:
    """The structure of a pipeline (AWS's shape PipelineDeclaration), valid or not.

    ``cp_teach.pipeline.Pipeline`` adds the formats, the rules, and the graph.
    """

    name: str
    stages: tuple[Stage, ...]
    role_arn: str = "arn:aws:iam::123456789012:role/AWS-CodePipeline-Service"
    artifact_store: ArtifactStore | None = None
    artifact_stores: tuple[tuple[str, ArtifactStore], ...] | None = None
    version: int | None = None
    execution_mode: str | None = None
    pipeline_type: str | None = None
    variables: tuple[Variable, ...] | None = None
    triggers: tuple[Trigger, ...] | None = None
    disabled_transitions: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)
    """(stage, reason) of each inbound transition that is disabled from the beginning. Only a CloudFormation template
    says this (``DisableInboundStageTransitions``); it is no part of AWS's structure, so it does not count for
    equality."""
    _hash: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        values = tuple(getattr(self, f.name) for f in fields(self) if f.compare)
        object.__setattr__(self, "_hash", hash(values))

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Another process has another hash seed, so a pickled hash would be wrong there.
        self.__dict__.update(state)
        self.__post_init__()

    def __hash__(self) -> int:
        # Exploration hashes every State, which includes its pipeline, so the hash is computed only once.
        return self._hash

    @property
    def mode(self) -> str:
        """SUPERSEDED (AWS's default), QUEUED or PARALLEL."""
        return self.execution_mode or "SUPERSEDED"

    @cached_property
    def locks_stages(self) -> bool:
        """True in every mode but PARALLEL: a stage holds one execution at a time."""
        return self.mode != "PARALLEL"

    @cached_property
    def stage_indices(self) -> dict[str, int]:
        """Stage name -> index."""
        return {stage.name: index for index, stage in enumerate(self.stages)}

    @property
    def position(self) -> dict[str, int]:
        """The former name of ``stage_indices``; notebooks of learners read it."""
        return self.stage_indices

    def __getitem__(self, name: str) -> Stage:
        """The stage of that name: ``pipeline["Build"]``."""
        return self.stages[self.stage_indices[name]]

    @property
    def sources(self) -> tuple[Action, ...]:
        """The source actions."""
        return tuple(a for stage in self.stages[:1] for a in stage.actions if a.category == "Source")

    def __str__(self) -> str:
        return f"{self.name}: " + " → ".join(stage.name for stage in self.stages)
