"""Policies are read as IAM reads them, each operation asks for its own, and a role's needs are known."""

import doctest

import pytest

from cp_teach import Pipeline, load_pipeline
from cp_teach.aws import iam
from cp_teach.aws.iam import (
    BadPolicy,
    Policy,
    decide,
    excess,
    lacking,
    may,
    needs,
    required_permissions,
    unlisted,
)
from cp_teach.aws.protocol import request_validation

HERE = "arn:aws:codepipeline:us-east-1:123456789012:"
APPROVE = f"{HERE}shop/Prod/Approve"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


def least(pipeline):
    return policy(*(allow(need.action, need.resource) for need in needs(pipeline)))


# -- reading a policy ------------------------------------------------------------------------------------------
def test_nothing_is_allowed_until_a_statement_allows_it():
    said = decide(policy(allow("s3:GetObject")), "s3:PutObject")
    assert not said
    assert not said.denied
    assert str(said) == "no: no statement allows s3:PutObject on *"


@pytest.mark.parametrize("order", [1, -1])
def test_an_explicit_deny_wins_wherever_it_stands(order):
    statements = [allow("codepipeline:*"), deny("codepipeline:DeletePipeline", Sid="KeepThem")][::order]
    assert decide(policy(*statements), "codepipeline:GetPipeline", f"{HERE}shop")
    said = decide(policy(*statements), "codepipeline:DeletePipeline", f"{HERE}shop")
    assert said.denied
    assert (
        str(said) == f"no: KeepThem denies codepipeline:DeletePipeline on {HERE}shop, and a Deny always wins"
    )


def test_several_policies_count_together():
    both = [Policy.read(policy(allow("s3:*"))), Policy.read(policy(deny("s3:PutObject")))]
    assert decide(both, "s3:GetObject")
    assert decide(both, "s3:PutObject").denied


@pytest.mark.parametrize(
    ("pattern", "action", "fits"),
    [
        ("codepipeline:Get*", "codepipeline:GetPipelineState", True),
        ("codepipeline:Get*", "codepipeline:ListPipelines", False),
        ("CODEPIPELINE:getpipeline", "codepipeline:GetPipeline", True),
        ("codepipeline:GetPipelin?", "codepipeline:GetPipeline", True),
        ("codepipeline:GetPipelin?", "codepipeline:GetPipelineState", False),
        ("*", "s3:PutObject", True),
    ],
)
def test_wildcards_of_actions_and_their_letters(pattern, action, fits):
    assert bool(decide(policy(allow(pattern)), action)) is fits


@pytest.mark.parametrize(
    ("pattern", "resource", "fits"),
    [
        (f"{HERE}shop", f"{HERE}shop", True),
        (f"{HERE}shop", f"{HERE}shop/Prod/Approve", False),
        (f"{HERE}shop/*", f"{HERE}shop/Prod/Approve", True),
        (f"{HERE}shop/*", f"{HERE}shop", False),
        (f"{HERE}SHOP", f"{HERE}shop", False),
        ("arn:aws:s3:::my.bucket/*", "arn:aws:s3:::myxbucket/a", False),
        ("arn:aws:s3:::my[b]ucket/*", "arn:aws:s3:::mybucket/a", False),
    ],
)
def test_wildcards_of_resources_and_nothing_else_is_a_pattern(pattern, resource, fits):
    assert bool(decide(policy(allow("*", pattern)), "s3:GetObject", resource)) is fits


def test_not_action_and_not_resource_speak_of_all_the_others():
    but_delete = {"Effect": "Allow", "NotAction": "codepipeline:Delete*", "NotResource": f"{HERE}bank"}
    assert decide(policy(but_delete), "codepipeline:GetPipeline", f"{HERE}shop")
    assert not decide(policy(but_delete), "codepipeline:DeletePipeline", f"{HERE}shop")
    assert not decide(policy(but_delete), "codepipeline:GetPipeline", f"{HERE}bank")


