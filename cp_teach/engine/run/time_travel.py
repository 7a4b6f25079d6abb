"""Time travel: the positions in a journal to which undo, redo, jump, and fork lead."""

from __future__ import annotations

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.rules.errors import invalid


class TimeTravel:
    """Computes positions in ``journal`` and refuses those outside it. It moves nothing itself."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.forward_only = ""
        """Why the run cannot leave its newest position; empty if it can."""

    def check(self) -> None:
        """Raises ``Refused`` if the run is forward-only."""
        if self.forward_only:
            raise invalid(self.forward_only, "Use fork() to try it on a separate run.")

    def undo(self, steps: int) -> int:
        """The position ``steps`` entries back. Raises ``Refused`` if there are fewer."""
        return self._move(-_at_least_one(steps), "undo")

    def redo(self, steps: int) -> int:
        """The position ``steps`` undone entries ahead. Raises ``Refused`` if there are fewer."""
        return self._move(_at_least_one(steps), "redo")

    def jump(self, position: int) -> int:
        """The same position. Raises ``Refused`` if it is outside the journal."""
        if not 0 <= position <= self._journal.total:
            raise invalid(
                f"There is no moment {position}.", f"The journal goes from 0 to {self._journal.total}."
            )
        return position

    def _move(self, steps: int, verb: str) -> int:
        position, total = self._journal.position, self._journal.total
        if 0 <= position + steps <= total:
            return position + steps
        left = position if steps < 0 else total - position
        if not left:
            raise invalid(f"There is nothing to {verb}.")
        count = "is 1 step" if left == 1 else f"are {left} steps"
        raise invalid(f"There {count} to {verb}, not {abs(steps)} steps.")


def _at_least_one(steps: int) -> int:
    if steps < 1:
        raise invalid(f"{steps} steps lead nowhere.", "Give 1 or more.")
    return steps
