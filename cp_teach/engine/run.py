"""The Run: the one mutable thing. A pipeline, its state now, its journal, a clock and a worker.

Two faces on one Run show the same thing at the same time: everything goes through ``do``, which holds one lock, and
everybody who listens hears of it afterwards, in the order of the journal.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cp_teach.engine.acts import Acts
from cp_teach.engine.command import Command, Revision
from cp_teach.engine.event import Event
from cp_teach.engine.happened import Change, Happened
from cp_teach.engine.history import Artifact, History
from cp_teach.engine.journal import Journal
from cp_teach.engine.legal import legal
from cp_teach.engine.plan import Heal, Inject, Plan
from cp_teach.engine.refusal import Refused
from cp_teach.engine.state import State
from cp_teach.engine.step import step
from cp_teach.engine.why import Why, why
from cp_teach.engine.worker import ByHand, Due, Worker
from cp_teach.pipeline.blueprint import Pipeline

if TYPE_CHECKING:
    import pandas

Listener = Callable[[Change], None]


class Delivered(NamedTuple):
    """What exactly is in a stage: the execution that last succeeded there, its revisions and what it used."""

    stage: str
    execution: int
    revisions: tuple[Revision, ...]
    artifacts: tuple[Artifact, ...]

    def __str__(self) -> str:
        what = (
            ", ".join(f"{r.action} {r.id[:7]} “{r.message}”" for r in self.revisions)
            or "no known revision"
        )
        return f"{self.stage} has execution {self.execution}: {what}."


class Run(Acts):
    """A pipeline that can be driven: release changes, answer approvals, close transitions, and step back.

    ``worker`` decides when actions end: ``ByHand()`` (you do) unless told otherwise. ``seed`` fixes all chance, so a
    run can be repeated. Times are seconds on the run's own clock, which starts at 0.
    """

    def __init__(
        self, pipeline: Pipeline, worker: Worker | None = None, *, seed: int = 0
    ) -> None:
        if pipeline.mode == "PARALLEL":
            raise Refused(
                "ValidationException",
                f"{pipeline.name} runs in PARALLEL mode, in which stages have no locks; a Run does not "
                "simulate that mode.",
                "Use SUPERSEDED or QUEUED: dataclasses.replace(pipeline, execution_mode='QUEUED').",
            )
        self.worker: Worker = worker if worker is not None else ByHand()
        self.seed = seed
        self.id = f"{pipeline.name}/{seed}"
        self.journal = Journal(pipeline)
        self.read_only = ""
        """Why this run takes no commands; empty when it does."""
        self._history = History(self.journal)
        self._now = 0.0
        self._children = 0
        self._lock = threading.RLock()
        self._listeners: list[Listener] = []
        self._news: deque[Change] = deque()
        self._telling = False

    # -- reading -------------------------------------------------------------------------------------------------
    @property
    def pipeline(self) -> Pipeline:
        return self.journal.start.pipeline

    @property
    def state(self) -> State:
        return self.journal.state

    @property
    def now(self) -> float:
        """The run's clock, in seconds since it began."""
        return self._now

    @property
    def history(self) -> History:
        """Executions, actions and artifacts, as the journal tells them up to now."""
        with self._lock:
            return self._history.follow()

    def legal(self) -> list[Command]:
        """What may be asked of the pipeline now."""
        return legal(self.state)

    def follows_plans(self) -> bool:
        return self.worker.follows_plans

    def why(self, *, execution: int | None = None, stage: str | None = None) -> Why:
        """Why that execution, or that stage, is not moving; without a name, why the newest execution is not."""
        if execution is None and stage is None:
            if not self.state.last:
                return Why("Nothing has been released yet.", "Release a change.")
            execution = self.state.last
        return why(self.state, execution=execution, stage=stage)

    def running_in(self, stage: str) -> Delivered | None:
        """What exactly is in that stage now: what last succeeded there; None if nothing ever did."""
        state, history = self.state, self.history
        number = state.stages[state.pipeline.position[stage]].succeeded
        if not number:
            return None
        rows = [history.delivered[stage, a.name] for a in state.pipeline[stage].actions]
        used = dict.fromkeys(
            artifact for row in rows for artifact in row.inputs or row.outputs
        )
        return Delivered(
            stage, number, history.executions[number].revisions, tuple(used)
        )

    def executions(self) -> pandas.DataFrame:
        """One row for each execution."""
        from cp_teach.engine.frames import executions

        return executions(self)

    def actions(self) -> pandas.DataFrame:
        """One row for each time an action ran."""
        from cp_teach.engine.frames import actions

        return actions(self)

    def events(self) -> pandas.DataFrame:
        """One row for each event, with its sentence."""
        from cp_teach.engine.frames import events

        return events(self)

    def artifacts(self) -> pandas.DataFrame:
        """One row for each artifact, with its S3 key and the revisions it was made from."""
        from cp_teach.engine.frames import artifacts

        return artifacts(self)

    # -- doing ---------------------------------------------------------------------------------------------------
    def do(self, command: Command | Plan) -> Happened:
        """Ask one thing of the pipeline. Raises ``Refused``, and changes nothing, when it cannot be done."""
        with self._lock:
            happened = self._do(command)
        self._tell()
        return happened

    def _do(self, command: Command | Plan) -> Happened:
        if self.read_only:
            raise Refused(
                "ValidationException", "This run can only be read:", self.read_only
            )
        state = self.state
        events: list[Event] = []
        if not isinstance(command, Inject | Heal):
            state, events = step(state, command)
        entry = self.journal.append(self._now, command, events, state)
        self._news.append(Change("did", entry))
        return Happened(
            events, str(command) if isinstance(command, Inject | Heal) else ""
        )

    # -- the clock -----------------------------------------------------------------------------------------------
    def next_due(self) -> Due | None:
        """What the worker will do next, and when; None when everything waits for a person."""
        with self._lock:
            if self.state.deleted or self.read_only:
                return None
            pipeline = self.pipeline
            found = (
                self.worker.due(r, pipeline[r.stage][r.action])
                for r in self.history.running.values()
            )
            return min(
                (due for due in found if due is not None),
                key=lambda due: due.at,
                default=None,
            )

    def step(self) -> Happened:
        """Go on to the next thing that the worker does, and let it happen."""
        with self._lock:
            due = self.next_due()
            if due is None:
                return Happened((), f"Nothing ends of itself now. {self.why()}")
            self._now = max(self._now, due.at)
            happened = self._do(due.command)
        self._tell()
        return happened

    def settle(self, limit: int = 10_000) -> Happened:
        """Step until nothing more happens of itself. Raises ``RuntimeError`` after ``limit`` steps."""
        events: list[Event] = []
        for _ in range(limit):
            happened = self.step()
            if not happened:
                return Happened(events, happened.note)
            events += happened
        raise RuntimeError(
            f"{self.pipeline.name} had not come to rest after {limit} steps; raise the limit"
        )

    def advance(
        self,
        *,
        seconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
        days: float = 0,
    ) -> Happened:
        """Let time pass on the run's clock; whatever falls due in it happens. Nothing sleeps."""
        span = seconds + 60 * minutes + 3600 * hours + 86400 * days
        if span < 0:
            raise ValueError(
                f"time does not run backwards here ({span} s); use undo() or jump()"
            )
        target = self._now + span
        events: list[Event] = []
        while True:
            with self._lock:
                due = self.next_due()
                if due is None or due.at > target:
                    self._now = max(self._now, target)
                    self._news.append(Change("clock"))
                    break
                self._now = max(self._now, due.at)
                events += self._do(due.command)
            self._tell()
        self._tell()
        return Happened(events, "Time has passed; nothing happened.")

    # -- moving in time ----------------------------------------------------------------------------------------------
    def undo(self, steps: int = 1) -> Happened:
        """Step back. The state is exactly what it was; ``redo`` brings the step again."""
        return self._move(self.journal.position - steps, "There is nothing to undo.")

    def redo(self, steps: int = 1) -> Happened:
        """Bring back what was undone."""
        return self._move(self.journal.position + steps, "There is nothing to redo.")

    def jump(self, position: int) -> Happened:
        """Go to the moment after the first ``position`` entries of the journal."""
        return self._move(position, f"The journal goes from 0 to {self.journal.total}.")

    def reset(self) -> Happened:
        """Go back to the beginning. Nothing is lost: ``redo`` and ``jump`` lead back."""
        return self.jump(0)

    def _move(self, position: int, complaint: str) -> Happened:
        with self._lock:
            if not 0 <= position <= self.journal.total:
                raise Refused("ValidationException", complaint)
            self.journal.seek(position)
            self._now = self.journal.now
            self._news.append(Change("moved"))
        self._tell()
        return Happened((), f"Now at moment {position} of {self.journal.total}.")

    def fork(self, position: int | None = None) -> Run:
        """A run of its own that shares the past up to ``position`` (now, if not given). This one stays as it is."""
        with self._lock:
            self._children += 1
            other = Run(self.pipeline, self.worker, seed=self.seed)
            other.id = f"{self.id}/{self._children}"
            other.journal = self.journal.copy(position)
            other._history = History(other.journal)
            other._now = other.journal.now
            return other

    # -- listening ---------------------------------------------------------------------------------------------------
    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after each change, in journal order. Returns a function that ends it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def _tell(self) -> None:
        # One teller at a time keeps the order, and a listener that acts is heard after the present news.
        with self._lock:
            if self._telling:
                return
            self._telling = True
        try:
            while self._news:
                change = self._news.popleft()
                for listener in tuple(self._listeners):
                    listener(change)
        finally:
            self._telling = False
        if self._news:  # somebody acted while the door was closing
            self._tell()

    # -- files ---------------------------------------------------------------------------------------------------------
    def save(self, path: str | Path) -> Path:
        """Write the run to a JSON file (format: docs/run-file.md). The file is replaced whole or not at all."""
        from cp_teach.engine.file import save

        return save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Read a saved run; it is replayed and compared. Raises ``BadRunFile`` for a damaged or foreign file."""
        from cp_teach.engine.file import load

        return load(Path(path))

    def __repr__(self) -> str:
        inside = sum(1 for stage in self.state.stages if stage.holder)
        return (
            f"<Run of {self.pipeline.name}: moment {self.journal.position} of {self.journal.total}, "
            f"{self.state.last} executions, {inside} stages busy>"
        )
