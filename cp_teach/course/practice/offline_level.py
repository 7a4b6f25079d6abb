"""A level as JSON for a page without a kernel: its graph of moments, with the distance of each to the goals."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from cp_teach.course.levels.attempt import Attempt
from cp_teach.course.levels.level import Level, Moment
from cp_teach.course.levels.move_language import Answer, Move, move_label
from cp_teach.course.levels.solver import par
from cp_teach.course.practice.panel_view import question_view
from cp_teach.explore import TooManyStates
from cp_teach.explore.move_kinds import kind_of_move
from cp_teach.show.offline.move_effects import past_tables as past_effects
from cp_teach.show.offline.page_rules import reason_rules
from cp_teach.show.offline.state_graph_export import Edge, Node, StateGraphExport
from cp_teach.show.view.view_model import view
from cp_teach.translation import _

MAX_MOMENTS = 6_000
"""The largest graph of a level that a page can hold."""


def offline_level(level: Level) -> dict[str, Any] | None:
    """Everything that ``static/practice_alive.js`` needs to play this level; None for a level that is too large."""
    attempt = Attempt(level)
    run = attempt.run
    try:
        graph = _Graph(level, attempt.moment)
    except TooManyStates:
        return None
    atlas = StateGraphExport(
        run.id,
        run.newest + 1,
        exact=True,
        left_out=_(
            "This level is solved without that. Allowed here: {allowed}.", allowed=", ".join(level.allow)
        ),
    )
    for node in graph.nodes():
        atlas.add(node)
    executions = list(range(1, run.state.newest + 1))
    return {
        "name": level.name,
        "title": _(level.title),
        "chapter": _(level.chapter),
        "task": _(level.task),
        "teaches": _(level.teaches),
        "goals": [_(goal.text) for goal in level.goals],
        "par": par(level),
        "lost": _(level.lost_message),
        "hints": [{"text": _(hint.text), "next": hint.next} for hint in level.hints],
        "question": question_view(level.question, level.start, explained=True) if level.question else None,
        "predictions": [
            question_view(question, level.play(level.start, question.after), explained=True)
            for question in level.predictions
        ],
        "recording": {
            "views": [view(run)],
            "places": [[0, 0, executions, past_effects(run.history, run.state)]],
            "reason": reason_rules(level.pipeline),
        },
        "atlas": atlas.data(""),
    }


class _Graph:
    """Every moment of a level, its moves, and its distance to the goals."""

    def __init__(self, level: Level, start: Moment) -> None:
        self.level, newest = level, level.newest
        self.moments = [start]
        self.edges: list[list[tuple[Move, int]]] = []
        indexes = {start.key: 0}
        for moment in self.moments:  # the list grows in the loop
            edges = []
            for move in level.moves(moment, newest):
                after = level.apply(moment, move)
                if after.key not in indexes:
                    indexes[after.key] = len(self.moments)
                    self.moments.append(after)
                edges.append((move, indexes[after.key]))
            self.edges.append(edges)
            if len(self.moments) > MAX_MOMENTS:
                raise TooManyStates(f"level {level.name} has more than {MAX_MOMENTS} moments")
        self.distances = self._distances()

    def _distances(self) -> list[int | None]:
        predecessors: list[list[int]] = [[] for _moment in self.moments]
        for at, edges in enumerate(self.edges):
            for _move, to in edges:
                predecessors[to].append(at)
        distances: list[int | None] = [0 if self.level.won(moment) else None for moment in self.moments]
        queue = deque(at for at, distance in enumerate(distances) if distance == 0)
        while queue:
            current = queue.popleft()
            for at in predecessors[current]:
                if distances[at] is None:
                    distances[at] = (distances[current] or 0) + 1
                    queue.append(at)
        return distances

    def nodes(self) -> Iterator[Node]:
        """The moments as nodes of a ``StateGraphExport``."""
        for moment, edges, distance in zip(self.moments, self.edges, self.distances, strict=True):
            best = next(
                (i for i, (_move, to) in enumerate(edges) if distance and self.distances[to] == distance - 1),
                None,
            )
            more = {"met": self.level.met(moment), "left": distance, "best": best}
            yield Node(
                moment.state, moment.state.newest, [self._edge(moment, move, to) for move, to in edges], more
            )

    def _edge(self, moment: Moment, move: Move, to: int) -> Edge:
        executions = list(range(1, self.moments[to].state.newest + 1))
        label = move_label(moment.state, move)
        if isinstance(move, Answer):
            answer = {
                "do": ["Answer", move.option],
                "say": _("Answered: {option}", option=_(move.option)),
                "label": label,
            }
            return Edge(None, to, executions, answer)
        return Edge(
            move,
            to,
            executions,
            {"move": self.level.move_text(move), "label": label, "kind": kind_of_move(move)},
        )
