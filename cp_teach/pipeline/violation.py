"""A breach: one rule of AWS that a pipeline breaks, told so that a learner can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from cp_teach.security.output.terminal import escape_line

if TYPE_CHECKING:
    from cp_teach.pipeline.model.pipeline import Pipeline

Level = Literal["error", "warning"]

ORDER = (
    "ValidationException",
    "InvalidStructureException",
    "InvalidStageDeclarationException",
    "InvalidActionDeclarationException",
)
"""AWS looks at single values first (a front-end check), then at the structure, the stages, the actions."""


@dataclass(frozen=True)
class Breach:
    """What is wrong, where, in AWS's words, and what to do about it.

    - ``level``: "error" (AWS refuses the pipeline) or "warning" (AWS takes it, but look again).
    - ``exception``: the name of AWS's error, such as ``InvalidActionDeclarationException``.
    - ``message``: AWS's message, word for word where it is known.
    - ``where``: the place as a reader says it: ``stage Build, action Compile``.
    - ``path``: the same place as AWS's member path: ``pipeline.stages.2.member.actions.1.member``.
    - ``todo``: one sentence: what to do.
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
        # A name with a newline must not be able to imitate a line of ours.
        return f"{escape_line(self.where)}: {word}\n    {message}\n    → {escape_line(self.todo)}"


def in_order(breaches: list[Breach]) -> list[Breach]:
    """Errors before warnings, and errors in the order in which AWS would meet them."""

    def rank(breach: Breach) -> tuple[bool, int]:
        place = ORDER.index(breach.exception) if breach.exception in ORDER else len(ORDER)
        return breach.level == "warning", place

    return sorted(breaches, key=rank)


class InvalidPipeline(ValueError):
    """AWS would refuse this pipeline. ``breaches`` says everything that is wrong, not only the first thing.

    ``exception`` and ``aws_message`` are what one call of ``create-pipeline`` would answer: the first error.
    ``pipeline`` is the blueprint as far as it could be read, or None.
    """

    def __init__(self, breaches: list[Breach], pipeline: Pipeline | None = None) -> None:
        self.breaches = in_order(breaches)
        self.pipeline = pipeline
        super().__init__(str(self))

    @property
    def errors(self) -> list[Breach]:
        """The breaches for which AWS refuses the pipeline, warnings left out."""
        return [breach for breach in self.breaches if breach.level == "error"]

    @property
    def exception(self) -> str:
        """The name of the error that AWS would answer with."""
        return self.errors[0].exception if self.errors else "ValidationException"

    @property
    def aws_message(self) -> str:
        """The message that AWS would answer with."""
        return self.errors[0].message if self.errors else ""

    def __reduce__(self) -> tuple[type[InvalidPipeline], tuple[list[Breach], Pipeline | None]]:
        return InvalidPipeline, (self.breaches, self.pipeline)

    def __str__(self) -> str:
        name = f"The pipeline {self.pipeline.name!r}" if self.pipeline and self.pipeline.name else "This"
        many = len(self.errors)
        head = (
            f"{name} is not a pipeline that AWS would accept: {many} {'breach' if many == 1 else 'breaches'}."
        )
        return "\n".join([head, *(f"{n}. {breach}" for n, breach in enumerate(self.breaches, start=1))])

    def _repr_html_(self) -> str:
        return table(self.breaches)


def table(breaches: list[Breach]) -> str:
    """The breaches as an HTML table for a notebook; every text is escaped."""
    if not breaches:
        return "<p>No breach: AWS would accept this pipeline.</p>"
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:left;white-space:pre-line">{escape(text)}</td>'
            for text in (breach.where, f"{breach.level}: {breach.exception}", breach.message, breach.todo)
        )
        + "</tr>"
        for breach in breaches
    )
    heads = "".join(
        f'<th scope="col" style="text-align:left">{h}</th>' for h in ("Where", "What", "AWS says", "Do")
    )
    title = "<caption>What AWS would say</caption>"
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
