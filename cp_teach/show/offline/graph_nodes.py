"""A state graph as an export reads it: the states as nodes, the moves between them as edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import State
from cp_teach.explore.state_graph import Space


class Edge(NamedTuple):
    """A move from one state to another: ``stays`` are the executions that the target knows of, as the source calls
    them, and ``more`` what else the page shall know of the move. A move without a command changes no pipeline. Of a
    move whose ``events`` are given nothing is worked out that was written down for its equal."""

    command: c.Command | None
    target: int
    stays: list[int]
    more: dict[str, Any] | None = None
    events: tuple[Event, ...] | None = None


class Node(NamedTuple):
    """A state, how many executions it knows of, its moves, and what else the page shall know of it."""

    state: State
    known: int
    edges: list[Edge]
    more: dict[str, Any] | None = None


def grow(space: Space) -> list[list[Edge]]:
    """The moves of every state of a graph that is yet to be explored. Raises ``TooManyStates``."""
    found: list[list[Edge]] = []
    now: list[tuple[c.Command, tuple[Event, ...], list[int]]] = []

    def seen(before: State, command: c.Command, events: Sequence[Event], after: State) -> None:
        now.append((command, tuple(events), space.numbers(after)))

    for index in space.grow(seen):
        moves = zip(now, space.targets(index), strict=True)
        found.append([Edge(command, to, stays, None, events) for (command, events, stays), to in moves])
        now.clear()
    return found


def nodes(space: Space, found: list[list[Edge]]) -> Iterator[Node]:
    """The states of a graph with the moves that ``grow`` found."""
    for index, edges in enumerate(found):
        state = space.state(index)
        yield Node(state, len(space.numbers(state)), edges)
