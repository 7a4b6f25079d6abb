"""Two servers in one process, with different settings, clocks, and pipelines of the same name."""

import pytest
from account import Account

from cp_teach.aws import mock_aws
from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.service import Service
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.server.loopback_server import Server


@pytest.fixture
def start_server():
    servers = []

    def start(**settings):
        servers.append(Server(Settings(**settings)).start())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


class ServerAccount(Account):
    """An account whose clients send their requests to a server."""

    def __init__(self, server):
        self.server = server
        super().__init__()

    def client(self, service):
        return self.server.client(service)

    def tick(self, seconds):
        self.server.service.pass_time(seconds)


def test_each_server_has_its_own_settings_and_pipelines(start_server):
    by_hand = start_server(clock=Clock("manual", now=1000.0), workers={"Source": "hand"})
    at_once = start_server(clock=Clock("virtual", now=9000.0))
    ServerAccount(by_hand).create()
    assert ServerAccount(at_once).cp.list_pipelines()["pipelines"] == []
    ServerAccount(at_once).create()
    assert ServerAccount(by_hand).statuses()["Source"] == "InProgress"
    assert ServerAccount(at_once).statuses()["Source"] == "Succeeded"
    assert by_hand.settings.clock.now() == 1060.0, "the other server has advanced its own clock only"


def test_a_server_that_stops_leaves_the_other_one_unchanged(start_server):
    first, second = start_server(clock=Clock("manual")), start_server(clock=Clock("manual"))
    for server in (first, second):
        ServerAccount(server).create()
    second.stop()
    assert ServerAccount(first).executions()[0]["status"] == "Succeeded"


def test_a_mock_beside_a_server_has_its_own_pipelines(start_server):
    server = start_server(clock=Clock("manual"))
    ServerAccount(server).create()
    with mock_aws() as mock:
        assert Account(mock).cp.list_pipelines()["pipelines"] == []
    assert list(server.region().pipelines) == ["shop"]


def test_nested_mocks_share_their_pipelines_as_they_share_all_of_moto():
    with mock_aws(clock="manual") as outer:
        Account(outer).create("shop")
        with mock_aws(clock="manual") as inner:
            Account(inner).create("other")
        names = [each["name"] for each in Account(outer).cp.list_pipelines()["pipelines"]]
        assert names == ["other", "shop"]


def test_a_rule_starts_the_pipeline_of_the_server_that_received_its_event(start_server):
    first, second = start_server(clock=Clock("manual")), start_server(clock=Clock("manual"))
    accounts = ServerAccount(first), ServerAccount(second)
    for account in accounts:
        account.create()
    events = accounts[0].client("events")
    events.put_rule(Name="again", EventPattern='{"source": ["mine"]}')
    arn = first.region().pipelines["shop"].arn
    events.put_targets(Rule="again", Targets=[{"Id": "1", "Arn": arn, "RoleArn": accounts[0].role}])
    try:
        events.put_events(Entries=[{"Source": "mine", "DetailType": "x", "Detail": "{}"}])
    finally:
        events.remove_targets(Rule="again", Ids=["1"])
        events.delete_rule(Name="again")
    assert [len(account.executions()) for account in accounts] == [2, 1]


def test_a_request_finds_its_own_service_and_not_the_last_that_was_registered():
    first, second = Service(), Service()
    for service in (first, second):
        service_registry.register(service)
    try:
        assert service_registry.active() is second
        with first.entered():
            assert service_registry.active() is first
        with first.transaction():
            assert service_registry.active() is first
        service_registry.unregister(second)
        assert service_registry.active() is first
    finally:
        service_registry.unregister(second)
        service_registry.unregister(first)
