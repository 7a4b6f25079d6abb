"""Statements of the course: what CodePipeline is, continuous delivery, continuous integration."""

import pytest
from account import build, deploy, stage, upload
from runs_of_the_demo import by_hand, fresh, in_the_course, minutes, released, steps

from cp_teach import Pipeline, Run, Simulated, load_pipeline
from cp_teach.show import draw
from cp_teach.show.view.view_model import view


# -- what CodePipeline is ------------------------------------------------------------------------------------------
def test_the_service_delivers_each_change_by_itself(account):
    s3 = account.bucket("source-bucket")
    s3.put_object(Bucket="source-bucket", Key="app.zip", Body=b"1")
    account.create(
        "shop", stage("Source", upload()), stage("Build", build()), stage("Prod", deploy("Release"))
    )
    for body in (b"2", b"3"):
        s3.put_object(Bucket="source-bucket", Key="app.zip", Body=body)
        account.executions()  # who looks lets the service poll
        account.tick(60)
    ended = account.executions()
    assert [each["status"] for each in ended] == ["Succeeded"] * 3
    assert len({each["sourceRevisions"][0]["revisionId"] for each in ended}) == 3
    assert account.stage("Prod")["latestExecution"]["pipelineExecutionId"] == ended[0]["pipelineExecutionId"]


def test_the_steps_of_a_release_are_modelled():
    pipeline = load_pipeline("demo")
    assert [(each.name, [a.name for a in each.actions]) for each in pipeline.stages] == [
        ("Source", ["Source"]),
        ("Build", ["Compile", "UnitTest", "Lint"]),
        ("Beta", ["Deploy"]),
        ("Prod", ["Approve", "Deploy"]),
    ]


def test_the_steps_of_a_release_are_visualized():
    pipeline = load_pipeline("demo")
    picture = draw(pipeline)._repr_svg_()
    names = {name for each in pipeline.stages for name in (each.name, *(a.name for a in each.actions))}
    assert {name for name in names if name not in picture} == set()


def test_the_steps_of_a_release_are_automated():
    run = released("New logo")
    assert [what for *what, status in steps(run, 1) if status == "Succeeded"] == [
        ["Source", "Source"],
        ["Build", "Compile"],
        ["Build", "UnitTest"],
        ["Build", "Lint"],
        ["Beta", "Deploy"],
    ]


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
    assert minutes(released("New logo"), "Beta") < minutes(by_hand(), "Beta") / 2


WHERE = {
    "CodeCommit": ("Source", "AWS"),
    "S3": ("Source", "AWS"),
    "GitHub": ("Source", "ThirdParty"),
    "Jenkins": ("Build", "Custom"),
    "CodeDeploy": ("Beta", "AWS"),
    "OpsWorks": ("Beta", "AWS"),
}


@pytest.mark.parametrize("provider", ["CodeCommit", "CodeDeploy", "S3", "OpsWorks", "Jenkins", "GitHub"])
def test_it_integrates_with(provider):
    place, owner = WHERE[provider]
    run = in_the_course(**{"Source": "S3", "Build": "CodeBuild", "Beta": "CodeDeploy", place: provider})
    (action,) = run.pipeline[place].actions
    assert (action.provider, action.type.owner) == (provider, owner)
    assert (place, action.name, "Succeeded") in steps(run, 1)


def test_each_stage_of_the_release_process_is_seen():
    shown = [each["name"] for each in view(released("New logo"))["stages"]]
    assert shown == ["Source", "Build", "Beta", "Prod"]


def test_the_status_of_each_stage_is_seen():
    run = fresh()
    run.inject("Build", "Lint")
    assert [each["status"][1] for each in view(run)["stages"]] == ["Didn't Run"] * 4
    run.release("New logo")
    run.advance(minutes=4)
    assert [each["status"][1] for each in view(run)["stages"]][:3] == [
        "Succeeded",
        "In progress",
        "Didn't Run",
    ]
    run.settle()
    assert [each["status"][1] for each in view(run)["stages"]][1] == "Failed"


def test_the_position_of_every_change_is_seen():
    run = released("One", "Two")
    run.release("Three")
    run.advance(minutes=1)
    found = {each["name"]: each for each in view(run)["stages"]}
    assert found["Prod"]["inside"] == {"n": 1, "message": "One"}
    assert found["Prod"]["door"]["waiting"] == [{"n": 2, "message": "Two"}]
    assert found["Build"]["inside"] == {"n": 3, "message": "Three"}


# -- continuous delivery --------------------------------------------------------------------------------------------
def test_each_change_has_a_cycle_of_minutes():
    run = fresh()
    for number in range(1, 5):
        run.release(f"Change {number}")
        run.settle()
    ended = run.actions().query("stage == 'Beta'").groupby("execution")["ended"].max()
    cycles = ended - run.executions()["started"]
    assert list(cycles.index) == [1, 2, 3, 4]
    assert cycles.max() < 15 * 60


