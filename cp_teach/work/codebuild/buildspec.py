"""A buildspec: which commands a build runs, and which files it keeps. Read from YAML and checked.

>>> spec = parse('''
... version: 0.2
... phases:
...   build:
...     commands: [make]
... artifacts:
...   files: [target/*.jar]
... ''')
>>> spec.phases["build"].commands, spec.artifacts.files
(('make',), ('target/*.jar',))

The words and what they mean: CodeBuild user guide, build-spec-ref.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class BadBuildspec(ValueError):
    """A buildspec that CodeBuild would refuse. ``faults`` holds a sentence for each thing that is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("The buildspec cannot be used. " + " ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class OnFailure:
    """What follows when a phase fails."""

    then: str
    """ABORT, CONTINUE or RETRY."""
    times: int = 0
    pattern: str = ".*"
    """For RETRY: only when this regular expression is found in the phase's output or its error."""


@dataclass(frozen=True)
class Phase:
    """One phase's commands. ``last`` is its ``finally``: run also when a command has failed."""

    commands: tuple[str, ...]
    last: tuple[str, ...] = ()
    on_failure: OnFailure | None = None


@dataclass(frozen=True)
class Files:
    """Which files make an artifact: globs under ``base``, which may be a glob itself."""

    files: tuple[str, ...]
    base: str = ""
    flat: bool = False
    """``discard-paths``: only the files' own names are kept."""
    without: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Buildspec:
    """A buildspec that CodeBuild takes."""

    version: str
    phases: Mapping[str, Phase]
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variable -> where AWS would get it: "parameter-store /shop/password"."""
    exported: tuple[str, ...] = ()
    shell: str = "sh"
    artifacts: Files | None = None
    secondary: Mapping[str, Files] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What it says and a build here does not do; to be told in the log."""


def parse(text: str) -> Buildspec:
    """Read a buildspec. Raises ``BadBuildspec`` with all that is wrong, and where."""
    from cp_teach.work.codebuild.buildspec_parser import parsed

    return parsed(text)