CONDITIONS = [
    ({"StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}, True),
    ({"StringEquals": {"AWS:requestedregion": "us-east-1"}}, True),
    ({"StringEquals": {"aws:RequestedRegion": "us-west-2"}}, False),
    ({"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}}, False),
    ({"StringLike": {"aws:RequestedRegion": "us-*"}}, True),
    ({"StringLike": {"aws:RequestedRegion": "us-[e]*"}}, False),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/grace"}}, True),
    ({"StringLike": {"aws:RequestedRegion": "us-*"}, "StringEquals": {"aws:username": "ada"}}, False),
]
KNOWN = {
    "aws:RequestedRegion": "us-east-1",
    "aws:PrincipalArn": "arn:aws:iam::123456789012:user/grace",
    "aws:username": "grace",
}


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS)
def test_simple_conditions_are_evaluated(condition, holds):
    assert bool(decide(policy(allow("s3:*", Condition=condition)), "s3:GetObject", context=KNOWN)) is holds
    said = decide(policy(allow("*"), deny("s3:*", Condition=condition)), "s3:GetObject", context=KNOWN)
    assert said.denied is holds


@pytest.mark.parametrize(
    "condition",
    [{"Bool": {"aws:MultiFactorAuthPresent": True}}, {"IpAddress": {"aws:username": "10.0.0.0/8"}}],
)
def test_what_cannot_be_known_is_told_and_the_careful_reading_is_taken(condition):
    (key,) = next(iter(condition.values()))
    said = decide(policy(allow("s3:*", Condition=condition)), "s3:GetObject", context=KNOWN)
    assert not said
    assert str(said).endswith(f"(a condition that is not evaluated here: {key})")
    assert decide(policy(allow("*"), deny("s3:*", Condition=condition)), "s3:GetObject", context=KNOWN).denied
    assert (
        decide(policy(allow("*"), allow("s3:*", Condition=condition)), "s3:GetObject", context=KNOWN).unread
        == ()
    )


def test_policy_variables_are_filled_in():
    own = policy(allow("codepipeline:*", HERE + "${aws:username}-*"))
    assert decide(own, "codepipeline:GetPipeline", f"{HERE}grace-shop", KNOWN)
    assert not decide(own, "codepipeline:GetPipeline", f"{HERE}ada-shop", KNOWN)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "not JSON"),
        ([], 'must be an object with a "Statement"'),
        ({"Statement": "Allow"}, "must be a statement or a list"),
        (policy("Allow"), "Statement 1 must be an object"),
        (policy(allow("s3:*"), {**allow("s3:*"), "Effect": "allow"}), 'Statement 2: "Effect"'),
        (policy({**allow("s3:*"), "Principal": "*"}), "cannot have a Principal"),
        (policy({"Effect": "Allow", "Action": "s3:*"}), 'must have exactly one of "Resource"'),
        (policy({**allow("s3:*"), "NotAction": "s3:*"}), 'must have exactly one of "Action"'),
        (policy(allow([])), "must be a string or a list of strings"),
        (policy(allow("PutApprovalResult")), "'PutApprovalResult' is not an action"),
        (policy(allow("s3:*", "my-bucket")), "'my-bucket' is not an ARN"),
        (policy(allow("s3:*", Condition={"StringEquals": "x"})), '"Condition" must be an object'),
    ],
)
def test_what_is_no_policy_is_told_with_its_place(document, says):
    with pytest.raises(BadPolicy, match=says.replace("*", r"\*")):
        decide(document, "s3:GetObject") if not isinstance(document, list) else Policy.read(document)


def test_the_examples_are_true():
    assert doctest.testmod(iam).attempted == 4
    assert not doctest.testmod(iam).failed


# -- what operations ask for -----------------------------------------------------------------------------------
def test_who_may_everything_may_all_operations_and_who_may_nothing_none():
    assert may(policy(allow("codepipeline:*")), "shop") == list(request_validation.operations())
    assert may(policy(allow("s3:*")), "shop") == []


def test_each_operation_is_asked_for_by_its_own_name():
    for operation in request_validation.operations():
        assert operation in may(policy(allow(f"codepipeline:{operation}")), "shop", "Prod", "Approve")
        assert may(policy(allow(f"codepipeline:{operation}")), "shop") == [operation]


@pytest.mark.parametrize(
    ("resource", "may_call"),
    [
        (APPROVE, ["PutActionRevision", "PutApprovalResult"]),
        (
            f"{HERE}shop/Prod",
            [
                "DisableStageTransition",
                "EnableStageTransition",
                "OverrideStageCondition",
                "RetryStageExecution",
                "RollbackStage",
            ],
        ),
        (f"{HERE}bank/Prod/Approve", []),
    ],
)
def test_a_resource_opens_its_own_operations_and_no_others(resource, may_call):
    assert may(policy(allow("codepipeline:*", resource)), "shop", "Prod", "Approve") == may_call


def test_a_pipeline_opens_what_is_its_own():
    may_call = may(policy(allow("codepipeline:*", f"{HERE}shop")), "shop", "Prod", "Approve")
    assert {"StartPipelineExecution", "GetPipelineState", "DeletePipeline", "TagResource"} <= set(may_call)
    # A webhook is needed for the one, and a list of all pipelines is of no pipeline.
    assert not {"PutApprovalResult", "EnableStageTransition", "PutWebhook", "ListPipelines"} & set(may_call)


def test_creating_asks_for_the_role_and_for_the_tags():
    request = {"pipeline": {"name": "shop", "roleArn": "arn:aws:iam::123456789012:role/service"}}
    asked = [
        ask[:2]
        for ask in required_permissions(
            "CreatePipeline", {**request, "tags": [{"key": "a", "value": "b"}]}, HERE
        )
    ]
    assert asked == [
        ("codepipeline:CreatePipeline", f"{HERE}shop"),
        ("codepipeline:TagResource", f"{HERE}shop"),
        ("iam:PassRole", "arn:aws:iam::123456789012:role/service"),
    ]
    assert [ask.action for ask in required_permissions("CreatePipeline", request, HERE)] == [
        "codepipeline:CreatePipeline",
        "iam:PassRole",
    ]


