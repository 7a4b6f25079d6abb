"""The rules of the actions, broken on purpose: exception, message, place, and nothing besides."""

import pytest
from shop_structure import ACTION, Rows, action, breaks_alone, deploy

ROWS = Rows()
row = ROWS.row


@row(ACTION, "Action name 'Deploy' is used more than once in stage 'Beta'", "stage Beta, action Deploy")
def action_name_twice(d):
    d["stages"][2]["actions"].append(deploy("Deploy", order=2))


@row(
    ACTION,
    "ActionType (Category: 'Deploy', Provider: 'CodeDploy', Owner: 'AWS', Version: '1') in action 'Deploy' "
    "is not available in region 'US_EAST_1'",
    "stage Beta, action Deploy",
)
def unknown_provider(d):
    d["stages"][2]["actions"][0]["actionTypeId"]["provider"] = "CodeDploy"


@row(
    ACTION,
    "Action Own declares 6 output artifacts which is more than the maximum count (5)",
    "stage Build, action Own",
)
def too_many_artifacts_of_a_provider_that_is_not_known(d):
    made = [f"Made{n}" for n in range(6)]
    own = action("Own", "Build", "OurTool", "Custom", inputs=["Source"], outputs=made, order=2)
    d["stages"][1]["actions"].append(own)


@row(ACTION, "Provider: 'CodeDeploy', Owner: 'ThirdParty'", "stage Beta, action Deploy")
def provider_of_another_owner(d):
    d["stages"][2]["actions"][0]["actionTypeId"]["owner"] = "ThirdParty"


@row(ACTION, "Category: 'Build', Provider: 'CodeDeploy'", "stage Beta, action Deploy")
def provider_of_another_category(d):
    d["stages"][2]["actions"][0]["actionTypeId"]["category"] = "Build"


@row(ACTION, "Version: '2') in action 'Deploy' is not available", "stage Beta, action Deploy")
def provider_of_another_version(d):
    d["stages"][2]["actions"][0]["actionTypeId"]["version"] = "2"


@row(
    ACTION,
    "Action configuration for action 'Fetch' is missing required configuration 'S3ObjectKey'",
    "stage Source, action Fetch",
)
def key_missing(d):
    del d["stages"][0]["actions"][0]["configuration"]["S3ObjectKey"]


@row(
    ACTION,
    "Action configuration for action 'Fetch' contains unknown configuration 'S3Objectkey'",
    "stage Source, action Fetch",
)
def key_unknown(d):
    d["stages"][0]["actions"][0]["configuration"]["S3Objectkey"] = "app.zip"


@row(
    ACTION,
    "Action Deploy declares 0 input artifacts which is less than the minimum count (1)",
    "stage Beta, action Deploy",
)
def too_few_inputs(d):
    d["stages"][2]["actions"][0]["inputArtifacts"] = []


@row(
    ACTION,
    "Action Deploy declares 2 input artifacts which is more than the maximum count (1)",
    "stage Beta, action Deploy",
)
def too_many_inputs(d):
    d["stages"][2]["actions"][0]["inputArtifacts"].append({"name": "Source"})


@row(
    ACTION, "Action Deploy declares 1 output artifacts which is more than the maximum count (0)", "stage Beta"
)
def too_many_outputs(d):
    d["stages"][2]["actions"][0]["outputArtifacts"] = [{"name": "Out"}]


@row(ACTION, "Action Make must have a non-empty commands field", "stage Beta, action Make")
def commands_without_commands(d):
    d["pipelineType"] = "V2"
    d["stages"][2]["actions"].append(action("Make", "Compute", "Commands", inputs=["Built"]))


@row(ACTION, "The ARN arn:aws:sns you specified for sending notifications", "stage Beta, action Ask")
def approval_topic_that_is_half_an_arn(d):
    d["stages"][2]["actions"].append(action("Ask", "Approval", "Manual", NotificationArn="arn:aws:sns"))


@row(
    ACTION, "the AWS service for this ARN cannot be used to send approval requests", "stage Beta, action Ask"
)
def approval_topic_of_another_service(d):
    arn = "arn:aws:sqs:us-east-1:123456789012:queue"
    d["stages"][2]["actions"].append(action("Ask", "Approval", "Manual", NotificationArn=arn))


# The guide's pages of these two name one number of artifacts and no other (action-reference-EC2Deploy,
# action-reference-DeviceFarm), though their lists of keys are not complete.
@row(
    ACTION,
    "Action Roll declares 0 input artifacts which is less than the minimum count (1)",
    "stage Beta, action Roll",
)
def a_deployment_to_ec2_of_nothing(d):
    d["pipelineType"] = "V2"
    d["stages"][2]["actions"].append(
        action("Roll", "Deploy", "EC2", InstanceTagKey="Name", InstanceType="EC2")
    )


@row(
    ACTION,
    "Action Try declares 1 output artifacts which is more than the maximum count (0)",
    "stage Beta, action Try",
)
def a_device_farm_that_makes_an_artifact(d):
    keys = ("AppType", "ProjectId", "App", "DevicePoolArn", "TestType")
    d["stages"][2]["actions"].append(
        action("Try", "Test", "DeviceFarm", inputs=["Built"], outputs=["Tried"], **dict.fromkeys(keys, "x"))
    )


@row(ACTION, "contains unknown configuration 'BuildspecOverride'", "stage Build, action Compile")
def a_key_that_the_provider_has_in_another_category_only(d):
    d["stages"][1]["actions"][0]["actionTypeId"]["category"] = "Test"
    d["stages"][1]["actions"][0]["configuration"]["BuildspecOverride"] = "buildspec.yml"


COMMANDS = (
    "The following action cannot contain a commands field: Compile. To use the commands field, use a compute"
)


@row(ACTION, COMMANDS, "stage Build, action Compile")
def files_of_an_artifact_of_a_build(d):
    d["stages"][1]["actions"][0]["outputArtifacts"] = [{"name": "Built", "files": ["app.apk"]}]


@row(ACTION, COMMANDS, "stage Build, action Compile")
def commands_of_a_build(d):
    d["stages"][1]["actions"][0]["commands"] = ["make"]


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    breaks_alone(change, exception, message, where)
