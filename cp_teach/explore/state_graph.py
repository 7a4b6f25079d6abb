"""The state graph: every state that the allowed moves reach, built breadth first and only as far as needed."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cp_teach.engine.model.commands import Command
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import PARALLEL, TARGETS, State, initial_state, structure_error
from cp_teach.engine.rules.errors import Refused
from cp_teach.engine.rules.step import apply_command, step
from cp_teach.explore.move_kinds import DEFAULT_KINDS, allowed_moves, checked_kinds
from cp_teach.explore.state_key import numbers, state_key, state_of
from cp_teach.former_names import accept_former_keyword
from cp_teach.pipeline import Pipeline

if TYPE_CHECKING:  # networkx is heavy: it is imported where it is used
    import networkx

Seen = Callable[[State, Command, list[Event], State], object]
MOST_REVISIONS = 200
MOST_EXECUTIONS = 65_535  # two bytes of a key


class TooManyStates(Exception):
    """The graph exceeds its limit. The states explored so far stay usable."""


class StateGraph:
    """The graph of every state that ``pipeline``, or a given state of a pipeline, can reach. It grows while it is read:
    nothing is computed at first. States have an index; 0 is the start.

    ``revisions``: how many (more) executions are started; None for no limit. ``allow``: the kinds of moves, keys of
    ``KINDS``. ``limit``: the largest number of states; one more raises ``TooManyStates``. ``merge_equal_actions``:
    merge states that differ only in which of several equal parallel actions has ended, which is sound for
    questions that do not name such an action. ``other_starts``: further states of the same pipeline from which to
    explore. ``max_executions``: no limit of executions (``revisions`` is ignored), but none starts while this many are
    in the state.

    Raises ``ValueError`` for invalid arguments, and ``Refused`` for a pipeline that cannot run.
    """

    @accept_former_keyword("fold", "merge_equal_actions")
    def __init__(
        self,
        pipeline: Pipeline | State,
        revisions: int | None = 2,
        allow: Collection[str] = DEFAULT_KINDS,
        *,
        limit: int = 200_000,
        merge_equal_actions: bool = False,
        other_starts: Sequence[State] = (),
        max_executions: int | None = None,
    ) -> None:
        state = pipeline if isinstance(pipeline, State) else initial_state(pipeline)
        if max_executions is not None:
            revisions = None
        if state.pipeline.mode == PARALLEL and revisions != 1 and max_executions is None:
            raise ValueError(
                f"{state.pipeline.name} runs in PARALLEL mode, in which executions do not touch each other: explore "
                "one of them (revisions=1)"
            )
        if error := structure_error(state.pipeline):
            raise Refused("InvalidStructureException", error, "pipeline.check() lists every error.")
        if revisions is not None and not 1 <= revisions <= MOST_REVISIONS:
            raise ValueError(f"revisions={revisions!r} is not valid: give 1 to {MOST_REVISIONS}, or None")
        if revisions is None and max_executions is None and state.pipeline.mode != "SUPERSEDED":
            raise ValueError("the queue has no limit in this mode: give a number of revisions")
        if revisions is None and "roll back" in checked_kinds(allow):
            raise ValueError("every rollback starts an execution: give a number of revisions")
        if limit < 1:
            raise ValueError(f"limit={limit} leaves no room for the first state")
        self.start, self.pipeline, self.revisions = state, state.pipeline, revisions
        self._newest = (
            max_executions
            if revisions is None
            else max(each.newest for each in (state, *other_starts)) + revisions
        )
        if (self._newest or 0) > MOST_EXECUTIONS:
            raise ValueError(f"a run is explored up to execution {MOST_EXECUTIONS}, not {self._newest}")
        self.allow, self.limit, self.fold = checked_kinds(allow), limit, merge_equal_actions
        every = TARGETS if "roll back" in self.allow else 0
        self._aims = tuple(every or int(stage.rolls_back) for stage in self.pipeline.stages)
        if not any(self._aims):
            self._aims = ()
        self._keys: list[bytes] = []
        self._index: dict[bytes, int] = {}
        self._parent = array("l")
        self._ends = array("L")  # where the edges of each expanded state end
        self._targets = array("L")
        for root in (state, *other_starts):
            packed = self.key(root)
            if packed not in self._index:
                self._add(packed, -1)

    # -- reading -----------------------------------------------------------------------------------
    def __len__(self) -> int:
        """The number of states; explores all of them."""
        for _ in self.grow():
            pass
        return len(self._keys)

    def __iter__(self) -> Iterator[State]:
        """The states, nearest first."""
        index = 0
        growing = self.grow()
        while index < len(self._keys) or next(growing, None) is not None:
            while index < len(self._keys):
                yield self.state(index)
                index += 1

    @property
    def explored(self) -> int:
        """The number of states explored so far."""
        return len(self._keys)

    @property
    def done(self) -> bool:
        """True if the graph is complete."""
        return len(self._ends) == len(self._keys)

    @property
    def expanding(self) -> int:
        """The index of the state whose moves are explored now, or next."""
        return len(self._ends)

    @property
    def depth(self) -> int:
        """The number of moves from the start to the farthest state so far."""
        steps, index = 0, len(self._keys) - 1  # breadth first: the last state is among the farthest
        while self._parent[index] >= 0:
            index, steps = self._parent[index], steps + 1
        return steps

    def targets(self, index: int) -> list[int]:
        """The indexes to which the moves of that expanded state lead, in the order of ``allowed_moves``."""
        begin = self._ends[index - 1] if index else 0
        return list(self._targets[begin : self._ends[index]])

    def key(self, state: State) -> bytes:
        """The key of ``state`` in this graph."""
        return state_key(state, self.revisions is not None, self.fold, self._aims)

    def find(self, state: State) -> int | None:
        """The index of ``state``; None if it has not been reached (so far)."""
        return self._index.get(self.key(state))

    def numbers(self, state: State) -> list[int]:
        """The executions in the key of ``state``, in order: the key calls the first 1."""
        return numbers(state, self._aims)

    def state(self, index: int) -> State:
        """The state of that index, with executions renumbered from 1 and without what no move depends on."""
        return state_of(self.start, self._keys[index])

    def moves(self, state: State) -> list[Command]:
        """The allowed moves in ``state``."""
        return allowed_moves(state, self.allow, self._newest)

    def route(self, index: int) -> list[Command]:
        """The fewest moves from the start to that state, with the execution numbers of a journal."""
        return self.walk(index)[0]

    def walk(self, index: int) -> tuple[list[Command], State]:
        """``route``, and the state to which it leads."""
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
        raise LookupError("no move leads to the next state: two states with the same key behave differently")

    def path(self, goal: Callable[[State], object]) -> list[Command] | None:
        """The fewest moves to a state for which ``goal`` is true; None if no state is reachable.

        ``goal`` receives states as ``state(index)`` returns them.
        """
        for index, state in enumerate(self):
            if goal(state):
                return self.route(index)
        return None

    def graph(self) -> networkx.MultiDiGraph[Any]:
        """The whole graph: one node for each index, with its ``state``, and one edge for each move, with its
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
        return f"<Space of {self.pipeline.name}: {self.explored} states{more}>"

    # -- growing -----------------------------------------------------------------------------------
    def grow(self, seen: Seen | None = None) -> Iterator[int]:
        """Explore state by state; yields the index of each state once its moves are explored.

        ``seen(before, move, events, after)`` is called for every move. Raises ``TooManyStates`` at the limit.
        """
        while not self.done:
            index = len(self._ends)
            before, targets = self.state(index), []
            for move in self.moves(before):
                after, events = apply_command(before, move)  # ``allowed_moves`` has validated it
                if seen is not None:
                    seen(before, move, events, after)
                packed = self.key(after)
                target = self._index.get(packed)
                targets.append(self._add(packed, index) if target is None else target)
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


explore = StateGraph
"""The graph, under the name that reads as what it does: ``explore(pipeline)``."""
