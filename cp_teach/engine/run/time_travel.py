"""Moving a Run in time: back, forth, and to any moment of its journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.rules.validation import Refused
from cp_teach.engine.run.listeners import News
from cp_teach.engine.run.result import Change, Happened


class Moving:
    """What ``Run`` offers to go back and forth. Nothing is lost by it, until something else is done there."""

    journal: Journal
    _forward_only: str
    _lock: Any
    _news: News
    _now: float

    def undo(self, steps: int = 1) -> Happened:
        """Step back. The state is exactly what it was; ``redo`` brings the step again."""
        return self._move(lambda: self._by(-_steps(steps), "undo"))

    def redo(self, steps: int = 1) -> Happened:
        """Bring back what was undone."""
        return self._move(lambda: self._by(_steps(steps), "redo"))

    def jump(self, position: int) -> Happened:
        """Go to the moment after the first ``position`` entries of the journal."""
        return self._move(lambda: self._moment(position))

    def reset(self) -> Happened:
        """Go back to the beginning. Nothing is lost: ``redo`` and ``jump`` lead back."""
        return self.jump(0)

    def _move(self, target: Callable[[], int]) -> Happened:
        with self._lock:
            if self._forward_only:
                raise Refused(
                    "ValidationException", self._forward_only, "fork() gives a run of its own to try it on."
                )
            position = target()
            self.journal.seek(position)
            self._now = self.journal.now
            self._news.add(Change("moved"))
            total = self.journal.total
        self._news.tell()
        return Happened((), f"Now at moment {position} of {total}.")

    def _by(self, steps: int, word: str) -> int:
        position, total = self.journal.position, self.journal.total
        if not 0 <= position + steps <= total:
            left = position if steps < 0 else total - position
            count = f"{left} step{'' if left == 1 else 's'}" if left else "nothing"
            raise Refused(
                "ValidationException",
                f"There {'are' if left > 1 else 'is'} {count} to {word}, not {abs(steps)} steps."
                if left
                else f"There is nothing to {word}.",
            )
        return position + steps

    def _moment(self, position: int) -> int:
        if not 0 <= position <= self.journal.total:
            raise Refused(
                "ValidationException",
                f"There is no moment {position}.",
                f"The journal goes from 0 to {self.journal.total}.",
            )
        return position


def _steps(steps: int) -> int:
    if steps < 1:
        raise Refused("ValidationException", f"{steps} steps lead nowhere.", "Give 1 or more.")
    return steps
