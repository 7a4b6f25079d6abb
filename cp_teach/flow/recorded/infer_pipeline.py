"""Infers the pipeline of an export: its stages in order, their actions, and which run in parallel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from cp_teach.flow.recorded.export_entry import ActionEntry, ExecutionEntry
from cp_teach.pipeline import Action, ActionType, ArtifactStore, OutputArtifact, Pipeline, Stage

UNKNOWN = {"owner": "AWS", "provider": "CodeBuild", "version": "1"}


def infer_pipeline(
    actions: Sequence[ActionEntry], executions: Sequence[ExecutionEntry], name: str = "past"
) -> Pipeline:
    """Infer a pipeline that can run the history. Raises ``ValueError`` without any action.

    Stages that no execution reached are missing; if executions wait to enter one, a stage "Unreached" replaces them.
    An action without an exported type becomes a build, or a source in the first stage.
    """
    if not actions:
        raise ValueError("no action ran in this history, so no pipeline can be inferred: give pipeline=…")
    rollbacks = {entry.id for entry in executions if entry.target}
    order = _order_stages([row for row in actions if row.execution not in rollbacks] or actions)
    stages = tuple(
        Stage(stage, _actions([row for row in actions if row.stage == stage], index == 0))
        for index, stage in enumerate(order)
    )
    if _continues(actions, executions, stages[-1]):
        stages = (*stages, Stage("Unreached", (Action("Unreached", ActionType("Build", **UNKNOWN)),)))
    mode = next(
        (entry.mode for entry in sorted(executions, key=lambda entry: -entry.started) if entry.mode), None
    )
    store = ArtifactStore(location="unknown-bucket")  # required, but not in the export
    return Pipeline(
        name, stages, artifact_store=store, execution_mode=mode, pipeline_type="V2" if mode else None
    )


def _continues(actions: Sequence[ActionEntry], executions: Sequence[ExecutionEntry], stage: Stage) -> bool:
    """Return True if an execution finished this stage without being finished itself."""
    newest: dict[tuple[str, str], str] = {}
    for row in sorted(actions, key=lambda row: row.started):
        if row.stage == stage.name:
            newest[row.execution, row.action] = row.status
    return any(
        entry.status in ("InProgress", "Superseded")
        and not entry.target
        and all(newest.get((entry.id, action.name)) == "Succeeded" for action in stage.actions)
        for entry in executions
    )


def _order_stages(actions: Iterable[ActionEntry]) -> list[str]:
    """Return the stages in the order in which executions reached them. A partial execution has fewer of them."""
    reached: dict[str, dict[str, float]] = defaultdict(dict)
    for row in actions:
        times = reached[row.execution]
        times[row.stage] = min(row.started, times.get(row.stage, row.started))
    position: dict[str, int] = {}
    for times in reached.values():
        for index, stage in enumerate(sorted(times, key=times.__getitem__)):
            position[stage] = max(index, position.get(stage, 0))
    return sorted(position, key=position.__getitem__)


def _actions(rows: Sequence[ActionEntry], first: bool) -> tuple[Action, ...]:
    newest: dict[str, ActionEntry] = {}
    for row in sorted(rows, key=lambda row: row.started):
        newest[row.action] = row
    orders = _run_orders(rows)
    names = sorted(newest, key=lambda name: (orders[name], -newest[name].number))
    return tuple(_action(newest[name], orders[name], first) for name in names)


def _run_orders(rows: Sequence[ActionEntry]) -> dict[str, int]:
    """Return the run order of each action: B follows A if B never began before A had ended, in any execution."""
    runs: dict[str, dict[str, ActionEntry]] = defaultdict(dict)  # execution -> action -> its first run
    for row in sorted(rows, key=lambda row: row.started):
        runs[row.execution].setdefault(row.action, row)
    names = sorted({row.action for row in rows})

    def follows(later: str, earlier: str) -> bool:
        pairs = [(run[earlier], run[later]) for run in runs.values() if earlier in run and later in run]
        return bool(pairs) and all(a.ended is not None and b.started >= a.ended for a, b in pairs)

    before = {
        name: [o for o in names if o != name and follows(name, o) and not follows(o, name)] for name in names
    }
    order: dict[str, int] = {}
    for name in sorted(names, key=lambda name: len(before[name])):
        order[name] = 1 + max((order.get(other, 1) for other in before[name]), default=0)
    return order


def _action(row: ActionEntry, order: int, first: bool) -> Action:
    kind = row.input.get("actionTypeId")
    kind = kind if isinstance(kind, dict) else {}
    category = row.category or ("Source" if first else "Build")
    action_type = ActionType(
        category, *(str(kind.get(field) or UNKNOWN[field]) for field in ("owner", "provider", "version"))
    )
    settings = row.input.get("configuration")
    configuration = [
        (str(key), str(value))
        for key, value in (settings.items() if isinstance(settings, dict) else ())
        if "#{" not in str(value)  # the export has no values of variables
    ]
    return Action(
        row.action,
        action_type,
        run_order=order,
        configuration=tuple(configuration) or None,
        inputs=tuple(_artifact_names(row.input.get("inputArtifacts"))) or None,
        outputs=tuple(OutputArtifact(name) for name in _artifact_names(row.output.get("outputArtifacts")))
        or None,
    )


def _artifact_names(artifacts: Any) -> list[str]:
    return [a["name"] for a in artifacts or () if isinstance(a, dict) and isinstance(a.get("name"), str)]
