"""Symbolic links in a repository: texts in CodePipeline's zip, and the files to which they lead where they are kept."""

import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from student import task

from cp_teach import Pipeline
from cp_teach.work.artifacts import symlinks
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact, unpack
from cp_teach.work.runtime.local_pipeline import LocalPipeline
from cp_teach.work.runtime.local_resources import LocalProviders
from cp_teach.work.sandbox.run_command import Limits
from cp_teach.work.sources.git_sources import CodeCommit
from cp_teach.work.sources.repository import Repository

COMMIT = {"RepositoryName": "shop", "BranchName": "main"}
CLONE = COMMIT | {"OutputArtifactFormat": "CODEBUILD_CLONE_REF"}
BUILDSPEC = (
    "version: 0.2\nphases:\n  build:\n    commands:\n      - cat latest\nartifacts:\n  files: latest\n"
)


@pytest.fixture
def fetched(tmp_path, needs):
    """Fetch a repository with these files and links as a source action does: its unpacked artifact, and its output."""
    needs("git")

    def fetch(files, to, configuration=COMMIT):
        content = tmp_path / "content"
        shutil.rmtree(content, ignore_errors=True)
        for name, text in files.items():
            place = content / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        for name, goal in to.items():
            place = content / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(goal)
        for name in ("shop.git", "run", "out"):
            shutil.rmtree(tmp_path / name, ignore_errors=True)
        repository = Repository.create(tmp_path / "shop.git", content=content)
        lines = []
        done = CodeCommit({"shop": repository})(
            task(tmp_path / "run", configuration=configuration, log=lines.append)
        )
        assert not done.failure, done.message
        unpack(done.outputs["SourceArtifact"], tmp_path / "out")
        return tmp_path / "out", lines

    return fetch


def test_a_link_is_a_text_with_its_path_as_on_aws(fetched):
    out, lines = fetched({"v1/page": "hello"}, {"latest": "v1/page", "abroad": "/etc/passwd", "up": "../.."})
    assert not [path for path in out.rglob("*") if path.is_symlink()]
    told = {path.name: path.read_text(encoding="utf-8") for path in out.rglob("*") if path.is_file()}
    assert told == {"page": "hello", "latest": "v1/page", "abroad": "/etc/passwd", "up": "../.."}
    assert lines[0].startswith(
        "Symbolic links: abroad -> /etc/passwd, latest -> v1/page, up -> ../... As on AWS"
    )
    assert "CODEBUILD_CLONE_REF" in lines[0]


def test_nothing_is_said_of_a_repository_without_links(fetched):
    assert len(fetched({"page": "hello"}, {})[1]) == 1


def test_where_links_are_kept_they_are_the_files_to_which_they_lead(fetched):
    out, lines = fetched(
        {"v1/page": "hello", "v1/css/a": "red", "run.sh": "#!/bin/sh\n"},
        {
            "latest": "v1",
            "page": "./latest/../latest/page",
            "v1/css/b": "a",
            "v1/home": "../run.sh",
            "again": "page",
        },
        CLONE,
    )
    told = {str(path.relative_to(out)): path.read_text("utf-8") for path in out.rglob("*") if path.is_file()}
    assert told == {
        "v1/page": "hello",
        "v1/css/a": "red",
        "v1/css/b": "red",
        "v1/home": "#!/bin/sh\n",
        "run.sh": "#!/bin/sh\n",
        "latest/page": "hello",
        "latest/css/a": "red",
        "latest/css/b": "red",
        "latest/home": "#!/bin/sh\n",
        "page": "hello",
        "again": "hello",
    }
    assert "Symbolic links are packed as their target files." in lines


