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
from cp_teach.show.view.schema import Action, Chip, Condition, Review, Rule, Stage, StatusCell, Transition
from cp_teach.show.view.tables import action_note, status_cell
from cp_teach.translation import N_, _

OCCUPANTS_ACTED_ON = 5
"""In PARALLEL mode, the number of executions in a stage that the stage has buttons for; the list of what waits has
those of all."""
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
    occupants: tuple[Execution, ...]
    """Every execution that can be acted on in the stage, the newest first: more than one only in PARALLEL mode."""

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
    others = _others(state, index, inside)
    occupants = () if inside is None else (inside, *others[: OCCUPANTS_ACTED_ON - 1])
    context = _Context(legality, history, worker, now, inside, occupants)
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
        if also := [context.chip(x.number) for x in others if x.busy]:
            view["also"] = also
    if definition.has_conditions:
        by_hand = worker is None or not worker.follows_plans
        view["conditions"] = _conditions(context, definition, by_hand)
    if runtime.succeeded:
        view["delivered"] = context.chip(runtime.succeeded)
    ended = [x.number for x in occupants[1:] if not x.busy]
    number = inside.number if inside is not None else runtime.entered or max(1, state.newest)
    view["retry"] = [
        move(legality, c.RetryStage(each, definition.name, mode))
        for each in (number, *ended)
        for mode in (c.FAILED_ACTIONS, c.ALL_ACTIONS)
    ]
    earlier = [target for target in runtime.targets if target != runtime.succeeded]
    if earlier and state.pipeline.type == "V2":
        view["retry"].append(move(legality, c.RollbackStage(definition.name, earlier[-1])))
    return view


def _others(state: State, index: int, inside: Execution | None) -> list[Execution]:
    """In PARALLEL mode, the other executions in the stage, the newest first."""
    if state.pipeline.mode != PARALLEL:
        return []
    here = [x for x in state.executions if x is not inside and x.actions and state.current_index(x) == index]
    return here[::-1]


def _waiting_for_approval() -> StatusCell:
    key, _word, glyph = status_cell("Waiting")
    return [key, _("Waiting for approval"), glyph]


# -- the conditions ------------------------------------------------------------------------------------------
CONDITION_NAMES = {
    BEFORE_ENTRY: N_("Entry condition"),
    ON_SUCCESS: N_("On success"),
    ON_FAILURE: N_("On failure"),
}
"""Kind of condition -> its name in AWS's console."""
_RULE_STATUSES = {"Succeeded": N_("Met"), FAILED: N_("Not met")}


def _conditions(context: _Context, stage: PipelineStage, by_hand: bool) -> list[Condition]:
    """The conditions of the stage. ``by_hand`` offers moves that say whether a rule is met."""
    return [_condition(context, stage, name, by_hand) for name in CONDITION_NAMES if stage.rules(name)]


