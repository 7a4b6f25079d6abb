"""``enforce``: IAM is asked. Callers are held to their policies, actions to their roles'."""

import json

import boto3
import pytest
from account import Account, approve, commits, deploy, error, stage

from cp_teach import Pipeline, spare_account
from cp_teach.aws import mock_aws
from cp_teach.aws.iam import needs
from cp_teach.cli import parser
from cp_teach.cli.commands.serve import _settings as settings_of

SHOP = "arn:aws:codepipeline:us-east-1:123456789012:shop"


@pytest.fixture
def enforced():
    """An account whose clock stands still, and in which policies count."""
    with mock_aws(clock="manual", enforce=True) as mock:
        yield Account(mock)


def document(*pairs, effect="Allow"):
    statements = [{"Effect": effect, "Action": action, "Resource": resource} for action, resource in pairs]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def client(keys, service="codepipeline"):
    return boto3.client(
        service,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


def user(account, *pairs, name="grace"):
    iam = account.client("iam")
    iam.create_user(UserName=name)
    if pairs:
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=document(*pairs))
    return client(iam.create_access_key(UserName=name)["AccessKey"])


def give(account, *pairs):
    """What the service role may do."""
    iam = account.client("iam")
    name = account.role.rpartition("/")[2]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document(*pairs))


def give_all(account, structure):
    give(account, *((need.action, need.resource) for need in needs(Pipeline.from_aws(structure))))


def failure(account, stage="Source"):
    (action,) = account.stage(stage)["actionStates"][:1]
    told = action["latestExecution"]
    return told["status"], told.get("errorDetails")


# -- callers ---------------------------------------------------------------------------------------------------
def test_without_enforce_a_policy_counts_for_nothing(account):
    assert user(account).list_pipelines()["pipelines"] == []


def test_the_owner_may_everything(enforced):
    assert enforced.cp.list_pipelines()["pipelines"] == []


def test_a_user_without_a_policy_may_nothing_and_is_told_in_awss_words(enforced):
    code, words = error(user(enforced).start_pipeline_execution, name="shop")
    assert code == "AccessDeniedException"
    assert words == (
        "User: arn:aws:iam::123456789012:user/grace is not authorized to perform: "
        f"codepipeline:StartPipelineExecution on resource: {SHOP} because no identity-based policy allows the "
        "codepipeline:StartPipelineExecution action"
    )


def test_it_is_asked_before_anything_is_looked_up(enforced):
    """Whoever may not look does not learn what is there."""
    grace = user(enforced, ("codepipeline:GetPipeline", SHOP))
    assert error(grace.get_pipeline, name="shop")[0] == "PipelineNotFoundException"
    assert error(grace.get_pipeline, name="bank")[0] == "AccessDeniedException"


def test_an_explicit_deny_has_other_words(enforced):
    grace = user(enforced, ("codepipeline:*", "*"))
    enforced.client("iam").put_user_policy(
        UserName="grace",
        PolicyName="not",
        PolicyDocument=document(("codepipeline:Delete*", "*"), effect="Deny"),
    )
    assert grace.list_pipelines()["pipelines"] == []
    code, words = error(grace.delete_pipeline, name="shop")
    assert code == "AccessDeniedException"
    assert words.endswith("with an explicit deny in an identity-based policy")


def test_policies_come_through_groups_and_managed_ones_too(enforced):
    grace, iam = user(enforced), enforced.client("iam")
    iam.create_group(GroupName="readers")
    made = iam.create_policy(PolicyName="read", PolicyDocument=document(("codepipeline:List*", "*")))
    iam.attach_group_policy(GroupName="readers", PolicyArn=made["Policy"]["Arn"])
    assert error(grace.list_pipelines)[0] == "AccessDeniedException"
    iam.add_user_to_group(GroupName="readers", UserName="grace")
    assert grace.list_pipelines()["pipelines"] == []


def test_an_assumed_role_is_held_to_its_policies(enforced):
    iam, sts = enforced.client("iam"), enforced.client("sts")
    trust = document(("sts:AssumeRole", "*")).replace('"Resource": "*"', '"Principal": {"AWS": "*"}')
    role = iam.create_role(RoleName="reviewers", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="reviewers", PolicyName="may", PolicyDocument=document(("codepipeline:List*", "*"))
    )
    reviewer = client(sts.assume_role(RoleArn=role, RoleSessionName="grace")["Credentials"])
    assert reviewer.list_pipelines()["pipelines"] == []
    code, words = error(reviewer.get_pipeline, name="shop")
    assert code == "AccessDeniedException"
    assert words.startswith("User: arn:aws:sts::123456789012:assumed-role/reviewers/grace is not authorized")


