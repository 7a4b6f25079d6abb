"""A job worker against a real server: poll, acknowledge, fetch, run, upload, tell."""

import io
import queue
import threading
import zipfile

import pytest
from account import action, commits, deploy, stage
from botocore.exceptions import EndpointConnectionError

from cp_teach.work.sandbox.run_command import Limits, NotAllowed
from cp_teach.work.workers import jenkins_worker
from cp_teach.work.workers.jenkins_worker import JenkinsWorker

ONE = {"minimumCount": 0, "maximumCount": 5}


@pytest.fixture
def ci(sandboxed):
    """A pipeline that waits for Jenkins: the source's artifact is in the bucket, the build's is not."""
    sandboxed.cp.create_custom_action_type(
        category="Build", provider="Jenkins", version="1", inputArtifactDetails=ONE, outputArtifactDetails=ONE
    )
    sandboxed.bucket("artifacts")
    build = action("Compile", "Build/Custom/Jenkins", ["SourceArtifact"], ["BuildArtifact"])
    sandboxed.create("shop", stage("Source", commits()), stage("Build", build), stage("Prod", deploy()))
    sandboxed.box.tick(30)
    assert sandboxed.statuses()["Build"] == "InProgress"
    return sandboxed


@pytest.fixture
def worker(ci, tmp_path):
    def make(script, **more):
        given = {"folder": tmp_path / "jenkins", "yes": True, **more}
        return JenkinsWorker(ci.box.url, "Build", "Jenkins", "1", ["sh", "-c", script], **given)

    return make


def made(ci):
    (ran,) = [
        each
        for each in ci.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
        if each["actionName"] == "Compile"
    ]
    place = ran["output"]["outputArtifacts"][0]["s3location"]
    body = ci.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {info.filename: (archive.read(info), info.external_attr >> 16) for info in archive.infolist()}


def latest(ci):
    return ci.stage("Build")["actionStates"][0]["latestExecution"]


def test_a_worker_builds_what_the_source_has_handed_on(ci, worker):
    lines = []
    script = 'mkdir out; wc -l < README.md > out/count; touch out/go; chmod +x out/go; echo "$BUILD_NUMBER $JOB_NAME"'
    worked = worker(script, outputs={"BuildArtifact": "out"}, log=lines.append).once()
    assert (worked.number, worked.failure, worked.message) == (1, "", "Build #1 succeeded"), lines
    assert "1 Compile" in lines
    told = latest(ci)
    assert (told["status"], told["summary"], told["externalExecutionId"]) == (
        "Succeeded",
        "Build #1 succeeded",
        "1",
    )
    files = made(ci)
    assert set(files) == {"count", "go"}
    assert files["count"][0].strip() == b"5"
    assert files["go"][1] & 0o100
    assert worker("true").once() is None


def test_without_a_place_the_output_is_the_whole_workspace_and_one_file_is_that_file(ci, worker):
    worker("rm -f cp_teach.json; echo new > app.txt").once()
    assert set(made(ci)) == {"README.md", "app.txt"}
    ci.start()
    ci.box.tick(30)
    worker("echo newer > app.txt", outputs={"BuildArtifact": "app.txt"}).once()
    history = ci.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    place = next(e for e in history if e["actionName"] == "Compile")["output"]["outputArtifacts"][0][
        "s3location"
    ]
    body = ci.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(body)).namelist() == ["app.txt"]


@pytest.mark.parametrize(
    ("script", "more", "words"),
    [
        ("echo no; exit 3", {}, "Build #1 ended with exit code 3"),
        ("sleep 60", {"limits": Limits(seconds=0.3)}, "ended early (time)"),
        ("mkdir out", {"outputs": {"BuildArtifact": "out"}}, "no file in out"),
        ("true", {"outputs": {"BuildArtifact": "nowhere"}}, "no file in nowhere"),
        ("ln -s /etc out", {"outputs": {"BuildArtifact": "out"}}, "leads out of the workspace"),
        ("ln -s /etc/hostname x", {}, "leads out of its folder"),
    ],
)
def test_what_fails_is_told_to_the_pipeline(ci, worker, script, more, words):
    worked = worker(script, **more).once()
    assert worked.failure == "JobFailed"
    told = latest(ci)
    assert told["status"] == "Failed"
    assert words in told["errorDetails"]["message"]
    assert told["externalExecutionId"] == "1"


@pytest.mark.parametrize(("gone", "words"), [(True, "NoSuchKey"), (False, "is not a zip file")])
def test_an_input_that_is_gone_or_no_zip_is_a_fault_of_the_configuration(ci, worker, gone, words):
    s3 = ci.client("s3")
    for each in s3.list_objects_v2(Bucket="artifacts")["Contents"]:
        if gone:
            s3.delete_object(Bucket="artifacts", Key=each["Key"])
        else:
            s3.put_object(Bucket="artifacts", Key=each["Key"], Body=b"no zip")
    worked = worker("true").once()
    assert worked.failure == "ConfigurationError"
    told = latest(ci)["errorDetails"]["message"]
    assert "The input artifact SourceArtifact cannot be used" in told
    assert words in told


def test_a_name_that_would_lead_out_of_the_folder_is_no_name(ci, worker, tmp_path, monkeypatch):
    mine = worker("true")
    real = mine._codepipeline.poll_for_jobs

    def poll(**given):
        told = real(**given)
        told["jobs"][0]["data"]["inputArtifacts"][0]["name"] = "../../escaped"
        return told

    monkeypatch.setattr(mine._codepipeline, "poll_for_jobs", poll)
    assert mine.once().failure == "ConfigurationError"
    assert not list(tmp_path.glob("escaped*"))


