"""An exercise as data: what is asked, and the conditions that an answer must meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Goal:
    """One condition.

    - ``text``: what has to be true, as the learner reads it.
    - ``met``: looks at the answer and says whether it is true.
    - ``todo``: what to do as long as it is not; a function of the answer where that decides.
    """

    text: str
    met: Callable[[Any], bool]
    todo: str | Callable[[Any], str]

    def advice(self, answer: Any) -> str:
        """What to do about this answer."""
        return self.todo if isinstance(self.todo, str) else self.todo(answer)


@dataclass(frozen=True)
class Exercise:
    """A small task that a check can judge.

    - ``name``: how ``check`` finds it, such as "03-hold-a-release"; the number is that of its notebook.
    - ``task``: what to do, in one or two sentences.
    - ``takes``: reads what the learner handed over; returns the answer to judge, or raises ``WrongAnswer``.
    - ``goals``: the conditions, in the order in which they are best met.
    """

    name: str
    task: str
    takes: Callable[[str, Any], Any]
    goals: tuple[Goal, ...]


class WrongAnswer(Exception):
    """What the learner handed over cannot be judged: ``reason`` says why, ``instead`` what to hand over."""

    def __init__(self, reason: str, instead: str) -> None:
        super().__init__(f"{reason} {instead}")
        self.reason, self.instead = reason, instead
