"""The reference: the engine itself on a virtual clock. What the fast loops tell has to be what it tells.

Nothing is decided here: ``step`` decides. This file only knows when things happen: when a revision arrives, a worker
or a reviewer is done, a transition is closed for the week end, somebody comes to retry. Of what happens at the same
moment, transitions are first, then what ends, the last stages before the first ones, then arrivals, then retries.
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
    beginning,
    step,
)
from cp_teach.engine.model import events as e
from cp_teach.engine.rules.step import allowed
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.inputs.weekly_hours import Hours
from cp_teach.flow.simulation.outcome import FAILED, NOBODY, REFUSED, SUCCEEDED, SUPERSEDED, Outcome
from cp_teach.flow.simulation.random_draws import Draws

DOOR, END, ARRIVAL, RETRY = range(4)
"""What comes first at the same moment."""
RULE = 0.1
"""Minutes until a rule of a stage condition is judged: it is always met."""
NAN, NEVER = float("nan"), float("inf")


def reference(model: Model, draws: Draws) -> Outcome:
    """What becomes of all revisions of a block, told by the engine."""
    told = Outcome.empty(draws.releases.times.copy(), len(model.stages))
    if model.unplanned:
        told = replace(told, column=np.zeros(draws.shape, dtype=np.int64))
    for row in range(draws.shape[0]):
        one = Replication(model, draws, row)
        one.run()
        one.tell(told)
    return told


class Replication:
    """One replication: a pipeline from its first revision until the last one has ended."""

    def __init__(self, model: Model, draws: Draws, row: int) -> None:
        self.model, self.draws, self.row = model, draws, row
        self.hours, self.locks = model.policy.hours, model.pipeline.locks
        self.durations = [[one[:, row].tolist() for one in stage] for stage in draws.durations]
        self.fails = [[one[:, row].tolist() for one in stage] for stage in draws.fails]
        self.reactions = [one[:, row].tolist() for one in draws.reactions]
        self.position = {name: k for k, name in enumerate(model.names)}
        n, stages = draws.shape[1], len(model.stages)
        self.arrived: list[float] = draws.releases.times[row].tolist()
        self.status, self.stage, self.ended = [NOBODY] * n, [-1] * n, [NAN] * n
        self.began, self.left, self.held = ([[NAN] * n for _ in range(stages)] for _ in range(3))
        self.state: State = beginning(model.pipeline)
        self.now = 0.0
        self.count = 0  # of all that was planned: what was planned first comes first
        self.waited_for = 0  # of what is planned, all but the doors of the calendar
        self.agenda: list[tuple[float, int, int, int, Any]] = []
        self.spare = draws.planned  # the first column for executions that nobody has planned
        self.column: dict[
            int, int
        ] = {}  # execution -> its column; whoever arrives next, for one that is not yet there
        self.attempt: dict[int, int] = {}  # execution -> how often its stage has run again
        self.by_hand: dict[int, int] = {}  # execution -> how often a person did that
        self.since: dict[int, float] = {}  # execution -> when it began to hold its stage
        self.rollbacks: set[int] = set()

    def run(self) -> None:
        """Let everything happen, in its order."""
        for i, t in enumerate(self.arrived):
            if t < NEVER:
                self._plan(t, ARRIVAL, 0, i)
        for name, shut in self.model.policy.closed.items():
            self._plan(shut.opens(0.0), DOOR, 0, DisableTransition(name, "Closed by the calendar."))
        while self.waited_for or any(x.status == "InProgress" for x in self.state.executions):
            self.now, kind, _, _, what = heapq.heappop(self.agenda)
            self.waited_for -= kind != DOOR
            if kind == ARRIVAL:
                self.column[self.state.last + 1] = what
                what = StartExecution((), "CloudWatchEvent")
            if kind == RETRY:
                try:
                    self.state, events = step(self.state, what)
                except Refused:
                    continue  # too late: somebody newer has entered
            else:  # what runs may end, and arrivals and doors are always taken: no judge is needed
                self.state, events = allowed(self.state, what)
            if kind == DOOR:
                self._next_door(what.stage, self.model.policy.closed[what.stage])
            for i, event in enumerate(events):
                heard = _HEARD.get(type(event))
                if heard is not None:
                    heard(self, event, events[i + 1] if i + 1 < len(events) else None)

    def tell(self, told: Outcome) -> None:
        """Write down what became of the revisions, in the order of their arrival."""
        order = np.argsort(self.arrived, kind="stable")
        row = self.row
        if told.column is not None:
            told.column[row] = order
        told.arrived[row] = np.array(self.arrived)[order]
        told.status[row], told.stage[row] = np.array(self.status)[order], np.array(self.stage)[order]
        told.ended[row] = np.array(self.ended)[order]
        for name in ("began", "left", "held"):
            getattr(told, name)[:, row] = np.array(getattr(self, name))[:, order]

    # -- when things happen ------------------------------------------------------------------------
    def _plan(self, t: float, kind: int, order: int, what: Any) -> None:
        self.count += 1
        self.waited_for += kind != DOOR
        heapq.heappush(self.agenda, (t, kind, order, self.count, what))

    def _next_door(self, stage: str, shut: Hours) -> None:
        """When a transition that was just closed is opened again, or the other way round."""
        if self.state.stages[self.position[stage]].door == "enabled":
            self._plan(shut.opens(self.now), DOOR, 0, DisableTransition(stage, "Closed by the calendar."))
        else:
            self._plan((~shut).opens(self.now), DOOR, 0, EnableTransition(stage))

    def _action_started(self, event: e.ActionStarted, _: Any) -> None:
        """Its end is known, and whether it ends well."""
        number, stage, action = event
        k = self.position[stage]
        a = self.model.pipeline.stages[k].position[action]
        work, attempt, i = self.model.stages[k][a], self.attempt[number], self.column[number]
        lasts, wrong = self.durations[k][a][attempt][i], self.fails[k][a][attempt][i]
        approval = work.action.is_approval
        until = self.hours.after(self.now, lasts) if approval and not self.hours.always else self.now + lasts
        if until > self.now + work.limit:
            self._plan(self.now + work.limit, END, -k, TimeOut(number, stage, action))
        elif approval:
            said = "Rejected" if wrong else "Approved"
            self._plan(until, END, -k, PutApprovalResult(number, stage, action, said))
        else:
            self._plan(until, END, -k, FinishAction(number, stage, action, "JobFailed" if wrong else ""))

    def _rule_started(self, event: e.RuleStarted, _: Any) -> None:
        self._plan(
            self.now + RULE,
            END,
            -self.position[event.stage],
            FinishRule(event.execution, event.stage, event.rule, True),
        )

    # -- what is told ------------------------------------------------------------------------------
    def _started(self, event: e.ExecutionStarted, _: Any) -> None:
        if event.execution not in self.column:  # a rollback: it has luck of its own, but it is no revision
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
            return  # of itself, at the same moment: it has never left
        if not event.stage:  # over the limit of executions: it fails before it has entered anything
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
            # No rule reads it any more, and nobody's entry makes the engine forget it in this mode.
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
        """The next column for an execution that nobody has planned."""
        self.spare += 1
        if self.spare > self.draws.shape[1]:
            raise ValueError(
                f"more than {self.draws.shape[1] - self.draws.planned} executions came of others in one replication: "
                "the change failure rate is so high that repairs bring forth repairs without end"
            )
        return self.spare - 1


_HEARD: dict[type, Callable[[Replication, Any, Any], None]] = {
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