def test_a_file_that_may_be_run_may_be_run_over_its_link(tmp_path, needs):
    needs("git")
    content = tmp_path / "content"
    content.mkdir()
    (content / "run.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    (content / "run.sh").chmod(0o755)
    (content / "go").symlink_to("run.sh")
    repository = Repository.create(tmp_path / "shop.git", content=content)
    archive = tmp_path / "made.zip"
    repository.zip(repository.head("main").id, archive, follow=True)
    unpack(archive, tmp_path / "out")
    assert (tmp_path / "out" / "go").stat().st_mode & 0o111
    with zipfile.ZipFile(archive) as made:
        assert not [info for info in made.infolist() if stat.S_ISLNK(info.external_attr >> 16)]
        assert made.comment.decode() == repository.head("main").id


def test_a_link_that_leads_nowhere_inside_stays_a_text(fetched):
    to = {
        "root": "/etc/passwd",
        "above": "../../../../../etc/passwd",
        "a/back": "../../content/page",
        "gone": "nowhere",
        "own": "own",
        "one": "two",
        "two": "one",
        "a/self": ".",
        "a/up": "..",
    }
    out, lines = fetched({"page": "hello", "a/page": "x"}, to, CLONE)
    for name, target in to.items():
        assert (out / name).read_text("utf-8") == target
    assert any(line.startswith("Symbolic links without a target in the repository: ") for line in lines)


def test_folders_that_lead_to_each_other_come_to_an_end(fetched):
    out, _ = fetched({"a/x": "1", "b/y": "2"}, {"a/to-b": "../b", "b/to-a": "../a"}, CLONE)
    assert (out / "a" / "to-b" / "y").read_text("utf-8") == "2"
    assert (out / "a" / "to-b" / "to-a").read_text("utf-8") == "../a"


def test_links_cannot_make_a_bomb(tmp_path, needs, monkeypatch):
    needs("git")
    content = tmp_path / "content"
    for level in range(12):
        folder = content / f"l{level}"
        folder.mkdir(parents=True)
        for name in "ab":
            if level < 11:
                (folder / name).symlink_to(f"../l{level + 1}")
            else:
                (folder / name).write_text("x" * 100, encoding="utf-8")
    repository = Repository.create(tmp_path / "shop.git", content=content)
    archive = tmp_path / "made.zip"
    id = repository.head("main").id
    assert repository.zip(id, archive).startswith("Symbolic links: ")
    monkeypatch.setattr(symlinks, "FILES", 1000)
    with pytest.raises(InvalidArtifact, match="too large"):
        repository.zip(id, archive, follow=True)
    done = CodeCommit({"shop": repository})(task(tmp_path / "run", configuration=CLONE))
    assert (done.failure, "too large" in done.message) == ("ConfigurationError", True)
    with pytest.raises(ValueError, match="too large"):
        LocalProviders(Pipeline.of("shop", Source="S3"), {"": content}, tmp_path / "local", yes=True)
    monkeypatch.setattr(symlinks, "FILES", 10**9)
    repository.zip(id, archive)
    with pytest.raises(InvalidArtifact, match="too large"):
        symlinks.without_links(_with_links(repository, id, tmp_path), follow=True, limits=Limits(disk=10_000))


def _with_links(repository, id, folder):
    path = folder / "raw.zip"
    words = [f"--git-dir={repository.path}", "archive", "--format=zip", f"--output={path}", id]
    assert os.spawnvp(os.P_WAIT, "git", ["git", *words]) == 0
    return path


def test_a_build_of_a_repository_with_a_link_begins_and_finds_what_aws_would_give_it(tmp_path, needs):
    needs("git")
    content = tmp_path / "content"
    (content / "v1").mkdir(parents=True)
    (content / "v1" / "page").write_text("hello\n", encoding="utf-8")
    (content / "latest").symlink_to("v1/page")
    (content / "buildspec.yml").write_text(BUILDSPEC, encoding="utf-8")
    for source, told in (("CodeCommit", "v1/page"), ("S3", "hello")):  # who packs with zip packs the file
        pipeline = Pipeline.of("shop", Source=source, Build="CodeBuild")
        with LocalPipeline(pipeline, Path(content), tmp_path / source, yes=True) as place:
            place.run.release("Links")
            assert place.settle(60)
            assert place.run.history.executions[1].status == "Succeeded"
            assert told in place.output("Build")
