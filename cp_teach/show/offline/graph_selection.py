"""Which state graphs a page takes along, and where in them each recorded moment is.

A graph that would be too big is made smaller by leaving moves out, and the page says which.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from cp_teach.engine.model.state import State
from cp_teach.engine.rules.errors import Refused
from cp_teach.explore import explore
from cp_teach.explore.move_kinds import DEFAULT, KINDS
from cp_teach.explore.state_graph import Space, TooManyStates
from cp_teach.show.offline.graph_nodes import Edge, grow, nodes
from cp_teach.show.offline.state_graph_export import Atlas
from cp_teach.show.view.view_errors import Faults

STATES = 12_000
"""The most states that all graphs of a page have together: about half a megabyte of the page, and six seconds of its
export."""
LEAST = 1_500
RELEASES = 40
"""How many executions a page has ids for."""
_WIDE = (*DEFAULT, "stop", "override")
_NARROWER: tuple[tuple[tuple[str, ...], int], ...] = (
    (DEFAULT, 3),
    (tuple(word for word in DEFAULT if word != "retry"), 3),
    (DEFAULT, 2),
    (DEFAULT, 1),
    (("release", "finish", "approve", "toggle", "judge"), 2),
    (("release", "finish", "approve", "judge"), 1),
)
"""What is given up first: retrying, then the third execution on its way, and so on. Three are needed for one to be
superseded while another holds the stage."""
_WORDS = {
    "release": "release",
    "finish": "end actions well",
    "fail": "let them fail",
    "approve": "approve and reject",
    "toggle": "enable and disable transitions",
    "retry": "retry",
    "stop": "stop executions",
    "judge": "judge rules",
    "override": "override conditions",
}


class Chart(NamedTuple):
    """A graph as data, and where a state is in it."""

    atlas: dict[str, Any]
    space: Space

    def place(self, state: State) -> tuple[int, list[int]] | None:
        """The node of that state, and which executions it knows of; None where it is not in the graph."""
        node = None if _edited(state) else self.space.find(state)
        return None if node is None else (node, self.space.numbers(state))


def chart(run: str, roots: Sequence[State], states: int = STATES, *, worked: bool = False) -> Chart | None:
    """The widest graph around these states of one pipeline that has no more than ``states`` states; None when there is
    none. ``run`` is the name from which ids are derived. Of a run that was ``worked`` on for real it has the usual
    moves and no more: what there is to see is its past."""
    roots = [state for state in dict.fromkeys(roots) if not _edited(state)]
    if not roots:
        return None
    for allow, at_once in _NARROWER:
        if (grown := _explored(roots, allow, at_once, states)) is None:
            continue
        # Small ones have room for more: stopping alone makes a graph about ten times as big.
        if allow == DEFAULT and len(grown.moves) * 10 < states and not worked:
            grown = _explored(roots, _WIDE, at_once, states) or grown
        return Chart(_atlas(run, grown, at_once), grown.space)
    return None


class _Grown(NamedTuple):
    space: Space
    moves: list[list[Edge]]


def _explored(roots: Sequence[State], allow: Sequence[str], at_once: int, states: int) -> _Grown | None:
    try:
        space = explore(roots[0], None, allow, also=roots[1:], at_once=at_once, limit=states)
        return _Grown(space, grow(space))
    except (TooManyStates, Refused):
        return None


def _atlas(run: str, grown: _Grown, at_once: int) -> dict[str, Any]:
    atlas = Atlas(run, RELEASES)
    for node in nodes(*grown):
        atlas.add(node)
    return atlas.data(carried(grown.space, at_once))


def carried(space: Space, at_once: int) -> str:
    """What can be done in the page, and what cannot, in two sentences."""
    pipeline = space.pipeline
    judged = any(stage.judges for stage in pipeline.stages)
    approves = any(action.is_approval for stage in pipeline.stages for action in stage.actions)
    none = ({"judge", "override"} if not judged else set()) | (set() if approves else {"approve"})
    none |= set() if pipeline.type == "V2" else {"roll back"}
    able = [words for kind, words in _WORDS.items() if kind in space.allow and kind not in none]
    left = [
        kind
        for kind in KINDS
        if kind not in space.allow and kind not in none and kind not in ("edit", "delete")
    ]
    many = "one execution" if at_once == 1 else f"{at_once} executions"
    return (
        f"No kernel is needed here: you can {', '.join(able[:-1])} and {able[-1]}, with up to {many} on the way at "
        f"once. The notebook in JupyterLab can also: {', '.join(left)}."
    )


def _edited(state: State) -> bool:
    """A graph has no executions of an older definition than today's."""
    return any(x.pipeline is not None for x in state.executions)


def charts(
    journeys: Sequence[tuple[str, Sequence[State]]], most: int | None = None, worked: Collection[str] = ()
) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    """The graphs for these runs, each (id, its states), and for each state of each run its place: (graph, node, the
    executions that the node knows of), or None. ``most`` is how many states all graphs may have together; ``worked``
    are the ids of runs that were worked on for real."""
    most = STATES if most is None else most
    groups: dict[Any, list[State]] = {}
    for run, states in journeys:
        for state in states:
            groups.setdefault((run, state.pipeline, state.readings), []).append(state)
    room = max(min(LEAST, most), most // max(1, len(groups)))
    found: dict[Any, Chart | None] = dict.fromkeys(groups)
    faults = Faults()
    for key, states in groups.items():
        with faults.guarding(
            "the moves that a page takes along"
        ):  # the chart can still be replayed without them
            found[key] = chart(key[0], states, room, worked=key[0] in worked)
    made = [one for one in found.values() if one is not None]
    places: list[list[Any]] = []
    for run, states in journeys:
        mine: list[Any] = []
        for state in states:
            one = found[run, state.pipeline, state.readings]
            place = None if one is None else one.place(state)
            mine.append(None if one is None or place is None else [made.index(one), *place])
        places.append(mine)
    return [one.atlas for one in made], places
