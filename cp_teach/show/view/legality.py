"""Legality: which commands one state allows, each computed once for the whole picture."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.engine import Command, Refused, refusal
from cp_teach.engine.model.state import State
from cp_teach.engine.queries.legal_commands import candidates


class Legality:
    """The engine's answers for one state. Buttons, reasons and the list of AWS calls share them."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._refusals: dict[Command, Refused | None] = {}

    def refusal(self, command: Command) -> Refused | None:
        """Why the state does not allow the command; None if it does."""
        if command not in self._refusals:
            self._refusals[command] = refusal(self.state, command)
        return self._refusals[command]

    def commands(self) -> Iterator[Command]:
        """Every command that has a target in this state, one for each target. Ask ``refusal`` which are allowed."""
        return candidates(self.state)
