"""An attempt at a level: a Run that accepts only the moves of the level, and the progress towards the goals."""

from __future__ import annotations

from typing import NamedTuple

from cp_teach.course.levels.level import Level, Moment
from cp_teach.course.levels.move_language import Answer, Move
from cp_teach.course.levels.solver import GoalPath, shortest_path
from cp_teach.engine import CommandResult, Refused, Run
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.commands import COMMAND_KINDS, Command
from cp_teach.engine.model.failure_plan import Heal, Inject, Plan
from cp_teach.explore import TooManyStates
from cp_teach.translation import message
from cp_teach.work import Simulated

COMMAND_TYPES = tuple(COMMAND_KINDS.values())
SEARCH_SECONDS = 3.0
"""The limit of a search for a path, so that a notebook never seems to hang."""


class LevelRun(Run):
    """A Run that, once ``open`` is False, accepts only the moves of a level."""

    def __init__(self, level: Level) -> None:
        super().__init__(level.pipeline, Simulated(), readings=level.readings)
        self.level, self.open, self.newest, self.begin = level, True, 0, 0

    def reset(self) -> CommandResult:
        """Go back to the beginning of the level."""
        return self.jump(self.begin)

    def check_position(self, position: int) -> None:
        """Refuse to go back beyond the beginning of the level."""
        super().check_position(position)
        if position < self.begin:
            raise Refused(
                "ValidationException", message("This is where the level begins: there is nothing to undo.")
            )

    def check_command(self, command: Command | Plan) -> None:
        """Refuse what the level does not allow."""
        super().check_command(command)
        if self.open:
            return
        if isinstance(command, Inject | Heal):
            if "fail" not in self.level.allow:
                raise Refused(
                    "ValidationException", message("This level is solved without injected failures.")
                )
        elif reason := self.level.why_forbidden(command, self.state, self.newest):
            raise Refused("ValidationException", reason)


class GivenAnswer(NamedTuple):
    """An answer to the level's question: the position of the journal at which it was given, and the entry before it.

    The entry distinguishes branches, which have the same positions.
    """

    position: int
    option: str
    entry: Entry | None


class Attempt:
    """A learner's attempt: ``run`` is the level's Run, ``begin`` the position in its journal where the level starts."""

    def __init__(self, level: Level) -> None:
        self.level = level
        self.run = LevelRun(level)
        self.answers: list[GivenAnswer] = []
        """The answers to the level's question, in every branch of the run."""
        self.hints = 0
        self.solution_shown = False
        """Whether the learner asked for the solution."""
        for text in level.before:
            self.play(text)
        self.begin = self.run.begin = len(self.run.journal)
        self.run.newest = self.run.state.newest + level.revisions
        self.run.open = False

    # -- progress ----------------------------------------------------------------------------------
    @property
    def moment(self) -> Moment:
        """The learner's position in the level, computed from the journal: undo and redo need no special case."""
        level, journal = self.level, self.run.journal
        moment = Moment(journal.start, level.predicates.initial_facts(journal.start))
        for position, entry in enumerate(journal, start=1):
            facts = level.predicates.update_facts(moment.facts, entry.events, entry.state)
            moment = self._with_answers(Moment(entry.state, facts), position)
        return moment if len(journal) else self._with_answers(moment, 0)

    def _with_answers(self, moment: Moment, position: int) -> Moment:
        for answer in self.answers:
            if answer.position == position and self._holds(answer):
                moment = self.level.apply(moment, Answer(answer.option))
        return moment

    def _entry(self, position: int) -> Entry | None:
        """The entry that led to this position; None at the beginning, and beyond the end of the branch."""
        journal = self.run.journal
        return journal[position - 1] if 0 < position <= journal.total else None

    def _holds(self, answer: GivenAnswer) -> bool:
        """Whether the answer was given in the branch that is shown."""
        return self._entry(answer.position) is answer.entry

    @property
    def moves(self) -> int:
        """How many moves were made since the level began; failure plans and undone moves do not count."""
        journal = self.run.journal
        commands = [
            entry for entry in list(journal)[self.begin :] if isinstance(entry.command, COMMAND_TYPES)
        ]
        return len(commands) + sum(
            answer.position <= journal.position and self._holds(answer) for answer in self.answers
        )

    @property
    def won(self) -> bool:
        """Whether all goals are met."""
        return self.level.won(self.moment)

    def path_to_goals(self) -> GoalPath | None:
        """The shortest path to the goals from the learner's position; None if the search takes too long."""
        try:
            return shortest_path(self.level, self.moment, seconds=SEARCH_SECONDS)
        except TooManyStates:
            return None

    def possible(self) -> list[Move]:
        """The moves that the learner can make."""
        return self.level.moves(self.moment, self.run.newest)

    def undo(self) -> None:
        """Take back the last move or answer. Raises ``Refused`` at the beginning of the level."""
        here = self.run.journal.position
        given = [answer for answer in self.answers if answer.position == here and self._holds(answer)]
        if given:
            self.answers.remove(given[-1])
        else:
            self.run.undo()

    def reset(self) -> None:
        """Begin again."""
        self.answers.clear()
        self.run.reset()

    # -- moves -------------------------------------------------------------------------------------
    def play(self, text: str) -> None:
        """Make the moves that ``text`` describes. Raises ``Unreadable`` or ``Refused``."""
        for move in self.level.parse_move(text, Moment(self.run.state, ())):
            self.do(move)

    def do(self, move: Move) -> CommandResult | None:
        """Make one move and return its events; None for an answer. Raises ``Refused``.

        If the move is the next action due, the run's clock advances to it, as ``Run.step`` does.
        """
        if isinstance(move, Answer):
            position = self.run.journal.position
            self.answers = [
                answer for answer in self.answers if answer.position <= position or not self._holds(answer)
            ]
            self.answers.append(GivenAnswer(position, move.option, self._entry(position)))
            return None
        if isinstance(move, c.StartExecution):
            message = next((revision.message for revision in move.revisions), "")
            return self.run.release(message, variables=dict(move.variables))
        if isinstance(move, c.FinishAction) and not move.failure:
            due = self.run.next_due()
            if due is not None and isinstance(due.command, c.FinishAction) and due.command[:4] == move[:4]:
                return self.run.step()
        return self.run.do(move)
