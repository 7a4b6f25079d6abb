"""``StepContext``: the state so far and the events emitted inside one step."""

from __future__ import annotations

from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import Execution, State
from cp_teach.engine.rules.reducer import FOLD


class StepContext:
    """One step in progress. Inside it, only ``emit`` changes the state."""

    __slots__ = ("events", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.events: list[e.Event] = []

    def emit(self, event: e.Event) -> None:
        """Add the event and apply it to the state."""
        self.events.append(event)
        self.state = FOLD[type(event)](self.state, event)  # as ``evolve`` does, without one more call

    def execution(self, number: int) -> Execution:
        """The execution of that number, which must exist."""
        execution = self.state.execution(number)
        assert execution is not None, "validation has found it"
        return execution
