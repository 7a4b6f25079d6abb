"""Artifacts of real work in the buckets of the account, where functions and the AWS CLI find them."""

import pytest

from cp_teach.aws import BucketStore
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact


def test_an_artifact_is_in_every_bucket_of_the_pipeline_and_is_read_from_there(account, tmp_path):
    store = BucketStore(["artifacts", "artifacts-west"], region="us-west-2")
    made = tmp_path / "made.zip"
    made.write_bytes(b"abc")
    store.put("shop/Source/1.zip", made)
    s3 = account.client("s3")
    for bucket in ("artifacts", "artifacts-west"):
        assert s3.get_object(Bucket=bucket, Key="shop/Source/1.zip")["Body"].read() == b"abc"
    assert s3.head_bucket(Bucket="artifacts")["BucketRegion"] == "us-west-2"
    s3.put_object(Bucket="artifacts", Key="shop/Source/1.zip", Body=b"replaced")
    assert store.get("shop/Source/1.zip").read_bytes() == b"replaced"
    for bucket in ("artifacts", "artifacts-west"):
        s3.delete_object(Bucket=bucket, Key="shop/Source/1.zip")
    with pytest.raises(InvalidArtifact, match=r"artifacts has no object shop/Source/1\.zip"):
        store.get("shop/Source/1.zip")
