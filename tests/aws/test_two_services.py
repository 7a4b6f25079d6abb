"""Two servers in one process, with different settings, clocks, and pipelines of the same name."""

import pytest
from account import Account, commits, stage

from cp_teach.aws import mock_aws
from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.service import Service
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.moto_plugin.install import install
from cp_teach.aws.server.loopback_server import Server
from cp_teach.aws.server.serve_run import client


@pytest.fixture
def start_server():
    servers = []

    def start(**settings):
        servers.append(Server(Settings(**settings)).start())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def account_at(server):
    account = Account()
    account.client = lambda service, **more: client(server.url, service, **more)
    account.cp = account.client("codepipeline")
    return account


def test_each_server_has_its_own_settings_and_pipelines(start_server):
    slow = start_server(clock=Clock("manual", now=1000.0), workers={"Build": "job"})
    fast = start_server(clock=Clock("virtual", now=9000.0))
    slow_account, fast_account = account_at(slow), account_at(fast)
    slow_account.create("shop")
    assert fast_account.cp.list_pipelines()["pipelines"] == []
    fast_account.create("shop")
    assert slow_account.statuses()["Source"] == "InProgress"
    assert fast_account.statuses()["Source"] == "Succeeded"
    slow.service.pass_time(60)
    assert slow_account.statuses() == {"Source": "Succeeded", "Build": "InProgress"}
    assert (slow.settings.clock.now(), list(fast.region().jobs)) == (1060.0, [])


def test_the_end_of_one_server_leaves_the_other_as_it_was(start_server):
    first, second = start_server(clock=Clock("manual")), start_server(clock=Clock("manual"))
    account_at(first).create("shop")
    account_at(second).create("shop")
    second.stop()
    assert [each["name"] for each in account_at(first).cp.list_pipelines()["pipelines"]] == ["shop"]


def test_a_mock_beside_a_server_has_its_own_pipelines(start_server):
    server = start_server(clock=Clock("manual"))
    account_at(server).create("shop")
    with mock_aws() as mock:
        assert Account(mock).cp.list_pipelines()["pipelines"] == []
    assert list(server.region().hosted) == ["shop"]


def test_nested_mocks_share_their_pipelines_as_they_share_all_of_moto():
    with mock_aws(clock="manual") as outer:
        account = Account(outer)
        account.create("shop")
        with mock_aws() as inner:
            assert list(Account(inner).cp.list_pipelines()["pipelines"][0].items())[0] == ("name", "shop")
            Account(inner).create("other")
        assert [each["name"] for each in account.cp.list_pipelines()["pipelines"]] == ["other", "shop"]


def test_a_rule_starts_the_pipeline_of_the_service_whose_event_it_matched(start_server):
    first, second = start_server(clock=Clock("manual")), start_server(clock=Clock("manual"))
    accounts = account_at(first), account_at(second)
    for account in accounts:
        account.create("shop", stage("Source", commits()), stage("Build", *[]) if False else stage("Test", commits_test()))
    events = accounts[0].client("events")
    events.put_rule(Name="again", EventPattern='{"source": ["mine"]}')
    target = first.region().hosted["shop"].arn
    events.put_targets(Rule="again", Targets=[{"Id": "1", "Arn": target, "RoleArn": accounts[0].role}])
    events.put_events(Entries=[{"Source": "mine", "DetailType": "x", "Detail": "{}"}])
    executions = [len(account.cp.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"]) for account in accounts]
    assert executions == [2, 1]


def test_a_service_is_found_by_its_own_request_and_not_by_the_last_that_started():
    first, second = Service(), Service()
    for service in (first, second):
        service_registry.register(service)
    try:
        install()
        assert service_registry.active() is second
        with first.entered():
            assert service_registry.active() is first
        assert service_registry.active() is second
    finally:
        service_registry.unregister(second)
        service_registry.unregister(first)
