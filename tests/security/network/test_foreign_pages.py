"""A page that is open in the same browser reaches every server on loopback. Here a real Chromium tries all that a page
can do, from other origins and under other names; afterwards nothing has changed, and programs notice nothing."""

import hashlib
import hmac
import http.client
import http.server
import itertools
import json
import os
import subprocess
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from cp_teach.aws.aws_cli.client_environment import restrict_environment
from cp_teach.aws.aws_cli.guarded_cli import program
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.server.http.access_keys import AccessKeys
from cp_teach.aws.server.loopback_server import Server
from cp_teach.security.network.browser_requests import KnownHosts, find_refusal
from cp_teach.security.network.endpoints import Credentials

REGION = "us-east-1"
PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
ADMIN = f"/codepipeline_{REGION}/cp-teach"
SCOPE = f"AKIAIOSFODNN7EXAMPLE/20261130/{REGION}/%s/aws4_request"
SIGNED = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0"


@contextmanager
def serving(**options):
    """A server whose clock stands still, with a pipeline, a bucket and an object in it."""
    from cp_teach import mock_aws

    with mock_aws():
        pass  # an account in which there is nothing
    server = Server(Settings(clock=Clock("manual", now=1_800_000_000.0)), **options).start()
    try:
        yield server
    finally:
        server.stop()


def client(server, service="codepipeline", **options):
    return boto3.client(
        service,
        endpoint_url=options.pop("url", server.url),
        region_name=REGION,
        **{"aws_access_key_id": "test", "aws_secret_access_key": "test", **options},
    )


@contextmanager
def holding():
    """The same, with an object in a bucket."""
    with serving() as made:
        s3 = client(made, "s3")
        s3.create_bucket(Bucket="artifacts")
        s3.put_object(Bucket="artifacts", Key="build.zip", Body=b"as it was built")
        yield made


@pytest.fixture
def server():
    with holding() as made:
        yield made


@pytest.fixture(scope="module")
def unchanged_server():
    """One server for the tests after which nothing has changed."""
    with holding() as made:
        yield made


def seen(server):
    """All that a page could have changed."""
    region = server.region()
    with region.lock:
        pipelines, now = sorted(region.pipelines), region.now
    s3 = client(server, "s3")
    objects = {
        (bucket["Name"], each["Key"], each["ETag"])
        for bucket in s3.list_buckets()["Buckets"]
        for each in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ())
    }
    users = [user["UserName"] for user in client(server, "iam").list_users()["Users"]]
    return pipelines, now, server.settings.clock.mode, objects, users


# -- a real browser ------------------------------------------------------------------------------------------------
@pytest.fixture
def chromium(needs):
    from playwright.sync_api import sync_playwright

    flags = [
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    flags += ["--host-resolver-rules=MAP rebound.example 127.0.0.1"]
    flags += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needs("chromium"), args=flags)
        yield browser
        browser.close()