def _condition(context: _Context, stage: PipelineStage, name: str, by_hand: bool) -> Condition:
    legality, state = context.legality, context.state
    checked = [x for x in context.occupants if x.condition == name and state.stage_of(x) == stage]
    newest = next((x for x in checked if x is context.inside), None)
    rules: list[Rule] = []
    for index, rule in enumerate(stage.rules(name)):
        status = newest.rules[index] if newest and index < len(newest.rules) else ""
        key, word, glyph = status_cell(status)
        view: Rule = {
            "name": rule.name,
            "provider": rule.type.provider,
            "status": [key, _(_RULE_STATUSES.get(status, word)), glyph],
        }
        running = [x for x in checked if index < len(x.rules) and x.rules[index] == IN_PROGRESS]
        if by_hand and running:
            view["moves"] = [
                move(legality, c.FinishRule(x.number, stage.name, rule.name, met), _(label, number=x.number))
                for x in running
                for met, label in ((True, N_("Met #{number}")), (False, N_("Not met #{number}")))
            ]
        rules.append(view)
    result = stage.result(name).capitalize()
    condition: Condition = {"name": _(CONDITION_NAMES[name]), "result": result, "rules": rules}
    failed = [x for x in checked if x.status == FAILED] if name != ON_FAILURE else []
    if failed:
        condition["overrides"] = [
            move(legality, c.OverrideCondition(x.number, stage.name, name)) for x in failed
        ]
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
        view["again"] = move(legality, c.DisableTransition(name), _("Change the reason"))
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
        status = _status_of(state, inside, stage, action)
        view["status"] = status_cell(status)
        row = history.newest.get((inside.number, stage, action.name), row)
        if row is not None and row.execution == inside.number and status:
            _add_result(view, row)
    elif row is not None:
        view["status"], view["old"] = status_cell(row.status), row.execution
        _add_result(view, row)
    running = [x for x in context.occupants if _status_of(state, x, stage, action) == IN_PROGRESS]
    if running and action.is_approval:
        view["reviews"] = [_review(context, x, stage, action) for x in running]
        if status == IN_PROGRESS:
            view["status"] = _waiting_for_approval()
    elif running:
        view["finish"] = [
            move(
                context.legality,
                c.FinishAction(x.number, stage, action.name, failure),
                _(label, number=x.number),
            )
            for x in running
            for failure, label in (("", N_("Succeeded #{number}")), ("JobFailed", N_("Failed #{number}")))
        ]
        if inside in running:
            _add_time(view, context, row, action)
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


def _status_of(state: State, x: Execution, stage: str, action: PipelineAction) -> str:
    """The status of an action for an execution in that stage; "" if its definition does not have the action there."""
    definition = state.stage_of(x)
    at = definition.action_indices.get(action.name) if definition.name == stage else None
    return "" if at is None else x.actions[at]


def _review(context: _Context, x: Execution, stage: str, action: PipelineAction) -> Review:
    """The approval of an execution, with what a reviewer needs to decide."""
    row = context.history.newest.get((x.number, stage, action.name))
    target = (x.number, stage, action.name)
    settings = action.settings
    review: Review = {
        "n": x.number,
        "label": _("Review #{number}", number=x.number),
        "moves": [
            move(
                context.legality, c.PutApprovalResult(*target, status, "Reviewed."), _(label, number=x.number)
            )
            for status, label in (("Approved", N_("Approve #{number}")), ("Rejected", N_("Reject #{number}")))
        ],
        "artifacts": _artifacts_after(context.state, x, action),
    }
    if row is not None and row.attempt > 1:
        review["attempt"] = row.attempt
    if details := settings.get("CustomData"):
        review["details"] = details
    if link := settings.get("ExternalEntityLink"):
        review["link"] = link
    if settings.get("IsSummaryRequired", "").lower() == "true":
        review["required"] = True
    return review


def _artifacts_after(state: State, x: Execution, approval: PipelineAction) -> list[str]:
    """The names of the artifacts that the next actions use: later in the stage, or else in the next stage."""
    pipeline = x.pipeline or state.pipeline
    stage = state.stage_of(x)
    later = [action for action in stage.actions if action.order > approval.order]
    following = pipeline.stages[pipeline.stage_indices[stage.name] + 1 :]
    for actions in (later, *(each.actions for each in following)):
        if names := dict.fromkeys(name for action in actions for name in action.input_names):
            return list(names)
    return []


def _add_time(view: Action, context: _Context, row: ActionRow | None, action: PipelineAction) -> None:
    """Add when a running action ends, or that only a person ends it."""
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
        return _("{number} min left", number=round(seconds / 60))
    return _("{number} s left", number=max(0, round(seconds)))


def _plan_text(plan: Inject) -> str:
    when = {
        "next": _("at its next run") if plan.times == 1 else _("at its next {times} runs", times=plan.times),
        "always": _("at every run"),
        "chance": _("in {chance:.0%} of its runs", chance=plan.chance),
    }[plan.when]
    return _("fails {when} ({failure})", when=when, failure=plan.failure)