def test_beta_holds_something_releasable_after_every_change():
    run = fresh()
    for number in range(1, 5):
        if number == 3:
            run.inject("Build", "UnitTest")
        run.release(f"Change {number}")
        run.settle()
        good = 2 if number == 3 else number
        assert run.running_in("Beta").execution == good, "a broken change leaves the last good one there"


def test_building_testing_and_releasing_are_faster():
    ours, theirs = released("New logo"), by_hand()
    for name in ("Build", "Beta"):
        took, took_by_hand = (minutes(run, name) - minutes(run, name, "started") for run in (ours, theirs))
        assert 0 < took < took_by_hand


def test_releasing_is_more_frequent():
    eight_hours = 8 * 60
    by_itself, with_hands = (eight_hours // minutes(run, "Beta") for run in (released("New logo"), by_hand()))
    assert by_itself > 10 * with_hands > 0


def batches(count):
    """Five changes in so many releases. The one in the middle has a mistake, which is repaired a day later."""
    run = fresh()
    for number in range(1, count + 1):
        if number == (count + 1) // 2:
            run.inject("Build", "UnitTest")
        run.release(f"Batch {number}")
        run.settle()
    run.advance(days=1)
    run.release("The repair")
    run.settle()
    return run, 5 // count


def failures(run):
    return [number for number, row in run.history.executions.items() if row.status == "Failed"]


def test_small_updates_cost_less():
    """The cost of a mistake: how many changes have been built in vain."""
    in_vain = {count: len(failures(run)) * size for count in (5, 1) for run, size in [batches(count)]}
    assert in_vain == {5: 1, 1: 5}


def test_small_updates_take_less_time():
    """The time until the first of the changes is in Beta."""
    times = {
        count: batches(count)[0].actions().query("stage == 'Beta'")["ended"].min() / 60 for count in (5, 1)
    }
    assert times[5] < 15
    assert times[1] > 24 * 60


def test_small_updates_carry_less_risk():
    """The risk: a mistake among small changes holds up one of them, and the others are delivered."""
    run, _ = batches(5)
    assert failures(run) == [3]
    delivered = run.actions().query("stage == 'Beta' and status == 'Succeeded'")["execution"]
    assert list(delivered) == [1, 2, 4, 5, 6]
    assert list(batches(1)[0].actions().query("stage == 'Beta'")["execution"]) == [2]


def test_each_update_of_production_is_one_increment():
    run = released("One", "Two", "Three", approve=True)
    in_prod = run.actions().query("stage == 'Prod' and action == 'Deploy' and status == 'Succeeded'")
    assert list(in_prod["execution"]) == [1, 2, 3]
    assert run.running_in("Prod").revisions[0].message == "Three"


def test_the_deployment_is_straightforward_and_repeatable():
    run = released("One", "Two", approve=True)
    first, second = ([row for row in steps(run, n) if row[0] in ("Beta", "Prod")] for n in (1, 2))
    assert first == second
    assert first == [
        ("Beta", "Deploy", "Succeeded"),
        ("Prod", "Approve", "Succeeded"),
        ("Prod", "Deploy", "Succeeded"),
    ]


# -- continuous integration -----------------------------------------------------------------------------------------
def a_day():
    run = fresh()
    for number in range(1, 6):
        run.release(f"Merge {number}")
        run.advance(minutes=90)
    return run


def test_everybody_merges_into_one_mainline():
    run = Run(load_pipeline("codecommit-codebuild-codedeploy"), Simulated())
    (source,) = run.pipeline.sources
    assert source.settings["BranchName"]
    for who in ("Ada", "Grace"):
        run.release(f"{who}'s change")
        run.settle()
    came = [revision for row in run.history.executions.values() for revision in row.revisions]
    assert [each.message for each in came] == ["Ada's change", "Grace's change"]
    assert {each.action for each in came} == {source.name}


def test_merges_several_times_a_day_are_all_taken():
    run = a_day()
    assert list(run.executions()["message"]) == [f"Merge {number}" for number in range(1, 6)]
    assert run.now < 24 * 3600


def test_each_merge_is_built_and_tested():
    done = a_day().actions().query("stage == 'Build' and status == 'Succeeded'")
    assert {name: sorted(rows["execution"]) for name, rows in done.groupby("action")} == {
        name: [1, 2, 3, 4, 5] for name in ("Compile", "UnitTest", "Lint")
    }


def test_each_merge_is_tested_within_minutes():
    run = a_day()
    tested = run.actions().query("action == 'UnitTest'").groupby("execution")["ended"].max()
    assert (tested - run.executions()["started"]).max() < 15 * 60
