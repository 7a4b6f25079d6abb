"""`cp-teach run`: a pipeline is really released, and the last line and the exit status say how that went."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cp_teach import places
from cp_teach.cli import main

PIPELINE = places.pipelines() / "sample-app.json"
APP = places.pipelines().parent / "sample-app"


@pytest.fixture
def app(tmp_path, needs):
    needs("git")
    return Path(shutil.copytree(APP, tmp_path / "app"))


def released(capsys, app, *more):
    status = main(["run", str(PIPELINE), "--repo", str(app), "--yes", *map(str, more)])
    return status, capsys.readouterr()


def test_the_sample_is_built_tested_approved_and_deployed(capsys, app, tmp_path):
    status, told = released(capsys, app, "--work", tmp_path / "work")
    assert told.out.splitlines()[-1] == "Succeeded"
    assert status == 0
    assert "Build | Ran 5 tests" in told.out
    pages = sorted((tmp_path / "work" / "fleets").rglob("var/www/shop/index.html"))
    assert len(pages) == 3
    assert all("Version 1.0" in page.read_text(encoding="utf-8") for page in pages)


def test_a_failing_test_stops_it_and_nothing_is_deployed(capsys, app, tmp_path):
    price = app / "shop" / "price.py"
    price.write_text(price.read_text(encoding="utf-8").replace("490", "590"), encoding="utf-8")
    status, told = released(capsys, app, "--work", tmp_path / "work", "--quiet")
    assert status == 1
    assert told.out.splitlines()[-1] == "Failed"
    assert "Build / Build  JobFailed: " in told.out
    assert "unittest" in told.out, "the command that failed is named"
    assert not list((tmp_path / "work").rglob("index.html"))


def test_a_hook_that_fails_is_told_with_its_instance_and_its_event(capsys, app):
    (app / "scripts" / "validate.sh").write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    status, told = released(capsys, app, "--quiet")
    assert status == 1
    assert "ValidateService" in told.out
    assert told.out.splitlines()[-1] == "Failed"


def test_a_git_repository_is_released_as_it_is_committed(capsys, app):
    def git(*words):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
            cwd=app,
            check=True,
            capture_output=True,
        )

    git("init", "--initial-branch=main")
    git("add", "-A")
    git("commit", "-m", "The shop opens")
    (app / "VERSION").write_text("9.9\n", encoding="utf-8")  # not committed
    status, told = released(capsys, app)
    assert status == 0
    assert "The shop opens" in told.out
    assert "Built version 1.0" in told.out


def test_the_next_release_finds_the_fleet_as_the_last_one_left_it(capsys, app, tmp_path):
    assert released(capsys, app, "--work", tmp_path / "work")[0] == 0
    (app / "VERSION").write_text("1.1\n", encoding="utf-8")
    (app / "scripts" / "stop.sh").write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")  # not this one is run
    status, told = released(capsys, app, "--work", tmp_path / "work")
    assert status == 0
    assert "Built version 1.1" in told.out
    pages = list((tmp_path / "work" / "fleets").rglob("var/www/shop/index.html"))
    assert ["Version 1.1" in page.read_text(encoding="utf-8") for page in pages] == [True] * 3
    status, told = released(capsys, app, "--work", tmp_path / "work")
    assert status == 1, "now the script that fails is the one of the version that is installed"
    assert "ApplicationStop" in told.out


def test_nothing_runs_without_a_yes(capsys, app, monkeypatch):
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115, PTH123 - it is nobody's keyboard
    assert main(["run", str(PIPELINE), "--repo", str(app)]) == 1
    told = capsys.readouterr()
    assert "Say --yes" in told.err
    assert "Build" not in told.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--repo", "nowhere"], "There is no folder nowhere"),
        ([], "Source has nothing behind it"),
        (["--repo", "Other=."], "Source has nothing behind it"),
    ],
)
def test_mistakes_are_told_in_a_sentence(capsys, words, said):
    assert main(["run", str(PIPELINE), "--yes", *words]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_what_nobody_does_here_is_said_to_be_simulated(capsys, app):
    path = places.pipelines() / "codecommit-opsworks.json"
    status = main(["run", str(path), "--repo", str(app), "--yes", "--quiet"])
    told = capsys.readouterr().out
    assert "Simulated: " in told
    assert "(OpsWorks)" in told
    assert status == 0


def test_ctrl_c_ends_every_process_and_tells_where_it_stood(app):
    spec = app / "buildspec.yml"
    spec.write_text("version: 0.2\nphases:\n  build:\n    commands:\n      - sleep 4317\n", encoding="utf-8")
    line = [sys.executable, "-m", "cp_teach", "run", str(PIPELINE), "--repo", str(app), "--yes"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as going:
        for text in going.stdout:
            if "sleep 4317" in text:
                break
        going.send_signal(signal.SIGINT)
        out, err = going.communicate(timeout=60)
    assert going.returncode == 130
    assert out.splitlines()[-1] in ("Stopped", "Stopping")
    assert "Traceback" not in err
    found = subprocess.run(["pgrep", "-f", "sleep 4317"], capture_output=True, text=True, check=False)
    assert found.stdout == ""


def test_a_repository_without_a_commit_is_told_and_a_bare_one_is_released(capsys, app, tmp_path):
    def git(*words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True)

    bare = tmp_path / "shop.git"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    status, told = released(capsys, bare)
    assert status == 1
    assert "Commit something first" in told.err
    assert told.err.count("\n") == 1
    git("init", "--quiet", "--initial-branch=main", str(app))
    git("-C", str(app), "add", "--all")
    git("-C", str(app), "commit", "--quiet", "--message", "First")
    git("-C", str(app), "push", "--quiet", str(bare), "main")
    assert released(capsys, bare, "--quiet")[0] == 0


def test_a_folder_without_a_buildspec_fails_the_build_and_says_where_it_belongs(capsys, app):
    (app / "buildspec.yml").unlink()
    status, told = released(capsys, app, "--quiet")
    assert status == 1
    assert "YAML file does not exist: put buildspec.yml at the top" in told.out
    assert told.out.splitlines()[-1] == "Failed"