class _Blank(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<!DOCTYPE html><title>A page of somebody else</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def elsewhere():
    """The port of a web server that is not ours."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Blank) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        yield other.server_address[1]
        other.shutdown()


ACTS = """async ([base, admin, signed]) => {
  const tick = base + admin + '/tick', body = '{"seconds": 86400}', answers = {};
  const attempt = async (name, url, options) => {
    try {
      const answer = await fetch(url, options);
      answers[name] = answer.type === 'opaque' ? 'opaque' : answer.status + ' ' + await answer.text();
    } catch (error) { answers[name] = 'blocked'; }
  };
  await attempt('read', base + admin + '/status');
  await attempt('list objects', base + '/artifacts');
  await attempt('tick as text', tick, {method: 'POST', body});
  await attempt('tick, not read', tick, {method: 'POST', mode: 'no-cors', body});
  await attempt('tick as a form', tick, {method: 'POST', mode: 'no-cors', body: new URLSearchParams({seconds: 1})});
  await attempt('tick without a type', tick, {method: 'POST', mode: 'no-cors', body: new Blob([body])});
  await attempt('tick as JSON', tick, {method: 'POST', body, headers: {'Content-Type': 'application/json'}});
  await attempt('an operation', base, {method: 'POST', body: '{"name": "shop"}', headers: {
    'X-Amz-Target': 'CodePipeline_20150709.DeletePipeline', 'Authorization': signed}});
  await attempt('reset', base + '/moto-api/reset', {method: 'POST', mode: 'no-cors'});
  await attempt('seed', base + '/moto-api/seed?a=1', {method: 'POST', mode: 'no-cors'});
  await attempt('recording', base + '/moto-api/recorder/upload-recording', {method: 'POST', mode: 'no-cors', body});
  await attempt('put', base + '/artifacts/build.zip', {method: 'PUT', body: 'replaced'});
  await attempt('delete', base + '/artifacts/build.zip', {method: 'DELETE'});
  await attempt('post to a bucket', base + '/artifacts', {method: 'POST', mode: 'no-cors', body: (() => {
    const form = new FormData();
    form.append('key', 'build.zip');
    form.append('file', new Blob(['replaced']), 'build.zip');
    return form;
  })()});
  await attempt('a query', base + '/?Action=CreateUser&UserName=mallory&Version=2010-05-08', {mode: 'no-cors'});
  await attempt('a query in a form', base, {method: 'POST', mode: 'no-cors', body: new URLSearchParams(
    {Action: 'AssumeRoleWithWebIdentity', RoleArn: 'arn:aws:iam::123456789012:role/r', RoleSessionName: 'page',
     WebIdentityToken: 'x', Version: '2011-06-15'})});
  navigator.sendBeacon(tick, body);
  for (const [kind, where] of [['img', 'src'], ['script', 'src'], ['iframe', 'src'], ['link', 'href']]) {
    const element = document.createElement(kind);
    if (kind === 'link') element.rel = 'stylesheet';
    element[where] = base + '/?Action=CreateUser&UserName=mallory&Version=2010-05-08';
    await new Promise((done) => {
      element.onload = element.onerror = done;
      document.documentElement.append(element);
      setTimeout(done, 500);
    });
  }
  answers.socket = await new Promise((done) => {
    const line = new WebSocket(base.replace('http', 'ws') + admin + '/status');
    line.onopen = () => done('open');
    line.onerror = () => done('blocked');
  });
  for (const [type, action] of [['text/plain', tick], ['multipart/form-data', base + '/artifacts'],
                                ['application/x-www-form-urlencoded', base + '/moto-api/reset']]) {
    const frame = document.createElement('iframe'), form = document.createElement('form');
    frame.name = form.target = 'answer' + type;
    Object.assign(form, {method: 'POST', action, enctype: type});
    form.innerHTML = '<input name=\\'{"seconds": 86400, "x": "\\' value=\\'"}\\'><input name=key value=build.zip>' +
      '<input name=file value=replaced>';
    document.documentElement.append(frame, form);
    await new Promise((done) => { frame.onload = done; form.submit(); setTimeout(done, 500); });
  }
  return answers;
}"""


@pytest.mark.needs("chromium")
def test_a_page_of_another_origin_reads_nothing_and_changes_nothing(server, chromium, elsewhere):
    before, base = seen(server), server.url
    page = chromium.new_page()
    port = urlsplit(base).port
    everywhere = (base, f"http://localhost:{port}", f"http://bucket.localhost:{port}")
    targets = {
        f"http://127.0.0.1:{elsewhere}": everywhere if PROVE else everywhere[:1],
        f"http://localhost:{elsewhere}": everywhere if PROVE else everywhere[1:2],
    }
    for origin, reached in targets.items():
        page.goto(origin)
        for target in reached:
            answers = page.evaluate(ACTS, [target, ADMIN, SIGNED % "codepipeline"])
            # What is "opaque" has reached the server: that it was refused is seen by what has not changed.
            told = {name: answer for name, answer in answers.items() if answer not in ("blocked", "opaque")}
            assert told == {}, (origin, target)
            assert seen(server) == before, (origin, target)
    page.set_content(f'<iframe sandbox="allow-scripts" src="data:text/html,x"></iframe><p>{base}</p>')
    frame = page.frames[-1]  # its origin is "null"
    answers = frame.evaluate(
        ACTS.replace("navigator.sendBeacon(tick, body);", ""), [base, ADMIN, SIGNED % "s3"]
    )
    assert {*answers.values()} <= {"blocked", "opaque"}
    assert seen(server) == before


@pytest.mark.needs("chromium")
def test_a_page_under_a_name_that_was_made_to_lead_here_gets_nothing(server, chromium):
    port = urlsplit(server.url).port
    page = chromium.new_page()
    answer = page.goto(f"http://rebound.example:{port}{ADMIN}/status")
    assert answer.status == 403
    assert "--allow-host" in answer.text()
    before = seen(server)
    acts = ACTS.replace("navigator.sendBeacon(tick, body);", "")  # a page with a sandbox has none
    answers = page.evaluate(acts, [f"http://rebound.example:{port}", ADMIN, SIGNED % "s3"])
    assert {*answers.values()} <= {"blocked", "opaque"}
    assert seen(server) == before


@pytest.mark.needs("chromium")
def test_a_page_that_lies_in_a_bucket_is_no_page_of_this_server(server, chromium):
    site = b"<!DOCTYPE html><title>Deployed</title>"
    client(server, "s3").put_object(
        Bucket="artifacts", Key="site.html", Body=site, ContentType="text/html", ACL="public-read"
    )
    before, page = seen(server), chromium.new_page()
    for answer in (page.goto(f"{server.url}/artifacts/site.html"), page.goto(f"{server.url}{ADMIN}/status")):
        assert answer.status == 200  # a person may look at everything
    page.goto(f"{server.url}/artifacts/site.html")
    assert page.title() == "Deployed"
    answers = page.evaluate(
        ACTS.replace("navigator.sendBeacon(tick, body);", ""), [server.url, ADMIN, SIGNED % "codepipeline"]
    )
    assert {*answers.values()} <= {"blocked", "opaque"}
    assert seen(server) == before


# -- what a browser sends, header by header ------------------------------------------------------------------------
def ask(server, method, path, body=None, host=None, **headers):
    """One request with exactly these headers: (status, headers of the answer, text)."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {"Host": host or urlsplit(server.url).netloc, **named}.items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    return (
        answer.status,
        {name.lower(): value for name, value in answer.getheaders()},
        answer.read().decode(errors="replace"),
    )


