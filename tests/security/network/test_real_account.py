"""Nothing of ours reaches a real account: by whichever client, address, profile, proxy or redirect."""

import os

import pytest
from network_trap import Listener, Trap

PROVE = os.environ.get("CP_TEACH_PROVE") == "1"

PREAMBLE = """
import botocore.config, boto3, json, sys
import os
PROVE = os.environ.get('CP_TEACH_PROVE') == '1'

def refused(act, *words):
    '''The sentence with which this is refused.'''
    try:
        result = act()
    except Exception as error:
        sentence = str(error)
        assert "\\n" not in sentence and len(sentence) > 20, sentence
        assert any(word in sentence for word in words or WORDS), (type(error), sentence)
        return sentence
    raise AssertionError(f"it was not refused: {result}")

WORDS = ("was not sent", "is the real AWS service", "would reach the real service", "is not on this machine")
"""


@pytest.fixture
def trap(tmp_path):
    listener = Listener()
    yield Trap(tmp_path, listener)
    listener.stop()


def test_the_trap_sees_a_request_that_leaves(trap):
    trap.run(
        "import boto3, botocore.config as c\n"
        "try: boto3.client('codepipeline', config=c.Config(retries={'max_attempts': 0})).list_pipelines()\n"
        "except Exception as e: print(type(e))"
    )
    assert trap.left() == ["resolve codepipeline.us-east-1.amazonaws.com:443"]
    trap.run(
        "import boto3\n"
        "try: boto3.client('codepipeline', endpoint_url='http://plain.example').list_pipelines()\n"
        "except Exception as e: print(type(e))"
    )
    method, _, headers, _ = trap.listener.requests[0]
    assert method == "POST"
    assert "AKIAREALREALREALREAL" in headers["Authorization"]


