"""A transition that a template disables is disabled from the start, with its reason, in everything that runs it."""

from dataclasses import replace

import pytest

from cp_teach import Console, Pipeline, Run, Simulated
from cp_teach.course import record_level
from cp_teach.engine import initial_state
from cp_teach.engine.run.run_file import BadRunFile, decode, encode
from cp_teach.explore import explore
from cp_teach.flow import commits, study
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.show.diagrams.svg import dot

TEMPLATE = """
Resources:
  Shop:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: shop
      RoleArn: arn:aws:iam::123456789012:role/r
      ArtifactStore: {Type: S3, Location: my-bucket}
      DisableInboundStageTransitions: %s
      Stages:
        - Name: Source
          Actions:
            - Name: Src
              ActionTypeId: {Category: Source, Owner: AWS, Provider: S3, Version: 1}
              Configuration: {S3Bucket: b, S3ObjectKey: k.zip, PollForSourceChanges: false}
              OutputArtifacts: [{Name: S}]
        - Name: Build
          Actions:
            - Name: Make
              ActionTypeId: {Category: Build, Owner: AWS, Provider: CodeBuild, Version: 1}
              Configuration: {ProjectName: p}
              InputArtifacts: [{Name: S}]
"""
DISABLED = "[{StageName: Build, Reason: 'until the tests are complete'}]"


@pytest.fixture(scope="module")
def shop():
    return Pipeline.from_cloudformation(TEMPLATE % DISABLED)


def test_a_run_stops_at_the_transition_until_it_is_enabled(shop):
    run = Run(shop, Simulated())
    run.release("x")
    run.advance(minutes=90)
    assert (1, "Build", "Make") not in run.history.newest
    assert run.history.disabled_reasons == {"Build": "until the tests are complete"}
    run.enable("Build")
    run.advance(minutes=90)
    assert run.history.executions[1].status == "Succeeded"
    assert run.history.disabled_reasons == {}
    run.reset()
    assert run.state.stages[1].transition == "disabled"
    assert run.history.disabled_reasons == {"Build": "until the tests are complete"}


def test_it_expires_like_any_disabled_transition(shop):
    run = Run(shop, Simulated())
    run.advance(days=31)
    assert run.state.stages[1].transition == "expired"


def test_the_console_shows_the_reason(shop):
    view = Console(Run(shop)).view
    assert view["stages"][1]["door"]["reason"] == "until the tests are complete"


def test_a_drawing_of_the_pipeline_shows_the_reason(shop):
    assert all(
        "Transition disabled: until" in dot(drawable) for drawable in (shop, Run(shop), Run(shop).state)
    )


def test_a_level_that_is_recorded_from_it_begins_with_the_disabled_transition(shop, tmp_path):
    run = Run(shop)
    run.release("x")
    run.succeed("Source", "Src")
    run.enable("Build")
    level = record_level(run, tmp_path / "shop.toml", title="Open Build")
    assert level.start.state.stages[1].transition == "disabled"


def test_a_fork_and_a_saved_run_keep_it(shop, tmp_path):
    run = Run(shop, Simulated())
    run.release("x")
    for each in (run.fork(), Run.load(run.save(tmp_path / "shop.json"))):
        assert each.state.stages[1].transition == "disabled"
        assert each.pipeline.disabled_transitions == (("Build", "until the tests are complete"),)
        assert each.history.disabled_reasons == {"Build": "until the tests are complete"}


@pytest.mark.parametrize("value", [[], {"Nope": "x"}, {"Build": 3}])
def test_a_damaged_entry_of_a_saved_run_is_a_sentence(shop, value):
    document = encode(Run(shop)) | {"disabled_transitions": value}
    with pytest.raises(BadRunFile, match="disabled_transitions"):
        decode(document, Run)


def test_it_is_no_part_of_awss_structure(shop):
    structure = shop.to_aws()
    assert "disabledTransitions" not in str(structure)
    assert Pipeline.from_aws(structure) == shop
    assert initial_state(Pipeline.from_aws(structure)).stages[1].transition == "enabled"


def test_exploring_starts_from_the_disabled_transition(shop):
    def entered(*moves):
        space = explore(shop, revisions=1, allow=("release", "finish", *moves))
        list(space.grow())
        return any(space.state(index).stages[1].holder for index in range(space.explored))

    assert not entered()
    assert entered("toggle")


def test_a_study_says_that_nothing_would_pass(shop):
    with pytest.raises(
        ValueError, match=r"disables the transition into Build \(until the tests are complete\)"
    ):
        study(shop, arrivals=commits(per_day=4), weeks=1, replications=2)
    opened = replace(shop, disabled_transitions=())
    by_hours = {"closed": {"Build": "Mon-Fri 9-17"}}
    for pipeline, policy in ((opened, None), (shop, by_hours)):
        result = study(pipeline, arrivals=commits(per_day=4), weeks=1, replications=2, policy=policy)
        assert (result.frame["status"] == "Succeeded").any()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("[{StageName: Beta, Reason: x}]", "there is no stage 'Beta'; the stages are: Source, Build"),
        ("[Build]", "0: it must be a map with StageName and Reason"),
        ("{StageName: Build}", "it must be a list of maps"),
        ("[{Reason: x}]", "0: it must be a map with StageName and Reason"),
    ],
)
def test_an_impossible_entry_is_a_sentence_with_its_place(value, message):
    with pytest.raises(InvalidTemplate, match="Shop, Properties, DisableInboundStageTransitions.*" + message):
        Pipeline.from_cloudformation(TEMPLATE % value)


def test_a_condition_can_leave_it_out():
    text = TEMPLATE.replace("Resources:", "Conditions: {Go: !Equals [a, a]}\nResources:", 1)
    open_now = Pipeline.from_cloudformation(text % f"!If [Go, !Ref AWS::NoValue, {DISABLED}]")
    assert open_now.disabled_transitions == ()
