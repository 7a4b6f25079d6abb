"""The job worker of a partner such as BlazeMeter or Apica: the protocol is real, and the measurements are simulated.

Source: service model, PollForThirdPartyJobs, GetThirdPartyJobDetails, AcknowledgeThirdPartyJob, and the two results.
The partner is not called; see ``cp_teach.work.simulation.simulated_tests``.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cp_teach.engine.model.ids import uuid
from cp_teach.security.input.whole_number import whole_number
from cp_teach.security.network.endpoints import REGION
from cp_teach.work.artifacts.job_artifacts import Clients, upload
from cp_teach.work.simulation.simulated_tests import Report, SimulatedTest
from cp_teach.work.workers.jenkins_worker import POLL_SECONDS, ignore_line

ROUNDS = 2
"""The number of progress reports of a test before its end."""

Choose = Callable[[Mapping[str, Any]], Callable[[str], None] | None]
"""Returns a function that receives the log lines of a job (service model: ThirdPartyJobData), or None to leave the job
to other workers."""


class ThirdPartyWorker:
    """Carries out the jobs of a partner's test provider, one after another.

    A test starts, reports progress twice (continuation token, percent), and ends with its report in every output
    artifact. Its whole state is in the token, so another worker can continue a test. ``client_token`` is the secret
    that the account and the partner share; with a wrong one, the service answers InvalidClientTokenException. Raises
    ``ValueError`` for an unknown provider and unless ``endpoint`` is on this machine.
    """

    def __init__(
        self,
        endpoint: str,
        provider: str,
        client_token: str,
        *,
        version: str = "1",
        rounds: int = ROUNDS,
        region: str = REGION,
        log: Callable[[str], None] = ignore_line,
        choose: Choose | None = None,
    ) -> None:
        self._clients = Clients(endpoint, region)
        self.test = SimulatedTest(provider)
        self.type = {"category": "Test", "owner": "ThirdParty", "provider": provider, "version": version}
        self.rounds, self._token = rounds, client_token
        self._choose = choose or (lambda data: log)
        self._codepipeline = self._clients.client("codepipeline")

    def run(self, stop: threading.Event) -> None:
        """Carry out jobs until ``stop`` is set. Raises boto3's ``ClientError`` for an invalid action type or token,
        and ``HTTPClientError`` if the server does not answer."""
        while not stop.is_set():
            if self.once() is None:
                stop.wait(POLL_SECONDS)

    def once(self) -> str | None:
        """Poll for a job and carry out its next step; returns its ID, or None if there is none or another worker was
        faster."""
        jobs = self._codepipeline.poll_for_third_party_jobs(actionTypeId=self.type, maxBatchSize=1)
        for job in jobs["jobs"]:
            job_key = {"jobId": job["jobId"], "clientToken": self._token}
            details = self._codepipeline.get_third_party_job_details(**job_key)["jobDetails"]
            if "pipelineContext" not in details["data"]:
                continue  # its pipeline was deleted
            log = self._choose(details["data"])
            if log is not None and self._acknowledge(job_key, details):
                self._work(job_key, details["data"], log)
                return str(job["jobId"])
        return None

    def _acknowledge(self, job_key: dict[str, str], details: Mapping[str, Any]) -> bool:
        try:
            response = self._codepipeline.acknowledge_third_party_job(**job_key, nonce=details["nonce"])
        except self._codepipeline.exceptions.InvalidNonceException:
            return False
        return bool(response["status"] == "InProgress")

    def _work(self, job_key: dict[str, str], data: Mapping[str, Any], log: Callable[[str], None]) -> None:
        context = data["pipelineContext"]
        provider, run = self.type["provider"], context["action"].get("actionExecutionId", job_key["jobId"])
        identifier = uuid("test", provider, run)
        artifacts = data.get("inputArtifacts", ())
        revisions = {each["name"]: each["revision"] for each in artifacts if each.get("revision")}
        try:
            step = self._step(data.get("continuationToken", ""), identifier)
            report = self.test.report(
                context["stage"]["name"],
                context["action"]["name"],
                data["actionConfiguration"]["configuration"],
                revisions,
                identifier,
            )
        except ValueError as error:
            self._fail(job_key, "ConfigurationError", str(error), identifier, log)
            return
        if step == 0:
            log(f"Simulated: {provider} is not called; the numbers are derived from the revision.")
        if step < self.rounds:
            percent = round(100 * (step + 1) / (self.rounds + 1))
            log(f"{provider}: {percent} %")
            token = {"continuationToken": f"{identifier}/{step + 1}"}
            summary = f"{provider} (simulated) is running: {percent} %"
            self._succeed({**job_key, **token}, summary, percent, identifier, log)
            return
        self._end(job_key, data, report, log)

    def _end(
        self, job_key: dict[str, str], data: Mapping[str, Any], report: Report, log: Callable[[str], None]
    ) -> None:
        from botocore.exceptions import ClientError

        log(f"{report.provider}: {'failed' if report.problem else 'passed'}: {report.summary}")
        if report.problem:
            self._fail(job_key, "JobFailed", report.message, report.id, log)
            return
        s3 = self._clients.client("s3", data["artifactCredentials"])
        with tempfile.TemporaryDirectory(prefix="cp-teach-report-") as folder:
            path = report.zip(Path(folder))
            for artifact in data.get("outputArtifacts", ()):
                try:
                    upload(s3, artifact, path)
                except ClientError as error:
                    message = f"The output artifact {artifact['name']} cannot be uploaded: {error}"
                    self._fail(job_key, "JobFailed", message, report.id, log)
                    return
        self._succeed(job_key, report.message[:2048], 100, report.id, log)

    def _step(self, token: str, identifier: str) -> int:
        if not token:
            return 0
        prefix, _, step = token.rpartition("/")
        number = whole_number(step)
        if prefix != identifier or number is None:
            raise ValueError(
                f"The continuation token {token!r} belongs to another kind of worker, which started this test. "
                "Let only one kind of worker poll for these jobs, and retry the stage."
            )
        return number

    def _succeed(
        self, result: dict[str, str], summary: str, percent: int, identifier: str, log: Callable[[str], None]
    ) -> None:
        details = {"summary": summary, "externalExecutionId": identifier, "percentComplete": percent}
        self._put(
            self._codepipeline.put_third_party_job_success_result,
            {**result, "executionDetails": details},
            log,
        )

    def _fail(
        self, job_key: dict[str, str], kind: str, message: str, identifier: str, log: Callable[[str], None]
    ) -> None:
        details = {"type": kind, "message": message, "externalExecutionId": identifier}
        self._put(
            self._codepipeline.put_third_party_job_failure_result, {**job_key, "failureDetails": details}, log
        )

    def _put(self, put: Callable[..., object], result: dict[str, Any], log: Callable[[str], None]) -> None:
        errors = self._codepipeline.exceptions
        try:
            put(**result)
        except (errors.InvalidJobStateException, errors.JobNotFoundException) as error:
            log(f"This result is no longer needed: {error}")
