"""The scheduler of a run: its clock, what falls due on it, and the time limits. Nothing sleeps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from cp_teach.engine.history.records import ActionRow, RuleRow, action_of, rule_of
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import DISABLED
from cp_teach.engine.queries.simulated_variables import simulated_variables
from cp_teach.engine.queries.variable_resolution import Unresolved, resolve, resolve_rule
from cp_teach.engine.run.protocols import Worked
from cp_teach.engine.run.result import CommandResult
from cp_teach.engine.run.worker import Due, Simulating
from cp_teach.pipeline.timeouts import time_limit

EXPIRES = 30 * 86400.0
"""Seconds after which a disabled transition expires (user guide: "Disable a transition")."""


class Scheduler:
    """The clock of ``run``, and the commands that fall due on it. ``perform`` carries them out.

    The run holds its lock while it calls a method.
    """

    def __init__(self, run: Worked, perform: Callable[[c.Command], CommandResult]) -> None:
        self._run, self._perform = run, perform
        self.now = 0.0
        """Seconds since the run began."""

    # -- what falls due ----------------------------------------------------------------------------
    def next_due(self) -> Due | None:
        """What the worker does next, and when; None if everything waits for a person."""
        run = self._run
        if run.state.deleted or run.read_only:
            return None
        history = run.history
        due: list[
            tuple[float, int, int, Due]
        ] = []  # of two at the same time, the one that began first ends first
        for row in history.running.values():
            end = self._failing(row) or run.worker.due(row, action_of(history.executions, row))
            if end is not None:
                index = history.executions[row.execution].pipeline[row.stage].action_indices[row.action]
                due.append((end.at, row.position, index, end))
        for rule in history.running_rules.values():
            end = self._rule_due(rule)
            if end is not None:
                due.append((end.at, rule.position, 0, end))
        return min(due, key=lambda item: item[:3])[-1] if due else None

    def next_deadline(self) -> Due | None:
        """Which time limit runs out next: of an action, of a rule, or the 30 days of a disabled transition."""
        if self._run.state.deleted or self._run.read_only:
            return None
        return min(self._deadlines(), key=lambda due: due.at, default=None)

    def _deadlines(self) -> Iterator[Due]:
        state, history = self._run.state, self._run.history
        for row in history.running.values():
            limit = 60 * time_limit(action_of(history.executions, row))
            yield Due(row.started + limit, c.TimeOut(row.execution, row.stage, row.action))
        for rule in history.running_rules.values():
            limit = 60 * time_limit(rule_of(history.executions, rule))
            timed_out = c.FinishRule(rule.execution, rule.stage, rule.rule, False, "The rule timed out.")
            yield Due(rule.started + limit, timed_out)
        for stage, since in history.disabled_since.items():
            index = state.pipeline.stage_indices.get(stage)
            if index is not None and state.stages[index].transition == DISABLED:
                yield Due(since + EXPIRES, c.ExpireTransition(stage))

    def _failing(self, row: ActionRow) -> Due | None:
        """The end of an action with a variable that has no value: it fails before its worker starts."""
        if not action_of(self._run.history.executions, row).references:
            return None
        try:
            resolve(self._run.history, row, self._run.id)
        except Unresolved as missing:
            target = (row.execution, row.stage, row.action)
            return Due(row.started, c.FinishAction(*target, "ConfigurationError", str(missing)))
        return None

    def _rule_due(self, row: RuleRow) -> Due | None:
        history = self._run.history
        try:
            settings = resolve_rule(history, row, self._run.id)
        except Unresolved as missing:
            return Due(row.started, c.FinishRule(row.execution, row.stage, row.rule, False, str(missing)))
        return self._run.worker.rule_due(row, rule_of(history.executions, row), settings)

    def with_variables(self, command: c.FinishAction) -> c.FinishAction:
        """The same command with the output variables of an action that succeeds without being carried out."""
        history, worker = self._run.history, self._run.worker
        row = history.running.get((command.execution, command.stage, command.action))
        if row is None or command.failure or not isinstance(worker, Simulating):
            return command
        if not worker.simulates(row, action_of(history.executions, row)):
            return command
        values, made_up = simulated_variables(
            history.executions[row.execution], row, self._run.id, command.variables, command.external_id
        )
        if not values:
            return command
        names = ", ".join(made_up)
        message = command.message or (f"Simulated, with made-up values: {names}." if names else "")
        return command._replace(message=message, variables=tuple(values.items()))

    def unresolved(self) -> Iterator[c.Command]:
        """The commands that fail actions with a variable that has no value; carry out each before the next."""
        while True:
            failing = (self._failing(row) for row in self._run.history.running.values())
            due = next((due for due in failing if due is not None), None)
            if due is None:
                return
            yield due.command

    def resolved(self, stage: str, action: str) -> dict[str, str]:
        """The configuration of the newest run of that action with its variables filled in.

        Raises ``LookupError`` if it has not run, or refers to a variable that has no value.
        """
        row = self._run.history.latest.get((stage, action))
        if row is None:
            raise LookupError(f"{action} in {stage} has not run yet")
        return resolve(self._run.history, row, self._run.id)

    # -- letting time pass -------------------------------------------------------------------------
    def step(self) -> CommandResult | None:
        """Move the clock on to what the worker does next, and do it; None if everything waits for a person.

        A deadline that comes first is met first, but no deadline is awaited while everything waits for a person.
        """
        due = self.next_due()
        return None if due is None else self._reach(self._earlier(due))

    def step_until(self, time: float) -> CommandResult | None:
        """The same for what falls due by ``time``, deadlines included; None, with the clock at ``time``, if nothing
        does."""
        due = self._earlier(self.next_due())
        if due is None or due.at > time:
            self.now = max(self.now, time)
            return None
        return self._reach(due)

    def _earlier(self, due: Due | None) -> Due | None:
        deadline = self.next_deadline()
        return deadline if due is None or (deadline is not None and deadline.at < due.at) else due

    def _reach(self, due: Due | None) -> CommandResult | None:
        if due is None:
            return None
        self.now = max(self.now, due.at)
        return self._perform(due.command)


def span_of(seconds: float, minutes: float, hours: float, days: float) -> float:
    """The sum in seconds. Raises ``ValueError`` if it is negative or not finite."""
    span = seconds + 60 * minutes + 3600 * hours + 86400 * days
    if not (span >= 0 and math.isfinite(span)):
        raise ValueError(
            f"advance() takes a finite number of seconds, 0 or more; got {span}. To go back, use undo() or jump()."
        )
    return span
