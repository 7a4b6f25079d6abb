"""``Run``: a pipeline with its journal, clock, worker, and listeners; the only mutable object of the engine.

Every change goes through ``do``, which holds one lock. Listeners are notified afterwards, in journal order, so that two
views of one run always show the same.
"""

from __future__ import annotations

import html
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.history.records import DeployedRevision
from cp_teach.engine.model.commands import Command, FinishAction, Pairs
from cp_teach.engine.model.events import ActionStarted, Event, RuleStarted
from cp_teach.engine.model.failure_plan import Heal, Inject, Plan
from cp_teach.engine.model.state import SUGGESTED, Readings, State, structure_error
from cp_teach.engine.queries import dataframes
from cp_teach.engine.queries.blocked_reason import Why, why
from cp_teach.engine.queries.legal_commands import legal
from cp_teach.engine.rules.errors import Refused, invalid, no_stage
from cp_teach.engine.rules.step import step
from cp_teach.engine.rules.validation import plan_refusal
from cp_teach.engine.run import protocols, run_file
from cp_teach.engine.run.command_methods import CommandMethods
from cp_teach.engine.run.listeners import Listener, ListenerQueue
from cp_teach.engine.run.result import Change, CommandResult
from cp_teach.engine.run.scheduler import Scheduler, span_of
from cp_teach.engine.run.time_travel import TimeTravel
from cp_teach.engine.run.worker import ByHand, Due, Worker
from cp_teach.pipeline import Pipeline
from cp_teach.translation import message

if TYPE_CHECKING:  # pandas is heavy: it is imported where it is used
    import pandas


