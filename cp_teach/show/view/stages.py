"""The stages of the view: who is inside, what each action does, what is delivered, who waits at the door."""

from __future__ import annotations

from typing import Any

from cp_teach.engine.history.projections import ActionRow, History
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.failure_plan import Inject
from cp_teach.engine.model.state import IN_PROGRESS, OPEN, PARALLEL, Execution, State
from cp_teach.engine.run.worker import Worker
from cp_teach.pipeline import Action
from cp_teach.show.view.conditions import conditions
from cp_teach.show.view.moves import move
from cp_teach.show.view.tables import shown

SUPERSEDED_SHOWN = 2
"""How many superseded revisions stand at a door; the table has all of them."""


def _chip(history: History, number: int) -> dict[str, Any]:
    row = history.executions.get(number)
    return {"n": number, "message": row.message if row else ""}


def visitor(state: State, index: int) -> Execution | None:
    """Who is in the stage, or failed or stopped there and has not been followed by anyone."""
    if state.pipeline.mode == PARALLEL:  # nobody holds a stage: the newest that is inside is shown
        inside = [x for x in state.executions if state.seat(x) == index and x.actions]
        return inside[-1] if inside else None
    entered = state.stages[index].entered
    x = state.execution(entered) if entered else None
    return x if x is not None and state.seat(x) == index and x.actions else None


def stage(state: State, index: int, history: History, worker: Worker | None, now: float) -> dict[str, Any]:
    """All that is shown of one stage."""
    own, seen = state.pipeline.stages[index], state.stages[index]
    inside = visitor(state, index)
    past = "Succeeded" if seen.succeeded else ""
    word = past if inside is None else inside.status
    made: dict[str, Any] = {
        "name": own.name,
        "status": shown(word),
        "door": _door(state, index, history),
        "groups": [
            [_action(state, inside, own.name, own.actions[at], history, worker, now) for at in group]
            for group in own.groups
        ],
    }
    if inside is not None:
        made["inside"] = _chip(history, inside.number)
        known = state.stage_of(inside)
        if any(
            a.is_approval and s == IN_PROGRESS for a, s in zip(known.actions, inside.actions, strict=True)
        ):
            made["status"] = _needs_approval()
        others = [x for x in state.executions if x is not inside and x.busy and state.seat(x) == index]
        if others and state.pipeline.mode == PARALLEL:
            made["also"] = [_chip(history, x.number) for x in reversed(others)]
    if own.judges:
        made["conditions"] = conditions(state, own, inside, worker is None or not worker.follows_plans)
    if seen.succeeded:
        made["delivered"] = _chip(history, seen.succeeded)
    number = inside.number if inside is not None else seen.entered or max(1, state.last)
    whose = f" for execution {number}"
    made["retry"] = [
        move(state, c.RetryStage(number, own.name, c.FAILED_ACTIONS), f"Retry failed actions{whose}"),
        move(state, c.RetryStage(number, own.name, c.ALL_ACTIONS), f"Retry stage{whose}"),
    ]
    earlier = [target for target in seen.targets if target != seen.succeeded]
    if earlier and state.pipeline.type == "V2":
        made["retry"].append(
            move(state, c.RollbackStage(own.name, earlier[-1]), f"Roll back to execution {earlier[-1]}")
        )
    return made


def _needs_approval() -> list[str]:
    key, _, glyph = shown("Waiting")
    return [key, "Waiting for approval", glyph]


# -- the door ------------------------------------------------------------------------------------------------
def _door(state: State, index: int, history: History) -> dict[str, Any]:
    name, seen = state.pipeline.stages[index].name, state.stages[index]
    enabled = seen.door in OPEN
    toggle = c.DisableTransition(name) if enabled else c.EnableTransition(name)
    made: dict[str, Any] = {"on": enabled, "toggle": move(state, toggle)}
    if not enabled:
        made["reason"] = history.reasons.get(name, "")
        made["again"] = move(state, c.DisableTransition(name), "Change the reason")
    if seen.inbound:
        made["waiting"] = [_chip(history, number) for number in seen.inbound]
        gone = _superseded(history, name, seen.inbound)
        if gone:
            made["gone"] = gone[:SUPERSEDED_SHOWN]
            if len(gone) > SUPERSEDED_SHOWN:
                made["more"] = len(gone) - SUPERSEDED_SHOWN
    # AWS's console draws no transition into the first stage: it shows when it has something to say.
    if index == 0 and enabled and not seen.inbound:
        made["quiet"] = True
    return made


