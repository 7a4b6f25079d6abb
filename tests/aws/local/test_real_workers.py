"""Actions that are left to job workers: behind the API only who polls does them, and artifacts go by the bucket."""

import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from account import action, approve, commits, error, stage

import cp_teach
from cp_teach import Action, Pipeline
from cp_teach.aws import ApprovalInbox, hire, show_work
from cp_teach.aws.aws_cli.client_environment import restrict_environment
from cp_teach.pipeline import ActionType
from cp_teach.show.view.view_model import view
from cp_teach.work.runtime.provider_worker import needs_job_worker
from cp_teach.work.sandbox.run_command import NotAllowed
from cp_teach.work.workers.jenkins_worker import JenkinsWorker
from cp_teach.work.workers.third_party_worker import ThirdPartyWorker

pytestmark = pytest.mark.needs("git")

JENKINS = {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}
BLAZE = {"category": "Test", "owner": "ThirdParty", "provider": "BlazeMeter", "version": "1"}


def compiles(**more):
    more = {"configuration": {"ProjectName": "forge"}, **more}
    return action("Compile", "Build/Custom/Jenkins", ["SourceArtifact"], ["BuildArtifact"], **more)


def loads(ins="BuildArtifact", **configuration):
    return action("Load", "Test/ThirdParty/BlazeMeter", [ins], ["Report"], configuration=configuration)


def structure(name, *stages, source=None):
    return Pipeline.from_aws(
        {
            "name": name,
            "roleArn": "arn:aws:iam::123456789012:role/service",
            "artifactStore": {"type": "S3", "location": f"artifacts-of-{name}"},
            "stages": [stage("Source", source or commits()), *stages],
        }
    )


@pytest.fixture
def opened(tmp_path):
    """A workplace, whose jobs lie there; ``hired`` for one with our workers."""
    content = tmp_path / "content"
    content.mkdir()
    (content / "app.txt").write_text("first\n", encoding="utf-8")
    made, shows = [], []

    def make(*stages, name="forge", hired=False, source=None, **more):
        pipeline = structure(name, *stages, source=source)
        place = cp_teach.workplace(pipeline, content, yes=True, workers=hired, **more)
        made.append(place)
        shows.append(show_work(place, place.local))
        return place, shows[-1]

    yield make
    for one in shows:
        one.stop()
    for place in made:
        place.close()


@pytest.fixture
def forge(opened):
    """One that waits for Jenkins, and has been released."""
    place, shown = opened(stage("Build", compiles()), stage("Test", loads("SourceArtifact")))
    place.run.release("New logo")
    assert place.settle(60)
    return place, shown


def worker(shown, folder, script="cp app.txt built.txt", **more):
    given = {"folder": folder / "jenkins", "yes": True, **more}
    return JenkinsWorker(shown.url, "Build", "Jenkins", "1", ["sh", "-c", script], **given)


def latest(shown, where):
    states = shown.client().get_pipeline_state(name=shown.name)["stageStates"]
    (found,) = [each for each in states if each["stageName"] == where]
    return found["actionStates"][0]["latestExecution"]


