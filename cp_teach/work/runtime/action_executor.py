"""The workshop: where the work of one run is done, each action in a thread and a folder of its own."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from cp_teach.engine import ActionRow, Change, FinishAction, Refused, Revision, Run
from cp_teach.engine.history.records import Artifact, action_of
from cp_teach.engine.model.events import ActionAbandoned, ActionStarted
from cp_teach.engine.model.ids import action_id, execution_id
from cp_teach.engine.queries.blocked_reason import Why
from cp_teach.engine.queries.variable_resolution import resolve
from cp_teach.engine.run.worker import Worker
from cp_teach.pipeline import Action, Pipeline
from cp_teach.work.artifacts.local_artifact_store import ArtifactStore, FolderStore
from cp_teach.work.artifacts.zip_artifacts import BadArtifact
from cp_teach.work.runtime.progress_writer import Log, Progress, harmless
from cp_teach.work.runtime.provider_worker import Real
from cp_teach.work.runtime.task import Done, Perform, Task
from cp_teach.work.sandbox.folder_trees import remove

FORWARD_ONLY = "Real work was done for this run, and cannot be undone; run.fork() is a copy to play with."
AT_ONCE = 8
"""So many actions work at the same time at the most."""


Newest = Callable[[Action], Revision | None]


class WorkRun(Run):
    """A Run whose sources say themselves what is newest: a release carries real commits."""

    newest: Newest = staticmethod(lambda source: None)

    def revision_of(self, source: Action, message: str) -> Revision:
        """The newest revision of that source; a derived one where nobody knows."""
        return self.newest(source) or super().revision_of(source, message)

    def why(self, *, execution: int | None = None, stage: str | None = None) -> Why:
        """As of any run; of an action that is left to a job worker it also says who has its job."""
        told = super().why(execution=execution, stage=stage)
        worker, history = self.worker, self.history
        if not isinstance(worker, Real) or worker.polls is None:
            return told
        number = execution or (0 if stage else self.state.last)
        found = [
            worker.polls.waits(row, action)
            for row in list(history.running.values())
            if (row.stage == stage or row.execution == number)
            and worker.polled(row, action := action_of(history.executions, row))
        ]
        return told._replace(sentence=" ".join([told.sentence, *filter(None, found)]))


class Workshop:
    """Where the work of one run is done. ``run`` is an ordinary Run; its clock is the wall's.

    ``providers`` say who works: by provider ("CodeBuild"), by the name of an action, or by "Stage/Action".
    ``folder`` takes the artifacts, and a folder for each run of an action while it works. ``log`` is told every line
    of output, from whichever thread; ``newest`` says what a source has now. ``seed`` makes the ids of
    this workshop its own: who works in a folder again takes another. ``close()`` ends all work that is still going on;
    as a context manager it does so at the end.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        providers: Mapping[str, Perform],
        *,
        folder: Path,
        store: ArtifactStore | None = None,
        rest: Worker | None = None,
        newest: Newest | None = None,
        seed: int = 0,
        log: Log = lambda row, line: None,
        keep: bool = False,
    ) -> None:
        self.worker = Real(providers, rest)
        self.run = WorkRun(pipeline, self.worker, seed=seed)
        if newest is not None:
            self.run.newest = newest
        self.run.forward_only = FORWARD_ONLY
        self.folder, self.log, self.keep = folder, harmless(log), keep
        self.store = store if store is not None else FolderStore(folder / "artifacts")
        self._began = time.monotonic()
        self._stops: dict[tuple[int, str, str, int], threading.Event] = {}
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="cp-teach-work")
        self._closed = False
        self.leaving: list[Callable[[], None]] = []
        """What has to end first when it is closed: the workers that it has beside it."""
        self._unlisten = self.run.listen(self._heard)

    # -- waiting ---------------------------------------------------------------------------------------------
    def wait(self, until: Callable[[Run], bool], seconds: float = 600.0) -> bool:
        """Let time pass until that is true of the run, or until so many seconds have passed; returns whether it is."""
        deadline = time.monotonic() + seconds
        while True:
            self.tick()
            if until(self.run):
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with self._changed:
                self._changed.wait(min(left, 0.1))

    def settle(self, seconds: float = 600.0) -> bool:
        """Wait until nothing works any more and nothing falls due: all is done, or waits for a person."""
        return self.wait(lambda run: not self.working() and run.next_due() is None, seconds)

    def working(self) -> list[ActionRow]:
        """The runs of actions on which somebody really works now."""
        history = self.run.history
        return [row for row in list(history.running.values()) if self._worked_on(row)]

    def _worked_on(self, row: ActionRow) -> bool:
        action, polls = action_of(self.run.history.executions, row), self.worker.polls
        if polls is not None and polls.polled(row, action):
            return polls.busy(row, action)
        return self.worker.performs(row, action) is not None

    @property
    def busy(self) -> bool:
        """Whether somebody is at work; a Lambda function may be, when its action has already ended."""
        return bool(self._stops)

    def tick(self) -> None:
        """Let the run's clock follow the wall's."""
        behind = time.monotonic() - self._began - self.run.now
        if behind > 0 and not self._closed:
            self.run.advance(seconds=behind)

    def close(self) -> None:
        """End all work: every process is ended, and what was worked on stays in progress, to be stopped or retried."""
        if self._closed:
            return
        self._closed = True
        for leave in self.leaving:
            leave()
        self._unlisten()
        for stop in list(self._stops.values()):
            stop.set()
        self._pool.shutdown(wait=True)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- working ---------------------------------------------------------------------------------------------
    def _heard(self, change: Change) -> None:
        for event in change.entry.events if change.kind == "did" and change.entry is not None else ():
            if isinstance(event, ActionStarted):
                self._begin(event)
            elif isinstance(event, ActionAbandoned):
                for key, stop in list(self._stops.items()):
                    if key[:3] == (event.execution, event.stage, event.action):
                        stop.set()
        with self._changed:
            self._changed.notify_all()

    def _begin(self, event: ActionStarted) -> None:
        row = self.run.history.running.get((event.execution, event.stage, event.action))
        if row is None:  # it has ended already: a variable of its had no value
            return
        action = action_of(self.run.history.executions, row)
        perform = self.worker.performs(row, action)
        if perform is None or self._closed:
            return
        key = (row.execution, row.stage, row.action, row.position)
        stop = self._stops[key] = threading.Event()
        if self._closed:  # meanwhile, and whoever closes may have told all others already
            stop.set()
        self._pool.submit(self._work, key, row, action, perform, stop)

    def _work(
        self,
        key: tuple[int, str, str, int],
        row: ActionRow,
        action: Action,
        perform: Perform,
        stop: threading.Event,
    ) -> None:
        folder = self.folder / "work" / f"{row.execution}-{row.stage}-{row.action}-{row.attempt}"
        progress = Progress(row, self.run.note)

        def log(line: str) -> None:
            progress.say(line)
            self.log(row, line)

        try:
            done = self._done(row, action, perform, stop, folder, log, progress)
        except Exception as fault:  # ours: it must not leave an action running for ever
            log(traceback.format_exc())
            done = Done(
                "JobFailed",
                f"The worker itself failed: {type(fault).__name__}: {fault}. This is a fault of the kit.",
            )
        try:
            if not self.keep:
                _clear(folder)
            progress.flush()  # before its end is told: what it told belongs to the time in which it ran
            if not (self._closed or done.told):
                self._tell(row, done)
        finally:
            self._stops.pop(key, None)
            with self._changed:
                self._changed.notify_all()

    def _done(
        self,
        row: ActionRow,
        action: Action,
        perform: Perform,
        stop: threading.Event,
        folder: Path,
        log: Callable[[str], None],
        progress: Progress,
    ) -> Done:
        history = self.run.history
        execution = history.executions[row.execution]
        try:
            inputs = {one.name: self.store.get(self._key(one)) for one in row.inputs}
        except BadArtifact as missing:
            return Done("ConfigurationError", f"An input artifact is not there. {missing}")
        _clear(folder)
        folder.mkdir(parents=True)
        task = Task(
            pipeline=execution.pipeline.name,
            execution=row.execution,
            execution_id=execution_id(self.run.id, row.execution),
            stage=row.stage,
            action=row.action,
            attempt=row.attempt,
            id=action_id(self.run.id, row.execution, row.fork, row.position, row.stage, row.action),
            configuration=resolve(history, row, self.run.id),
            inputs=inputs,
            outputs=tuple(action.output_names),
            revisions={r.action: r.id for r in execution.revisions},
            folder=folder,
            log=log,
            tell=progress.tell,
            stop=stop,
        )
        done = perform(task)
        if done.failure or done.told:
            return done
        for name in task.outputs:
            if name in done.outputs:
                self.store.put(self._key(self._output(row, name)), done.outputs[name])
            else:
                log(f"The artifact {name} was not made; whoever takes it will fail.")
        return done

    def _output(self, row: ActionRow, name: str) -> Artifact:
        return Artifact(name, row.execution, row.stage, row.action, row.position, row.fork, ())

    def _key(self, artifact: Artifact) -> str:
        return artifact.key(self.run.id, self.run.pipeline.name)

    def _tell(self, row: ActionRow, done: Done) -> None:
        self.tick()
        target = (row.execution, row.stage, row.action)
        message = str(done.message)[:5000]
        try:
            self.run.do(
                FinishAction(*target, done.failure, message, done.external_id, tuple(done.variables.items()))
            )
        except Refused as no:
            now = self.run.history.running.get(target)
            if now is None or now.position != row.position:  # abandoned meanwhile: nobody waits any more
                self.log(row, f"The result came too late: {no}")
                return
            with suppress(Refused):  # it cannot be said so; unsaid, the action would never end
                words = f"The provider's result cannot be: {no}"
                self.run.do(FinishAction(*target, "JobFailed", words[:5000]))


def _clear(folder: Path) -> None:
    """Remove the folder of an action. ``shutil.rmtree`` would call itself for each of the folders in folders that a
    script has made, and fail at a thousand."""
    with suppress(OSError):
        remove(folder)
