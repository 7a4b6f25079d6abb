"""An exercise as data: its task, and the conditions that an answer must meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
"""What an exercise judges: a Run, a Pipeline, a set of names."""


@dataclass(frozen=True)
class Goal(Generic[Answer]):
    """One condition on an answer.

    - ``text``: the condition, as the learner reads it.
    - ``met``: whether an answer meets it.
    - ``todo``: what to do if it does not; a function of the answer if that depends on it.
    """

    text: str
    met: Callable[[Answer], bool]
    todo: str | Callable[[Answer], str]

    def advice(self, answer: Answer) -> str:
        """What to do about an answer that misses the condition."""
        return self.todo if isinstance(self.todo, str) else self.todo(answer)


@dataclass(frozen=True)
class Exercise(Generic[Answer]):
    """A small task whose answer can be checked.

    - ``name``: the name for ``check``, such as "03-hold-a-release"; the number is that of its notebook.
    - ``task``: the task, in one or two sentences.
    - ``takes``: reads the learner's answer, given the name; returns what to judge, or raises ``WrongAnswer``.
    - ``goals``: the conditions, in the order in which a learner meets them best.
    """

    name: str
    task: str
    takes: Callable[[str, object], Answer]
    goals: tuple[Goal[Answer], ...]


class WrongAnswer(Exception):
    """An answer cannot be judged: ``reason`` says why, ``instead`` what to give to the check."""

    def __init__(self, reason: str, instead: str) -> None:
        super().__init__(f"{reason} {instead}")
        self.reason, self.instead = reason, instead
