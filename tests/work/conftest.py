"""What the tests of providers share: a repository, a student who has cloned it, an account behind a real server, and
both ways of running a command. Helpers beside this file are imported where they are used: first it is said where they
are."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cp_teach.work.sandbox import bubblewrap, run_command
from cp_teach.work.sources.repository import Repository

sys.path.insert(0, str(Path(__file__).parents[1] / "aws"))  # an account to test in
sys.path.insert(0, str(Path(__file__).parent))  # the folder's own helpers
pytest.register_assert_rewrite("deploy_shop")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A small application: a text, a script that may be run, and what .gitignore keeps out."""
    folder = tmp_path / "content"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text("print('hello')\n", encoding="utf-8")
    (folder / "run.sh").write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    (folder / "run.sh").chmod(0o755)
    (folder / ".gitignore").write_text("*.log\n", encoding="utf-8")
    (folder / "old.log").write_text("noise\n", encoding="utf-8")
    return folder


@pytest.fixture
def shop(tmp_path: Path, content: Path) -> Repository:
    return Repository.create(tmp_path / "server" / "shop.git", content=content)


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
