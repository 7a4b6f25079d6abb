"""Inputs of EventBridge targets: transformers, paths, constants, what AWS refuses, and what is reported."""

import json
import logging

import pytest
from account import build, commits, error, stage, upload

from cp_teach.aws import TRUST, mock_aws
from cp_teach.aws.moto_plugin.eventbridge.input_transformer import (
    InvalidInput,
    RuleContext,
    find,
    make_input,
)

EVENT = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "Commit",
    "source": "my.git",
    "account": "123456789012",
    "time": "2026-12-01T10:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:x:::one", "arn:aws:x:::two"],
    "detail": {
        "commitId": "c0ffee",
        "n": 7,
        "ok": True,
        "nothing": None,
        "files": [{"name": "a"}, {"name": "b"}],
    },
}
RULE = RuleContext("arn:aws:events:us-east-1:123456789012:rule/r", "r", "2026-12-01T10:00:01Z")
PATHS = {
    "v": "$.detail.commitId",
    "n": "$.detail.n",
    "ok": "$.detail.ok",
    "files": "$.detail.files",
    "names": "$.detail.files[*].name",
    "second": "$.resources[1]",
    "detail": "$.detail",
    "type": "$.detail-type",
    "absent": "$.detail.absent",
}
PIPELINE = "arn:aws:codepipeline:us-east-1:123456789012:shop"


def transformed(template, paths=PATHS):
    target = {"Id": "1", "InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
    return make_input(target, EVENT, RULE)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ('{"a": <v>}', {"a": "c0ffee"}),
        ('{"a": "<v>"}', {"a": "c0ffee"}),
        ('{"a": "<v> of <type>", "b": "users/<n>"}', {"a": "c0ffee of Commit", "b": "users/7"}),
        ('{"a": [9, <v>, <n>, <ok>]}', {"a": [9, "c0ffee", 7, True]}),
        ('{"a": {"b": {"c": <files>}}}', {"a": {"b": {"c": [{"name": "a"}, {"name": "b"}]}}}),
        ("[<names>, <second>]", [["a", "b"], "arn:aws:x:::two"]),
        ('{"a": <absent>, "b": "<absent>"}', {"a": "", "b": ""}),  # recorded
        ('"commit <v> at <absent>"', "commit c0ffee at "),  # recorded
        ('{"a": "say \\"<v>\\"", "b": <v>}', {"a": 'say "c0ffee"', "b": "c0ffee"}),
        ('{"a": "<detail>"}', {"a": "{commitId:c0ffee,n:7,ok:true,nothing:null,files:[{name:a},{name:b}]}"}),
        ("<v>", "c0ffee"),
        ("<detail>", EVENT["detail"]),
        ("commit <v> is in", "commit c0ffee is in"),
        (
            '{"a": <aws.events.rule-arn>, "b": "<aws.events.rule-name>", "c": <aws.events.event.ingestion-time>}',
            {"a": RULE.arn, "b": "r", "c": RULE.ingestion_time},
        ),
        ('{"a": <aws.events.event.json>}', {"a": EVENT}),
        (
            '{"a": <aws.events.event>}',
            {"a": {"detailType" if k == "detail-type" else k: v for k, v in EVENT.items() if k != "detail"}},
        ),
        ('{"a": "1 < 2 and 3 > 2"}', {"a": "1 < 2 and 3 > 2"}),
    ],
)
def test_a_template_is_filled_as_eventbridge_does(template, value):
    made = transformed(template)
    assert made.value == value
    assert made.text == value if template.startswith("commit") else json.loads(made.text) == value


def test_a_value_with_quotation_marks_inside_a_text_is_not_escaped_and_breaks_the_json():
    target = {"InputTransformer": {"InputPathsMap": {"q": "$.detail.q"}, "InputTemplate": '{"a": "<q>"}'}}
    with pytest.raises(InvalidInput, match="not valid JSON"):
        make_input(target, {"detail": {"q": 'say "hi"'}}, RULE)
    target["InputTransformer"]["InputTemplate"] = '{"a": <q>}'
    assert make_input(target, {"detail": {"q": 'say "hi"'}}, RULE).value == {"a": 'say "hi"'}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", EVENT),
        ("$.detail.n", 7),
        ("$.resources[0]", "arn:aws:x:::one"),
        ("$.detail.files[*].name", ["a", "b"]),
        ("$.detail.*", list(EVENT["detail"].values())),
        ("$.detail.files[9]", None),
        ("$.detail.commitId[0]", None),
        ("$.detail..name", None),
        ("$.detail[?(@.n)]", None),
        ("detail", None),
        ("$" + ".a" * 10_000, None),
    ],
)
def test_a_path_finds_a_value_or_nothing(path, value):
    assert find(EVENT, path) == value


