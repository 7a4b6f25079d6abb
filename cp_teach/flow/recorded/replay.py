"""The past played again by the engine, command by command, at the times of the record.

The lists of AWS tell what began and ended. Who stopped, retried, disabled or enabled is inferred: before each command
the engine is asked what it would do, and where the record says that something happened later or never, a transition was
disabled, or the execution was stopped. What cannot be inferred is noted, with its entry, and left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from cp_teach.engine.model import commands as c
from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import ALL_ACTIONS, FAILED_ACTIONS
from cp_teach.engine.model.state import ABANDONED, FAILED, IN_PROGRESS, OPEN, STOPPED
from cp_teach.engine.rules.errors import Refused
from cp_teach.engine.rules.step import step
from cp_teach.engine.run.action_result import ending
from cp_teach.engine.run.run import Run
from cp_teach.flow.recorded.divergence import GRAIN, surprise
from cp_teach.flow.recorded.export_entry import ENDED, ActionEntry, ExecutionEntry
from cp_teach.flow.recorded.timeline import Began, Ended, Fact, Halted, Ran, Record
from cp_teach.pipeline import Pipeline

CLOSED = "Inferred from the record."


@dataclass
class Replay:
    """The past as a ``run`` to walk through, and what it could not follow: ``notes``, one sentence each."""

    run: Run
    began: float
    """The epoch second at which its clock stands at 0."""
    numbers: dict[str, int]
    """Pipeline execution id -> number of the execution in the run."""
    notes: list[str] = field(default_factory=list)


def replay(
    pipeline: Pipeline, actions: Iterable[ActionEntry], executions: Iterable[ExecutionEntry], slack: float
) -> Replay:
    """Play a record on ``pipeline``; ``slack`` is how many seconds the service takes from one action to the next."""
    return _Player(_plain(pipeline), Record(actions, executions), slack).play()


def _plain(pipeline: Pipeline) -> Pipeline:
    """Without stage conditions: their rules are in another list, and what came of them is in this one."""
    stages = tuple(
        dataclasses.replace(stage, before_entry=None, on_success=None, on_failure=None)
        for stage in pipeline.stages
    )
    return dataclasses.replace(pipeline, stages=stages) if stages != pipeline.stages else pipeline


class _Player:
    def __init__(self, pipeline: Pipeline, record: Record, slack: float) -> None:
        self.run = Run(pipeline)
        self.record, self.slack = record, slack
        self.facts = list(record.facts())
        self.began = self.facts[0].at if self.facts else 0.0
        self.numbers: dict[str, int] = {}
        self.ids: dict[int, str] = {}
        self.left_out: set[str] = set()
        self.beginning = ""  # the id of the execution that is about to begin
        self.notes: list[str] = []

    def play(self) -> Replay:
        waiting: list[tuple[float, Fact]] = []  # what was not possible yet, and until when it may become so
        for at, group in groupby(self.facts, key=lambda fact: round((fact.at - self.began) / GRAIN)):
            now = at * GRAIN
            self._give_up([one for one in waiting if one[0] < now])
            late = [one for one in waiting if one[0] >= now]
            fresh = [(now + self.slack, fact) for fact in group]
            self.run.resume(max(self.run.now, now), self.run.journal.forks, self.run.children)
            waiting = self._instant(late + fresh)
        self._give_up(waiting)
        return Replay(self.run, self.began, self.numbers, self.notes)

    # -- one moment --------------------------------------------------------------------------------
    def _instant(self, pending: list[tuple[float, Fact]]) -> list[tuple[float, Fact]]:
        """Do what the record tells of one moment, in an order that leads to what it tells of later ones."""
        while pending:
            for believe in (False, True):
                done = next((one for one in pending if self._try(one[1], believe)), None)
                if done is not None:
                    pending.remove(done)
                    break
            else:
                return pending
        return []

    def _try(self, fact: Fact, believe: bool) -> bool:
        """Do it if it can be done; without ``believe`` only if nothing follows of which the record knows otherwise."""
        if self._known(fact):
            return True
        if isinstance(fact, Began):
            self.beginning = fact.execution.id
        commands = list(self._commands(fact))
        if not commands:
            return False
        for command in commands:
            events = self._would(command)
            if events is None or (self._surprises(events) and not believe):
                return False
            if self._surprises(events):
                self._prepare(command, events)
            happened = list(self.run.do(command)) if self._would(command) is not None else []
            if isinstance(fact, Began) and happened:
                self.numbers[fact.execution.id] = self.run.state.last
                self.ids[self.run.state.last] = fact.execution.id
            for odd in self._surprises(happened):
                self._note(fact, odd)
        return True

    def _would(self, command: c.Command) -> list[e.Event] | None:
        try:
            return step(self.run.state, command)[1]
        except Refused:
            return None

    def _known(self, fact: Fact) -> bool:
        """True where there is nothing to do."""
        execution = fact.execution.id if isinstance(fact, Began | Halted) else fact.entry.execution
        if execution in self.left_out:
            return True
        if isinstance(fact, Began) and (why := self._unplayable(fact.execution)):
            self.left_out.add(execution)
            self._note(fact, why)
            return True
        number = self.numbers.get(execution)
        if number is None:
            return False
        history = self.run.history
        if isinstance(fact, Ran):
            attempt = self.record.attempt(fact.entry)
            row = history.newest.get((number, fact.entry.stage, fact.entry.action))
            return row is not None and row.attempt >= attempt
        if isinstance(fact, Halted):
            return history.executions[number].ended is not None
        if isinstance(fact, Ended) and fact.entry.status == "Abandoned":
            key = (number, fact.entry.stage, fact.entry.action)
            return key in history.newest and history.newest[key].status == ABANDONED
        return False

    def _unplayable(self, execution: ExecutionEntry) -> str:
        rows = self.record.rows[execution.id]
        pipeline = self.run.pipeline
        for row in rows:
            if row.stage not in pipeline.position or row.action not in pipeline[row.stage].position:
                return f"{pipeline.name} has no action {row.key}, so this execution is left out"
        if execution.target:
            if not rows:
                return "is a rollback of which no action is told, so it is left out"
            return "" if execution.target in self.numbers else "rolls back to an execution that is not there"
        if rows and rows[0].stage != pipeline.stages[0].name:
            return f"is told from {rows[0].stage} on: the export begins later. It is left out"
        if not rows and execution.status in ("Succeeded", "Failed"):
            return f"{execution.status}, but no action of it is told. It is left out"
        return ""

    # -- what a fact asks for ----------------------------------------------------------------------
    def _commands(self, fact: Fact) -> Iterator[c.Command]:
        if isinstance(fact, Began):
            yield from self._start(fact.execution)
            return
        if isinstance(fact, Halted):
            number = self.numbers.get(fact.execution.id)
            if number is not None:
                waits = fact.execution.status == "Stopping" or self._finishing(number)
                yield c.StopExecution(number, not waits, fact.execution.reason)
            return
        entry = fact.entry
        number = self.numbers.get(entry.execution)
        if number is None:
            return
        if isinstance(fact, Ran):
            yield from self._run(number, entry)
            return
        approval = self.run.pipeline[entry.stage][entry.action].is_approval
        command = ending(
            number, entry.stage, entry.action, entry.status, approval=approval, result=entry.result
        )
        if isinstance(command, c.StopExecution):
            command = command._replace(reason=self.record.executions[entry.execution].reason)
        if isinstance(command, c.FinishAction) and self.run.pipeline[entry.stage][entry.action].namespace:
            given = entry.output.get("outputVariables")
            told = given.items() if isinstance(given, dict) else ()
            command = command._replace(variables=tuple((str(key), str(value)) for key, value in told))
        yield command

    def _finishing(self, number: int) -> bool:
        """True while an action of it runs that will end by itself: who stopped it waited for that."""
        running = [row for key, row in self.run.history.running.items() if key[0] == number]
        told = [self.record.run(self.ids[number], row.stage, row.action, row.attempt) for row in running]
        return any(one is not None and one.status in ENDED for one in told)

    def _start(self, execution: ExecutionEntry) -> Iterator[c.Command]:
        if execution.target:
            stage = self.record.rows[execution.id][0].stage
            yield c.RollbackStage(stage, self.numbers[execution.target])
            return
        known = {source.name for source in self.run.pipeline.sources}
        revisions = {one[0]: c.Revision(*one) for one in execution.revisions if one[0] in known}
        yield c.StartExecution(tuple(revisions.values()), execution.trigger)

    def _run(self, number: int, entry: ActionEntry) -> Iterator[c.Command]:
        """An action began that does not run here: somebody enabled a transition, or retried the stage."""
        state = self.run.state
        x = state.execution(number)
        if x is None or state.stage_of(x).name != entry.stage:
            return
        if not x.actions:
            if state.stages[x.stage].door not in OPEN:
                yield c.EnableTransition(entry.stage)
            return
        status = x.actions[state.stage_of(x).position[entry.action]]
        if x.status in (FAILED, STOPPED) or (x.status == IN_PROGRESS and status in (FAILED, ABANDONED)):
            mode = ALL_ACTIONS if self.record.anew(entry, self.slack) else FAILED_ACTIONS
            yield c.RetryStage(number, entry.stage, mode)

    # -- what the record says of it ----------------------------------------------------------------
    def _surprises(self, events: Iterable[e.Event]) -> list[str]:
        """What would follow now, of which the record says that it came later or never."""
        return [said for event in events if (said := self._surprise(event))]

    def _surprise(self, event: e.Event) -> str:
        number = getattr(event, "execution", 0)
        identifier = self.ids.get(number, self.beginning)  # that begins with this very command
        now = self.run.now + self.began
        return surprise(event, self.run.history, self.record, identifier, now, self.slack)

    def _prepare(self, command: c.Command, events: Iterable[e.Event]) -> None:
        """Do first what must have been done before, so that what the record does not know does not follow."""
        entered = {event.stage for event in events if isinstance(event, e.ExecutionEntered)}
        for event in events:
            if not self._surprise(event) or isinstance(event, e.ExecutionSuperseded):
                continue
            if isinstance(event, e.ActionStarted) and event.stage in entered:
                before: c.Command = c.DisableTransition(event.stage, CLOSED)
            else:  # the execution stayed where it was
                before = c.StopExecution(event.execution, False)  # type: ignore[union-attr]  # a surprise is of one
            if self._would(before) is not None:
                self.run.do(before)

    # -- what cannot be followed -------------------------------------------------------------------
    def _give_up(self, facts: Iterable[tuple[float, Fact]]) -> None:
        for _, fact in facts:
            if not self._known(fact):
                self._note(fact, self._why(fact))

    def _why(self, fact: Fact) -> str:
        for command in self._commands(fact):
            try:
                step(self.run.state, command)
            except Refused as refused:
                return f"cannot be followed: {refused}"
        what = "began" if isinstance(fact, Ran) else "ended"
        return f"cannot be followed: nothing here lets it be {what} then"

    def _note(self, fact: Fact, words: str) -> None:
        if isinstance(fact, Began | Halted):
            one = fact.execution
            where = f"execution entry {one.number}" if one.number else "the execution"
            self.notes.append(f"{where} ({one.id[:8]}): {words}")
        else:
            entry = fact.entry
            self.notes.append(
                f"action entry {entry.number} ({entry.key}, execution {entry.execution[:8]}): {words}"
            )
