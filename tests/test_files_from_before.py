"""Files that the kit wrote before its modules moved still open, with the contents that they had (before_the_move/)."""

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import nbformat
import pytest

from cp_teach import Run, load_pipeline
from cp_teach.course import load_level
from cp_teach.course.levels.level_proof import prove
from cp_teach.course.practice.progress import Progress
from cp_teach.engine.model.commands import COMMAND_KINDS
from cp_teach.engine.model.events import EVENT_KINDS
from cp_teach.engine.model.failure_plan import PLANS
from cp_teach.flow import commits, lognormal, study

FILES = Path(__file__).parent / "before_the_move"
RUNS = sorted(FILES.glob("run-*.json"))


@pytest.mark.parametrize("file", RUNS, ids=lambda file: file.stem)
def test_a_saved_run_opens_and_is_saved_as_it_was(file, tmp_path):
    run = Run.load(file)
    assert not run.read_only
    saved = json.loads(run.save(tmp_path / "again.json").read_text(encoding="utf-8"))
    # The reason of a failed condition is written in today's words; otherwise the file would open read-only.
    text = file.read_text(encoding="utf-8").replace(
        "the beforeEntry condition says FAIL", "the entry condition wasn't met (result: Fail)"
    )
    assert saved == json.loads(text)


def test_the_saved_runs_hold_every_kind_of_command_event_and_plan():
    kinds = set()
    for file in RUNS:
        for entry in json.loads(file.read_text(encoding="utf-8"))["entries"]:
            kinds |= {entry["command"]["is"], *(event["is"] for event in entry["events"])}
    assert kinds == {*COMMAND_KINDS, *EVENT_KINDS, *PLANS}


def test_a_saved_run_goes_on():
    run = Run.load(FILES / "run-simulated.json")
    history = run.history.executions
    assert {number: row.status for number, row in history.items()} == {1: "InProgress"}
    run.redo(2)
    run.settle()
    assert run.state.stages[run.pipeline.stage_indices["Beta"]].succeeded == 1
    run.approve()
    run.settle()
    assert history[1].status == "Failed"  # the failure that was planned for Prod


def test_progress_is_that_of_the_learner():
    progress = Progress(FILES / "progress.json")
    assert progress.note == ""
    assert {name: progress.state(name) for name in progress.levels} == {
        "01-release-a-change": "solved",
        "02-see-what-is-where": "skipped",
        "03-approve-a-release": "shown",
    }
    assert progress.levels["01-release-a-change"]["moves"] == 4


def test_a_recorded_level_can_be_played():
    level = load_level(FILES / "keep-prod.toml")
    assert level.title == "Keep Prod as it is"
    assert "Prod is disabled" in [goal.when for goal in level.goals]
    assert prove(level) == []


def test_a_study_resumes_from_its_blocks(tmp_path):
    folder = shutil.copytree(FILES / "study", tmp_path / "study")
    block = folder / "block-000000.npz"
    written = block.stat().st_mtime_ns
    resumed = study(
        load_pipeline("demo"),
        arrivals=commits(3),
        durations={"Build": lognormal(12, 0.5), "Prod/Deploy": 9},
        failures={"Build": 0.1},
        weeks=0.4,
        replications=66,
        seed=11,
        warmup=0.1,
        checkpoint=folder,
    )
    assert resumed.complete
    assert block.stat().st_mtime_ns == written, "the first block is not computed again"
    known = json.loads((FILES / "study.json").read_text(encoding="utf-8"))
    frame = resumed.frame
    assert (len(frame), list(frame.columns)) == (known["revisions"], known["columns"])
    assert frame["status"].value_counts().to_dict() == known["ends"]


@pytest.fixture
def client(tmp_path):
    """The API of a server that goes on with the folder."""
    folder = shutil.copytree(FILES / "state", tmp_path / "state")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--state", str(folder), "--clock", "manual"]
    process = subprocess.Popen(
        [sys.executable, "-m", "cp_teach", "serve", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        yield boto3.client(
            "codepipeline", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys
        )
    finally:
        process.kill()
        _, errors = process.communicate(timeout=30)
    assert b"missing" not in errors, errors


def test_a_server_goes_on_with_its_folder(client):
    hooks = client.list_webhooks()["webhooks"]
    answers = {
        "pipelines": client.list_pipelines()["pipelines"],
        "state": client.get_pipeline_state(name="shop")["stageStates"],
        "executions": client.list_pipeline_executions(pipelineName="shop")["pipelineExecutionSummaries"],
        "actions": client.list_action_executions(pipelineName="shop")["actionExecutionDetails"],
        "webhooks": [{key: value for key, value in hook.items() if key != "url"} for hook in hooks],
        "tags": client.list_tags_for_resource(resourceArn="arn:aws:codepipeline:us-east-1:123456789012:shop")[
            "tags"
        ],
        "action types": client.list_action_types(actionOwnerFilter="Custom")["actionTypes"],
    }
    known = json.loads((FILES / "state.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(answers, default=lambda time: time.timestamp())) == known
    kind = {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}
    (job,) = client.poll_for_jobs(actionTypeId=kind)["jobs"]
    assert client.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == "InProgress"


def test_the_imports_of_a_learners_notebook_still_work():
    (cell,) = nbformat.read(FILES / "learner.ipynb", as_version=4).cells
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", cell.source],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
