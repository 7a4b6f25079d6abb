"""A level: a pipeline in some state, what may be done, and what has to become true. ``load_level`` reads one.

Levels are TOML files in ``data/levels/``, described in docs/levels.md. Everything about a learner's place in a level
is a ``Moment``: the state, and what is remembered of the past. Nothing here keeps one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cp_teach import resources
from cp_teach.course.levels.goal_language import Facts, Now, Predicates
from cp_teach.course.levels.move_language import Answer, Said, said, words
from cp_teach.engine.model.commands import EditPipeline
from cp_teach.engine.model.state import PARALLEL, SUGGESTED, Readings, State, beginning
from cp_teach.engine.rules.step import step
from cp_teach.explore.move_kinds import kind, moves
from cp_teach.pipeline import Pipeline

if TYPE_CHECKING:
    from cp_teach.engine.run.run import Run


class Moment(NamedTuple):
    """Where a learner is: the state, and what is remembered of the past."""

    state: State
    facts: Facts

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for two moments that nothing can tell apart; quicker to hash than the moment itself."""
        return (id(self.state.pipeline), *self.state[1:6], self.facts)


class Goal(NamedTuple):
    """What has to be true: as the learner reads it, as the file writes it, and as it is judged."""

    text: str
    when: str
    met: Now


class Option(NamedTuple):
    """One answer, the condition under which it is right, and why it is right or not."""

    text: str
    reason: str
    when: str
    right: Now


class Asked(NamedTuple):
    """A question with its options, of which exactly one is right after the moves ``after``."""

    question: str
    options: tuple[Option, ...]
    after: tuple[str, ...] = ()


class NearMiss(NamedTuple):
    """Moves that a learner may well try, the goal that they leave unmet, and why."""

    moves: tuple[str, ...]
    fails: str
    why: str


class Hint(NamedTuple):
    """A nudge. It is given when the next move of the shortest way is ``next``; always, where ``next`` is empty."""

    text: str
    next: str = ""


@dataclass(frozen=True)
class Level:
    """One level, as its file tells it."""

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
    """How many executions may be started in it: releases, and rollbacks, too."""
    before: tuple[str, ...] = ()
    edited: Pipeline | None = None
    """What an edit makes of the pipeline."""
    near_misses: tuple[NearMiss, ...] = ()
    hints: tuple[Hint, ...] = ()
    predictions: tuple[Asked, ...] = ()
    question: Asked | None = None
    """What has to be answered, in a level about viewing."""
    lost: str = ""
    """What to say where the goals cannot be reached any more; a general sentence if empty."""
    shows: tuple[int, ...] = ()
    """The misconceptions that it corrects, by their numbers in docs/misconceptions.md."""
    readings: Readings = SUGGESTED
    predicates: Predicates = field(default_factory=lambda: Predicates(()), compare=False, repr=False)

    # -- playing it without a Run --------------------------------------------------------------------
    @property
    def start(self) -> Moment:
        """Where the learner begins: after the moves ``before``."""
        state = beginning(self.pipeline, self.readings)
        return self.play(Moment(state, self.predicates.begin(state)), self.before)

    def play(self, moment: Moment, moves: Iterable[str]) -> Moment:
        """Where these moves lead. Raises ``Unreadable`` for one that cannot be made."""
        for text in moves:
            for move in self.read(text, moment):
                moment = self.move(moment, move)
        return moment

    def read(self, text: str, moment: Moment) -> list[Said]:
        """The commands that ``text`` stands for at this moment."""
        return said(text, moment.state, self.edited)

    def words(self, move: Said) -> str:
        """How this level's file writes that move."""
        return words(move, self.pipeline.mode == PARALLEL)

    def move(self, moment: Moment, move: Said) -> Moment:
        """Where one move leads."""
        if isinstance(move, Answer):
            right = self.right(self.question, moment)
            told = right is not None and right.text == move.option
            return Moment(moment.state, self.predicates.answered(moment.facts)) if told else moment
        state, events = step(moment.state, move)
        return Moment(state, self.predicates.follow(moment.facts, events, state))

    def right(self, asked: Asked | None, moment: Moment) -> Option | None:
        """The option that is true at this moment."""
        options = asked.options if asked else ()
        return next((option for option in options if option.right(*moment)), None)

    def met(self, moment: Moment) -> list[bool]:
        """For each goal whether it is met."""
        return [goal.met(*moment) for goal in self.goals]

    def won(self, moment: Moment) -> bool:
        """Whether all goals are met, at the same moment."""
        return all(goal.met(*moment) for goal in self.goals)

    def moves(self, moment: Moment, newest: int) -> list[Said]:
        """What the learner may do now: the level's kinds of moves, up to execution ``newest``."""
        state = moment.state
        found: list[Said] = []
        for move in moves(state, self.allow, newest):
            if isinstance(move, EditPipeline):
                if self.edited is None or state.pipeline is self.edited:
                    continue
                move = EditPipeline(self.edited)
            found.append(move)
        if self.question is not None:
            found += [Answer(option.text) for option in self.question.options]
        return found

    @property
    def newest(self) -> int:
        """The number of the last execution that may be started in it."""
        return self.start.state.last + self.revisions

    def forbids(self, command: Said, state: State, newest: int) -> str:
        """Why this level does not take that move; "" when it does."""
        if isinstance(command, Answer):
            return ""
        word = kind(command)
        if word not in self.allow:
            return f"This level is solved without that ({word}). Allowed here: {', '.join(self.allow)}."
        if word in ("release", "roll back") and state.last >= newest:
            count = {0: "no execution", 1: "one execution"}.get(
                self.revisions, f"{self.revisions} executions"
            )
            return (
                f"This level lets you start {count}, and that is used up. Undo, or go on with what there is."
            )
        return ""

    @staticmethod
    def record(run: Run, path: str | Path, **told: Any) -> Level:
        """Write a level file from what was done in ``run``; see ``cp_teach.course.levels.level_recorder.record``."""
        from cp_teach.course.levels.level_recorder import record

        return record(run, Path(path), **told)


def levels(folder: Path | None = None) -> dict[str, Level]:
    """All levels by name, in their order. Raises ``BadLevel`` for a file that cannot be one."""
    folder = folder or resources.data() / "levels"
    return {path.stem: load_level(path) for path in sorted(folder.glob("*.toml"))}


def load_level(name: str | Path) -> Level:
    """A level of the kit by its name, or any TOML file by its path.

    Raises ``BadLevel``, which tells the line and the key, or ``FileNotFoundError``, which lists the names.
    """
    from cp_teach.course.levels.level_parser import read

    path = Path(name)
    if path.suffix != ".toml":
        path = resources.data() / "levels" / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in (resources.data() / "levels").glob("*.toml")))
        raise FileNotFoundError(f"there is no level {str(name)!r}; the kit has: {known}")
    return read(path)
