"""Protocols: the parts of a run that a console, a picture, or a worker relies on.

``Run`` has all of them; a pipeline behind the API or a recorded run has some. Ask with ``isinstance``: it looks only at
whether the members exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from cp_teach.engine.history.branches import Branch
from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.model.commands import Command, Pairs
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.state import State
from cp_teach.engine.queries.blocked_reason import Why
from cp_teach.engine.queries.branch_comparison import BranchComparison
from cp_teach.engine.run.listeners import Listener
from cp_teach.engine.run.result import CommandResult
from cp_teach.engine.run.worker import Due, Worker


@runtime_checkable
class Viewable(Protocol):
    """A run of which a picture can be drawn."""

    @property
    def state(self) -> State:
        """The current state."""

    @property
    def journal(self) -> Journal:
        """The journal up to the current state, and what was undone."""


@runtime_checkable
class Recorded(Viewable, Protocol):
    """A run with the tables of its past."""

    @property
    def id(self) -> str:
        """The name from which execution ids and artifact keys are derived."""

    @property
    def now(self) -> float:
        """The run's clock, in seconds since it began."""

    @property
    def history(self) -> History:
        """Executions, actions, and artifacts up to the current state."""


class Worked(Recorded, Protocol):
    """A run whose actions a worker ends."""

    worker: Worker
    read_only: str
    """Why this run takes no commands; empty if it does."""


@runtime_checkable
class Restorable(Worked, Protocol):
    """What a file stores of a run, and what loading sets."""

    id: str
    seed: int
    children: int
    journal: Journal

    def jump(self, position: int) -> object:
        """Go to that position of the journal."""

    def resume(self, now: float, forks: int, children: int) -> None:
        """Set the clock and the counters."""


@runtime_checkable
class Observable(Viewable, Protocol):
    """A run that takes commands and reports each change. A console needs at least this."""

    def do(self, command: Command | Plan, notes: Pairs = ()) -> CommandResult:
        """Carry out one command. Raises ``Refused`` if the state does not allow it."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after each change. Returns a function that ends this."""


@runtime_checkable
class Explainable(Protocol):
    """A run that explains why nothing moves."""

    def why(self, *, execution: int | None = None, stage: str | None = None) -> Why:
        """The reason why this execution or stage does not move."""


@runtime_checkable
class Steppable(Protocol):
    """A run with a clock that can be moved on."""

    def next_due(self) -> Due | None:
        """What the worker does next; None if everything waits for a person."""

    def step(self) -> CommandResult:
        """Move on to what the worker does next, and do it."""

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> CommandResult:
        """Let time pass, and do all that falls due."""

    def settle(self, limit: int = 10_000) -> CommandResult:
        """Step until everything waits for a person."""


@runtime_checkable
class Rewindable(Protocol):
    """A run that can go back and forth in its journal."""

    @property
    def forward_only(self) -> str:
        """Why this run cannot go back; empty if it can."""

    def undo(self, steps: int = 1) -> CommandResult:
        """Go back. Raises ``Refused`` if there are fewer steps."""

    def redo(self, steps: int = 1) -> CommandResult:
        """Go forward again. Raises ``Refused`` if fewer steps were undone."""

    def jump(self, position: int) -> CommandResult:
        """Go to the state after the first ``position`` entries of the journal."""


@runtime_checkable
class Branching(Rewindable, Protocol):
    """A run that keeps what was undone before a command in the past, as branches."""

    def branches(self) -> list[Branch]:
        """The branches, oldest first."""

    def switch_branch(self, number: int) -> CommandResult:
        """Go to the newest step of that branch. Raises ``Refused`` for an unknown one."""

    def compare_branches(self, first: int, second: int) -> BranchComparison:
        """Which steps and outcomes of two branches differ. Raises ``Refused`` for an unknown one."""


@runtime_checkable
class Injectable(Protocol):
    """A run that takes failure plans."""

    def follows_plans(self) -> bool:
        """True if the worker of this run follows failure plans."""

    def inject(
        self,
        stage: str,
        action: str,
        when: str = "next",
        failure: str = "JobFailed",
        message: str = "",
        times: int = 1,
        chance: float = 0.5,
    ) -> CommandResult:
        """Plan a failure of an action."""

    def heal(self, stage: str, action: str) -> CommandResult:
        """Clear the failures planned for an action."""
