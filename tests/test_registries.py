"""The registries of commands and events, and every table that is keyed by a kind of them.

A table is a dictionary of a module whose keys are kinds of commands or events, or their names. It has every kind, or
leaves kinds out for a reason that stands here.
"""

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_type_hints

import pytest

from cp_teach.engine import COMMANDS, EVENTS, CommandSpec, EventSpec
from cp_teach.engine.model import commands as c
from cp_teach.engine.model import events as e
from cp_teach.engine.registry import WITHOUT_ROWS
from cp_teach.explore.move_kinds import KINDS, MOVE_KINDS
from cp_teach.explore.reachability import WHO

ROOMS = (
    "cp_teach.engine",
    "cp_teach.explore",
    "cp_teach.show",
    "cp_teach.aws.backend",
    "cp_teach.aws.client",
    "cp_teach.course.levels",
)
KNOWN_TABLES = {"FOLD", "PROJECTIONS", "MOVE_KINDS", "OF_EXECUTIONS", "OF_ACTIONS"}
BY_RESULT = "its entry depends on its fields"
EXECUTION_ENDS = (
    e.ExecutionSucceeded,
    e.ExecutionFailed,
    e.ExecutionCancelled,
    e.ExecutionStopped,
    e.ExecutionSuperseded,
)
ACTION_CHANGES = (e.ActionStarted, e.ActionSucceeded, e.ActionFailed, e.ActionAbandoned)
BY_ITSELF = (c.FinishAction, c.TimeOut, c.FinishRule, c.ExpireTransition)


def all_but(every: Iterable[type], kinds: Collection[type], reason: str) -> dict[type, str]:
    return {kind: reason for kind in every if kind not in kinds}


LEFT_OUT: dict[str, Mapping[Any, str]] = {
    "PROJECTIONS": WITHOUT_ROWS,
    "MOVE_KINDS": {c.FinishAction: BY_RESULT},
    "_OPERATIONS": {c.FinishAction: BY_RESULT},
    "REQUESTS": {c.ExpireTransition: "only the clock of the service makes it"},
    "_OUTCOMES": all_but(
        COMMANDS, BY_ITSELF, "neither a worker nor the clock makes it; its label is announced"
    ),
    "_KEYS": {e.RuleEnded: BY_RESULT, e.ConditionEnded: BY_RESULT},
    "OF_ACTIONS": all_but(EVENTS, ACTION_CHANGES, "the table is about actions"),
    "OF_EXECUTIONS": all_but(
        EVENTS, (*EXECUTION_ENDS, e.ExecutionStopping), "the table is about executions that end or stop"
    ),
    "FINAL_STATUS": all_but(EVENTS, EXECUTION_ENDS, "the table is about executions that end"),
}
"""Table -> the kinds that it leaves out -> why."""


def kinds_of(value: object) -> tuple[set[type], set[type]] | None:
    """(the kinds in a table, all kinds of its sort), or None if the value is no such table."""
    if not isinstance(value, Mapping) or len(value) < 4:
        return None
    for every in ({**COMMANDS}, {**EVENTS}):
        by_name: dict[Any, type] = {kind.__name__: kind for kind in every} | {kind: kind for kind in every}
        kinds = {by_name[key] for key in value if key in by_name}
        if len(kinds) >= 4:
            return kinds, set(every)
    return None


@cache
def tables() -> dict[str, tuple[str, set[type], set[type]]]:
    return {
        f"{module}:{name}": (name, *kinds)
        for module in sorted(modules())
        for name, value in vars(importlib.import_module(module)).items()
        if (kinds := kinds_of(value)) is not None
    }


def modules() -> Iterator[str]:
    for room in ROOMS:
        package = importlib.import_module(room)
        yield room
        yield from (module.name for module in pkgutil.walk_packages(package.__path__, f"{room}."))


def test_each_table_is_complete() -> None:
    assert {name for name, *_ in tables().values()} >= KNOWN_TABLES
    assert len([name for name in tables() if name.startswith(("cp_teach.show", "cp_teach.course"))]) >= 3
    for place, (name, kinds, every) in tables().items():
        left_out = set(LEFT_OUT.get(name, {}))
        assert kinds | left_out == every, f"{place} lacks {every - kinds - left_out}"
        assert not kinds & left_out, f"{place} has {kinds & left_out}"


def test_the_registry_of_commands_has_every_kind() -> None:
    assert list(COMMANDS) == list(get_args(c.Command)) == list(c.COMMAND_KINDS.values())
    assert all(spec.kind is kind for kind, spec in COMMANDS.items())


def test_the_registry_of_events_has_every_kind() -> None:
    assert list(EVENTS) == list(get_args(e.Event)) == list(e.EVENT_KINDS.values())
    assert all(spec.kind is kind for kind, spec in EVENTS.items())


@pytest.mark.parametrize("spec", COMMANDS.values(), ids=lambda spec: spec.kind.__name__)
def test_validators_and_handlers_take_their_kind_of_command(spec: CommandSpec) -> None:
    for function in (spec.validate, spec.handle):
        assert get_type_hints(function)["command"] is spec.kind
    assert 0 <= spec.target <= len(spec.kind._fields)


@pytest.mark.parametrize("spec", EVENTS.values(), ids=lambda spec: spec.kind.__name__)
def test_folds_and_projections_take_their_kind_of_event(spec: EventSpec) -> None:
    for function in (spec.fold, spec.project):  # a lambda has no type hints
        assert function is None or get_type_hints(function).get("event", spec.kind) is spec.kind


def test_each_kind_of_move_has_its_actor() -> None:
    assert set(WHO) == set(KINDS) == {*MOVE_KINDS.values(), "finish", "fail"}