def test_a_constant_and_a_path_are_inputs_too():
    assert make_input({"Input": '{"a": 1}'}, EVENT, RULE).value == {"a": 1}
    assert make_input({"InputPath": "$.detail.commitId"}, EVENT, RULE).text == '"c0ffee"'  # recorded
    assert make_input({"InputPath": "$.detail.absent"}, EVENT, RULE) is None
    assert make_input({}, EVENT, RULE).value == EVENT


# -- through the API ---------------------------------------------------------------------------------
@pytest.fixture
def events(account):
    account.create("shop", stage("Source", commits("Src")), stage("Build", build()), pipelineType="V2")
    events = account.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["my.git"]}')
    return events


def put(events, detail="{}"):
    entries = [{"Source": "my.git", "DetailType": "Commit", "Detail": detail}]
    assert events.put_events(Entries=entries)["FailedEntryCount"] == 0


def target(role, **more):
    return {"Id": "1", "Arn": PIPELINE, "RoleArn": role, **more}


def test_an_unquoted_placeholder_gives_the_execution_its_revision(account, events):
    revision = {"actionName": "Src", "revisionType": "COMMIT_ID", "revisionValue": "<v>"}
    template = json.dumps({"sourceRevisions": [revision]}).replace('"<v>"', "<v>")
    transformer = {"InputPathsMap": {"v": "$.detail.commitId"}, "InputTemplate": template}
    events.put_targets(Rule="r", Targets=[target(account.role, InputTransformer=transformer)])
    put(events, '{"commitId": "abc123"}')
    account.tick(60)
    newest = account.executions()[0]
    assert newest["sourceRevisions"][0]["revisionId"] == "abc123"
    assert newest["trigger"]["triggerType"] == "CloudWatchEvent"


def test_an_uploaded_object_starts_the_pipeline_with_its_own_version(account):
    bucket = account.bucket("source-bucket")
    bucket.put_bucket_notification_configuration(
        Bucket="source-bucket", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    bucket.put_object(Bucket="source-bucket", Key="app.zip", Body=b"0")
    account.create(
        "shop",
        stage("Source", upload("Src", PollForSourceChanges="false")),
        stage("Build", build()),
        pipelineType="V2",
    )
    events, sqs = account.client("events"), account.client("sqs")
    queue = sqs.create_queue(QueueName="seen")["QueueUrl"]
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["source-bucket"]},
            "object": {"key": ["app.zip"]},
            "reason": ["PutObject"],
        },
    }
    events.put_rule(Name="r", EventPattern=json.dumps(pattern))
    revision = {"actionName": "Src", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": "<v>"}
    transformer = {
        "InputPathsMap": {"v": "$.detail.object.version-id"},
        "InputTemplate": json.dumps({"sourceRevisions": [revision]}).replace('"<v>"', "<v>"),
    }
    seen = {"Id": "2", "Arn": "arn:aws:sqs:us-east-1:123456789012:seen"}
    events.put_targets(Rule="r", Targets=[target(account.role, InputTransformer=transformer), seen])
    bucket.put_object(Bucket="source-bucket", Key="other.zip", Body=b"1")
    made = bucket.put_object(Bucket="source-bucket", Key="app.zip", Body=b"1")
    account.tick(60)
    newest = account.executions()[0]
    assert newest["sourceRevisions"][0]["revisionId"] == made["VersionId"]
    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    event = json.loads(message["Body"])
    assert event["detail"]["object"]["version-id"] == made["VersionId"]
    assert event["detail"]["object"]["etag"] == made["ETag"].strip('"')
    assert event["time"].endswith("Z")
    assert event["account"] == "123456789012"


def test_put_targets_refuses_what_aws_refuses(account, events):
    refused = [
        ({"Id": "1", "Arn": PIPELINE}, f"RoleArn is required for target {PIPELINE}."),
        (
            target(account.role, InputTransformer={"InputPathsMap": {"a": "$.a"}, "InputTemplate": '"<b>"'}),
            "InputTemplate for target 1 contains invalid placeholder b.",
        ),
        (
            target(account.role, Input="{}", InputPath="$.detail"),
            "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
        ),
    ]
    for given, message in refused:
        assert error(events.put_targets, Rule="r", Targets=[given]) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"Input": '{"sourceRevisions": [{"actionName": "Src"}]}'}, "sourceRevisions.1.member.revisionType"),
        ({"Input": '{"sourceRevisions": 7}'}, "must be a list"),
        ({"Input": "{"}, "not valid JSON"),
        ({"Arn": f"{PIPELINE}s"}, "does not have a pipeline with name 'shops'"),
        ({"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}, "moto"),
        ({"Arn": "arn:aws:sqs:us-east-1:123456789012:none"}, "none"),
        ({"Arn": "arn:aws:sns:us-east-1:123456789012:none"}, "does not exist"),
    ],
)
def test_the_sender_of_an_event_never_gets_an_error_and_the_log_says_why_nothing_started(
    account, events, caplog, more, said
):
    sqs = account.client("sqs")
    queue = sqs.create_queue(QueueName="dead")["QueueUrl"]
    dead = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"}}
    events.put_targets(Rule="r", Targets=[target(account.role, **dead, **more)])
    with caplog.at_level(logging.WARNING, "cp_teach.eventbridge"):
        put(events)
    assert len(account.executions()) == 1
    assert said in caplog.text
    assert "rule/r" in caplog.text
    received = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])
    assert received["Messages"][0]["MessageAttributes"]["RULE_ARN"]["StringValue"].endswith("rule/r")