ROUTES = (
    f"{ADMIN}/status",
    "/",
    "/artifacts",
    "/artifacts/build.zip",
    "/moto-api/reset",
    "/latest/meta-data/",
    "/nothing",
)


FOREIGN_HEADERS = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "https://127.0.0.1:{port}"},
    {"Origin": "http://127.0.0.1:{port}.evil.example"},
    {"Origin": "http://evil.example@127.0.0.1:{port}"},
    {"Origin": "http://localhost:{port}"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "SAME-ORIGIN, cross-site"},
    {"Sec-Fetch-Site": ""},
    {"Host": "evil.example:{port}"},
    {"Host": "127.0.0.1.evil.example:{port}"},
    {"Host": "localhost.evil.example"},
    {"Host": "evillocalhost"},
    {"Host": "0.0.0.0:{port}"},
    {"Host": "203.0.113.7:{port}"},
    {"Host": "2130706433"},
    {"Host": "localhost:99999"},
    {"Host": "localhost@evil.example"},
    {"Host": "s3.us-east-1.amazonaws.com"},
    {"Host": ""},
]
REQUESTS = list(itertools.product(("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"), ROUTES))


@pytest.mark.parametrize(
    "number", range(len(FOREIGN_HEADERS)), ids=lambda number: str(FOREIGN_HEADERS[number])
)
def test_every_route_refuses_what_only_a_foreign_page_sends(unchanged_server, number):
    port = urlsplit(unchanged_server.url).port
    headers = {name: value.replace("{port}", str(port)) for name, value in FOREIGN_HEADERS[number].items()}
    before = seen(unchanged_server)
    # Each request meets a header of each name: every fourth request, beginning at another one for each header.
    for method, route in REQUESTS if PROVE else REQUESTS[number % 4 :: 4]:
        status, answered, _ = ask(unchanged_server, method, route, b"{}", **headers)
        assert status in (400, 403), (method, route, status)
        assert not [name for name in answered if name.startswith("access-control-")]
    assert seen(unchanged_server) == before


