"""The provider Lambda, for real: functions run in processes of their own and answer for their jobs by themselves."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.region_backend import LOCK, Region
from cp_teach.aws.local.s3_artifact_store import ACCOUNT, REGION
from cp_teach.aws.operations.jobs.jobs import event, hosted_of
from cp_teach.aws.server.serve_run import server
from cp_teach.work.sandbox.run_command import allow
from cp_teach.work.task import Done, Task
from cp_teach.work.workers.lambda_function import Function

SILENCE = 20 * 60.0
"""Seconds after which a function that has not answered has failed (user guide: limits)."""
AGAIN = 30.0
"""Seconds until a function that has answered with a continuation token is called again. AWS says "periodically"."""
APPEARS = 10.0
"""Seconds in which the job of an action that has begun must be there; it takes a moment."""
LOOK = 0.05
"""Seconds between two looks at a job."""


class Lambda:
    """What the provider Lambda does with an action: call a function with the job, and wait for what it answers.

    A function has to call PutJobSuccessResult or PutJobFailureResult, in time: ``silence`` is in seconds. What it
    returns counts for nothing, and one that crashes is only silent, as with AWS. ``again`` are the seconds until it
    is called once more after a continuation token. The run has to be served (``show_work`` or ``serve``), for the
    function answers to the server of this process. ``yes=True`` is needed: strangers' code runs here.
    """

    def __init__(
        self,
        *,
        yes: bool = False,
        silence: float = SILENCE,
        again: float = AGAIN,
        region: str = REGION,
        account: str = ACCOUNT,
    ) -> None:
        allow(yes, "a Lambda function's")
        self.yes, self.silence, self.again = yes, silence, again
        self.region, self.account = region, account
        self.functions: dict[str, Function] = {}

    def add(
        self, name: str, code: Path, handler: str = "lambda_function.lambda_handler", seconds: float = 60.0
    ) -> Lambda:
        """Let there be a function of that name: a Python file or a folder of them, and "module.function" in it.

        ``seconds`` is how long one call may run. Raises ``ValueError`` for what cannot be.
        """
        server().keys.demand(self, server().url)
        self.functions[name] = Function(
            name, code, handler, server().url, yes=self.yes, seconds=seconds, region=self.region
        )
        return self

    def __call__(self, task: Task) -> Done:
        """Call the function until the action has ended."""
        name = task.configuration.get("FunctionName", "")
        function = self.functions.get(name)
        if function is None:
            have = ", ".join(sorted(self.functions)) or "none"
            asked = f"no Lambda function {name}" if name else "no FunctionName in the action's configuration"
            return Done("ConfigurationError", f"There is {asked}. There are here: {have}.", external_id=name)
        region = server().region(self.account, self.region)
        job = self._first(region, task)
        if job is None:
            words = (
                "The pipeline is not behind the API, so the function could not answer. "
                "Call show_work(workshop, local) before you release."
            )
            return Done("ConfigurationError", words, external_id=name)
        while True:
            if silent := self._round(region, job, function, task):
                return silent
            if task.stop.is_set():
                return Done("JobFailed", "Nobody waits for it any more.", external_id=name)
            following = self._next(region, job)
            if following is None:
                return Done(told=True)
            task.log(f"{name} goes on later (continuation token {following.continuation}).")
            job = following
            task.stop.wait(self.again)

    def _round(self, region: Region, job: Job, function: Function, task: Task) -> Done | None:
        """Call the function once and wait for its answer; a failure when it stays silent."""
        with LOCK:
            given = event(region, job)
        end = threading.Event()
        calling = threading.Thread(target=self._call, args=(function, given, job, task, end), daemon=True)
        calling.start()
        deadline = time.monotonic() + self.silence
        try:
            while not job.ended and not task.stop.is_set() and self._waited_for(region, job):
                if time.monotonic() > deadline:
                    return Done("JobFailed", self._silent(function), external_id=function.name)
                task.stop.wait(LOOK)
            # What it does after its answer is still its own affair.
            while job.ended and calling.is_alive() and not task.stop.is_set():
                calling.join(LOOK)
            return None
        finally:
            end.set()
            calling.join()

    def _call(
        self,
        function: Function,
        given: dict[str, object],
        job: Job,
        task: Task,
        end: threading.Event,
    ) -> None:
        folder = task.folder / f"call-{job.round}"
        folder.mkdir()
        try:
            answered = function(given, folder, task.log, end)
        except OSError as error:
            task.log(f"The function {function.name} could not be started: {error}")
            return
        if answered.why and not end.is_set():
            task.log(answered.why)
        if not job.ended and not end.is_set():
            task.log(
                f"The function {function.name} has ended without an answer to CodePipeline: the action goes on "
                f"waiting, {self.silence:g} seconds in all."
            )

    def _silent(self, function: Function) -> str:
        limit = f"{self.silence / 60:g} minutes" if self.silence >= 120 else f"{self.silence:g} seconds"
        aws = "" if self.silence >= SILENCE else f" (AWS would wait {SILENCE / 60:g} minutes)"
        return (
            f"The AWS Lambda function {function.name} failed to return a result within {limit}{aws}. A function has to "
            "call PutJobSuccessResult or PutJobFailureResult with the job's id, on every way out of it, errors too; "
            "what it returns is not heard. Its output is in the action's log."
        )

    def _first(self, region: Region, task: Task) -> Job | None:
        deadline = time.monotonic() + APPEARS
        while not task.stop.is_set():
            with LOCK:
                hosted = region.hosted.get(task.pipeline)
                if hosted is None:
                    return None
                if job := self._job(region, hosted, task):
                    return job
            if time.monotonic() > deadline:
                return None
            task.stop.wait(LOOK)
        return None

    def _job(self, region: Region, hosted: Hosted, task: Task) -> Job | None:
        row = hosted.ledger.find(task.id)
        return region.jobs.of(hosted.run.id, row) if row is not None else None

    def _waited_for(self, region: Region, job: Job) -> bool:
        """False when the action has ended in another way: by its time limit, or by hand."""
        with LOCK:
            hosted = hosted_of(region, job)
            return hosted is not None and (job.execution, job.stage, job.action) in hosted.run.history.running

    def _next(self, region: Region, job: Job) -> Job | None:
        """The job that follows on this one, if the function has said that it will go on."""
        with LOCK:
            newest = region.jobs.newest(job)
        return newest if newest is not job else None

    def __repr__(self) -> str:
        return f"Lambda({', '.join(sorted(self.functions))})"
