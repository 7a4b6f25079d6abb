"""The AWS CLI that is kept loaded answers as its program does, in the environment of who asks."""

import json
import os
import signal

import pytest

from cp_teach.aws.aws_cli import fork_server


@pytest.fixture
def warm():
    made = fork_server.ForkServer()
    yield made
    made.close()


def test_it_is_the_real_cli_with_its_own_words_and_exit_codes(warm):
    told = warm.run(["--version"])
    assert told.code == 0
    assert told.out.startswith("aws-cli/")
    wrong = warm.run(["codepipeline", "get-pipelines"])
    assert (wrong.code, wrong.out) == (2, "")
    assert "get-pipeline-state" in wrong.err or "Invalid choice" in wrong.err
    assert warm.run(["--version"]) == told, "a command that failed leaves nothing behind"


def test_each_command_runs_in_the_environment_and_the_folder_of_now(warm, monkeypatch, tmp_path):
    config = tmp_path / "config"
    config.write_text(
        "[default]\nregion = eu-west-1\n[profile other]\nregion = us-west-2\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert warm.run(["configure", "get", "region"]).out == "eu-west-1\n"
    monkeypatch.setenv("AWS_PROFILE", "other")
    assert warm.run(["configure", "get", "region"]).out == "us-west-2\n"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.json").write_text(json.dumps({"name": 3}), encoding="utf-8")
    there = warm.run(
        ["codepipeline", "get-pipeline", "--region", "eu-west-1", "--cli-input-json", "file://shop.json"]
    )
    assert "Invalid type for parameter name" in there.err
    missing = warm.run(["codepipeline", "get-pipeline", "--cli-input-json", "file://none.json"])
    assert "none.json" in missing.err


def test_one_that_was_killed_is_started_again(warm):
    warm.run(["--version"])
    os.kill(warm._process.pid, signal.SIGKILL)
    warm._process.wait()
    assert warm.run(["--version"]).code == 0


def test_one_that_dies_in_a_command_is_told_and_the_next_command_runs(warm, monkeypatch):
    warm.run(["--version"])
    warm._process.stdout.readline = lambda: ""
    with pytest.raises(RuntimeError, match="run the cell again"):
        warm.run(["--version"])
    assert warm.run(["--version"]).code == 0


def test_it_ends_with_who_started_it(warm):
    warm.run(["--version"])
    process, warm._process = warm._process, None
    process.communicate("", timeout=10)
    assert process.returncode == 0, "nobody asks any more"
