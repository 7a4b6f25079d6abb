"""Violations of AWS's rules for pipelines, and ``InvalidPipeline``, the error that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.notebook_html import table
from cp_teach.security.output.terminal import escape_line

Level = Literal["error", "warning"]

ORDER = (
    "ValidationException",
    "InvalidStructureException",
    "InvalidStageDeclarationException",
    "InvalidActionDeclarationException",
)
"""The errors in the order of AWS's checks: single values first, then the structure, the stages, and the actions."""


@dataclass(frozen=True)
class Violation:
    """One violation: what is wrong, where, AWS's message, and what to do.

    - ``level``: "error" (AWS refuses the pipeline) or "warning" (AWS accepts it).
    - ``exception``: the name of AWS's error, such as ``InvalidActionDeclarationException``.
    - ``message``: AWS's message; its exact words if they are known.
    - ``location``: the location in words: ``stage Build, action Compile``.
    - ``path``: the same location as AWS's member path: ``pipeline.stages.2.member.actions.1.member``.
    - ``advice``: what to do, in one sentence.
    """

    level: Level
    exception: str
    message: str
    location: str
    path: str
    advice: str

    def __str__(self) -> str:
        word = self.exception if self.level == "error" else "warning"
        message = self.message.replace("\n", "\n    ")
        # A newline in a name must not imitate a line of this text.
        return f"{escape_line(self.location)}: {word}\n    {message}\n    → {escape_line(self.advice)}"


def in_order(violations: list[Violation]) -> list[Violation]:
    """Return errors before warnings, and errors in the order of AWS's checks."""

    def rank(violation: Violation) -> tuple[bool, int]:
        position = ORDER.index(violation.exception) if violation.exception in ORDER else len(ORDER)
        return violation.level == "warning", position

    return sorted(violations, key=rank)


class InvalidPipeline(ValueError):
    """AWS would refuse this pipeline. ``violations`` lists all violations, not only the first one.

    ``exception`` and ``aws_message`` are the first error, which ``create-pipeline`` would return. ``pipeline`` is the
    declaration as far as it could be read, or None.
    """

    def __init__(self, violations: list[Violation], pipeline: PipelineDeclaration | None = None) -> None:
        self.violations = in_order(violations)
        self.pipeline = pipeline
        super().__init__(str(self))

    @property
    def breaches(self) -> list[Violation]:
        """The former name of ``violations``."""
        return self.violations

    @property
    def errors(self) -> list[Violation]:
        """The violations for which AWS refuses the pipeline, without the warnings."""
        return [violation for violation in self.violations if violation.level == "error"]

    @property
    def exception(self) -> str:
        """The name of the error that AWS would return."""
        return self.errors[0].exception if self.errors else "ValidationException"

    @property
    def aws_message(self) -> str:
        """The message that AWS would return."""
        return self.errors[0].message if self.errors else ""

    def __reduce__(self) -> tuple[type[InvalidPipeline], tuple[list[Violation], PipelineDeclaration | None]]:
        return InvalidPipeline, (self.violations, self.pipeline)

    def __str__(self) -> str:
        name = f"The pipeline {self.pipeline.name!r}" if self.pipeline and self.pipeline.name else "This"
        count = len(self.errors)
        head = (
            f"{name} is not a pipeline that AWS would accept: {count} {'error' if count == 1 else 'errors'}."
        )
        return "\n".join(
            [head, *(f"{n}. {violation}" for n, violation in enumerate(self.violations, start=1))]
        )

    def _repr_html_(self) -> str:
        rows = [(v.location, f"{v.level}: {v.exception}", v.message, v.advice) for v in self.violations]
        return table("What AWS would say", ("Where", "What", "AWS says", "Do"), rows)
