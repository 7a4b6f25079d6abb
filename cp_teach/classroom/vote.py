"""A question that is put to the class: everybody answers once, nobody sees the others' answers before the reveal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cp_teach.course.predict import Prediction, predict


@dataclass
class Vote:
    """One question, the answers so far (student -> option, counted from 0), and whether it is revealed."""

    prediction: Prediction
    number: int
    answers: dict[str, int] = field(default_factory=dict)
    revealed: bool = False

    @classmethod
    def of(cls, question: str | Prediction, number: int) -> Vote:
        """A vote on one of the course's questions, by its name, or on a prediction of one's own."""
        return cls(question if isinstance(question, Prediction) else predict(question), number)

    def answer(self, student: str, option: Any) -> bool:
        """Note an answer; a later one of the same student replaces it. False for what is none, or comes too late."""
        known = (
            isinstance(option, int)
            and not isinstance(option, bool)
            and 0 <= option < len(self.prediction.options)
        )
        if known and not self.revealed:
            self.answers[student] = option
        return known and not self.revealed

    def tally(self) -> list[int]:
        """How many chose each option."""
        return [
            sum(chosen == at for chosen in self.answers.values())
            for at in range(len(self.prediction.options))
        ]

    def seen(self, *, by_instructor: bool) -> dict[str, Any]:
        """What is shown of it: before the reveal no student sees what is right, or what others chose."""
        options = [dict(option) for option in self.prediction.options]
        if not self.revealed:
            options = [{"text": option["text"]} for option in options]
        made = {"number": self.number, "question": self.prediction.question, "options": options}
        made |= {"revealed": self.revealed, "count": len(self.answers)}
        if by_instructor or self.revealed:
            made["tally"] = self.tally()
        return made
