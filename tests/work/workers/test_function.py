"""A Lambda function in its own process: it answers a real server by itself, and cannot reach anything else."""

import textwrap
import threading

import pytest
from account import action, commits, stage

from cp_teach.security.network.endpoints import EXAMPLE
from cp_teach.work.sandbox.run_command import NotAllowed
from cp_teach.work.workers.lambda_function import Function, require_loopback

NOWHERE = "http://127.0.0.1:9"
EVENT = {"CodePipeline.job": {"id": "1", "accountId": "123456789012", "data": {}}}


@pytest.fixture
def function(tmp_path):
    def make(text, handler="handler.main", endpoint=NOWHERE, **more):
        code = tmp_path / "handler.py"
        code.write_text(textwrap.dedent(text), encoding="utf-8")
        return Function("smoke", code, handler, endpoint, **{"yes": True, **more})

    return make


@pytest.fixture
def call(tmp_path):
    def run(function, event=EVENT, stop=None):
        folder, lines = tmp_path / "run", []
        folder.mkdir()
        return function(event, folder, lines.append, stop), lines

    return run


# -- against a real server -------------------------------------------------------------------------
ANSWER = """
    import boto3

    def main(event, context):
        job = event["CodePipeline.job"]
        says = job["data"]["actionConfiguration"]["configuration"]["UserParameters"]
        client = boto3.client("codepipeline")
        if says == "good":
            client.put_job_success_result(jobId=job["id"], outputVariables={"Said": says})
        else:
            failure = {"type": "JobFailed", "message": f"{says} is not good"}
            client.put_job_failure_result(jobId=job["id"], failureDetails=failure)
        print("answered for", context.function_name)
        return {"statusCode": 500}
"""


@pytest.mark.parametrize(("says", "status"), [("good", "Succeeded"), ("bad", "Failed")])
def test_a_handler_answers_for_its_job_through_the_real_api(sandboxed, function, call, says, status):
    settings = {"FunctionName": "smoke", "UserParameters": says}
    invoke = action("Call", "Invoke/AWS/Lambda", configuration=settings)
    sandboxed.create("shop", stage("Source", commits()), stage("Check", invoke))
    sandboxed.box.tick(60)
    assert sandboxed.statuses()["Check"] == "InProgress"
    answered, lines = call(function(ANSWER, endpoint=sandboxed.box.url), sandboxed.box.event_of("shop"))
    assert answered.ok, lines
    assert answered.problem == ""
    assert lines[0].startswith(f"START RequestId: {answered.request}")
    assert lines[-2:] == ["answered for smoke", f"END RequestId: {answered.request}"]
    assert sandboxed.statuses()["Check"] == status
    (ran, *_) = sandboxed.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    if says == "good":
        assert ran["output"]["outputVariables"] == {"Said": "good"}
    else:
        assert ran["output"]["executionResult"]["externalExecutionSummary"] == "bad is not good"


def test_a_handler_that_returns_without_an_answer_leaves_the_action_running(sandboxed, function, call):
    invoke = action("Call", "Invoke/AWS/Lambda", configuration={"FunctionName": "smoke"})
    sandboxed.create("shop", stage("Source", commits()), stage("Check", invoke))
    sandboxed.box.tick(60)
    silent = function("def main(event, context): return 'Succeeded'", endpoint=sandboxed.box.url)
    answered, _ = call(silent, sandboxed.box.event_of("shop"))
    assert answered.ok
    assert sandboxed.statuses()["Check"] == "InProgress"


