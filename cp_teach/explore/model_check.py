"""Model checking: prove that invariants hold in all reachable states, or find the shortest counterexample."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from cp_teach.engine.model.commands import Command
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import State
from cp_teach.engine.rules.step import step
from cp_teach.explore.invariants import INVARIANTS, Invariant, Move
from cp_teach.explore.move_kinds import DEFAULT_KINDS, kind_of_move
from cp_teach.explore.state_graph import StateGraph, explore
from cp_teach.pipeline import Pipeline


class Counterexample(NamedTuple):
    """An invariant that does not hold: its name, the violation, and the fewest commands that lead to it.

    Replay the commands with ``run.do``. There are none if the start itself violates the invariant.
    """

    invariant: str
    sentence: str
    journal: tuple[Command, ...]


class Verdict(NamedTuple):
    """The result of a check; true if every invariant held in all explored states."""

    states: int
    complete: bool
    """False if not all reachable states were explored."""
    counterexample: Counterexample | None
    kinds: frozenset[str] = frozenset()
    """The kinds of moves that occurred. An invariant about another kind holds trivially."""

    @property
    def breach(self) -> Counterexample | None:
        """The former name of ``counterexample``; notebooks of learners read it."""
        return self.counterexample

    def __bool__(self) -> bool:
        return self.counterexample is None

    def __str__(self) -> str:
        if self.counterexample is not None:
            moves = len(self.counterexample.journal)
            return f"{self.counterexample.invariant} is broken after {moves} moves: {self.counterexample.sentence}"
        if self.complete:
            return f"holds in all {self.states:,} states"
        return f"no breach in the first {self.states:,} states"


class _Broken(Exception):
    """Ends the search: a move from the state that is being expanded violates this invariant."""

    def __init__(self, rule: Invariant) -> None:
        self.rule = rule


def check(
    pipeline: Pipeline | State,
    invariants: Iterable[Invariant | Callable[[State], object]] | None = None,
    *,
    revisions: int | None = 2,
    allow: Collection[str] = DEFAULT_KINDS,
    limit: int = 200_000,
    stop: Callable[[StateGraph], bool] = lambda space: False,
) -> Verdict:
    """Whether these invariants hold in every reachable state; by default, the ``INVARIANTS`` of the service.

    An invariant is an ``Invariant``, or a function that is true for every good state. ``stop(space)`` may end the
    search early (a clock, a button). States are explored nearest first, so a counterexample is the shortest there is.
    For ``revisions``, ``allow``, and ``limit`` see ``explore``. Raises ``TooManyStates`` at the limit.
    """
    rules = [_rule(rule) for rule in (INVARIANTS.values() if invariants is None else invariants)]
    # The service's invariants treat equal parallel actions alike; others may name one of them.
    space = explore(pipeline, revisions, allow, limit=limit, merge_equal_actions=invariants is None)
    if violation := _first(rules, Move(space.start, None, [], space.start)):
        return Verdict(1, False, Counterexample(violation[0].name, violation[1], ()))

    kinds: set[str] = set()

    def judge(before: State, move: Command, events: list[Event], after: State) -> None:
        kinds.add(kind_of_move(move))
        if violation := _first(rules, Move(before, move, events, after)):
            raise _Broken(violation[0])

    try:
        for _ in space.grow(judge):
            if stop(space):
                break
    except _Broken as broken:
        return Verdict(space.explored, False, _counterexample(space, broken.rule), frozenset(kinds))
    return Verdict(space.explored, space.done, None, frozenset(kinds))


def _first(rules: list[Invariant], moved: Move) -> tuple[Invariant, str] | None:
    """The first invariant that this move violates, and the sentence that says how."""
    for rule in rules:
        if sentence := rule.violation(moved):
            return rule, sentence
    return None


def _counterexample(space: StateGraph, rule: Invariant) -> Counterexample:
    """The shortest route to the violation, with the execution numbers of a journal."""
    journal, state = space.walk(space.expanding)
    for move in space.moves(state):
        after, events = step(state, move)
        if sentence := rule.violation(Move(state, move, events, after)):
            return Counterexample(rule.name, sentence, (*journal, move))
    raise LookupError(
        f"{rule.name} was violated once but not again; an invariant must depend on its arguments alone"
    )


def _rule(rule: Invariant | Callable[[State], object]) -> Invariant:
    if isinstance(rule, Invariant):
        return rule
    name = getattr(rule, "__name__", repr(rule))
    return Invariant(name, "yours", lambda moved: "" if rule(moved.after) else f"{name} is not true")
