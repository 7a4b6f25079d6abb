"""The statements of the course text, each shown by the kit; docs/coverage.md names the test of each."""

import re
import subprocess
import sys
from itertools import pairwise

import pytest

from cp_teach import ByHand, Pipeline, Run, Simulated, load_pipeline, places
from cp_teach.course import coverage
from cp_teach.pipeline import InvalidPipeline
from cp_teach.pipeline.catalogues import catalogue
from cp_teach.show import draw

ROOT = places.notebooks().parent


def fresh(worker=None):
    return Run(load_pipeline("demo"), worker or Simulated())


def released(*messages):
    run = fresh()
    for message in messages:
        run.release(message)
        run.settle()
    return run


def steps(run, execution):
    rows = run.actions()
    return list(
        rows[rows["execution"] == execution][["stage", "action", "status"]].itertuples(index=False, name=None)
    )


# -- what it is for ---------------------------------------------------------------------------------------------
def test_a_release_is_modelled_drawn_and_driven():
    run = fresh()
    assert [stage.name for stage in run.pipeline.stages] == ["Source", "Build", "Beta", "Prod"]
    assert "<svg" in draw(run.pipeline)._repr_svg_()
    run.release("New logo")
    run.settle()
    assert run.running_in("Beta").execution == 1
    assert len(run.executions()) == 1


def test_from_the_source_to_production_without_hands():
    pipeline = Pipeline.of(
        "shop", Source="CodeCommit", Build="CodeBuild", Beta="CodeDeploy", Prod="CodeDeploy"
    )
    run = Run(pipeline, Simulated())
    run.release("New logo")
    run.settle()
    assert run.running_in("Prod").execution == 1


def test_two_releases_take_the_same_steps():
    run = released("One", "Two")
    as_far_as_beta = [row for row in steps(run, 1) if row[0] != "Prod"]
    assert len(as_far_as_beta) == 5
    assert [row for row in steps(run, 2) if row[0] != "Prod"] == as_far_as_beta


def test_automation_is_quicker_than_hands():
    by_hand = fresh(ByHand())
    by_hand.release("New logo")
    while running := list(by_hand.history.running.values()):
        by_hand.advance(minutes=30)  # until somebody looks
        if running[0].stage == "Prod":
            break
        by_hand.succeed(running[0].stage, running[0].action)
    run = released("New logo")
    ended = run.actions().query("stage == 'Beta'")["ended"].max()
    assert ended < by_hand.actions().query("stage == 'Beta'")["ended"].max() / 2


def test_the_services_and_platforms_are_in_the_course_catalogue():
    known = {one.provider for one in catalogue("course").providers}
    assert known >= {"CodeCommit", "CodeDeploy", "S3", "OpsWorks", "Jenkins", "GitHub", "Apica", "BlazeMeter"}


def test_beta_holds_something_releasable_after_every_change():
    run = fresh()
    for number in range(1, 5):
        run.release(f"Change {number}")
        run.settle()
        assert run.running_in("Beta").execution == number


def test_a_mistake_among_small_changes_holds_up_one_of_them():
    run = fresh()
    for number in range(1, 6):
        if number == 3:
            run.inject("Build", "UnitTest")
        run.release(f"Change {number}")
        run.settle()
    assert [number for number, row in run.history.executions.items() if row.status == "Failed"] == [3]
    assert run.running_in("Beta").execution == 5


def test_each_merge_of_a_day_is_built_and_tested():
    run = fresh()
    for number in range(1, 6):
        run.release(f"Merge {number}")
        run.advance(minutes=90)
    built = run.actions().query("action == 'UnitTest' and status == 'Succeeded'")
    assert sorted(built["execution"]) == [1, 2, 3, 4, 5]
    assert (built["ended"] - [run.history.executions[n].started for n in built["execution"]]).max() < 15 * 60


# -- pipelines and stages -----------------------------------------------------------------------------------------
def test_there_is_a_transition_between_each_stage_and_the_next():
    pipeline = load_pipeline("demo")
    doors = [told for _, told in pipeline.graph().nodes(data=True) if told["kind"] == "transition"]
    edges = [(door["source"], door["target"]) for door in doors]
    names = [stage.name for stage in pipeline.stages]
    assert edges == list(pairwise(names))


def test_the_bucket_has_ten_digits_in_its_name():
    location = Pipeline.of("shop", Source="S3", Beta="CodeDeploy").artifact_store.location
    assert re.fullmatch(r"codepipeline-us-east-1-\d{10}", location)


def test_stages_are_completed_in_order():
    rows = released("New logo").actions()
    ends = rows.groupby("stage", sort=False)["ended"].max()
    begins = rows.groupby("stage", sort=False)["started"].min()
    assert list(ends.index) == ["Source", "Build", "Beta", "Prod"]
    assert all(ends.iloc[at] <= begins.iloc[at + 1] for at in range(3))


def test_a_stage_without_an_action_is_refused():
    declaration = load_pipeline("demo").to_aws()
    declaration["stages"][2]["actions"] = []
    with pytest.raises(InvalidPipeline, match="Beta"):
        Pipeline.from_aws(declaration)


@pytest.mark.parametrize("provider", ["Jenkins", "BlazeMeter", "Apica", "CodeDeploy", "Lambda", "GitHub"])
def test_every_kind_of_action_of_the_course_runs(provider):
    stages = {
        "Source": "GitHub" if provider == "GitHub" else "CodeCommit",
        "Build": "Jenkins",
        "Test": "BlazeMeter and Apica",
        "Beta": "CodeDeploy",
        "Tell": "Lambda",
    }
    run = Run(Pipeline.of("shop", catalogue="course", **stages), Simulated())
    run.release("New logo")
    run.settle()
    assert provider in {run.pipeline[row.stage][row.action].provider for row in run.history.actions}
    assert run.history.executions[1].status == "Succeeded"


def test_the_next_stage_waits_for_an_approval():
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy then Manual", Prod="CodeDeploy"), Simulated())
    run.release("New logo")
    run.settle()
    assert run.running_in("Prod") is None
    run.approve()
    run.settle()
    assert run.running_in("Prod").execution == 1


# -- revisions, artifacts and transitions -----------------------------------------------------------------------
def test_a_revision_is_followed_through_the_pipeline():
    run = released("Repair the price rounding")
    assert run.running_in("Beta").revisions == run.history.executions[1].revisions


def test_sources_go_into_the_build_and_built_files_come_out():
    rows = released("New logo").history.newest
    compiled = rows[1, "Build", "Compile"]
    assert [a.stage for a in compiled.inputs] == ["Source"]
    assert [a.stage for a in compiled.outputs] == ["Build"]


def test_what_the_build_made_is_what_beta_installs():
    rows = released("New logo").history.newest
    assert rows[1, "Beta", "Deploy"].inputs == rows[1, "Build", "Compile"].outputs


def test_the_cli_comes_with_the_kit():
    told = subprocess.run(
        [sys.executable, "-m", "awscli", "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("aws-cli/")


# -- the table ------------------------------------------------------------------------------------------------------
def test_every_statement_is_numbered_taught_and_proven():
    found = coverage.statements()
    assert [one.number for one in found] == list(range(1, 69)), "none is left out, and none stands for two"
    assert len({one.said for one in found}) == len(found)
    for one in found:
        file, _, name = one.test.partition("::")
        path = ROOT / "tests" / file
        if path.parent.exists():
            assert re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), re.MULTILINE), one


def test_the_table_in_the_docs_is_the_newest():
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == coverage.table()
