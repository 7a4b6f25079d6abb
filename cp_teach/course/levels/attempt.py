"""One attempt at a level: a Run that takes only the level's moves, and how it stands against the goals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach import Simulated  # by its public name, as a lesson would take it
from cp_teach.course.levels.level import Level, Moment
from cp_teach.course.levels.move_language import Answer, Said
from cp_teach.course.levels.solver import Standing, standing
from cp_teach.engine import Refused, Run
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.commands import COMMANDS, Command, Pairs
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.state import State
from cp_teach.engine.run.result import Happened
from cp_teach.explore.state_graph import TooManyStates

COMMAND = tuple(COMMANDS.values())
PATIENCE = 3.0
"""Seconds to look for a way, so that no notebook ever seems frozen."""


class LevelRun(Run):
    """A Run in which only the moves of a level can be made, once ``open`` is False."""

    def __init__(self, level: Level) -> None:
        super().__init__(level.pipeline, Simulated(), readings=level.readings)
        self.level, self.open, self.newest, self.begin = level, True, 0, 0

    def reset(self) -> Happened:
        """Go back to where the level begins."""
        return self.jump(self.begin)

    def _move(self, target: Callable[[], int]) -> Happened:
        def inside() -> int:
            position = target()
            if position < self.begin:
                raise Refused(
                    "ValidationException", "This is where the level begins: there is nothing to undo."
                )
            return position

        return super()._move(inside)

    def _do(self, command: Command | Plan, notes: Pairs = ()) -> Happened:
        if not self.open and not isinstance(command, COMMAND):
            if "fail" not in self.level.allow:
                raise Refused("ValidationException", "This level is solved without injected failures.")
        elif not self.open and (no := self.level.forbids(command, self.state, self.newest)):  # type: ignore[arg-type]  # a plan was handled above
            raise Refused("ValidationException", no)
        return super()._do(command, notes)


class Attempt:
    """A learner at a level: ``run`` to look at, ``begin`` the moment of its journal at which the level starts."""

    def __init__(self, level: Level) -> None:
        self.level = level
        self.run = LevelRun(level)
        self.answers: list[tuple[int, str]] = []
        """The answers that were given, each with the moment of the journal at which it was."""
        self.hints = 0
        self.shown = False
        for text in level.before:
            self.play(text)
        self.begin = self.run.begin = len(self.run.journal)
        self.run.newest = self.run.state.last + level.revisions
        self.run.open = False

    # -- how it stands -----------------------------------------------------------------------------
    @property
    def moment(self) -> Moment:
        """Where the learner is, read from the journal, so that undo and redo are no special case."""
        level, journal = self.level, self.run.journal
        facts = level.predicates.begin(journal.start)
        state: State = journal.start
        for at, entry in enumerate(journal):
            state = entry.state
            facts = level.predicates.follow(facts, entry.events, state)
            facts = self._answered(Moment(state, facts), at + 1)
        return Moment(state, self._answered(Moment(state, facts), 0) if not len(journal) else facts)

    def _answered(self, moment: Moment, position: int) -> tuple[int, ...]:
        for at, option in self.answers:
            if at == position:
                moment = self.level.move(moment, Answer(option))
        return moment.facts

    @property
    def moves(self) -> int:
        """How many moves were made since the level began; failure plans and undone moves do not count."""
        position = self.run.journal.position
        done = [entry for entry in list(self.run.journal)[self.begin :] if isinstance(entry.command, COMMAND)]
        return len(done) + sum(at <= position for at, _ in self.answers)

    @property
    def won(self) -> bool:
        """Whether all goals are met."""
        return self.level.won(self.moment)

    def standing(self) -> Standing | None:
        """The shortest way to the goals from here; None when it takes too long to know."""
        try:
            return standing(self.level, self.moment, seconds=PATIENCE)
        except TooManyStates:
            return None

    def possible(self) -> list[Said]:
        """What the learner may do now."""
        return self.level.moves(self.moment, self.run.newest)

    def undo(self) -> None:
        """Take back the last move, be it an answer. Raises ``Refused`` where the level begins."""
        position = self.run.journal.position
        if self.answers and self.answers[-1][0] == position:
            self.answers.pop()
        else:
            self.run.undo()

    def reset(self) -> None:
        """Begin again."""
        self.answers.clear()
        self.run.reset()

    # -- doing -------------------------------------------------------------------------------------
    def play(self, text: str) -> None:
        """Make the moves that ``text`` stands for. Raises ``Unreadable`` or ``Refused``."""
        for move in self.level.read(text, Moment(self.run.state, ())):
            self.do(move)

    def do(self, move: Said) -> Any:
        """Make one move; a worker's move by the run's own clock, where it is the next thing due."""
        if isinstance(move, Answer):
            self.answers = [each for each in self.answers if each[0] <= self.run.journal.position]
            self.answers.append((self.run.journal.position, move.option))
            return None
        if isinstance(move, c.StartExecution):
            message = next((revision.message for revision in move.revisions), "")
            return self.run.release(message, variables=dict(move.variables))
        if isinstance(move, c.FinishAction) and not move.failure:
            due = self.run.next_due()
            if due is not None and isinstance(due.command, c.FinishAction) and due.command[:4] == move[:4]:
                return self.run.step()
        return self.run.do(move)
