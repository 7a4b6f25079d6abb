"""A Run's clock: what falls due on it, and letting time pass. Nothing sleeps."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import ActionRow, RuleRow, action_of, rule_of
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import DISABLED, State
from cp_teach.engine.queries.blocked_reason import Why
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve, resolve_rule
from cp_teach.engine.run.listeners import News
from cp_teach.engine.run.result import Change, Happened
from cp_teach.engine.run.worker import Due, Worker
from cp_teach.pipeline.timeouts import time_limit

EXPIRES = 30 * 86400.0
"""Seconds after which a disabled transition resumes nothing any more (user guide: "Disable a transition")."""


class Clock(ABC):
    """What ``Run`` offers to let time pass."""

    id: str
    journal: Journal
    worker: Worker
    read_only: str
    _lock: Any
    _news: News
    _now: float

    @property
    @abstractmethod
    def state(self) -> State:
        """The state now."""

    @property
    @abstractmethod
    def history(self) -> History:
        """What the journal tells."""

    @abstractmethod
    def why(self) -> Why:
        """Why nothing moves."""

    @abstractmethod
    def _do(self, command: c.Command) -> Happened:
        """Do it, inside the lock."""

    # -- what falls due ----------------------------------------------------------------------------
    def next_due(self) -> Due | None:
        """What the worker will do next, and when; None when everything waits for a person."""
        with self._lock:
            if self.state.deleted or self.read_only:
                return None
            history = self.history
            found = []
            for row in history.running.values():
                due = self._failing(row) or self.worker.due(row, action_of(history.executions, row))
                if due is not None:  # of two at the same time, the one that began first ends first
                    at = history.executions[row.execution].pipeline[row.stage].position[row.action]
                    found.append((due.at, row.position, at, due))
            for rule in history.judging.values():
                judged = self._judged(rule)
                if judged is not None:
                    found.append((judged.at, rule.position, 0, judged))
            return min(found, key=lambda each: each[:3])[-1] if found else None

    def next_deadline(self) -> Due | None:
        """Which time limit runs out next: that of an action, of a rule, or the 30 days of a disabled transition."""
        with self._lock:
            if self.state.deleted or self.read_only:
                return None
            return min(self._deadlines(), key=lambda due: due.at, default=None)

    def _deadlines(self) -> Iterator[Due]:
        history = self.history
        for row in history.running.values():
            limit = 60 * time_limit(action_of(history.executions, row))
            yield Due(row.started + limit, c.TimeOut(row.execution, row.stage, row.action))
        for rule in history.judging.values():
            limit = 60 * time_limit(rule_of(history.executions, rule))
            words = "The rule timed out."
            yield Due(rule.started + limit, c.FinishRule(rule.execution, rule.stage, rule.rule, False, words))
        for stage, since in history.closed.items():
            index = self.state.pipeline.position.get(stage)
            if index is not None and self.state.stages[index].door == DISABLED:
                yield Due(since + EXPIRES, c.ExpireTransition(stage))

    def _failing(self, row: ActionRow) -> Due | None:
        """An action whose variables have no value fails before anybody works on it."""
        if not action_of(self.history.executions, row).references:
            return None
        try:
            resolve(self.history, row, self.id)
        except Unresolved as missing:
            target = (row.execution, row.stage, row.action)
            return Due(row.started, c.FinishAction(*target, "ConfigurationError", str(missing)))
        return None

    def _judged(self, row: RuleRow) -> Due | None:
        try:
            settings = resolve_rule(self.history, row, self.id)
        except Unresolved as missing:
            return Due(row.started, c.FinishRule(row.execution, row.stage, row.rule, False, str(missing)))
        return self.worker.judge(row, rule_of(self.history.executions, row), settings)

    def _unresolved(self) -> Iterator[c.Command]:
        """What fails at once, because a variable has no value; one after the other, as each may start others."""
        while True:
            history = self.history
            failing = (self._failing(row) for row in history.running.values())
            due = next((due for due in failing if due is not None), None)
            if due is None:
                return
            yield due.command

    def resolved(self, stage: str, action: str) -> dict[str, str]:
        """The configuration of the newest run of that action with its variables filled in.

        Raises ``LookupError`` when it has not run, or refers to a variable that has no value.
        """
        with self._lock:
            row = self.history.latest.get((stage, action))
            if row is None:
                raise LookupError(f"{action} in {stage} has not run yet")
            return resolve(self.history, row, self.id)

    # -- letting time pass -------------------------------------------------------------------------
    def _next(self, person: bool) -> Due | None:
        """What happens next of itself. While everything waits for a person, deadlines do not hurry it along, unless
        time itself is asked to pass (``person`` is False)."""
        due, deadline = self.next_due(), self.next_deadline()
        if due is None:
            return None if person else deadline
        return deadline if deadline is not None and deadline.at < due.at else due

    def step(self) -> Happened:
        """Go on to the next thing that the worker does, and let it happen."""
        with self._lock:
            due = self._next(person=True)
            if due is None:
                return Happened((), f"Nothing ends of itself now. {self.why()}")
            self._now = max(self._now, due.at)
            happened = self._do(due.command)
        self._news.tell()
        return happened

    def settle(self, limit: int = 10_000) -> Happened:
        """Step until nothing more happens of itself. Raises ``RuntimeError`` after ``limit`` steps."""
        events: list[Event] = []
        for _ in range(limit + 1):  # the last one only finds that nothing is left
            happened = self.step()
            if not happened:
                return Happened(events, happened.note)
            events += happened
        raise RuntimeError(
            f"{self.state.pipeline.name} had not come to rest after {limit} steps; raise the limit"
        )

    def advance(
        self,
        *,
        seconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
        days: float = 0,
    ) -> Happened:
        """Let time pass on the run's clock; whatever falls due in it happens, time limits too. Nothing sleeps."""
        span = seconds + 60 * minutes + 3600 * hours + 86400 * days
        if not (span >= 0 and math.isfinite(span)):
            raise ValueError(
                f"time goes on by a number of seconds from 0 on, not by {span}; undo() and jump() go back"
            )
        target = self._now + span
        events: list[Event] = []
        while True:
            with self._lock:
                due = self._next(person=False)
                if due is None or due.at > target:
                    self._now = max(self._now, target)
                    self._news.add(Change("clock"))
                    break
                self._now = max(self._now, due.at)
                events += self._do(due.command)
            self._news.tell()
        self._news.tell()
        return Happened(events, "Time has passed; nothing happened.")
