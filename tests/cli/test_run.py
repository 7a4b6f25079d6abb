"""`cp-teach run`: a pipeline is really released, and the last line and the exit status say how that went."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from cp_teach import mock_aws, resources
from cp_teach.cli import main

PIPELINE = resources.pipelines() / "sample-app.json"
APP = resources.pipelines().parent / "sample-app"


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
    assert "Add --yes" in told.err
    assert "Build" not in told.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--repo", "nowhere"], "There is no folder nowhere"),
        ([], "Source has no content"),
        (["--repo", "Other=."], "Source has no content"),
    ],
)
def test_mistakes_are_told_in_a_sentence(capsys, words, said):
    assert main(["run", str(PIPELINE), "--yes", *words]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_what_nobody_does_here_is_said_to_be_simulated(capsys, app):
    path = resources.pipelines() / "codecommit-opsworks.json"
    status = main(["run", str(path), "--repo", str(app), "--yes", "--quiet"])
    told = capsys.readouterr().out
    assert "Simulated: " in told
    assert "(OpsWorks)" in told
    assert status == 0


def test_jenkins_is_a_worker_that_polls_and_runs_the_command_of_its_project(capsys, app):
    path = resources.pipelines() / "jenkins-custom-build.json"
    line = ["run", str(path), "--repo", str(app), "--yes"]
    assert main([*line, "--jenkins", "stack=cat VERSION; exit 3"]) == 1
    told = capsys.readouterr().out
    assert "Simulated" not in told
    assert "for: Build/Custom/stack-Jenkins/1" in told
    assert "  PmdBuild | 1.0" in told
    assert "JobFailed: Build #1 ended with exit code 3" in told
    assert main(line) == 0
    assert "Simulated: Build / PmdBuild (stack-Jenkins)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("stack", "write PROJECT=COMMAND"),
        ("stack= ", "write PROJECT=COMMAND"),
        ("other=true", "No custom action has the project other. The projects of the pipeline: stack."),
    ],
)
def test_a_project_that_cannot_be_is_told_in_a_sentence(capsys, app, given, said):
    path = resources.pipelines() / "jenkins-custom-build.json"
    assert main(["run", str(path), "--repo", str(app), "--yes", "--jenkins", given]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_a_pipeline_that_needs_no_worker_and_no_stack_loads_no_service(app):
    script = (
        "import sys; from cp_teach.cli import main; status = main(sys.argv[1:]); "
        "print(sorted({'moto', 'boto3', 'botocore'} & set(sys.modules))); raise SystemExit(status)"
    )
    line = [sys.executable, "-c", script, "run", str(PIPELINE), "--repo", str(app), "--yes", "--quiet"]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@contextmanager
def ctrl_c_is_heard():
    """Who is started here hears Ctrl-C. A shell lets everything that it starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_every_process_and_tells_where_it_stood(app):
    command = f"sleep 4317.{os.getpid()}"  # no other test's
    spec = app / "buildspec.yml"
    spec.write_text(f"version: 0.2\nphases:\n  build:\n    commands:\n      - {command}\n", encoding="utf-8")
    line = [sys.executable, "-m", "cp_teach", "run", str(PIPELINE), "--repo", str(app), "--yes"]
    with (
        ctrl_c_is_heard(),
        subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as going,
    ):
        try:
            for text in going.stdout:
                if command in text:
                    break
            going.send_signal(signal.SIGINT)
            out, err = going.communicate(timeout=60)
        finally:
            going.kill()  # one that does not end is a failure, not something to wait for
    assert going.returncode == 130
    assert out.splitlines()[-1] in ("Stopped", "Stopping")
    assert "Traceback" not in err
    found = subprocess.run(["pgrep", "-f", command], capture_output=True, text=True, check=False)
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


# -- stacks and functions ------------------------------------------------------------------------------------
STACK = resources.pipelines() / "sample-stack.json"
CONTENT = resources.data() / "sample-stack"


def stacked(capsys, *more, content=CONTENT):
    status = main(["run", str(STACK), "--repo", str(content), "--yes", *map(str, more)])
    return status, capsys.readouterr()


def test_a_stack_is_made_and_a_function_tries_it(capsys, needs):
    needs("git")
    with mock_aws():
        pass  # an account in which there is nothing
    status, told = stacked(capsys, "--function", "smoke=functions/smoke.py")
    lines = told.out.splitlines()
    assert (status, lines[-1]) == (0, "Succeeded"), told.out
    assert "Simulated" not in told.out
    assert "moto simulates AWS at http://127.0.0.1:" in told.out
    assert any(line.split()[:2] == ["Prepare", "|"] and "AWS::SQS::Queue" in line for line in lines)
    assert "  Execute | orders: CREATE_COMPLETE" in lines
    assert "  Smoke | Ordered: one cup of tea" in lines
    assert lines.index("  Smoke | Ordered: one cup of tea") < lines.index("")


def test_a_mistake_in_a_template_is_told_by_the_action_that_finds_it(capsys, needs, tmp_path):
    needs("git")
    content = shutil.copytree(CONTENT, tmp_path / "content")
    says = content / "prod.json"
    says.write_text(says.read_text("utf-8").replace('"7"', '"8"'), encoding="utf-8")
    status, told = stacked(capsys, "--quiet", content=content)
    assert status == 1
    assert (
        "Prod / Prepare  JobFailed: Parameter 'RetentionDays' must be one of AllowedValues: 1, 4, 7, 14"
        in told.out
    )
    assert "Simulated: Check / Smoke (Lambda)" in told.out, "nobody has given the function"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--function", "smoke"], "write NAME=PATH"),
        (["--function", "smoke=nowhere.py"], "There is no code at nowhere.py"),
        (["--function", "other=functions/smoke.py"], "The pipeline invokes: smoke."),
        (["--silence", "0"], "give a number greater than 0"),
    ],
)
def test_a_mistake_with_a_function_is_told_in_a_sentence(capsys, needs, words, said):
    needs("git")
    status, told = stacked(capsys, *words)
    assert status == 1
    assert said in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(("quiet", "lines"), [(False, 5), (False, 1), (True, 2)])
def test_it_ends_when_its_reader_goes_away(app, tmp_path, quiet, lines):
    """As with ``| head``: the work ends, its folder goes, and there is no traceback."""
    words = ["run", str(PIPELINE), "--repo", str(app), "--yes", *["--quiet"] * quiet]
    with subprocess.Popen(
        [sys.executable, "-m", "cp_teach", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as process:
        for _ in range(lines):
            process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(120) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["app"]


def test_it_ends_when_nobody_here_moves_the_pipeline(capsys, app, monkeypatch):
    """Instead of looking for half an hour."""
    monkeypatch.setattr("cp_teach.cli.commands.run._approve", lambda shop, yes: False)
    assert released(capsys, app, "--quiet")[0] == 1