def until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def files(shown, row):
    (artifact,) = row.outputs
    key = artifact.key(shown.run.id, shown.name)
    body = shown.client("s3").get_object(Bucket=f"artifacts-of-{shown.name}", Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


# -- a job that lies there -----------------------------------------------------------------------------------------
def test_a_job_waits_for_a_worker_and_why_says_so(forge, tmp_path):
    place, shown = forge
    row = place.run.history.newest[1, "Build", "Compile"]
    assert row.status == "InProgress"
    assert (
        "No worker has taken the job of Compile: start a worker that polls for jobs of Build/Custom/Jenkins/1"
        in str(place.run.why())
    )
    (reason,) = view(place.run)["reasons"]
    assert "No worker has taken the job of Compile" in reason["text"]  # the console says it, too
    cp = shown.client()
    (job,) = cp.poll_for_jobs(actionTypeId=JENKINS, maxBatchSize=5, queryParam={"ProjectName": "forge"})[
        "jobs"
    ]
    assert job["data"]["actionConfiguration"]["configuration"] == {"ProjectName": "forge"}
    assert "was given to a worker, which has not acknowledged it" in str(place.run.why(stage="Build"))
    assert error(cp.acknowledge_job, jobId=job["id"], nonce="1")[0] == "InvalidNonceException"
    assert cp.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == "InProgress"
    assert error(cp.acknowledge_job, jobId=job["id"], nonce=job["nonce"])[0] == "InvalidNonceException"
    assert "A worker has taken the job of Compile" in str(place.run.why(execution=1))
    assert [one.action for one in place.working()] == ["Compile"]
    failure = {"type": "JobFailed", "message": "no disk", "externalExecutionId": "7"}
    cp.put_job_failure_result(jobId=job["id"], failureDetails=failure)
    row = place.run.history.newest[1, "Build", "Compile"]
    assert (row.status, row.failure, row.message, row.external_id) == ("Failed", "JobFailed", "no disk", "7")


def test_a_job_that_nobody_takes_times_out_and_a_late_result_changes_nothing(forge):
    place, shown = forge
    cp = shown.client()
    place.run.advance(hours=23)
    assert place.run.history.newest[1, "Build", "Compile"].status == "InProgress"
    (job,) = cp.poll_for_jobs(actionTypeId=JENKINS, maxBatchSize=1)["jobs"]
    cp.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
    place.run.advance(hours=2)  # 24 hours for actions of a custom type (user guide: limits)
    row = place.run.history.newest[1, "Build", "Compile"]
    assert row.status == "Failed"
    cp.put_job_success_result(jobId=job["id"])
    assert place.run.history.newest[1, "Build", "Compile"] == row
    assert cp.poll_for_jobs(actionTypeId=JENKINS, maxBatchSize=1)["jobs"] == []


def test_only_custom_and_third_party_actions_are_left_to_workers():
    kinds = {
        "Build/Custom/Jenkins": True,
        "Test/ThirdParty/BlazeMeter": True,
        "Source/ThirdParty/GitHub": False,
        "Build/AWS/CodeBuild": False,
        "Test/AWS/DeviceFarm": False,
    }
    for kind, left in kinds.items():
        category, owner, provider = kind.split("/")
        assert needs_job_worker(Action("A", ActionType(category, owner, provider, "1"))) is left, kind


def test_what_began_before_it_was_shown_gets_its_job_then(opened, tmp_path):
    from cp_teach.work.runtime.action_executor import ActionExecutor
    from cp_teach.work.runtime.local_resources import LocalProviders
    from cp_teach.work.simulation.simulated_worker import Simulated

    pipeline = structure("late", stage("Build", compiles()))
    local = LocalProviders(pipeline, {"": tmp_path / "content"}, tmp_path / "late", yes=True)
    slow = Simulated({"Build": 1000})
    with ActionExecutor(
        pipeline, local.providers, folder=tmp_path / "late", newest=local.newest, rest=slow, seed=5
    ) as shop:
        shop.run.release("Early")
        assert shop.wait(lambda run: (1, "Build", "Compile") in run.history.running, 60)
        with show_work(shop, local) as shown:
            assert worker(shown, tmp_path).once().failure == ""
        assert shop.run.history.newest[1, "Build", "Compile"].external_id == "1"


# -- workers of ours -----------------------------------------------------------------------------------------------
def test_workers_of_ours_do_a_whole_release_by_way_of_the_bucket(opened):
    lines = []
    place, shown = opened(
        stage("Build", compiles()),
        stage("Test", loads(MaxUsers="501")),
        hired=True,
        jenkins={"forge": "tr a-z A-Z < app.txt > built.txt; echo building $BUILD_NUMBER"},
        log=lambda row, line: lines.append((row.action, line)),
    )
    assert place.simulated == []
    place.run.release("New logo")
    assert place.settle(60)
    build, test = (place.run.history.newest[1, *key] for key in (("Build", "Compile"), ("Test", "Load")))
    assert (build.status, build.message, build.external_id) == ("Succeeded", "Build #1 succeeded", "1"), lines
    assert files(shown, build) == {"app.txt": "first\n", "built.txt": "FIRST\n"}
    assert ("Compile", "building 1") in lines
    assert place.output("Build") == [line for name, line in lines if name == "Compile"]
    assert test.status == "Succeeded"
    assert [line for name, line in lines if name == "Load"][1:3] == ["BlazeMeter: 33 %", "BlazeMeter: 67 %"]
    report = files(shown, test)
    told = json.loads(report["report.json"])
    assert told["simulated"] is True
    assert told["revisions"] == {"BuildArtifact": place.run.history.executions[1].revisions[0].id}
    assert (told["id"], told["passed"]) == (test.external_id, True)
    suite = ElementTree.fromstring(report["junit.xml"])
    assert (suite.tag, suite.get("tests"), suite.get("failures")) == ("testsuite", "3", "0")
    assert suite.find("properties/property[@name='simulated']").get("value") == "true"


def test_a_limit_that_is_passed_fails_the_action_with_what_to_do(opened):
    place, shown = opened(stage("Test", loads("SourceArtifact", MaxUsers="1")), name="limited", hired=True)
    place.run.release("Too many")
    assert place.settle(60)
    told = latest(shown, "Test")
    assert told["status"] == "Failed"
    assert told["errorDetails"]["code"] == "JobFailed"
    assert "is above 1 users (MaxUsers)" in told["errorDetails"]["message"]
    assert "set the limit in the action's configuration" in told["errorDetails"]["message"]
    assert told["externalExecutionId"]


def test_of_two_workplaces_nobody_takes_the_others_jobs(opened):
    command = "echo 1 > who; [ $BUILD_NUMBER = 1 ] || { echo begun; sleep 60; }"
    first, _ = opened(stage("Build", compiles()), name="one", hired=True, jenkins={"forge": command})
    second, other = opened(
        stage("Build", compiles()), name="two", hired=True, jenkins={"forge": "echo 2 > who"}
    )
    first.run.release("One")
    second.run.release("Two")
    assert first.settle(60)
    assert second.settle(60)
    assert (
        files(show_work(first, first.local), first.run.history.newest[1, "Build", "Compile"])["who"] == "1\n"
    )
    assert files(other, second.run.history.newest[1, "Build", "Compile"])["who"] == "2\n"
    first.run.release("Slow")
    assert first.wait(lambda run: first.output("Build", execution=2)[-1:] == ["begun"], 60)
    first.close()  # its build is ended, although the worker goes on for the other
    until(lambda: "ended early (stopped)" in first.output("Build", execution=2)[-1])
    second.run.release("Again")
    assert second.settle(60)
    assert files(other, second.run.history.newest[2, "Build", "Compile"])["who"] == "2\n"
    assert sum(thread.name.startswith("Jenkins worker") for thread in threading.enumerate()) == 2
    second.close()
    assert not any(thread.name.startswith("Jenkins worker") for thread in threading.enumerate())


def test_a_workplace_that_is_opened_again_under_its_name_begins_anew(opened):
    for text in ("first", "second"):
        place, shown = opened(stage("Build", compiles()), hired=True, jenkins={"forge": f"echo {text} > out"})
        place.run.release("The same name")
        assert place.settle(60)
        assert files(shown, place.run.history.newest[1, "Build", "Compile"])["out"] == f"{text}\n"
    place, _ = opened(stage("Build", compiles()))
    place.run.release("Now for a worker of my own")
    assert place.settle(60)
    assert "No worker has taken the job of Compile" in str(place.run.why())


def test_who_closes_a_workplace_ends_the_build_and_tells_nobody(opened, tmp_path):
    place, _ = opened(
        stage("Build", compiles()), hired=True, jenkins={"forge": "echo begun; sleep 60; echo over"}
    )
    place.run.release("Slow")
    assert place.wait(lambda run: place.output("Build") == ["begun"], 60)
    place.close()
    assert place.run.history.newest[1, "Build", "Compile"].status == "InProgress"
    assert "over" not in place.output("Build")


def test_who_hires_twice_has_the_workers_of_the_second_time(opened):
    place, _ = opened(stage("Build", compiles()), name="twice", hired=True, jenkins={"forge": "exit 1"})
    again = hire(place, place.local, {"forge": "echo better > out"}, yes=True)
    place.run.release("New logo")
    assert place.settle(60)
    assert files(again.published_work, place.run.history.newest[1, "Build", "Compile"])["out"] == "better\n"
    assert sum(thread.name.startswith("Jenkins worker") for thread in threading.enumerate()) == 2


def test_nothing_of_a_project_runs_without_a_yes_or_unknown(opened):
    place, _ = opened(stage("Build", compiles()), name="asks")
    with pytest.raises(NotAllowed, match="a Jenkins project's"):
        hire(place, place.local, {"forge": "true"})
    with pytest.raises(ValueError, match=r"project smithy. The projects of the pipeline: forge\."):
        hire(place, place.local, {"smithy": "true"}, yes=True)
    with pytest.raises(ValueError, match="needs a command"):
        hire(place, place.local, {"forge": " "}, yes=True)


def test_what_nobody_of_ours_does_stays_simulated(opened):
    place, _ = opened(
        stage("Build", compiles()), stage("Test", loads("SourceArtifact")), name="half", hired=True
    )
    assert place.simulated == ["Build / Compile (Jenkins)"]
    place.run.release("No command")
    assert place.settle(60)
    assert place.run.history.executions[1].status == "Succeeded"


# -- many workers, and dead ones -----------------------------------------------------------------------------------
def test_of_many_workers_one_gets_the_job(forge, tmp_path):
    _, shown = forge
    workers = [worker(shown, tmp_path, "echo x > built.txt") for _ in range(4)]
    together, done = threading.Barrier(4), []

    def work(one):
        together.wait()
        done.append(one.once())

    threads = [threading.Thread(target=work, args=(one,)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each is None for each in done) == [False, True, True, True]
    assert [each.name for each in (tmp_path / "jenkins").iterdir()] == ["1"]
    assert latest(shown, "Build")["status"] == "Succeeded"


def test_a_worker_that_is_killed_leaves_its_job_taken_until_the_stage_is_retried(forge, tmp_path):
    place, shown = forge
    script = textwrap.dedent(
        """
        import sys, threading
        from pathlib import Path
        from cp_teach.work.workers.jenkins_worker import JenkinsWorker
        say = lambda line: print(line, flush=True)
        command = ["sh", "-c", "echo begun; sleep 20"]
        JenkinsWorker(sys.argv[1], "Build", "Jenkins", "1", command, folder=Path(sys.argv[2]), yes=True, log=say).run(
            threading.Event()
        )
        """
    )
    words = [sys.executable, "-c", script, shown.url, str(tmp_path / "killed")]
    env = restrict_environment(
        shown.url, {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )  # with the server's keys
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGKILL)
    assert latest(shown, "Build")["status"] == "InProgress"
    assert worker(shown, tmp_path).once() is None  # nobody is given what somebody has acknowledged
    assert "A worker has taken the job of Compile" in str(place.run.why())
    place.run.advance(hours=25)
    assert latest(shown, "Build")["status"] == "Failed"
    place.run.retry("Build")
    assert worker(shown, tmp_path).once().failure == ""
    row = place.run.history.newest[1, "Build", "Compile"]
    assert (row.status, row.attempt) == ("Succeeded", 2)
    assert files(shown, row)["built.txt"] == "first\n"


# -- partners ------------------------------------------------------------------------------------------------------
def test_a_partner_says_how_far_it_is_and_another_goes_on_where_it_ended(opened):
    _, shown = opened(stage("Test", loads("SourceArtifact")), name="partner")
    shown.run.release("Load it")
    assert shown.workshop.settle(60)
    assert "(PollForThirdPartyJobs)" in str(shown.run.why())
    token = shown.client_token("BlazeMeter")
    jobs = []
    for percent in (33, 67):
        jobs.append(ThirdPartyWorker(shown.url, "BlazeMeter", token).once())
        told = latest(shown, "Test")
        assert (told["status"], told["percentComplete"]) == ("InProgress", percent)
        assert told["summary"] == f"BlazeMeter (simulated) is running: {percent} %"
        assert f"it has reported {percent} %" in str(shown.run.why())
    jobs.append(ThirdPartyWorker(shown.url, "BlazeMeter", token).once())
    ended = latest(shown, "Test")
    assert (ended["status"], ended["externalExecutionId"]) == ("Succeeded", told["externalExecutionId"])
    assert len(set(jobs)) == 3
    assert ThirdPartyWorker(shown.url, "BlazeMeter", token).once() is None


def test_a_partner_without_the_right_token_gets_nothing(opened):
    from botocore.exceptions import ClientError

    _, shown = opened(stage("Test", loads("SourceArtifact")), name="stranger")
    shown.run.release("Load it")
    assert shown.workshop.settle(60)
    with pytest.raises(ClientError, match="InvalidClientTokenException"):
        ThirdPartyWorker(shown.url, "BlazeMeter", "guessed").once()
    cp, token = shown.client(), shown.client_token("BlazeMeter")
    assert cp.poll_for_third_party_jobs(actionTypeId=BLAZE)["jobs"] == []  # it was given out just now
    (job,) = [each for each in shown.backend.jobs if each.pipeline == "stranger"]
    known = {"jobId": job.id, "clientToken": token}
    nonce = cp.get_third_party_job_details(**known)["jobDetails"]["nonce"]
    wrong = {"jobId": job.id, "clientToken": "guessed", "nonce": nonce}
    assert error(cp.acknowledge_third_party_job, **wrong)[0] == "InvalidClientTokenException"
    assert error(cp.acknowledge_third_party_job, **known, nonce="1")[0] == "InvalidNonceException"
    assert cp.acknowledge_third_party_job(**known, nonce=nonce)["status"] == "InProgress"
    strange = {**known, "continuationToken": "from elsewhere"}
    cp.put_third_party_job_success_result(**strange)
    ThirdPartyWorker(shown.url, "BlazeMeter", token).once()
    told = latest(shown, "Test")["errorDetails"]
    assert told["code"] == "ConfigurationError"
    assert "belongs to another kind of worker, which started this test" in told["message"]


# -- approvals -----------------------------------------------------------------------------------------------------
def test_an_approval_writes_to_the_inbox_with_its_variables_filled_in(opened):
    topic = "arn:aws:sns:us-east-1:123456789012:reviews"
    asks = approve(
        NotificationArn=topic,
        CustomData="Release #{Commit.CommitMessage}?",
        ExternalEntityLink="https://example.com/#{Commit.BranchName}",
    )
    place, shown = opened(stage("Gate", asks), name="asking", source=commits(namespace="Commit"))
    inbox = ApprovalInbox(shown)
    assert inbox.read() == []
    place.run.release("Anything")
    assert place.settle(60)
    now = datetime.now(UTC)
    (ask,) = inbox.read(30)
    assert inbox.messages == [ask]
    assert ask.subject == "APPROVAL NEEDED: AWS CodePipeline asking for action Approve"
    console = "https://console.aws.amazon.com/codesuite/codepipeline/pipelines/asking/view?region=us-east-1"
    assert (ask.message["region"], ask.message["consoleLink"]) == ("us-east-1", console)
    told = dict(ask.approval)
    expires = datetime.strptime(told.pop("expires"), "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    assert abs(expires - now - timedelta(days=7)) < timedelta(minutes=2)
    assert told == {
        "pipelineName": "asking",
        "stageName": "Gate",
        "actionName": "Approve",
        "token": latest(shown, "Gate")["token"],
        "externalEntityLink": "https://example.com/main",
        "approvalReviewLink": f"{console}#/Gate/Approve/approve/{ask.token}",
        "customData": "Release First commit?",
    }
    assert "Release First commit?" in inbox._repr_html_()
    shown.client().put_approval_result(
        pipelineName="asking",
        stageName="Gate",
        actionName="Approve",
        result={"summary": "Fine", "status": "Approved"},
        token=ask.token,
    )
    assert place.run.history.executions[1].status == "Succeeded"
    assert inbox.read() == []


def test_an_inbox_needs_a_topic_of_this_account(opened):
    _, shown = opened(stage("Gate", approve()), name="silent")
    with pytest.raises(ValueError, match="No approval of silent sends a notification"):
        ApprovalInbox(shown)
    foreign = approve(NotificationArn="arn:aws:sns:us-east-1:210987654321:reviews")
    _, shown = opened(stage("Gate", foreign), name="foreign")
    with pytest.raises(ValueError, match="is in the account 210987654321"):
        ApprovalInbox(shown)
