"""What starts a pipeline, and what lies in the bucket afterwards."""

import io
import json
import zipfile

import pytest
from account import Account, action, approve, build, commits, error, stage, upload

from cp_teach.aws import mock_aws


@pytest.fixture
def bucket(account):
    s3 = account.bucket("source-bucket")
    account.bucket("artifacts", versioned=False)
    s3.put_object(Bucket="source-bucket", Key="app.zip", Body=_zip({"app.py": "print(1)"}))
    return s3


def _zip(files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            # The time of a file is part of the bytes, and these are compared.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), text)
    return made.getvalue()


POLLED = (stage("Source", upload()), stage("Build", build()))


def test_an_upload_starts_a_polling_pipeline_even_with_the_same_bytes(account, bucket):
    account.create("shop", *POLLED)
    (first,) = account.executions()
    assert first["trigger"] == {"triggerType": "PollForSourceChanges", "triggerDetail": "Upload"}
    version = bucket.head_object(Bucket="source-bucket", Key="app.zip")["VersionId"]
    assert first["sourceRevisions"][0]["revisionId"] == version
    assert first["sourceRevisions"][0]["revisionSummary"] == f"Amazon S3 version id: {version}"
    bucket.put_object(Bucket="source-bucket", Key="app.zip", Body=_zip({"app.py": "print(1)"}))
    bucket.put_object(Bucket="source-bucket", Key="other.zip", Body=b"")
    assert len(account.executions()) == 2
    assert len(account.executions()) == 2, "once seen is seen"


@pytest.mark.parametrize(
    ("value", "polls"), [("true", True), ("True", True), ("false", False), ("yes", False), ("1", False)]
)
def test_which_words_poll(account, bucket, value, polls):
    account.create("shop", stage("Source", upload(PollForSourceChanges=value)), stage("Build", build()))
    (first,) = account.executions()
    assert first["trigger"]["triggerType"] == ("PollForSourceChanges" if polls else "CreatePipeline")
    bucket.put_object(Bucket="source-bucket", Key="app.zip", Body=b"")
    assert len(account.executions()) == (2 if polls else 1)


def test_two_polling_sources_make_two_first_executions(account, bucket):
    second = upload("Second", key="second.zip") | {"outputArtifacts": [{"name": "Second"}]}
    bucket.put_object(Bucket="source-bucket", Key="second.zip", Body=b"")
    account.create("shop", stage("Source", upload(), second), stage("Build", build()))
    assert sorted(each["trigger"]["triggerDetail"] for each in account.executions()) == ["Second", "Upload"]


def test_a_missing_object_starts_nothing_and_shows_in_the_state(account, bucket):
    account.create("shop", stage("Source", upload(key="nothing.zip")), stage("Build", build()))
    assert account.executions() == []
    told = account.stage("Source")
    latest = told["actionStates"][0]["latestExecution"]
    assert latest["status"] == "Failed"
    assert latest["errorDetails"]["code"] == "ConfigurationError"
    assert "nothing.zip" in latest["errorDetails"]["message"]
    assert "actionExecutionId" not in latest
    assert "latestExecution" not in told
    bucket.put_object(Bucket="source-bucket", Key="nothing.zip", Body=b"")
    assert len(account.executions()) == 1
    account.tick(30)
    assert account.stage("Source")["actionStates"][0]["latestExecution"]["status"] == "Succeeded"


def test_a_bucket_without_versions_is_no_source(account):
    account.bucket("source-bucket", versioned=False).put_object(
        Bucket="source-bucket", Key="app.zip", Body=b""
    )
    account.create("shop", stage("Source", upload(PollForSourceChanges="false")), stage("Build", build()))
    failed = account.stage("Source")["actionStates"][0]["latestExecution"]
    assert failed["errorDetails"]["code"] == "ConfigurationError"
    assert "versioning" in failed["errorDetails"]["message"]


def test_a_bucket_that_nobody_made_is_simulated(account):
    account.create("shop", stage("Source", upload(PollForSourceChanges="false")), stage("Build", build()))
    assert account.statuses()["Build"] == "Succeeded"


def test_a_strict_account_makes_nothing_up():
    with mock_aws(clock="manual", strict=True) as mock:
        strict = Account(mock)
        strict.create("shop", stage("Source", upload(PollForSourceChanges="false")), stage("Build", build()))
        told = strict.stage("Source")["actionStates"][0]["latestExecution"]
        assert told["errorDetails"]["code"] == "ConfigurationError"
        assert "does not exist" in told["errorDetails"]["message"]
        call = action("Call", "Invoke/AWS/Lambda", configuration={"FunctionName": "nowhere"})
        strict.create("caller", stage("Source", commits()), stage("Call", call))
        told = strict.stage("Call", "caller")["actionStates"][0]["latestExecution"]
        message = "The AWS Lambda function nowhere does not exist."
        assert told["errorDetails"] == {"code": "ConfigurationError", "message": message}


def test_artifacts_are_zip_files_that_a_student_can_open(account, bucket):
    account.create("shop", *POLLED)
    compiled, fetched = account.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    place = fetched["output"]["outputArtifacts"][0]["s3location"]
    original = bucket.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    assert original == _zip({"app.py": "print(1)"}), "a source in S3 is copied unchanged"
    place = compiled["output"]["outputArtifacts"][0]["s3location"]
    made = bucket.get_object(Bucket=place["bucket"], Key=place["key"])
    with zipfile.ZipFile(io.BytesIO(made["Body"].read())) as archive:
        assert set(archive.namelist()) == {"app.py", "Compile.txt", "cp_teach.json"}
        told = json.loads(archive.read("cp_teach.json"))
    assert told["actionExecutionId"] == compiled["actionExecutionId"]
    assert made["ServerSideEncryption"] == "aws:kms"


def test_a_retried_action_writes_another_object(account, bucket):
    account.create("shop", stage("Source", commits()), stage("Build", build(), approve()))
    keys = {each["Key"] for each in bucket.list_objects_v2(Bucket="artifacts")["Contents"]}
    account.answer("Rejected", stage="Build")
    (execution,) = account.executions()
    retry = {
        "pipelineName": "shop",
        "stageName": "Build",
        "pipelineExecutionId": execution["pipelineExecutionId"],
    }
    account.cp.retry_stage_execution(**retry, retryMode="ALL_ACTIONS")
    account.tick(30)
    again = {each["Key"] for each in bucket.list_objects_v2(Bucket="artifacts")["Contents"]}
    assert len(again - keys) == 1
    assert keys < again


def test_a_revision_can_be_chosen_at_the_start(account, bucket):
    old = bucket.head_object(Bucket="source-bucket", Key="app.zip")["VersionId"]
    bucket.put_object(Bucket="source-bucket", Key="app.zip", Body=b"newer")
    quiet = stage("Source", upload(PollForSourceChanges="false"))
    account.create("shop", quiet, stage("Build", build()), pipelineType="V2")
    chosen = {"actionName": "Upload", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": old}
    number = account.start(sourceRevisions=[chosen])
    account.tick(30)
    told = account.cp.get_pipeline_execution(pipelineName="shop", pipelineExecutionId=number)[
        "pipelineExecution"
    ]
    assert told["artifactRevisions"][0]["revisionId"] == old
    assert told["artifactRevisions"][0]["name"] == "SourceArtifact"
    wrong = {"actionName": "Upload", "revisionType": "COMMIT_ID", "revisionValue": "abc"}
    assert error(account.start, sourceRevisions=[wrong])[0] == "ValidationException"


def test_an_announced_revision_starts_the_pipeline_once(account):
    account.create("shop", stage("Source", commits()), stage("Build", build()))
    revision = {"revisionId": "v7", "revisionChangeId": "c7", "created": 0}
    put = {"pipelineName": "shop", "stageName": "Source", "actionName": "Commit", "actionRevision": revision}
    first = account.cp.put_action_revision(**put)
    assert first["newRevision"] is True
    again = account.cp.put_action_revision(**put)
    assert (again["newRevision"], again["pipelineExecutionId"]) == (False, first["pipelineExecutionId"])
    account.tick(30)
    newest = account.executions()[0]
    assert newest["trigger"]["triggerType"] == "PutActionRevision"
    assert newest["sourceRevisions"][0]["revisionId"] == "v7"
    assert newest["sourceRevisions"][0]["revisionUrl"].endswith(
        "?region=us-east-1#/repository/shop/commit/v7"
    )
    assert error(account.cp.put_action_revision, **put | {"actionName": "No"})[0] == "ActionNotFoundException"
    assert error(account.cp.put_action_revision, **put | {"stageName": "No"})[0] == "StageNotFoundException"


# -- EventBridge -----------------------------------------------------------------------------------------------
def test_state_changes_reach_queues_topics_and_logs(account):
    sqs, events, sns, logs = (account.client(name) for name in ("sqs", "events", "sns", "logs"))
    queue = sqs.create_queue(QueueName="changes")["QueueUrl"]
    second = sqs.create_queue(QueueName="from-topic")["QueueUrl"]
    topic = sns.create_topic(Name="changes")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=second, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    logs.create_log_group(logGroupName="/aws/events/changes")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.codepipeline"]}))
    events.put_targets(
        Rule="all",
        Targets=[
            {"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:123456789012:changes"},
            {"Id": "topic", "Arn": topic},
            {"Id": "logs", "Arn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/events/changes"},
        ],
    )
    account.create("shop", stage("Source", commits()), stage("Gate", approve()))
    account.answer("Rejected", "No")
    (run,) = account.executions()

    def received(url):
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    told = received(queue)
    words = [
        (each["detail-type"].split()[1], each["detail"]["state"], each["detail"].get("stage"))
        for each in told
    ]
    assert words == [
        ("Pipeline", "STARTED", None),
        ("Stage", "STARTED", "Source"),
        ("Action", "STARTED", "Source"),
        ("Action", "SUCCEEDED", "Source"),
        ("Stage", "SUCCEEDED", "Source"),
        ("Stage", "STARTED", "Gate"),
        ("Action", "STARTED", "Gate"),
        ("Action", "FAILED", "Gate"),
        ("Stage", "FAILED", "Gate"),
        ("Pipeline", "FAILED", None),
    ]
    first = told[0]
    assert first["resources"] == ["arn:aws:codepipeline:us-east-1:123456789012:shop"]
    assert first["detail"]["execution-trigger"]["trigger-type"] == "CreatePipeline"
    rejected = told[7]["detail"]
    assert rejected["type"] == {"owner": "AWS", "category": "Approval", "provider": "Manual", "version": "1"}
    assert rejected["execution-id"] == run["pipelineExecutionId"]
    assert rejected["execution-result"]["external-execution-summary"] == "No"
    assert rejected["execution-result"]["external-execution-id"] == rejected["action-execution-id"]
    assert (rejected["version"], rejected["pipeline-execution-attempt"]) == (1.0, 1.0)
    assert len(received(second)) == 10
    streams = logs.describe_log_streams(logGroupName="/aws/events/changes")["logStreams"]
    assert len(streams) == 10


def test_a_rule_starts_a_pipeline_with_what_its_transformer_makes(account, bucket):
    events = account.client("events")
    bucket.put_bucket_notification_configuration(
        Bucket="source-bucket", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    account.create(
        "shop",
        stage("Source", upload(PollForSourceChanges="false")),
        stage("Build", build()),
        pipelineType="V2",
        variables=[{"name": "Who", "defaultValue": "nobody"}],
    )
    rule = events.put_rule(
        Name="upload",
        EventPattern=json.dumps(
            {
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": ["source-bucket"]}},
            }
        ),
    )["RuleArn"]
    events.put_targets(
        Rule="upload",
        Targets=[
            {
                "Id": "shop",
                "Arn": "arn:aws:codepipeline:us-east-1:123456789012:shop",
                "RoleArn": account.role,
                "Input": json.dumps({"variables": [{"name": "Who", "value": "the rule"}]}),
            }
        ],
    )
    bucket.put_object(Bucket="source-bucket", Key="app.zip", Body=b"new")
    newest = account.executions()[0]
    assert newest["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}
    told = account.cp.get_pipeline_execution(
        pipelineName="shop", pipelineExecutionId=newest["pipelineExecutionId"]
    )["pipelineExecution"]
    assert told["variables"] == [{"name": "Who", "resolvedValue": "the rule"}]
    account.client("events").disable_rule(Name="upload")
    bucket.put_object(Bucket="source-bucket", Key="app.zip", Body=b"newer")
    assert len(account.executions()) == 2


# -- webhooks ------------------------------------------------------------------------------------------------------
HOOK = {
    "name": "push",
    "targetPipeline": "shop",
    "targetAction": "Commit",
    "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{BranchName}"}],
    "authentication": "GITHUB_HMAC",
    "authenticationConfiguration": {"SecretToken": "s3cret"},
}


def call(account, body, secret="s3cret", name="push", **headers):
    import hashlib
    import hmac

    from cp_teach.aws.backend.service_registry import active
    from cp_teach.aws.operations.pipelines import webhook_calls

    data = json.dumps(body).encode()
    signature = "sha256=" + hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
    (region,) = [each for each in active().regions if each.name == account.region]
    return webhook_calls.call_webhook(
        region, name, data, {"X-Hub-Signature-256": signature, **headers}, "10.1.2.3"
    )


def test_a_signed_call_whose_body_fits_starts_the_pipeline(account):
    from cp_teach.aws.operations.pipelines.webhook_calls import WebhookRefused

    account.create("shop", stage("Source", commits()), stage("Build", build()))
    made = account.cp.put_webhook(webhook=HOOK)["webhook"]
    assert made["definition"]["authenticationConfiguration"] == {"SecretToken": "****"}
    assert made["arn"] == "arn:aws:codepipeline:us-east-1:123456789012:webhook:push"
    number = call(account, {"ref": "refs/heads/main"})
    newest = account.executions()[0]
    assert newest["pipelineExecutionId"] == number
    assert newest["trigger"] == {"triggerType": "Webhook", "triggerDetail": made["arn"]}
    with pytest.raises(WebhookRefused, match="signature"):
        call(account, {"ref": "refs/heads/main"}, secret="guess")
    with pytest.raises(WebhookRefused, match="no execution started"):
        call(account, {"ref": "refs/heads/dev"})
    assert len(account.executions()) == 2
    (listed,) = account.cp.list_webhooks()["webhooks"]
    assert listed["errorCode"] == "FilterMismatch"
    assert "lastTriggered" in listed


def test_a_good_call_clears_the_error_of_the_one_before(account):
    from cp_teach.aws.operations.pipelines.webhook_calls import WebhookRefused

    account.create("shop", stage("Source", commits()), stage("Build", build()))
    account.cp.put_webhook(webhook=HOOK)
    with pytest.raises(WebhookRefused):
        call(account, {"ref": "refs/heads/main"}, secret="guess")
    (listed,) = account.cp.list_webhooks()["webhooks"]
    assert listed["errorCode"] == "SignatureMismatch"
    assert "does not match" in listed["errorMessage"]
    call(account, {"ref": "refs/heads/main"})
    (listed,) = account.cp.list_webhooks()["webhooks"]
    assert not {"errorCode", "errorMessage"} & listed.keys()


def test_a_webhook_is_replaced_by_name_and_its_mask_keeps_the_secret(account):
    account.create("shop", stage("Source", commits()), stage("Build", build()))
    account.cp.put_webhook(webhook=HOOK)
    account.cp.put_webhook(
        webhook=HOOK | {"authenticationConfiguration": {"SecretToken": "****"}, "filters": []}
    )
    call(account, {"anything": 1})
    assert len(account.cp.list_webhooks()["webhooks"]) == 1
    account.cp.register_webhook_with_third_party(webhookName="push")
    account.cp.deregister_webhook_with_third_party(webhookName="push")
    account.cp.delete_webhook(name="push")
    account.cp.delete_webhook(name="push")
    assert (
        error(account.cp.register_webhook_with_third_party, webhookName="push")[0]
        == "WebhookNotFoundException"
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"authentication": "IP"}, "InvalidWebhookAuthenticationParametersException"),
        (
            {"authentication": "IP", "authenticationConfiguration": {"AllowedIPRange": "10.0.0.0/99"}},
            "InvalidWebhookAuthenticationParametersException",
        ),
        ({"authentication": "UNAUTHENTICATED"}, "InvalidWebhookAuthenticationParametersException"),
        ({"filters": [{"jsonPath": "ref"}]}, "InvalidWebhookFilterPatternException"),
        ({"filters": [{"jsonPath": "$.a[["}]}, "InvalidWebhookFilterPatternException"),
        ({"targetPipeline": "no"}, "PipelineNotFoundException"),
        ({"targetAction": "Compile"}, "ValidationException"),
    ],
)
def test_a_webhook_that_could_never_work_is_refused(account, change, code):
    account.create("shop", stage("Source", commits()), stage("Build", build()))
    assert error(account.cp.put_webhook, webhook=HOOK | change)[0] == code