def test_a_second_input_lies_beside_the_workspace(ci, worker, monkeypatch):
    mine, lines = worker("ls ../inputs/*; ls"), []
    mine.log = lines.append
    real = mine._codepipeline.poll_for_jobs

    def poll(**given):
        told = real(**given)
        inputs = told["jobs"][0]["data"]["inputArtifacts"]
        inputs.append(inputs[0] | {"name": "Second"})
        return told

    monkeypatch.setattr(mine._codepipeline, "poll_for_jobs", poll)
    mine.once()
    assert lines.count("README.md") == 2


def test_a_command_finds_neither_keys_nor_what_belongs_to_the_caller(ci, worker, monkeypatch):
    monkeypatch.setenv("SECRET_OF_MINE", "hush")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nor does the worker go by way of a proxy
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    lines = []
    assert not worker("env", log=lines.append).once().failure
    assert any(line.startswith("WORKSPACE=") for line in lines)
    assert not any("hush" in line or "KEY" in line or "AWS_ENDPOINT" in line for line in lines)


def test_it_works_on_one_job_after_the_other_until_it_is_stopped(ci, worker):
    ends, stop = queue.Queue(), threading.Event()

    def log(line):
        if line.startswith("#"):
            ends.put(line)

    thread = threading.Thread(target=worker("true", log=log).run, args=(stop,))
    thread.start()
    try:
        first = ends.get(timeout=30)
        ci.start()
        ci.box.tick(30)
        second = ends.get(timeout=30)
    finally:
        stop.set()
        thread.join()
    assert [first, second] == ["#1 Succeeded: Build #1 succeeded", "#2 Succeeded: Build #2 succeeded"]


def test_who_stops_it_fails_the_job_that_runs(ci, worker):
    stop, lines = threading.Event(), []

    def log(line):
        lines.append(line)
        if line == "begun":
            stop.set()

    worker("echo begun; sleep 60", log=log).run(stop)
    assert latest(ci)["status"] == "Failed"
    assert "ended early (stopped)" in latest(ci)["errorDetails"]["message"]


def test_a_result_that_nobody_waits_for_any_more_is_no_error(ci, worker):
    lines = []

    def log(line):
        lines.append(line)
        if line == "begun":  # somebody else has answered for the job meanwhile
            (job,) = [each for each in ci.box.region.jobs if not each.ended]
            ci.cp.put_job_failure_result(jobId=job.id, failureDetails={"type": "JobFailed", "message": "no"})

    worked = worker("echo begun", log=log).once()
    assert worked.failure == ""
    assert any("this result is no longer needed" in line for line in lines)
    assert latest(ci)["errorDetails"]["message"] == "no"


def test_another_workers_job_is_left_alone(ci, worker, monkeypatch):
    """Two workers may be offered one job; the nonce makes one win."""
    mine = worker("true")
    real = mine._codepipeline.acknowledge_job
    monkeypatch.setattr(
        mine._codepipeline, "acknowledge_job", lambda jobId, nonce: real(jobId=jobId, nonce="1")
    )
    assert mine.once() is None
    assert latest(ci)["status"] == "InProgress"


def test_a_job_that_has_ended_before_it_was_taken_is_left_alone(ci, worker, monkeypatch):
    mine, lines = worker("echo ran"), []
    mine.log = lines.append
    real = mine._codepipeline.acknowledge_job

    def acknowledge(jobId, nonce):
        ci.cp.put_job_failure_result(jobId=jobId, failureDetails={"type": "JobFailed", "message": "no"})
        return real(jobId=jobId, nonce=nonce)

    monkeypatch.setattr(mine._codepipeline, "acknowledge_job", acknowledge)
    assert mine.once() is None
    assert lines == []


def test_nothing_runs_without_a_yes_or_elsewhere(ci, worker, tmp_path):
    with pytest.raises(NotAllowed, match="the Jenkins worker's commands"):
        worker("true", yes=False).once()
    assert latest(ci)["status"] == "InProgress"
    with pytest.raises(ValueError, match="is not on this machine"):
        JenkinsWorker("https://example.com", "Build", "Jenkins", "1", ["true"], folder=tmp_path)


def test_a_server_that_is_away_is_waited_for(tmp_path):
    stop, lines = threading.Event(), []

    def log(line):
        lines.append(line)
        stop.set()

    away = JenkinsWorker(
        "http://127.0.0.1:9", "Build", "Jenkins", "1", ["true"], folder=tmp_path, yes=True, log=log
    )
    away.run(stop)
    assert "The server does not answer" in lines[0]


def test_a_server_that_goes_away_again_is_told_again(tmp_path, monkeypatch):
    stop, lines = threading.Event(), []
    away = JenkinsWorker(
        "http://127.0.0.1:9", "Build", "Jenkins", "1", ["true"], folder=tmp_path, yes=True, log=lines.append
    )
    answers = ["away", "away", "no job", "away", "away"]

    def once(stop):
        if len(answers) == 1:
            stop.set()
        if answers.pop(0) == "away":
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    monkeypatch.setattr(jenkins_worker, "POLL_SECONDS", 0)
    monkeypatch.setattr(away, "once", once)
    away.run(stop)
    assert len(lines) == 2
