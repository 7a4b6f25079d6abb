"""The check of an answer to an exercise: the conditions it meets and misses, and what to do about the latter."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape

from cp_teach.course.checks.exercise import WrongAnswer
from cp_teach.course.checks.exercises import EXERCISES
from cp_teach.translation import _


@dataclass(frozen=True)
class Line:
    """One condition, and whether the answer meets it; ``todo`` is empty if it does."""

    text: str
    met: bool
    todo: str

    @property
    def mark(self) -> str:
        """The mark of the condition: a glyph and a word, because color alone is not enough."""
        return "✓ " + _("Met") if self.met else "✗ " + _("Missing")


@dataclass(frozen=True)
class Checked:
    """The result of a check: true if all conditions are met; a list in print and in a notebook.

    If the answer cannot be judged, ``lines`` is empty, and ``complaint`` and ``todo`` say why and what to do.
    """

    exercise: str
    lines: tuple[Line, ...] = ()
    complaint: str = ""
    todo: str = ""

    def __bool__(self) -> bool:
        return bool(self.lines) and all(line.met for line in self.lines)

    @property
    def missing(self) -> tuple[Line, ...]:
        """The conditions that the answer misses."""
        return tuple(line for line in self.lines if not line.met)

    @property
    def headline(self) -> str:
        """The result in one sentence."""
        if self.complaint:
            return _("not yet. {complaint}", complaint=self.complaint)
        done = len(self.lines) - len(self.missing)
        if self:
            return _("done. All {done} conditions are met.", done=done)
        return _("not yet. {done} of {count} conditions are met.", done=done, count=len(self.lines))

    def __repr__(self) -> str:
        texts = [f"{self.exercise}: {self.headline}"]
        if self.complaint:
            texts.append(_("Hint: {todo}", todo=self.todo))
        for line in self.lines:
            texts.append(f"  {line.mark}: {line.text}")
            if line.todo:
                texts.append("      " + _("Hint: {todo}", todo=line.todo))
        return "\n".join(texts)

    def _repr_html_(self) -> str:
        body = f"<p>{escape(self.todo)}</p>" if self.complaint else ""
        if self.lines:
            items = "".join(
                f'<li style="margin:.35em 0"><strong>{line.mark}:</strong> {escape(line.text)}'
                + ("<br>" + escape(_("Hint: {todo}", todo=line.todo)) if line.todo else "")
                + "</li>"
                for line in self.lines
            )
            body = f'<ul style="list-style:none;padding-left:0">{items}</ul>'
        head = f"{'✓' if self else '✗'} {escape(self.exercise)}:"
        style = "border-inline-start:.25rem solid;padding:.1rem .8rem;max-width:48rem"
        return (
            f'<div class="cp-check" style="{style}">'
            f"<p><strong>{head}</strong> {escape(self.headline)}</p>{body}</div>"
        )


GRADING = "NBGRADER_EXECUTION"
"""The environment variable that nbgrader sets while it grades or validates a notebook."""


def check(name: str, answer: object) -> Checked:
    """Check ``answer`` to the exercise ``name``; a wrong name or kind of answer is reported in the result, too.

    Raises ``AssertionError`` with the text of the result only under nbgrader, which gives no points for an exception.
    """
    checked = _checked(name, answer)
    if not checked and os.environ.get(GRADING):
        raise AssertionError(repr(checked))
    return checked


def _checked(name: str, answer: object) -> Checked:
    exercise = EXERCISES.get(name) if isinstance(name, str) else None
    if exercise is None:
        near = get_close_matches(str(name), EXERCISES, n=1, cutoff=0.5)
        hint = _('Did you mean check("{near}", …)? ', near=near[0]) if near else ""
        return Checked(
            str(name),
            complaint=_("There is no exercise named {name!r}.", name=name),
            todo=_("{hint}The exercises are: {names}.", hint=hint, names=", ".join(EXERCISES)),
        )
    try:
        judged = exercise.takes(name, answer)
    except WrongAnswer as error:
        return Checked(name, complaint=_(error.reason), todo=_(error.instead))
    lines = []
    for goal in exercise.goals:
        met = goal.met(judged)
        lines.append(Line(_(goal.text), met, "" if met else _(goal.advice(judged))))
    return Checked(name, tuple(lines))
