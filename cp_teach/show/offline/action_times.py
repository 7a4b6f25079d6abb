"""Action times: when the actions of a recorded run end, so that the clock of a page without a kernel goes on."""

from __future__ import annotations

from typing import Any

from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.state import State
from cp_teach.engine.run.worker import Worker
from cp_teach.pipeline import Action, Pipeline
from cp_teach.show.view.stages import RealWorker


def running_actions(history: History, state: State, worker: Worker | None) -> list[list[Any]]:
    """Each running action as [execution, stage, action, when it began, when it ends or None]; seconds on the run's
    clock."""
    rows = []
    for row in history.running.values():
        x = state.execution(row.execution)
        pipeline = state.pipeline if x is None else state.definition_of(x)
        at = pipeline.stage_indices.get(row.stage)
        action = None if at is None else pipeline.stages[at][row.action]
        ends = None if action is None else _end(row, action, worker)
        rows.append([row.execution, row.stage, row.action, row.started, ends])
    return rows


def durations(pipeline: Pipeline, worker: Worker | None) -> dict[str, float]:
    """The seconds that each action takes in a first execution, by "Stage<tab>Action"; those that a person or real work
    ends are missing."""
    found = {}
    for stage in pipeline.stages:
        for action in stage.actions:
            row = ActionRow(1, stage.name, action.name, 1, 0, 0, 0.0, ())
            if (end := _end(row, action, worker)) is not None:
                found[f"{stage.name}\t{action.name}"] = end
    return found


def _end(row: ActionRow, action: Action, worker: Worker | None) -> float | None:
    if worker is None or (isinstance(worker, RealWorker) and worker.provider_of(row, action) is not None):
        return None
    due = worker.due(row, action)
    return None if due is None else due.at
