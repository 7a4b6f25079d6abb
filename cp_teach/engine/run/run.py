"""The Run: the one mutable thing. A pipeline, its state now, its journal, a clock and a worker.

Two faces on one Run show the same thing at the same time: everything goes through ``do``, which holds one
lock, and everybody who listens hears of it afterwards, in the order of the journal.
"""

from __future__ import annotations

import html
import threading
from collections.abc import Callable
from pathlib import Path

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.model.commands import Command, Pairs
from cp_teach.engine.model.events import ActionStarted, Event, RuleStarted
from cp_teach.engine.model.failure_plan import Heal, Inject, Plan, plan_refusal
from cp_teach.engine.model.state import SUGGESTED, Readings, State, unwalkable
from cp_teach.engine.queries.blocked_reason import Why, why
from cp_teach.engine.queries.deployed_revision import Delivered
from cp_teach.engine.queries.legal_commands import legal
from cp_teach.engine.rules.step import step
from cp_teach.engine.rules.validation import Refused, no_stage
from cp_teach.engine.run.command_methods import Acts
from cp_teach.engine.run.dataframe_properties import Tables
from cp_teach.engine.run.listeners import Listener, News
from cp_teach.engine.run.result import Change, Happened
from cp_teach.engine.run.scheduler import Clock
from cp_teach.engine.run.time_travel import Moving
from cp_teach.engine.run.worker import ByHand, Worker
from cp_teach.pipeline import Pipeline