# -- clients and sessions that were there before ---------------------------------------------------------------
EARLY = (
    PREAMBLE
    + """
plain = boto3.client("codepipeline")
session = boto3.session.Session(); session.client("s3")
core = __import__("botocore.session").session.get_session()
resource = boto3.resource("s3")
dual = boto3.client("codepipeline", config=botocore.config.Config(use_dualstack_endpoint=True))
role = boto3.session.Session(profile_name="role").client("codepipeline")
program = boto3.session.Session(profile_name="program").client
pages = boto3.client("codepipeline").get_paginator("list_pipelines")

import cp_teach
from cp_teach.aws import Unreachable, connect
from cp_teach.aws.console_wizard.console_defaults import Call
from cp_teach.aws.client.polling_run import PollingRun
from cp_teach.aws.console_wizard.wizard import Wizard
from cp_teach.security.network import botocore_guard
from botocore.utils import ContainerMetadataFetcher, InstanceMetadataFetcher
import boto3.s3.transfer
pipeline = {"name": "demo", "roleArn": "arn:aws:iam::123456789012:role/r", "version": 1,
    "artifactStore": {"type": "S3", "location": "artifacts"}, "stages": [
    {"name": "Source", "actions": [{"name": "S", "actionTypeId": {"category": "Source", "owner": "AWS",
        "provider": "S3", "version": "1"}, "configuration": {"S3Bucket": "b", "S3ObjectKey": "k"},
        "outputArtifacts": [{"name": "A"}]}]},
    {"name": "Gate", "actions": [{"name": "G", "actionTypeId": {"category": "Approval", "owner": "AWS",
        "provider": "Manual", "version": "1"}}]}]}
with cp_teach.mock_aws():
    # Each is answered by the mock, as if it had been made inside.
    boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"},
        "Action": "sts:AssumeRole"}]}))
    plain.create_pipeline(pipeline=pipeline)
    for client in (plain, session.client("codepipeline"), core.create_client("codepipeline"), role):
        assert [p["name"] for p in client.list_pipelines()["pipelines"]] == ["demo"]
    assert [p["name"] for page in pages.paginate() for p in page["pipelines"]] == ["demo"]
    resource.create_bucket(Bucket="mine")
    assert [b.name for b in resource.buckets.all()] == ["mine"]
    shop = connect(plain, "demo")
    shop.release()
    shop.disable("Gate", reason="freeze")
    assert shop.state.newest == 1
    assert connect(role, "demo").state.newest == 1
    # moto has no answer for this address: it is refused, not passed on.
    refused(dual.list_pipelines)
    refused(lambda: program("codepipeline"), "credential_process")
    refused(boto3.client("codepipeline", endpoint_url="http://elsewhere.example").list_pipelines)
    late = boto3.client("codepipeline", aws_access_key_id="AKIAREAL", aws_secret_access_key="x")
    assert late.list_pipelines()["pipelines"]
# A server of ours, asked with a client whose keys would be fetched at the real service first.
served = cp_teach.serve(cp_teach.Run(cp_teach.Pipeline.of("here", Source="S3", Beta="CodeDeploy")))
console = connect(boto3.session.Session(profile_name="role").client("codepipeline", endpoint_url=served.url), "here")
refused(console.release)
refused(lambda: PollingRun(console._client, "here"))
with botocore_guard.restricted():
    refused(lambda: InstanceMetadataFetcher(env={}).retrieve_iam_role_credentials())
    refused(lambda: ContainerMetadataFetcher().retrieve_uri("/credentials"))
    web = boto3.client("sts", aws_access_key_id="a", aws_secret_access_key="b")
    refused(lambda: web.assume_role_with_web_identity(RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="xx",
        WebIdentityToken="token"))
    # The CRT sends past botocore, so it is not taken.
    assert not boto3.s3.transfer._should_use_crt(boto3.s3.transfer.TransferConfig(preferred_transfer_client="crt"))
# The wizard and its calls, with a maker of clients that knows nothing of a mock.
refused(lambda: Call("s3", "list_buckets", {}).do(boto3.client))
refused(Wizard(boto3.client, "today").fill(name="demo").finish)
# moto's own mock, with our backend put in place in it.
import moto
with moto.mock_aws():
    cp_teach.aws.install()
    assert len(session.client("codepipeline").list_rule_types()["ruleTypes"]) == 6
    cp_teach.aws.uninstall()
# The mock has ended. What it was connected with, and what was made in it, reaches nothing any more.
refused(shop.release)
refused(shop.refresh, "has ended")
refused(late.list_pipelines)
refused(plain.list_pipelines)
refused(lambda: connect(boto3.client("codepipeline"), "demo"))
refused(lambda: connect(dual, "demo"))
refused(lambda: PollingRun(dual, "demo", trusted=True))
print("all refused")
"""
)


def test_early_clients_are_answered_by_the_mock_and_none_outlives_it(trap):
    marker = trap.folder / "program-ran"
    trap.write(
        "config",
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = keys\n"
        f"[profile program]\ncredential_process = touch {marker}\n",
    )
    trap.write(
        "credentials",
        "[keys]\naws_access_key_id = AKIAREALREALREALREAL\naws_secret_access_key = x\n",
    )
    assert trap.run(EARLY) == "all refused\n"
    assert trap.left() == []
    assert not marker.exists()


