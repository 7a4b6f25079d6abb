"""Violations of AWS's rules for pipelines, and ``InvalidPipeline``, the error that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Literal

from cp_teach.pipeline.model.declaration import PipelineDeclaration
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
class Breach:
    """One violation: what is wrong, where, AWS's message, and what to do.

    - ``level``: "error" (AWS refuses the pipeline) or "warning" (AWS accepts it).
    - ``exception``: the name of AWS's error, such as ``InvalidActionDeclarationException``.
    - ``message``: AWS's message; its exact words if they are known.
    - ``where``: the location in words: ``stage Build, action Compile``.
    - ``path``: the same location as AWS's member path: ``pipeline.stages.2.member.actions.1.member``.
    - ``todo``: what to do, in one sentence.
    """

    level: Level
    exception: str
    message: str
    where: str
    path: str
    todo: str

    def __str__(self) -> str:
        word = self.exception if self.level == "error" else "warning"
        message = self.message.replace("\n", "\n    ")
        # A newline in a name must not imitate a line of this text.
        return f"{escape_line(self.where)}: {word}\n    {message}\n    → {escape_line(self.todo)}"


def in_order(violations: list[Breach]) -> list[Breach]:
    """Return errors before warnings, and errors in the order of AWS's checks."""

    def rank(violation: Breach) -> tuple[bool, int]:
        position = ORDER.index(violation.exception) if violation.exception in ORDER else len(ORDER)
        return violation.level == "warning", position

    return sorted(violations, key=rank)


class InvalidPipeline(ValueError):
    """AWS would refuse this pipeline. ``breaches`` lists all violations, not only the first one.

    ``exception`` and ``aws_message`` are the first error, which ``create-pipeline`` would return. ``pipeline`` is the
    declaration as far as it could be read, or None.
    """

    def __init__(self, violations: list[Breach], pipeline: PipelineDeclaration | None = None) -> None:
        self.breaches = in_order(violations)
        self.pipeline = pipeline
        super().__init__(str(self))

    @property
    def errors(self) -> list[Breach]:
        """The violations for which AWS refuses the pipeline, without the warnings."""
        return [violation for violation in self.breaches if violation.level == "error"]

    @property
    def exception(self) -> str:
        """The name of the error that AWS would return."""
        return self.errors[0].exception if self.errors else "ValidationException"

    @property
    def aws_message(self) -> str:
        """The message that AWS would return."""
        return self.errors[0].message if self.errors else ""

    def __reduce__(self) -> tuple[type[InvalidPipeline], tuple[list[Breach], PipelineDeclaration | None]]:
        return InvalidPipeline, (self.breaches, self.pipeline)

    def __str__(self) -> str:
        name = f"The pipeline {self.pipeline.name!r}" if self.pipeline and self.pipeline.name else "This"
        count = len(self.errors)
        head = (
            f"{name} is not a pipeline that AWS would accept: {count} {'error' if count == 1 else 'errors'}."
        )
        return "\n".join([head, *(f"{n}. {violation}" for n, violation in enumerate(self.breaches, start=1))])

    def _repr_html_(self) -> str:
        return table(self.breaches)


def table(violations: list[Breach]) -> str:
    """Return the violations as an HTML table for a notebook; every text is escaped."""
    if not violations:
        return "<p>No violations: AWS would accept this pipeline.</p>"
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:left;white-space:pre-line">{escape(text)}</td>'
            for text in (
                violation.where,
                f"{violation.level}: {violation.exception}",
                violation.message,
                violation.todo,
            )
        )
        + "</tr>"
        for violation in violations
    )
    heads = "".join(
        f'<th scope="col" style="text-align:left">{h}</th>' for h in ("Where", "What", "AWS says", "Do")
    )
    title = "<caption>What AWS would say</caption>"
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
