"""What a Run tells: what is in a stage, and its histories as tables."""

import pytest
from refusals import error

from cp_teach.engine import Run
from cp_teach.pipeline import Pipeline
from cp_teach.work import Simulated


# -- reading -----------------------------------------------------------------------------------------------------
def test_what_is_in_a_stage_is_what_went_through_all_of_it() -> None:
    run = Run(Pipeline.of("two", Source="S3", Beta="Deploy:CodeDeploy then Check:CodeDeploy"))
    assert run.running_in("Beta") is None
    run.release("one")
    run.succeed("Source")
    run.succeed("Beta")
    assert run.running_in("Beta") is None
    run.succeed("Beta")
    run.release("two")
    run.succeed("Source")
    run.succeed("Beta")  # its Deploy is through, its Check is not
    beta = run.running_in("Beta")
    assert beta is not None
    assert beta.execution == 1
    assert {a.execution for a in beta.artifacts} == {1}
    assert "has execution 1" in str(beta)
    assert "“one”" in str(beta)
    source = run.running_in("Source")
    assert source is not None
    assert (source.execution, [a.name for a in source.artifacts]) == (2, ["SourceOutput"])
    assert "no stage named 'Gamma'" in error(run.running_in, "Gamma")


COLUMNS = {
    "executions": ["status", "stage", "message", "revision", "trigger", "started", "ended", "superseded_by"],
    "actions": ["execution", "stage", "action", "attempt", "status", "started", "ended", "failure", "message",
                "inputs", "outputs"],
    "events": ["moment", "at", "event", "sentence"],
    "artifacts": ["artifact", "execution", "stage", "action", "key", "revisions", "message"],
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_an_empty_run_has_empty_tables_with_all_columns_and_kinds(run: Run, name: str) -> None:
    empty = getattr(run, name)()
    assert len(empty) == 0
    assert list(empty.columns) == COLUMNS[name]
    run.release()
    run.succeed("Source")
    full = getattr(run, name)()
    assert list(full.columns) == COLUMNS[name]
    assert len(full)
    assert dict(empty.dtypes) == dict(full.dtypes)
    assert empty.index.dtype == full.index.dtype


def test_the_tables_tell_what_happened() -> None:
    run = Run(Pipeline.of("shop", Source="S3", Build="CodeBuild"), Simulated({"S3": 1, "CodeBuild": 2}))
    run.inject("Build", "CodeBuild", message="red")
    run.release("one")
    run.settle()
    run.retry("Build")
    run.settle()
    executions = run.executions()
    assert executions.loc[1, ["status", "stage", "message", "started", "ended"]].tolist() == [
        "Succeeded", "Build", "one", 0.0, 300.0,
    ]  # fmt: skip
    actions = run.actions()
    assert actions["attempt"].tolist() == [1, 1, 2]
    assert actions["status"].tolist() == ["Succeeded", "Failed", "Succeeded"]
    assert actions["message"].tolist() == ["", "red", ""]
    assert actions["inputs"].tolist() == ["", "SourceOutput", "SourceOutput"]
    artifacts = run.artifacts()
    assert artifacts["artifact"].tolist() == ["SourceOutput", "BuildOutput"]
    assert artifacts["message"].tolist() == ["one", "one"]
    assert artifacts["key"].str.fullmatch(r"shop/(SourceOutp/\w{7}\.zip|BuildOutpu/\w{7})").all()
    assert run.events()["moment"].is_monotonic_increasing
