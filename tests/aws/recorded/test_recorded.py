"""Each story of this folder is played through boto3, and every answer is compared with what AWS has answered."""

import json
import re
from pathlib import Path

import pytest
import requests
import yaml
from account import Account
from botocore.config import Config
from botocore.exceptions import ClientError

from cp_teach.aws import TRUST, mock_aws

STORIES = sorted(Path(__file__).parent.glob("*.yaml"))
ADMIN = "https://codepipeline.us-east-1.amazonaws.com/codepipeline_us-east-1/cp-teach/"
LOOSE = Config(
    parameter_validation=False
)  # the service itself judges requests; one object, so clients are shared
ABSENT = "(absent)"
NAME = re.compile(r"\$(\w+)")
VERBS = ("create", "call", "tick", "admin", "put", "event", "message")


class Story:
    """Plays the steps of a story (README.md). ``names`` are the values that the story has given a name."""

    def __init__(self, mock, facts):
        self.mock, self.facts = mock, facts
        self.account = Account(mock, config=LOOSE)
        self.names = {"role": self.account.role, "account": "123456789012"}
        self.account.bucket("source")
        self.put("app.zip")
        self._listen()

    def _listen(self):
        """Every event of the service goes to one queue, every approval message to another."""
        client = self.account.client
        for queue in ("events", "approvals"):
            self.names[queue] = client("sqs").create_queue(QueueName=queue)["QueueUrl"]
        client("events").put_rule(Name="all", EventPattern='{"source": ["aws.codepipeline"]}')
        target = {"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:123456789012:events"}
        client("events").put_targets(Rule="all", Targets=[target])
        self.names["topic"] = client("sns").create_topic(Name="reviews")["TopicArn"]
        client("sns").subscribe(
            TopicArn=self.names["topic"],
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:123456789012:approvals",
        )
        self.events = []

    # -- steps -----------------------------------------------------------------------------------------
    def play(self):
        for number, step in enumerate(self.facts["steps"], start=1):
            (verb,) = [each for each in VERBS if each in step]
            given = self.filled(step.get("with", {}))
            where = f"step {number} ({verb} {step[verb]})"
            try:
                answer = getattr(self, verb)(step[verb], given)
            except ClientError as error:
                found = error.response["Error"]
                answer = {"error": f"{found['Code']}: {found['Message']}"}
            if "at" in step:
                answer = self.reach(answer, step["at"], where)
            if "answer" in step:
                self.compare(step["answer"], answer, where)
            elif isinstance(answer, dict) and "error" in answer:
                raise AssertionError(f"{where}: {answer['error']}")

    def create(self, name, given):
        stages = given.pop("stages")
        tags = {"tags": given.pop("tags")} if "tags" in given else {}
        structure = {
            "name": name,
            "roleArn": self.names["role"],
            "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": "source"},
            "stages": [
                {"name": stage, "actions": [_action(each, self.facts) for each in actions]}
                for stage, actions in stages.items()
            ],
            **given,
        }
        self.structure = structure = {key: value for key, value in structure.items() if value is not None}
        return _plain(self.account.cp.create_pipeline(pipeline=structure, **tags))

    def call(self, operation, given):
        service, _, method = operation.rpartition(".")
        if operation == "update_pipeline":
            given = {"pipeline": {**self.structure, **given}}
        return _plain(getattr(self.account.client(service) if service else self.account.cp, method)(**given))

    def tick(self, seconds, given):
        self.mock.tick(seconds)

    def admin(self, path, given):
        answer = requests.post(ADMIN + path, json=given) if given else requests.get(ADMIN + path)
        return answer.json()

    def put(self, key, given=None):
        body = b"PK\x05\x06" + b"\0" * 18 + str(given).encode()
        answer = self.account.client("s3").put_object(Bucket="source", Key=key, Body=body)
        return {"version": answer["VersionId"]}

    def event(self, kind, given):
        """The newest event of that kind whose details are as given."""
        sqs = self.account.client("sqs")
        while received := sqs.receive_message(QueueUrl=self.names["events"], MaxNumberOfMessages=10).get(
            "Messages"
        ):
            self.events += [json.loads(each["Body"]) for each in received]
            for each in received:
                sqs.delete_message(QueueUrl=self.names["events"], ReceiptHandle=each["ReceiptHandle"])
        fitting = [
            each["detail"]
            for each in self.events
            if each["detail-type"] == f"CodePipeline {kind} Execution State Change"
            and given.items() <= each["detail"].items()
        ]
        assert fitting, f"no event {kind} {given}"
        return fitting[-1]

    def message(self, _, given):
        """The newest approval message."""
        sqs = self.account.client("sqs")
        (received,) = sqs.receive_message(QueueUrl=self.names["approvals"])["Messages"]
        sqs.delete_message(QueueUrl=self.names["approvals"], ReceiptHandle=received["ReceiptHandle"])
        body = json.loads(received["Body"])
        return {"subject": body["Subject"], "message": json.loads(body["Message"])}

    # -- placeholders ----------------------------------------------------------------------------------
    def filled(self, given):
        """The value with each ``$name`` replaced."""
        if isinstance(given, dict):
            return {key: self.filled(value) for key, value in given.items()}
        if isinstance(given, list):
            return [self.filled(each) for each in given]
        return NAME.sub(lambda match: self.names[match[1]], given) if isinstance(given, str) else given

    def reach(self, answer, path, where):
        """The part of an answer at a path such as ``stageStates.1`` or ``details.actionName=Build``."""
        for part in str(path).split("/"):
            key, equals, value = part.partition("=")
            if equals:
                answer = next((each for each in answer if each[key] == self.filled(value)), None)
                assert answer is not None, f"{where}: nothing has {part}"
            elif isinstance(answer, list):
                answer = answer[int(part)]
            else:
                assert part in answer, f"{where}: {part} is not in {sorted(answer)}: {answer}"
                answer = answer[part]
        return answer

    def compare(self, expected, answer, where):
        """Every expected member is there and equal, a list member by member; only ``more: true`` allows others."""
        if expected == ABSENT:
            raise AssertionError(f"{where} is {answer!r}, which AWS omits")
        if isinstance(expected, dict):
            assert isinstance(answer, dict), f"{where} is {answer!r}"
            expected = dict(expected)
            more = expected.pop("more", False)
            for key, value in expected.items():
                if key in answer:
                    self.compare(value, answer[key], f"{where}: {key}")
                else:
                    assert value == ABSENT, f"{where}: {key} is missing in {answer}"
            extra = sorted(set(answer) - set(expected))
            assert more or not extra, f"{where} has {extra} besides: {answer}"
        elif isinstance(expected, list):
            assert isinstance(answer, list), f"{where} is {answer!r}"
            assert len(expected) == len(answer), f"{where} has {len(answer)} members: {answer}"
            for index, (one, other) in enumerate(zip(expected, answer, strict=True)):
                self.compare(one, other, f"{where}[{index}]")
        elif isinstance(expected, str) and "$" in expected:
            self._bind(expected, answer, where)
        else:
            assert expected == answer, f"{where} is {answer!r}, and on AWS {expected!r}"

    def _bind(self, expected, answer, where):
        """Compare a text with placeholders. A name that is new gets the value; ``$any`` is any value."""
        if expected == "$any":
            return
        parts = re.split(r"(\$\w+)", expected)
        pattern = ""
        for part in parts:
            name = part[1:]
            if not part.startswith("$"):
                pattern += re.escape(part)
            elif name == "any":
                pattern += ".+"
            elif name in self.names:
                pattern += re.escape(self.names[name])
            else:
                pattern += f"(?P<{name}>.+)"
        found = re.fullmatch(pattern, str(answer), re.DOTALL)
        assert found, f"{where} is {answer!r}, and on AWS {self._shown(expected)!r}"
        self.names |= found.groupdict()

    def _shown(self, expected):
        return NAME.sub(lambda match: self.names.get(match[1], match[0]), expected)


