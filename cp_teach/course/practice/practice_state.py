"""The state of a practice: the levels, the open one with the learner's attempt, and what the panel reveals of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cp_teach.course.levels.attempt import Attempt
from cp_teach.course.levels.level import Level
from cp_teach.course.levels.move_language import Move, move_label
from cp_teach.course.levels.solver import par
from cp_teach.course.practice.progress import Progress


@dataclass
class PracticeState:
    """Everything that the panel shows, without the widgets that show it.

    Raises ``LookupError`` if ``name`` is not in ``levels``.
    """

    levels: Mapping[str, Level]
    progress: Progress
    name: str
    attempt: Attempt = field(init=False)
    par: int = field(init=False)
    hint: str = ""
    solution: list[str] = field(default_factory=list)
    """The labels of the moves to the goals, once the learner has asked for them."""
    predicted: dict[int, int] = field(default_factory=dict)
    """The option that the learner chose, by the number of the prediction."""
    chosen: int = -1
    """The option that the learner chose for the level's question; -1 for none."""

    def __post_init__(self) -> None:
        if self.name not in self.levels:
            raise LookupError(f"there is no level {self.name!r}; the levels are: {', '.join(self.levels)}")
        self.attempt = Attempt(self.levels[self.name])
        self.par = par(self.level)

    @property
    def level(self) -> Level:
        """The open level."""
        return self.attempt.level

    @property
    def number(self) -> int:
        """The place of the open level in the list, from 1."""
        return list(self.levels).index(self.level.name) + 1

    def path_labels(self, path: tuple[Move, ...]) -> list[str]:
        """The labels of these moves from the learner's position on."""
        labels, moment = [], self.attempt.moment
        for move in path:
            labels.append(move_label(moment.state, move))
            moment = self.level.apply(moment, move)
        return labels
