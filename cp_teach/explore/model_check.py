"""Proof by looking at everything: an invariant holds in all states, or here is the shortest way to break it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from cp_teach.engine.model.commands import Command
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import State
from cp_teach.engine.rules.step import step
from cp_teach.explore.invariants import INVARIANTS, Invariant, Moved
from cp_teach.explore.move_kinds import DEFAULT, kind
from cp_teach.explore.state_graph import Space, explore
from cp_teach.pipeline import Pipeline


class Counterexample(NamedTuple):
    """A rule that does not hold: its name, what was seen, and the fewest commands that show it (play them
    with ``run.do``); none, when the start itself breaks it."""

    invariant: str
    sentence: str
    journal: tuple[Command, ...]


class Verdict(NamedTuple):
    """What a check found. True where every rule held in all that was looked at."""

    states: int
    done: bool
    """False when more states could be reached than were looked at."""
    breach: Counterexample | None
    kinds: frozenset[str] = frozenset()
    """The kinds of moves (from ``KINDS``) that were made. A rule about a missing kind holds trivially."""

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
    """The search is over: this rule was broken on the way out of the state that is being expanded."""

    def __init__(self, rule: Invariant) -> None:
        self.rule = rule


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
    search early (a clock, a button). States are looked at nearest first, so a counterexample is the shortest
    there is. Raises ``TooManyStates`` at the bound.
    """
    rules = [_rule(rule) for rule in (INVARIANTS.values() if invariants is None else invariants)]
    # The service's rules treat equal parallel actions alike; what a rule of one's own names is not known.
    space = explore(pipeline, revisions, allow, limit=limit, fold=invariants is None)
    if found := _first(rules, Moved(space.start, None, [], space.start)):
        return Verdict(1, False, Counterexample(found[0].name, found[1], ()))

    kinds: set[str] = set()

    def judge(before: State, move: Command, events: list[Event], after: State) -> None:
        kinds.add(kind(move))
        if found := _first(rules, Moved(before, move, events, after)):
            raise _Broken(found[0])

    try:
        for _ in space.grow(judge):
            if enough(space):
                break
    except _Broken as broken:
        return Verdict(space.found, False, _counterexample(space, broken.rule), frozenset(kinds))
    return Verdict(space.found, space.done, None, frozenset(kinds))


def _first(rules: list[Invariant], moved: Moved) -> tuple[Invariant, str] | None:
    """The first rule that this move breaks, and the sentence that says how."""
    for rule in rules:
        if sentence := rule.broken(moved):
            return rule, sentence
    return None


def _counterexample(space: Space, rule: Invariant) -> Counterexample:
    """The way there once more, from the real start: with the numbers that a journal has."""
    journal, state = space.walk(space.expanding)
    for move in space.moves(state):
        after, events = step(state, move)
        if sentence := rule.broken(Moved(state, move, events, after)):
            return Counterexample(rule.name, sentence, (*journal, move))
    raise LookupError(
        f"{rule.name} was broken once and not again: it looks at more than the states it is given"
    )


def _rule(rule: Invariant | Callable[[State], object]) -> Invariant:
    if isinstance(rule, Invariant):
        return rule
    name = getattr(rule, "__name__", repr(rule))
    return Invariant(name, "yours", lambda moved: "" if rule(moved.after) else f"{name} is not true")
