"""Execution renumbering: in a state graph, executions are named by their place, and the page fills in their numbers.

"The second execution of this state" is written as a mark; ids that are derived from a number are marks, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cp_teach.engine.history.records import Artifact, artifact_extension
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.ids import derived, execution_id, uuid
from cp_teach.engine.model.state import StageState, State

BASE = 700_000
"""While a picture is made, the execution in place n has the number ``BASE + n``, which occurs nowhere else."""
NUMBER = re.compile(
    rf"(?<!\d){BASE // 1000}\d\d\d(?!\d)|[0-9a-f]{{8}}-[0-9a-f]{{4}}-4[0-9a-f]{{3}}-a[0-9a-f]{{3}}-[0-9a-f]{{12}}"
)


class Places:
    """Replaces numbers and ids of executions by their place. ``run`` is the name from which ids are derived."""

    def __init__(self, run: str) -> None:
        self.run = run
        self._pipeline = ""
        self._ids: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._outputs: dict[str, str] = {}  # artifact -> the end of its keys
        self._secrets: dict[tuple[str, ...], None] = {}

    def add(self, state: State) -> None:
        """Register the ids that pictures of this state may contain."""
        numbers = {x.number for x in state.executions} | {state.newest or BASE + 1}
        numbers |= {number for stage in state.stages for number in stage.targets}
        for number in numbers:
            self.add_execution(number)
        self._pipeline = state.pipeline.name
        for source in state.pipeline.sources:
            self._sources.setdefault(source.name, source.provider)
        for stage in state.pipeline.stages:
            for action in stage.actions:
                self._outputs.update(dict.fromkeys(action.output_names, artifact_extension(action)))
        for x in state.executions:
            stage = state.stage_of(x)
            for action in stage.actions if x.actions else ():
                path = (stage.name, action.name) + (() if action.is_approval else ("job",))
                self._secrets.setdefault(path)
                self._ids[uuid(self.run, x.number, *path)] = f"\x01{x.number - BASE}|{'/'.join(path)}\x02"

    def add_execution(self, number: int) -> None:
        """Register the id of one execution."""
        self._ids.setdefault(execution_id(self.run, number), f"\x01{number - BASE}|execution\x02")

    def plain(self, value: Any) -> Any:
        """The JSON ``value`` with executions by their place: 700002 is {"#": 2}, and \\x012\\x02 within a text."""
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

    def _mark(self, match: re.Match[str]) -> str:
        text = match[0]
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
            "artifact": [{name: self._key(number, name) for name in self._outputs} for number in numbers],
            **{
                "/".join(path): [uuid(self.run, number, *path) for number in numbers]
                for path in self._secrets
            },
        }

    def _key(self, number: int, name: str) -> str:
        """The S3 key of an artifact that is made in the page, which has no journal: the execution serves as its
        position."""
        artifact = Artifact(name, number, "", "", number, 0, (), self._outputs[name])
        return artifact.key(f"{self.run}/page", self._pipeline)


def shift(state: State, *, exact: bool) -> State:
    """The state with every execution ``BASE`` higher. If it is not ``exact`` but the state of a graph, it does not
    contain which execution succeeded last in a stage."""

    def up(number: int) -> int:
        return number + BASE if number else 0

    def stage(before: StageState) -> StageState:
        targets = tuple(map(up, before.targets))
        return before._replace(
            inbound=tuple(map(up, before.inbound)),
            holder=up(before.holder),
            entered=up(before.entered),
            succeeded=up(before.succeeded) if exact else targets[-1] if targets else 0,
            targets=targets,
        )

    return state._replace(
        newest=state.newest + BASE,
        stages=tuple(map(stage, state.stages)),
        executions=tuple(x._replace(number=up(x.number)) for x in state.executions),
        last_edited=up(state.last_edited),
    )


def raised(command: c.Command) -> c.Command:
    """The command with every execution that it names ``BASE`` higher."""
    fields = {
        name: getattr(command, name) + BASE for name in ("execution", "target") if name in command._fields
    }
    make: Callable[..., c.Command] = command._replace
    return make(**fields) if fields else command


def _revision(run: str, number: int, source: str, provider: str) -> str:
    """The first characters of a revision that is released in the page."""
    if provider == "S3":  # an object version
        return derived(run, number, 0, source, 7)
    return "sha256:" if provider == "ECR" else uuid(run, "page", number, source)[:7]