def test_a_refusal_speaks_the_protocol_of_the_request(server):
    operation = "/service/CodePipeline_20150709/operation/ListPipelines"
    for sent, kind in (
        ({"smithy-protocol": "rpc-v2-cbor"}, "application/cbor"),
        ({"X-Amz-Target": "CodePipeline_20150709.ListPipelines"}, "application/x-amz-json-1.1"),
    ):
        status, told, _ = ask(server, "POST", operation, b"{}", Origin="http://evil.example", **sent)
        assert (status, told["content-type"]) == (403, kind)


def test_a_get_of_an_old_browser_which_says_nothing_of_its_page_changes_nothing(server):
    """Safari before 16.4 tells the origin of a POST only, and no browser sends Sec-Fetch-Site over plain HTTP to a
    network. What it reads is kept from the page by the browser itself."""
    iam = "Action=CreateUser&UserName=mallory&Version=2010-05-08"
    before = seen(server)
    for path in (
        f"/?{iam}",
        f"/iam_{REGION}/?{iam}",
        "/?Action=CreateQueue&QueueName=q&Version=2012-11-05",
        f"/sqs_{REGION}/?Action=CreateQueue&QueueName=q",
        "/artifacts?delete",
        "/artifacts/build.zip?uploads",
        "/new-bucket",
        "/?Action=AssumeRoleWithWebIdentity&RoleArn=r&RoleSessionName=s&WebIdentityToken=t&Version=2011-06-15",
        f"{ADMIN}/tick?seconds=86400",
        f"{ADMIN}/clock?mode=real",
        f"{ADMIN}/webhook/123456789012/push",
        "/moto-api/reset",
        "/moto-api/recorder/start-recording",
        "/latest/meta-data/iam/security-credentials/",
    ):
        for method in ("GET", "HEAD"):
            assert ask(server, method, path, **{"User-Agent": "Mozilla/5.0 Safari/605"})[0] < 500, path
    assert seen(server) == before
    assert not client(server, "sqs").list_queues().get("QueueUrls")


def test_preflights_are_refused_and_no_answer_has_a_header_of_cors(server):
    s3 = client(server, "s3")
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket="artifacts", CORSConfiguration={"CORSRules": [rule]})
    for route in ROUTES:
        for more in ({}, {"Origin": server.url}, {"Access-Control-Request-Headers": "x"}):
            status, told, _ = ask(
                server, "OPTIONS", route, **{"Access-Control-Request-Method": "PUT", **more}
            )
            assert status == 403, route
            assert not [name for name in told if name.startswith("access-control-")]
        for method in ("GET", "OPTIONS"):
            _, told, _ = ask(server, method, route, Origin=server.url)
            assert not [name for name in told if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "text/plain;charset=UTF-8", "multipart/form-data; boundary=x", "TEXT/PLAIN", ""],
)
def test_what_acts_is_json_and_nothing_that_a_page_can_send_unasked(server, content_type):
    status, _, text = ask(
        server, "POST", f"{ADMIN}/tick", b'{"seconds": 60}', **{"Content-Type": content_type}
    )
    assert status == 415
    assert "Content-Type: application/json" in json.loads(text)["error"]
    headers = {"Content-Type": content_type, "X-Amz-Target": "CodePipeline_20150709.ListPipelines"}
    status, _, text = ask(server, "POST", "/", b"{}", Authorization=SIGNED % "codepipeline", **headers)
    assert (status, json.loads(text).get("__type")) == (
        (400, "SerializationException") if content_type else (200, None)
    )


