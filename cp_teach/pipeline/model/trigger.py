"""Triggers: filters for the pushes and pull requests that start the pipeline."""

from __future__ import annotations

from dataclasses import dataclass


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
