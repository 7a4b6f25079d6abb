"""All 44 operations in JSON and in CBOR, in process, over HTTP, and over HTTPS: the answers are the same.

One tour goes through every operation. Each of its calls takes another protocol or another way than the call before. A
call that changes nothing is made again in the other protocol, and of every answer the other protocol's body is read,
too.
"""

import itertools

import botocore.config
import botocore.parsers
import pytest
from account import Account
from botocore.exceptions import ClientError
from protocol_clients import CBOR, JSON, client
from tour import Tour

from cp_teach.aws import mock_aws
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.moto_plugin import responses
from cp_teach.aws.protocol import cbor_protocol, json_protocol, request_validation
from cp_teach.aws.server.loopback_server import Server

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS")  # the certificate is temporary
REPEATABLE = ("Get", "List", "Delete")
OTHER = {JSON: CBOR, CBOR: JSON}


def _comparable(value):
    """A value without the credentials of a job, which are new in every answer."""
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items() if key != "artifactCredentials"}
    return [_comparable(item) for item in value] if isinstance(value, list) else value


class Ticking:
    """What the tour expects of a mock."""

    def __init__(self, service):
        self.tick = service.pass_time


class TourInBoth(Tour):
    """A tour whose calls take turns with the protocols and the ways to the service."""

    def __init__(self, http, https):
        super().__init__()
        loose = botocore.config.Config(parameter_validation=False, retries={"total_max_attempts": 1})
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        ways = {
            "in process": {"config": loose},
            "http": {"config": loose, "endpoint_url": http.url, **keys},
            "https": {"config": loose, "endpoint_url": https.url, "verify": False, **keys},
        }
        self.clients = {
            (protocol, way): client(protocol, **options)
            for protocol in (JSON, CBOR)
            for way, options in ways.items()
        }
        self.turn = itertools.cycle(sorted(self.clients, key=lambda key: (key[1], key[0])))
        self.account = Account(Ticking(http.service), config=loose)
        self.used, self.different, self.response = set(), [], {}

    def call(self, operation, **params):
        protocol, way = next(self.turn)
        answer = self.ask(operation, protocol, way, params)
        failed = isinstance(answer, tuple)
        if failed or operation.startswith(REPEATABLE):
            again = self.ask(operation, OTHER[protocol], next(self.turn)[1], params)
            if _comparable(again) != _comparable(answer):
                self.different.append((operation, params, answer, again))
        elif _comparable(self.in_other_protocol(operation, protocol)) != _comparable(answer):
            self.different.append((operation, params, answer))
        return answer[0] if failed else answer

    def ask(self, operation, protocol, way, params):
        """The answer without its metadata, or the code, message, status, and class of the error."""
        self.used.add((operation, protocol, way))
        method = botocore.xform_name(operation)
        try:
            answer = getattr(self.clients[protocol, way], method)(**params)
        except ClientError as error:
            found = error.response
            status = found["ResponseMetadata"]["HTTPStatusCode"]
            return found["Error"]["Code"], found["Error"]["Message"], status, type(error).__name__
        answer.pop("ResponseMetadata")
        return answer

    def in_other_protocol(self, operation, protocol):
        shape = self.model.operation_model(operation).output_shape
        wire = json_protocol if protocol == CBOR else cbor_protocol
        body = wire.body(self.response, operation)
        parser = botocore.parsers.create_parser(OTHER[protocol])
        body = body.encode() if isinstance(body, str) else body
        parsed = parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)
        parsed.pop("ResponseMetadata", None)
        return parsed

    def walk(self):
        self.pipelines()
        self.executions()
        self.stages()
        self.jobs()
        self.partners()
        self.webhooks()
        self.tags()


@pytest.fixture(scope="module")
def tour():
    settings = Settings(clock=Clock("manual"), workers={"Lambda": "job"})
    with mock_aws():  # only so that moto answers clients in this process
        http, https = Server(settings), Server(settings, https=True)
        https.service = http.service
        for server in (http, https):
            server.start()
        tour = TourInBoth(http, https)
        performed = responses.perform

        def perform(*args):
            tour.response = performed(*args)
            return tour.response

        responses.perform = perform
        try:
            tour.walk()
        finally:
            responses.perform = performed
            for server in (http, https):
                server.stop()
    return tour


def test_every_operation_is_asked_in_both_protocols_and_in_every_way(tour):
    asked = {(operation, protocol) for operation, protocol, _ in tour.used}
    assert asked == set(itertools.product(request_validation.operations(), (JSON, CBOR)))
    ways = {(protocol, way) for _, protocol, way in tour.used}
    assert ways == set(itertools.product((JSON, CBOR), ("in process", "http", "https")))


def test_answers_and_errors_are_the_same_in_both_protocols(tour):
    assert tour.different == []