def test_motos_own_api_is_there_only_on_request(server):
    for path in (
        "/moto-api/reset",
        "//moto-api/reset",
        "/%6doto-api/reset",
        "/moto-api/",
        "/moto-api/data.json",
    ):
        for headers in ({}, {"Authorization": SIGNED % "codepipeline"}):
            assert ask(server, "POST", path, b"", **headers)[0] == 404, path
    with serving(moto_api=True) as open_to_tests:
        client(open_to_tests, "s3").create_bucket(Bucket="gone")
        assert ask(open_to_tests, "POST", "/moto-api/reset", b"", Origin="http://evil.example")[0] == 403
        assert ask(open_to_tests, "POST", "/moto-api/reset", b"")[0] == 200
        assert client(open_to_tests, "s3").list_buckets()["Buckets"] == []


def test_names_that_lead_here_can_be_given():
    with serving(allow_hosts=["teach.example.org", "*.proxy.example"]) as server:
        for host in (
            "teach.example.org",
            "Teach.Example.org:8443",
            "a.proxy.example",
            "a.b.proxy.example:80",
        ):
            assert ask(server, "GET", f"{ADMIN}/status", host=host)[0] == 200, host
            # The proxy speaks HTTPS, and this server does not.
            assert ask(server, "GET", f"{ADMIN}/status", host=host, Origin=f"https://{host}")[0] == 200, host
        for host in ("proxy.example", "x.teach.example.org", "evil-teach.example.org"):
            assert ask(server, "GET", f"{ADMIN}/status", host=host)[0] == 403, host
        assert (
            ask(server, "GET", f"{ADMIN}/status", host="teach.example.org", Origin="https://a.proxy.example")[
                0
            ]
            == 403
        )


def test_an_address_is_known_where_the_connection_comes_in():
    here = KnownHosts()
    assert here.knows("192.168.1.5:5000", "192.168.1.5")
    assert here.knows("[fe80::1]:5000", "fe80::1")
    assert here.knows("[::ffff:192.168.1.5]", "192.168.1.5")
    assert not here.knows("192.168.1.6:5000", "192.168.1.5")
    for name in ("teach.example.org/x", "http://teach.example.org", "a b", "", "*", "*.", "-a"):
        with pytest.raises(ValueError, match="is not a host name"):
            KnownHosts([name])
    assert find_refusal("GET", {"host": "localhost"}, here) is None


# -- programs notice nothing ---------------------------------------------------------------------------------------
def test_boto3_virtual_hosts_presigned_urls_and_webhooks_go_on_working(server):
    port = urlsplit(server.url).port
    virtual = f"artifacts.localhost:{port}"  # a name that browsers resolve, and not every system does
    assert ask(server, "GET", "/build.zip", host=virtual, Authorization=SIGNED % "s3")[2] == "as it was built"
    for version in ("s3", "s3v4"):
        s3 = client(server, "s3", config=Config(signature_version=version))
        put = s3.generate_presigned_url("put_object", Params={"Bucket": "artifacts", "Key": "a b/ü+1"})
        request = urllib.request.Request(put, b"\x00\xff data", {"Content-Type": ""}, method="PUT")
        assert urllib.request.urlopen(request).status == 200
        got = s3.generate_presigned_url("get_object", Params={"Bucket": "artifacts", "Key": "a b/ü+1"})
        assert urllib.request.urlopen(got).read() == b"\x00\xff data"
    secret, push = b"s3cret", json.dumps({"ref": "refs/heads/main"}).encode()
    role = client(server, "iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))[
        "Role"
    ]["Arn"]
    cp = client(server)
    cp.create_pipeline(pipeline=shop(role))
    hook = {"name": "push", "targetPipeline": "shop", "targetAction": "Commit", "filters": []}
    hook |= {"authentication": "GITHUB_HMAC", "authenticationConfiguration": {"SecretToken": secret.decode()}}
    url = cp.put_webhook(webhook=hook)["webhook"]["url"]
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        signature = "sha256=" + hmac.new(secret, push, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": signature, "Content-Type": kind, "User-Agent": "GitHub-Hookshot/1"}
        with urllib.request.urlopen(urllib.request.Request(url, push, headers)) as answer:
            assert json.load(answer)["pipelineExecutionId"]


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "codepipeline.amazonaws.com"},
        }
    ],
}


