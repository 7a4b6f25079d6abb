"""A pipeline behind the API as a thing like a Run, and a Run as a pipeline behind the API."""

import threading
import time

import boto3
import pytest
from account import Account, approve, build, commits, deploy, stage

from cp_teach import Console, Pipeline, Refused, Run, Simulated, connect, serve
from cp_teach.aws import Unreachable, mock_aws
from cp_teach.engine import FinishAction

GATED = (
    stage("Source", commits()),
    stage("Build", build()),
    stage("Gate", approve()),
    stage("Prod", deploy()),
)


@pytest.fixture
def served():
    run = Run(
        Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Prod="Manual then CodeDeploy"),
        Simulated(),
    )
    with serve(run) as found:
        yield found


def until(true, seconds=15):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# -- connect ---------------------------------------------------------------------------------------------------
def test_what_is_asked_here_happens_there_and_shows_here(account):
    account.create("shop", *GATED)
    shop = connect(account.cp, "shop")
    assert shop.state.newest == 1
    assert "Approve" in str(shop.why())
    happened = shop.approve(summary="Looks good")
    assert "Action Approve (stage Gate) succeeded - #1: “Looks good”" in str(happened)
    assert account.statuses()["Prod"] == "InProgress"
    shop.tick(60)
    assert account.statuses()["Prod"] == "Succeeded"
    assert str(shop.state.executions) == "()"
    shop.release()
    shop.disable("Build", reason="freeze")
    shop.tick(60)
    assert account.stage("Build")["inboundTransitionState"]["disabledReason"] == "freeze"
    assert list(shop.executions()["status"]) == ["Succeeded", "InProgress"]
    assert shop.id_of(2) == account.executions()[0]["pipelineExecutionId"]


def test_what_others_do_shows_after_a_look(account):
    account.create("shop", *GATED)
    shop = connect(account.cp, "shop")
    account.answer()
    assert shop.refresh()
    assert shop.state.stages[3].holder == 1
    account.cp.delete_pipeline(name="shop")
    account.create("shop", *GATED)
    assert shop.refresh() == []  # its past is another one, and nothing of it is news
    assert shop.state.newest == 1
    assert shop.state.stages[2].holder == 1


def test_what_the_service_refuses_is_refused_here_with_its_words(account):
    account.create("shop", *GATED)
    shop = connect(account.cp, "shop")
    with pytest.raises(
        Refused, match="The stage named Prod in the shop pipeline can't be retried now"
    ) as refused:
        shop.retry("Prod")
    assert refused.value.error == "StageNotRetryableException"
    with pytest.raises(Refused):
        shop.disable("Prod", reason="a, b")


def test_failures_go_by_the_admin_api(account):
    account.create("shop", *GATED)
    shop = connect(account.cp, "shop")
    shop.inject("Build", "Compile", message="broken by hand")
    shop.release()
    shop.tick(30)
    assert account.stage("Build")["actionStates"][0]["latestExecution"]["errorDetails"] == {
        "code": "JobFailed",
        "message": "broken by hand",
    }
    shop.retry("Build")
    shop.tick(1)
    shop.do(FinishAction(2, "Build", "Compile", message="done by hand"))
    assert account.stage("Build")["actionStates"][0]["latestExecution"]["summary"] == "done by hand"


