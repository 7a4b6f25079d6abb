"""A state graph as an export reads it: the states as nodes, the moves between them as edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import State
from cp_teach.explore.state_graph import StateGraph


class Edge(NamedTuple):
    """A move from one state to another."""

    command: c.Command | None
    """None for a move that changes no pipeline, such as the answer to a question."""
    target: int
    """The index of the node it leads to."""
    stays: list[int]
    """The executions that the target has, as the source numbers them."""
    more: dict[str, Any] | None = None
    """Further JSON for the page."""
    events: tuple[Event, ...] | None = None
    """The events, if known: moves with the same command, events and executions share their text in the page."""


class Node(NamedTuple):
    """A state and its moves."""

    state: State
    execution_count: int
    """The number of executions in the state."""
    edges: list[Edge]
    more: dict[str, Any] | None = None
    """Further JSON for the page."""


def grow(space: StateGraph) -> list[list[Edge]]:
    """Explore the graph and return the moves of every state. Raises ``TooManyStates``."""
    edges: list[list[Edge]] = []
    moves: list[tuple[c.Command, tuple[Event, ...], list[int]]] = []

    def record(before: State, command: c.Command, events: Sequence[Event], after: State) -> None:
        moves.append((command, tuple(events), space.numbers(after)))

    for index in space.grow(record):
        pairs = zip(moves, space.targets(index), strict=True)
        edges.append([Edge(command, to, stays, None, events) for (command, events, stays), to in pairs])
        moves.clear()
    return edges


def nodes(space: StateGraph, edges: list[list[Edge]]) -> Iterator[Node]:
    """The states of a graph with the moves that ``grow`` returned."""
    for index, moves in enumerate(edges):
        state = space.state(index)
        yield Node(state, len(space.numbers(state)), moves)
