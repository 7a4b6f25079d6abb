"""A partner's worker, beside a service that only notes what it is told."""

from types import SimpleNamespace

import pytest

from cp_teach.work.workers import third_party_worker
from cp_teach.work.workers.third_party_worker import ThirdPartyWorker


class Service:
    """CodePipeline as far as a worker sees it: one job, which is handed out until it has ended."""

    exceptions = SimpleNamespace(
        **{f"{name}Exception": LookupError for name in ("InvalidJobState", "JobNotFound", "InvalidNonce")}
    )

    def __init__(self):
        self.results = []
        self.taken = False

    def client(self, name, credentials=None):
        return self

    def poll_for_third_party_jobs(self, **asked):
        return {"jobs": [{"jobId": "job"}]}

    def get_third_party_job_details(self, **asked):
        last = self.results[-1] if self.results else {}
        data = {
            "pipelineContext": {"stage": {"name": "Test"}, "action": {"name": "Load"}},
            "actionConfiguration": {"configuration": {}},
            "artifactCredentials": {},
            "continuationToken": last.get("continuationToken", ""),
        }
        return {"jobDetails": {"nonce": "1", "data": data}}

    def acknowledge_third_party_job(self, **asked):
        if self.taken:
            raise self.exceptions.InvalidNonceException
        return {"status": "InProgress"}

    def put_third_party_job_success_result(self, **result):
        self.results.append(result)


@pytest.fixture
def service(monkeypatch):
    made = Service()
    monkeypatch.setattr(third_party_worker, "Clients", lambda endpoint, region: made)
    return made


def test_a_test_of_three_rounds_says_a_quarter_a_half_and_three_quarters_before_it_ends(service):
    said = []
    worker = ThirdPartyWorker("", "BlazeMeter", "token", rounds=3, log=said.append)
    for _ in range(4):
        assert worker.once() == "job"
    assert [told["executionDetails"]["percentComplete"] for told in service.results] == [25, 50, 75, 100]
    assert ["continuationToken" in told for told in service.results] == [True, True, True, False]
    assert said[1:4] == ["BlazeMeter: 25 %", "BlazeMeter: 50 %", "BlazeMeter: 75 %"]


def test_a_job_that_another_worker_took_first_is_left_to_it(service):
    service.taken = True
    assert ThirdPartyWorker("", "BlazeMeter", "token").once() is None
    assert service.results == []
