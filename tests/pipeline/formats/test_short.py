"""A pipeline in one line: named, ordered and wired as it is read."""

import pytest

from cp_teach.pipeline import Action, ActionType, Pipeline


def orders(stage):
    return [(action.name, action.order) for action in stage.actions]


def test_the_first_line_of_the_lesson():
    shop = Pipeline.of("shop", Source="S3", Build="CodeBuild", Beta="CodeDeploy")
    assert shop.check() == []
    assert [stage.name for stage in shop.stages] == ["Source", "Build", "Beta"]
    assert shop.to_aws() == Pipeline.from_aws(shop.to_aws()).to_aws()
    assert shop.type == "V1"


@pytest.mark.parametrize(
    "what",
    [
        "Compile:CodeBuild then UnitTests:Test/CodeBuild and Lint:Test/CodeBuild",
        ["Compile:CodeBuild", "then", "UnitTests:Test/CodeBuild", "Lint:Test/CodeBuild"],
        ["Compile:CodeBuild", "then", {"UnitTests": "Test/CodeBuild", "Lint": "Test/CodeBuild"}],
    ],
)
def test_then_and_and_say_the_run_order(what):
    shop = Pipeline.of("shop", Source="S3", Build=what, Beta="CodeDeploy")
    assert orders(shop["Build"]) == [("Compile", 1), ("UnitTests", 2), ("Lint", 2)]
    assert shop["Build"]["Lint"].category == "Test"
    assert shop["Build"]["Lint"].input_names == ("CompileOutput",)
    assert shop["Beta"]["CodeDeploy"].input_names == ("CompileOutput",)
    assert shop.check() == []


def test_several_sources_feed_a_build_that_knows_its_primary():
    shop = Pipeline.of("shop", Source=["S3", "CodeCommit"], Build="CodeBuild", Beta="CodeDeploy")
    build = shop["Build"]["CodeBuild"]
    assert build.input_names == ("S3Output", "CodeCommitOutput")
    assert build.settings["PrimarySource"] == "S3Output"
    assert shop.check() == []


def test_without_a_build_the_source_is_deployed():
    assert Pipeline.of("shop", Source="S3", Beta="CodeDeploy")["Beta"]["CodeDeploy"].input_names == (
        "SourceOutput",
    )


def test_s3_is_a_source_first_and_a_place_to_deploy_to_later():
    site = Pipeline.of("site", Source="S3", Prod="S3")
    assert [stage.actions[0].category for stage in site.stages] == ["Source", "Deploy"]
    assert site.check() == []


def test_an_approval_is_called_approve_and_eats_nothing():
    shop = Pipeline.of("shop", Source="S3", Prod="Manual then CodeDeploy")
    assert orders(shop["Prod"]) == [("Approve", 1), ("CodeDeploy", 2)]
    assert shop["Prod"]["Approve"].input_names == ()


def test_names_that_are_taken_get_a_number():
    shop = Pipeline.of("shop", Source="S3", Build=["CodeBuild", "CodeBuild"], Beta="CodeDeploy")
    assert [action.name for action in shop["Build"].actions] == ["CodeBuild", "CodeBuild2"]
    assert shop.check() == []


def test_a_build_in_a_stage_called_test_is_a_test():
    shop = Pipeline.of("shop", Source="S3", Build="CodeBuild", Test="CodeBuild", Beta="CodeDeploy")
    assert shop["Test"]["CodeBuild"].category == "Test"
    assert shop["Beta"]["CodeDeploy"].input_names == ("BuildOutput",)


def test_latest_is_no_test():
    shop = Pipeline.of("shop", Source="S3", Testimony="CodeBuild", Beta="CodeDeploy")
    assert shop["Testimony"]["CodeBuild"].category == "Build"


@pytest.mark.parametrize("words", [{"mode": "QUEUED"}, {"variables": {"Env": "beta", "Who": None}}])
def test_what_only_v2_has_makes_it_v2(words):
    shop = Pipeline.of("shop", Source="S3", Beta="CodeDeploy", **words)
    assert shop.to_aws()["pipelineType"] == "V2"
    assert shop.check() == []


def test_providers_of_ones_own():
    shop = Pipeline.of("shop", Source="S3", Build="Custom/OurTool", Beta="CodeDeploy")
    assert str(shop["Build"]["OurTool"].type) == "Build/Custom/OurTool"
    assert [breach.level for breach in shop.check()] == ["warning"]


def test_a_ready_made_action_is_taken_as_it_is():
    mine = Action("Ask", ActionType("Approval", "AWS", "Manual"), run_order=3)
    assert Pipeline.of("shop", Source="S3", Gate=mine, Beta="CodeDeploy")["Gate"].actions == (mine,)


def test_the_course_has_its_own_providers():
    assert Pipeline.of("shop", Source="GitHub", Build="Jenkins", Test="BlazeMeter", Beta="CodeDeploy",
                       catalog="course").check(catalog="course") == []  # fmt: skip
    with pytest.raises(ValueError, match="there is no provider 'ECS'"):
        Pipeline.of("shop", Source="GitHub", Beta="ECS", catalog="course")


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("CodeBild", "Did you mean 'CodeBuild'"),
        ("Frobnicate", "The providers are: "),
        ("Deploi/CodeBuild", r"\[Name:\]\[Category/\]\[Owner/\]Provider"),
        (":CodeBuild", r"\[Name:\]"),
        (["A:S3 then B:S3"], "'then' as a separate item"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_write(what, says):
    with pytest.raises(ValueError, match=says):
        Pipeline.of("shop", Source="S3", Build=what)


def test_a_stage_of_another_type_is_refused():
    with pytest.raises(TypeError, match="not int"):
        Pipeline.of("shop", Source=3)