# -- what it finds ---------------------------------------------------------------------------------
def test_it_finds_lambdas_surroundings_and_nothing_of_the_caller(function, call, monkeypatch):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "HTTPS_PROXY", "PYTHONPATH"):
        monkeypatch.setenv(name, "secret-of-the-caller")
    monkeypatch.setenv("HOME", "/home/secret-of-the-caller")
    text = """
        import os

        def main(event, context):
            print(sorted(event["CodePipeline.job"]))
            print(os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"], os.environ["AWS_ACCESS_KEY_ID"])
            print(os.environ["AWS_LAMBDA_FUNCTION_NAME"], context.aws_request_id)
            print(0 < context.get_remaining_time_in_millis() <= 60000)
            print(sorted(os.environ.items()))
    """
    answered, lines = call(function(text))
    assert answered.ok, lines
    assert lines[1] == "['accountId', 'data', 'id']"
    assert lines[2] == f"{NOWHERE} us-east-1 {EXAMPLE.access_key}"
    assert lines[3] == f"smoke {answered.request}"
    assert lines[4] == "True"
    assert "secret-of-the-caller" not in lines[5]
    assert "('NO_PROXY', '*')" in lines[5]


def test_code_may_be_a_folder_with_several_modules(tmp_path, call):
    folder = tmp_path / "code"
    (folder / "app").mkdir(parents=True)
    (folder / "helper.py").write_text("WORD = 'helped'\n", encoding="utf-8")
    (folder / "app" / "main.py").write_text(
        "import helper\n\ndef run(event, context):\n    print(helper.WORD)\n", encoding="utf-8"
    )
    answered, lines = call(Function("smoke", folder, "app.main.run", NOWHERE, yes=True))
    assert answered.ok, lines
    assert lines[1] == "helped"


# -- how it ends -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "handler", "line", "why"),
    [
        (
            "def main(e, c): raise KeyError('job')",
            "handler.main",
            "[ERROR] KeyError: 'job'",
            "raised an error",
        ),
        ("import nowhere", "handler.main", "Runtime.ImportModuleError", "cannot be imported"),
        ("import boot", "handler.main", "No module named 'boot'", "cannot be imported"),
        ("main = 1", "handler.main", "Runtime.HandlerNotFound", "no such handler"),
        ("", "other.main", "Unable to import module 'other'", "cannot be imported"),
        ("def main(e, c): import os; os._exit(7)", "handler.main", "END", "ended with code 7"),
    ],
)
def test_a_crash_is_told(function, call, text, handler, line, why):
    answered, lines = call(function(text, handler))
    assert not answered.ok
    assert "The function smoke has crashed" in answered.problem
    assert why in answered.problem
    assert any(line in each for each in lines), lines


def test_it_is_ended_at_its_time_limit_and_when_nobody_waits(function, call, tmp_path):
    forever = "import time\ndef main(event, context): time.sleep(3600)"
    answered, _ = call(function(forever, seconds=0.5))
    assert answered.ended.why == "time"
    assert "after 0.5 seconds" in answered.problem
    stop = threading.Event()
    stop.set()
    (tmp_path / "again").mkdir()
    ended = function(forever)(EVENT, tmp_path / "again", stop=stop)
    assert ended.ended.why == "stopped"


def test_nothing_runs_without_a_yes(function, tmp_path):
    with pytest.raises(NotAllowed, match="the Lambda function smoke's commands"):
        function("", yes=False)(EVENT, tmp_path)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://codepipeline.us-east-1.amazonaws.com",
        "http://10.0.0.1:5000",
        "http://127.0.0.1@example.com",
        "http://example.com\\@127.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1:port",
        "ftp://127.0.0.1",
        "127.0.0.1:5000",
        "http://127.0.0.1\n.example.com",
        "",
    ],
)
def test_an_endpoint_elsewhere_is_refused(function, endpoint):
    with pytest.raises(ValueError, match=r"is not on this machine|is not a valid address"):
        function("", endpoint=endpoint)


def test_endpoints_here_are_taken():
    assert require_loopback("http://127.0.0.1:5000/") == "http://127.0.0.1:5000"
    assert require_loopback("https://[::1]:5000") == "https://[::1]:5000"
    assert require_loopback("http://localhost:1")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"handler": "main"}, "must name a module and a function"),
        ({"handler": "../x.main"}, "must name a module and a function"),
        ({"seconds": 0}, "at most 900 seconds"),
        ({"seconds": 901}, "at most 900 seconds"),
    ],
)
def test_what_cannot_be_a_function_is_said(function, more, words):
    with pytest.raises(ValueError, match=words):
        function("", **more)