def shop(role):
    def action(name, category, provider, **more):
        kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": name, "actionTypeId": kind, **more}

    commits = action(
        "Commit",
        "Source",
        "CodeCommit",
        outputArtifacts=[{"name": "Source"}],
        configuration={"RepositoryName": "shop", "BranchName": "main"},
    )
    return {
        "name": "shop",
        "roleArn": role,
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {"name": "Source", "actions": [commits]},
            {"name": "Gate", "actions": [action("Approve", "Approval", "Manual")]},
        ],
    }


def test_a_signature_of_version_2_may_have_any_slashes(server):
    for signature in ("abcd=", "ab/cd=", "a/b/c/d/e="):
        status, _, text = ask(
            server, "GET", "/artifacts/build.zip", Authorization=f"AWS AKIAEXAMPLE:{signature}"
        )
        assert (status, text) == (200, "as it was built"), signature


def test_the_headers_of_the_javascript_sdk_and_of_curl_are_answered(server):
    sdk = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "CodePipeline_20150709.ListPipelines",
        "X-Amz-User-Agent": "aws-sdk-js/3.900.0 ua/2.1 os/linux lang/js md/nodejs#22.1.0 api/codepipeline#3.900.0",
        "Amz-Sdk-Invocation-Id": "8f3c4a52-7c2a-4c5e-9d0a-0d3a1c2f1a11",
        "Amz-Sdk-Request": "attempt=1; max=3",
        "Authorization": SIGNED % "codepipeline",
        "Sec-Fetch-Mode": "cors",  # Node's fetch says so, and no more
    }
    status, headers, text = ask(server, "POST", "/", b"{}", **sdk)
    assert (status, json.loads(text)) == (200, {"pipelines": []})
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert ask(server, "GET", f"{ADMIN}/status", **{"User-Agent": "curl/8.5.0", "Accept": "*/*"})[0] == 200


def test_the_aws_cli_is_answered(server):
    done = subprocess.run(
        [*program(), "s3", "ls", "s3://artifacts"],
        capture_output=True,
        text=True,
        timeout=60,
        env=restrict_environment(server.url, os.environ, REGION),
        check=False,
    )
    assert "build.zip" in done.stdout, done.stderr


# -- where real work is done, keys count ---------------------------------------------------------------------------
@pytest.fixture
def guarded():
    """A server that demands its key, as one does while real work is shown on it."""

    class Work:
        pass

    with serving() as server:
        work = Work()
        server.keys.require_for(work, server.url)
        yield server
        server.keys.release(work)


WRONG = {
    "codepipeline": ("list_pipelines", "UnrecognizedClientException", "InvalidSignatureException"),
    "s3": ("list_buckets", "InvalidAccessKeyId", "SignatureDoesNotMatch"),
    "iam": ("list_users", "InvalidClientTokenId", "SignatureDoesNotMatch"),
    "ec2": ("describe_vpcs", "InvalidClientTokenId", "SignatureDoesNotMatch"),
    "lambda": ("list_functions", "UnrecognizedClientException", "InvalidSignatureException"),
    "cloudwatch": ("list_metrics", "UnrecognizedClientException", "InvalidSignatureException"),
}


