"""The view model: one plain JSON dict that holds all the widget shows. It is computed, never stored.

``view(run)`` works for anything with ``state`` and ``journal``; what a run has besides (a clock, a worker, a
history) makes the picture richer. Every part but ``pipeline`` and ``stages`` may be missing: the renderer
then leaves it out, so that an exported page can carry less. docs/widget.md lists the parts.
"""

from __future__ import annotations

from typing import Any

from cp_teach.engine import command as c
from cp_teach.engine.history import History
from cp_teach.show import aws_words
from cp_teach.show.view_moves import move
from cp_teach.show.view_now import reasons
from cp_teach.show.view_stages import stages
from cp_teach.show.view_tables import artifacts, clock, executions, log, telling
from cp_teach.show.view_work import work

BEGINNING = "Nothing has been released yet. Release a change to send it through the pipeline."


def view(run: Any, *, history: History | None = None) -> dict[str, Any]:
    """What the widget shows of ``run`` at this moment."""
    journal = run.journal
    position, state = journal.position, run.state
    told = history_of(run) if history is None else history.follow()
    now = float(getattr(run, "now", journal.now))
    lines, more_lines = log(journal, position)
    rows, more_rows = executions(state, told)
    sentence, bad = telling(journal[position - 1]) if position else (BEGINNING, False)
    worker = getattr(run, "worker", None)
    made: dict[str, Any] = {
        "pipeline": {"name": state.pipeline.name, "mode": state.pipeline.mode, "type": state.pipeline.type},
        "clock": clock(now),
        "position": position,
        "total": journal.total,
        "sentence": sentence,
        "bad": bad,
        "release": move(state, c.StartExecution()),
        "stages": stages(state, told, worker, now),
        "reasons": reasons(state, getattr(run, "why", None)),
        "log": lines,
        "executions": rows,
        "artifacts": artifacts(run_id(run), state, told),
        "aws": aws_words.view(run_id(run), journal, position, state),
    }
    if working := work(journal, state, told):
        made["work"] = working
    if more_lines:
        made["more_log"] = more_lines
    if more_rows:
        made["more_executions"] = more_rows
    if state.deleted:
        made["deleted"] = True
    _drives(made, run)
    return made


def history_of(run: Any) -> History:
    """The run's own history, or one that is read from its journal."""
    found = getattr(run, "history", None)
    return found if isinstance(found, History) else History(run.journal).follow()


def run_id(run: Any) -> str:
    """The name from which ids and S3 keys are derived."""
    return str(getattr(run, "id", run.state.pipeline.name))


def _drives(made: dict[str, Any], run: Any) -> None:
    """What the run can do of itself: go on, and move in time; with the reason why it cannot just now."""
    if hasattr(run, "step") and hasattr(run, "next_due"):
        due = run.next_due()
        made["step"] = {} if due is not None else {"no": _nothing_due(made)}
        if due is not None:
            made["step"]["next"] = _ends(due.command)
    if hasattr(run, "jump"):
        made["undo"] = {} if made["position"] else {"no": "This is the beginning: there is nothing to undo."}
        if forward_only := getattr(run, "forward_only", ""):
            made["undo"] = {"no": forward_only}
        last = made["position"] == made["total"]
        made["redo"] = {"no": "This is the newest moment: there is nothing to redo."} if last else {}
    if hasattr(run, "inject"):
        follows = run.follows_plans() if hasattr(run, "follows_plans") else True
        made["inject"] = {"types": [*c.FAILURE_TYPES, "TimedOut"]}
        if made.get("deleted"):
            made["inject"]["no"] = "The pipeline is deleted."
        elif not follows:
            made["inject"]["no"] = (
                "This run is worked by hand, so nobody would follow the plan. Fail a running action yourself."
            )


def _nothing_due(made: dict[str, Any]) -> str:
    first = made["reasons"][0] if made["reasons"] else None
    if first is None:
        return "Nothing is on its way. Release a change."
    return f"Nothing ends of itself now. {first['text']} {first['who']}".strip()


def _ends(command: Any) -> str:
    what = f"{command.action} in {command.stage}"
    return (
        f"{what} fails"
        if getattr(command, "failure", "") or isinstance(command, c.TimeOut)
        else f"{what} succeeds"
    )
