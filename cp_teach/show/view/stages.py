"""The stages of the view model: the execution in each stage, its actions, its transition and its conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

from cp_teach.engine.history.projections import ActionRow, History
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.failure_plan import Inject
from cp_teach.engine.model.state import (
    BEFORE_ENTRY,
    FAILED,
    IN_PROGRESS,
    ON_FAILURE,
    ON_SUCCESS,
    PARALLEL,
    SHOWN_AS_ENABLED,
    Execution,
    State,
)
from cp_teach.engine.run.worker import Worker
from cp_teach.pipeline import Action as PipelineAction
from cp_teach.pipeline import Stage as PipelineStage
from cp_teach.show.view.moves import Legality, move, open_approvals
from cp_teach.show.view.schema import Action, Chip, Condition, Rule, Stage, StatusCell, Transition
from cp_teach.show.view.tables import action_note, status_cell

SUPERSEDED_SHOWN = 2
"""The number of superseded executions shown at a transition; the table of executions has all of them."""


@runtime_checkable
class RealWorker(Protocol):
    """A worker that does real work."""

    def provider_of(self, row: ActionRow, action: PipelineAction) -> Callable[..., object] | None:
        """The provider that works on this action execution; None if a person ends it."""


class _Context(NamedTuple):
    """What every part of a stage needs."""

    legality: Legality
    history: History
    worker: Worker | None
    now: float
    inside: Execution | None
    """The execution in the stage."""

    @property
    def state(self) -> State:
        return self.legality.state

    def chip(self, number: int) -> Chip:
        row = self.history.executions.get(number)
        return {"n": number, "message": row.message if row else ""}


def execution_in(state: State, index: int) -> Execution | None:
    """The execution in that stage: in progress, or failed or stopped there with no later one in the stage."""
    if state.pipeline.mode == PARALLEL:  # no execution holds the stage, so the newest is view
        inside = [x for x in state.executions if state.current_index(x) == index and x.actions]
        return inside[-1] if inside else None
    entered = state.stages[index].entered
    x = state.execution(entered) if entered else None
    return x if x is not None and state.current_index(x) == index and x.actions else None


def stage(legality: Legality, index: int, history: History, worker: Worker | None, now: float) -> Stage:
    """All that is shown of one stage. ``now`` is the run's clock in seconds."""
    state = legality.state
    definition, runtime = state.pipeline.stages[index], state.stages[index]
    inside = execution_in(state, index)
    context = _Context(legality, history, worker, now, inside)
    empty = "Succeeded" if runtime.succeeded else ""
    view: Stage = {
        "name": definition.name,
        "status": status_cell(empty if inside is None else inside.status),
        "door": _transition(context, index),
        "groups": [
            [_action(context, definition.name, definition.actions[at]) for at in group]
            for group in definition.groups
        ],
    }
    if inside is not None:
        view["inside"] = context.chip(inside.number)
        if open_approvals(state, inside):
            view["status"] = status_cell("Waiting")  # the line of a stage is short; its action says for what
        others = [
            x for x in state.executions if x is not inside and x.busy and state.current_index(x) == index
        ]
        if others and state.pipeline.mode == PARALLEL:
            view["also"] = [context.chip(x.number) for x in reversed(others)]
    if definition.has_conditions:
        by_hand = worker is None or not worker.follows_plans
        view["conditions"] = _conditions(legality, definition, inside, by_hand)
    if runtime.succeeded:
        view["delivered"] = context.chip(runtime.succeeded)
    number = inside.number if inside is not None else runtime.entered or max(1, state.newest)
    target = f" for execution {number}"
    view["retry"] = [
        move(
            legality, c.RetryStage(number, definition.name, c.FAILED_ACTIONS), f"Retry failed actions{target}"
        ),
        move(legality, c.RetryStage(number, definition.name, c.ALL_ACTIONS), f"Retry stage{target}"),
    ]
    earlier = [target for target in runtime.targets if target != runtime.succeeded]
    if earlier and state.pipeline.type == "V2":
        rollback = c.RollbackStage(definition.name, earlier[-1])
        view["retry"].append(move(legality, rollback, f"Roll back to execution {earlier[-1]}"))
    return view


def _waiting_for_approval() -> StatusCell:
    key, _, glyph = status_cell("Waiting")
    return [key, "Waiting for approval", glyph]


# -- the conditions ------------------------------------------------------------------------------------------
_CONDITION_NAMES = {BEFORE_ENTRY: "beforeEntry", ON_SUCCESS: "onSuccess", ON_FAILURE: "onFailure"}
_RULE_STATUSES = {"": "Not judged now", "Succeeded": "Met", FAILED: "Not met", IN_PROGRESS: "Being judged"}


def _conditions(
    legality: Legality, stage: PipelineStage, inside: Execution | None, by_hand: bool
) -> list[Condition]:
    """The conditions of the stage. ``by_hand`` offers moves that say whether a rule is met."""
    return [
        _condition(legality, stage, inside, name, by_hand) for name in _CONDITION_NAMES if stage.rules(name)
    ]


