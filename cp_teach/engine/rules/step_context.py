"""One step in the making: the state so far and the events that led there."""

from __future__ import annotations

from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import Execution, State
from cp_teach.engine.rules.reducer import FOLD


class Turn:
    """One step in the making. Inside it a change is made only by ``emit``."""

    __slots__ = ("events", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.events: list[e.Event] = []

    def emit(self, event: e.Event) -> None:
        """Something has happened: write it down, and let it change the state."""
        self.events.append(event)
        self.state = FOLD[type(event)](self.state, event)  # what ``evolve`` does, without one more call

    def execution(self, number: int) -> Execution:
        """The execution of that number, which is there."""
        found = self.state.execution(number)
        assert found is not None, "the judge of the command has looked"
        return found
