"""What an account was told is there after a restart, and the time has gone on as it should."""

import time
from contextlib import contextmanager

import pytest
from account import Account, action, commits, stage

from cp_teach import connect
from cp_teach.aws import mock_aws
from cp_teach.aws.backend.service import Service
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.moto_plugin.mock_aws import Mock
from cp_teach.aws.operations import perform
from cp_teach.aws.persistence.sqlite_store import SqliteStore
from cp_teach.aws.server.loopback_server import Server

JENKINS = {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}
SNYK = {"category": "Invoke", "owner": "ThirdParty", "provider": "Snyk", "version": "1"}
DETAILS = {"minimumCount": 0, "maximumCount": 5}
NEW_TYPE = {
    "category": "Build",
    "provider": "Jenkins",
    "version": "1",
    "inputArtifactDetails": DETAILS,
    "outputArtifactDetails": DETAILS,
}


@contextmanager
def kept_in(folder):
    """An account that is kept in a folder; to leave it is to stop its server, to enter it again is to start another."""
    clock = Clock("manual")
    store = SqliteStore(folder, clock)
    store.restore_clock(chosen=False)
    try:
        with Mock(Settings(clock=clock), store=store) as mock:
            yield Account(mock)
    finally:
        store.close()


def test_a_pipeline_is_the_same_after_a_restart_and_its_job_still_waits(tmp_path):
    with kept_in(tmp_path) as account:
        account.cp.create_custom_action_type(**NEW_TYPE)
        account.create(
            "shop",
            stage("Source", commits()),
            stage("Build", action("Jenkins", "Build/Custom/Jenkins", ["SourceArtifact"])),
        )
        before, copy = account.state()["stageStates"], connect(account.cp, "shop").run.fork()
    with kept_in(tmp_path) as account:
        assert account.state()["stageStates"] == before
        assert connect(account.cp, "shop").run.fork().id == copy.id, "a copy to play with is the same, too"
        (job,) = account.cp.poll_for_jobs(actionTypeId=JENKINS)["jobs"]
        account.cp.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
        account.cp.put_job_success_result(jobId=job["id"])
        assert account.statuses()["Build"] == "Succeeded"


def test_an_artifact_of_a_store_from_before_is_found_by_its_present_key(tmp_path, monkeypatch):
    with monkeypatch.context() as before, kept_in(tmp_path) as account:
        before.setattr("cp_teach.engine.history.records.artifact_extension", lambda action: ".zip")
        account.bucket("artifacts")
        account.create()
    with kept_in(tmp_path) as account:
        ran = account.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
        (place,) = [each["output"]["outputArtifacts"][0] for each in ran if each["actionName"] == "Compile"]
        key = place["s3location"]["key"]
        assert not key.endswith(".zip")
        assert account.client("s3").head_object(Bucket="artifacts", Key=key)["ContentLength"]


def test_an_action_type_that_was_made_or_changed_is_so_after_a_restart(tmp_path):
    with kept_in(tmp_path) as account:
        account.cp.create_custom_action_type(**NEW_TYPE)
        changed = account.cp.get_action_type(**SNYK)["actionType"] | {"description": "Looks for holes"}
        account.cp.update_action_type(actionType=changed)
    with kept_in(tmp_path) as account:
        (made,) = account.cp.list_action_types(actionOwnerFilter="Custom")["actionTypes"]
        assert made["id"] == JENKINS
        assert account.cp.get_action_type(**SNYK)["actionType"]["description"] == "Looks for holes"


def test_a_server_writes_what_it_is_told_to_its_store(tmp_path):
    place = ("210987654321", "us-east-1")  # no other server of this process has been asked for this account
    clock = Clock("manual")
    store = SqliteStore(tmp_path, clock)
    server = Server(Settings(clock=clock), store=store).start()
    try:
        perform(server.region(*place), Principal(*place, "me"), "CreateCustomActionType", NEW_TYPE)
    finally:
        server.stop()
        with mock_aws():
            pass  # moto forgets the account
        store.close()
    again = SqliteStore(tmp_path, clock)
    try:
        region = Service(Settings(clock=clock), again).region(*place)
        assert list(region.custom_action_types) == [("Build", "Jenkins", "1")]
    finally:
        again.close()


@pytest.mark.parametrize(
    ("mode", "factor", "passed"),
    [("manual", 1, 0), ("virtual", 1, 0), ("real", 1, 3600), ("real", 100, 360_000)],
)
def test_only_a_real_clock_goes_on_while_no_server_runs(tmp_path, monkeypatch, mode, factor, passed):
    for _ in range(2):
        store = SqliteStore(tmp_path, clock := Clock(mode, factor, now=1_800_000_000.0))
        store.restore_clock(chosen=False)
        store.close()
        hour_later = time.time() + 3600
        monkeypatch.setattr(time, "time", lambda now=hour_later: now)
    assert clock.now() - 1_800_000_000.0 == pytest.approx(passed, abs=30 * factor)
