"""A level of the practice: a pipeline in some state, the moves that are allowed, and the goals to reach.

Levels are immutable. ``Moment`` holds a learner's position in one. docs/levels.md describes their files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from cp_teach.course.levels.goal_language import Condition, Facts, Predicates
from cp_teach.course.levels.move_language import Answer, Move, move_text, parse_move
from cp_teach.engine import EditPipeline, step
from cp_teach.engine.model.state import PARALLEL, SUGGESTED, Readings, State, initial_state
from cp_teach.explore.move_kinds import allowed_moves, kind_of_move
from cp_teach.pipeline import Pipeline
from cp_teach.translation import _

LOST = "From here the goals cannot be reached any more. Undo."


class Moment(NamedTuple):
    """A position in a level: the state of the pipeline, and the facts of its history that the goals need."""

    state: State
    facts: Facts

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for two moments that no goal and no move can distinguish; faster to hash than the moment."""
        return (id(self.state.pipeline), *self.state[1:6], self.facts)


class Goal(NamedTuple):
    """A goal: its text for the learner, its condition in the level file, and the compiled condition."""

    text: str
    when: str
    met: Condition


class Option(NamedTuple):
    """An option of a question: its text, the explanation, and the condition under which it is correct."""

    text: str
    reason: str
    when: str
    right: Condition


class LevelQuestion(NamedTuple):
    """A question of which exactly one option is correct after the moves ``after``."""

    question: str
    options: tuple[Option, ...]
    after: tuple[str, ...] = ()

    def correct_option(self, moment: Moment) -> Option | None:
        """The option that is correct at this moment."""
        return next((option for option in self.options if option.right(*moment)), None)


class NearMiss(NamedTuple):
    """Plausible moves that do not solve the level, the goal that they miss, and the explanation."""

    moves: tuple[str, ...]
    fails: str
    why: str


class Hint(NamedTuple):
    """A hint. It applies when the next move of the shortest path is ``next``; always if ``next`` is empty."""

    text: str
    next: str = ""


@dataclass(frozen=True)
class Level:
    """One level, with the contents of its file as fields."""

    name: str
    title: str
    chapter: str
    teaches: str
    task: str
    pipeline: Pipeline
    goals: tuple[Goal, ...]
    solution: tuple[str, ...]
    allow: tuple[str, ...]
    revisions: int = 0
    """How many executions the learner can start, by releases and rollbacks together."""
    before: tuple[str, ...] = ()
    edited: Pipeline | None = None
    """The pipeline that the move ``edit`` saves."""
    near_misses: tuple[NearMiss, ...] = ()
    hints: tuple[Hint, ...] = ()
    predictions: tuple[LevelQuestion, ...] = ()
    question: LevelQuestion | None = None
    """The question that the learner must answer, in a level about viewing."""
    lost: str = ""
    """The message where the goals can no longer be reached. A level without such moments needs none."""
    shows: tuple[int, ...] = ()
    """The misconceptions that it corrects, by their numbers in docs/misconceptions.md."""
    readings: Readings = SUGGESTED
    predicates: Predicates = field(default_factory=lambda: Predicates(()), compare=False, repr=False)

    record: ClassVar[Callable[..., Level]]
    """``record_level`` under the name that earlier copies of the practice notebook call."""

    # -- playing it without a Run --------------------------------------------------------------------
    @property
    def first_moment(self) -> Moment:
        """The moment of the pipeline's creation, before the moves ``before``."""
        state = initial_state(self.pipeline, self.readings)
        return Moment(state, self.predicates.initial_facts(state))

    @property
    def start(self) -> Moment:
        """The moment at which the learner begins: after the moves ``before``."""
        return self.play(self.first_moment, self.before)

    def play(self, moment: Moment, moves: Iterable[str]) -> Moment:
        """The moment after these moves. Raises ``Unreadable`` for a move that is not possible."""
        for text in moves:
            for move in self.parse_move(text, moment):
                moment = self.apply(moment, move)
        return moment

    def parse_move(self, text: str, moment: Moment) -> list[Move]:
        """The moves that ``text`` describes at this moment. Raises ``Unreadable``."""
        return parse_move(text, moment.state, self.edited)

    def move_text(self, move: Move) -> str:
        """The text of this move in the level's file."""
        return move_text(move, self.pipeline.mode == PARALLEL)

    def apply(self, moment: Moment, move: Move) -> Moment:
        """The moment after one move."""
        if isinstance(move, Answer):
            correct = self.question and self.question.correct_option(moment)
            if correct is None or correct.text != move.option:
                return moment
            return Moment(moment.state, self.predicates.record_answer(moment.facts))
        state, events = step(moment.state, move)
        return Moment(state, self.predicates.update_facts(moment.facts, events, state))

    @property
    def lost_message(self) -> str:
        """``lost``, or a general sentence for a level without one."""
        return self.lost or LOST

    def met(self, moment: Moment) -> list[bool]:
        """For each goal whether it is met."""
        return [goal.met(*moment) for goal in self.goals]

    def won(self, moment: Moment) -> bool:
        """Whether all goals are met, at the same moment."""
        return all(goal.met(*moment) for goal in self.goals)

    def moves(self, moment: Moment, newest: int) -> list[Move]:
        """The moves that are possible: of the allowed kinds, with executions up to number ``newest``."""
        state = moment.state
        possible: list[Move] = []
        for move in allowed_moves(state, self.allow, newest):
            if isinstance(move, EditPipeline):
                if self.edited is None or state.pipeline is self.edited:
                    continue
                move = EditPipeline(self.edited)
            possible.append(move)
        if self.question is not None:
            possible += [Answer(option.text) for option in self.question.options]
        return possible

    @property
    def newest(self) -> int:
        """The number of the last execution that the learner can start."""
        return self.start.state.newest + self.revisions

    def why_forbidden(self, move: Move, state: State, newest: int) -> str:
        """Why the level does not accept the move; "" if it does."""
        if isinstance(move, Answer):
            return ""
        name = kind_of_move(move)
        if name not in self.allow:
            return _(
                "This level is solved without that ({name}). Allowed here: {allow}.",
                name=name,
                allow=", ".join(self.allow),
            )
        if name in ("release", "roll back") and state.newest >= newest:
            count = {0: "no execution", 1: "one execution"}.get(
                self.revisions, f"{self.revisions} executions"
            )
            return _(
                "This level lets you start {count}, and that is used up. Undo, or go on with what there is.",
                count=count,
            )
        return ""
