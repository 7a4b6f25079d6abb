"""A folder as a versioned bucket, and the source action that hands its objects on."""

import hashlib
import threading
import time

import pytest
from student import task

from cp_teach.work.s3.source import Bucket, S3Source

SAYS = {"S3Bucket": "uploads", "S3ObjectKey": "app.zip"}


@pytest.fixture
def bucket(tmp_path):
    return Bucket(tmp_path / "uploads")


def file(tmp_path, data=b"no zip at all"):
    path = tmp_path / "upload"
    path.write_bytes(data)
    return path


def test_an_object_is_handed_on_unchanged_and_told_of(tmp_path, bucket):
    version = bucket.put("app.zip", file(tmp_path))
    done = S3Source({"uploads": bucket})(task(tmp_path / "run", configuration=SAYS))
    assert done.failure == ""
    assert done.outputs["SourceArtifact"].read_bytes() == b"no zip at all"
    assert done.variables == {
        "BucketName": "uploads",
        "ETag": hashlib.md5(b"no zip at all").hexdigest(),
        "ObjectKey": "app.zip",
        "VersionId": version,
    }
    assert (done.external_id, done.message) == (version, f"Amazon S3 version id: {version}")
    assert len(version) == 32


def test_the_same_bytes_put_again_are_a_new_version(tmp_path, bucket):
    ids = [bucket.put("app.zip", file(tmp_path)) for _ in range(2)]
    ids.append(bucket.put("app.zip", file(tmp_path), "Second thoughts"))
    assert [version.id for version in bucket.versions("app.zip")] == ids
    assert len(set(ids)) == 3
    assert len({version.etag for version in bucket.versions("app.zip")}) == 1
    assert bucket.find("app.zip").summary == "Second thoughts"


def test_the_version_is_that_of_the_execution(tmp_path, bucket):
    old = bucket.put("app.zip", file(tmp_path, b"old"), "The old one")
    new = bucket.put("app.zip", file(tmp_path, b"new"))
    other = bucket.put("other.zip", file(tmp_path, b"other"))
    perform = S3Source({"uploads": bucket})
    for carried, data, id in ((old, b"old", old), ("made-up", b"new", new), (other, b"new", new)):
        done = perform(task(tmp_path / carried, configuration=SAYS, revisions={"Fetch": carried}))
        assert done.outputs["SourceArtifact"].read_bytes() == data
        assert done.variables["VersionId"] == id
    first = perform(task(tmp_path / "again", configuration=SAYS, revisions={"Fetch": old}))
    assert first.message == "The old one"


def test_ids_are_derived_and_the_versions_outlive_the_object(tmp_path, bucket):
    ids = [bucket.put("app.zip", file(tmp_path)), bucket.put("a/../b", file(tmp_path))]
    again = Bucket(tmp_path / "again")
    assert [again.put("app.zip", file(tmp_path)), again.put("a/../b", file(tmp_path))] == ids
    assert [version.id for version in Bucket(bucket.folder).versions()] == ids
    assert sorted(path.name for path in (bucket.folder / "objects").iterdir()) == sorted(ids)


def test_a_line_that_is_being_written_does_not_count_yet(tmp_path, bucket):
    id = bucket.put("app.zip", file(tmp_path))
    with (bucket.folder / "versions.jsonl").open("a", encoding="utf-8") as told:
        told.write('{"key": "app.z')
    assert [version.id for version in bucket.versions()] == [id]


def test_many_at_once_are_all_kept(tmp_path, bucket, monkeypatch):
    path, real = file(tmp_path), bucket.versions

    def slow(key=None):
        found = real(key)
        time.sleep(0.01)  # long enough for another to look at the same list
        return found

    monkeypatch.setattr(bucket, "versions", slow)
    threads = [threading.Thread(target=bucket.put, args=("app.zip", path)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({version.id for version in bucket.versions()}) == 8


@pytest.mark.parametrize(
    ("says", "outputs", "words"),
    [
        ({"S3Bucket": "uploads"}, ("A",), "has no S3ObjectKey"),
        (SAYS | {"S3Bucket": "other"}, ("A",), "no bucket other. It has: uploads."),
        (SAYS | {"S3ObjectKey": "new.zip"}, ("A",), "with key new.zip. It has: app.zip."),
        (SAYS, (), "exactly one output"),
    ],
)
def test_what_is_not_there_fails_the_action(tmp_path, bucket, says, outputs, words):
    bucket.put("app.zip", file(tmp_path))
    done = S3Source({"uploads": bucket})(task(tmp_path / "run", outputs, configuration=says))
    assert done.failure == "ConfigurationError"
    assert words in done.message


def test_what_cannot_be_put_is_said(tmp_path, bucket):
    for key, path, words in (
        ("", file(tmp_path), "1 to 1024 bytes"),
        ("ü" * 513, file(tmp_path), "1 to 1024 bytes"),
        ("app.zip", tmp_path / "nowhere", "does not exist"),
    ):
        with pytest.raises(ValueError, match=words):
            bucket.put(key, path)
    assert bucket.versions() == []
