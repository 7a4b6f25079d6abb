"""What the tests of providers share: a repository, a student who has cloned it, an account behind a real server, and
both ways of running a command."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cp_teach.work.sandbox import bubblewrap, run_command
from cp_teach.work.sources.repository import Repository

pytest.register_assert_rewrite("deploy_shop")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return make_content(tmp_path / "content")


def make_content(folder: Path) -> Path:
    """A small application: a text, a script that may be run, and what .gitignore keeps out."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text("print('hello')\n", encoding="utf-8")
    (folder / "run.sh").write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    (folder / "run.sh").chmod(0o755)
    (folder / ".gitignore").write_text("*.log\n", encoding="utf-8")
    (folder / "old.log").write_text("noise\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def new_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository to copy: git takes much longer to create one."""
    folder = tmp_path_factory.mktemp("new-shop")
    return Repository.create(folder / "shop.git", content=make_content(folder / "content")).path


@pytest.fixture
def shop(tmp_path: Path, new_shop: Path) -> Repository:
    return Repository(shutil.copytree(new_shop, tmp_path / "server" / "shop.git"))


@pytest.fixture
def ada(tmp_path: Path, shop: Repository) -> Any:
    from student import Student

    return Student(tmp_path / "ada", shop.url)


@pytest.fixture
def sandboxed() -> Iterator[Any]:
    """An account behind a real server on loopback, whose clock stands still until ``box.tick``."""
    import boto3
    from behind import Behind

    from cp_teach.aws.server.process_server import PROCESS
    from cp_teach.aws.server.sandbox import sandbox

    before, settings = dict(os.environ), dict(vars(PROCESS.get().settings))
    box = sandbox(clock="manual", workers={"Lambda": "job"})
    account = Behind(None, endpoint_url=box.url)
    account.box = box
    yield account
    PROCESS.get().service.reset()
    vars(box.settings).update(settings)
    os.environ.clear()  # a sandbox is for a whole notebook, and points the process at itself
    os.environ.update(before)
    boto3.DEFAULT_SESSION = None


@pytest.fixture(params=["jailed", "free"])
def way(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """With bubblewrap, and as on a machine that has none."""
    if request.param == "jailed":
        request.getfixturevalue("jailed")
    else:
        for module in (bubblewrap, run_command):
            monkeypatch.setattr(module, "working_bwrap", lambda: "")
        monkeypatch.setattr(bubblewrap, "_bwrap", lambda: "")
    return str(request.param)