SANDBOX = (
    PREAMBLE
    + """
import os
plain, session, fips = boto3.client("codepipeline"), boto3.session.Session(), None
dual = boto3.client("codepipeline", config=botocore.config.Config(use_dualstack_endpoint=True))
once = botocore.config.Config(retries={"max_attempts": 0})
own = boto3.client("codepipeline", endpoint_url="http://127.0.0.1:9", config=once)
import cp_teach
from functools import partial

from cp_teach.aws.aws_cli import cell_magic
from cp_teach.aws.aws_cli.fork_server import ForkServer
run_lines = partial(cell_magic.run_lines, ForkServer())
box = cp_teach.sandbox()
for client in (plain, dual, session.client("sts"), boto3.client("s3", endpoint_url="https://s3.amazonaws.com"),
               boto3.client("sso-oidc", endpoint_url="https://oidc.us-east-1.amazonaws.com"),
               box.client("sts", config=botocore.config.Config(region_name="eu-west-1")),):
    if client.meta.endpoint_url == box.url:
        client.get_caller_identity()
    else:
        name = {"codepipeline": "list_pipelines", "sts": "get_caller_identity", "s3": "list_buckets"}.get(
            client.meta.service_model.service_name)
        if name: refused(getattr(client, name))
        else: refused(lambda: client.register_client(clientName="x", clientType="public"))
refused(boto3.client("codepipeline", endpoint_url="http://proxied.example").list_pipelines)
# Through a proxy neither: the answer is that of the server itself.
assert boto3.client("codepipeline").list_pipelines()["pipelines"] == []
early = boto3.client("codepipeline", endpoint_url=box.url,
    config=botocore.config.Config(proxies={"http": "http://proxy.example:3128"}))
assert early.list_pipelines()["pipelines"] == []
try: own.list_pipelines()
except Exception as error: assert "Could not connect" in str(error), error
# Names below localhost are this machine, and no resolver is asked.
for name in ("localhost", "demo.localhost"):
    named = boto3.client("codepipeline", endpoint_url=box.url.replace("127.0.0.1", name))
    assert named.list_pipelines()["pipelines"] == []
sys.stderr = sys.stdout
run_lines("", "codepipeline list-pipelines --query pipelines")
run_lines("", "innocent")
run_lines("", "codepipeline list-pipelines --endpoint-url https://codepipeline.us-east-1.api.aws")
run_lines("", "codepipeline list-pipelines --profile program")
sys.stdout.flush()
os.system("aws codepipeline list-pipelines --endpoint-url https://codepipeline.us-east-1.amazonaws.com.cn")
os.system("AWS_PROFILE=program AWS_CONFIG_FILE=$HOME/.aws/config aws sts get-caller-identity")
"""
)


def test_a_sandbox_reaches_nothing_else_whatever_the_home_folder_holds(trap):
    marker = trap.folder / "program-ran"
    trap.write(
        "config",
        "[default]\nuse_dualstack_endpoint = true\nendpoint_url = https://codepipeline.us-east-1.api.aws\n"
        f"credential_process = touch {marker}\n[profile program]\ncredential_process = touch {marker}\n",
    )
    trap.write("cli/alias", f"[toplevel]\ncodepipeline = !touch {marker}\ninnocent = !touch {marker}\n")
    output = trap.run(
        SANDBOX,
        {
            "AWS_ENDPOINT_URL_CODEPIPELINE": "https://codepipeline.us-east-1.api.aws",
            "AWS_USE_FIPS_ENDPOINT": "false",
            "HTTP_PROXY": "http://proxy.example:3128",
            "HTTPS_PROXY": "http://proxy.example:3128",
            "ALL_PROXY": "http://proxy.example:3128",
        },
    )
    assert output.count("[]\n") == 1, output
    assert output.count("was not sent") == 2, output
    assert "Invalid choice" in output
    assert "could not be found" in output, "the sandbox knows none of the user's profiles"
    assert "Traceback" not in output
    assert trap.left() == []
    assert not marker.exists()


def test_a_client_of_ours_knows_nothing_of_the_home_folder(trap):
    marker = trap.folder / "program-ran"
    trap.write(
        "config",
        "[default]\nregion = us-east-1\n[profile mine]\nuse_fips_endpoint = true\n"
        "endpoint_url = https://codepipeline.us-east-1.api.aws\nservices = all\n"
        f"credential_process = touch {marker}\n",
    )
    code = """
import os, cp_teach
server = cp_teach.serve(cp_teach.Run(cp_teach.Pipeline.of("here", Source="S3", Beta="CodeDeploy")))
os.environ["AWS_PROFILE"] = "none"  # moto itself wants the profile that is set to be there
client = server.client()
print(client.list_pipelines()["pipelines"][0]["name"], server.client("s3").list_buckets()["Buckets"])
print(cp_teach.connect(client, "here").state.newest)
"""
    output = trap.run(code, {"AWS_PROFILE": "mine", "AWS_USE_DUALSTACK_ENDPOINT": "true"})
    assert output.splitlines() == ["here []", "0"]
    assert trap.left() == []
    assert not marker.exists()


