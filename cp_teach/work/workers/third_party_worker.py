"""A partner's job worker, as BlazeMeter or Apica run one: the protocol is the real one, what it measures is simulated.

Source: service model, PollForThirdPartyJobs, GetThirdPartyJobDetails, AcknowledgeThirdPartyJob and the two results.
The partner is not called: see ``cp_teach.work.simulation.test_providers``.
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
from cp_teach.work.artifacts.zip_artifacts import pack
from cp_teach.work.simulation.test_providers import JUNIT, SimulatedTest
from cp_teach.work.simulation.test_report_formats import Report, write
from cp_teach.work.workers.jenkins_worker import EVERY, nothing

ROUNDS = 2
"""So often a test says that it goes on, before it ends."""

Choose = Callable[[Mapping[str, Any]], Callable[[str], None] | None]
"""Who is told the lines of a job (model: ThirdPartyJobData); None for a job that is left to others."""


class Partner:
    """Works on the jobs of a test provider of a partner, one after the other.

    A test begins, says twice how far it is (continuation token, percent), and ends with its report in every output
    artifact. All that it has to remember is in the token: where one worker ends, another goes on. ``client_token`` is
    the secret that the account and the partner share; with a wrong one the service answers
    InvalidClientTokenException. ``endpoint`` must be on this machine, or else ``ValueError`` is raised, as for a
    provider that is not known.
    """

    def __init__(
        self,
        endpoint: str,
        provider: str,
        client_token: str,
        *,
        version: str = "1",
        fails: Mapping[str, str] | None = None,
        seed: int = 0,
        rounds: int = ROUNDS,
        region: str = REGION,
        log: Callable[[str], None] = nothing,
        choose: Choose | None = None,
    ) -> None:
        self._clients = Clients(endpoint, region)
        self.test = SimulatedTest(provider, fails=fails, seed=seed)
        self.type = {"category": "Test", "owner": "ThirdParty", "provider": provider, "version": version}
        self.rounds, self._token = rounds, client_token
        self._choose = choose or (lambda data: log)
        self._codepipeline = self._clients.client("codepipeline")

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set. Raises boto3's ``ClientError`` for an action type or a token that is not good,
        and its ``HTTPClientError`` where the server does not answer."""
        while not stop.is_set():
            if self.once() is None:
                stop.wait(EVERY)

    def once(self) -> str | None:
        """Ask for a job and do it; its id, or None where there was none, or another worker was quicker."""
        jobs = self._codepipeline.poll_for_third_party_jobs(actionTypeId=self.type, maxBatchSize=1)
        for job in jobs["jobs"]:
            known = {"jobId": job["jobId"], "clientToken": self._token}
            details = self._codepipeline.get_third_party_job_details(**known)["jobDetails"]
            if "pipelineContext" not in details["data"]:
                continue  # its pipeline was deleted meanwhile
            log = self._choose(details["data"])
            if log is not None and self._mine(known, details):
                self._work(known, details["data"], log)
                return str(job["jobId"])
        return None

    def _mine(self, known: dict[str, str], details: Mapping[str, Any]) -> bool:
        try:
            told = self._codepipeline.acknowledge_third_party_job(**known, nonce=details["nonce"])
        except self._codepipeline.exceptions.InvalidNonceException:
            return False
        return bool(told["status"] == "InProgress")

    def _work(self, known: dict[str, str], data: Mapping[str, Any], log: Callable[[str], None]) -> None:
        context = data["pipelineContext"]
        provider, run = self.type["provider"], context["action"].get("actionExecutionId", known["jobId"])
        identifier = uuid("test", provider, run)
        try:
            step = self._step(data.get("continuationToken", ""), identifier)
            report = self.test.report(
                context["stage"]["name"],
                context["action"]["name"],
                data["actionConfiguration"]["configuration"],
                {
                    each["name"]: each["revision"]
                    for each in data.get("inputArtifacts", ())
                    if each.get("revision")
                },
                identifier,
            )
        except ValueError as wrong:
            self._fail(known, "ConfigurationError", str(wrong), identifier, log)
            return
        if step == 0:
            log(f"Simulated: {provider} is not called; the numbers are derived from the revision.")
        if step < self.rounds:
            percent = round(100 * (step + 1) / (self.rounds + 1))
            log(f"{provider}: {percent} %")
            self._succeed(
                {
                    **known,
                    "continuationToken": f"{identifier}/{step + 1}",
                    "executionDetails": {
                        "summary": f"{provider} (simulated) is running: {percent} %",
                        "externalExecutionId": identifier,
                        "percentComplete": percent,
                    },
                },
                log,
            )
            return
        self._end(known, data, report, log)

    def _end(
        self, known: dict[str, str], data: Mapping[str, Any], report: Report, log: Callable[[str], None]
    ) -> None:
        from botocore.exceptions import ClientError

        log(f"{report.provider}: {'failed' if report.why else 'passed'}: {report.summary}")
        if report.why:
            self._fail(known, "JobFailed", report.message, report.id, log)
            return
        store = self._clients.client("s3", data["artifactCredentials"])
        with tempfile.TemporaryDirectory(prefix="cp-teach-report-") as made:
            place = Path(made)
            pack(place, write(report, place, junit=report.provider in JUNIT), place / "report.zip")
            for artifact in data.get("outputArtifacts", ()):
                try:
                    upload(store, artifact, place / "report.zip")
                except ClientError as no:
                    words = f"The output artifact {artifact['name']} cannot be uploaded: {no}"
                    self._fail(known, "JobFailed", words, report.id, log)
                    return
        said = {"summary": report.message[:2048], "externalExecutionId": report.id, "percentComplete": 100}
        self._succeed({**known, "executionDetails": said}, log)

    def _step(self, token: str, identifier: str) -> int:
        if not token:
            return 0
        ours, _, step = token.rpartition("/")
        number = whole_number(step)
        if ours != identifier or number is None:
            raise ValueError(
                f"The continuation token {token!r} is not of this worker: another one has begun this test. "
                "Let one kind of worker poll for these jobs, and retry the stage."
            )
        return number

    def _succeed(self, result: dict[str, Any], log: Callable[[str], None]) -> None:
        self._put(self._codepipeline.put_third_party_job_success_result, result, log)

    def _fail(
        self, known: dict[str, str], kind: str, message: str, identifier: str, log: Callable[[str], None]
    ) -> None:
        details = {"type": kind, "message": message, "externalExecutionId": identifier}
        self._put(
            self._codepipeline.put_third_party_job_failure_result, {**known, "failureDetails": details}, log
        )

    def _put(self, put: Any, result: dict[str, Any], log: Callable[[str], None]) -> None:
        errors = self._codepipeline.exceptions
        try:
            put(**result)
        except (errors.InvalidJobStateException, errors.JobNotFoundException) as no:
            log(f"Nobody waits for this result any more: {no}")