# Loading boto3's and moto's parts of a service takes a second: here is one of each protocol.
@pytest.mark.parametrize("service", WRONG if PROVE else ["codepipeline", "s3", "iam"])
def test_each_protocol_refuses_other_keys_in_its_own_words(guarded, service):
    from botocore.exceptions import ClientError

    operation, unknown, mismatch = WRONG[service]
    good = {"aws_access_key_id": guarded.keys.id, "aws_secret_access_key": guarded.keys.secret}
    assert getattr(client(guarded, service, **good), operation)()
    for keys, code in (
        ({"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}, unknown),
        ({"aws_access_key_id": guarded.keys.id[:-1]}, unknown),
        ({**good, "aws_secret_access_key": guarded.keys.secret[:-1]}, mismatch),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(client(guarded, service, **keys), operation)()
        assert refused.value.response["Error"]["Code"] == code


def test_without_a_signature_nothing_is_answered_but_webhooks(guarded):
    for method, path in (
        ("GET", "/"),
        ("GET", f"{ADMIN}/status"),
        ("POST", f"{ADMIN}/tick"),
        ("GET", "/latest/meta-data/iam/security-credentials/default-role"),
        ("PUT", "/bucket"),
        ("POST", "/?Action=AssumeRoleWithWebIdentity"),
    ):
        headers = {"Content-Type": "application/json"}
        assert ask(guarded, method, path, b"{}", **headers)[0] == 403, path
    hook = f"{ADMIN}/webhook/123456789012/push"
    assert "does not exist" in ask(guarded, "POST", hook, b"{}")[2]
    # The path of a webhook opens no other service.
    assert ask(guarded, "POST", hook, b"{}", Authorization=SIGNED % "s3")[0] in (400, 403)
    assert ask(guarded, "PUT", hook, b"{}", **{"Content-Type": "application/json"})[0] == 403


def test_keys_that_its_own_iam_and_sts_issue_count_from_then_on(guarded):
    good = {"aws_access_key_id": guarded.keys.id, "aws_secret_access_key": guarded.keys.secret}
    iam, sts = client(guarded, "iam", **good), client(guarded, "sts", **good)
    iam.create_user(UserName="student")
    key = iam.create_access_key(UserName="student")["AccessKey"]
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    lent = sts.assume_role(RoleArn=role, RoleSessionName="lesson")["Credentials"]
    for each in (key, lent):
        keys = {"aws_access_key_id": each["AccessKeyId"], "aws_secret_access_key": each["SecretAccessKey"]}
        session = {"aws_session_token": each["SessionToken"]} if "SessionToken" in each else {}
        assert client(guarded, **keys, **session).list_pipelines()["pipelines"] == []
    iam.update_access_key(UserName="student", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    with pytest.raises(Exception, match="UnrecognizedClientException"):
        client(guarded, **keys).list_pipelines()


def test_a_presigned_url_counts_as_signed_and_for_its_time(guarded):
    good = {"aws_access_key_id": guarded.keys.id, "aws_secret_access_key": guarded.keys.secret}
    for version in ("s3", "s3v4"):
        s3 = client(guarded, "s3", config=Config(signature_version=version), **good)
        s3.create_bucket(Bucket=f"signed-{version}")
        where = {"Bucket": f"signed-{version}", "Key": "a b/ü+1"}
        s3.put_object(**where, Body=b"data")
        url = s3.generate_presigned_url("get_object", Params=where)
        assert urllib.request.urlopen(url).read() == b"data"
        for other in (
            url.replace("a%20b", "a%20c"),
            s3.generate_presigned_url("get_object", where, ExpiresIn=-9),
        ):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(other)


def test_the_admin_api_is_signed_as_aws_is(guarded, monkeypatch):
    from cp_teach.aws.client.admin_client import over_http
    from cp_teach.aws.client.connection_errors import AdminApiError
    from cp_teach.cli import main

    with pytest.raises(AdminApiError, match="must be signed"):
        over_http(guarded.url, REGION, "POST", "tick", {"seconds": 1})
    with pytest.raises(AdminApiError, match="security token"):
        over_http(
            guarded.url,
            REGION,
            "POST",
            "tick",
            {"seconds": 1},
            Credentials("AKIAIOSFODNN7EXAMPLE", guarded.keys.secret),
        )
    with pytest.raises(AdminApiError, match="does not match"):
        over_http(
            guarded.url, REGION, "POST", "tick", {"seconds": 1}, Credentials(guarded.keys.id, "guessed")
        )
    before = guarded.settings.clock.now()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", guarded.keys.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", guarded.keys.secret)
    assert main(["tick", "60", "--endpoint", guarded.url]) == 0
    assert guarded.settings.clock.now() == before + 60


def test_each_server_draws_its_own_key_and_lets_every_key_in_without_real_work(server):
    drawn = {(keys.id, keys.secret) for keys in (AccessKeys() for _ in range(50))}
    assert len(drawn) == 50
    assert not server.keys.required
    assert client(server, aws_access_key_id="AKIAIOSFODNN7EXAMPLE").list_pipelines()["pipelines"] == []


@pytest.mark.needs("git")
def test_real_work_has_keys_and_approval_tokens_that_nobody_can_compute(tmp_path):
    import cp_teach
    from cp_teach import Console, connect
    from cp_teach.engine.model.ids import action_id

    content = tmp_path / "content"
    content.mkdir()
    (content / "page.txt").write_text("hello", encoding="utf-8")
    with cp_teach.workplace("sample-app", cp_teach.resources.sample_app(), yes=True, workers=False) as place:
        shown = cp_teach.aws.show_work(place, place.local)
        early = shown.client()
        with pytest.raises(Exception, match="UnrecognizedClientException"):
            boto3.client(
                "codepipeline",
                endpoint_url=shown.url,
                region_name=REGION,
                aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
                aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            ).get_pipeline_state(name=place.run.pipeline.name)
        place.run.release("A change")
        place.settle(120)
        (row,) = place.run.history.running.values()
        states = early.get_pipeline_state(name=place.run.pipeline.name)["stageStates"]
        (told,) = [
            action["latestExecution"]
            for each in states
            if each["stageName"] == row.stage
            for action in each["actionStates"]
            if action["actionName"] == row.action
        ]
        computed = action_id(place.run.id, row.execution, row.fork, row.position, row.stage, row.action)
        assert told["actionExecutionId"] == computed
        assert told["token"] != computed
        answer = {"pipelineName": place.run.pipeline.name, "stageName": row.stage, "actionName": row.action}
        answer["result"] = {"summary": "", "status": "Approved"}
        with pytest.raises(early.exceptions.InvalidApprovalTokenException):
            early.put_approval_result(**answer, token=computed)
        connected = connect(early, place.run.pipeline.name)
        assert Console(connected)
        connected.approve(row.stage, row.action)  # it asks for the token, as a person at the console does
        assert place.run.history.newest[row.execution, row.stage, row.action].status == "Succeeded"
        shown.stop()


# -- the classroom -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", ["/", "/room?code={code}", "/teach?key={key}", "/line?code={code}&student=x"]
)
def test_the_classroom_answers_only_its_own_pages(path):
    from cp_teach import Run, Simulated, load_pipeline
    from cp_teach.classroom import open_room

    with open_room(Run(load_pipeline("demo"), Simulated()), allow_hosts=["class.example.org"]) as room:
        path = path.format(code=room.code, key=room.key)
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        upgrade |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        more = upgrade if path.startswith("/line") else {}
        good = 101 if more else 200

        def status(**headers):
            connection = http.client.HTTPConnection("127.0.0.1", room.port, timeout=10)
            connection.request("GET", path, headers={**more, **headers})
            return connection.getresponse().status

        own = f"127.0.0.1:{room.port}"
        assert status(Host=own) == status(Host="class.example.org") == good
        assert status(Host=own, Origin=f"http://{own}") == good
        assert status(Host="class.example.org", Origin="https://class.example.org") == good
        assert status(**{"Host": own, "Sec-Fetch-Site": "none"}) == good
        assert status(Host=own, Origin="http://evil.example") == 403
        assert status(Host=own, Origin="null") == 403
        assert status(Host=own, Origin=f"http://localhost:{room.port}") == 403
        assert status(**{"Host": own, "Sec-Fetch-Site": "cross-site"}) == 403
        assert status(**{"Host": own, "Sec-Fetch-Site": "same-site"}) == 403
        assert status(Host="evil.example") == 403
