"""The reference backend: the engine on a virtual clock. The array loops must return the same outcome.

The engine decides what happens; this module decides when: arrivals, the ends of actions, answers to approvals,
transitions disabled on schedule, retries by hand. At the same moment, transitions come first, then ends (later stages
before earlier ones), then arrivals, then retries.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cp_teach.engine import (
    DisableTransition,
    EnableTransition,
    FinishAction,
    FinishRule,
    PutApprovalResult,
    Refused,
    RetryStage,
    StartExecution,
    State,
    TimeOut,
    initial_state,
    step,
)
from cp_teach.engine.model import events as e
from cp_teach.engine.rules.step import apply_command
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.inputs.weekly_hours import Hours
from cp_teach.flow.simulation.outcome import EMPTY, FAILED, REFUSED, SUCCEEDED, SUPERSEDED, Outcome
from cp_teach.flow.simulation.random_draws import Draws

TRANSITION, END, ARRIVAL, RETRY = range(4)
"""Kinds of planned commands, in their order at the same moment."""
RULE_MINUTES = 0.1
"""The duration of a rule of a stage condition, which always succeeds."""
CLOSED = "Closed by the calendar."
NAN, NEVER = float("nan"), float("inf")


def simulate_by_engine(model: Model, draws: Draws) -> Outcome:
    """Return the outcome of a block, computed by the engine."""
    outcome = Outcome.empty(draws.releases.times.copy(), len(model.stages))
    if model.unplanned:
        outcome = replace(outcome, column=np.zeros(draws.shape, dtype=np.int64))
    for row in range(draws.shape[0]):
        replication = Replication(model, draws, row)
        replication.run()
        replication.record(outcome)
    return outcome


class Replication:
    """One replication: a pipeline from its first revision until the last has ended."""

    def __init__(self, model: Model, draws: Draws, row: int) -> None:
        self.model, self.draws, self.row = model, draws, row
        self.hours, self.locks = model.policy.hours, model.pipeline.locks_stages
        self.durations = [[action[:, row].tolist() for action in stage] for stage in draws.durations]
        self.fails = [[action[:, row].tolist() for action in stage] for stage in draws.fails]
        self.reactions = [stage[:, row].tolist() for stage in draws.reactions]
        self.position = {name: k for k, name in enumerate(model.names)}
        n, stages = draws.shape[1], len(model.stages)
        self.arrived: list[float] = draws.releases.times[row].tolist()
        self.status, self.stage, self.ended = [EMPTY] * n, [-1] * n, [NAN] * n
        self.began, self.left, self.held = ([[NAN] * n for _ in range(stages)] for _ in range(3))
        self.state: State = initial_state(model.pipeline)
        self.now = 0.0
        self.agenda: list[tuple[float, int, int, int, Any]] = []
        """A heap of (time, kind, order, sequence number, command; for an arrival the column)."""
        self.sequence = 0
        self.pending = 0  # planned commands, without those of transitions
        self.next_unplanned = draws.planned  # the next free column for an unplanned execution
        self.column: dict[int, int] = {}  # execution -> its column
        self.attempt: dict[int, int] = {}  # execution -> reruns of its stage
        self.by_hand: dict[int, int] = {}  # execution -> reruns by hand
        self.since: dict[int, float] = {}  # execution -> when it occupied its stage
        self.rollbacks: set[int] = set()

    def run(self) -> None:
        """Run until no execution is in progress and none is to come."""
        for i, t in enumerate(self.arrived):
            if t < NEVER:
                self._plan(t, ARRIVAL, 0, i)
        for name, disabled in self.model.policy.closed.items():
            self._plan(disabled.opens(0.0), TRANSITION, 0, DisableTransition(name, CLOSED))
        while self.pending or any(x.status == "InProgress" for x in self.state.executions):
            self.now, kind, _, _, command = heapq.heappop(self.agenda)
            self.pending -= kind != TRANSITION
            if kind == ARRIVAL:
                self.column[self.state.newest + 1] = command
                command = StartExecution((), "CloudWatchEvent")
            if kind == RETRY:
                try:
                    self.state, events = step(self.state, command)
                except Refused:
                    continue  # too late: a newer execution has entered
            else:  # ends of running actions, arrivals, and transitions are always allowed
                self.state, events = apply_command(self.state, command)
            if kind == TRANSITION:
                self._plan_transition(command.stage, self.model.policy.closed[command.stage])
            for i, event in enumerate(events):
                handler = _HANDLERS.get(type(event))
                if handler is not None:
                    handler(self, event, events[i + 1] if i + 1 < len(events) else None)

    def record(self, outcome: Outcome) -> None:
        """Write this row of the outcome, in order of arrival."""
        order = np.argsort(self.arrived, kind="stable")
        row = self.row
        if outcome.column is not None:
            outcome.column[row] = order
        outcome.arrived[row] = np.array(self.arrived)[order]
        outcome.status[row], outcome.stage[row] = np.array(self.status)[order], np.array(self.stage)[order]
        outcome.ended[row] = np.array(self.ended)[order]
        for name in ("began", "left", "held"):
            getattr(outcome, name)[:, row] = np.array(getattr(self, name))[:, order]

    # -- planning ----------------------------------------------------------------------------------
    def _plan(self, t: float, kind: int, order: int, command: Any) -> None:
        self.sequence += 1
        self.pending += kind != TRANSITION
        heapq.heappush(self.agenda, (t, kind, order, self.sequence, command))

    def _plan_transition(self, stage: str, disabled: Hours) -> None:
        """Plan when the transition is next enabled or disabled."""
        if self.state.stages[self.position[stage]].transition == "enabled":
            self._plan(disabled.opens(self.now), TRANSITION, 0, DisableTransition(stage, CLOSED))
        else:
            self._plan((~disabled).opens(self.now), TRANSITION, 0, EnableTransition(stage))

    def _action_started(self, event: e.ActionStarted, _: Any) -> None:
        """Plan its end, which the draws determine."""
        number, stage, action = event
        k = self.position[stage]
        a = self.model.pipeline.stages[k].action_indices[action]
        work, attempt, i = self.model.stages[k][a], self.attempt[number], self.column[number]
        duration, fails = self.durations[k][a][attempt][i], self.fails[k][a][attempt][i]
        approval = work.action.is_approval
        in_hours = approval and not self.hours.always
        until = self.hours.after(self.now, duration) if in_hours else self.now + duration
        if until > self.now + work.limit:
            self._plan(self.now + work.limit, END, -k, TimeOut(number, stage, action))
        elif approval:
            result = "Rejected" if fails else "Approved"
            self._plan(until, END, -k, PutApprovalResult(number, stage, action, result))
        else:
            self._plan(until, END, -k, FinishAction(number, stage, action, "JobFailed" if fails else ""))

    def _rule_started(self, event: e.RuleStarted, _: Any) -> None:
        command = FinishRule(event.execution, event.stage, event.rule, True)
        self._plan(self.now + RULE_MINUTES, END, -self.position[event.stage], command)

    # -- events ------------------------------------------------------------------------------------
    def _started(self, event: e.ExecutionStarted, _: Any) -> None:
        if event.execution not in self.column:  # a rollback has its own draws, but is not a revision
            self.column[event.execution] = self._unplanned()
            self.rollbacks.add(event.execution)

    def _entered(self, event: e.ExecutionEntered, _: Any) -> None:
        number, k = event.execution, self.position[event.stage]
        self.attempt[number] = self.by_hand[number] = 0
        self.since[number] = self.now
        if number not in self.rollbacks:
            i = self.column[number]
            self.began[k][i], self.held[k][i] = self.now, 0.0

    def _succeeded_in(self, event: e.StageSucceeded | e.StageSkipped, _: Any) -> None:
        self._leave(event.execution, self.position[event.stage])

    def _succeeded(self, event: e.ExecutionSucceeded, _: Any) -> None:
        self._end(event.execution, SUCCEEDED, len(self.position))
        i = self.column[event.execution]
        policy, draws = self.model.policy, self.draws
        if policy.recovery == "hotfix" and draws.bad[self.row, i] and event.execution not in self.rollbacks:
            noticed = self.now + float(draws.detected[self.row, i])
            t = self.hours.after(noticed, float(draws.repaired[self.row, i]))
            fix = self._unplanned()
            self.arrived[fix] = t
            self._plan(t, ARRIVAL, 0, fix)

    def _superseded(self, event: e.ExecutionSuperseded, _: Any) -> None:
        self._end(event.execution, SUPERSEDED, self.position[event.stage])

    def _retried(self, event: e.StageRetried, _: Any) -> None:
        self.attempt[event.execution] += 1
        if not event.automatic:
            self.by_hand[event.execution] += 1
            self.since[event.execution] = self.now

    def _failed(self, event: e.ExecutionFailed, following: e.Event | None) -> None:
        number = event.execution
        if isinstance(following, e.StageRetried):
            return  # retried automatically at the same moment, so it never left the stage
        if not event.stage:  # over the limit of executions in progress: it fails before it enters a stage
            self._end(number, REFUSED, -1)
            return
        k = self.position[event.stage]
        self._leave(number, k)
        self._end(number, FAILED, k)
        tried = self.by_hand[number]
        if tried < self.model.policy.retries and number not in self.rollbacks:
            again = self.hours.after(self.now, self.reactions[k][tried][self.column[number]])
            self._plan(again, RETRY, 0, RetryStage(number, event.stage, self.model.policy.retry_mode))
        elif not self.locks:
            # In PARALLEL mode the engine would keep the failed execution for ever, and nothing reads it.
            rest = tuple(x for x in self.state.executions if x.number != number)
            self.state = self.state._replace(executions=rest)

    def _leave(self, number: int, k: int) -> None:
        if number not in self.rollbacks:
            i = self.column[number]
            self.left[k][i] = self.now
            self.held[k][i] += self.now - self.since[number]

    def _end(self, number: int, code: int, k: int) -> None:
        if number not in self.rollbacks:
            i = self.column[number]
            self.status[i], self.stage[i], self.ended[i] = code, k, self.now

    def _unplanned(self) -> int:
        """Return the next free column for an unplanned execution."""
        self.next_unplanned += 1
        if self.next_unplanned > self.draws.shape[1]:
            raise ValueError(
                f"more than {self.draws.shape[1] - self.draws.planned} unplanned executions in one replication: "
                "repairs cause repairs without end; give a lower change failure rate"
            )
        return self.next_unplanned - 1


_HANDLERS: dict[type, Callable[[Replication, Any, Any], None]] = {
    e.ExecutionStarted: Replication._started,
    e.ExecutionEntered: Replication._entered,
    e.ExecutionSucceeded: Replication._succeeded,
    e.ExecutionSuperseded: Replication._superseded,
    e.ExecutionFailed: Replication._failed,
    e.ActionStarted: Replication._action_started,
    e.RuleStarted: Replication._rule_started,
    e.StageSucceeded: Replication._succeeded_in,
    e.StageSkipped: Replication._succeeded_in,
    e.StageRetried: Replication._retried,
}
