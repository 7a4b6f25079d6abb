"""Time travel: the methods of ``Run`` that go back and forth in its journal, and between its branches."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cp_teach.engine.history.branches import Branch
from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.queries.branch_comparison import BranchComparison, compare
from cp_teach.engine.rules.errors import invalid, wrong_type
from cp_teach.engine.run.listeners import ListenerQueue
from cp_teach.engine.run.result import Change, CommandResult
from cp_teach.engine.run.scheduler import Scheduler
from cp_teach.translation import message


class TimeTravel:
    """A run that can leave its newest position: ``undo``, ``redo``, ``jump``, ``reset``, and branches."""

    journal: Journal
    _history: History
    _forward_only: str
    _lock: threading.RLock
    _listeners: ListenerQueue
    _scheduler: Scheduler

    @property
    def forward_only(self) -> str:
        """Why this run cannot leave its newest position; empty if it can."""
        return self._forward_only

    @forward_only.setter
    def forward_only(self, reason: str) -> None:
        with self._lock:
            self._forward_only = reason
            self._history.restart(forward_only=bool(reason))

    def undo(self, steps: int = 1) -> CommandResult:
        """Step back to the exact earlier state; ``redo`` leads forward again. Raises ``Refused`` at the beginning."""
        return self._move(lambda: _position_after(self.journal, "undo", steps))

    def redo(self, steps: int = 1) -> CommandResult:
        """Restore what was undone. Raises ``Refused`` if there is nothing."""
        return self._move(lambda: _position_after(self.journal, "redo", steps))

    def jump(self, position: int) -> CommandResult:
        """Go to the step after the first ``position`` entries of the journal. Raises ``Refused`` outside it."""
        return self._move(lambda: position)

    def reset(self) -> CommandResult:
        """Go back to the beginning. Nothing is lost: ``redo`` and ``jump`` lead forward again."""
        return self.jump(0)

    def check_position(self, position: int) -> None:
        """Raise ``Refused`` for a position to which this run does not go. A subclass can refuse more positions."""
        total = self.journal.total
        if not 0 <= position <= total:
            raise invalid(
                message("There is no step {position}.", position=position),
                message("The journal goes from 0 to {total}.", total=total),
            )

    def _move(self, target: Callable[[], int]) -> CommandResult:
        with self._lock:
            if self.forward_only:
                raise invalid(self.forward_only, message("Use fork() to try it on a separate run."))
            position = target()
            self.check_position(position)
            self.journal.seek(position)
            self._scheduler.now = self.journal.now
            self._listeners.add(Change("moved"))
            total = self.journal.total
        self._listeners.deliver()
        return CommandResult((), f"Now at step {position} of {total}.")

    # -- branches ----------------------------------------------------------------------------------
    def branches(self) -> list[Branch]:
        """The branches of this run, oldest first. A command in the past starts one; the steps that were undone stay
        in the branch that they belong to."""
        with self._lock:
            return self.journal.branches()

    def switch_branch(self, number: int) -> CommandResult:
        """Go to the newest step of that branch. Raises ``Refused`` for an unknown one."""
        with self._lock:
            self._check_branch(number)
            if self.forward_only:
                raise invalid(self.forward_only, message("Use fork() to try it on a separate run."))
            self.journal.switch_branch(number)
            self._scheduler.now = self.journal.now
            self._listeners.add(Change("moved"))
            position = self.journal.position
        self._listeners.deliver()
        return CommandResult((), f"Now at step {position}, the newest of branch {number}.")

    def compare_branches(self, first: int, second: int) -> BranchComparison:
        """Which steps of two branches differ, and how their executions and stages ended up.

        Raises ``Refused`` for an unknown branch.
        """
        with self._lock:
            for number in (first, second):
                self._check_branch(number)
            return compare(self.journal, first, second)

    def _check_branch(self, number: int) -> None:
        count = len(self.journal.branches())
        if not isinstance(number, int) or isinstance(number, bool):
            raise wrong_type("branch", number, int)
        if not 1 <= number <= count:
            known = (
                message("There is only branch 1.")
                if count == 1
                else message("The branches are 1 to {count}.", count=count)
            )
            raise invalid(message("There is no branch {number}.", number=number), known)


def _position_after(journal: Journal, verb: str, steps: int) -> int:
    """The position to which ``steps`` times "undo" or "redo" lead. Raises ``Refused`` if there are fewer steps."""
    left = journal.position if verb == "undo" else journal.total - journal.position
    if steps < 1:
        raise invalid(message("{steps} steps lead nowhere.", steps=steps), message("Give 1 or more."))
    if not left:
        raise invalid(
            message("There is nothing to undo.") if verb == "undo" else message("There is nothing to redo.")
        )
    if steps > left:
        raise invalid(
            message("Only {left} of {steps} steps can be undone.", left=left, steps=steps)
            if verb == "undo"
            else message("Only {left} of {steps} steps can be redone.", left=left, steps=steps)
        )
    return journal.position - steps if verb == "undo" else journal.position + steps
