"""The moves of a pipeline as data, for a page that has no kernel: every state with what the console shows of it, every
move with what it does. The page looks a move up; no rule is decided there.

Executions are renumbered in a state graph, so what is written here names them by their place: execution 2 is "the
second that this state knows of". The page keeps the list of who that is; each move says who stays on the list. What
depends on the past (commit messages, the table of executions, what was delivered) is not in a state: each move says
what it adds. docs/slides.md describes the parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from cp_teach.engine.history.projections import History
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import Event, ExecutionStarted
from cp_teach.engine.model.state import State
from cp_teach.engine.queries.legal_commands import permitted
from cp_teach.engine.rules.step import refusal, step
from cp_teach.show.offline.execution_renumbering import Places, raised, shift
from cp_teach.show.offline.graph_nodes import Edge, Node
from cp_teach.show.offline.move_effects import TYPED, news
from cp_teach.show.view import aws_commands
from cp_teach.show.view.blocked_reasons import reasons
from cp_teach.show.view.moves import move, to_wire
from cp_teach.show.view.stages import stage as stage_view

LEFT_OUT = "This page does not carry that move. Open the notebook in JupyterLab to make it."


class Atlas:
    """A state graph on its way to a page: ``add`` every node, then ``data``."""

    def __init__(self, run: str, releases: int, *, exact: bool = False, left_out: str = LEFT_OUT) -> None:
        self.run, self.releases, self.exact, self.left_out = run, releases, exact, left_out
        self.pool: list[Any] = []
        self._pooled: dict[str, int] = {}
        self._places = Places(run)
        self._rows: list[list[Any]] = []
        self._bodies: dict[Any, int] = {}
        self._stages: dict[Any, int] = {}
        self._asks: dict[int, str] = {}
        self._asked: dict[c.Command, int] = {}
        self._history = _Empty()

    def add(self, node: Node) -> None:
        """Write down one state and its moves."""
        state = shift(node.state, exact=self.exact)
        self._places.know(state)
        bodies = [self._edge(state, edge) for edge in node.edges]
        edges = [part for body, edge in zip(bodies, node.edges, strict=True) for part in (body, edge.target)]
        for again in self._again(state):
            here = Edge(again, len(self._rows), list(range(1, node.known + 1)))
            edges += [self._edge(state, here, shifted=True), len(self._rows)]
        carried = frozenset(map(self._asks.__getitem__, edges[::2]))
        told = self._places.plain({"reasons": reasons(state), "release": move(state, c.StartExecution())})
        _leave_out(told, carried, self.left_out)
        sensible = (command for command in permitted(state) if aws_commands.sensible(state, command))
        can = [self._words(state, command) for command in islice(sensible, aws_commands.CAN)]
        row: list[Any] = [
            node.known,
            [self._stage(state, index, carried) for index in range(len(state.pipeline.stages))],
            [self._put(one) for one in told["reasons"]],
            self._put(told["release"]),
            can,
            edges,
        ]
        more = dict(node.more or {})
        if state.deleted:
            more["deleted"] = True
        if more:
            row.append(more)
        self._rows.append(row)

    def data(self, carried: str) -> dict[str, Any]:
        """All of it as plain JSON. ``carried`` says to people which moves the page has."""
        ids = self._places.ids(self.releases)
        return {"pool": self.pool, "nodes": self._rows, "carried": carried, "ids": ids}

    def __len__(self) -> int:
        return len(self._rows)

    # -- one move ------------------------------------------------------------------------------------
    def _edge(self, state: State, edge: Edge, *, shifted: bool = False) -> int:
        if edge.command is None:
            place = self._put({"stays": edge.stays, "lines": [], "log": [], **(edge.more or {})})
            self._asks[place] = json.dumps(self.pool[place]["do"])
            return place
        told = None if edge.events is None else (edge.command, edge.events, tuple(edge.stays))
        if told is not None and (known := self._bodies.get(told)) is not None:
            return known
        asked = edge.command if shifted else raised(edge.command)
        if isinstance(asked, c.StartExecution):
            asked = c.StartExecution(
                tuple(c.Revision(a.name, "0" * 40, TYPED) for a in state.pipeline.sources)
            )
        elif isinstance(asked, c.DisableTransition):
            asked = asked._replace(reason=TYPED)
        elif isinstance(asked, c.PutApprovalResult):
            asked = asked._replace(summary=TYPED)
        after, events = step(state, asked)
        same = (asked, tuple(events), tuple(edge.stays))
        if (known := self._bodies.get(same)) is None:
            known = self._bodies[same] = self._body(state, asked, events, after, edge)
        if told is not None:
            self._bodies[told] = known
        return known

    def _body(self, state: State, asked: c.Command, events: list[Event], after: State, edge: Edge) -> int:
        number = next((event.execution for event in events if isinstance(event, ExecutionStarted)), 0)
        words = aws_commands.row(aws_commands.words(self.run, state, asked))
        if isinstance(asked, c.StartExecution):
            aws_commands.name_started(words, self.run, events)
            if number:
                self._places.name(number)
        body: dict[str, Any] = {
            "do": to_wire(asked),
            **(edge.more or {}),
            "stays": edge.stays,
            **news(events, after),
            "words": words,
        }
        if isinstance(asked, c.PutApprovalResult):  # an answer without a comment says something else
            bare = asked._replace(summary="")
            if refused := refusal(state, bare):
                body["needs"] = str(refused)
            else:
                body["bare"] = {
                    **news(step(state, bare)[1], after),
                    "words": aws_commands.row(aws_commands.words(self.run, state, bare)),
                }
        made = self._places.plain(body)
        place = self._put(made)
        self._asks[place] = json.dumps(made["do"])
        return place

    def _stage(self, state: State, index: int, carried: frozenset[str]) -> int:
        """A stage as the console shows it. All that is said of it depends on the stage and on who is there."""
        here = [x for x in state.executions if state.seat(x) == index]
        last = 0 if here or state.stages[index].entered else state.last
        mine = frozenset(asks for asks in carried if state.pipeline.stages[index].name in asks)
        same = (id(state.pipeline), index, state.stages[index], tuple(here), state.deleted, last, mine)
        place = self._stages.get(same)
        if place is None:
            told = self._places.plain(stage_view(state, index, self._history, None, 0.0))
            _leave_out(told, carried, self.left_out)
            place = self._stages[same] = self._put(told)
        return place

    def _again(self, state: State) -> Iterable[c.Command]:
        """A closed door can be closed again, with another reason: no new state, yet something to see."""
        for stage, seen in zip(state.pipeline.stages, state.stages, strict=True):
            if (
                seen.door != "enabled"
                and not state.deleted
                and any("Transition" in one for one in self._asks.values())
            ):
                yield c.DisableTransition(stage.name)

    def _words(self, state: State, command: c.Command) -> int:
        found = self._asked.get(command)
        if found is None:
            made = self._places.plain(aws_commands.row(aws_commands.words(self.run, state, command)))
            found = self._asked[command] = self._put(made)
        return found

    def _put(self, value: Any) -> int:
        text = json.dumps(value, ensure_ascii=False)
        place = self._pooled.get(text)
        if place is None:
            place = self._pooled[text] = len(self.pool)
            self.pool.append(value)
        return place


class _Empty(History):
    """The history of somebody who knows only the state."""

    def __init__(self) -> None:
        self._clear_only()

    def _clear_only(self) -> None:
        self.executions, self.latest, self.newest, self.reasons = {}, {}, {}, {}
        self._planned = ()


def _leave_out(told: Any, carried: frozenset[str], why: str) -> None:
    """Let every move that the page does not have say so."""
    if isinstance(told, dict):
        if "command" in told and "no" not in told and json.dumps(told["command"]) not in carried:
            told["no"] = why
        for item in told.values():
            _leave_out(item, carried, why)
    elif isinstance(told, list):
        for item in told:
            _leave_out(item, carried, why)