class Run(Acts, Clock, Moving, Tables):
    """A pipeline that can be driven: release changes, answer approvals, close transitions, and step back.

    ``worker`` decides when actions end: ``ByHand()`` (you do) unless told otherwise. ``seed`` fixes all
    chance, so a run can be repeated. ``readings`` chooses where AWS's sources contradict each other. Times are
    seconds on the run's own clock, which starts at 0.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        worker: Worker | None = None,
        *,
        seed: int = 0,
        readings: Readings = SUGGESTED,
    ) -> None:
        if wrong := readings.wrong():
            raise ValueError(wrong)
        if wrong := unwalkable(pipeline):
            raise Refused(
                "InvalidStructureException", wrong, "pipeline.check() tells everything that is wrong."
            )
        self.worker: Worker = worker if worker is not None else ByHand()
        self.seed = seed
        self.id = f"{pipeline.name}/{seed}"
        self.journal = Journal(pipeline, readings)
        self.children = 0
        """How many forks were made of it: each has an id of its own."""
        self.read_only = ""
        """Why this run takes no commands; empty when it does."""
        self._forward_only = ""
        self._history = History(self.journal)
        self._now = 0.0
        self._lock = threading.RLock()
        self._news = News(pipeline.name)

    # -- reading -----------------------------------------------------------------------------------
    @property
    def pipeline(self) -> Pipeline:
        """The blueprint that it runs now; an edit replaces it."""
        return self.state.pipeline

    @property
    def state(self) -> State:
        """The state now."""
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
        """True if failure plans (``inject``) have an effect on this run's worker."""
        return self.worker.follows_plans

    def why(self, *, execution: int | None = None, stage: str | None = None) -> Why:
        """Why that execution, or that stage, is not moving; without a name, why the newest execution is
        not."""
        if execution is None and stage is None:
            if not self.state.last:
                return Why("Nothing has been released yet.", "Release a change.")
            execution = self.state.last
        return why(self.state, execution=execution, stage=stage)

    def running_in(self, stage: str) -> Delivered | None:
        """What exactly is in that stage now: what last succeeded there; None if nothing ever did."""
        with self._lock:
            state, history = self.state, self.history
            if refused := no_stage(state, stage):
                raise refused
            number = state.stages[state.pipeline.position[stage]].succeeded
            if not number:
                return None
            own = history.executions[number].pipeline
            rows = [history.delivered[stage, a.name] for a in own[stage].actions]
            used = dict.fromkeys(artifact for row in rows for artifact in row.inputs or row.outputs)
            return Delivered(stage, number, history.executions[number].revisions, tuple(used))

    @property
    def forward_only(self) -> str:
        """Why this run cannot step back; empty when it can."""
        return self._forward_only

    @forward_only.setter
    def forward_only(self, reason: str) -> None:
        with self._lock:
            self._forward_only = reason
            self._history.walk(forward_only=bool(reason))

    # -- doing -------------------------------------------------------------------------------------
    def do(self, command: Command | Plan, notes: Pairs = ()) -> Happened:
        """Ask one thing of the pipeline. Raises ``Refused``, and changes nothing, when it cannot be done.

        ``notes`` are facts that no rule reads, such as who asked: (name, value) pairs kept in the journal.
        """
        return self._ask(lambda: command, notes)

    def _ask(self, make: Callable[[], Command | Plan], notes: Pairs = ()) -> Happened:
        with self._lock:
            happened = self._do(make(), notes)
        self._news.tell()
        return happened

    def _do(self, command: Command | Plan, notes: Pairs = ()) -> Happened:
        if self.read_only:
            raise Refused("ValidationException", "This run can only be read:", self.read_only)
        state = self.state
        events: list[Event] = []
        if not isinstance(command, Inject | Heal):
            state, events = step(state, command)
        elif refused := plan_refusal(state, command):
            raise refused
        elif not self.worker.follows_plans:
            raise Refused(
                "ValidationException",
                "This run is worked by hand, so nobody would follow the plan.",
                "Fail a running action yourself, or use Run(pipeline, worker=Simulated()).",
            )
        entry = self.journal.append(self._now, command, events, state, notes)
        self._news.add(Change("did", entry))
        if any(isinstance(event, ActionStarted | RuleStarted) for event in events):
            for failing in self._unresolved():
                events = [*events, *self._do(failing)]
        return Happened(events, str(command) if isinstance(command, Inject | Heal) else "")

    def note(self, name: str, change: Callable[[str], str]) -> None:
        """Write a fact that no rule reads, such as the health of a fleet, on the newest entry of the journal.

        ``change`` makes the note of what stands there under that name so far, "" for nothing. Raises ``IndexError``
        where nothing has happened yet.
        """
        with self._lock:
            self.journal.note(name, change)
            self._news.add(Change("noted"))
        self._news.tell()

    # -- forking ---------------------------------------------------------------------------------
    def fork(self, position: int | None = None) -> Run:
        """A run of its own that shares the past up to ``position`` (now, if not given). This one stays as
        it is."""
        with self._lock:
            journal = self.journal.copy(self._moment(position) if position is not None else None)
            self.children += 1
            start = self.journal.start
            other = Run(start.pipeline, self.worker, seed=self.seed, readings=start.readings)
            other.id = f"{self.id}/{self.children}"
            other.journal = journal
            other._history = History(other.journal)
            other._now = other.journal.now
            return other

    # -- listening ---------------------------------------------------------------------------------
    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after each change, in journal order. Returns a function that ends it.

        A listener may act on the run: everybody hears of that after the present news. With several threads,
        one of them tells all news, so a ``do`` may return before its own was told. One that raises keeps
        neither itself nor others from the next news: a ``RuntimeWarning`` says what it raised.
        """
        return self._news.listen(listener)

    # -- files -------------------------------------------------------------------------------------
    def save(self, path: str | Path) -> Path:
        """Write the run to a JSON file (format: docs/run-file.md). The file is replaced whole or not at all.

        Raises ``OSError`` when it cannot be written, and ``InvalidPipeline`` when AWS would refuse the
        pipeline.
        """
        from cp_teach.engine.run.run_file import encode, write

        with self._lock:
            document = encode(self)
        return write(document, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Read a saved run; it is replayed and compared. Raises ``BadRunFile`` for a damaged or foreign
        file."""
        from cp_teach.engine.run.run_file import load

        return load(Path(path))

    def resume(self, now: float, forks: int, children: int) -> None:
        """Set the clock and the counters to what they were when the run was saved."""
        self._now, self.journal.forks, self.children = now, forks, children

    def __repr__(self) -> str:
        inside = sum(1 for stage in self.state.stages if stage.holder)
        return (
            f"<Run of {self.pipeline.name}: moment {self.journal.position} of {self.journal.total}, "
            f"{self.state.last} executions, {inside} stages busy>"
        )

    def _repr_html_(self) -> str:
        return f"{html.escape(repr(self))}<br>{html.escape(str(self.why()))}"
