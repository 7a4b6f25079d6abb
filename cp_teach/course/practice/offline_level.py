"""A level as data for a page without a kernel: its whole graph, with the way to the goals from each moment of it."""

from __future__ import annotations

from collections import deque
from typing import Any

from cp_teach.course.levels.attempt import Attempt
from cp_teach.course.levels.level import Asked, Level, Moment
from cp_teach.course.levels.move_language import Answer, Said
from cp_teach.course.levels.solver import fewest
from cp_teach.course.practice.panel_view import told
from cp_teach.explore.move_kinds import kind
from cp_teach.explore.state_graph import TooManyStates
from cp_teach.show.offline.graph_nodes import Edge, Node
from cp_teach.show.offline.move_effects import told as past
from cp_teach.show.offline.page_rules import reason_rules
from cp_teach.show.offline.state_graph_export import Atlas
from cp_teach.show.view.view_model import view

MOST = 6_000
"""Moments of a level that a page takes along, at the most."""


def carry(level: Level) -> dict[str, Any] | None:
    """All that a page needs to play this level; None for one that is too big to be taken along."""
    attempt = Attempt(level)
    run = attempt.run
    try:
        graph = _Graph(level, attempt.moment)
    except TooManyStates:
        return None
    atlas = Atlas(
        run.id,
        run.newest + 1,
        exact=True,
        left_out=f"This level is solved without that. Allowed here: {', '.join(level.allow)}.",
    )
    for node in graph.nodes():
        atlas.add(node)
    state = run.state
    who = list(range(1, state.last + 1))
    return {
        "name": level.name,
        "title": level.title,
        "chapter": level.chapter,
        "task": level.task,
        "teaches": level.teaches,
        "goals": [goal.text for goal in level.goals],
        "par": fewest(level),
        "lost": level.lost or "From here the goals cannot be reached any more. Undo.",
        "hints": [{"text": hint.text, "next": hint.next} for hint in level.hints],
        "question": _asked(level, level.question, level.start) if level.question else None,
        "predictions": [
            _asked(level, asked, level.play(level.start, asked.after)) for asked in level.predictions
        ],
        "recording": {
            "views": [view(run)],
            "places": [[0, 0, who, past(run.history, state)]],
            "reason": reason_rules(level.pipeline),
        },
        "atlas": atlas.data(""),
    }


def _asked(level: Level, asked: Asked, moment: Moment) -> dict[str, Any]:
    options = [{"text": o.text, "reason": o.reason, "right": o.right(*moment)} for o in asked.options]
    return {"question": asked.question, "options": options}


class _Graph:
    """Every moment of a level, and how far each is from the goals."""

    def __init__(self, level: Level, start: Moment) -> None:
        self.level, newest = level, level.newest
        self.moments = [start]
        self.edges: list[list[tuple[Said, int]]] = []
        known = {start.key: 0}
        for moment in self.moments:  # it grows while it is walked
            mine = []
            for move in level.moves(moment, newest):
                after = level.move(moment, move)
                if after.key not in known:
                    known[after.key] = len(self.moments)
                    self.moments.append(after)
                mine.append((move, known[after.key]))
            self.edges.append(mine)
            if len(self.moments) > MOST:
                raise TooManyStates(f"level {level.name} has more than {MOST} moments")
        self.left = self._distances()

    def _distances(self) -> list[int | None]:
        before: list[list[int]] = [[] for _ in self.moments]
        for at, mine in enumerate(self.edges):
            for _, to in mine:
                before[to].append(at)
        left: list[int | None] = [0 if self.level.won(moment) else None for moment in self.moments]
        queue = deque(at for at, far in enumerate(left) if far == 0)
        while queue:
            here = queue.popleft()
            for at in before[here]:
                if left[at] is None:
                    left[at] = (left[here] or 0) + 1
                    queue.append(at)
        return left

    def nodes(self) -> Any:
        """The moments as an atlas takes them."""
        for at, moment in enumerate(self.moments):
            left = self.left[at]
            edges = [self._edge(moment, move, to) for move, to in self.edges[at]]
            best = next(
                (i for i, (_, to) in enumerate(self.edges[at]) if left and self.left[to] == left - 1), None
            )
            more = {"met": self.level.met(moment), "left": left, "best": best}
            yield Node(moment.state, moment.state.last, edges, more)

    def _edge(self, moment: Moment, move: Said, to: int) -> Edge:
        stays = list(range(1, self.moments[to].state.last + 1))
        label = told(moment.state, move)
        if isinstance(move, Answer):
            return Edge(
                None,
                to,
                stays,
                {"do": ["Answer", move.option], "say": f"Answered: {move.option}", "label": label},
            )
        return Edge(move, to, stays, {"move": self.level.words(move), "label": label, "kind": kind(move)})