# -- every endpoint that botocore knows --------------------------------------------------------------------------
WALK = (
    PREAMBLE
    + """
import itertools, json
from pathlib import Path
import botocore.session
from botocore.config import Config
import cp_teach
from cp_teach.aws import connect
from cp_teach.aws.aws_cli.client_environment import restrict_environment, restrict_process
from cp_teach.aws.client.polling_run import PollingRun
from cp_teach.cli import main
from cp_teach.security.network import botocore_guard
from cp_teach.security.network.endpoints import check_request, is_aws, require_loopback, require_server, trust_server
from cp_teach.work.sandbox.aws_clients import make_client
from cp_teach.work.workers.lambda_function import Function
from cp_teach.work.workers.jenkins_worker import JenkinsWorker
from cp_teach.work.workers.third_party_worker import ThirdPartyWorker

core = botocore.session.get_session()
data = core.get_data("endpoints")
regions = {p["partition"]: list(p["regions"]) for p in data["partitions"]}
for each in core.get_data("partitions")["partitions"]:
    regions.setdefault(each["id"], list(each["regions"]))
assert len(regions) >= 8, regions
here = Path("here.py"); here.write_text("")
print("partitions:", *sorted(regions))

def ways(client):
    url = client.meta.endpoint_url
    yield lambda: connect(client, "demo")
    yield lambda: connect(client, "demo", trusted=True)
    yield lambda: PollingRun(client, "demo", trusted=True)
    yield lambda: make_client(url, "s3")
    yield lambda: restrict_environment(url, {})
    yield lambda: restrict_process(url)
    yield lambda: require_server(url)
    yield lambda: check_request(url + "/")
    yield lambda: trust_server(url)
    yield lambda: JenkinsWorker(url, "Build", "Jenkins", "1", ["true"], folder=here.parent, yes=True)
    yield lambda: ThirdPartyWorker(url, "BlazeMeter", "token")
    yield lambda: Function("f", here, "here.main", url)

walked = 0
for partition, names in sorted(regions.items()):
    for region in names if PROVE else names[:1]:
        for dual, fips in itertools.product((False, True), repeat=2):
            try:
                client = boto3.client("codepipeline", region_name=region,
                    config=Config(use_dualstack_endpoint=dual, use_fips_endpoint=fips))
            except Exception:
                assert dual or fips  # a partition without that variant
                continue
            for way in ways(client):
                refused(way)
                walked += 1
            with botocore_guard.restricted():  # what mock_aws and sandbox have in force
                refused(client.list_pipelines)
            if PROVE or region == names[0]:
                assert main(["clock", "--endpoint", client.meta.endpoint_url]) == 1
print("ways:", walked)

# The names of all services: as botocore's resolver makes them, and as they stand in the data.
resolver = core.get_component("endpoint_resolver")
hosts = set()
for p in data["partitions"]:
    services = sorted(p["services"]) if PROVE else sorted(p["services"])[:: 12] + ["sts", "s3", "iam"]
    for service in services:
        for region in p["regions"] if PROVE else list(p["regions"])[:2]:
            for dual, fips in itertools.product((False, True), repeat=2):
                try:
                    made = resolver.construct_endpoint(service, region, p["partition"],
                        use_dualstack_endpoint=dual, use_fips_endpoint=fips)
                except Exception:
                    continue
                if made: hosts |= {made["hostname"], made.get("sslCommonName") or made["hostname"]}
text = json.dumps(data)
hosts |= {h for h in __import__("re").findall(r'"hostname": "([^"{}]+)"', text)}
hosts -= {h for h in hosts if h.startswith("localhost")}
for host in sorted(hosts):
    assert is_aws(host), host
    for url in (f"https://{host}", f"http://{host.upper()}:443/x"):
        for decide in (require_server, check_request, trust_server, require_loopback):
            refused(lambda: decide(url))
print("hosts:", len(hosts))
"""
)


def test_every_way_to_every_endpoint_of_every_partition_is_refused_unasked(trap):
    output = trap.run(WALK)
    numbers = dict(line.split(": ") for line in output.splitlines() if line.startswith(("ways", "hosts")))
    assert int(numbers["ways"]) >= 12 * (100 if PROVE else 20), output
    assert int(numbers["hosts"]) >= (5000 if PROVE else 1000), output
    assert trap.left() == []