def test_a_role_that_may_not_start_the_pipeline_starts_nothing_where_permissions_are_enforced(caplog):
    from account import Account

    with mock_aws(clock="manual", enforce=True) as mock:
        account = Account(mock)
        account.create("shop", stage("Source", commits()), stage("Build", build()))
        events, iam = account.client("events"), account.client("iam")
        events.put_rule(Name="r", EventPattern='{"source": ["my.git"]}')
        trust = json.dumps(TRUST).replace("codepipeline.amazonaws.com", "events.amazonaws.com")
        role = iam.create_role(RoleName="starter", AssumeRolePolicyDocument=trust)["Role"]["Arn"]

        def started(role):
            events.put_targets(Rule="r", Targets=[target(role)])
            before = len(account.executions())
            caplog.clear()
            put(events)
            return len(account.executions()) - before

        assert started(f"{role}s") == 0
        assert "does not exist" in caplog.text
        assert started(account.role) == 0
        assert "does not trust events.amazonaws.com" in caplog.text
        assert started(role) == 0
        assert "is not authorized to perform: codepipeline:StartPipelineExecution" in caplog.text
        allowed = {"Effect": "Allow", "Action": "codepipeline:StartPipelineExecution", "Resource": PIPELINE}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_role_policy(RoleName="starter", PolicyName="start", PolicyDocument=policy)
        assert started(role) == 1


@pytest.mark.parametrize("clock", ["manual", "virtual"])
def test_a_rule_that_starts_the_pipeline_it_listens_to_comes_to_an_end(clock, caplog):
    from account import Account

    with mock_aws(clock=clock) as mock:
        account = Account(mock)
        account.create("shop", stage("Source", commits()), stage("Build", build()))
        events = account.client("events")
        pattern = {"source": ["aws.codepipeline"], "detail": {"state": ["STARTED"]}}
        events.put_rule(Name="r", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="r", Targets=[target(account.role)])
        account.start()
        assert 50 < len(account.executions()) < 60
        assert caplog.text.count("its own events start it again and again") == 1
        account.start()
        assert len(account.executions()) == 100  # a page; another cause has its own count


def test_buses_that_forward_an_event_to_each_other_come_to_an_end(account, events, caplog):
    other = events.create_event_bus(Name="other")["EventBusArn"]
    default = events.describe_event_bus()["Arn"]
    for bus, to in (("default", other), ("other", default)):
        for name in ("one", "two"):
            events.put_rule(Name=name, EventBusName=bus, EventPattern='{"source": ["my.git"]}')
            events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "1", "Arn": to}])
    put(events)
    assert "forward this event to each other" in caplog.text


def test_a_disabled_rule_sends_nothing_and_an_archive_still_replays(account, events):
    sqs = account.client("sqs")
    queue = sqs.create_queue(QueueName="seen")["QueueUrl"]
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:seen"}])
    bus = events.describe_event_bus()["Arn"]
    archive = events.create_archive(ArchiveName="all", EventSourceArn=bus)["ArchiveArn"]
    events.disable_rule(Name="r")
    put(events, '{"n": 1}')
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    assert events.describe_archive(ArchiveName="all")["EventCount"] == 1
    events.enable_rule(Name="r")
    events.start_replay(
        ReplayName="again",
        EventSourceArn=archive,
        EventStartTime=0,
        EventEndTime=1e10,
        Destination={"Arn": bus},
    )
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["detail"] == {"n": 1}
