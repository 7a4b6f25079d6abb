"""The Resource Groups Tagging API knows pipelines, custom action types, and webhooks."""

import pytest
from account import Account, approve, commits, stage

from cp_teach.aws import mock_aws

PREFIX = "arn:aws:codepipeline:us-east-1:123456789012:"
SHOP, HOOK, KIND = f"{PREFIX}shop", f"{PREFIX}webhook:push", f"{PREFIX}actiontype:Custom/Build/Jenkins/1"


@pytest.fixture
def tagging(account):
    counts = {"minimumCount": 0, "maximumCount": 5}
    account.create(
        "shop", stage("Source", commits()), stage("Gate", approve()), tags=[{"key": "team", "value": "web"}]
    )
    account.create("bare", stage("Source", commits()), stage("Gate", approve()))
    account.cp.create_custom_action_type(
        category="Build",
        provider="Jenkins",
        version="1",
        inputArtifactDetails=counts,
        outputArtifactDetails=counts,
        tags=[{"key": "team", "value": "ci"}],
    )
    webhook = {
        "name": "push",
        "targetPipeline": "shop",
        "targetAction": "Commit",
        "filters": [{"jsonPath": "$.ref"}],
        "authentication": "UNAUTHENTICATED",
        "authenticationConfiguration": {},
    }
    account.cp.put_webhook(webhook=webhook, tags=[{"key": "level", "value": "1"}])
    return account.client("resourcegroupstaggingapi")


def arns(tagging, **filters):
    return [each["ResourceARN"] for each in tagging.get_resources(**filters)["ResourceTagMappingList"]]


def test_tagged_resources_are_found_by_type_tag_and_arn(tagging):
    assert sorted(arns(tagging)) == sorted([SHOP, HOOK, KIND])
    assert sorted(arns(tagging, ResourceTypeFilters=["codepipeline"])) == sorted([SHOP, HOOK, KIND])
    for kind, arn in (("pipeline", SHOP), ("webhook", HOOK), ("actiontype", KIND)):
        assert arns(tagging, ResourceTypeFilters=[f"codepipeline:{kind}"]) == [arn]
    assert arns(tagging, ResourceTypeFilters=["s3"]) == []
    assert arns(tagging, TagFilters=[{"Key": "team", "Values": ["web", "x"]}]) == [SHOP]
    assert arns(tagging, TagFilters=[{"Key": "team"}, {"Key": "level"}]) == []
    assert arns(tagging, ResourceARNList=[HOOK, f"{PREFIX}bare"]) == [HOOK]
    found = tagging.get_resources(ResourceARNList=[SHOP])["ResourceTagMappingList"]
    assert found == [{"ResourceARN": SHOP, "Tags": [{"Key": "team", "Value": "web"}]}]


def test_resources_come_in_pages(tagging):
    pages = tagging.get_paginator("get_resources").paginate(ResourcesPerPage=1)
    assert sorted(each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]) == sorted(
        [SHOP, HOOK, KIND]
    )


def test_tags_are_added_and_removed_and_codepipeline_sees_them(account, tagging):
    assert (
        tagging.tag_resources(ResourceARNList=[SHOP, HOOK, KIND, f"{PREFIX}bare"], Tags={"a": "b"})[
            "FailedResourcesMap"
        ]
        == {}
    )
    for arn in (SHOP, HOOK, KIND, f"{PREFIX}bare"):
        assert {"key": "a", "value": "b"} in account.cp.list_tags_for_resource(resourceArn=arn)["tags"]
    assert (
        tagging.untag_resources(ResourceARNList=[SHOP, HOOK], TagKeys=["a", "team"])["FailedResourcesMap"]
        == {}
    )
    assert account.cp.list_tags_for_resource(resourceArn=SHOP)["tags"] == []
    assert tagging.get_tag_keys()["TagKeys"] == ["a", "team", "level"] or set(
        tagging.get_tag_keys()["TagKeys"]
    ) == {"a", "team", "level"}
    assert len(tagging.get_tag_keys()["TagKeys"]) == 3
    assert sorted(tagging.get_tag_values(Key="team")["TagValues"]) == ["ci"]


def test_each_failure_has_its_reason_and_the_other_resources_are_tagged(account, tagging):
    elsewhere = SHOP.replace("us-east-1", "eu-west-1")
    given = [SHOP, f"{PREFIX}none", f"{PREFIX}webhook:none", f"{PREFIX}shop/Source/Commit/x:y", elsewhere]
    failed = tagging.tag_resources(ResourceARNList=given, Tags={"a": "b"})["FailedResourcesMap"]
    assert sorted(failed) == sorted(given[1:])
    assert failed[given[1]]["ErrorCode"] == "ResourceNotFoundException"
    assert failed[given[1]]["StatusCode"] == 400
    assert "none" in failed[given[1]]["ErrorMessage"]
    assert {"key": "a", "value": "b"} in account.cp.list_tags_for_resource(resourceArn=SHOP)["tags"]
    system = tagging.tag_resources(ResourceARNList=[SHOP], Tags={"aws:x": "b"})["FailedResourcesMap"]
    assert system[SHOP]["ErrorCode"] == "InvalidTagsException"


def test_a_deleted_pipeline_is_gone_and_another_region_has_its_own(account, tagging):
    account.cp.delete_pipeline(name="shop")
    account.cp.delete_custom_action_type(category="Build", provider="Jenkins", version="1")
    assert arns(tagging, ResourceTypeFilters=["codepipeline"]) == [HOOK]
    west = Account(account.mock, "us-west-2")
    assert arns(west.client("resourcegroupstaggingapi")) == []


def test_other_services_are_tagged_as_by_moto():
    with mock_aws() as mock:
        account = Account(mock)
        account.bucket("mine")
        tagging = account.client("resourcegroupstaggingapi")
        tagging.tag_resources(ResourceARNList=["arn:aws:s3:::mine"], Tags={"a": "b"})
        assert arns(tagging, ResourceTypeFilters=["s3"]) == ["arn:aws:s3:::mine"]
