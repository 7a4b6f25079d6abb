"""Two servers in one process: each has its own keys, job workers, and published work, and stops without the other."""

import pytest

from cp_teach import Pipeline, Run, serve
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.local.job_workers import WorkerPool
from cp_teach.aws.server.loopback_server import Server


@pytest.fixture
def servers():
    pair = [Server(Settings(clock=Clock("real"))).start() for _ in range(2)]
    yield pair
    for server in pair:
        server.stop()


class Work:
    """Something that does real work."""


def test_a_run_is_served_by_the_server_that_it_is_given_to(servers):
    first, second = servers
    runs = [Run(Pipeline.of(f"on-{name}", Source="S3", Beta="CodeDeploy")) for name in ("first", "second")]
    with serve(runs[0], server=first) as one, serve(runs[1], server=second) as other:
        assert (one.url, other.url) == (first.url, second.url)
        other.client().start_pipeline_execution(name="on-second")
        assert [run.state.newest for run in runs] == [0, 1]


def test_keys_that_one_server_requires_are_not_required_by_the_other(servers):
    first, second = servers
    ours, stranger = second.client(), second.client(aws_access_key_id="a", aws_secret_access_key="b")
    work = Work()
    first.keys.require_for(work, first.url)
    assert stranger.list_pipelines()["pipelines"] is not None
    assert not second.keys.required
    second.keys.require_for(work, second.url)
    with pytest.raises(stranger.exceptions.ClientError, match="token included in the request is invalid"):
        stranger.list_pipelines()
    assert ours.list_pipelines()["pipelines"] is not None
    assert first.client().list_pipelines()["pipelines"] is not None


def test_a_server_that_stops_closes_what_it_owns_and_leaves_the_other_alone(servers):
    first, second = servers
    closed = []

    class Owned:
        def close(self):
            closed.append(self)

    mine, theirs = first.owned(Owned), second.owned(Owned)
    assert first.owned(Owned) is mine is not theirs
    assert first.owned(WorkerPool) is not second.owned(WorkerPool)
    first.stop()
    assert closed == [mine]
    assert second.client().list_pipelines()["pipelines"] is not None
