"""Execute the actions of a run, each in its own thread and folder."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self

from cp_teach.engine import ActionRow, Change, FinishAction, Refused, Revision, Run
from cp_teach.engine.history.records import Artifact, action_of
from cp_teach.engine.model.events import ActionAbandoned, ActionStarted, ActionSucceeded
from cp_teach.engine.model.ids import action_id, execution_id
from cp_teach.engine.queries.blocked_reason import Why
from cp_teach.engine.queries.variable_resolution import resolve, resolved_action
from cp_teach.engine.run.worker import Worker
from cp_teach.pipeline import Action, Pipeline
from cp_teach.security.network.endpoints import REGION
from cp_teach.work.artifacts.local_artifact_store import ArtifactStore, FolderStore
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact
from cp_teach.work.folder_trees import remove
from cp_teach.work.runtime.progress_writer import Log, ProgressWriter, ignoring_errors
from cp_teach.work.runtime.provider_worker import ProviderWorker
from cp_teach.work.simulation.artifact_contents import needed_files, simulation_note, zip_of_files
from cp_teach.work.task import ArtifactLocation, Done, Perform, Task

FORWARD_ONLY = "The work of this run is real and cannot be undone; run.fork() makes a copy that can."
MAX_PARALLEL = 8
"""The maximum number of actions that run at the same time."""


Newest = Callable[[Action], Revision | None]


class LocalRun(Run):
    """A Run whose sources determine the newest revision, so that a release carries real commits."""

    newest: Newest = staticmethod(lambda source: None)

    def revision_of(self, source: Action, message: str) -> Revision:
        """The newest revision of a source, or a derived one if the source has none."""
        return self.newest(source) or super().revision_of(source, message)

    def why(self, *, execution: int | None = None, stage: str | None = None) -> Why:
        """As in any run; for an action that is left to a job worker, it also names the worker."""
        why = super().why(execution=execution, stage=stage)
        worker, history = self.worker, self.history
        if not isinstance(worker, ProviderWorker) or worker.job_workers is None:
            return why
        number = execution or (0 if stage else self.state.newest)
        waiting = [
            worker.job_workers.waiting_message(row, action)
            for row in list(history.running.values())
            if (row.stage == stage or row.execution == number)
            and worker.is_left_to_job_worker(row, action := action_of(history.executions, row))
        ]
        return why._replace(sentence=" ".join([why.sentence, *filter(None, waiting)]))


class ActionExecutor:
    """Executes the actions of one run. ``run`` is an ordinary Run whose clock follows real time.

    - ``providers``: by provider ("CodeBuild"), by the name of an action, or by "Stage/Action";
    - ``folder``: for the artifacts, and for a temporary folder of each action execution;
    - ``log``: called with every line of output, from any thread;
    - ``newest``: returns the current revision of a source;
    - ``seed``: determines the IDs; give another seed when you use a folder again.

    ``close()``, or the end of a ``with`` statement, ends all work.
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
    ) -> None:
        self.worker = ProviderWorker(providers, rest)
        self.run = LocalRun(pipeline, self.worker, seed=seed)
        if newest is not None:
            self.run.newest = newest
        self.run.forward_only = FORWARD_ONLY
        self.folder, self.log = folder, ignoring_errors(log)
        self.store = store if store is not None else FolderStore(folder / "artifacts")
        self._began = time.monotonic()
        self._stops: dict[tuple[int, str, str, int], threading.Event] = {}
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(MAX_PARALLEL, thread_name_prefix="cp-teach-work")
        self._closed = False
        self.on_close: list[Callable[[], None]] = []
        """Functions to call first when it is closed, which stop its job workers."""
        self._unlisten = self.run.listen(self._on_change)

    # -- waiting ---------------------------------------------------------------------------------------------
    def wait(self, until: Callable[[Run], bool], seconds: float = 600.0) -> bool:
        """Let time pass until ``until(run)`` is true, at most ``seconds``; whether it is true."""
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
        """Wait until no action is being executed and nothing is due: everything has ended, or waits for a person."""
        return self.wait(lambda run: not self.working() and run.next_due() is None, seconds)

    def working(self) -> list[ActionRow]:
        """The action executions that are in progress on this machine."""
        history = self.run.history
        return [row for row in list(history.running.values()) if self._worked_on(row)]

    def _worked_on(self, row: ActionRow) -> bool:
        action, polls = action_of(self.run.history.executions, row), self.worker.job_workers
        if polls is not None and polls.is_left_to_job_worker(row, action):
            return polls.is_working(row, action)
        return self.worker.provider_of(row, action) is not None

    @property
    def busy(self) -> bool:
        """Whether work is in progress. A Lambda function can still run after its action has ended."""
        return bool(self._stops)

    def tick(self) -> None:
        """Advance the run's clock to the current time."""
        behind = time.monotonic() - self._began - self.run.now
        if behind > 0 and not self._closed:
            self.run.advance(seconds=behind)

    def close(self) -> None:
        """End all work and its processes. Actions in progress stay in progress, and can be stopped or retried."""
        if self._closed:
            return
        self._closed = True
        for leave in self.on_close:
            leave()
        self._unlisten()
        for stop in list(self._stops.values()):
            stop.set()
        self._pool.shutdown(wait=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- working ---------------------------------------------------------------------------------------------
    def _on_change(self, change: Change) -> None:
        for event in change.entry.events if change.kind == "did" and change.entry is not None else ():
            if isinstance(event, ActionStarted):
                self._start(event)
            elif isinstance(event, ActionSucceeded):
                self._write_simulated_outputs(event)
            elif isinstance(event, ActionAbandoned):
                for key, stop in list(self._stops.items()):
                    if key[:3] == (event.execution, event.stage, event.action):
                        stop.set()
        with self._changed:
            self._changed.notify_all()

    def _start(self, event: ActionStarted) -> None:
        row = self.run.history.running.get((event.execution, event.stage, event.action))
        if row is None:  # it has already ended, because a variable had no value
            return
        action = action_of(self.run.history.executions, row)
        perform = self.worker.provider_of(row, action)
        if perform is None or self._closed:
            return
        stop = self._stops[_key(row)] = threading.Event()
        if self._closed:  # closed meanwhile, and close() may already have stopped the others
            stop.set()
        self._pool.submit(self._run_action, row, action, perform, stop)

    def _write_simulated_outputs(self, event: ActionSucceeded) -> None:
        """Write the output artifacts of an action that has no provider, because later ones can read them."""
        history = self.run.history
        row = history.newest[event.execution, event.stage, event.action]
        action = action_of(history.executions, row)
        no_work = self.worker.provider_of(row, action) is None and self.worker.simulates(row, action)
        for artifact in row.outputs if no_work else ():
            revision = next((each.id for each in artifact.sources), "")
            files = needed_files(history.executions[row.execution].pipeline, action, artifact.name, revision)
            path = self.folder / f"simulated-{row.execution}-{row.position}-{artifact.name}.zip"
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(zip_of_files(files | simulation_note(row.stage, action)))
            with suppress(InvalidArtifact):  # the action after it reports what is missing
                self.store.put(self._key(artifact), path)
            path.unlink()

    def _run_action(self, row: ActionRow, action: Action, perform: Perform, stop: threading.Event) -> None:
        folder = self.folder / "work" / f"{row.execution}-{row.stage}-{row.action}-{row.attempt}"
        progress = ProgressWriter(row, self.run.note)

        def log(line: str) -> None:
            progress.add_line(line)
            self.log(row, line)

        try:
            done = self._perform(row, action, perform, stop, folder, log, progress)
        except Exception as error:  # an error of the kit must not leave an action in progress for ever
            log(traceback.format_exc())
            done = Done(
                "JobFailed",
                f"The worker itself failed: {type(error).__name__}: {error}. This is an error in the kit.",
            )
        try:
            _clear(folder)
            progress.flush()  # before the action ends, because its progress belongs to the time before
            if not (self._closed or done.already_reported):
                self._finish(row, done)
        finally:
            self._stops.pop(_key(row), None)
            with self._changed:
                self._changed.notify_all()

    def _perform(
        self,
        row: ActionRow,
        action: Action,
        perform: Perform,
        stop: threading.Event,
        folder: Path,
        log: Callable[[str], None],
        progress: ProgressWriter,
    ) -> Done:
        history = self.run.history
        execution = history.executions[row.execution]
        try:
            inputs = {artifact.name: self.store.get(self._key(artifact)) for artifact in row.inputs}
        except InvalidArtifact as missing:
            return Done("ConfigurationError", f"An input artifact is missing. {missing}")
        _clear(folder)
        folder.mkdir(parents=True)
        revision = next((each.id for each in execution.revisions if each.action == row.action), "")
        needed = {
            name: needed_files(execution.pipeline, action, name, revision) for name in action.output_names
        }
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
            definition=resolved_action(history, row, self.run.id),
            locations={artifact.name: self._location(artifact, action) for artifact in row.inputs},
            region=action.region or REGION,
            needed_files=needed,
            folder=folder,
            log=log,
            report_progress=progress.set_fact,
            stop=stop,
        )
        done = perform(task)
        if done.failure or done.already_reported:
            return done
        for name in task.outputs:
            if name in done.outputs:
                self.store.put(self._key(history.reserved(row, name)), done.outputs[name])
            else:
                log(f"The artifact {name} was not created; actions that need it will fail.")
        return done

    def _key(self, artifact: Artifact) -> str:
        return artifact.key(self.run.id, self.run.pipeline.name)

    def _location(self, artifact: Artifact, action: Action) -> ArtifactLocation:
        pipeline = self.run.pipeline
        stores = dict(pipeline.artifact_stores or ())
        store = (
            stores.get(action.region or REGION)
            or pipeline.artifact_store
            or next(iter(stores.values()), None)
        )
        revisions = {revision.action: revision.id for revision in artifact.sources}
        return ArtifactLocation(store.location if store is not None else "", self._key(artifact), revisions)

    def _finish(self, row: ActionRow, done: Done) -> None:
        self.tick()
        target = (row.execution, row.stage, row.action)
        message = str(done.message)[:5000]
        try:
            self.run.do(
                FinishAction(*target, done.failure, message, done.external_id, tuple(done.variables.items()))
            )
        except Refused as error:
            running = self.run.history.running.get(target)
            if running is None or running.position != row.position:  # abandoned meanwhile
                self.log(row, f"The result came too late: {error}")
                return
            with suppress(Refused):  # an invalid result must not leave the action in progress for ever
                message = f"The provider's result is invalid: {error}"
                self.run.do(FinishAction(*target, "JobFailed", message[:5000]))


def _key(row: ActionRow) -> tuple[int, str, str, int]:
    return row.execution, row.stage, row.action, row.position


def _clear(folder: Path) -> None:
    """Remove the folder of an action. ``shutil.rmtree`` is recursive and would fail on deeply nested folders."""
    with suppress(OSError):
        remove(folder)


Workshop = ActionExecutor  # the former name, for programs that import it from here