def test_a_range_of_addresses_lets_in_who_is_inside(account):
    from cp_teach.aws.operations.pipelines.webhook_calls import WebhookRefused

    account.create("shop", stage("Source", commits()), stage("Build", build()))
    for name, network in (("in", "10.1.0.0/16"), ("out", "192.168.0.0/16")):
        hook = {
            "name": name,
            "authentication": "IP",
            "authenticationConfiguration": {"AllowedIPRange": network},
        }
        account.cp.put_webhook(webhook=HOOK | hook)
    call(account, {"ref": "refs/heads/main"}, name="in")
    with pytest.raises(WebhookRefused, match=r"10\.1\.2\.3"):
        call(account, {"ref": "refs/heads/main"}, name="out")


def test_a_source_of_ones_own_is_a_custom_action(account):
    """A custom source is worked by a job worker, too."""
    account.cp.create_custom_action_type(
        category="Source",
        provider="Drive",
        version="1",
        inputArtifactDetails={"minimumCount": 0, "maximumCount": 0},
        outputArtifactDetails={"minimumCount": 1, "maximumCount": 1},
    )
    drive = action("Fetch", "Source/Custom/Drive", outs=["SourceArtifact"])
    account.create("shop", stage("Source", drive), stage("Build", build()))
    assert account.statuses()["Source"] == "InProgress"
    kind = {"category": "Source", "owner": "Custom", "provider": "Drive", "version": "1"}
    (job,) = account.cp.poll_for_jobs(actionTypeId=kind)["jobs"]
    account.cp.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
    account.cp.put_job_success_result(jobId=job["id"])
    account.tick(30)
    assert account.statuses()["Build"] == "Succeeded"
