"""Check an answer to an exercise: which conditions are met, which are missing, and what to do about those."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from typing import Any

from cp_teach.course.checks.exercise import WrongAnswer
from cp_teach.course.checks.exercises import EXERCISES


@dataclass(frozen=True)
class Line:
    """One condition and how it stands; ``todo`` is empty once it is met."""

    text: str
    met: bool
    todo: str

    @property
    def mark(self) -> str:
        """Glyph and word: never colour alone."""
        return "✓ Met" if self.met else "✗ Missing"


@dataclass(frozen=True)
class Checked:
    """The outcome of a check. True when everything is met; prints as a list, shows as one in a notebook.

    ``complaint`` and ``todo`` are filled, and ``lines`` is empty, when what was handed over cannot be judged.
    """

    exercise: str
    lines: tuple[Line, ...] = ()
    complaint: str = ""
    todo: str = ""

    def __bool__(self) -> bool:
        return bool(self.lines) and all(line.met for line in self.lines)

    @property
    def missing(self) -> tuple[Line, ...]:
        """The conditions that are not met."""
        return tuple(line for line in self.lines if not line.met)

    @property
    def headline(self) -> str:
        """The outcome in one sentence."""
        if self.complaint:
            return f"not yet. {self.complaint}"
        done = len(self.lines) - len(self.missing)
        if self:
            return f"done. All {done} conditions are met."
        return f"not yet. {done} of {len(self.lines)} conditions are met."

    def __repr__(self) -> str:
        told = [f"{self.exercise}: {self.headline}"]
        if self.complaint:
            told.append(f"What to do: {self.todo}")
        for line in self.lines:
            told.append(f"  {line.mark}: {line.text}")
            if line.todo:
                told.append(f"      What to do: {line.todo}")
        return "\n".join(told)

    def _repr_html_(self) -> str:
        told = f"<p>{escape(self.todo)}</p>" if self.complaint else ""
        if self.lines:
            told = "".join(
                f'<li style="margin:.35em 0"><strong>{line.mark}:</strong> {escape(line.text)}'
                + (f"<br><em>What to do:</em> {escape(line.todo)}" if line.todo else "")
                + "</li>"
                for line in self.lines
            )
            told = f'<ul style="list-style:none;padding-left:0">{told}</ul>'
        head = f"{'✓' if self else '✗'} {escape(self.exercise)}:"
        style = "border-inline-start:.25rem solid;padding:.1rem .8rem;max-width:48rem"
        return (
            f'<div class="cp-check" style="{style}">'
            f"<p><strong>{head}</strong> {escape(self.headline)}</p>{told}</div>"
        )


GRADING = "NBGRADER_EXECUTION"
"""What nbgrader sets in the environment while it grades or validates a notebook."""


def check(name: str, answer: Any) -> Checked:
    """Judge ``answer`` to the exercise ``name``: what is met, what is missing. Raises nothing.

    An answer of the wrong kind, or a name that no exercise has, is told in a sentence, too. Only under nbgrader, which
    takes an exception for "no points", what is missing is raised as an ``AssertionError`` with the same words.
    """
    checked = _checked(name, answer)
    if not checked and os.environ.get(GRADING):
        raise AssertionError(repr(checked))
    return checked


def _checked(name: str, answer: Any) -> Checked:
    exercise = EXERCISES.get(name) if isinstance(name, str) else None
    if exercise is None:
        near = get_close_matches(str(name), EXERCISES, n=1, cutoff=0.5)
        hint = f'Did you mean check("{near[0]}", …)? ' if near else ""
        return Checked(
            str(name),
            complaint=f"There is no exercise of the name {name!r}.",
            todo=f"{hint}The exercises are: {', '.join(EXERCISES)}.",
        )
    try:
        judged = exercise.takes(name, answer)
    except WrongAnswer as wrong:
        return Checked(name, complaint=wrong.reason, todo=wrong.instead)
    lines = []
    for goal in exercise.goals:
        met = goal.met(judged)
        lines.append(Line(goal.text, met, "" if met else goal.advice(judged)))
    return Checked(name, tuple(lines))
