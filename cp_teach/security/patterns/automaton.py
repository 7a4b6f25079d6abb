"""A finite automaton that reads a text once, so that no pattern can make it try the same text again and again.

Python's ``re`` tries one alternative after the other and starts again where one fails: ``(a+)+$`` takes twice as long
for each further letter. Thompson's construction follows all alternatives at once instead. Each character of the text
visits each state at most once, so a match takes at most states × characters steps (Cox, "Regular Expression Matching
Can Be Simple And Fast"). The transitions that a text has used are kept, as in RE2, up to a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

MAX_STATES = 5_000
"""How many states an automaton can have. Each counted repeat copies its part."""
MAX_STEPS = 500_000
"""How many steps one match can take: about two seconds, and twice that on a slow machine."""
MAX_KEPT = 10_000
"""How many states the kept transitions of one automaton can name together."""


class TooCostly(ValueError):
    """A pattern with too many states, or a match with too many steps; the message says which."""


# -- what a pattern consists of ------------------------------------------------------------------------
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
    """A part from ``least`` to ``most`` times; without ``most`` there is no end."""

    part: Part
    least: int
    most: int | None


class Position(NamedTuple):
    """A place between two characters that passes a test, such as the beginning of a line."""

    test: Callable[[Place], bool]


class Place(NamedTuple):
    """What stands around a place in a text: "" before the first character and after the last."""

    before: str
    after: str
    next_is_last: bool
    """Whether ``after`` is the last character of the text."""


Part = Character | Sequence | Choice | Repeat | Position


class Outcome(NamedTuple):
    """Whether a text matched, and how many steps that took. True where it matched."""

    matched: bool
    steps: int

    def __bool__(self) -> bool:
        return self.matched


# -- the automaton -------------------------------------------------------------------------------------
class _Transition(NamedTuple):
    """What one character does to a set of states: the states after it, and the steps that it takes."""

    states: frozenset[int]
    found: bool
    steps: int


class Automaton:
    """The automaton of one pattern. Raises ``TooCostly`` for one with more than ``MAX_STATES`` states."""

    def __init__(self, pattern: Part) -> None:
        self._characters: dict[int, tuple[Callable[[str], bool], int]] = {}
        """State -> the test of a character, and the state behind it."""
        self._positions: dict[int, tuple[Callable[[Place], bool], int]] = {}
        self._free: dict[int, tuple[int, ...]] = {}
        """State -> the states that it reaches without a character."""
        self._states = 0
        self._final = self._new()
        self._start = self._build(pattern, self._final)
        self._kept: dict[tuple[frozenset[int], str, str], _Transition] = {}
        self._size = 0

    @property
    def states(self) -> int:
        """How many states it has."""
        return self._states

    def fullmatch(self, text: str, max_steps: int = MAX_STEPS) -> Outcome:
        """Whether the whole text matches. Raises ``TooCostly`` after ``max_steps`` steps."""
        return self._run(text, max_steps, anywhere=False)

    def search(self, text: str, max_steps: int = MAX_STEPS) -> Outcome:
        """Whether some part of the text matches. Raises ``TooCostly`` after ``max_steps`` steps."""
        return self._run(text, max_steps, anywhere=True)

    def _run(self, text: str, max_steps: int, anywhere: bool) -> Outcome:
        start = frozenset((self._start,))
        states, steps, before, last = start, 0, "", len(text) - 1
        for index, character in enumerate(text):
            done = self._transition(states, Place(before, character, index == last))
            steps += done.steps
            if anywhere and done.found:
                return Outcome(True, steps)
            if steps > max_steps:
                raise TooCostly(
                    f"The pattern takes more than {max_steps:,} steps on a text of {len(text):,} characters. "
                    "Write a shorter pattern, or one with fewer repeats inside repeats."
                )
            states = done.states | start if anywhere else done.states
            if not states:
                return Outcome(False, steps)
            before = character
        reached, more = self._reach(states, Place(before, "", False))
        return Outcome(self._final in reached, steps + more)

    def _transition(self, states: frozenset[int], place: Place) -> _Transition:
        # A transition depends on what stands around it only where the pattern asks for that.
        around = f"{place.before}{'.' if place.next_is_last else ''}" if self._positions else ""
        key = (states, place.after, around)
        known = self._kept.get(key)
        if known is not None:
            return known
        reached, steps = self._reach(states, place)
        following = frozenset(
            self._characters[state][1]
            for state in reached
            if state in self._characters and self._characters[state][0](place.after)
        )
        made = _Transition(following, self._final in reached, steps)
        self._size += len(states) + len(following) + 1
        if self._size > MAX_KEPT:
            self._kept, self._size = {}, len(states) + len(following) + 1
        self._kept[key] = made
        return made

    def _reach(self, states: Iterable[int], place: Place) -> tuple[set[int], int]:
        """All states that these reach without a character, and how many were visited: each once."""
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
                if test(place):
                    waiting.append(following)
        return reached, len(reached)

    # -- construction, from the end to the beginning ---------------------------------------------------
    def _new(self) -> int:
        self._states += 1
        if self._states > MAX_STATES:
            raise TooCostly(
                f"The pattern needs more than {MAX_STATES:,} states; a part that is repeated {{n}} times counts n "
                "times. Write a shorter pattern, or smaller repeats."
            )
        return self._states - 1

    def _build(self, part: Part, following: int) -> int:
        """The state with which this part begins; behind it goes on ``following``."""
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
                for each in reversed(parts):
                    following = self._build(each, following)
                return following
            case Choice(parts):
                return self._fork(self._build(each, following) for each in parts)
            case Repeat(inner, least, most):
                return self._repeat(inner, least, most, following)

    def _fork(self, ways: Iterator[int]) -> int:
        state = self._new()
        self._free[state] = tuple(ways)
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
            before = self._states
            following = self._build(part, following)
            if self._states == before:  # as in (){1000000}: each round of this loop is work, and counts
                self._new()
        return following
