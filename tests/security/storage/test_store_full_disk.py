"""What cannot be written is refused and taken back; when there is room again, everything goes on."""

import json
import os
import random
import shutil
import time

import pytest
from in_namespaces import run_in_namespaces
from moto.codepipeline.models import codepipeline_backends
from moto.events.models import events_backends
from stored_service import CUSTOM, REGION, StoredService, fill, structure, webhook

from cp_teach.aws.admin_api import dispatch
from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.store import StoreFailed
from cp_teach.aws.moto_plugin.install import install, uninstall
from cp_teach.aws.operations import OPERATIONS
from cp_teach.aws.operations.pipelines.webhook_calls import call_webhook

PROVE = os.environ.get("CP_TEACH_PROVE") == "1"


@pytest.fixture
def service(tmp_path):
    service = StoredService(tmp_path / "state")
    fill(service)
    yield service
    service.end()


def refuse_writing(service, refuse=True):
    service.store._db.execute(f"PRAGMA query_only = {'ON' if refuse else 'OFF'}")


def after_a_kill(service, folder):
    """What a new server tells of a copy of the files as they are now."""
    shutil.copytree(service.store.folder, folder)
    restarted = StoredService(folder)
    assert restarted.store.problems == []
    told = restarted.reads()
    restarted.end()
    return told


# -- each way to change something ------------------------------------------------------------------
def execution(service):
    return service.ask("ListPipelineExecutions", pipelineName="shop")["pipelineExecutionSummaries"][0][
        "pipelineExecutionId"
    ]


def job(service):
    return next(job for job in service.region.jobs if job.status == "InProgress")


DOOR = {"pipelineName": "shop", "stageName": "Build", "transitionType": "Inbound"}
ARN = "arn:aws:codepipeline:us-east-1:123456789012:shop"
DETAILS = {"minimumCount": 0, "maximumCount": 5}
CHANGES = {
    "CreatePipeline": lambda s: s.create("third"),
    "UpdatePipeline": lambda s: s.ask(
        "UpdatePipeline",
        pipeline={**structure("shop", s.role), "executionMode": "QUEUED", "pipelineType": "V2"},
    ),
    "DeletePipeline": lambda s: s.ask("DeletePipeline", name="shop"),
    "StartPipelineExecution": lambda s: s.start(clientRequestToken="t"),
    "StopPipelineExecution": lambda s: s.ask(
        "StopPipelineExecution", pipelineName="shop", pipelineExecutionId=execution(s), abandon=True
    ),
    "DisableStageTransition": lambda s: s.ask("DisableStageTransition", **DOOR, reason="r"),
    "EnableStageTransition": lambda s: s.ask("EnableStageTransition", **DOOR),
    "PutActionRevision": lambda s: s.ask(
        "PutActionRevision",
        pipelineName="shop",
        stageName="Source",
        actionName="Commit",
        actionRevision={"revisionId": "r9", "revisionChangeId": "c9", "created": 1},
    ),
    "TagResource": lambda s: s.ask("TagResource", resourceArn=ARN, tags=[{"key": "k", "value": "v"}]),
    "UntagResource": lambda s: s.ask("UntagResource", resourceArn=ARN, tagKeys=["a"]),
    "PutWebhook": lambda s: s.ask("PutWebhook", webhook=webhook("second")),
    "DeleteWebhook": lambda s: s.ask("DeleteWebhook", name="hook"),
    "CreateCustomActionType": lambda s: s.ask(
        "CreateCustomActionType",
        category="Test",
        provider="Mine",
        version="1",
        inputArtifactDetails=DETAILS,
        outputArtifactDetails=DETAILS,
    ),
    "DeleteCustomActionType": lambda s: s.ask(
        "DeleteCustomActionType", category="Build", provider="Jenkins", version="1"
    ),
    "PollForJobs": lambda s: s.ask("PollForJobs", actionTypeId=CUSTOM, maxBatchSize=5),
    "PutJobSuccessResult": lambda s: s.ask("PutJobSuccessResult", jobId=job(s).id),
    "PutJobFailureResult": lambda s: s.ask(
        "PutJobFailureResult", jobId=job(s).id, failureDetails={"type": "JobFailed", "message": "m"}
    ),
    "a continuation": lambda s: s.ask("PutJobSuccessResult", jobId=job(s).id, continuationToken="more"),
    "a webhook that is called": lambda s: call_webhook(s.region, "hook", b"{}", {}),
    "a tick": lambda s: s.tick(5000),
    "a planned failure": lambda s: ask_admin(s, ("inject", "shop"), stage="Build", action="Compile"),
    "another clock": lambda s: ask_admin(s, ("clock",), mode="virtual"),
    "a finish by hand": lambda s: ask_admin(s, ("finish", "shop"), stage="Build", action="Compile"),
}


