"""Graph selection: which state graphs a page contains, and where in them each recorded moment is.

A graph that would be too big is explored with fewer moves, and the page says which are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import Readings, State
from cp_teach.engine.rules.errors import Refused
from cp_teach.explore import explore
from cp_teach.explore.move_kinds import DEFAULT_KINDS, KINDS
from cp_teach.explore.state_graph import StateGraph, TooManyStates
from cp_teach.pipeline import Pipeline
from cp_teach.show.offline.state_graph_export import Edge, Node, StateGraphExport
from cp_teach.show.view.view_errors import Faults
from cp_teach.translation import N_, _

STATES = 12_000
"""The maximum number of states in all graphs of a page: about half a megabyte of the page, and six seconds of its
export."""
LEAST = 1_500
"""The number of states that each graph may have, however many graphs there are."""
RELEASES = 40
"""The number of executions that a page has ids for."""
_WIDE = (*DEFAULT_KINDS, "stop", "override")
_NARROWER: tuple[tuple[tuple[str, ...], int], ...] = (
    (DEFAULT_KINDS, 3),
    (tuple(kind for kind in DEFAULT_KINDS if kind != "retry"), 3),
    (DEFAULT_KINDS, 2),
    (DEFAULT_KINDS, 1),
    (("release", "finish", "approve", "toggle", "judge"), 2),
    (("release", "finish", "approve", "judge"), 1),
)
"""(moves, executions in progress) from the widest graph to the narrowest: without retries, without a third execution,
and so on. With three, one can be superseded while another holds the stage."""
_PHRASES = {
    "release": N_("release"),
    "finish": N_("end actions well"),
    "fail": N_("let them fail"),
    "approve": N_("approve and reject"),
    "toggle": N_("enable and disable transitions"),
    "retry": N_("retry"),
    "stop": N_("stop executions"),
    "judge": N_("judge rules"),
    "override": N_("override conditions"),
}

Place = list[Any]
"""(graph, node, the numbers of the executions in the node)."""


class Chart(NamedTuple):
    """A graph as JSON, and the space that finds a state in it."""

    atlas: dict[str, Any]
    space: StateGraph

    def place(self, state: State) -> tuple[int, list[int]] | None:
        """The node of that state and its executions; None if the graph does not contain it."""
        node = None if _edited(state) else self.space.find(state)
        return None if node is None else (node, self.space.numbers(state))


def chart(run: str, roots: Sequence[State], states: int = STATES, *, worked: bool = False) -> Chart | None:
    """The widest graph around these states of one pipeline with at most ``states`` states; None if there is none.
    ``run`` is the name from which ids are derived. After real work (``worked``) the graph has only the usual moves,
    because the past is what there is to see."""
    roots = [state for state in dict.fromkeys(roots) if not _edited(state)]
    if not roots:
        return None
    for allow, at_once in _NARROWER:
        if (graph := _explored(roots, allow, at_once, states)) is None:
            continue
        # Small graphs have room for more moves: stopping alone makes a graph about ten times as big.
        if allow == DEFAULT_KINDS and len(graph[1]) * 10 < states and not worked:
            graph = _explored(roots, _WIDE, at_once, states) or graph
        space, moves = graph
        atlas = StateGraphExport(run, RELEASES)
        for index, edges in enumerate(moves):
            state = space.state(index)
            atlas.add(Node(state, len(space.numbers(state)), edges))
        return Chart(atlas.data(carried(space, at_once)), space)
    return None


def _explored(
    roots: Sequence[State], allow: Sequence[str], at_once: int, states: int
) -> tuple[StateGraph, list[list[Edge]]] | None:
    """The graph with the moves of every state; None if it has too many states."""
    moves: list[list[Edge]] = []
    of_state: list[tuple[c.Command, tuple[Event, ...], list[int]]] = []

    def record(before: State, command: c.Command, events: Sequence[Event], after: State) -> None:
        of_state.append((command, tuple(events), space.numbers(after)))

    try:
        space = explore(roots[0], None, allow, other_starts=roots[1:], max_executions=at_once, limit=states)
        for index in space.grow(record):
            pairs = zip(of_state, space.targets(index), strict=True)
            moves.append([Edge(command, to, stays, None, events) for (command, events, stays), to in pairs])
            of_state.clear()
    except (TooManyStates, Refused):
        return None
    return space, moves


def carried(space: StateGraph, at_once: int) -> str:
    """What users can do in the page, and what they cannot, in two sentences."""
    pipeline = space.pipeline
    pointless = set()
    if not any(stage.has_conditions for stage in pipeline.stages):
        pointless |= {"judge", "override"}
    if not any(action.is_approval for stage in pipeline.stages for action in stage.actions):
        pointless.add("approve")
    if pipeline.type != "V2":
        pointless.add("roll back")
    possible = [
        _(phrase) for kind, phrase in _PHRASES.items() if kind in space.allow and kind not in pointless
    ]
    left_out = [
        kind for kind in KINDS if kind not in space.allow and kind not in {*pointless, "edit", "delete"}
    ]
    return _(
        "No kernel is needed here: you can {possible} and {last}, with up to {executions} on the way at once. "
        "The notebook in JupyterLab can also: {others}.",
        possible=", ".join(possible[:-1]),
        last=possible[-1],
        executions=_("one execution") if at_once == 1 else _("{count} executions", count=at_once),
        others=", ".join(left_out),
    )


def _edited(state: State) -> bool:
    """Whether an execution follows an older definition; a graph has no such executions."""
    return any(x.pipeline is not None for x in state.executions)


def charts(
    journeys: Sequence[tuple[str, Sequence[State]]], most: int | None = None, worked: Collection[str] = ()
) -> tuple[list[dict[str, Any]], list[list[Place | None]]]:
    """The graphs for these runs, each (id, its states), and for each state of each run its place, or None.

    ``most`` is the maximum number of states in all graphs; ``worked`` are the ids of runs with real work.
    """
    most = STATES if most is None else most
    groups: dict[tuple[str, Pipeline, Readings], list[State]] = {}
    for run, states in journeys:
        for state in states:
            groups.setdefault((run, state.pipeline, state.readings), []).append(state)
    room = max(min(LEAST, most), most // max(1, len(groups)))
    graphs: list[Chart] = []
    index: dict[tuple[str, Pipeline, Readings], int] = {}
    faults = Faults()
    for key, states in groups.items():
        with faults.guarding("the moves of the page"):  # without them the page can still replay
            graph = chart(key[0], states, room, worked=key[0] in worked)
            if graph is not None:
                index[key] = len(graphs)
                graphs.append(graph)

    def place(run: str, state: State) -> Place | None:
        at = index.get((run, state.pipeline, state.readings))
        node = None if at is None else graphs[at].place(state)
        return None if node is None else [at, *node]

    return [graph.atlas for graph in graphs], [
        [place(run, state) for state in states] for run, states in journeys
    ]
