"""Output variables of actions that nothing carries out: what later actions use has a value."""

import pytest

from cp_teach import Pipeline, Run
from cp_teach.work import Simulated

ACCOUNT = "123456789012"


def pipeline(provider, references, *, category="Build", settings=(), owner="AWS", source=None, **more):
    """A source, an action with the namespace N, and an action whose configuration has these references."""

    def action(name, kind, configuration, **fields):
        (kind_category, kind_owner, kind_provider) = kind
        return {
            "name": name,
            "actionTypeId": {
                "category": kind_category, "owner": kind_owner, "provider": kind_provider, "version": "1"
            },
            "configuration": dict(configuration),
            **fields,
        }  # fmt: skip

    checkout = source or action(
        "Checkout",
        ("Source", "AWS", "CodeCommit"),
        {"RepositoryName": "shop", "BranchName": "main", "PollForSourceChanges": "false"},
    )
    inputs = {"inputArtifacts": [{"name": "S"}]}
    first = action("Make", (category, owner, provider), settings, namespace="N", **{**inputs, **more})
    variables = ", ".join(f'{{"name": "V{i}", "value": "{text}"}}' for i, text in enumerate(references))
    use = {"ProjectName": "use", "EnvironmentVariables": f"[{variables}]"}
    return Pipeline.from_aws(
        {
            "name": "shop",
            "roleArn": "arn:aws:iam::123456789012:role/cp",
            "artifactStore": {"type": "S3", "location": "codepipeline-us-east-1-123456789012"},
            "pipelineType": "V2",
            "stages": [
                {"name": "Source", "actions": [{**checkout, "outputArtifacts": [{"name": "S"}]}]},
                {"name": "Make", "actions": [first]},
                {"name": "Use", "actions": [action("Use", ("Test", "AWS", "CodeBuild"), use, **inputs)]},
            ],
        }
    )


def released(shop, worker=None):
    run = Run(shop, worker or Simulated(), seed=3)
    run.release("New logo")
    run.settle()
    return run


PROJECT = {"ProjectName": "make"}
FUNCTION = {"FunctionName": "f"}
MACHINE = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Shop"}
STACK = {"ActionMode": "CHANGE_SET_EXECUTE", "StackName": "s", "ChangeSetName": "c"}


@pytest.mark.parametrize(
    ("shop", "values"),
    [
        (pipeline("CodeBuild", ["#{N.IMAGE_TAG}"], settings=PROJECT), {"IMAGE_TAG": "simulated-"}),
        (pipeline("CodeBuild", ["#{N.CODEBUILD_BUILD_ID}"], settings=PROJECT), {"CODEBUILD_BUILD_ID": "make:"}),
        (pipeline("Lambda", ["#{N.A}"], category="Invoke", settings=FUNCTION), {"A": "simulated-"}),
        (pipeline("CloudFormation", ["#{N.Url}"], category="Deploy", settings=STACK), {"Url": "https://simulated."}),
        (pipeline("StepFunctions", ["#{N.ExecutionArn}"], category="Invoke", settings=MACHINE),
         {"StateMachineArn": MACHINE["StateMachineArn"],
          "ExecutionArn": "arn:aws:states:us-east-1:123456789012:execution:Shop:"}),
        (pipeline("Commands", ["#{N.TAG}"], category="Compute", commands=["true"], outputVariables=["TAG", "MORE"]),
         {"TAG": "simulated-", "MORE": "simulated-"}),
        (pipeline("EKS", ["#{N.EKSClusterName}"], category="Deploy",
                  settings={"ClusterName": "c", "ManifestFiles": "m.yml"}), {"EKSClusterName": "c"}),
        (pipeline("ECRBuildAndPublish", ["#{N.ECRImageDigestId}"], settings={"ECRRepositoryName": "r"}),
         {"ECRRepositoryName": "r", "ECRImageDigestId": "sha256:"}),
    ],
)  # fmt: skip
def test_a_simulated_action_has_what_a_later_action_uses(shop, values):
    run = released(shop)
    assert run.history.executions[1].status == "Succeeded", run.history.latest["Use", "Use"].message
    found = dict(run.history.newest[1, "Make", "Make"].variables)
    assert found.keys() == values.keys()
    for key, beginning in values.items():
        assert found[key].startswith(beginning)


def test_the_message_of_the_action_says_which_values_are_made_up():
    shop = pipeline("CodeBuild", ["#{N.TAG} #{N.CODEBUILD_BUILD_NUMBER}"], settings=PROJECT)
    row = released(shop).history.newest[1, "Make", "Make"]
    assert row.message == "Simulated, with made-up values: TAG."
    assert dict(row.variables)["CODEBUILD_BUILD_NUMBER"] == "1"


