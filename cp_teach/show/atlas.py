"""The moves of a pipeline as data, for a page that has no kernel: every state with what the console shows of it, every
move with what it does. The page looks a move up; no rule is decided there.

Executions are renumbered in a state graph, so what is written here names them by their place: execution 2 is "the
second that this state knows of". The page keeps the list of who that is; each move says who stays on the list. What
depends on the past (commit messages, the table of executions, what was delivered) is not in a state: each move says
what it adds. docs/slides.md describes the parts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from cp_teach.engine import command as c
from cp_teach.engine.event import Event, ExecutionStarted
from cp_teach.engine.history import History
from cp_teach.engine.legal import permitted
from cp_teach.engine.names import derived, execution_id, uuid
from cp_teach.engine.refusal import refusal
from cp_teach.engine.state import StageState, State
from cp_teach.engine.step import step
from cp_teach.explore.space import Space
from cp_teach.show import aws_words
from cp_teach.show.atlas_news import TYPED, news
from cp_teach.show.view_moves import move, to_wire
from cp_teach.show.view_now import reasons
from cp_teach.show.view_stages import stage as stage_view

BASE = 700_000
"""Executions are called ``BASE`` + place while a picture is made, so that their numbers can be told from all others."""
NUMBER = re.compile(
    rf"(?<!\d){BASE // 1000}\d\d\d(?!\d)|[0-9a-f]{{8}}-[0-9a-f]{{4}}-4[0-9a-f]{{3}}-a[0-9a-f]{{3}}-[0-9a-f]{{12}}"
)
LEFT_OUT = "This page does not carry that move. Open the notebook in JupyterLab to make it."


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


class Atlas:
    """A state graph on its way to a page: ``add`` every node, then ``data``."""

    def __init__(self, run: str, releases: int, *, exact: bool = False, left_out: str = LEFT_OUT) -> None:
        self.run, self.releases, self.exact, self.left_out = run, releases, exact, left_out
        self.pool: list[Any] = []
        self._places: dict[str, int] = {}
        self._rows: list[list[Any]] = []
        self._ids: dict[str, str] = {}
        self._bodies: dict[Any, int] = {}
        self._stages: dict[Any, int] = {}
        self._asks: dict[int, str] = {}
        self._asked: dict[c.Command, int] = {}
        self._history = _Empty()
        self.sources: dict[str, str] = {}
        self.secrets: dict[tuple[str, ...], str] = {}

    def add(self, node: Node) -> None:
        """Write down one state and its moves."""
        state = shift(node.state, exact=self.exact)
        self._know(state)
        bodies = [self._edge(state, edge) for edge in node.edges]
        edges = [part for body, edge in zip(bodies, node.edges, strict=True) for part in (body, edge.target)]
        for again in self._again(state):
            here = Edge(again, len(self._rows), list(range(1, node.known + 1)))
            edges += [self._edge(state, here, shifted=True), len(self._rows)]
        carried = frozenset(map(self._asks.__getitem__, edges[::2]))
        told = self._plain({"reasons": reasons(state), "release": move(state, c.StartExecution())})
        _leave_out(told, carried, self.left_out)
        sensible = (command for command in permitted(state) if aws_words.sensible(state, command))
        can = [self._words(state, command) for command in islice(sensible, aws_words.CAN)]
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
        numbers = range(1, self.releases + 1)
        return {
            "pool": self.pool,
            "nodes": self._rows,
            "carried": carried,
            "ids": {
                "execution": [execution_id(self.run, number) for number in numbers],
                "revision": [
                    {
                        name: _revision(self.run, number, name, provider)
                        for name, provider in self.sources.items()
                    }
                    for number in numbers
                ],
                **{
                    "/".join(what): [uuid(self.run, number, *what) for number in numbers]
                    for what in self.secrets
                },
            },
        }

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
        words = aws_words.row(aws_words.words(self.run, state, asked))
        if isinstance(asked, c.StartExecution):
            aws_words.name_started(words, self.run, events)
            if number:
                self._name(number)
        body: dict[str, Any] = {
            "do": ["EditPipeline"] if isinstance(asked, c.EditPipeline) else to_wire(asked),
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
                    "words": aws_words.row(aws_words.words(self.run, state, bare)),
                }
        made = self._plain(body)
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
            told = self._plain(stage_view(state, index, self._history, None, 0.0))
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
            made = self._plain(aws_words.row(aws_words.words(self.run, state, command)))
            found = self._asked[command] = self._put(made)
        return found

    # -- numbers and names -----------------------------------------------------------------------------
    def _know(self, state: State) -> None:
        """Learn which ids the pictures of this state may name."""
        numbers = {x.number for x in state.executions} | {state.last or BASE + 1}
        numbers |= {number for seen in state.stages for number in seen.targets}
        for number in numbers:
            self._name(number)
        for source in state.pipeline.sources:
            self.sources.setdefault(source.name, source.provider)
        for x in state.executions:
            stage = state.stage_of(x)
            for action in stage.actions if x.actions else ():
                what = (stage.name, action.name) + (() if action.is_approval else ("job",))
                self.secrets.setdefault(what, "/".join(what))
                self._ids[uuid(self.run, x.number, *what)] = f"\x01{x.number - BASE}|{'/'.join(what)}\x02"

    def _name(self, number: int) -> None:
        self._ids.setdefault(execution_id(self.run, number), f"\x01{number - BASE}|execution\x02")

    def _plain(self, value: Any) -> Any:
        """``value`` with executions by their place: 700002 is {"#": 2}, and \\x012\\x02 within a text."""
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            return {"#": value - BASE} if BASE < value < BASE + 1000 else value
        if isinstance(value, str):
            return NUMBER.sub(self._mark, value) if "-4" in value or str(BASE // 1000) in value else value
        if isinstance(value, dict):
            return {key: self._plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        return value

    def _mark(self, found: re.Match[str]) -> str:
        text = found[0]
        return self._ids.get(text, text) if "-" in text else f"\x01{int(text) - BASE}\x02"

    def _put(self, value: Any) -> int:
        text = json.dumps(value, ensure_ascii=False)
        place = self._places.get(text)
        if place is None:
            place = self._places[text] = len(self.pool)
            self.pool.append(value)
        return place


class _Empty(History):
    """The history of somebody who knows only the state."""

    def __init__(self) -> None:
        self._clear_only()

    def _clear_only(self) -> None:
        self.executions, self.latest, self.newest, self.reasons = {}, {}, {}, {}
        self._planned = ()


# -- numbers out of the way --------------------------------------------------------------------------------
def shift(state: State, *, exact: bool) -> State:
    """The state with every execution ``BASE`` higher; where it is not ``exact``, the state of a graph, it does not know
    who succeeded last in a stage."""

    def up(number: int) -> int:
        return number + BASE if number else 0

    def stage(seen: StageState) -> StageState:
        targets = tuple(map(up, seen.targets))
        return seen._replace(
            inbound=tuple(map(up, seen.inbound)),
            holder=up(seen.holder),
            entered=up(seen.entered),
            succeeded=up(seen.succeeded) if exact else targets[-1] if targets else 0,
            targets=targets,
        )

    return state._replace(
        last=state.last + BASE,
        stages=tuple(map(stage, state.stages)),
        executions=tuple(x._replace(number=up(x.number)) for x in state.executions),
        before=up(state.before),
    )


def raised(command: c.Command) -> c.Command:
    """The command with every execution that it names ``BASE`` higher."""
    fields = {
        name: getattr(command, name) + BASE for name in ("execution", "target") if name in command._fields
    }
    make: Callable[..., c.Command] = command._replace
    return make(**fields) if fields else command


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


def _revision(run: str, number: int, source: str, provider: str) -> str:
    """The first letters of a revision that is released in the page."""
    if provider == "S3":  # an object version
        return derived(run, number, 0, source, 7)
    return "sha256:" if provider == "ECR" else uuid(run, "page", number, source)[:7]