def _condition(
    legality: Legality, stage: PipelineStage, inside: Execution | None, name: str, by_hand: bool
) -> Condition:
    state = legality.state
    judged = inside if inside and inside.condition == name and state.stage_of(inside) == stage else None
    rules: list[Rule] = []
    for index, rule in enumerate(stage.rules(name)):
        status = judged.rules[index] if judged and index < len(judged.rules) else ""
        key, word, glyph = status_cell(status)
        view: Rule = {
            "name": rule.name,
            "provider": rule.type.provider,
            "status": [key, _RULE_STATUSES.get(status, word), glyph],
        }
        if status == IN_PROGRESS and by_hand and judged:
            target = (judged.number, stage.name, rule.name)
            view["moves"] = [
                move(legality, c.FinishRule(*target, True), f"Met for execution {judged.number}"),
                move(legality, c.FinishRule(*target, False), f"Not met for execution {judged.number}"),
            ]
        rules.append(view)
    condition: Condition = {"name": _CONDITION_NAMES[name], "result": stage.result(name), "rules": rules}
    if judged and judged.status == FAILED and name != ON_FAILURE:
        override = c.OverrideCondition(judged.number, stage.name, name)
        label = f"Override {_CONDITION_NAMES[name]} for execution {judged.number}"
        condition["override"] = move(legality, override, label)
    return condition


# -- the transition ------------------------------------------------------------------------------------------
def _transition(context: _Context, index: int) -> Transition:
    state, legality, history = context.state, context.legality, context.history
    name, runtime = state.pipeline.stages[index].name, state.stages[index]
    enabled = runtime.transition in SHOWN_AS_ENABLED
    toggle = c.DisableTransition(name) if enabled else c.EnableTransition(name)
    view: Transition = {"on": enabled, "toggle": move(legality, toggle)}
    if not enabled:
        view["reason"] = history.disabled_reasons.get(name, "")
        view["again"] = move(legality, c.DisableTransition(name), "Change the reason")
    if runtime.inbound:
        view["waiting"] = [context.chip(number) for number in runtime.inbound]
        superseded = _superseded(context, name, runtime.inbound)
        if superseded:
            view["gone"] = superseded[:SUPERSEDED_SHOWN]
            if len(superseded) > SUPERSEDED_SHOWN:
                view["more"] = len(superseded) - SUPERSEDED_SHOWN
    elif index == 0 and enabled:  # AWS's console draws no transition into the first stage
        view["quiet"] = True
    return view


def _superseded(context: _Context, stage: str, waiting: tuple[int, ...]) -> list[Chip]:
    """The executions that those waiting at this transition superseded, directly or not; the newest first."""
    successors = set(waiting)
    superseded: list[Chip] = []
    executions = context.history.executions
    for number in sorted(executions, reverse=True):
        row = executions[number]
        if row.superseded_by in successors and row.stage == stage:
            successors.add(number)
            superseded.append({**context.chip(number), "by": row.superseded_by})
    return superseded


# -- the actions ---------------------------------------------------------------------------------------------
def _action(context: _Context, stage: str, action: PipelineAction) -> Action:
    state, history, inside = context.state, context.history, context.inside
    row = history.latest.get((stage, action.name))
    view: Action = {
        "name": action.name,
        "provider": action.provider,
        "category": action.category,
        "status": status_cell(""),
    }
    status = ""
    if inside is not None:
        # The execution may follow an older definition, in which this action is elsewhere or missing.
        at = state.stage_of(inside).action_indices.get(action.name)
        status = "" if at is None else inside.actions[at]
        view["status"] = status_cell(status)
        row = history.newest.get((inside.number, stage, action.name), row)
        if row is not None and row.execution == inside.number and status:
            _add_result(view, row)
    elif row is not None:
        view["status"], view["old"] = status_cell(row.status), row.execution
        _add_result(view, row)
    if inside is not None and status == IN_PROGRESS:
        _add_ending(view, context, (inside.number, stage, action.name), row, action)
    if not action.is_approval:
        plans = [plan for plan in history.plans if (plan.stage, plan.action) == (stage, action.name)]
        if plans:
            view["planned"] = "; ".join(map(_plan_text, plans))
    return view


def _add_result(view: Action, row: ActionRow) -> None:
    if note := action_note(row):
        view["note"] = note
    if row.attempt > 1:
        view["attempt"] = row.attempt


def _add_ending(
    view: Action,
    context: _Context,
    target: tuple[int, str, str],
    row: ActionRow | None,
    action: PipelineAction,
) -> None:
    """Add how a running action ends: an answer to an approval, a result by hand, or a time."""
    number = target[0]
    if action.is_approval:
        view["status"] = _waiting_for_approval()
        view["approval"] = [
            move(
                context.legality,
                c.PutApprovalResult(*target, status, "Reviewed."),
                f"{verb} execution {number}",
            )
            for status, verb in (("Approved", "Approve"), ("Rejected", "Reject"))
        ]
        return
    view["finish"] = [
        move(context.legality, c.FinishAction(*target), f"Succeed for execution {number}"),
        move(context.legality, c.FinishAction(*target, "JobFailed"), f"Fail for execution {number}"),
    ]
    worker, now = context.worker, context.now
    if row is not None and isinstance(worker, RealWorker) and worker.provider_of(row, action) is not None:
        return  # the provider ends it, so the page must not ask a person to
    due = worker.due(row, action) if worker is not None and row is not None else None
    if due is None or row is None:
        view["by_hand"] = True
        return
    span = due.at - row.started
    view["progress"] = round(min(1.0, max(0.0, (now - row.started) / span)) if span > 0 else 1.0, 3)
    view["left"] = _time_left(due.at - now)


def _time_left(seconds: float) -> str:
    if seconds >= 90:
        return f"{round(seconds / 60)} min left"
    return f"{max(0, round(seconds))} s left"


def _plan_text(plan: Inject) -> str:
    when = {
        "next": "at its next run" if plan.times == 1 else f"at its next {plan.times} runs",
        "always": "at every run",
        "chance": f"in {plan.chance:.0%} of its runs",
    }[plan.when]
    return f"fails {when} ({plan.failure})"
