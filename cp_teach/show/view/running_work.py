"""What really works, in the view: the fleet of a deployment, the phases and the log of a build, for each action.

All of it comes from notes on the journal, so it is as it was at the moment that is shown. Where nobody has told
anything (played pipelines) it is empty at no cost.
"""

from __future__ import annotations

from typing import Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.progress_notes import BUILD, FLEET, LOG, told
from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import ActionRow
from cp_teach.engine.model.state import State
from cp_teach.pipeline import Action
from cp_teach.show.view.deployment import deployment
from cp_teach.show.view.stages import visitor
from cp_teach.style import status

LINES = 200
"""So many lines of a log a view carries; it says how many more there are."""
_PHASE = {
    "SUCCEEDED": "Succeeded",
    "FAILED": "Failed",
    "FAULT": "Failed",
    "TIMED_OUT": "Failed",
    "STOPPED": "Stopped",
    "IN_PROGRESS": "InProgress",
}
"""CodeBuild's words, and which of CodePipeline's each is shown like."""


def work(journal: Journal, state: State, history: History) -> dict[str, dict[str, Any]]:
    """ "Stage/Action" -> what its run tells, for each action whose run tells something."""
    if not journal.noted:
        return {}
    found = {}
    for index, stage in enumerate(state.pipeline.stages):
        inside = visitor(state, index)
        for action in stage.actions:
            key = (stage.name, action.name)
            row = history.newest.get((inside.number, *key)) if inside is not None else history.latest.get(key)
            if row is not None and (made := _told(journal, row, action)):
                found["/".join(key)] = made
    return found


def _told(journal: Journal, row: ActionRow, action: Action) -> dict[str, Any]:
    if fleet := told(journal, row, FLEET):
        return {"n": row.execution, "fleet": [deployment(each) for each in reversed(fleet[-1])]}
    if action.category == "Source":
        return {}
    made: dict[str, Any] = {}
    if build := told(journal, row, BUILD):
        made["phases"] = [_phase(each) for each in build[-1]["phases"]]
    if logs := told(journal, row, LOG):
        made["log"] = _log(logs)
    return {"n": row.execution, **made} if made else {}


def _phase(phase: dict[str, Any]) -> dict[str, Any]:
    key, _, glyph, *_ = status(_PHASE[phase["status"]])
    word = phase["status"].replace("_", " ").capitalize()
    return {"name": phase["name"], "status": [key, word, glyph], "seconds": phase["seconds"]}


def _log(logs: list[Any]) -> dict[str, Any]:
    lines = [line for _, some in logs for line in some][-LINES:]
    return {"text": "\n".join(lines), "more": logs[-1][0] - len(lines)}
