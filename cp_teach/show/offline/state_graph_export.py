"""State graph export: the moves of a pipeline as JSON for a page without a kernel. The page looks a move up.

For every state the JSON has what the console shows of it, and for every move what it does. Executions are named by
their place in the state; the page keeps the list of their numbers, and each move says which of them stay on it. What
depends on the past (commit messages, the table of executions, what was delivered) is not in a state, so each move says
what it adds. docs/slides.md describes the parts."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import Event, ExecutionStarted
from cp_teach.engine.model.state import ENABLED, State
from cp_teach.engine.rules.step import refusal, step
from cp_teach.show.offline.execution_renumbering import Places, raised, shift
from cp_teach.show.offline.move_effects import TYPED, effects
from cp_teach.show.view import aws_commands
from cp_teach.show.view.blocked_reasons import reasons
from cp_teach.show.view.moves import Legality, move, outcome, to_wire
from cp_teach.show.view.stages import stage as stage_view


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


class StateGraphExport:
    """Collects a state graph for a page: ``add`` every node, then call ``data``.

    ``run`` is the name from which ids are derived, ``releases`` the number of executions that get ids. ``exact`` means
    that the states are those of a run, not of an explored graph. ``left_out`` is the reason shown on moves that the
    page does not have; without one, they are not shown."""

    def __init__(self, run: str, releases: int, *, exact: bool = False, left_out: str = "") -> None:
        self.run, self.releases, self.exact, self.left_out = run, releases, exact, left_out
        self.pool: list[Any] = []
        self._pooled: dict[str, int] = {}
        self._places = Places(run)
        self._rows: list[list[Any]] = []
        self._bodies: dict[Hashable, int] = {}
        self._stages: dict[Hashable, int] = {}
        self._wires: dict[int, str] = {}
        """Index of a move in the pool -> its command, as JSON text."""
        self._calls: dict[c.Command, int] = {}

    def add(self, node: Node) -> None:
        """Add one state and its moves."""
        state = shift(node.state, exact=self.exact)
        legality = Legality(state)
        self._places.add(state)
        bodies = [self._edge(state, edge) for edge in node.edges]
        edges = [part for body, edge in zip(bodies, node.edges, strict=True) for part in (body, edge.target)]
        for command in self._new_reasons(state):
            loop = Edge(command, len(self._rows), list(range(1, node.execution_count + 1)))
            edges += [self._edge(state, loop, shifted=True), len(self._rows)]
        carried = frozenset(map(self._wires.__getitem__, edges[::2]))
        blocked = self._places.plain(reasons(legality))
        release = self._places.plain(move(legality, c.StartExecution()))
        blocked = _leave_out(blocked, carried, self.left_out)
        release = _leave_out(release, carried, self.left_out)
        row: list[Any] = [
            node.execution_count,
            [self._stage(legality, index, carried) for index in range(len(state.pipeline.stages))],
            [self._put(reason) for reason in blocked],
            self._put(release),
            [self._call(state, command) for command in aws_commands.possible(legality)],
            edges,
        ]
        more = dict(node.more or {})
        if state.deleted:
            more["deleted"] = True
        if more:
            row.append(more)
        self._rows.append(row)

    def data(self, carried: str) -> dict[str, Any]:
        """All of it as plain JSON. ``carried`` is the sentence that lists the moves of the page."""
        ids = self._places.ids(self.releases)
        return {"pool": self.pool, "nodes": self._rows, "carried": carried, "ids": ids}

    def __len__(self) -> int:
        return len(self._rows)

    # -- one move ------------------------------------------------------------------------------------
    def _edge(self, state: State, edge: Edge, *, shifted: bool = False) -> int:
        if edge.command is None:
            body = {"stays": edge.stays, "lines": [], "log": [], **(edge.more or {})}
            index = self._put(body)
            self._wires[index] = json.dumps(body["do"])
            return index
        # A move with the same command and events has the same text, so it need not be made to be found.
        early_key = None if edge.events is None else (edge.command, edge.events, tuple(edge.stays))
        if early_key is not None and early_key in self._bodies:
            return self._bodies[early_key]
        command = _with_marker(state, edge.command if shifted else raised(edge.command))
        after, events = step(state, command)
        key = (command, tuple(events), tuple(edge.stays))
        if key not in self._bodies:
            self._bodies[key] = self._body(state, command, events, after, edge)
        if early_key is not None:
            self._bodies[early_key] = self._bodies[key]
        return self._bodies[key]

    def _body(self, state: State, command: c.Command, events: list[Event], after: State, edge: Edge) -> int:
        number = next((event.execution for event in events if isinstance(event, ExecutionStarted)), 0)
        call = aws_commands.api_call(self.run, state.pipeline.name, command).row()
        if isinstance(command, c.StartExecution):
            call = aws_commands.with_execution_id(call, self.run, events)
            if number:
                self._places.add_execution(number)
        body: dict[str, Any] = {
            "do": to_wire(command),
            **(edge.more or {}),
            "stays": edge.stays,
            **effects(events, after),
            **({"call": call} if aws_commands.is_typed(state, command) else {}),
        }
        if isinstance(command, c.FinishAction | c.FinishRule):
            body["outcome"] = outcome(state, command)
        if isinstance(command, c.PutApprovalResult):  # without a comment it has another text, or is refused
            bare = command._replace(summary="")
            if refused := refusal(state, bare):
                body["needs"] = str(refused)
            else:
                call = aws_commands.api_call(self.run, state.pipeline.name, bare).row()
                body["bare"] = {**effects(step(state, bare)[1], after), "call": call}
        plain = self._places.plain(body)
        index = self._put(plain)
        self._wires[index] = json.dumps(plain["do"])
        return index

    def _stage(self, legality: Legality, index: int, carried: frozenset[str]) -> int:
        """A stage as the console shows it, which depends only on the stage and on the executions in it."""
        state = legality.state
        inside = [x for x in state.executions if state.current_index(x) == index]
        last = 0 if inside or state.stages[index].entered else state.newest
        name = state.pipeline.stages[index].name
        moves = frozenset(wire for wire in carried if name in wire)
        key = (id(state.pipeline), index, state.stages[index], tuple(inside), state.deleted, last, moves)
        if key not in self._stages:
            view = self._places.plain(
                stage_view(legality, index, History(Journal(state.pipeline)), None, 0.0)
            )
            self._stages[key] = self._put(_leave_out(view, carried, self.left_out))
        return self._stages[key]

    def _new_reasons(self, state: State) -> Iterator[c.Command]:
        """Disable each disabled transition with another reason: the same state, but another picture."""
        if state.deleted or not any("Transition" in wire for wire in self._wires.values()):
            return
        for stage, runtime in zip(state.pipeline.stages, state.stages, strict=True):
            if runtime.transition != ENABLED:
                yield c.DisableTransition(stage.name)

    def _call(self, state: State, command: c.Command) -> int:
        if command not in self._calls:
            call = self._places.plain(aws_commands.api_call(self.run, state.pipeline.name, command).row())
            self._calls[command] = self._put(call)
        return self._calls[command]

    def _put(self, value: Any) -> int:
        text = json.dumps(value, ensure_ascii=False)
        if text not in self._pooled:
            self._pooled[text] = len(self.pool)
            self.pool.append(value)
        return self._pooled[text]


def _with_marker(state: State, command: c.Command) -> c.Command:
    """The command with the marker where a person types."""
    match command:
        case c.StartExecution():
            revisions = (c.Revision(source.name, "0" * 40, TYPED) for source in state.pipeline.sources)
            return c.StartExecution(tuple(revisions))
        case c.DisableTransition():
            return command._replace(reason=TYPED)
        case c.PutApprovalResult():
            return command._replace(summary=TYPED)
    return command


def _leave_out(part: Any, carried: frozenset[str], why: str) -> Any:
    """``part`` without the moves that the page does not have or, if there is a reason, with them disabled. A move that
    the rules refuse stays: its own reason teaches more."""
    if isinstance(part, dict):
        if "command" in part and "no" not in part and json.dumps(part["command"]) not in carried:
            return {**part, "no": why} if why else None
        kept = {key: _leave_out(item, carried, why) for key, item in part.items()}
        return {key: item for key, item in kept.items() if not _vanished(item, part[key])}
    if isinstance(part, list):
        items = [(item, _leave_out(item, carried, why)) for item in part]
        return [kept for item, kept in items if not _vanished(kept, item)]
    return part


def _vanished(kept: Any, before: Any) -> bool:
    """Whether a move, or every move of a list, was left out."""
    return (kept is None and before is not None) or (kept == [] and before != [])
