"""Proof by looking at everything: an invariant holds in all states, or here is the shortest way to break it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from cp_teach.engine.command import Command
from cp_teach.engine.event import Event
from cp_teach.engine.state import State
from cp_teach.explore.invariants import INVARIANTS, Change, Invariant
from cp_teach.explore.moves import DEFAULT
from cp_teach.explore.space import Space, explore
from cp_teach.pipeline.blueprint import Pipeline


class Breach(NamedTuple):
    """A rule that does not hold: its name, what was seen, and the fewest commands that show it (play them
    with ``run.do``)."""

    invariant: str
    sentence: str
    journal: tuple[Command, ...]


class Verdict(NamedTuple):
    """What a check found. True where every rule held in all that was looked at."""

    states: int
    done: bool
    """False when more states could be reached than were looked at."""
    breach: Breach | None

    def __bool__(self) -> bool:
        return self.breach is None

    def __str__(self) -> str:
        if self.breach is not None:
            moves = len(self.breach.journal)
            return f"{self.breach.invariant} is broken after {moves} moves: {self.breach.sentence}"
        if self.done:
            return f"holds in all {self.states:,} states"
        return f"no breach in the first {self.states:,} states"


class _Broken(Exception):
    def __init__(self, invariant: str, sentence: str, move: Command) -> None:
        self.invariant, self.sentence, self.move = invariant, sentence, move


def check(
    pipeline: Pipeline | State,
    invariants: Iterable[Invariant | Callable[[State], object]] | None = None,
    *,
    revisions: int | None = 2,
    allow: Collection[str] = DEFAULT,
    limit: int = 200_000,
    enough: Callable[[Space], bool] = lambda space: False,
) -> Verdict:
    """Whether these rules hold in every reachable state (the service's own ``INVARIANTS`` unless given).

    A rule is an ``Invariant``, or a function that is true of every good state. ``enough(space)`` may end the
    search early (a clock, a button). States are looked at nearest first, so a breach is the shortest there
    is. Raises ``TooManyStates`` at the bound.
    """
    rules = [_rule(rule) for rule in (INVARIANTS.values() if invariants is None else invariants)]
    space = explore(pipeline, revisions, allow, limit=limit)

    def judge(before: State, move: Command, events: list[Event], after: State) -> None:
        for rule in rules:
            if sentence := rule.broken(Change(before, move, events, after)):
                raise _Broken(rule.name, sentence, move)

    try:
        for _ in space.grow(judge):
            if enough(space):
                break
    except _Broken as broken:
        return Verdict(space.found, False, _breach(space, rules, broken))
    return Verdict(space.found, space.done, None)


def _breach(space: Space, rules: list[Invariant], broken: _Broken) -> Breach:
    """The way there once more, from the real start: with the numbers that a journal has."""
    from cp_teach.engine.step import step

    journal = space.route(space.expanding)
    state = space.start
    for move in journal:
        state, _ = step(state, move)
    rule = next(rule for rule in rules if rule.name == broken.invariant)
    for move in space.moves(state):
        after, events = step(state, move)
        if sentence := rule.broken(Change(state, move, events, after)):
            return Breach(rule.name, sentence, (*journal, move))
    return Breach(broken.invariant, broken.sentence, (*journal, broken.move))


def _rule(rule: Invariant | Callable[[State], object]) -> Invariant:
    if isinstance(rule, Invariant):
        return rule
    name = getattr(rule, "__name__", repr(rule))
    return Invariant(name, "yours", lambda change: "" if rule(change.after) else f"{name} is not true")
