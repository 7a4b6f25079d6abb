"""Replays a recorded history on the engine, command by command, at the recorded times.

AWS's lists contain starts and ends. Stops, retries, and changes of transitions are inferred: before each command, the
engine says what would follow; where the record says that this happened later or never, a transition was disabled or the
execution was stopped. What cannot be inferred is left out, with a note that names the entry.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from cp_teach.engine.history.projections import History
from cp_teach.engine.model import commands as c
from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import ALL_ACTIONS, FAILED_ACTIONS
from cp_teach.engine.model.state import (
    ABANDONED,
    FAILED,
    IN_PROGRESS,
    SHOWN_AS_ENABLED,
    STOPPED,
    SUCCEEDED,
    SUPERSEDED,
)
from cp_teach.engine.rules.errors import Refused
from cp_teach.engine.rules.step import step
from cp_teach.engine.run.action_result import command_for_result
from cp_teach.engine.run.run import Run
from cp_teach.flow.recorded.export_entry import ENDED, ActionEntry, ExecutionEntry
from cp_teach.flow.recorded.timeline import ACTION_START, EXECUTION_START, EXECUTION_STOP, Fact, Record
from cp_teach.pipeline import Pipeline

PRECISION = 0.001
"""Seconds within which two recorded times are equal: AWS returns milliseconds."""

_FINAL_STATUS: dict[type, str] = {
    e.ExecutionSuperseded: SUPERSEDED,
    e.ExecutionSucceeded: SUCCEEDED,
    e.ExecutionFailed: FAILED,
}
"""The event that ends an execution -> its status from then on, unless it is retried."""
REASON = "Inferred from the record."


@dataclass
class Replay:
    """The history as a ``run``, and a sentence in ``notes`` for each fact that could not be replayed."""

    run: Run
    began: float
    """The epoch second of time 0 of its clock."""
    numbers: dict[str, int]
    """Pipeline execution id -> number of the execution in the run."""
    notes: list[str] = field(default_factory=list)

    def compare_statuses(self, executions: Sequence[ExecutionEntry]) -> list[str]:
        """Return a sentence for each execution that ended differently in the record."""
        differences = []
        for entry in executions:
            number = self.numbers.get(entry.id)
            if number is not None and entry.status:
                status = self.run.history.executions[number].status
                if status != entry.status:
                    differences.append(
                        f"execution entry {entry.number} ({entry.id[:8]}): {entry.status} in the record, but "
                        f"{status} in the replay, as execution {number}"
                    )
        return differences


def replay(
    pipeline: Pipeline, actions: Iterable[ActionEntry], executions: Iterable[ExecutionEntry], slack: float
) -> Replay:
    """Replay a record on ``pipeline``; ``slack`` is the time in seconds that the service takes between two actions."""
    return _Player(_remove_conditions(pipeline), Record(actions, executions), slack).play()


def _remove_conditions(pipeline: Pipeline) -> Pipeline:
    """Remove the stage conditions: their rules are in another list, and their effects are in this one. Transitions
    that a template disables are enabled, because the record shows what has passed them."""
    stages = tuple(
        dataclasses.replace(stage, before_entry=None, on_success=None, on_failure=None)
        for stage in pipeline.stages
    )
    if stages == pipeline.stages and not pipeline.disabled_transitions:
        return pipeline
    return dataclasses.replace(pipeline, stages=stages, disabled_transitions=())


class _Player:
    def __init__(self, pipeline: Pipeline, record: Record, slack: float) -> None:
        self.run = Run(pipeline)
        self.record, self.slack = record, slack
        self.facts = record.facts()
        self.began = self.facts[0].at if self.facts else 0.0
        self.numbers: dict[str, int] = {}
        self.ids: dict[int, str] = {}
        self.left_out: set[str] = set()
        self.starting = ""  # the id of the execution that is about to start
        self.notes: list[str] = []

    def play(self) -> Replay:
        waiting: list[tuple[float, Fact]] = []  # (time limit, fact) of facts that are not possible yet
        for at, group in groupby(self.facts, key=lambda fact: round((fact.at - self.began) / PRECISION)):
            now = at * PRECISION
            self._give_up([item for item in waiting if item[0] < now])
            late = [item for item in waiting if item[0] >= now]
            fresh = [(now + self.slack, fact) for fact in group]
            self.run.resume(max(self.run.now, now), self.run.journal.forks, self.run.children)
            waiting = self._play_moment(late + fresh)
        self._give_up(waiting)
        return Replay(self.run, self.began, self.numbers, self.notes)

    def _play_moment(self, pending: list[tuple[float, Fact]]) -> list[tuple[float, Fact]]:
        """Play the facts of one moment in an order that agrees with later facts; return those not possible yet."""
        while pending:
            for force in (False, True):
                done = next((item for item in pending if self._try(item[1], force)), None)
                if done is not None:
                    pending.remove(done)
                    break
            else:
                return pending
        return []

    def _try(self, fact: Fact, force: bool) -> bool:
        """Play the fact if possible; without ``force`` only if nothing that follows contradicts the record."""
        if self._is_settled(fact):
            return True
        if fact.kind == EXECUTION_START:
            self.starting = fact.execution
        commands = list(self._commands(fact))
        if not commands:
            return False
        for command in commands:
            events = self._preview(command)
            if events is None or (self._contradictions(events) and not force):
                return False
            if self._contradictions(events):
                self._prevent(events)
            played = list(self.run.do(command)) if self._preview(command) is not None else []
            if fact.kind == EXECUTION_START and played:
                self.numbers[fact.execution] = self.run.state.newest
                self.ids[self.run.state.newest] = fact.execution
            for contradiction in self._contradictions(played):
                self._note(fact, contradiction)
        return True

    def _preview(self, command: c.Command) -> list[e.Event] | None:
        """Return the events that the command would cause; None if it is refused."""
        try:
            return step(self.run.state, command)[1]
        except Refused:
            return None

    def _is_settled(self, fact: Fact) -> bool:
        """Return True if there is nothing to do for the fact."""
        entry, execution = fact.entry, fact.execution
        if execution in self.left_out:
            return True
        if fact.kind == EXECUTION_START and (
            obstacle := self._find_obstacle(self.record.executions[execution])
        ):
            self.left_out.add(execution)
            self._note(fact, obstacle)
            return True
        number = self.numbers.get(execution)
        if number is None:
            return False
        history = self.run.history
        if isinstance(entry, ExecutionEntry):
            return fact.kind == EXECUTION_STOP and history.executions[number].ended is not None
        row = history.newest.get((number, entry.stage, entry.action))
        if fact.kind == ACTION_START:
            return row is not None and row.attempt >= self.record.attempt(entry)
        return entry.status == "Abandoned" and row is not None and row.status == ABANDONED

    def _find_obstacle(self, execution: ExecutionEntry) -> str:
        """Return why the execution cannot be replayed; "" if it can."""
        rows = self.record.rows[execution.id]
        pipeline = self.run.pipeline
        for row in rows:
            if (
                row.stage not in pipeline.stage_indices
                or row.action not in pipeline[row.stage].action_indices
            ):
                return f"left out, because {pipeline.name} has no action {row.key}"
        if execution.target:
            if not rows:
                return "left out, because it is a rollback without a recorded action"
            return (
                "" if execution.target in self.numbers else "left out, because the target of its rollback is"
            )
        if rows and rows[0].stage != pipeline.stages[0].name:
            return f"left out, because its record begins at {rows[0].stage}: the export begins later"
        if not rows and execution.status in ("Succeeded", "Failed"):
            return f"left out, because it {execution.status.lower()} without a recorded action"
        return ""

    # -- commands ----------------------------------------------------------------------------------
    def _commands(self, fact: Fact) -> Iterator[c.Command]:
        entry, number = fact.entry, self.numbers.get(fact.execution)
        if fact.kind == EXECUTION_START:
            yield from self._start_commands(self.record.executions[fact.execution])
            return
        if number is None:
            return
        if isinstance(entry, ExecutionEntry):
            waits = entry.status == "Stopping" or self._finishes(number)
            yield c.StopExecution(number, not waits, entry.reason)
            return
        if fact.kind == ACTION_START:
            yield from self._action_commands(number, entry)
            return
        action = self.run.pipeline[entry.stage][entry.action]
        command = command_for_result(
            number, entry.stage, entry.action, entry.status, approval=action.is_approval, result=entry.result
        )
        if isinstance(command, c.StopExecution):
            command = command._replace(reason=self.record.executions[entry.execution].reason)
        if isinstance(command, c.FinishAction) and action.namespace:
            variables = entry.output.get("outputVariables")
            pairs = variables.items() if isinstance(variables, dict) else ()
            command = command._replace(variables=tuple((str(key), str(value)) for key, value in pairs))
        yield command

    def _finishes(self, number: int) -> bool:
        """Return True if a running action of the execution ends by itself, so that its stop waits for it."""
        running = [row for key, row in self.run.history.running.items() if key[0] == number]
        entries = [self.record.run(self.ids[number], row.stage, row.action, row.attempt) for row in running]
        return any(entry is not None and entry.status in ENDED for entry in entries)

    def _start_commands(self, execution: ExecutionEntry) -> Iterator[c.Command]:
        if execution.target:
            stage = self.record.rows[execution.id][0].stage
            yield c.RollbackStage(stage, self.numbers[execution.target])
            return
        sources = {source.name for source in self.run.pipeline.sources}
        revisions = {r[0]: c.Revision(*r) for r in execution.revisions if r[0] in sources}
        yield c.StartExecution(tuple(revisions.values()), execution.trigger)

    def _action_commands(self, number: int, entry: ActionEntry) -> Iterator[c.Command]:
        """Return what starts an action that is not in progress yet: an enabled transition, or a retry of the stage."""
        state = self.run.state
        execution = state.execution(number)
        if execution is None or state.stage_of(execution).name != entry.stage:
            return
        if not execution.actions:
            if state.stages[execution.stage].transition not in SHOWN_AS_ENABLED:
                yield c.EnableTransition(entry.stage)
            return
        status = execution.actions[state.stage_of(execution).action_indices[entry.action]]
        if execution.status in (FAILED, STOPPED) or (
            execution.status == IN_PROGRESS and status in (FAILED, ABANDONED)
        ):
            mode = ALL_ACTIONS if self.record.reruns_succeeded(entry, self.slack) else FAILED_ACTIONS
            yield c.RetryStage(number, entry.stage, mode)

    # -- comparison with the record ----------------------------------------------------------------
    def _contradictions(self, events: Iterable[e.Event]) -> list[str]:
        """Return a sentence for each event that happened later or never in the record."""
        return [sentence for event in events if (sentence := self._contradiction(event))]

    def _contradiction(self, event: e.Event) -> str:
        number = getattr(event, "execution", 0)
        identifier = self.ids.get(number, self.starting)  # an unknown one starts with this command
        now = self.run.now + self.began
        return _describe_divergence(event, self.run.history, self.record, identifier, now, self.slack)

    def _prevent(self, events: Iterable[e.Event]) -> None:
        """Disable transitions and stop executions, as must have happened, so that contradictions do not follow."""
        entered = {event.stage for event in events if isinstance(event, e.ExecutionEntered)}
        for event in events:
            if not self._contradiction(event) or isinstance(event, e.ExecutionSuperseded):
                continue
            if isinstance(event, e.ActionStarted) and event.stage in entered:
                command: c.Command = c.DisableTransition(event.stage, REASON)
            else:  # the execution stayed in its stage
                command = c.StopExecution(event.execution, False)  # type: ignore[union-attr]  # it contradicts
            if self._preview(command) is not None:
                self.run.do(command)

    # -- notes -------------------------------------------------------------------------------------
    def _give_up(self, facts: Iterable[tuple[float, Fact]]) -> None:
        for _, fact in facts:
            if not self._is_settled(fact):
                self._note(fact, self._explain(fact))

    def _explain(self, fact: Fact) -> str:
        for command in self._commands(fact):
            try:
                step(self.run.state, command)
            except Refused as error:
                return f"cannot be replayed: {error}"
        verb = "start" if fact.kind == ACTION_START else "end"
        return f"cannot be replayed: nothing in the replay lets it {verb} at that time"

    def _note(self, fact: Fact, text: str) -> None:
        entry, execution = fact.entry, fact.execution[:8]
        if isinstance(entry, ExecutionEntry):
            subject = f"execution entry {entry.number}" if entry.number else "the execution"
            self.notes.append(f"{subject} ({execution}): {text}")
        else:
            self.notes.append(f"action entry {entry.number} ({entry.key}, execution {execution}): {text}")


def _describe_divergence(
    event: e.Event, history: History, record: Record, identifier: str, now: float, slack: float
) -> str:
    """Describe how the event, at ``now`` (epoch seconds), contradicts the record; "" if it does not.

    ``identifier`` is the id of its execution. In the record an action may begin up to ``slack`` seconds later.
    """
    rows = record.rows[identifier]
    later = [row for row in rows if row.started > now + PRECISION]
    if isinstance(event, e.ActionStarted):
        newest = history.newest.get((event.execution, event.stage, event.action))
        attempt = 1
        if newest is not None:  # the event may have happened already; then it is that run
            attempt = newest.attempt + (newest.status != IN_PROGRESS)
        row = record.run(identifier, event.stage, event.action, attempt)
        if row is None:
            return f"{event} The record has no such run."
        if row.started > now + slack + PRECISION:
            return f"{event} In the record that is {row.started - now:.0f} s later."
    if isinstance(event, e.StageSucceeded) and any(row.stage == event.stage for row in later):
        return f"{event} In the record the stage was retried."
    end = _FINAL_STATUS.get(type(event))
    if end is not None:
        status = record.executions[identifier].status
        if (later and end == SUPERSEDED) or (not later and status not in ("", end)):
            return f"{event} In the record it is {status or 'in progress'}."
    return ""
