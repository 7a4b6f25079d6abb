"""A vote: a question to the class, with one answer for each ballot and no results before the reveal."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from cp_teach.course.predictions.prediction_widget import Prediction, predict


@dataclass
class Vote:
    """One question, the answers so far (ballot -> option, counted from 0), and whether it is revealed."""

    prediction: Prediction
    number: int
    answers: dict[str, int] = field(default_factory=dict)
    revealed: bool = False

    @classmethod
    def of(cls, question: str | Prediction, number: int) -> Vote:
        """Return a vote on a question of the course, by its name, or on another prediction."""
        return cls(question if isinstance(question, Prediction) else predict(question), number)

    def answer(self, ballot: str, option: Any) -> bool:
        """Record an answer; a later one of the same ballot replaces it. True if that changed something; False if the
        option is invalid or unchanged, or the answer is too late."""
        is_valid = type(option) is int and 0 <= option < len(self.prediction.options)
        if not is_valid or self.revealed or not ballot or self.answers.get(ballot) == option:
            return False
        self.answers[ballot] = option
        return True

    def tally(self) -> list[int]:
        """Return the number of answers for each option."""
        return [
            sum(chosen == at for chosen in self.answers.values())
            for at in range(len(self.prediction.options))
        ]

    def snapshot(self, *, by_instructor: bool, following: Collection[str] | None = None) -> dict[str, Any]:
        """Return the question for a page. Before the reveal, no student sees the right answer or what others chose.

        The instructor also sees how many answers came from ballots that are not in ``following``. That exposes a
        person who collects ballots in order to answer many times.
        """
        options = [dict(option) for option in self.prediction.options]
        if not self.revealed:
            options = [{"text": option["text"]} for option in options]
        data = {"number": self.number, "question": self.prediction.question, "options": options}
        data["revealed"] = self.revealed
        if by_instructor or self.revealed:
            data |= {"count": len(self.answers), "tally": self.tally()}
        if by_instructor and following is not None:
            data["left"] = sum(ballot not in following for ballot in self.answers)
        return data
