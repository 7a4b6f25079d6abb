"""The Lambda provider: functions run in their own processes and report the results of their jobs through the API."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.operations.jobs import lambda_event, pipeline_of_job
from cp_teach.aws.server.loopback_server import Server
from cp_teach.aws.server.process_server import PROCESS
from cp_teach.security.network.endpoints import REGION
from cp_teach.work.sandbox.run_command import require_consent
from cp_teach.work.task import Done, Task
from cp_teach.work.workers.lambda_function import Function

SILENCE = 20 * 60.0
"""Seconds after which a function that has not answered has failed (user guide: limits)."""
AGAIN = 30.0
"""Seconds until a function that has answered with a continuation token is called again. AWS says "periodically"."""
JOB_TIMEOUT = 10.0
"""Seconds within which the service creates the job of an action that has started."""
POLL_SECONDS = 0.05
"""Seconds between two checks of a job."""

JobEvent = dict[str, object]
"""The event that a function gets for its job (see ``lambda_event``)."""


class Lambda:
    """Implements Invoke actions of the provider Lambda: calls a function with the job and waits for its answer.

    A function must call PutJobSuccessResult or PutJobFailureResult within ``silence`` seconds. As with AWS, its return
    value has no effect, and a function that crashes gives no answer. After a continuation token it is called again
    ``again`` seconds later. The run must be behind the API (``show_work`` or ``serve``), because the function answers
    to ``server``, which is the one that the process shares if none is given. ``yes=True`` is required, because other
    people's code runs on this machine.
    """

    def __init__(
        self,
        *,
        yes: bool = False,
        silence: float = SILENCE,
        again: float = AGAIN,
        region: str = REGION,
        server: Server | None = None,
    ) -> None:
        require_consent(yes, "a Lambda function's")
        self.yes, self.silence, self.again = yes, silence, again
        self.region, self.server = region, server or PROCESS.get()
        self.functions: dict[str, Function] = {}

    def add(
        self, name: str, code: Path, handler: str = "lambda_function.lambda_handler", seconds: float = 60.0
    ) -> Lambda:
        """Add a function: ``code`` is a Python file or a folder of them, ``handler`` is "module.function" in it.

        One call may run for ``seconds``. Raises ``ValueError`` for an invalid name or handler, or missing code.
        """
        url = self.server.url
        self.server.keys.require_for(self, url)
        self.functions[name] = Function(
            name, code, handler, url, yes=self.yes, seconds=seconds, region=self.region
        )
        return self

    def __call__(self, task: Task) -> Done:
        """Call the function until the action has ended."""
        name = task.configuration.get("FunctionName", "")
        function = self.functions.get(name)
        if function is None:
            known = ", ".join(sorted(self.functions)) or "none"
            missing = "The action's configuration has no FunctionName"
            problem = f"There is no Lambda function {name}" if name else missing
            return Done("ConfigurationError", f"{problem}. The functions are: {known}.", external_id=name)
        region = self.server.region(name=self.region)
        job = self._wait_for_job(region, task)
        if job is None:
            message = (
                "The pipeline is not behind the API, so the function could not answer. "
                "Call show_work(workshop, local) before you release."
            )
            return Done("ConfigurationError", message, external_id=name)
        while True:
            if failure := self._run_job(region, job, function, task):
                return failure
            if task.stop.is_set():
                return Done("JobFailed", "The action was stopped.", external_id=name)
            following = self._following_job(region, job)
            if following is None:
                return Done(already_reported=True)
            task.log(f"{name} will continue later (continuation token {following.continuation}).")
            job = following
            task.stop.wait(self.again)

    def _run_job(self, region: RegionBackend, job: Job, function: Function, task: Task) -> Done | None:
        """Call the function once and wait for its answer; returns the failure of a function that gives none."""
        with self.server.lock:
            event = lambda_event(region, job)
        end = threading.Event()
        thread = threading.Thread(target=self._call, args=(function, job, event, task, end), daemon=True)
        thread.start()
        deadline = time.monotonic() + self.silence
        try:
            while not job.ended and not task.stop.is_set() and self._is_running(region, job):
                if time.monotonic() > deadline:
                    return Done("JobFailed", self._timeout_message(function), external_id=function.name)
                task.stop.wait(POLL_SECONDS)
            # After its answer, a function may still finish its work.
            while job.ended and thread.is_alive() and not task.stop.is_set():
                thread.join(POLL_SECONDS)
            return None
        finally:
            end.set()
            thread.join()

    def _call(self, function: Function, job: Job, event: JobEvent, task: Task, end: threading.Event) -> None:
        folder = task.folder / f"call-{job.round}"
        folder.mkdir()
        try:
            result = function(event, folder, task.log, end)
        except OSError as error:
            task.log(f"The function {function.name} could not be started: {error}")
            return
        if result.problem and not end.is_set():
            task.log(result.problem)
        if not job.ended and not end.is_set():
            task.log(
                f"The function {function.name} has ended without an answer to CodePipeline: the action keeps "
                f"waiting, {self.silence:g} seconds in all."
            )

    def _timeout_message(self, function: Function) -> str:
        limit = f"{self.silence / 60:g} minutes" if self.silence >= 120 else f"{self.silence:g} seconds"
        aws = "" if self.silence >= SILENCE else f" (AWS would wait {SILENCE / 60:g} minutes)"
        return (
            f"The AWS Lambda function {function.name} failed to return a result within {limit}{aws}. A function must "
            "call PutJobSuccessResult or PutJobFailureResult with the job's ID on every path, also after an error; "
            "its return value has no effect. Its output is in the action's log."
        )

    def _wait_for_job(self, region: RegionBackend, task: Task) -> Job | None:
        """The job of this action execution; None if the pipeline is not behind the API."""
        deadline = time.monotonic() + JOB_TIMEOUT
        while not task.stop.is_set() and time.monotonic() <= deadline:
            with self.server.lock:
                hosted = region.pipelines.get(task.pipeline)
                if hosted is None:
                    return None
                row = hosted.metadata.find(task.id)
                job = region.jobs.of(hosted.run.id, row) if row is not None else None
            if job is not None:
                return job
            task.stop.wait(POLL_SECONDS)
        return None

    def _is_running(self, region: RegionBackend, job: Job) -> bool:
        """False if the action has ended in another way: by its time limit, or by hand."""
        with self.server.lock:
            hosted = pipeline_of_job(region, job)
            return hosted is not None and (job.execution, job.stage, job.action) in hosted.run.history.running

    def _following_job(self, region: RegionBackend, job: Job) -> Job | None:
        with self.server.lock:
            newest = region.jobs.newest(job)
        return newest if newest is not job else None

    def __repr__(self) -> str:
        return f"Lambda({', '.join(sorted(self.functions))})"
