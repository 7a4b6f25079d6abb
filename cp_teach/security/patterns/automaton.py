"""A finite automaton that matches a text in one pass, so no pattern can make it try the same text again and again.

Python's ``re`` tries one alternative after the other and backtracks where one fails: ``(a+)+$`` takes twice as long
for each further letter. Thompson's construction follows all alternatives at once instead. Each character of the text
visits each state at most once, so a match takes at most states × characters steps (Cox, "Regular Expression Matching
Can Be Simple And Fast"). Used transitions are cached, as in RE2, up to a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

MAX_STATES = 5_000
"""Maximum states of an automaton. Each counted repeat copies its part."""
MAX_STEPS = 500_000
"""Maximum steps of one match: about two seconds, and twice that on a slow machine."""
MAX_CACHED = 10_000
"""Maximum states in all cached transitions of one automaton together."""


class TooCostly(ValueError):
    """A pattern with too many states, or a match with too many steps; the message says which."""


# -- parts of a pattern ---------------------------------------------------------------------------------
class Character(NamedTuple):
    """One character that passes a test."""

    test: Callable[[str], bool]


class Sequence(NamedTuple):
    """One part after the other."""

    parts: tuple[Part, ...]


class Choice(NamedTuple):
    """One of several parts."""

    parts: tuple[Part, ...]


class Repeat(NamedTuple):
    """A part repeated ``least`` to ``most`` times; None for ``most`` means no limit."""

    part: Part
    least: int
    most: int | None


class Position(NamedTuple):
    """A position between two characters that passes a test, such as the start of a line."""

    test: Callable[[Surroundings], bool]


class Surroundings(NamedTuple):
    """The characters around a place in a text: "" before the first character and after the last."""

    before: str
    after: str
    next_is_last: bool
    """Whether ``after`` is the last character of the text."""


Part = Character | Sequence | Choice | Repeat | Position


# -- the automaton -------------------------------------------------------------------------------------
class _Transition(NamedTuple):
    """The result of one character on a set of states: the following states and the number of steps."""

    states: frozenset[int]
    steps: int


class Automaton:
    """The automaton of one pattern. Raises ``TooCostly`` for one with more than ``MAX_STATES`` states."""

    def __init__(self, pattern: Part) -> None:
        self._characters: dict[int, tuple[Callable[[str], bool], int]] = {}
        """State -> the test of a character, and the following state."""
        self._positions: dict[int, tuple[Callable[[Surroundings], bool], int]] = {}
        self._free: dict[int, tuple[int, ...]] = {}
        """State -> the states that it reaches without a character."""
        self.states = 0
        """How many states it has."""
        self._final = self._new()
        self._start = self._build(pattern, self._final)
        self._cache: dict[tuple[frozenset[int], str, str], _Transition] = {}
        self._size = 0

    def fullmatch(self, text: str, max_steps: int = MAX_STEPS) -> bool:
        """Whether the whole text matches. Raises ``TooCostly`` after ``max_steps`` steps."""
        states, steps, before, last = frozenset((self._start,)), 0, "", len(text) - 1
        for index, character in enumerate(text):
            done = self._transition(states, Surroundings(before, character, index == last))
            steps += done.steps
            if steps > max_steps:
                raise TooCostly(
                    f"The pattern takes more than {max_steps:,} steps on a text of {len(text):,} characters. "
                    "Use a shorter pattern, or fewer repeats inside repeats."
                )
            states, before = done.states, character
            if not states:
                return False
        return self._final in self._reach(states, Surroundings(before, "", False))

    def _transition(self, states: frozenset[int], surroundings: Surroundings) -> _Transition:
        # A transition depends on its surroundings only if the pattern has position tests.
        around = f"{surroundings.before}{'.' if surroundings.next_is_last else ''}" if self._positions else ""
        key = (states, surroundings.after, around)
        cached = self._cache.get(key)
        if cached is not None:
            return cached
        reached = self._reach(states, surroundings)
        following = frozenset(
            self._characters[state][1]
            for state in reached
            if state in self._characters and self._characters[state][0](surroundings.after)
        )
        transition = _Transition(following, len(reached))
        self._size += len(states) + len(following) + 1
        if self._size > MAX_CACHED:
            self._cache, self._size = {}, len(states) + len(following) + 1
        self._cache[key] = transition
        return transition

    def _reach(self, states: Iterable[int], surroundings: Surroundings) -> set[int]:
        """All states that these reach without a character; each is visited once."""
        reached: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state in reached:
                continue
            reached.add(state)
            if state in self._free:
                waiting += self._free[state]
            elif state in self._positions:
                test, following = self._positions[state]
                if test(surroundings):
                    waiting.append(following)
        return reached

    # -- construction, from the end to the beginning ---------------------------------------------------
    def _new(self) -> int:
        self.states += 1
        if self.states > MAX_STATES:
            raise TooCostly(
                f"The pattern needs more than {MAX_STATES:,} states; a part that is repeated {{n}} times counts n "
                "times. Use a shorter pattern, or smaller repeats."
            )
        return self.states - 1

    def _build(self, part: Part, following: int) -> int:
        """The first state of this part; ``following`` is the state after it."""
        match part:
            case Character(test):
                state = self._new()
                self._characters[state] = (test, following)
                return state
            case Position(test_place):
                state = self._new()
                self._positions[state] = (test_place, following)
                return state
            case Sequence(parts):
                for part in reversed(parts):
                    following = self._build(part, following)
                return following
            case Choice(parts):
                return self._fork(self._build(part, following) for part in parts)
            case Repeat(inner, least, most):
                return self._repeat(inner, least, most, following)

    def _fork(self, targets: Iterator[int]) -> int:
        state = self._new()
        self._free[state] = tuple(targets)
        return state

    def _repeat(self, part: Part, least: int, most: int | None, following: int) -> int:
        if most is None:
            loop = self._new()
            self._free[loop] = (following,)
            self._free[loop] = (self._build(part, loop), following)
            following = loop
        else:
            end = following
            for _ in range(most - least):
                following = self._fork(iter((self._build(part, following), end)))
        for _ in range(least):
            before = self.states
            following = self._build(part, following)
            if self.states == before:  # for (){1000000}: each round takes time, so it counts as a state
                self._new()
        return following