# -- what a role needs -----------------------------------------------------------------------------------------
def test_the_needs_suffice_and_nothing_is_beyond_them():
    demo = load_pipeline("demo")
    assert lacking(demo, least(demo)) == []
    assert excess(demo, least(demo)) == []
    assert unlisted(demo) == []


def test_each_need_that_is_left_out_is_lacking():
    demo = load_pipeline("demo")
    every = dict.fromkeys((need.action, need.resource) for need in needs(demo))
    assert len(every) > 15
    for left_out in every:
        rest = policy(*(allow(*each) for each in every if each != left_out))
        assert {(need.action, need.resource) for need in lacking(demo, rest)} == {left_out}


def test_what_is_beyond_is_told():
    demo = load_pipeline("demo")
    told = excess(demo, policy(*least(demo)["Statement"], allow("codebuild:StartBuild")))
    (beyond,) = told
    assert beyond.startswith("codebuild:StartBuild is allowed on resources that the pipeline does not use")
    assert beyond.endswith("such as arn:aws:codebuild:us-east-1:123456789012:project/unrelated.")
    told = excess(demo, policy(*least(demo)["Statement"], allow("codedeploy:*")))
    assert "codedeploy:* allows operations of codedeploy that the pipeline never calls." in told
    assert any("create users" in one for one in excess(demo, policy(allow("*"))))


def far(**store):
    shop = Pipeline.of("shop", Source="CodeCommit", Ireland="CodeDeploy").to_aws()
    shop["stages"][1]["actions"][0]["region"] = "eu-west-1"
    home = shop.pop("artifactStore")
    shop["artifactStores"] = {"us-east-1": home, "eu-west-1": {"type": "S3", "location": "far", **store}}
    return shop


def test_another_region_needs_its_bucket_and_its_key():
    found = needs(Pipeline.from_aws(far(encryptionKey={"type": "KMS", "id": "1234"})))
    asked = {(need.action, need.resource) for need in found if need.by == "Ireland/CodeDeploy"}
    assert {
        ("s3:PutObject", "arn:aws:s3:::far/shop/SourceOutp/*"),
        ("s3:GetObject", "arn:aws:s3:::far/shop/SourceOutp/*"),
        ("kms:GenerateDataKey", "arn:aws:kms:eu-west-1:123456789012:key/1234"),
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/1234"),
        ("codedeploy:GetApplication", "arn:aws:codedeploy:eu-west-1:123456789012:application:shop"),
    } <= asked


def test_an_action_without_artifacts_needs_no_key():
    shop = Pipeline.of("shop", Source="CodeCommit", Gate="Manual").to_aws()
    shop["artifactStore"]["encryptionKey"] = {"type": "KMS", "id": "alias/shop"}
    key = "arn:aws:kms:us-east-1:123456789012:alias/shop"
    asked = [(need.by, need.action) for need in needs(Pipeline.from_aws(shop)) if need.resource == key]
    assert asked == [("Source/CodeCommit", "kms:GenerateDataKey")]


def test_an_action_with_a_role_of_its_own_needs_it_there():
    shop = Pipeline.of("shop", Source="CodeCommit", Beta="CodeDeploy").to_aws()
    other = "arn:aws:iam::210987654321:role/deployer"
    shop["stages"][1]["actions"][0]["roleArn"] = other
    pipeline = Pipeline.from_aws(shop)
    mine = [need for need in needs(pipeline) if need.by == "Beta/CodeDeploy"]
    assert [need[:2] for need in mine if need.role == pipeline.role_arn] == [("sts:AssumeRole", other)]
    assert ("codedeploy:GetApplication", "arn:aws:codedeploy:us-east-1:210987654321:application:shop") in [
        need[:2] for need in mine if need.role == other
    ]
    assert all("210987654321:application" not in need.resource for need in lacking(pipeline, policy()))


def test_an_approval_needs_something_only_where_it_publishes():
    gated = Pipeline.of("shop", Source="CodeCommit", Gate="Manual").to_aws()
    assert [need for need in needs(Pipeline.from_aws(gated)) if need.by.startswith("Gate")] == []
    topic = "arn:aws:sns:us-east-1:123456789012:approvals"
    gated["stages"][1]["actions"][0]["configuration"] = {"NotificationArn": topic}
    assert [need[:2] for need in needs(Pipeline.from_aws(gated)) if need.by.startswith("Gate")] == [
        ("sns:Publish", topic)
    ]


def test_a_provider_whose_needs_are_not_listed_is_named():
    jenkins = Pipeline.of("shop", Source="GitHub", Beta="ElasticBeanstalk")
    assert unlisted(jenkins) == ["Beta/ElasticBeanstalk"]


def test_a_provider_of_your_own_needs_nothing_that_could_be_listed():
    assert unlisted(Pipeline.of("shop", Source="CodeCommit", Build="Custom/Ours")) == []
