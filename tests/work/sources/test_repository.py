"""A repository on this machine: what a student pushes with the real git is seen, and nothing of us or them leaks."""

import os
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
from student import Student

from cp_teach.work.sources import git as git_module
from cp_teach.work.sources.git import NONE, NoGit, git
from cp_teach.work.sources.push_watcher import PushWatcher
from cp_teach.work.sources.repository import NoSuchRevision, Repository


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return {each for each in archive.namelist() if not each.endswith("/")}


# -- making one ------------------------------------------------------------------------------------
def test_a_folder_becomes_the_first_commit_and_can_be_cloned(shop, ada):
    assert (ada.folder / "src" / "app.py").read_text(encoding="utf-8") == "print('hello')\n"
    assert os.access(ada.folder / "run.sh", os.X_OK)
    assert not (ada.folder / "old.log").exists()
    assert ada.git("branch", "--show-current") == "main"
    assert shop.branches() == {"main": ada.git("rev-parse", "HEAD")}


def test_the_same_files_make_the_same_commit_everywhere(tmp_path, shop, content):
    again = Repository.create(tmp_path / "again.git", content=content)
    assert again.head("main") == shop.head("main")


def test_a_working_copy_brings_its_history(tmp_path, ada):
    ada.commit("Second", note="two")
    ada.git("switch", "--quiet", "-c", "topic")
    tip = ada.commit("Third", note="three")
    copy = Repository.create(tmp_path / "copy.git", branch="trunk", content=ada.folder)
    assert copy.branches() == {"trunk": tip}
    history = git_module.text(git_module.git("log", "--format=%s", "--reverse", tip, repository=copy.path))
    assert history.splitlines() == ["First commit", "Second", "Third"]
    shutil.rmtree(ada.home)  # it does not lean on the one that it was made from
    copy.zip(tip, tmp_path / "copy.zip")
    assert "note.txt" in names(tmp_path / "copy.zip")


