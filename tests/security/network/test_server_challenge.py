"""A server on another machine has to prove that it is ours before anything signed goes to it."""

import json
import socket

import boto3
import pytest
from botocore.config import Config
from network_trap import Listener

from cp_teach import Pipeline, Run, connect, serve
from cp_teach.aws import Unreachable
from cp_teach.aws.aws_cli.client_environment import restrict_environment
from cp_teach.aws.client.polling_run import PollingRun
from cp_teach.cli import main
from cp_teach.security.network import direct_http, endpoints, server_challenge
from cp_teach.security.network.endpoints import (
    EndpointRefused,
    NotProved,
    check_request,
    require_loopback,
    require_server,
    trust_server,
)
from cp_teach.work.sandbox.aws_clients import make_client


@pytest.fixture
def listen():
    listeners = []

    def start(*args):
        listeners.append(Listener(*args))
        return listeners[-1]

    yield start
    for each in listeners:
        each.stop()


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch):
    """``class.test`` and ``other.test`` are names of another machine; they lead to loopback all the same. What one test
    has proved or trusted, another does not know."""
    real = socket.getaddrinfo

    def resolve(host, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        return real("127.0.0.1" if name in ("class.test", "other.test") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(endpoints, "_proved", {})
    monkeypatch.setattr(endpoints, "_trusted", set())


def client_for(url, **options):
    return boto3.client(
        "codepipeline",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="AKIAREALREALREALREAL",
        aws_secret_access_key="x",
        config=Config(retries={"max_attempts": 0}, **options),
    )


def nonce(handler):
    return handler.path.partition("nonce=")[2]


def ours(handler):
    if "/challenge?" not in handler.path:
        return 200, {}, b'{"pipelines": [], "cp_teach": "1"}'
    return 200, {}, json.dumps(server_challenge.answer(nonce(handler))).encode()


IMPOSTORS = {
    "an echo of the nonce": lambda h: (200, {}, json.dumps({"proof": nonce(h), "nonce": nonce(h)}).encode()),
    "an echo of everything": lambda h: (200, {}, f"{h.requestline}\n{h.headers}".encode()),
    "a proof for another nonce": lambda h: (200, {}, json.dumps(server_challenge.answer("0" * 64)).encode()),
    "a captive portal": lambda h: (200, {"Content-Type": "text/html"}, b"<html>Log in to the Wi-Fi</html>"),
    "AWS": lambda h: (403, {}, b'{"message": "Missing Authentication Token"}'),
    "the proof with another status": lambda h: (
        403,
        {},
        json.dumps(server_challenge.answer(nonce(h))).encode(),
    ),
    "an answer without an end": lambda h: (200, {}, b"[" * 1_000_000),
    "a proof of another kind": lambda h: (200, {}, b'{"proof": 1}'),
    "no object": lambda h: (200, {}, b'["proof"]'),
    "not ASCII": lambda h: (200, {}, '{"proof": "é"}'.encode()),
}


@pytest.mark.parametrize("kind", IMPOSTORS)
def test_a_server_that_answers_otherwise_gets_nothing_that_is_signed(listen, kind):
    server = listen(IMPOSTORS[kind])
    url = f"http://class.test:{server.port}"
    with pytest.raises(NotProved, match="has not proved that it is a cp-teach server"):
        require_server(url)
    with pytest.raises(Unreachable, match="trusted=True"):
        connect(client_for(url), "demo")
    for act in (
        lambda: make_client(url, "codepipeline"),
        lambda: restrict_environment(url, {}),
        lambda: PollingRun(client_for(url), "demo"),
    ):
        with pytest.raises((EndpointRefused, Unreachable)):
            act()
    assert server.requests, "nothing was asked, so nothing was tested"
    for _, path, headers, body in server.requests:
        assert path.startswith(server_challenge.PATH)
        assert "Authorization" not in headers
        assert "AKIA" not in f"{path} {headers} {body}"


def test_a_redirect_leads_nowhere(listen):
    goal = listen(ours)
    for status in (301, 302, 303, 307, 308):
        server = listen(lambda h, s=status: (s, {"Location": f"http://class.test:{goal.port}{h.path}"}, b""))
        with pytest.raises(NotProved):
            require_server(f"http://other.test:{server.port}")
        assert main(["tick", "1", "--endpoint", server.url]) == 1
        with pytest.raises(Unreachable):
            connect(client_for(server.url), "demo")
        assert {path for _, path, _, _ in server.requests}
    assert goal.requests == []


def test_the_bucket_of_a_redirect_of_s3_is_not_followed_to_another_host(listen):
    goal = listen()
    body = (
        f"<Error><Code>PermanentRedirect</Code><Endpoint>other.test:{goal.port}</Endpoint>"
        "<Bucket>mine</Bucket></Error>"
    ).encode()
    server = listen(
        lambda h: (
            301,
            {"x-amz-bucket-region": "eu-west-1", "Location": "https://s3.eu-west-1.amazonaws.com"},
            body,
        )
    )
    with pytest.raises(Exception, match=r"PermanentRedirect|was not sent"):
        make_client(server.url, "s3").get_object(Bucket="mine", Key="k")
    assert goal.requests == []


def test_a_server_of_ours_passes_on_this_machine_and_on_another(listen):
    with serve(Run(Pipeline.of("proved", Source="S3", Beta="CodeDeploy"))) as run:
        assert server_challenge.passes_challenge(run.url)
    server = listen(ours)
    url = f"http://class.test:{server.port}"
    assert require_server(f"{url}/") == url
    check_request(f"{url}/x?y")
    assert restrict_environment(url, {})["AWS_ENDPOINT_URL"] == url
    assert "class.test" in restrict_environment(url, {})["NO_PROXY"].split(",")
    asked = len(server.requests)
    assert make_client(url, "codepipeline").list_pipelines()["pipelines"] == []
    assert len(server.requests) == asked + 1, "a proof counts for a while"
    with pytest.raises(EndpointRefused, match="was not sent"):
        check_request(f"http://class.test:{server.port + 1}/")
    with pytest.raises(EndpointRefused, match="was not sent"):
        check_request(f"https://class.test:{server.port}/")


def test_a_proof_that_is_old_is_asked_for_again(listen, monkeypatch):
    answers = [ours]
    server = listen(lambda h: answers[0](h))
    url = f"http://class.test:{server.port}"
    client = make_client(url, "codepipeline")
    client.list_pipelines()
    monkeypatch.setattr(endpoints, "PROOF_SECONDS", 0.0)
    answers[0] = IMPOSTORS["AWS"]
    server.requests.clear()
    with pytest.raises(NotProved):
        client.list_pipelines()
    assert all("Authorization" not in headers for _, _, headers, _ in server.requests)


def test_a_server_that_is_not_ours_is_watched_here_or_where_it_is_trusted(listen):
    server = listen(lambda h: (400, {}, b'{"__type": "PipelineNotFoundException", "message": "none"}'))
    url = f"http://class.test:{server.port}"
    with pytest.raises(LookupError):
        connect(client_for(server.url), "demo")
    for trusted in (False, 1, "yes"):
        with pytest.raises(Unreachable):
            connect(client_for(url), "demo", trusted=trusted)
    with pytest.raises(LookupError):
        connect(client_for(url), "demo", trusted=True)
    for real in (
        "https://codepipeline.us-east-1.amazonaws.com",
        "http://169.254.169.254",
        "http://[fd00:ec2::254]",
    ):
        with pytest.raises(EndpointRefused, match="even with trusted=True"):
            trust_server(real)


def test_no_proxy_sees_a_request(listen, monkeypatch):
    proxy = listen()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv(name.lower(), proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with serve(Run(Pipeline.of("direct", Source="S3", Beta="CodeDeploy"))) as run:
        for client in (client_for(run.url), client_for(run.url, proxies={"http": proxy.url})):
            assert connect(client, "direct").release()
        assert run.client().list_pipelines()["pipelines"]
        assert main(["clock", "--endpoint", run.url]) == 0
    assert require_server(f"http://class.test:{listen(ours).port}")
    assert proxy.requests == []


# -- addresses ---------------------------------------------------------------------------------------------------
ODD = [
    "",
    "foo",
    "foo:5000",
    "//127.0.0.1:5000",
    "ftp://127.0.0.1",
    "http://",
    "http://[::1",
    "http://[::1]x",
    "http://::1",
    "http://[::1%25eth0]:5000",
    "http://[::g]",
    "http://127.0.0.1:0",
    "http://127.0.0.1:65536",
    "http://127.0.0.1:-1",
    "http://127.0.0.1:port",
    "http://127.0.0.1:５０００",
    "http://127.0.0.1@evil.example",
    "http://evil.example@127.0.0.1",
    "http://evil.example\\@127.0.0.1",
    "http://127.0.0.1\\.evil.example",
    "http://127.0.0.1\t.evil.example",
    "http://127.0.0.1\n.evil.example",
    "http://127.0.0.1 .evil.example",
    " http://127.0.0.1",
    "http://127.0.0.1%2eevil.example",
    "http://127.0.0.1%00.evil.example",
    "http://2130706433",
    "http://0x7f000001",
    "http://0x7f.1",
    "http://127.1",
    "http://0177.0.0.1",
    "http://127.0.0.1.",
    "http://localhost.",
    "http://.localhost",
    "http://１２７.0.0.1",
    "http://127。0。0。1",
    "http://ⓛocalhost",
    "http://[::ffff:1.2.3.4]",
    "http://127.0.0.1:5000?x=http://evil.example",
    "http://127.0.0.1:5000#@evil.example",
]
ELSEWHERE = [
    "http://127.0.0.1.nip.io",
    "http://localhost.evil.example",
    "http://localtest.me",
    "http://0.0.0.0",
    "http://[::]",
    "http://10.0.0.1",
    "http://128.0.0.1",
    "http://[::ffff:10.0.0.1]",
]


@pytest.mark.parametrize("url", ODD + ELSEWHERE)
def test_an_odd_address_is_refused_before_anything_is_asked(url, monkeypatch):
    def asked(*_, **__):
        raise direct_http.NoResponse("the network was asked")

    monkeypatch.setattr(server_challenge, "send_request", asked)
    for decide in (require_loopback, require_server, check_request):
        if decide is check_request and url.startswith("http://127.0.0.1:5000"):
            continue  # a request has a query, and an endpoint has none
        with pytest.raises(EndpointRefused) as refused:
            decide(url)
        if url in ODD and "::ffff" not in url:
            assert "the network was asked" not in str(refused.value)


@pytest.mark.parametrize("command", ["tick 1", "clock", "inject a b c", "heal a b c", "finish a b c", "jobs"])
def test_a_command_tells_what_is_wrong_with_an_address_in_a_sentence(command, capsys):
    for url in ODD if command == "clock" else ("", "foo", "http://[::1"):
        if "::ffff" in url:
            continue
        assert main([*command.split(), f"--endpoint={url}"]) == 1
        output = capsys.readouterr()
        assert output.out == ""
        assert output.err.startswith("cp-teach: ")
        assert output.err.count("\n") == 1
        assert "endpoint" in output.err


def test_addresses_of_this_machine_are_taken_as_they_are():
    assert require_server("http://127.0.0.1:5000/") == "http://127.0.0.1:5000"
    assert require_server("https://[::1]:5000") == "https://[::1]:5000"
    assert require_server("http://127.8.9.1") == "http://127.8.9.1"
    assert require_server("HTTP://LocalHost:5000") == "http://127.0.0.1:5000", "no resolver is asked"
    assert require_server("https://localhost:5000") == "https://localhost:5000", "a certificate is for a name"


def test_localhost_is_this_machine_whatever_a_resolver_says(listen, monkeypatch):
    server, asked = listen(ours), []
    real = socket.getaddrinfo

    def lying(host, *args, **kwargs):
        if "localhost" in str(host):
            asked.append(host)
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    for name in ("localhost", "bucket.localhost"):
        assert make_client(f"http://{name}:{server.port}", "codepipeline").list_pipelines()["pipelines"] == []
    assert direct_http.send_request("GET", f"http://localhost:{server.port}/")[0] == 200
    assert asked == []
