"""Over HTTP, by the real AWS CLI: a server that keeps what it was told, and says clearly what is wrong."""

import argparse
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import boto3
import pytest
from account import TRUST, Account, approve, build, commits, deploy, stage

from cp_teach.aws.aws_cli.client_environment import restrict_environment
from cp_teach.aws.aws_cli.guarded_cli import program
from cp_teach.aws.client.admin_client import admin_sender
from cp_teach.aws.client.connection_errors import AdminApiError
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.server.loopback_server import Server
from cp_teach.cli import main
from cp_teach.cli.commands import serve

REGION = "us-east-1"


def cp_teach(*words):
    """The command in this process, with what it prints; an error that it does not answer itself fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([*words])
    return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())


class Serving:
    """A server in a process of its own."""

    def __init__(self, *words, program=(sys.executable, "-m", "cp_teach", "serve"), port=None, env=None):
        self.port = port or free_port()
        port_option = ["-p"] if program[-1] == "moto_server" else ["--port"]
        self.process = subprocess.Popen(
            [*program, *port_option, str(self.port), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
        )
        self.url = f"{'https' if '--https' in words else 'http'}://127.0.0.1:{self.port}"
        self.wait()

    def wait(self):
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("the server did not come up")

    def aws(self, *words, check=True):
        """The real AWS CLI; its answer as data."""
        done = subprocess.run(
            [*program(), *words],
            capture_output=True,
            text=True,
            timeout=60,
            env=restrict_environment(self.url, os.environ, REGION),
            check=False,
        )
        if check:
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout) if done.stdout.strip() else {}
        return done

    def account(self):
        return Account(
            None,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=30)
        return out, err

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def cli_files(tmp_path):
    def write(name, data):
        path = tmp_path / name
        path.write_text(json.dumps(data), encoding="utf-8")
        return f"file://{path}"

    return write


def test_the_real_cli_makes_a_pipeline_and_sees_it_move(cli_files):
    with Serving("--seconds", "Source=1", "--seconds", "Build=600") as server:
        trust = cli_files("trust.json", TRUST)
        role = server.aws("iam", "create-role", "--role-name", "r", "--assume-role-policy-document", trust)
        pipeline = Account.structure(
            type("Stub", (), {"role": role["Role"]["Arn"]})(),
            "shop",
            stage("Source", commits()),
            stage("Build", build()),
        )
        made = server.aws("codepipeline", "create-pipeline", "--pipeline", cli_files("shop.json", pipeline))
        assert made["pipeline"]["version"] == 1
        deadline = time.monotonic() + 30
        seen = set()
        while ("Succeeded", "InProgress") not in seen:
            assert time.monotonic() < deadline, seen
            told = server.aws("codepipeline", "get-pipeline-state", "--name", "shop")["stageStates"]
            seen.add(tuple(each.get("latestExecution", {}).get("status") for each in told))
        wrong = server.aws("codepipeline", "get-pipeline", "--name", "nobody", check=False)
        assert wrong.returncode != 0
        assert "PipelineNotFoundException" in wrong.stderr
        assert "does not have a pipeline with name 'nobody'" in wrong.stderr
        out, err = server.kill(signal.SIGTERM)
        assert f"serves AWS's API on {server.url}" in out
        assert err.strip() == "cp-teach has stopped."
        assert server.process.returncode == 0


def test_after_kill_9_a_restart_answers_the_same_and_the_execution_goes_on(tmp_path):
    words = ("--state", str(tmp_path / "state"), "--clock", "manual")
    gated = (
        stage("Source", commits()),
        stage("Build", build()),
        stage("Gate", approve()),
        stage("Prod", deploy()),
    )
    with Serving(*words) as server:
        account = server.account()
        account.bucket("artifacts", versioned=False)
        account.create("shop", *gated, tags=[{"key": "a", "value": "b"}], pipelineType="V2")
        account.cp.create_custom_action_type(
            category="Test",
            provider="Mine",
            version="1",
            inputArtifactDetails={"minimumCount": 0, "maximumCount": 1},
            outputArtifactDetails={"minimumCount": 0, "maximumCount": 1},
        )
        account.cp.put_webhook(
            webhook={
                "name": "hook",
                "targetPipeline": "shop",
                "targetAction": "Commit",
                "filters": [],
                "authentication": "UNAUTHENTICATED",
                "authenticationConfiguration": {},
            }
        )
        assert cp_teach("tick", "30", "--endpoint", server.url).returncode == 0
        second = account.start(clientRequestToken="again")
        assert cp_teach("tick", "4", "--endpoint", server.url).returncode == 0
        before = reads(account)
        server.kill()
        with Serving(*words, port=server.port):
            assert reads(account) == before
            assert account.start(clientRequestToken="again") == second
            objects = account.client("s3").list_objects_v2(Bucket="artifacts")["Contents"]
            assert len(objects) == 3, "two sources and a build"
            assert cp_teach("tick", "30", "--endpoint", server.url).returncode == 0
            assert account.statuses()["Build"] == "Succeeded"
            account.answer()
            assert cp_teach("tick", "30", "--endpoint", server.url).returncode == 0
            assert account.statuses()["Prod"] == "Succeeded"


def reads(account):
    cp = account.cp
    told = [
        cp.get_pipeline(name="shop"),
        cp.get_pipeline_state(name="shop"),
        cp.list_pipeline_executions(pipelineName="shop"),
        cp.list_action_executions(pipelineName="shop"),
        cp.list_pipelines(),
        cp.list_action_types(actionOwnerFilter="Custom"),
        cp.list_webhooks(),
        cp.list_tags_for_resource(resourceArn="arn:aws:codepipeline:us-east-1:123456789012:shop"),
    ]
    for each in told:
        each.pop("ResponseMetadata")
    return told


def test_a_running_clock_goes_on_as_if_the_server_had_never_stopped(tmp_path):
    words = ("--state", str(tmp_path), "--factor", "100")
    with Serving(*words) as server:
        account = server.account()
        account.cp.create_pipeline(
            pipeline=account.structure("shop", stage("Source", commits()), stage("Gate", approve()))
        )
        server.kill()
        with Serving(*words, port=server.port):
            assert account.statuses()["Gate"] == "InProgress"


def test_a_server_that_was_stopped_answers_nobody():
    server = Server(Settings()).start()
    address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
    try:
        socket.create_connection(address, timeout=10).close()
    finally:
        server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=10)


@pytest.mark.parametrize(
    ("options", "warned"),
    [({"https": True}, True), ({"https": True, "cert": "own.pem"}, False), ({}, False)],
)
def test_a_certificate_of_its_own_is_announced(options, warned):
    server = SimpleNamespace(url="https://127.0.0.1:5000", keys=SimpleNamespace(required=False))
    usual = {"https": False, "cert": None, "host": "127.0.0.1", "require_keys": False}
    message = serve._startup_message(server, argparse.Namespace(**{**usual, **options}))
    assert ("--no-verify-ssl" in message) == warned


def test_https_on_request():
    with Serving("--https") as server:
        done = server.aws("codepipeline", "list-pipelines", "--no-verify-ssl", check=False)
        assert json.loads(done.stdout) == {"pipelines": []}


def test_motos_own_server_loads_it_by_a_switch():
    switch = subprocess.run(
        [sys.executable, "-m", "cp_teach.aws.moto_plugin.moto_server"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    moto_server = (
        sys.executable,
        "-c",
        "import sys; from moto.server import main; main(sys.argv[2:])",
        "moto_server",
    )
    with Serving(program=moto_server, env={"PYTHONPATH": switch}) as server:
        told = server.aws("codepipeline", "list-rule-types")["ruleTypes"]
        assert {each["id"]["provider"] for each in told} >= {"VariableCheck", "DeploymentWindow"}
        status = f"{server.url}/codepipeline_us-east-1/cp-teach/status"
        with urllib.request.urlopen(status) as answer:
            assert json.load(answer)["region"] == "us-east-1"
            assert "Access-Control-Allow-Origin" not in answer.headers
        for header in (
            {"Origin": "http://evil.example"},
            {"Host": "evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(urllib.request.Request(status, headers=header))


def test_a_signed_push_over_http_starts_the_pipeline():
    import hashlib
    import hmac

    with Serving() as server:
        account = server.account()
        account.create("shop", stage("Source", commits()), stage("Gate", approve()))
        hook = {
            "name": "push",
            "targetPipeline": "shop",
            "targetAction": "Commit",
            "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/main"}],
            "authentication": "GITHUB_HMAC",
            "authenticationConfiguration": {"SecretToken": "s3cret"},
        }
        url = account.cp.put_webhook(webhook=hook)["webhook"]["url"]
        assert url.startswith(server.url)
        body = json.dumps({"ref": "refs/heads/main"}).encode()
        signature = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            url, body, {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            started = json.load(answer)["pipelineExecutionId"]
        assert account.executions()[0]["pipelineExecutionId"] == started
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(urllib.request.Request(url, b"{}", {"X-Hub-Signature-256": signature}))
        old = "sha1=" + hmac.new(b"s3cret", body, hashlib.sha1).hexdigest()
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(urllib.request.Request(url, body, {"X-Hub-Signature": old}))


# -- what is wrong is said in a sentence ---------------------------------------------------------------------------
def test_a_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = cp_teach("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "Address already in use" in done.stderr
    assert "--port 0" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "99999"], "is not a valid port"),
        (["--factor", "0"], "factor must be a number greater than 0"),
        (["--worker", "Build"], "write TYPE=VALUE"),
        (["--worker", "Build=me"], "the worker 'me' of Build does not exist"),
        (["--seconds", "Build=long"], "long is not a number of seconds"),
        (["--cert", "x.pem"], "--cert and --key belong together: give both."),
        (["--state", "/dev/null/x"], "cannot be used"),
        (["--host", "a" * 70], "is not a host name"),
        (["--host", "a..b"], "is not a host name"),
        (["--host", ""], "The host is empty"),
        (["--cert", "/dev/zero", "--key", "/dev/zero"], "There is no file /dev/zero"),
        (["--cert", __file__, "--key", __file__], "cannot be used as a certificate"),
    ],
)
def test_wrong_options(words, said, monkeypatch):
    monkeypatch.setattr(Server, "wait", lambda self: pytest.fail("a server has started"))
    done = cp_teach("serve", "--port", "0", *words)
    assert done.returncode == 1
    assert said in done.stderr


def test_a_store_of_a_newer_version_or_of_something_else(tmp_path):
    import sqlite3

    newer = tmp_path / "newer"
    newer.mkdir()
    with sqlite3.connect(newer / "cp_teach.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    done = cp_teach("serve", "--port", "0", "--state", str(newer))
    assert done.returncode == 1
    assert "newer cp_teach (store version 99" in done.stderr
    (tmp_path / "cp_teach.sqlite").write_text("This is a letter to my aunt, and no database at all." * 10)
    done = cp_teach("serve", "--port", "0", "--state", str(tmp_path))
    assert done.returncode == 1
    assert "not a cp_teach store" in done.stderr


def test_an_admin_command_with_nobody_there():
    done = cp_teach("tick", "5", "--endpoint", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert "No server answers at" in done.stderr
    assert "cp-teach serve" in done.stderr
    done = cp_teach("tick", "5", "--endpoint", "https://codepipeline.us-east-1.amazonaws.com")
    assert "is the real AWS service" in done.stderr


def test_a_journal_is_told_from_a_number_of_entries_on(account):
    account.create()
    ask = admin_sender(account.cp)
    assert ask("GET", "journal/shop?after=1", None)["entries"]
    for after in ("-1", "1.5", "two", "\N{SUPERSCRIPT TWO}", "9" * 16):
        with pytest.raises(AdminApiError, match="after must be a number of entries"):
            ask("GET", f"journal/shop?after={quote(after)}", None)


def test_failures_and_the_clock_by_command(tmp_path):
    with Serving("--clock", "manual", "--worker", "Deploy=hand") as server:
        account = server.account()
        account.create()
        here = ("--endpoint", server.url)
        assert (
            "Planned failure: Compile in Build fails"
            in cp_teach("inject", "shop", "Build", "Compile", *here).stdout
        )
        assert "Its clock is manual" in cp_teach("tick", "60", *here).stdout
        assert account.statuses()["Build"] == "Failed"
        assert "works again" in cp_teach("heal", "shop", "Build", "Compile", *here).stdout
        (execution,) = account.executions()
        account.cp.retry_stage_execution(
            pipelineName="shop",
            stageName="Build",
            pipelineExecutionId=execution["pipelineExecutionId"],
            retryMode="FAILED_ACTIONS",
        )
        cp_teach("tick", "60", *here)
        assert account.statuses()["Prod"] == "InProgress"
        done = cp_teach("finish", "shop", "Prod", "Release", "--message", "rolled out", *here)
        assert "Action Release (stage Prod) succeeded" in done.stdout
        assert account.executions()[0]["status"] == "Succeeded"
        assert "60 times as fast" in cp_teach("clock", "real", "--factor", "60", *here).stdout
        assert "Its clock is real" in cp_teach("clock", *here).stdout
        assert cp_teach("jobs", *here).stdout.strip() == "[]"
        wrong = cp_teach("inject", "shop", "Build", "Nothing", *here)
        assert (wrong.returncode, "There is no action Build/Nothing" in wrong.stderr) == (1, True)
        assert "does not have a pipeline" in cp_teach("heal", "nobody", "a", "b", *here).stderr


# -- the environment of a kernel ----------------------------------------------------------------------------------
def test_a_hostile_home_folder_leads_nowhere(tmp_path):
    home = tmp_path / ".aws"
    home.mkdir()
    (home / "config").write_text(
        "[default]\nregion = eu-central-1\nendpoint_url = https://codepipeline.us-east-1.amazonaws.com\n"
        "[profile real]\nrole_arn = arn:aws:iam::999999999999:role/Admin\nsource_profile = default\n"
        "ignore_configured_endpoint_urls = true\n"
    )
    (home / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAREALREALREALREAL\naws_secret_access_key = x\n"
    )
    hostile = {
        **os.environ,
        "HOME": str(tmp_path),
        "USERPROFILE": str(tmp_path),
        "AWS_PROFILE": "real",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ENDPOINT_URL_CODEPIPELINE": "https://codepipeline.us-east-1.amazonaws.com",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/Admin",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "AWS_CONFIG_FILE": str(home / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
    }
    with Serving() as server:
        calm = restrict_environment(server.url, hostile, REGION)
        told = subprocess.run(
            [*program(), "sts", "get-caller-identity"],
            capture_output=True,
            text=True,
            env=calm,
            check=False,
            timeout=60,
        )
        assert json.loads(told.stdout)["Account"] == "123456789012", told.stderr
        listed = subprocess.run(
            [*program(), "codepipeline", "list-pipelines"],
            capture_output=True,
            text=True,
            env=calm,
            check=False,
            timeout=60,
        )
        assert json.loads(listed.stdout) == {"pipelines": []}, listed.stderr
        code = (
            "import boto3; c = boto3.client('codepipeline'); "
            "print(c.meta.endpoint_url, c.list_pipelines()['pipelines'])"
        )
        spoken = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=calm, check=False, timeout=60
        )
        assert spoken.stdout.strip() == f"{server.url} []", spoken.stderr
    config = Path(calm["AWS_CONFIG_FILE"])
    assert config.read_text() == ""
    assert tmp_path not in config.parents


def test_many_clients_at_once_answer_an_approval_once_and_take_a_job_once():
    from concurrent.futures import ThreadPoolExecutor

    with Serving("--clock", "virtual") as server:
        account = server.account()
        account.cp.create_custom_action_type(
            category="Build",
            provider="Jenkins",
            version="1",
            inputArtifactDetails={"minimumCount": 0, "maximumCount": 5},
            outputArtifactDetails={"minimumCount": 0, "maximumCount": 5},
        )
        from account import action

        jenkins = action("Jenkins", "Build/Custom/Jenkins", ["SourceArtifact"])
        account.create("shop", stage("Source", commits()), stage("Build", jenkins), stage("Gate", approve()))
        kind = {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}
        session = boto3.session.Session()
        clients = [
            session.client(
                "codepipeline",
                endpoint_url=server.url,
                region_name=REGION,
                aws_access_key_id="a",
                aws_secret_access_key="b",
            )
            for _ in range(8)
        ]

        def take(cp):
            taken = []
            for job in cp.poll_for_jobs(actionTypeId=kind, maxBatchSize=5)["jobs"]:
                if cp.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == "InProgress":
                    taken.append(job["id"])
            return taken

        with ThreadPoolExecutor(8) as pool:
            taken = [job for jobs in pool.map(take, clients) for job in jobs]
            assert len(taken) == 1
            account.cp.put_job_success_result(jobId=taken[0])
            token = account.token()

            def answer(cp):
                try:
                    cp.put_approval_result(
                        pipelineName="shop",
                        stageName="Gate",
                        actionName="Approve",
                        result={"summary": "ok", "status": "Approved"},
                        token=token,
                    )
                except cp.exceptions.ApprovalAlreadyCompletedException:
                    return 0
                return 1

            assert sum(pool.map(answer, clients)) == 1