def ask_admin(service, parts, **body):
    status, _, answer = dispatch.handle(service.region, "POST", parts, {}, json.dumps(body).encode())
    if status == 503:
        raise StoreFailed(answer)
    assert status == 200, answer


@pytest.mark.parametrize("change", CHANGES)
def test_a_refused_change_leaves_no_trace_and_succeeds_later(change, service, tmp_path):
    if change == "EnableStageTransition":
        CHANGES["DisableStageTransition"](service)
    before = service.reads()
    refuse_writing(service)
    for _ in range(2):
        with pytest.raises(StoreFailed, match="rolled back"):
            CHANGES[change](service)
        assert service.reads() == before
    assert after_a_kill(service, tmp_path / "during") == before
    refuse_writing(service, False)
    CHANGES[change](service)
    after = service.reads()
    assert after != before
    again = after_a_kill(service, tmp_path / "after")
    if change == "another clock":  # which now runs
        del again["now"], after["now"]
    assert again == after


def test_reading_goes_on_while_nothing_can_be_written(service):
    """What falls due has to wait: it could not be kept."""
    service.start()
    ask_admin(service, ("clock",), mode="real", factor=50_000)
    service.start()
    refuse_writing(service)
    time.sleep(0.01)
    with pytest.raises(StoreFailed):
        service.reads()
    told = service.reads()["shop"]
    time.sleep(0.01)
    assert service.reads()["shop"] == told
    refuse_writing(service, False)
    assert service.reads()["shop"] != told, "time goes on by itself"


def choose_and_start(service):
    with service.region.transaction():
        service.region.settings.set_workers({"Build": "hand"})
        service.start()


def test_workers_are_taken_back_with_the_rest(service):
    refuse_writing(service)
    with pytest.raises(StoreFailed):
        choose_and_start(service)
    assert service.region.settings.workers == {}
    refuse_writing(service, False)


def test_effects_wait_for_the_commit_and_do_not_happen_for_what_is_taken_back(service, monkeypatch):
    told = []
    service.region.account_services.make_bucket("artifacts")
    monkeypatch.setattr(
        service.region.account_services, "put_event", lambda kind, detail, *_: told.append(detail["state"])
    )
    refuse_writing(service)
    with pytest.raises(StoreFailed):
        service.start()
    assert told == []
    refuse_writing(service, False)
    with service.region.transaction():
        service.start()
        assert told == [], "the answer has not been written yet"
    assert told[:2] == ["STARTED", "STARTED"]


def test_an_artifact_is_in_its_bucket_when_its_step_is_written(service):
    bucket = f"bucket-{random.randrange(1 << 40)}"
    service.region.account_services.make_bucket(bucket)
    pipeline = structure("made", service.role)
    pipeline["artifactStore"]["location"] = bucket
    service.ask("CreatePipeline", pipeline=pipeline)
    refuse_writing(service)
    with pytest.raises(StoreFailed):
        service.tick(10)
    keys = lambda: list(service.region.account_services._s3().buckets[bucket].keys)  # noqa: E731 - a name for it
    assert keys() == []
    assert service.region.account_services.uncommitted_artifacts == {}
    refuse_writing(service, False)
    service.tick(10)
    assert len(keys()) == 1


@pytest.fixture
def behind_moto(tmp_path):
    """The service as moto's other services find it: what a rule of EventBridge starts, starts here."""
    # An account of its own: in the usual one another test of this process may have a server.
    service = StoredService(tmp_path / "state", account="210987654321")
    service_registry.register(service.service)
    before = codepipeline_backends.backend
    install()
    assert codepipeline_backends[service.account][REGION].service is service.region
    yield service
    service.end()
    service_registry.unregister(service.service)
    if codepipeline_backends.backend is not before:  # another test's server may still need it
        uninstall()


def test_an_event_that_could_start_nothing_is_delivered_when_there_is_room(behind_moto):
    service = behind_moto
    fill(service)
    events = events_backends[service.account][REGION]
    rule = f"rule-{random.randrange(1 << 40)}"
    bus = events.event_buses["default"].arn
    events.put_rule(rule, event_bus_arn=bus, event_pattern=json.dumps({"source": [rule]}), state="ENABLED")
    events.put_targets(
        rule,
        bus,
        [{"Id": "1", "Arn": service.region.arn("shop"), "RoleArn": "arn:aws:iam::210987654321:role/r"}],
    )
    event = {"Source": rule, "DetailType": "t", "Detail": "{}"}

    def started():
        return len(service.ask("ListPipelineExecutions", pipelineName="shop")["pipelineExecutionSummaries"])

    count = started()
    events.put_events([event])
    assert started() == count + 1
    refuse_writing(service)
    events.put_events([event])
    events.put_events([event])
    assert started() == count + 1
    refuse_writing(service, False)
    started()
    assert started() == count + 3
    events.remove_targets(rule, bus, ["1"])
    events.delete_rule(rule, bus)


