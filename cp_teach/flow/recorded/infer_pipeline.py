"""The pipeline that an export lets one guess: its stages in order, their actions and who ran beside whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from cp_teach.flow.recorded.export_entry import ActionEntry, ExecutionEntry
from cp_teach.pipeline import Action, ActionType, ArtifactStore, OutputArtifact, Pipeline, Stage

UNKNOWN = {"owner": "AWS", "provider": "CodeBuild", "version": "1"}


def shape(
    actions: Sequence[ActionEntry], executions: Sequence[ExecutionEntry], name: str = "past"
) -> Pipeline:
    """A pipeline that can run that history. Raises ``ValueError`` where there is no action in it.

    It is a guess: stages that nobody reached are not in it, or one "Unreached" stands for them where somebody waits to
    enter; and an action whose type was not exported counts as a build (in the first stage, as a source).
    """
    if not actions:
        raise ValueError("no action ran in this history, so there is no pipeline in it: give pipeline=…")
    rolled = {one.id for one in executions if one.target}
    order = _stages([one for one in actions if one.execution not in rolled] or actions)
    stages = tuple(
        Stage(stage, _actions([one for one in actions if one.stage == stage], at == 0))
        for at, stage in enumerate(order)
    )
    if _goes_on(actions, executions, stages[-1]):
        stages = (*stages, Stage("Unreached", (Action("Unreached", ActionType("Build", **UNKNOWN)),)))
    mode = next((one.mode for one in sorted(executions, key=lambda one: -one.started) if one.mode), None)
    store = ArtifactStore(
        location="unknown-bucket"
    )  # a pipeline has to have one, and the lists do not name it
    return Pipeline(
        name, stages, artifact_store=store, execution_mode=mode, pipeline_type="V2" if mode else None
    )


def _goes_on(actions: Sequence[ActionEntry], executions: Sequence[ExecutionEntry], stage: Stage) -> bool:
    """True where somebody was through with this stage, and did not succeed by that."""
    newest: dict[tuple[str, str], str] = {}
    for row in sorted(actions, key=lambda row: row.started):
        if row.stage == stage.name:
            newest[row.execution, row.action] = row.status
    return any(
        one.status in ("InProgress", "Superseded")
        and not one.target
        and all(newest.get((one.id, action.name)) == "Succeeded" for action in stage.actions)
        for one in executions
    )


def _stages(actions: Iterable[ActionEntry]) -> list[str]:
    """In the order in which executions came to them; one that was exported in part may know fewer of them."""
    came: dict[str, dict[str, float]] = defaultdict(dict)
    for one in actions:
        mine = came[one.execution]
        mine[one.stage] = min(one.started, mine.get(one.stage, one.started))
    place: dict[str, int] = {}
    for mine in came.values():
        for at, stage in enumerate(sorted(mine, key=lambda stage: mine[stage])):
            place[stage] = max(at, place.get(stage, 0))
    return sorted(place, key=lambda stage: place[stage])


def _actions(rows: Sequence[ActionEntry], first: bool) -> tuple[Action, ...]:
    newest: dict[str, ActionEntry] = {}
    for row in sorted(rows, key=lambda row: row.started):
        newest[row.action] = row
    orders = _orders(rows)
    names = sorted(newest, key=lambda name: (orders[name], -newest[name].number))
    return tuple(_action(newest[name], orders[name], first) for name in names)


def _orders(rows: Sequence[ActionEntry]) -> dict[str, int]:
    """The run order of each: B comes after A when it never began before A had ended, in any execution."""
    runs: dict[str, dict[str, ActionEntry]] = defaultdict(dict)  # execution -> action -> its first run
    for row in sorted(rows, key=lambda row: row.started):
        runs[row.execution].setdefault(row.action, row)
    names = sorted({row.action for row in rows})

    def after(later: str, earlier: str) -> bool:
        pairs = [(mine[earlier], mine[later]) for mine in runs.values() if earlier in mine and later in mine]
        return bool(pairs) and all(a.ended is not None and b.started >= a.ended for a, b in pairs)

    behind = {
        name: [other for other in names if other != name and after(name, other) and not after(other, name)]
        for name in names
    }
    level: dict[str, int] = {}
    for name in sorted(names, key=lambda name: len(behind[name])):
        level[name] = 1 + max((level.get(other, 1) for other in behind[name]), default=0)
    return level


def _action(row: ActionEntry, order: int, first: bool) -> Action:
    kind = row.input.get("actionTypeId")
    kind = kind if isinstance(kind, dict) else {}
    category = row.category or ("Source" if first else "Build")
    type_ = ActionType(
        category, *(str(kind.get(field) or UNKNOWN[field]) for field in ("owner", "provider", "version"))
    )
    settings = row.input.get("configuration")
    pairs = [
        (str(key), str(value))
        for key, value in (settings.items() if isinstance(settings, dict) else ())
        if "#{" not in str(value)  # its variables are not in the list
    ]
    return Action(
        row.action,
        type_,
        run_order=order,
        configuration=tuple(pairs) or None,
        inputs=tuple(_artifacts(row.input.get("inputArtifacts"))) or None,
        outputs=tuple(OutputArtifact(name) for name in _artifacts(row.output.get("outputArtifacts"))) or None,
    )


def _artifacts(told: Any) -> list[str]:
    return [one["name"] for one in told or () if isinstance(one, dict) and isinstance(one.get("name"), str)]
