"""The state graph: every state reachable by the allowed moves, built breadth first and only as far as asked."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cp_teach.engine.model.commands import Command
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import PARALLEL, TARGETS, State, beginning, unwalkable
from cp_teach.engine.rules.errors import Refused
from cp_teach.engine.rules.step import allowed, step
from cp_teach.explore.move_kinds import DEFAULT, moves, words
from cp_teach.explore.state_key import key, numbers, state_of
from cp_teach.pipeline import Pipeline

if TYPE_CHECKING:  # networkx is heavy: it is imported where it is used
    import networkx

Seen = Callable[[State, Command, list[Event], State], object]
MOST_REVISIONS = 200
MOST_EXECUTIONS = 65_535  # two bytes of a key


class TooManyStates(Exception):
    """The graph is larger than its bound. What was found so far stays usable: ``space.found`` states."""


def explore(
    pipeline: Pipeline | State,
    revisions: int | None = 2,
    allow: Collection[str] = DEFAULT,
    *,
    limit: int = 200_000,
    fold: bool = False,
    also: Sequence[State] = (),
    at_once: int | None = None,
) -> Space:
    """Every state that ``pipeline`` (or a pipeline that is in some state already) can reach.

    ``revisions``: at most so many (more) executions are released; None for without end. ``allow``: the kinds
    of moves, words of ``KINDS``. ``limit``: the most states that are kept; one more raises
    ``TooManyStates``. ``fold``: states that differ only in which of several equal parallel actions has ended
    count as one; sound for questions that do not name one of these actions. ``also``: states of the same pipeline
    from which it is explored, too. ``at_once``: releases have no end (``revisions`` is not asked), but nothing is
    released while so many executions are known: they are on their way, or can be retried. Nothing is computed before it
    is asked for.
    """
    return Space(pipeline, revisions, allow, limit=limit, fold=fold, also=also, at_once=at_once)


class Space:
    """A state graph that grows while it is read. States are named by their index, 0 is the start."""

    def __init__(
        self,
        start: Pipeline | State,
        revisions: int | None,
        allow: Collection[str],
        *,
        limit: int,
        fold: bool,
        also: Sequence[State] = (),
        at_once: int | None = None,
    ) -> None:
        state = start if isinstance(start, State) else beginning(start)
        if at_once is not None:
            revisions = None
        if state.pipeline.mode == PARALLEL and revisions != 1 and at_once is None:
            raise ValueError(
                f"{state.pipeline.name} runs in PARALLEL mode, in which executions do not touch each other: explore "
                "one of them (revisions=1)"
            )
        if wrong := unwalkable(state.pipeline):
            raise Refused("InvalidStructureException", wrong, "pipeline.check() tells everything.")
        if revisions is not None and not 1 <= revisions <= MOST_REVISIONS:
            raise ValueError(f"revisions={revisions!r} will not do: give 1 to {MOST_REVISIONS}, or None")
        if revisions is None and at_once is None and state.pipeline.mode != "SUPERSEDED":
            raise ValueError("where nobody is superseded the queue has no end: give a number of revisions")
        if revisions is None and "roll back" in words(allow):
            raise ValueError("every rollback is a new execution: give a number of revisions")
        if limit < 1:
            raise ValueError(f"limit={limit} leaves no room for the first state")
        self.start, self.also, self.pipeline, self.revisions = state, tuple(also), state.pipeline, revisions
        self._newest = at_once if revisions is None else max(each.last for each in (state, *also)) + revisions
        if (self._newest or 0) > MOST_EXECUTIONS:
            raise ValueError(f"a run is explored up to execution {MOST_EXECUTIONS}, not {self._newest}")
        self.allow, self.limit, self.fold = words(allow), limit, fold
        every = TARGETS if "roll back" in self.allow else 0
        self._aims = tuple(every or int(stage.rolls_back) for stage in self.pipeline.stages)
        if not any(self._aims):
            self._aims = ()
        self._keys: list[bytes] = []
        self._index: dict[bytes, int] = {}
        self._parent = array("l")
        self._ends = array("L")  # where the edges of each expanded state end
        self._targets = array("L")
        for root in (state, *also):
            packed = self.key(root)
            if packed not in self._index:
                self._add(packed, -1)

    # -- reading -----------------------------------------------------------------------------------
    def __len__(self) -> int:
        """How many states there are; explores them all."""
        for _ in self.grow():
            pass
        return len(self._keys)

    def __iter__(self) -> Iterator[State]:
        """The states, nearest first, each as soon as it is found."""
        index = 0
        growing = self.grow()
        while index < len(self._keys) or next(growing, None) is not None:
            while index < len(self._keys):
                yield self.state(index)
                index += 1

    @property
    def found(self) -> int:
        """How many states were found so far."""
        return len(self._keys)

    @property
    def done(self) -> bool:
        """True when there is nothing left to explore."""
        return len(self._ends) == len(self._keys)

    @property
    def expanding(self) -> int:
        """The index of the state whose moves are looked at next, or just now."""
        return len(self._ends)

    @property
    def depth(self) -> int:
        """How many moves the farthest state that was found is from the start."""
        steps, index = 0, len(self._keys) - 1  # breadth first: the last that was found is among the farthest
        while self._parent[index] >= 0:
            index, steps = self._parent[index], steps + 1
        return steps

    def targets(self, index: int) -> list[int]:
        """Where the moves of that state lead, in the order of ``moves``; it has to be expanded by now."""
        begin = self._ends[index - 1] if index else 0
        return list(self._targets[begin : self._ends[index]])

    def key(self, state: State) -> bytes:
        """The key under which ``state`` is known here."""
        return key(state, self.revisions is not None, self.fold, self._aims)

    def find(self, state: State) -> int | None:
        """The index of ``state``; None where it was not found (so far)."""
        return self._index.get(self.key(state))

    def numbers(self, state: State) -> list[int]:
        """The executions that the key of ``state`` tells of, in their order: the first is its execution 1."""
        return numbers(state, self._aims)

    def state(self, index: int) -> State:
        """The state of that index: executions renumbered from 1, and without what no move depends on (what last
        succeeded in a stage)."""
        return state_of(self.start, self._keys[index])

    def moves(self, state: State) -> list[Command]:
        """The allowed moves in ``state``."""
        return moves(state, self.allow, self._newest)

    def route(self, index: int) -> list[Command]:
        """The fewest moves from the start to that state, with the numbers a journal would have."""
        return self.walk(index)[0]

    def walk(self, index: int) -> tuple[list[Command], State]:
        """That route, and the state it leads to, with the numbers a journal would have."""
        steps = []
        while self._parent[index] >= 0:
            steps.append(self._keys[index])
            index = self._parent[index]
        journal: list[Command] = []
        state = self.start if index == 0 else self.state(index)
        for target in reversed(steps):
            move, state = self._toward(state, target)
            journal.append(move)
        return journal, state

    def _toward(self, state: State, target: bytes) -> tuple[Command, State]:
        for move in self.moves(state):
            after, _ = step(state, move)
            if self.key(after) == target:
                return move, after
        raise LookupError("no move leads on: two states with one key behave differently")

    def path(self, goal: Callable[[State], object]) -> list[Command] | None:
        """The fewest moves to a state of which ``goal`` is true, explored no further than needed; None when
        no reachable state is one. ``goal`` is given what ``state(index)`` gives."""
        for index, state in enumerate(self):
            if goal(state):
                return self.route(index)
        return None

    def graph(self) -> networkx.MultiDiGraph[Any]:
        """The whole graph: a node for each index with its ``state``, an edge for each move with its
        ``command``."""
        import networkx

        graph: networkx.MultiDiGraph[Any] = networkx.MultiDiGraph()
        graph.add_nodes_from((index, {"state": self.state(index)}) for index in range(len(self)))
        begin = 0
        for index, end in enumerate(self._ends):
            state, edges = self.state(index), iter(self._targets[begin:end])
            for move in self.moves(state):
                graph.add_edge(index, next(edges), command=move)
            begin = end
        return graph

    def __repr__(self) -> str:
        more = "" if self.done else ", more to explore"
        return f"<Space of {self.pipeline.name}: {self.found} states{more}>"

    # -- growing -----------------------------------------------------------------------------------
    def grow(self, seen: Seen | None = None) -> Iterator[int]:
        """Explore state after state; yields the index of each whose moves are now known.

        ``seen(before, move, events, after)`` hears of every move. Raises ``TooManyStates`` at the bound.
        """
        while not self.done:
            index = len(self._ends)
            before, targets = self.state(index), []
            for move in self.moves(before):
                after, events = allowed(before, move)  # the judge has just let it pass
                if seen is not None:
                    seen(before, move, events, after)
                packed = self.key(after)
                known = self._index.get(packed)
                targets.append(self._add(packed, index) if known is None else known)
            self._targets.extend(targets)
            self._ends.append(len(self._targets))
            yield index

    def _add(self, packed: bytes, parent: int) -> int:
        index = len(self._keys)
        if index >= self.limit:
            raise TooManyStates(
                f"{self.pipeline.name} has more than {self.limit:,} states (limit={self.limit}). Narrow it: "
                f"fewer revisions than {self.revisions}, fewer kinds of moves than {sorted(self.allow)} "
                "(allow=...), or a higher limit."
            )
        self._keys.append(packed)
        self._index[packed] = index
        self._parent.append(parent)
        return index