def test_a_schedule_that_could_start_nothing_is_due_again_when_there_is_room(behind_moto):
    service = behind_moto
    fill(service)
    events = events_backends[service.account][REGION]
    rule = f"rule-{random.randrange(1 << 40)}"
    with service.service.entered():
        events.put_rule(rule, scheduled_expression="rate(1 hour)", state="ENABLED")
    events.put_targets(
        rule,
        events.event_buses["default"].arn,
        [{"Id": "1", "Arn": service.region.arn("shop"), "RoleArn": "arn:aws:iam::210987654321:role/r"}],
    )

    def started():
        return len(service.ask("ListPipelineExecutions", pipelineName="shop")["pipelineExecutionSummaries"])

    count = started()
    refuse_writing(service)
    with pytest.raises(StoreFailed):
        service.service.pass_time(3600)
    refuse_writing(service, False)
    assert started() == count
    service.service.pass_time(3600)
    assert started() == count + 1
    events.remove_targets(rule, events.event_buses["default"].arn, ["1"])
    events.delete_rule(rule, events.event_buses["default"].arn)


def test_every_operation_that_writes_is_tried_here():
    reads = ("Get", "List", "Register", "Deregister")
    # These need an approval, a failed stage, a rollback or a partner; they change a run by the same one way.
    by_region_do = {
        "PutApprovalResult",
        "RetryStageExecution",
        "RollbackStage",
        "OverrideStageCondition",
        "UpdateActionType",
        "AcknowledgeJob",
        "AcknowledgeThirdPartyJob",
        "PollForThirdPartyJobs",
        "PutThirdPartyJobFailureResult",
        "PutThirdPartyJobSuccessResult",
    }
    assert {name for name in OPERATIONS if not name.startswith(reads)} == by_region_do | (
        set(CHANGES) & set(OPERATIONS)
    )


@pytest.mark.parametrize("name", ["cp_teach.sqlite", "cp_teach.sqlite-wal", ""])
def test_nothing_is_acknowledged_into_a_file_that_is_gone(name, service, tmp_path):
    """SQLite goes on in a deleted file, and all of it would be lost."""
    before = service.reads()
    path = service.store.folder / name
    path.rename(tmp_path / "away")
    with pytest.raises(StoreFailed, match="deleted, moved or replaced"):
        service.start()
    assert service.reads() == before
    (tmp_path / "away").rename(path)
    service.start()
    assert after_a_kill(service, tmp_path / "after") == service.reads() != before


# -- no more pages ---------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(60 if PROVE else 1))
def test_a_database_that_may_not_grow_now_and_then(seed, tmp_path):
    chance = random.Random(seed)
    service = StoredService(tmp_path / "state")
    fill(service)
    acknowledged, refused = [], 0
    for _ in range(40):
        pages = service.store._db.execute("PRAGMA page_count").fetchone()[0]
        limit = pages + chance.choice((0, 0, 1, 1000))
        service.store._db.execute(f"PRAGMA max_page_count = {limit}")
        before = service.reads()
        try:
            acknowledged.append(service.start(clientRequestToken=f"{chance.getrandbits(400):0100x}"))
            if chance.random() < 0.3:
                service.tick(chance.randint(1, 60))
        except StoreFailed:
            refused += 1
            now = service.reads()
            if acknowledged and acknowledged[-1] in str(now) and acknowledged[-1] not in str(before):
                continue  # the start was kept, and the tick was refused
            assert now == before
    assert refused
    assert acknowledged
    told = service.reads()
    assert after_a_kill(service, tmp_path / "killed") == told
    assert set(acknowledged) <= {
        each["pipelineExecutionId"] for each in told["shop"][2]["pipelineExecutionSummaries"]
    }
    service.store._db.execute("PRAGMA max_page_count = 1000000")
    service.start()
    service.end()


# -- a server in a process of its own --------------------------------------------------------------
@pytest.mark.needs("bubblewrap")
def test_a_server_on_a_full_disk():
    ways = run_in_namespaces("forked_server.py", "full", 0)
    assert set(ways) == {"file system", "file size"}
    assert ways["file system"]["restarted while full"] == [200, 503], "a restart does not need room, either"
    for way, seen in ways.items():
        assert seen["statuses"] == [200, 503], way
        assert "rolled back" in seen["sentence"]
        assert seen["reading"] == 200, "reading goes on"
        assert seen["after"] == 200, "there is room again, and no restart was needed"
        assert seen["acknowledged"] > 3
        assert seen["lost"] == []
        assert "cannot be written" in seen["log"]
        assert "is writable again" in seen["log"]
        assert "Traceback" not in seen["log"]
        assert "missing" not in seen["log"]
