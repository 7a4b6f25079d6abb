"""Executions by their place: in a state graph they are renumbered, so a page calls them "the second that this state
knows of", and ids that are made of their numbers are marks that the page fills in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.ids import derived, execution_id, uuid
from cp_teach.engine.model.state import StageState, State

BASE = 700_000
"""Executions are called ``BASE`` + place while a picture is made, so that their numbers can be told from all others."""
NUMBER = re.compile(
    rf"(?<!\d){BASE // 1000}\d\d\d(?!\d)|[0-9a-f]{{8}}-[0-9a-f]{{4}}-4[0-9a-f]{{3}}-a[0-9a-f]{{3}}-[0-9a-f]{{12}}"
)


class Places:
    """Puts places where numbers and ids of executions are. ``run`` is the name from which ids are derived."""

    def __init__(self, run: str) -> None:
        self.run = run
        self._ids: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._secrets: dict[tuple[str, ...], None] = {}

    def know(self, state: State) -> None:
        """Learn which ids the pictures of this state may name."""
        numbers = {x.number for x in state.executions} | {state.last or BASE + 1}
        numbers |= {number for seen in state.stages for number in seen.targets}
        for number in numbers:
            self.name(number)
        for source in state.pipeline.sources:
            self._sources.setdefault(source.name, source.provider)
        for x in state.executions:
            stage = state.stage_of(x)
            for action in stage.actions if x.actions else ():
                what = (stage.name, action.name) + (() if action.is_approval else ("job",))
                self._secrets.setdefault(what)
                self._ids[uuid(self.run, x.number, *what)] = f"\x01{x.number - BASE}|{'/'.join(what)}\x02"

    def name(self, number: int) -> None:
        """Learn the id of one execution."""
        self._ids.setdefault(execution_id(self.run, number), f"\x01{number - BASE}|execution\x02")

    def plain(self, value: Any) -> Any:
        """``value`` with executions by their place: 700002 is {"#": 2}, and \\x012\\x02 within a text."""
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int):
            return {"#": value - BASE} if BASE < value < BASE + 1000 else value
        if isinstance(value, str):
            return NUMBER.sub(self._mark, value) if "-4" in value or str(BASE // 1000) in value else value
        if isinstance(value, dict):
            return {key: self.plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(item) for item in value]
        return value

    def _mark(self, found: re.Match[str]) -> str:
        text = found[0]
        return self._ids.get(text, text) if "-" in text else f"\x01{int(text) - BASE}\x02"

    def ids(self, releases: int) -> dict[str, list[Any]]:
        """All ids that executions 1 to ``releases`` may have in the page, by kind."""
        numbers = range(1, releases + 1)
        return {
            "execution": [execution_id(self.run, number) for number in numbers],
            "revision": [
                {
                    name: _revision(self.run, number, name, provider)
                    for name, provider in self._sources.items()
                }
                for number in numbers
            ],
            **{
                "/".join(what): [uuid(self.run, number, *what) for number in numbers]
                for what in self._secrets
            },
        }


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


def _revision(run: str, number: int, source: str, provider: str) -> str:
    """The first letters of a revision that is released in the page."""
    if provider == "S3":  # an object version
        return derived(run, number, 0, source, 7)
    return "sha256:" if provider == "ECR" else uuid(run, "page", number, source)[:7]