@pytest.mark.parametrize(
    "shop",
    [
        pipeline("StepFunctions", ["#{N.Other}"], category="Invoke", settings=MACHINE),
        pipeline("Commands", ["#{N.OTHER}"], category="Compute", commands=["true"], outputVariables=["TAG"]),
        pipeline("ECS", ["#{N.A}"], category="Deploy", settings={"ClusterName": "c", "ServiceName": "s"}),
        pipeline(
            "CloudFormation",
            ["#{N.Url}"],
            category="Deploy",
            settings={**STACK, "ActionMode": "CHANGE_SET_REPLACE"},
        ),
    ],
)
def test_a_variable_that_the_provider_never_has_still_fails(shop):
    run = released(shop)
    row = run.history.latest["Use", "Use"]
    assert row.failure == "ConfigurationError"
    assert "which has no value in this execution" in row.message


def test_given_variables_are_all_that_a_build_exports():
    shop = pipeline("CodeBuild", ["#{N.TAG}"], settings=PROJECT)
    given = released(shop, Simulated(variables={"Make": {"TAG": "1.2"}}))
    assert given.resolved("Use", "Use")["EnvironmentVariables"] == '[{"name": "V0", "value": "1.2"}]'
    assert given.history.newest[1, "Make", "Make"].message == ""
    machine = pipeline("StepFunctions", ["#{N.ExecutionArn} #{N.Own}"], category="Invoke", settings=MACHINE)
    own = released(machine, Simulated(variables={"Make": {"Own": "x"}}))
    assert own.history.executions[1].status == "Succeeded"
    lacking = released(shop, Simulated(variables={"Make": {}}))
    assert "#{N.TAG}, which has no value" in lacking.history.latest["Use", "Use"].message


def test_an_action_that_is_ended_by_hand_has_them_too_unless_they_are_given():
    run = Run(pipeline("CodeBuild", ["#{N.TAG}"], settings=PROJECT))
    run.release("New logo")
    run.succeed("Source")
    run.succeed("Make", variables={"TAG": "by hand"})
    assert "by hand" in run.resolved("Use", "Use")["EnvironmentVariables"]
    run.undo()
    run.succeed("Make")
    assert "simulated-" in run.resolved("Use", "Use")["EnvironmentVariables"]


def test_the_same_run_makes_up_the_same_values_and_a_saved_one_keeps_them(tmp_path):
    shop = pipeline("CodeBuild", ["#{N.TAG}"], settings=PROJECT)
    one, other = released(shop), released(shop)
    assert (
        one.history.newest[1, "Make", "Make"].variables == other.history.newest[1, "Make", "Make"].variables
    )
    loaded = Run.load(one.save(tmp_path / "run.json"))
    assert loaded.read_only == ""
    assert (
        loaded.history.newest[1, "Make", "Make"].variables == one.history.newest[1, "Make", "Make"].variables
    )


def test_a_failed_action_has_no_variables():
    run = Run(pipeline("CodeBuild", ["#{N.TAG}"], settings=PROJECT), Simulated())
    run.inject("Make", "Make")
    run.release("New logo")
    run.settle()
    assert run.history.newest[1, "Make", "Make"].variables == ()


def test_a_condition_that_expects_a_value_gets_it():
    shop = pipeline("CodeBuild", ["#{N.READY}"], settings=PROJECT)
    declared = shop.to_aws()
    rule = {
        "name": "Ready",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
        "configuration": {"Variable": "#{N.READY}", "Operator": "EQ", "Value": "yes"},
    }
    declared["stages"][2]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    run = released(Pipeline.from_aws(declared))
    assert dict(run.history.newest[1, "Make", "Make"].variables) == {"READY": "yes"}
    assert run.history.executions[1].status == "Succeeded"


CONNECTION = {
    "name": "Checkout",
    "actionTypeId": {
        "category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"
    },
    "configuration": {
        "ConnectionArn": f"arn:aws:codeconnections:us-east-1:{ACCOUNT}:connection/{'1' * 8}-2222-3333-4444-{'5' * 12}",
        "FullRepositoryId": "acme/shop",
        "BranchName": "main",
    },
    "namespace": "Code",
}  # fmt: skip
PULL = [
    "#{Code.PullRequestId} #{Code.PullRequestTitle} #{Code.SourceBranchName} to #{Code.DestinationBranchName}"
]


def test_an_execution_of_a_pull_request_has_its_variables():
    shop = pipeline("CodeBuild", PULL, settings=PROJECT, source=CONNECTION)
    failed = released(shop).history.latest["Use", "Use"].message
    assert "give the pipeline a trigger with a pullRequest filter" in failed
    declared = shop.to_aws()
    request = {"events": ["OPEN"], "branches": {"includes": ["release/*", "develop"]}}
    declared["triggers"] = [
        {
            "providerType": "CodeStarSourceConnection",
            "gitConfiguration": {"sourceActionName": "Checkout", "pullRequest": [request]},
        }
    ]
    run = released(Pipeline.from_aws(declared))
    assert "1 New logo feature-1 to develop" in run.resolved("Use", "Use")["EnvironmentVariables"]
