"""What the tests of the rules share: a structure with nothing wrong, and how a change to it is judged."""

import copy

import pytest

from cp_teach.pipeline import InvalidPipeline, Pipeline

STRUCTURE = "InvalidStructureException"
STAGE = "InvalidStageDeclarationException"
ACTION = "InvalidActionDeclarationException"
VALUE = "ValidationException"


def action(
    name, category, provider, owner="AWS", inputs=(), outputs=(), order=1, version="1", **configuration
):
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": owner, "provider": provider, "version": version},
        "runOrder": order,
        "configuration": configuration,
        "inputArtifacts": [{"name": artifact} for artifact in inputs],
        "outputArtifacts": [{"name": artifact} for artifact in outputs],
    }


def build(name, inputs=("Source",), outputs=(), order=1, **more):
    return action(
        name, "Build", "CodeBuild", inputs=inputs, outputs=outputs, order=order, ProjectName="p", **more
    )


def deploy(name, inputs=("Built",), order=1):
    configuration = {"ApplicationName": "shop", "DeploymentGroupName": "beta"}
    return action(name, "Deploy", "CodeDeploy", inputs=inputs, order=order, **configuration)


def valid():
    """A pipeline with nothing wrong: the mutations below each break one thing."""
    source = action("Fetch", "Source", "S3", outputs=["Source"], S3Bucket="bucket", S3ObjectKey="app.zip")
    return {
        "name": "shop",
        "roleArn": "arn:aws:iam::123456789012:role/service",
        "artifactStore": {"type": "S3", "location": "shop-artifacts"},
        "stages": [
            {"name": "Source", "actions": [{**source, "namespace": "Src"}]},
            {"name": "Build", "actions": [build("Compile", outputs=["Built"])]},
            {"name": "Beta", "actions": [deploy("Deploy")]},
        ],
    }


def connection():
    d = valid()
    d["pipelineType"] = "V2"
    d["stages"][0]["actions"] = [
        action(
            "Fetch",
            "Source",
            "CodeStarSourceConnection",
            outputs=["Source"],
            ConnectionArn="arn:aws:codestar-connections:us-east-1:123456789012:connection/1",
            FullRepositoryId="example/shop",
            BranchName="main",
        )
    ]
    d["triggers"] = [
        {
            "providerType": "CodeStarSourceConnection",
            "gitConfiguration": {"sourceActionName": "Fetch", "push": [{"tags": {"includes": ["v*"]}}]},
        }
    ]
    return d


def alarm(name="Alarm", provider="CloudWatchAlarm", **configuration):
    configuration = configuration or {"AlarmName": "errors"}
    return {
        "name": name,
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration,
    }


class Rows(list):
    """One row a rule: what breaks it, AWS's exception, AWS's message (or the telling part), the reader's place."""

    def row(self, exception, message, where):
        def keep(change):
            self.append(pytest.param(change, exception, message, where, id=change.__name__))
            return change

        return keep


def breaks_alone(change, exception, message, where):
    """The change is refused in AWS's words, at that place, and with no other error besides."""
    assert Pipeline.from_aws(valid()).check() == []
    structure = valid()
    change(structure)
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    errors = caught.value.errors
    assert [breach.exception for breach in errors] == [exception]
    assert message in errors[0].message
    assert errors[0].location.startswith(where)
    assert errors[0].path.startswith("pipeline")
    assert errors[0].advice.endswith((".", "?", "]}]", "]")) or "not allowed here" in errors[0].advice
    assert caught.value.exception == exception


def passes(change, warnings):
    """The change is taken, comes back the same, and earns so many warnings and no more."""
    structure = valid()
    change(structure)
    before = copy.deepcopy(structure)
    pipeline = Pipeline.from_aws(structure)
    assert pipeline.to_aws() == before
    found = pipeline.check()
    assert [breach.level for breach in found] == ["warning"] * warnings
