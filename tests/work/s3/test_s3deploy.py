"""The action S3 as a deploy action: which objects come to be, under which keys, and as which files."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from deploy_shop import contents, packed

from cp_teach.work.s3.deploy import S3Deploy
from cp_teach.work.sandbox.run_command import Limits
from cp_teach.work.task import Done, Task

Make = Callable[..., Task]
SITE = {"index.html": "hello", "css/main.css": "body"}


@pytest.fixture
def task(tmp_path: Path) -> Make:
    def task(*artifacts: Path, said: list[str] | None = None, **configuration: str) -> Task:
        folder = tmp_path / f"task-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        return Task(
            pipeline="p",
            execution=1,
            execution_id="e",
            stage="Deploy",
            action="Site",
            attempt=1,
            id="run",
            configuration={"BucketName": "the-site", "Extract": "true", **configuration},
            inputs={f"Artifact{n}": path for n, path in enumerate(artifacts)},
            outputs=(),
            revisions={},
            folder=folder,
            log=(said if said is not None else []).append,
        )

    return task


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return packed(tmp_path / "site.zip", SITE)


@pytest.fixture
def s3(tmp_path: Path) -> S3Deploy:
    return S3Deploy(tmp_path / "s3")


def keys(s3: S3Deploy, bucket: str = "the-site") -> dict[str, str]:
    """The objects of a bucket by their keys, which the names of the files on disk encode."""
    top = s3.folder / bucket
    files = [path for path in sorted(top.rglob("*")) if path.is_file() and not path.is_symlink()]
    parts = {path: path.relative_to(top).parts for path in files}
    return {"/".join("" if p == "%" else unquote(p) for p in parts[path]): path.read_text() for path in files}


def test_what_is_in_the_artifact_becomes_objects(s3: S3Deploy, task: Make, site: Path) -> None:
    said: list[str] = []
    assert s3(task(site, said=said)) == Done()
    assert keys(s3) == SITE
    assert (s3.folder / "the-site" / "css" / "main.css").read_text() == "body"
    assert said == ["s3://the-site/css/main.css", "s3://the-site/index.html"]


def test_without_extract_the_zip_is_one_object(s3: S3Deploy, task: Make, site: Path) -> None:
    assert s3(task(site, Extract="false", ObjectKey="releases/site.zip")) == Done()
    assert (s3.folder / "the-site" / "releases" / "site.zip").read_bytes() == site.read_bytes()
    assert [path.relative_to(s3.folder / "the-site").as_posix() for path in s3.folder.rglob("*.zip")] == [
        "releases/site.zip"
    ]


@pytest.mark.parametrize(
    ("prefix", "key", "place"),
    [
        ("deployed", "deployed/index.html", "deployed/index.html"),
        ("deployed/", "deployed//index.html", "deployed/%/index.html"),
        ("/", "//index.html", "%/%/index.html"),
        ("a%b", "a%b/index.html", "a%25b/index.html"),
        ("%", "%/index.html", "%25/index.html"),
        ("..", "../index.html", "%2E%2E/index.html"),
        ("a/./b", "a/./b/index.html", "a/%2E/b/index.html"),
    ],
)
def test_a_prefix_is_joined_with_another_slash(
    s3: S3Deploy, task: Make, site: Path, prefix: str, key: str, place: str
) -> None:
    assert s3(task(site, ObjectKey=prefix)) == Done()
    assert key in keys(s3)
    assert (s3.folder / "the-site" / place).read_text() == "hello"


def test_a_new_deployment_replaces_objects_and_removes_none(s3: S3Deploy, task: Make, tmp_path: Path) -> None:
    s3(task(packed(tmp_path / "one.zip", {"a": "1", "b": "1"})))
    s3(task(packed(tmp_path / "two.zip", {"a": "2"})))
    assert keys(s3) == {"a": "2", "b": "1"}


def test_buckets_are_apart(s3: S3Deploy, task: Make, site: Path) -> None:
    s3(task(site))
    s3(task(site, BucketName="other"))
    assert keys(s3) == keys(s3, "other") == SITE
    assert keys(s3, "third") == {}


def test_what_a_file_cannot_have_is_told(s3: S3Deploy, task: Make, site: Path) -> None:
    said: list[str] = []
    s3(task(site, said=said, CannedACL="public-read"))
    assert said[0] == "CannedACL has no effect here: it is for S3, and the bucket is a folder."


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"BucketName": ""}, "BucketName: '' is not a valid name"),
        ({"BucketName": "../x"}, "BucketName: '../x' is not a valid name"),
        ({"BucketName": "a..b"}, "BucketName: 'a..b' is not a valid name"),
        ({"Extract": "yes"}, "Extract: 'yes' must be true"),
        ({"Extract": "false"}, "ObjectKey is required when Extract is false"),
    ],
)
def test_a_configuration_that_cannot_be(
    s3: S3Deploy, task: Make, site: Path, asked: dict[str, str], told: str
) -> None:
    done = s3(task(site, **asked))
    assert done.failure == "ConfigurationError"
    assert told in done.message
    assert not s3.folder.exists()


def test_exactly_one_input_artifact(s3: S3Deploy, task: Make, site: Path) -> None:
    assert s3(task()).message == "An S3 deploy action takes exactly one input artifact; it has none."
    assert "Artifact0, Artifact1" in s3(task(site, site)).message


def test_an_artifact_that_cannot_be_used(s3: S3Deploy, task: Make, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK")
    for artifact, extract, told in (
        (broken, "true", "not a zip file"),
        (tmp_path / "gone.zip", "true", "gone.zip"),
        (tmp_path / "gone.zip", "false", "the file gone.zip does not exist"),
        (packed(tmp_path / "evil.zip", {"../evil": "x"}), "true", "leads out"),
    ):
        done = s3(task(artifact, Extract=extract, ObjectKey="k"))
        assert done.failure == "JobFailed"
        assert told in done.message
        assert str(tmp_path) not in done.message
    assert keys(s3) == {}
    assert not (tmp_path / "evil").exists()


def test_an_artifact_that_is_too_large(tmp_path: Path, task: Make) -> None:
    s3 = S3Deploy(tmp_path / "s3", limits=Limits(disk=1000))
    assert s3(task(packed(tmp_path / "big.zip", {"big": "x" * 2000}))).failure == "JobFailed"
    assert keys(s3) == {}


def test_a_name_that_would_be_a_file_and_a_folder(
    s3: S3Deploy, task: Make, site: Path, tmp_path: Path
) -> None:
    s3(task(packed(tmp_path / "one.zip", {"css": "a file"})))
    before = contents(s3.folder)
    done = s3(task(site))
    assert "The key css/main.css cannot be stored" in done.message
    assert contents(s3.folder) == before, "nothing was written before it was found"
    s3(task(site, BucketName="other"))
    assert "The key css cannot" in s3(task(tmp_path / "one.zip", BucketName="other")).message


def test_a_key_that_is_too_long(s3: S3Deploy, task: Make, site: Path) -> None:
    assert "is too long" in s3(task(site, ObjectKey="x" * 256)).message
    assert "is too long" in s3(task(site, ObjectKey="ab/" * 400)).message


def test_a_link_leads_nobody_out_of_a_bucket(s3: S3Deploy, task: Make, site: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (s3.folder / "the-site").mkdir(parents=True)
    (s3.folder / "the-site" / "css").symlink_to(outside)
    assert "leads out of the bucket's folder" in s3(task(site)).message
    assert list(outside.iterdir()) == []