def _plain(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _action(given, facts):
    """An action of a story: ``name``, ``type``, and its other members; inputs and outputs are names."""
    if isinstance(given, str):
        given = facts["actions"][given]
    more = {key: value for key, value in given.items() if key not in ("type", "inputs", "outputs")}
    category, provider = given["type"].split("/")
    return {
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "inputArtifacts": [{"name": name} for name in given.get("inputs", ())],
        "outputArtifacts": [{"name": name} for name in given.get("outputs", ())],
        **more,
    }


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_aws_is_answered_as_recorded(file):
    facts = yaml.safe_load(file.read_text("utf-8"))
    assert facts["source"]
    facts["actions"] = {
        "Upload": {
            "name": "Upload",
            "type": "Source/S3",
            "outputs": ["App"],
            "configuration": {
                "S3Bucket": "source",
                "S3ObjectKey": "app.zip",
                "PollForSourceChanges": "false",
            },
        },
        "Ask": {"name": "Ask", "type": "Approval/Manual", "configuration": {}},
        "Deploy": {
            "name": "Deploy",
            "type": "Deploy/CodeDeploy",
            "inputs": ["App"],
            "configuration": {"ApplicationName": "shop", "DeploymentGroupName": "fleet"},
        },
        **facts.get("actions", {}),
    }
    with mock_aws(clock="manual") as mock:
        story = Story(mock, facts)
        story.names |= {
            "trusted": json.dumps(TRUST),
            "untrusted": json.dumps(TRUST).replace("codepipeline", "ec2"),
        }
        story.play()
