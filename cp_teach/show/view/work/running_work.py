"""Progress of real work: the fleet of a deployment, the phases and the log of a build, for each action.

All of it is read from the progress notes on the journal, so it shows the moment that is shown. In a simulated run
there are no notes, and this costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.progress_notes import BUILD, FLEET, LOG
from cp_teach.engine.history.progress_notes import read_notes as notes_of
from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.state import State
from cp_teach.pipeline import Action
from cp_teach.show.view.schema import BuildLog, Phase, Work
from cp_teach.show.view.stages import execution_in
from cp_teach.show.view.work.deployment import deployment
from cp_teach.style import status_style

LINES = 200
"""The number of log lines in a view; the view says how many more there are."""
_PHASE = {
    "SUCCEEDED": "Succeeded",
    "FAILED": "Failed",
    "FAULT": "Failed",
    "TIMED_OUT": "Failed",
    "STOPPED": "Stopped",
    "IN_PROGRESS": "InProgress",
}
"""CodeBuild's phase status -> the CodePipeline status whose glyph and color it gets."""


def work(journal: Journal, state: State, history: History) -> dict[str, Work]:
    """ "Stage/Action" -> the progress of its run, for each action whose run has progress notes."""
    if not journal.note_names:
        return {}
    progress = {}
    for index, stage in enumerate(state.pipeline.stages):
        inside = execution_in(state, index)
        for action in stage.actions:
            key = (stage.name, action.name)
            row = history.newest.get((inside.number, *key)) if inside is not None else history.latest.get(key)
            if row is not None and (work := _progress(journal, row, action)) is not None:
                progress["/".join(key)] = work
    return progress


def _progress(journal: Journal, row: ActionRow, action: Action) -> Work | None:
    if fleet := notes_of(journal, row, FLEET):
        return {"n": row.execution, "fleet": [deployment(each) for each in reversed(fleet[-1])]}
    if action.category == "Source":
        return None
    work: Work = {"n": row.execution}
    if build := notes_of(journal, row, BUILD):
        work["phases"] = [_phase(each) for each in build[-1]["phases"]]
    if logs := notes_of(journal, row, LOG):
        work["log"] = _log(logs)
    return work if len(work) > 1 else None


def _phase(phase: Mapping[str, Any]) -> Phase:
    key, _, glyph, *_ = status_style(_PHASE[phase["status"]])
    word = phase["status"].replace("_", " ").capitalize()
    return {"name": phase["name"], "status": [key, word, glyph], "seconds": phase["seconds"]}


def _log(logs: Sequence[Any]) -> BuildLog:
    lines = [line for _, part in logs for line in part][-LINES:]
    return {"text": "\n".join(lines), "more": logs[-1][0] - len(lines)}
