"""Whatever is sent over a socket: an answer that says what is wrong, no fault of ours, and a server that goes on."""

import http.client
import json
import logging
import os
import random
import socket
import socketserver
import ssl
import time
from contextlib import closing, suppress
from urllib.parse import urlsplit

import boto3
import pytest

from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.protocol import request_validation
from cp_teach.aws.server.http import bounded_server, request_body
from cp_teach.aws.server.loopback_server import Server

REGION = "us-east-1"
ADMIN = f"/codepipeline_{REGION}/cp-teach"
PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
REQUESTS = 100_000 if PROVE else 600


def signed(service):
    scope = f"AKIAIOSFODNN7EXAMPLE/20261130/{REGION}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


@pytest.fixture
def server():
    from cp_teach import mock_aws

    with mock_aws():
        pass  # an account in which there is nothing
    made = Server(Settings(clock=Clock("manual"))).start()
    yield made
    made.stop()


def answers(server):
    """A client of AWS is answered, and soon."""
    cp = boto3.client(
        "codepipeline",
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    began = time.monotonic()
    assert isinstance(cp.list_pipelines()["pipelines"], list)
    return time.monotonic() - began


def connected(server):
    return socket.create_connection(("127.0.0.1", urlsplit(server.url).port), timeout=30)


def send(server, raw):
    """What comes back for these bytes."""
    with closing(connected(server)) as line:
        with suppress(OSError):  # refused before all of it was sent
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
        got = b""
        with suppress(ConnectionError):
            while piece := line.recv(65536):
                got += piece
        return got


def request(method, path, body=b"", host="127.0.0.1", **headers):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "Transfer_Encoding" not in headers and "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


# -- 100,000 requests ----------------------------------------------------------------------------------------------
PATHS = (
    *(
        "/",
        "//",
        "//[",
        "/[",
        "*",
        "/%00",
        "/%ff%fe",
        "/../..",
        "/é",
        "/\x00",
        "/?%",
        "/?a=%ZZ&&==",
        "http://[::1",
    ),
    *(
        "/codepipeline_",
        "/codepipeline_/..",
        "/codepipeline_x/cp-teach/status",
        f"{ADMIN}/",
        f"{ADMIN}/status",
    ),
    *(
        f"{ADMIN}/journal/shop?after=%C2%B2",
        f"{ADMIN}/journal/shop?after=99999999999999999999",
        f"{ADMIN}/nothing",
    ),
    *(f"{ADMIN}/{act}/shop" for act in ("tick", "clock", "workers", "inject", "heal", "finish")),
    *(f"{ADMIN}/tick", f"{ADMIN}/clock", f"{ADMIN}/workers", f"{ADMIN}/status?account=x"),
    *(f"{ADMIN}/webhook/123456789012/push", f"{ADMIN}/webhook/x/push", f"{ADMIN}/webhook/123456789012"),
)
KEYS = (
    *(
        "name",
        "pipeline",
        "pipelineName",
        "stageName",
        "actionName",
        "stages",
        "actions",
        "reason",
        "token",
        "seconds",
    ),
    *(
        "mode",
        "factor",
        "workers",
        "stage",
        "action",
        "execution",
        "variables",
        "when",
        "times",
        "chance",
        "message",
    ),
    *(
        "failure",
        "rule",
        "jobId",
        "nonce",
        "actionTypeId",
        "category",
        "maxResults",
        "nextToken",
        "webhook",
        "tags",
    ),
)
VALUES = (
    *(
        None,
        0,
        -1,
        10**30,
        10**390,
        1e308,
        0.5,
        True,
        "",
        "x",
        "shop",
        "Gate",
        "Approve",
        "manual",
        "\ud800",
        "\x00",
    ),
    *("é" * 300, "real", "JobFailed", [], {}, [[]], {"a": 1}, "2", "next", 221_845_392_000),
)


class Maker:
    """Makes requests to what is ours: mostly well formed, now and then broken somewhere."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, depth=0):
        if depth < 4 and self.random.random() < 0.4:
            return {self.random.choice(KEYS): self.value(depth + 1) for _ in range(self.random.randint(0, 6))}
        if depth < 4 and self.random.random() < 0.1:
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
        return self.random.choice(VALUES)

    def body(self):
        kind = self.random.random()
        if kind < 0.7:
            return json.dumps(self.value()).encode()
        if kind < 0.75:
            return b"[" * self.random.choice((50, 200, 20_000))
        if kind < 0.8:
            return b'{"a":' * 5_000 + b"1" + b"}" * 5_000
        if kind < 0.85:
            return b'{"name": "x' + bytes([self.random.randrange(256)]) + b'"}'
        if kind < 0.9:
            return self.random.choice(
                (b'{"seconds": 1e999}', b'{"seconds": NaN}', b'{"seconds": ' + b"9" * 5000 + b"}")
            )
        return self.random.randbytes(self.random.randint(0, 60))

    def request(self):
        if self.random.random() < 0.05:
            return self.random.randbytes(self.random.randint(1, 80)) + b"\r\n\r\n"
        body, choose = self.body(), self.random.choice
        headers = {
            "Content_Type": choose(
                ["application/json", "application/x-amz-json-1.1"] * 6 + ["text/plain", "", "\x1b"]
            )
        }
        path = choose(PATHS)
        if self.random.random() < 0.6:
            path = "/" if self.random.random() < 0.9 else path
            headers["X_Amz_Target"] = choose(
                ["CodePipeline_20150709." + choose(request_validation.operations())] * 9 + ["", "x", "a.b.c"]
            )
            headers["Authorization"] = choose(
                [signed("codepipeline")] * 9 + ["", "x", "AWS4-HMAC-SHA256", "Bearer x", signed("//")]
            )
        if self.random.random() < 0.05:
            headers["Content_Length"] = choose(["-1", "x", "1e3", "9" * 20, "0x5", "5, 5"])
        elif self.random.random() < 0.05:
            headers["Transfer_Encoding"] = choose(["chunked", "gzip", "chunked, chunked"])
            body = choose(
                [b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), b"zz\r\n", b"-5\r\n", b"f" * 16, b"5\r\nabc"]
            )
        method = choose(["POST"] * 8 + ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "FOO"])
        return request(method, path.encode("utf-8").decode("latin-1"), body, **headers)


def test_no_request_makes_a_fault_of_ours(server, capfd, caplog):
    caplog.set_level(logging.DEBUG, logger="cp_teach.aws.server.http")
    maker = Maker(int(os.environ.get("CP_TEACH_SEED", "1")))
    prepared(server)
    counts = {}
    for _ in range(REQUESTS):
        raw = maker.request()
        answer = send(server, raw)
        assert b"Traceback" not in answer
        if answer.startswith(b"HTTP/"):
            status = status_of(answer)
            counts[status] = counts.get(status, 0) + 1
            assert status < 500 or status in (501, 505), (raw[:600], answer[-300:])
    assert counts[200] > REQUESTS / 50  # it is not all refused at the door
    assert counts[400] > REQUESTS / 10
    assert ours(caplog.records) == set()
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    answers(server)


def ours(records):
    """Where exceptions that nobody expected were raised in our own operations."""
    found = set()
    for record in records:
        raised = record.exc_info[2] if record.exc_info else None
        while raised is not None:
            where = raised.tb_frame.f_code.co_filename
            if "cp_teach" in where and "server/http" not in where:
                found.add(f"{where}:{raised.tb_lineno}")
            raised = raised.tb_next
    return found


def prepared(server):
    """A pipeline with an approval, for what is sent to have something to hit."""

    def client(service):
        return boto3.client(
            service,
            endpoint_url=server.url,
            region_name=REGION,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )

    allow = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "codepipeline.amazonaws.com"},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]

    def action(name, category, provider, **more):
        kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": name, "actionTypeId": kind, **more}

    where = {"RepositoryName": "shop", "BranchName": "main"}
    commit = action("Commit", "Source", "CodeCommit", outputArtifacts=[{"name": "S"}], configuration=where)
    stages = [
        {"name": "Source", "actions": [commit]},
        {"name": "Gate", "actions": [action("Approve", "Approval", "Manual")]},
    ]
    store = {"type": "S3", "location": "artifacts"}
    pipeline = {"name": "shop", "roleArn": role, "artifactStore": store, "stages": stages}
    client("codepipeline").create_pipeline(pipeline=pipeline)


# -- one by one ----------------------------------------------------------------------------------------------------
def test_half_a_surrogate_pair_is_refused_and_leaves_the_pipeline_readable(server):
    prepared(server)
    server.settings.clock.tick(60)
    cp = boto3.client(
        "codepipeline",
        endpoint_url=server.url,
        region_name=REGION,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    gate = cp.get_pipeline_state(name="shop")["stageStates"][1]["actionStates"][0]["latestExecution"]
    said = {"pipelineName": "shop", "stageName": "Gate", "actionName": "Approve", "token": gate["token"]}
    said["result"] = {"status": "Approved", "summary": "ok \ud800"}
    head = {
        "Authorization": signed("codepipeline"),
        "X_Amz_Target": "CodePipeline_20150709.PutApprovalResult",
    }
    head["Content_Type"] = "application/x-amz-json-1.1"
    refused = send(server, request("POST", "/", json.dumps(said).encode(), **head))
    assert status_of(refused) == 400
    assert b"SerializationException" in refused
    plan = {"stage": "Gate", "action": "Approve", "message": "\udfff"}
    planned = request(
        "POST", f"{ADMIN}/inject/shop", json.dumps(plan).encode(), Content_Type="application/json"
    )
    assert b"SerializationException" in send(server, planned)
    assert cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    assert status_of(send(server, request("GET", f"{ADMIN}/journal/shop"))) == 200


def test_an_answer_with_half_a_pair_from_an_old_run_is_written_all_the_same():
    from cp_teach.aws.protocol import json_protocol

    text = json_protocol.body({"summary": "ok \ud800", "name": "ü"})
    assert json.loads(text.encode("utf-8")) == {"summary": "ok \ud800", "name": "ü"}


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (request("POST", "/", Authorization="x"), 400, b"AuthorizationHeaderMalformed"),
        (
            request("POST", "/", Authorization="AWS4-HMAC-SHA256 Credential="),
            400,
            b"AuthorizationHeaderMalformed",
        ),
        (
            request(
                "POST",
                "/",
                X_Amz_Target="CodePipeline_20150709.ListPipelines",
                Authorization="AWS4-HMAC-SHA256 x",
            ),
            400,
            b"IncompleteSignatureException",
        ),
        (
            request("POST", "/", X_Amz_Target="CodePipeline_20150709.ListPipelines"),
            403,
            b"MissingAuthenticationToken",
        ),
        (
            request(
                "POST",
                "/",
                b"Action=\xff",
                Content_Type="application/x-www-form-urlencoded",
                Authorization=signed("iam"),
            ),
            400,
            b"MalformedQueryString",
        ),
        (request("POST", "/", b"Action=\xff", Content_Type="application/x-www-form-urlencoded"), None, b""),
        (request("GET", "/codepipeline_/.."), 404, b""),
        (request("GET", "/codepipeline_/x/y"), 404, b""),
        (
            request("POST", f"{ADMIN}/tick", b"[" * 20_000, Content_Type="application/json"),
            400,
            b"nested deeper",
        ),
        (request("POST", f"{ADMIN}/tick", b"\xff", Content_Type="application/json"), 400, b"UTF-8"),
        (
            request("POST", f"{ADMIN}/tick", b'{"seconds": 1e300}', Content_Type="application/json"),
            400,
            b"year 9000",
        ),
        (
            request("POST", f"{ADMIN}/tick", b'{"seconds": 1e999}', Content_Type="application/json"),
            400,
            b"not inf",
        ),
        (request("GET", f"{ADMIN}/status?account=everybody"), 404, b"12 digits"),
        (request("GET", "/" + "x" * 70_000), 414, b""),
        (request("GET", "/", **{f"X{number}": "y" for number in range(150)}), 431, b""),
        (request("GET", "/", **{f"X{number}": "y" * 9_000 for number in range(9)}), 431, b""),
        (request("GET", "/", X="\x1b]0;title\x07"), 400, b"control character"),
        (request("POST", "/", Content_Length="-5"), 400, b""),
        (request("POST", "/", Content_Length="5", Transfer_Encoding="chunked"), 400, b""),
        (request("POST", "/", b"zz\r\n", Transfer_Encoding="chunked"), 400, b"IncompleteBody"),
        (request("POST", "/", b"abc", Content_Length="99"), 400, b"IncompleteBody"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: 127.0.0.1\r\n\r\n", 400, b"more than one host"),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 403, b"evil.example"),
        (b"GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, b""),
        (b"GET / HTTP/1.1\r\n\r\n", 400, b"Host header"),
        (b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 501, b""),
    ],
    ids=lambda value: value[:60].decode("latin-1").replace("\r\n", " ") if isinstance(value, bytes) else None,
)
def test_what_is_wrong_is_said_at_once(server, raw, status, code):
    began = time.monotonic()
    answer = send(server, raw)
    assert time.monotonic() - began < 5
    assert status is None or status_of(answer) == status, answer
    assert status_of(answer) != 500
    assert code in answer


def test_a_body_has_a_bound_whatever_its_length_is_said_to_be(server, monkeypatch):
    monkeypatch.setattr(request_body, "API", 50_000)
    monkeypatch.setattr(request_body, "UPLOAD", 200_000)
    head = {"Authorization": signed("codepipeline"), "X_Amz_Target": "CodePipeline_20150709.ListPipelines"}
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    for more, body in (({"Content_Length": "50001"}, b""), ({"Transfer_Encoding": "chunked"}, chunk * 3)):
        answer = send(server, request("POST", "/", body, **head, **more))
        assert status_of(answer) == 413
        assert b"RequestEntityTooLarge" in answer
    head_of_admin = {"Content_Type": "application/json", "Content_Length": "50001"}
    assert status_of(send(server, request("POST", f"{ADMIN}/tick", **head_of_admin))) == 413
    for more, body in (
        ({"Content_Length": "999999999"}, b""),
        ({"Transfer_Encoding": "chunked"}, chunk * 9),
    ):
        answer = send(server, request("PUT", "/bucket/key", body, Authorization=signed("s3"), **more))
        assert (status_of(answer), b"EntityTooLarge" in answer) == (400, True)
    small = b"5\r\n{   }\r\n0\r\nTrailer: x\r\n\r\n"
    head["Content_Type"] = "application/x-amz-json-1.1"
    assert status_of(send(server, request("POST", "/", small, **head, Transfer_Encoding="chunked"))) == 200


def test_a_large_upload_waits_in_a_file(server):
    s3 = boto3.client(
        "s3", endpoint_url=server.url, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )
    s3.create_bucket(Bucket="large")
    data = os.urandom(3 * request_body.IN_MEMORY)
    s3.put_object(Bucket="large", Key="k", Body=data)
    assert s3.get_object(Bucket="large", Key="k")["Body"].read() == data


# -- connections ---------------------------------------------------------------------------------------------------
def test_connections_that_send_nothing_are_closed_and_do_not_keep_others_out(server, monkeypatch):
    monkeypatch.setattr(bounded_server, "HEADERS_WITHIN", 2.0)
    monkeypatch.setattr(bounded_server, "CONNECTIONS", 40)
    idle = [connected(server) for _ in range(200)]
    slow = connected(server)
    slow.sendall(b"GET / HTTP/1.1\r\n")
    try:
        assert answers(server) < 2.0
        assert len(server._http._deadlines) <= 41
        deadline = time.monotonic() + 8
        while time.monotonic() < deadline and server._http._deadlines:
            with suppress(OSError):
                slow.sendall(b"X")  # a byte now and then gains nothing
            time.sleep(0.2)
        assert not server._http._deadlines
        for line in idle:
            line.settimeout(1)
            with suppress(ConnectionError):
                assert b"200" not in line.recv(100)
    finally:
        for line in (*idle, slow):
            line.close()
    answers(server)


@pytest.mark.parametrize("lacking", ["connections", "threads"])
def test_a_connection_too_many_is_told_so_and_the_next_one_is_answered(server, monkeypatch, lacking):
    def no_thread(*_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        if lacking == "connections":
            full.setattr(bounded_server, "CONNECTIONS", 0)
        else:
            full.setattr(socketserver.ThreadingMixIn, "process_request", no_thread)
        with closing(connected(server)) as line:
            line.settimeout(2)
            assert status_of(line.recv(4096)) == 503
            assert line.recv(4096) == b""  # closed
    answers(server)


def test_a_body_that_comes_byte_by_byte_is_cut(server, monkeypatch):
    monkeypatch.setattr(request_body, "PATIENCE", 1.0)
    head = {"Authorization": signed("codepipeline"), "X_Amz_Target": "CodePipeline_20150709.ListPipelines"}
    with closing(connected(server)) as line:
        line.sendall(request("POST", "/", **head, Content_Length="1000"))
        began = time.monotonic()
        with suppress(OSError):
            while time.monotonic() - began < 10:
                line.sendall(b" ")
                time.sleep(0.2)
        assert time.monotonic() - began < 8
    answers(server)


def test_a_handshake_that_nobody_finishes_keeps_nobody_out():
    server = Server(Settings(clock=Clock("manual")), https=True).start()
    try:
        with closing(connected(server)):  # it never says hello
            context = ssl._create_unverified_context()
            line = http.client.HTTPSConnection(
                "127.0.0.1", urlsplit(server.url).port, timeout=10, context=context
            )
            line.request("GET", f"{ADMIN}/status")
            assert line.getresponse().status == 200
    finally:
        server.stop()
