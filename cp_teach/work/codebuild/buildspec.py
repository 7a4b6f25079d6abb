"""The contents of a buildspec: phases, variables, and artifacts, in the terms of the CodeBuild user guide
(build-spec-ref). ``buildspec_parser`` reads them from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class BadBuildspec(ValueError):
    """A buildspec that CodeBuild would refuse. ``errors`` holds a message for every error."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("The buildspec cannot be used. " + " ".join(errors))
        self.errors = tuple(errors)


@dataclass(frozen=True)
class OnFailure:
    """What the build does when a phase fails."""

    action: str
    """ABORT, CONTINUE, or RETRY."""
    retries: int = 0
    pattern: str = ".*"
    """RETRY applies only if this regular expression occurs in the phase's output or its error."""


@dataclass(frozen=True)
class Phase:
    """The commands of a phase. ``finally_commands`` run also if a command failed."""

    commands: tuple[str, ...]
    finally_commands: tuple[str, ...] = ()
    on_failure: OnFailure | None = None


@dataclass(frozen=True)
class ArtifactFiles:
    """The files of an artifact: globs below ``base_directory``, which may itself be a glob."""

    files: tuple[str, ...]
    base_directory: str = ""
    discard_paths: bool = False
    """Whether only the names of the files are kept, without their folders."""
    exclude_paths: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Buildspec:
    """A valid buildspec."""

    version: str
    phases: Mapping[str, Phase]
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variable -> the AWS source of its value, such as "parameter-store /shop/password"."""
    exported: tuple[str, ...] = ()
    shell: str = "sh"
    artifacts: ArtifactFiles | None = None
    secondary: Mapping[str, ArtifactFiles] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Log lines about settings that have no effect in a local build."""