def _superseded(history: History, stage: str, waiting: tuple[int, ...]) -> list[dict[str, Any]]:
    """Who was superseded, directly or through others, by those that wait at this door; newest first."""
    heirs = set(waiting)
    found = []
    for number in sorted(history.executions, reverse=True):
        row = history.executions[number]
        if row.superseded_by in heirs and row.stage == stage:
            heirs.add(number)
            found.append({**_chip(history, number), "by": row.superseded_by})
    return found


# -- the actions ---------------------------------------------------------------------------------------------
def _action(
    state: State,
    inside: Execution | None,
    stage: str,
    action: Action,
    history: History,
    worker: Worker | None,
    now: float,
) -> dict[str, Any]:
    made: dict[str, Any] = {"name": action.name, "provider": action.provider, "category": action.category}
    row = history.latest.get((stage, action.name))
    # Who is inside may follow an older definition, in which this action is elsewhere or not at all.
    at = None if inside is None else state.stage_of(inside).position.get(action.name)
    word = "" if inside is None or at is None else inside.actions[at]
    if inside is not None:
        made["status"] = shown(word)
        row = history.newest.get((inside.number, stage, action.name), row)
        if row is not None and row.execution == inside.number and word:
            _tell(made, row)
    elif row is not None:
        made["status"], made["old"] = shown(row.status), row.execution
        _tell(made, row)
    else:
        made["status"] = shown("")
    if inside is not None and word == IN_PROGRESS:
        target = (inside.number, stage, action.name)
        if action.is_approval:
            made["status"] = _needs_approval()
            made["approval"] = [
                move(
                    state,
                    c.PutApprovalResult(*target, "Approved", "Reviewed."),
                    f"Approve execution {inside.number}",
                ),
                move(
                    state,
                    c.PutApprovalResult(*target, "Rejected", "Reviewed."),
                    f"Reject execution {inside.number}",
                ),
            ]
        else:
            made["finish"] = [
                move(state, c.FinishAction(*target), f"Succeed for execution {inside.number}"),
                move(state, c.FinishAction(*target, "JobFailed"), f"Fail for execution {inside.number}"),
            ]
            _progress(made, row, action, worker, now)
    if not action.is_approval:
        plans = [plan for plan in history.plans if (plan.stage, plan.action) == (stage, action.name)]
        if plans:
            made["planned"] = "; ".join(_planned(plan) for plan in plans)
    return made


def _tell(made: dict[str, Any], row: ActionRow) -> None:
    if row.failure:
        made["note"] = f"{row.failure}: {row.message}" if row.message else row.failure
    elif row.message:
        made["note"] = f"“{row.message}”"
    if row.attempt > 1:
        made["attempt"] = row.attempt


def _progress(
    made: dict[str, Any], row: ActionRow | None, action: Action, worker: Worker | None, now: float
) -> None:
    due = worker.due(row, action) if worker is not None and row is not None else None
    performs = getattr(worker, "performs", None)
    if row is not None and performs is not None and performs(row, action) is not None:
        return  # it is really worked on: it ends when that is done, and nobody should be asked to end it
    if due is None or row is None:
        made["by_hand"] = True  # nobody else will end it
        return
    span = due.at - row.started
    made["progress"] = round(min(1.0, max(0.0, (now - row.started) / span)) if span > 0 else 1.0, 3)
    made["left"] = _left(due.at - now)


def _left(seconds: float) -> str:
    if seconds >= 90:
        return f"{round(seconds / 60)} min left"
    return f"{max(0, round(seconds))} s left"


def _planned(plan: Inject) -> str:
    when = {
        "next": "at its next run" if plan.times == 1 else f"at its next {plan.times} runs",
        "always": "at every run",
        "chance": f"in {plan.chance:.0%} of its runs",
    }[plan.when]
    return f"fails {when} ({plan.failure})"
