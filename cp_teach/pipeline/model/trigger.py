"""Triggers: which pushes and pull requests of a repository start the pipeline (shapes of AWS's service model)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patterns:
    """Globs that let a name in, and globs that keep it out; an exclude beats an include."""

    includes: tuple[str, ...] | None = None
    excludes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class GitFilter:
    """One filter of a trigger: tags, or branches with or without file paths; ``events`` for pull requests."""

    events: tuple[str, ...] | None = None
    tags: Patterns | None = None
    branches: Patterns | None = None
    file_paths: Patterns | None = None


@dataclass(frozen=True)
class Trigger:
    """Which pushes and pull requests of a connected repository start the pipeline (V2)."""

    source_action_name: str
    push: tuple[GitFilter, ...] | None = None
    pull_request: tuple[GitFilter, ...] | None = None
    provider_type: str = "CodeStarSourceConnection"