def test_creating_and_updating_need_pass_role(enforced):
    ada = user(enforced, ("codepipeline:*", "*"), name="ada")
    structure = enforced.structure("shop")
    code, words = error(ada.create_pipeline, pipeline=structure)
    assert code == "AccessDeniedException"
    assert f"iam:PassRole on resource: {enforced.role}" in words
    only_to_us = {"StringEquals": {"iam:PassedToService": "codepipeline.amazonaws.com"}}
    passing = json.loads(document(("iam:PassRole", enforced.role)))
    passing["Statement"][0]["Condition"] = only_to_us
    enforced.client("iam").put_user_policy(
        UserName="ada", PolicyName="pass", PolicyDocument=json.dumps(passing)
    )
    assert ada.create_pipeline(pipeline=structure)["pipeline"]["version"] == 1
    assert ada.update_pipeline(pipeline=structure)["pipeline"]["version"] == 1


def test_an_approver_of_one_action_may_answer_there_and_nowhere_else(enforced):
    stages = [stage("Source", commits()), stage("Gate", approve()), stage("Prod", approve("Again"))]
    give_all(enforced, enforced.structure("shop", *stages))
    enforced.create("shop", *stages)
    grace = user(enforced, ("codepipeline:PutApprovalResult", f"{SHOP}/Gate/Approve"))
    answer = {"result": {"summary": "Looks good", "status": "Approved"}, "token": enforced.token()}
    assert error(grace.get_pipeline_state, name="shop")[0] == "AccessDeniedException"
    assert "approvedAt" in grace.put_approval_result(
        pipelineName="shop", stageName="Gate", actionName="Approve", **answer
    )
    answer["token"] = enforced.token("Prod", "Again")
    refused = error(
        grace.put_approval_result, pipelineName="shop", stageName="Prod", actionName="Again", **answer
    )
    assert refused[0] == "AccessDeniedException"


def test_a_spare_account_can_be_asked_by_somebody_who_may_less():
    spare = spare_account()
    reader = spare.with_policies(document(("codepipeline:ListPipelines", "*")))
    assert reader.ask("ListPipelines")["pipelines"] == []
    assert reader.error("DeletePipeline", name="shop") == "AccessDeniedException"
    assert spare.error("DeletePipeline", name="shop") == ""


def test_a_server_can_be_started_with_it():
    given = parser().parse_args(["serve", "--enforce"])
    assert settings_of(given).enforce
    assert not settings_of(parser().parse_args(["serve"])).enforce


# -- actions ---------------------------------------------------------------------------------------------------
def test_an_action_whose_role_may_not_fails_with_a_permission_error(enforced):
    enforced.create("shop")
    status, told = failure(enforced)
    assert status == "Failed"
    assert told["code"] == "PermissionError"
    assert "assumed-role/service/" in told["message"]
    assert "is not authorized to perform: s3:PutObject" in told["message"]


def test_the_first_missing_permission_is_named_until_none_is(enforced):
    structure = enforced.structure("shop")
    wanted = [(need.action, need.resource) for need in needs(Pipeline.from_aws(structure))]
    enforced.create("shop")
    given = []
    for pair in dict.fromkeys(wanted):
        failed = [
            action["latestExecution"]["errorDetails"]["message"]
            for each in enforced.state()["stageStates"]
            for action in each["actionStates"]
            if action.get("latestExecution", {}).get("status") == "Failed"
        ]
        assert f"{pair[0]} on resource: {pair[1]} " in failed[-1]
        given.append(pair)
        give(enforced, *given)
        enforced.start()
        enforced.tick(60)
    assert set(enforced.statuses().values()) == {"Succeeded"}


def test_a_role_of_another_action_is_asked_for_itself(enforced):
    iam = enforced.client("iam")
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Principal": {"AWS": enforced.role}, "Action": "sts:AssumeRole"},
        }
    )
    other = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    release = {**deploy(ins="SourceArtifact"), "roleArn": other}
    stages = [stage("Source", commits()), stage("Prod", release)]
    give_all(
        enforced, enforced.structure("shop", *stages)
    )  # all of it to the service role: that is the wrong one
    enforced.create("shop", *stages)
    status, told = failure(enforced, "Prod")
    assert (status, told["code"]) == ("Failed", "PermissionError")
    assert "assumed-role/deployer/" in told["message"]


def test_without_the_right_to_publish_an_approval_fails_and_sends_no_message(enforced):
    sns, sqs = enforced.client("sns"), enforced.client("sqs")
    topic = sns.create_topic(Name="approvals")["TopicArn"]
    queue = sqs.create_queue(QueueName="mail")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:mail")
    stages = [stage("Source", commits()), stage("Gate", approve(NotificationArn=topic))]
    wanted = needs(Pipeline.from_aws(enforced.structure("shop", *stages)))
    give(enforced, *((need.action, need.resource) for need in wanted if need.action != "sns:Publish"))
    enforced.create("shop", *stages)
    status, told = failure(enforced, "Gate")
    assert (status, told["code"]) == ("Failed", "PermissionError")
    assert told["message"].startswith(
        "The Pipeline or Action role does not have permission to publish to topics"
    )
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    give_all(enforced, enforced.structure("shop", *stages))
    enforced.start()
    enforced.tick(60)
    assert len(sqs.receive_message(QueueUrl=queue)["Messages"]) == 1
