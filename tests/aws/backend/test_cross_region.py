"""Actions in other regions: their inputs come to a bucket there, and what they make is brought back."""

import pytest
from account import build, commits, deploy, error, stage

FAR = "eu-west-1"


@pytest.fixture
def stores(account):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="home")
    s3.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": FAR})
    return {"us-east-1": {"type": "S3", "location": "home"}, FAR: {"type": "S3", "location": "far"}}


def objects(account, bucket):
    """The artifacts that are there, by the second part of their keys, with the bytes of the newest."""
    s3 = account.client("s3")
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {o["Key"].split("/")[1]: s3.get_object(Bucket=bucket, Key=o["Key"])["Body"].read() for o in found}


def test_inputs_are_copied_before_a_cross_region_action_starts(account, stores):
    account.create(
        "shop",
        stage("Source", commits()),
        stage("Ireland", {**deploy(ins="SourceArtifact"), "region": FAR}),
        artifactStores=stores,
    )
    assert account.statuses() == {"Source": "Succeeded", "Ireland": "Succeeded"}
    assert objects(account, "far") == objects(account, "home") != {}


def test_what_is_made_elsewhere_is_brought_back(account, stores):
    account.create(
        "shop",
        stage("Source", commits()),
        stage("Build", {**build(), "region": FAR}),
        stage("Prod", deploy()),
        artifactStores=stores,
    )
    assert account.statuses()["Prod"] == "Succeeded"
    assert set(objects(account, "far")) == {"SourceArti", "BuildArtif"}
    assert objects(account, "home") == objects(account, "far")


def test_within_one_region_nothing_is_copied(account, stores):
    account.create(
        "shop", stage("Source", commits()), stage("Prod", deploy(ins="SourceArtifact")), artifactStores=stores
    )
    assert objects(account, "far") == {}
    assert set(objects(account, "home")) == {"SourceArti"}


def test_where_the_bucket_of_a_region_is_not_there_nothing_is_copied(account, stores):
    account.client("s3").delete_bucket(Bucket="far")
    account.create(
        "shop",
        stage("Source", commits()),
        stage("Ireland", {**deploy(ins="SourceArtifact"), "region": FAR}),
        artifactStores=stores,
    )
    assert "far" not in [b["Name"] for b in account.client("s3").list_buckets()["Buckets"]]


def test_each_bucket_has_its_own_key(account, stores):
    stores[FAR]["encryptionKey"] = {"type": "KMS", "id": "alias/far"}
    account.create(
        "shop",
        stage("Source", commits()),
        stage("Ireland", {**deploy(ins="SourceArtifact"), "region": FAR}),
        artifactStores=stores,
    )
    s3 = account.client("s3")
    told = {}
    for bucket in ("home", "far"):
        (one,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
        told[bucket] = s3.head_object(Bucket=bucket, Key=one["Key"])
    assert told["far"]["ServerSideEncryption"] == told["home"]["ServerSideEncryption"] == "aws:kms"
    assert told["far"]["SSEKMSKeyId"] == "alias/far"
    assert told["home"].get("SSEKMSKeyId") != "alias/far"


def test_a_region_without_a_store_is_refused(account, stores):
    del stores[FAR]
    stages = [stage("Source", commits()), stage("Ireland", {**deploy(ins="SourceArtifact"), "region": FAR})]
    code, words = error(
        account.cp.create_pipeline, pipeline=account.structure("shop", *stages, artifactStores=stores)
    )
    assert code == "InvalidStructureException"
    assert words.endswith(f"The following region is missing in 'pipeline.artifactStores': {FAR}.")