def test_a_client_that_would_reach_the_real_service_is_refused():
    client = boto3.client(
        "codepipeline", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    with pytest.raises(Unreachable, match="would reach the real service"):
        connect(client, "shop")


def test_nobody_there_and_no_such_pipeline(account):
    with pytest.raises(LookupError, match="does not have a pipeline with name 'nobody'"):
        connect(account.cp, "nobody")
    client = boto3.client(
        "codepipeline",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    with pytest.raises(Unreachable, match="Start one with `cp-teach serve`"):
        connect(client, "shop")


def test_a_console_on_it_is_live_in_both_directions(served):
    client = served.client()
    console = Console(connect(client, "shop"))
    try:
        client.start_pipeline_execution(name="shop")
        served.run.advance(minutes=30)
        until(lambda: "Approve" in str(console.view["reasons"]))
        assert "undo" not in console.view
        console.run.approve()
        assert served.run.state.stages[2].holder == 1
        assert (
            client.get_pipeline_state(name="shop")["stageStates"][2]["latestExecution"]["status"]
            == "InProgress"
        )
    finally:
        console.close()


def pressable(part):
    """The moves of a picture that can be made."""
    if isinstance(part, dict):
        found = [part] if "command" in part and "no" not in part else []
        return found + [move for item in part.values() for move in pressable(item)]
    return [move for item in part for move in pressable(item)] if isinstance(part, list) else []


def test_a_console_whose_pipeline_is_deleted_says_so_and_offers_nothing(account):
    account.create("shop", *GATED)
    console = Console(connect(account.cp, "shop"))
    try:
        assert pressable(console.view)
        account.cp.delete_pipeline(name="shop")
        until(lambda: "away" in console.view)
        assert console.view["away"].startswith("The pipeline shop no longer exists")
        assert console.view["away"].count(". ") == 1, "it is one sentence, and one thing to do"
        assert pressable(console.view) == []
        assert [stage["name"] for stage in console.view["stages"]] == ["Source", "Build", "Gate", "Prod"]
        console.ask({"act": "do", "command": ["StartExecution"]})  # a page that was drawn before
        assert "shop" in console.view["notice"]["text"]
        assert console.view["notice"]["error"] != "InternalFailure"

        # One of the same name that is made anew is another one: what was typed for the old one is not for it.
        old = console.view["run"]
        account.create("shop", *GATED)
        until(lambda: "away" not in console.view)
        assert console.view["run"] != old
        assert pressable(console.view)
    finally:
        console.close()


def test_a_console_whose_server_is_away_says_so_until_it_is_back(account, monkeypatch):
    from cp_teach.aws.client import connection_errors

    account.create("shop", *GATED)
    shop = connect(account.cp, "shop")
    console = Console(shop)
    answers = shop._send

    def nobody(*_):
        raise connection_errors.Unreachable("Nobody answers at http://127.0.0.1:9.")

    try:
        shop._send = nobody
        until(lambda: "away" in console.view)
        assert console.view["away"].startswith("The service that holds shop does not answer")
        assert pressable(console.view) == []
        console.ask({"act": "inject", "stage": "Build", "action": "Compile"})
        assert "Nobody answers" in console.view["notice"]["text"]
        shop._send = answers
        until(lambda: "away" not in console.view)
        assert pressable(console.view)
    finally:
        console.close()


def test_each_command_but_that_of_the_clock_has_a_request():
    from cp_teach.aws.client.command_requests import REQUESTS
    from cp_teach.engine.model.commands import COMMAND_KINDS
    from cp_teach.engine.model.failure_plan import PLANS

    assert {*COMMAND_KINDS.values(), *PLANS.values()} - {*REQUESTS} == {COMMAND_KINDS["ExpireTransition"]}


# -- serve -----------------------------------------------------------------------------------------------------
def test_boto3_drives_what_the_run_holds(served):
    client, run = served.client(), served.run
    number = client.start_pipeline_execution(name="shop")["pipelineExecutionId"]
    assert run.state.newest == 1
    run.advance(minutes=30)
    told = client.get_pipeline_execution(pipelineName="shop", pipelineExecutionId=number)["pipelineExecution"]
    assert told["status"] == "InProgress"
    gate = client.get_pipeline_state(name="shop")["stageStates"][2]["actionStates"][0]
    client.put_approval_result(
        pipelineName="shop",
        stageName="Prod",
        actionName=gate["actionName"],
        result={"summary": "ok", "status": "Approved"},
        token=gate["latestExecution"]["token"],
    )
    run.settle()
    assert (
        client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"][0]["status"]
        == "Succeeded"
    )


def test_a_served_run_does_not_step_back_and_offers_a_fork(served):
    served.run.release()
    with pytest.raises(Refused, match=r"no undo\. Use fork\(\) to try it on a separate run"):
        served.run.undo()
    fork = served.run.fork(0)
    fork.release()
    fork.undo()
    served.stop()
    served.run.undo()
    assert served.run.state.newest == 0


def test_serving_again_serves_the_new_run_of_a_cell_that_ran_twice():
    def cell():
        run = Run(Pipeline.of("twice", Source="S3", Beta="CodeDeploy"), Simulated())
        run.release()
        return run, serve(run)

    first, _ = cell()
    second, served = cell()
    assert serve(second).url == served.url
    served.client().start_pipeline_execution(name="twice")
    assert (first.state.newest, second.state.newest) == (1, 2)
    first.undo()
    served.stop()


def test_an_answer_by_hand_counts_for_the_token_too(served):
    served.run.release()
    served.run.settle()
    client = served.client()
    gate = client.get_pipeline_state(name="shop")["stageStates"][2]["actionStates"][0]
    served.run.approve()
    with pytest.raises(client.exceptions.ApprovalAlreadyCompletedException):
        client.put_approval_result(
            pipelineName="shop",
            stageName="Prod",
            actionName=gate["actionName"],
            result={"summary": "ok", "status": "Approved"},
            token=gate["latestExecution"]["token"],
        )


def test_cells_and_clients_act_at_the_same_time_without_harm(served):
    client, run = served.client(), served.run

    def click():
        for _ in range(20):
            run.release()
            run.advance(minutes=1)

    def call():
        for _ in range(20):
            client.start_pipeline_execution(name="shop")
            client.get_pipeline_state(name="shop")

    threads = [threading.Thread(target=click), threading.Thread(target=call)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert run.state.newest == 40
    assert len(client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]) == 40


def test_another_pipeline_of_that_name_is_in_the_way():
    from cp_teach.aws.server.process_server import PROCESS

    account = Account(None, endpoint_url=PROCESS.get().url, aws_access_key_id="a", aws_secret_access_key="b")
    account.create("taken", *GATED)
    with pytest.raises(ValueError, match="there is a pipeline taken already"):
        serve(Run(Pipeline.of("taken", Source="S3", Beta="CodeDeploy")))
    PROCESS.get().client().delete_pipeline(name="taken")


# -- the sandbox of a notebook ---------------------------------------------------------------------------------
SANDBOX = """
import os, boto3, cp_teach
from functools import partial

from cp_teach.aws.aws_cli import cell_magic
from cp_teach.aws.aws_cli.fork_server import ForkServer
run_lines = partial(cell_magic.run_lines, ForkServer())
box = cp_teach.sandbox(clock="manual")
box.client("s3").create_bucket(Bucket="mine")
run_lines("", "s3 ls\\n# a comment\\naws codepipeline list-pipelines \\\\\\n  --query pipelines")
run_lines("", "codepipeline get-pipeline --name nobody\\ns3 ls")
print(boto3.client("s3").list_buckets()["Buckets"][0]["Name"])
box.tick(days=1)
again = cp_teach.sandbox(clock="manual")
print(again.url == box.url, boto3.client("s3").list_buckets()["Buckets"])
print(again)
"""


def test_a_sandbox_points_the_kernel_at_itself_and_begins_anew():
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", SANDBOX], capture_output=True, text=True, check=False, timeout=90
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].endswith(" mine")
    assert lines[1:4] == ["[]", "mine", "True []"]
    assert "A service of your own at http://127.0.0.1:" in lines[4]
    assert "PipelineNotFoundException" in done.stderr


def test_a_mock_knows_its_own_pipelines_only():
    with mock_aws() as mock:
        account = Account(mock)
        account.create("shop", *GATED)
        assert connect(account.cp, "shop").state.newest == 1
        west = Account(mock, region="us-west-2")
        with pytest.raises(LookupError):
            connect(west.cp, "shop")


# -- a server without our admin API ----------------------------------------------------------------------------
@pytest.fixture
def elsewhere(account, monkeypatch):
    """The same service, as a server of somebody else would be: AWS's operations, and nothing beside them."""
    from cp_teach.aws.client import connection_errors, remote_run

    def line(client):
        def ask(*_):
            raise connection_errors.NoAdminApi("no admin API here")

        return ask

    monkeypatch.setattr(remote_run, "admin_sender", line)
    account.create("shop", *GATED)
    return account


def test_a_server_without_the_admin_api_is_watched_by_polling(elsewhere):
    shop = connect(elsewhere.cp, "shop")
    assert type(shop).__name__ == "PollingRun"
    assert shop.away == ""
    assert list(shop.executions()["status"]) == ["InProgress"]
    assert "Approve" in str(shop.why())
    happened = shop.approve(summary="Looks good")
    assert "Action Approve (stage Gate) succeeded" in str(happened)
    elsewhere.tick(60)
    heard = []
    stop = shop.listen(heard.append)
    until(lambda: heard)
    stop()
    assert list(shop.executions()["status"]) == ["Succeeded"]
    shop.release()
    shop.disable("Prod", reason="freeze")
    assert shop.id_of(2) == elsewhere.executions()[0]["pipelineExecutionId"]
    assert shop.state.stages[3].transition != "enabled"
    with pytest.raises(Refused, match="no admin API"):
        shop.inject("Build", "Compile")
    with pytest.raises(LookupError, match="does not have a pipeline"):
        connect(elsewhere.cp, "nobody")


def test_what_is_watched_is_what_the_engine_itself_would_tell(elsewhere):
    for _ in range(3):
        elsewhere.start()
        elsewhere.tick(30)
    shop = connect(elsewhere.cp, "shop")
    assert list(shop.executions()["status"]) == [each["status"] for each in elsewhere.executions()[::-1]]
    assert shop.state.stages[2].inbound == (4,)