class Run(CommandMethods, TimeTravel):
    """A pipeline that you drive: release changes, answer approvals, disable transitions, and step back.

    ``worker`` decides when actions end; the default, ``ByHand()``, leaves it to you. ``seed`` fixes all random choices,
    so a run can be repeated. ``readings`` chooses between interpretations where AWS's sources contradict each other.
    Times are seconds on the run's own clock, which starts at 0.

    Raises ``ValueError`` for invalid readings, and ``Refused`` for a pipeline without stages or actions, or with two
    of the same name.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        worker: Worker | None = None,
        *,
        seed: int = 0,
        readings: Readings = SUGGESTED,
    ) -> None:
        if error := readings.problem():
            raise ValueError(error)
        if error := structure_error(pipeline):
            raise Refused("InvalidStructureException", error, message("pipeline.check() lists every error."))
        self.worker: Worker = worker if worker is not None else ByHand()
        self.seed = seed
        self.id = f"{pipeline.name}/{seed}"
        self.children = 0
        """How many forks were made of this run: each has its own id."""
        self.read_only = ""
        """Why this run takes no commands; empty if it does."""
        self._lock = threading.RLock()
        self._listeners = ListenerQueue(pipeline.name)
        self._scheduler = Scheduler(self, self._do)
        self._use(Journal(pipeline, readings))

    def _use(self, journal: Journal) -> None:
        """Take ``journal`` as the past of this run."""
        self.journal = journal
        self._history = History(journal)
        self._forward_only = ""
        self._scheduler.now = journal.now

    # -- reading -----------------------------------------------------------------------------------
    @property
    def pipeline(self) -> Pipeline:
        """The current definition; an edit replaces it."""
        return self.state.pipeline

    @property
    def state(self) -> State:
        """The current state."""
        return self.journal.state

    @property
    def now(self) -> float:
        """The run's clock, in seconds since it began."""
        return self._scheduler.now

    @property
    def history(self) -> History:
        """Executions, actions, and artifacts up to the current position of the journal."""
        with self._lock:
            return self._history.follow()

    def legal(self) -> list[Command]:
        """The commands that are allowed now, one for each kind and target."""
        return legal(self.state)

    def follows_plans(self) -> bool:
        """True if failure plans (``inject``) affect this run's worker."""
        return self.worker.follows_plans

    def why(self, *, execution: int | None = None, stage: str | None = None) -> Why:
        """Why that execution, or that stage, is not moving; by default, why the newest execution is not."""
        if execution is None and stage is None:
            if not self.state.newest:
                return Why(message("Nothing has been released yet."), message("Release a change."))
            execution = self.state.newest
        return why(self.state, execution=execution, stage=stage)

    def running_in(self, stage: str) -> DeployedRevision | None:
        """The execution that last succeeded in that stage, its revisions, and its artifacts; None if none did.

        Raises ``Refused`` for an unknown stage.
        """
        with self._lock:
            state, history = self.state, self.history
            if refused := no_stage(state, stage):
                raise refused
            number = state.stages[state.pipeline.stage_indices[stage]].succeeded
            if not number:
                return None
            own = history.executions[number].pipeline
            rows = [history.deployed[stage, action.name] for action in own[stage].actions]
            used = dict.fromkeys(artifact for row in rows for artifact in row.inputs or row.outputs)
            return DeployedRevision(stage, number, history.executions[number].revisions, tuple(used))

    def resolved(self, stage: str, action: str) -> dict[str, str]:
        """The configuration of the newest run of that action with its variables filled in.

        Raises ``LookupError`` if it has not run, or refers to a variable that has no value.
        """
        with self._lock:
            return self._scheduler.resolved(stage, action)

    # -- commands ----------------------------------------------------------------------------------
    def do(self, command: Command | Plan, notes: Pairs = ()) -> CommandResult:
        """Carry out one command. Raises ``Refused``, and changes nothing, if the state does not allow it.

        ``notes`` are facts that no rule reads, such as who asked: (name, value) pairs kept in the journal.
        """
        return self._submit(lambda: command, notes)

    def check_command(self, command: Command | Plan) -> None:
        """Raise ``Refused`` for a command that this run does not take in any state. A subclass can refuse more."""
        if self.read_only:
            raise invalid(message("This run can only be read:"), self.read_only)

    def _submit(self, make: Callable[[], Command | Plan], notes: Pairs = ()) -> CommandResult:
        with self._lock:
            result = self._do(make(), notes)
        self._listeners.deliver()
        return result

    def _do(self, command: Command | Plan, notes: Pairs = ()) -> CommandResult:
        """Carry out one command; the caller holds the lock."""
        self.check_command(command)
        state = self.state
        if isinstance(command, FinishAction):
            command = self._scheduler.with_variables(command)
        events: list[Event] = []
        if not isinstance(command, Inject | Heal):
            state, events = step(state, command)
        elif refused := plan_refusal(state, command):
            raise refused
        elif not self.worker.follows_plans:
            raise invalid(
                message("Failure plans have no effect on this run, because its actions end by hand."),
                message("Fail a running action yourself, or use Run(pipeline, worker=Simulated())."),
            )
        entry = self.journal.append(self.now, command, events, state, notes)
        self._listeners.add(Change("did", entry))
        if any(isinstance(event, ActionStarted | RuleStarted) for event in events):
            for failing in self._scheduler.unresolved():
                events = [*events, *self._do(failing)]
        return CommandResult(events, str(command) if isinstance(command, Inject | Heal) else "")

    def note(self, name: str, change: Callable[[str], str]) -> None:
        """Write a fact that no rule reads, such as the health of a fleet, to the newest entry of the journal.

        ``change`` returns the note, given the present one of that name or "". Raises ``IndexError`` if the journal is
        empty.
        """
        with self._lock:
            self.journal.note(name, change)
            self._listeners.add(Change("noted"))
        self._listeners.deliver()

    # -- time --------------------------------------------------------------------------------------
    def next_due(self) -> Due | None:
        """What the worker does next, and when; None if everything waits for a person."""
        with self._lock:
            return self._scheduler.next_due()

    def next_deadline(self) -> Due | None:
        """Which time limit runs out next: of an action, of a rule, or the 30 days of a disabled transition."""
        with self._lock:
            return self._scheduler.next_deadline()

    def step(self) -> CommandResult:
        """Move the clock on to what the worker does next, and do it."""
        with self._lock:
            result = self._scheduler.step()
            if result is None:
                return CommandResult((), f"Nothing ends by itself now. {self.why()}")
        self._listeners.deliver()
        return result

    def settle(self, limit: int = 10_000) -> CommandResult:
        """Step until everything waits for a person. Raises ``RuntimeError`` after ``limit`` steps."""
        events: list[Event] = []
        for _ in range(limit + 1):  # one more, to see that nothing is left
            result = self.step()
            if not result:
                return CommandResult(events, result.note)
            events += result
        raise RuntimeError(
            f"{self.state.pipeline.name} had not come to rest after {limit} steps; raise the limit"
        )

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> CommandResult:
        """Let time pass on the run's clock, and do all that falls due, time limits included. Nothing sleeps.

        Raises ``ValueError`` for a negative or infinite time.
        """
        target = self.now + span_of(seconds, minutes, hours, days)
        events: list[Event] = []
        while True:
            with self._lock:
                result = self._scheduler.step_until(target)
                if result is None:
                    self._listeners.add(Change("clock"))
            self._listeners.deliver()
            if result is None:
                return CommandResult(events, "Time has passed; nothing happened.")
            events += result

    # -- forks -------------------------------------------------------------------------------------
    def fork(self, position: int | None = None) -> Run:
        """A separate run that shares the past up to ``position`` (by default, the present). This run is unchanged."""
        with self._lock:
            if position is not None:
                Run.check_position(self, position)
            journal = self.journal.copy(position)
            self.children += 1
            start = journal.start
            other = Run(start.pipeline, self.worker, seed=self.seed, readings=start.readings)
            other.id = f"{self.id}/{self.children}"
            other._use(journal)
            return other

    # -- listening ---------------------------------------------------------------------------------
    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after each change, in journal order. Returns a function that ends this.

        A listener may act on the run: all listeners hear of that after the present change. With several threads, one of
        them notifies for all, so ``do`` may return before its own change was delivered. A listener that raises stays
        registered, and a ``RuntimeWarning`` reports its exception.
        """
        return self._listeners.listen(listener)

    # -- tables ------------------------------------------------------------------------------------
    def executions(self) -> pandas.DataFrame:
        """One row for each execution; see ``dataframes.executions`` for the columns."""
        with self._lock:
            return dataframes.executions(self.history)

    def actions(self) -> pandas.DataFrame:
        """One row for each run of an action; see ``dataframes.actions`` for the columns."""
        with self._lock:
            return dataframes.actions(self.history)

    def events(self) -> pandas.DataFrame:
        """One row for each event, with its sentence; see ``dataframes.events`` for the columns."""
        with self._lock:
            return dataframes.events(self.journal)

    def artifacts(self) -> pandas.DataFrame:
        """One row for each artifact, with its S3 key and its revisions; see ``dataframes.artifacts``."""
        with self._lock:
            return dataframes.artifacts(self.history, self.id, self.pipeline.name)

    # -- files -------------------------------------------------------------------------------------
    def save(self, path: str | Path) -> Path:
        """Write the run to a JSON file (format: docs/run-file.md), whole or not at all. Returns the path.

        Raises ``OSError`` if it cannot be written, and ``InvalidPipeline`` if AWS would reject the pipeline.
        """
        with self._lock:
            document = run_file.encode(self)
        return run_file.write(document, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Read a saved run: its commands are replayed, and the events compared.

        Raises ``BadRunFile`` if the file is damaged or not a saved run, and ``OSError`` if it cannot be read.
        """
        return run_file.load(Path(path), Run)

    def resume(self, now: float, forks: int, children: int) -> None:
        """Set the clock and the counters to what they were when the run was saved."""
        self._scheduler.now, self.journal.forks, self.children = now, forks, children

    def __repr__(self) -> str:
        busy = sum(1 for stage in self.state.stages if stage.holder)
        return (
            f"<Run of {self.pipeline.name}: step {self.journal.position} of {self.journal.total}, "
            f"{self.state.newest} executions, {busy} stages busy>"
        )

    def _repr_html_(self) -> str:
        return f"{html.escape(repr(self))}<br>{html.escape(str(self.why()))}"


if TYPE_CHECKING:

    def _proof(
        run: Run,
    ) -> tuple[
        protocols.Branching,
        protocols.Explainable,
        protocols.Injectable,
        protocols.Observable,
        protocols.Recorded,
        protocols.Rewindable,
        protocols.Steppable,
    ]:
        """mypy checks here that ``Run`` satisfies each protocol."""
        return run, run, run, run, run, run, run