def test_a_copy_that_somebody_else_owns_can_be_read(tmp_path, ada, monkeypatch):
    known = git_module.environment()
    # git's own way to test what it does with a folder of another user.
    monkeypatch.setattr(git_module, "environment", lambda: known | {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    copy = Repository.create(tmp_path / "copy.git", content=ada.folder)
    assert copy.head("main").message == "First commit"


def test_an_empty_one_waits_for_the_first_push(tmp_path):
    empty = Repository.create(tmp_path / "empty.git")
    with pytest.raises(
        NoSuchRevision, match=r"The branch main does not exist in empty\.git\. Nothing has been pushed"
    ):
        empty.head("main")
    student = Student(tmp_path / "bob", empty.url, "Bob")
    first = student.commit("Begin", readme="hi")
    student.push()
    assert empty.head("main").id == first


@pytest.mark.parametrize("branch", ["-f", "a b", "", "x..y", "a\0b", "main~1", "--upload-pack=touch x"])
def test_odd_names_of_branches_are_refused_and_nothing_is_left(tmp_path, branch):
    with pytest.raises(ValueError, match="not a valid branch name"):
        Repository.create(tmp_path / "odd.git", branch=branch)
    assert not (tmp_path / "odd.git").exists()


def test_what_cannot_be_made_is_said_and_leaves_nothing(tmp_path, content, shop):
    with pytest.raises(ValueError, match="already exists"):
        Repository.create(shop.path)
    with pytest.raises(ValueError, match="must not be inside"):
        Repository.create(content / "inside.git", content=content)
    with pytest.raises(ValueError, match="not a folder"):
        Repository.create(tmp_path / "x.git", content=tmp_path / "nowhere")
    (tmp_path / "hollow").mkdir()
    with pytest.raises(ValueError, match="no files"):
        Repository.create(tmp_path / "x.git", content=tmp_path / "hollow")
    subprocess.run(["git", "init", "--quiet", tmp_path / "unborn"], check=True)
    with pytest.raises(ValueError, match="has no commit to clone"):
        Repository.create(tmp_path / "x.git", content=tmp_path / "unborn")
    assert not (tmp_path / "x.git").exists()
    with pytest.raises(ValueError, match="not a bare git repository"):
        Repository(content)


def test_without_git_the_way_to_get_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoGit, match="Install it: sudo apt-get install git"):
        Repository.create(tmp_path / "x.git")


# -- reading it ------------------------------------------------------------------------------------
def test_the_head_is_what_was_pushed_last(shop, ada):
    id = ada.commit("Say hello\n\nIn two lines.\nAnd ünicode.", note="hi")
    assert shop.head("main").id != id
    ada.push()
    head = shop.head("main")
    assert (head.id, head.author, head.email) == (id, "Ada", "ada@example.org")
    assert head.message == "Say hello\n\nIn two lines.\nAnd ünicode."
    assert head.summary == "Say hello"
    assert head.date.isoformat() == head.committed.isoformat()
    assert head.date.timestamp() == int(ada.git("log", "-1", "--format=%at"))


def test_a_branch_that_is_not_there_is_named_with_those_that_are(shop):
    with pytest.raises(
        NoSuchRevision, match=r"The branch topic does not exist in shop\.git\. Its branches: main\."
    ):
        shop.head("topic")
    for tricky in ("main~0", "main^{tree}", "--all", "*"):
        with pytest.raises(NoSuchRevision):
            shop.head(tricky)


def test_a_zip_has_the_files_of_that_commit_and_the_bit_to_run(tmp_path, shop, ada):
    first = shop.head("main").id
    ada.commit("More", note="more")
    ada.push()
    shop.zip(first, tmp_path / "first.zip")
    shop.zip(shop.head("main").id, tmp_path / "second.zip")
    assert names(tmp_path / "second.zip") - names(tmp_path / "first.zip") == {"note.txt"}
    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        dates = {info.date_time for info in archive.infolist()}
    assert modes["run.sh"] & stat.S_IXUSR
    assert not modes["src/app.py"] & stat.S_IXUSR
    assert dates == {
        (2026, 1, 1, 0, 0, 0)
    }  # the commit's, in UTC: the same commit is the same zip everywhere


@pytest.mark.parametrize("id", ["HEAD", "main", "--output=/tmp/x", "0" * 40, "ab", "f" * 40])
def test_only_the_full_id_of_a_commit_counts(tmp_path, shop, id):
    assert not shop.has_commit(id)
    with pytest.raises(NoSuchRevision, match="Was it pushed"):
        shop.zip(id, tmp_path / "x.zip")
    with pytest.raises(NoSuchRevision):
        shop.commit(id)


def test_changed_files_are_those_that_are_added_modified_or_removed(shop, ada):
    old = ada.commit("One", keep="1", gone="1", src__deep="1")
    new = ada.commit("Two", keep="2", gone=None, fresh="1")
    ada.push()
    assert shop.changed_files(old, new) == ("fresh.txt", "gone.txt", "keep.txt")
    assert "src/app.py" in shop.changed_files(NONE, new)
    ada.git("mv", "keep.txt", "with space\tand ünicode.txt")
    last = ada.commit("Rename")
    ada.push()
    assert shop.changed_files(new, last) == ("keep.txt", "with space\tand ünicode.txt")


# -- finding pushes --------------------------------------------------------------------------------
def test_both_of_two_pushes_that_follow_at_once_are_found_after_the_branch_has_moved(shop, ada):
    before, watcher = shop.head("main").id, PushWatcher(shop)
    first = ada.commit("One", note="1")
    ada.push()
    second = ada.commit("Two", note="2")
    ada.push()
    updates = watcher.poll()
    assert updates == [("refs/heads/main", before, first), ("refs/heads/main", first, second)]
    assert [update.branch for update in updates] == ["main", "main"]
    assert shop.head("main").id == second
    assert watcher.poll() == []


def test_new_branches_tags_and_forced_pushes_are_found(shop, ada):
    base, watcher = shop.head("main").id, PushWatcher(shop)
    one = ada.commit("One", note="1")
    ada.push("origin", "HEAD:refs/heads/feature/login")
    (created,) = watcher.poll()
    ada.git("reset", "--quiet", "--hard", base)
    two = ada.commit("Other", note="2")
    ada.push("--force", "origin", "HEAD:refs/heads/feature/login")
    ada.git("tag", "v1")
    ada.push("origin", "v1")
    forced, tag = watcher.poll()
    assert (created.branch, created.old, created.new, created.created) == ("feature/login", NONE, one, True)
    assert (forced.old, forced.new) == (one, two)
    assert (tag.tag, tag.branch, tag.new) == ("v1", "", two)


def test_a_deleted_branch_is_no_push_and_one_that_is_created_again_is(shop, ada):
    watcher = PushWatcher(shop)
    ada.push("origin", "HEAD:refs/heads/topic")
    assert [update.branch for update in watcher.poll()] == ["topic"]
    ada.push("origin", ":topic")
    assert watcher.poll() == []
    ada.push("origin", "HEAD:refs/heads/topic")
    assert [update.branch for update in watcher.poll()] == ["topic"]
    ada.push("origin", ":topic")  # and now both between two polls
    new = ada.commit("Anew", note="1")
    ada.push("origin", "HEAD:refs/heads/topic")
    assert watcher.poll() == [("refs/heads/topic", NONE, new)]
    assert watcher.poll() == []


def test_a_push_is_found_when_its_line_is_complete_and_its_branch_has_moved(shop, ada):
    ada.commit("One", note="1")
    old, new = shop.head("main").id, ada.commit("Two", note="2")
    ada.push("origin", "HEAD:refs/heads/other")  # so that the commits are there
    watcher, log = PushWatcher(shop), shop.path / "logs" / "refs" / "heads" / "main"
    for part in (f"{old} {new} Ada <ada@", "example.org> 1 +0000\tpush\n"):
        with log.open("a", encoding="utf-8") as file:
            file.write(part)
        assert watcher.poll() == []
    (shop.path / "refs" / "heads" / "main").write_text(f"{new}\n", encoding="utf-8")
    assert watcher.poll() == [("refs/heads/main", old, new)]
    assert watcher.poll() == []


def test_a_push_that_git_refuses_to_show_is_found_at_a_later_poll(shop, ada, monkeypatch):
    faults, refs = [git_module.GitFailed("busy"), OSError("busy")], shop.refs

    def busy():
        if faults:
            raise faults.pop()
        return refs()

    monkeypatch.setattr(shop, "refs", busy)
    watcher = PushWatcher(shop)
    ada.commit("One", note="1")
    ada.push()
    assert [len(watcher.poll()) for _ in range(4)] == [0, 0, 1, 0]


# -- nothing gets in, nothing gets out -------------------------------------------------------------
def test_nothing_of_the_caller_gets_into_a_commit(tmp_path, content, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    mark = tmp_path / "hook-ran"
    hooks = home / "hooks"
    hooks.mkdir()
    for name in ("reference-transaction", "post-commit", "pre-commit", "post-index-change", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
        (hooks / name).chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[user]\nname = Secret Name\nemail = secret@corp.example\n[core]\nhooksPath = {hooks}\n"
        "[commit]\ngpgSign = true\n[init]\ndefaultBranch = secret\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("HOME", str(home))
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "secret@corp.example")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    made = Repository.create(tmp_path / "clean.git", content=content)
    raw = git("cat-file", "-p", made.head("main").id, repository=made.path).decode()
    assert "author cp_teach <course@example.com>" in raw
    assert not mark.exists()
    assert not (tmp_path / "trace").exists()
    everything = b"".join(path.read_bytes() for path in made.path.rglob("*") if path.is_file())
    for word in (b"ecret", str(home).encode(), os.uname().nodename.encode()):
        assert word not in everything


def test_hooks_and_helpers_of_a_repository_are_not_run_by_us(tmp_path, ada):
    mark = tmp_path / "ran"
    code = tmp_path / "code.sh"
    code.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
    code.chmod(0o755)
    ada.git("config", "core.hooksPath", str(tmp_path))
    ada.git("config", "uploadpack.packObjectsHook", str(code))
    made = Repository.create(tmp_path / "copy.git", content=ada.folder)
    hook = made.path / "hooks" / "reference-transaction"
    hook.parent.mkdir()
    shutil.copy(code, hook)
    git("config", "core.hooksPath", str(hook.parent), repository=made.path)
    git("update-ref", "refs/heads/more", made.head("main").id, repository=made.path)
    assert "more" in made.branches()
    assert not mark.exists()


def test_git_may_not_reach_for_the_network(shop):
    with pytest.raises(git_module.GitFailed, match="transport 'https' not allowed"):
        git("fetch", "https://127.0.0.1:9/x.git", repository=shop.path)
