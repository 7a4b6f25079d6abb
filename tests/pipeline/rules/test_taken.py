"""What the rules must let pass, with the warnings that it earns."""

import pytest
from shop_structure import action, alarm, build, connection, deploy, passes

GOOD = []


def good(warnings=0):
    def keep(change):
        GOOD.append(pytest.param(change, warnings, id=change.__name__))
        return change

    return keep


@good()
def nothing_changed(d):
    pass


@good()
def names_with_every_letter_that_is_allowed(d):
    d["stages"][1]["name"] = "Build.1@home-_"
    d["stages"][1]["actions"][0]["name"] = "Ireland.App@1-_"


@good()
def fifty_stages(d):
    d["stages"] += [{"name": f"S{n}", "actions": [deploy("Deploy")]} for n in range(47)]


@good()
def a_test_by_codebuild_in_a_later_run_order_of_the_same_stage(d):
    check = build("Check", inputs=["Built"], order=7)
    check["actionTypeId"]["category"] = "Test"
    d["stages"][1]["actions"].append(check)


@good()
def an_action_name_again_in_another_stage(d):
    d["stages"].append({"name": "Prod", "actions": [deploy("Deploy")]})


@good()
def a_function_that_makes_an_artifact(d):
    d["stages"][1]["actions"].append(
        action("Call", "Invoke", "Lambda", inputs=["Source"], outputs=["Out"], FunctionName="f")
    )


@good()
def v2_features_where_no_type_is_written(d):
    d["executionMode"] = "QUEUED"
    d["variables"] = [{"name": "Env", "defaultValue": "beta"}]
    d["stages"][2]["onFailure"] = {"result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}
    d["stages"][1]["actions"][0]["configuration"]["ProjectName"] = (
        "#{variables.Env}-#{codepipeline.PipelineExecutionId}"
    )


@good()
def an_action_in_another_region_with_its_store(d):
    store = d.pop("artifactStore")
    d["artifactStores"] = {"us-east-1": store, "eu-west-1": store}
    d["stages"][2]["actions"][0]["region"] = "eu-west-1"


@good()
def the_region_of_the_console_bucket_written_out(d):
    d["artifactStore"]["location"] = "codepipeline-eu-west-1-1234567890"
    d["stages"][2]["actions"][0]["region"] = "eu-west-1"


@good()
def a_trigger_on_its_connection(d):
    d.update(connection())


@good()
def a_github_source_of_version_one(d):
    d["stages"][0]["actions"] = [
        action(
            "Fetch", "Source", "GitHub", "ThirdParty", outputs=["Source"],
            Owner="example", Repo="shop", Branch="main", OAuthToken="****", PollForSourceChanges="false",
        )
    ]  # fmt: skip


@good()
def conditions_that_fit(d):
    stage = d["stages"][2]
    stage["beforeEntry"] = {
        "conditions": [{"result": "SKIP", "rules": [alarm("F", "LambdaInvoke", FunctionName="f")]}]
    }
    stage["onSuccess"] = {"conditions": [{"result": "ROLLBACK", "rules": [alarm()]}]}
    stage["onFailure"] = {"conditions": [{"result": "ROLLBACK", "rules": [alarm()]}]}


@good()
def a_build_under_a_role_of_its_own(d):
    # user guide: action-reference-CodeBuild, configuration parameters
    role = "arn:aws:iam::111122223333:role/scoped-build"
    d["stages"][1]["actions"][0]["configuration"]["ServiceRoleArnOverride"] = role


@good()
def a_source_that_tells_which_of_two_regions_is_home(d):
    # user guide: actions-create-cross-region: a source action runs in the pipeline's own region
    store = d.pop("artifactStore")
    d["artifactStores"] = {"us-east-1": store, "us-west-2": store}
    d["stages"][0]["actions"][0]["region"] = "us-west-2"
    d["stages"][2]["actions"][0]["region"] = "us-east-1"


@good()
def a_source_that_tells_that_home_is_elsewhere(d):
    # the guide's examples name the region on some actions only: action-reference-S3
    d["stages"][0]["actions"][0]["region"] = "us-west-2"


@good(warnings=1)
def a_custom_provider_that_nobody_registered(d):
    d["stages"][1]["actions"][0]["actionTypeId"] |= {
        "owner": "Custom",
        "provider": "my-Jenkins",
        "version": "7",
    }


@good(warnings=1)
def a_placeholder_for_the_topic_of_an_approval(d):
    d["stages"][2]["actions"].append(action("Ask", "Approval", "Manual", NotificationArn="approvaltopic"))


@good(warnings=1)
def a_placeholder_for_the_role(d):
    d["roleArn"] = "arn:aws:iam::80398EXAMPLE:role/AWS-CodePipeline-Service"


@good(warnings=1)
def an_artifact_name_that_codebuild_does_not_take_as_an_identifier(d):
    make = d["stages"][1]["actions"][0]
    make["outputArtifacts"] = [{"name": "Built"}, {"name": "test-report"}]


@good(warnings=0)
def a_hyphen_in_the_only_output_or_in_the_primary_source(d):
    d["stages"][0]["actions"][0]["outputArtifacts"] = [{"name": "the-code"}]
    make = d["stages"][1]["actions"][0]
    make["inputArtifacts"], make["outputArtifacts"] = [{"name": "the-code"}], [{"name": "the-build"}]
    d["stages"][2]["actions"][0]["inputArtifacts"] = [{"name": "the-build"}]


@good(warnings=0)
def a_hyphen_in_the_source_that_is_named_as_the_primary_one(d):
    d["stages"][0]["actions"][0]["outputArtifacts"] = [{"name": "the-code"}]
    more = action("More", "Source", "S3", outputs=["More"], S3Bucket="bucket", S3ObjectKey="more.zip")
    d["stages"][0]["actions"].append(more)
    make = d["stages"][1]["actions"][0]
    make["inputArtifacts"] = [{"name": "More"}, {"name": "the-code"}]
    make["configuration"]["PrimarySource"] = "the-code"


@good(warnings=0)
def all_actions_in_one_foreign_region_with_a_single_store(d):
    d["stages"][2]["actions"][0]["region"] = "us-west-2"


@good(warnings=1)
def a_filter_that_repeats_another(d):
    d.update(connection())
    d["triggers"][0]["gitConfiguration"]["push"] *= 2


@good(warnings=1)
def parameter_overrides_of_more_than_a_kilobyte(d):
    overrides = '{"Name": "%s"}' % ("x" * 1024)
    stack = {"ActionMode": "CREATE_UPDATE", "StackName": "s", "RoleArn": "arn:aws:iam::123456789012:role/r"}
    stack |= {"TemplatePath": "Built::t.yml", "ParameterOverrides": overrides}
    d["stages"][2]["actions"] = [action("Stack", "Deploy", "CloudFormation", inputs=["Built"], **stack)]


@good(warnings=0)
def a_configuration_value_of_fifty_thousand_characters(d):
    variables = '[{"name": "LONG", "value": "%s"}]'
    d["stages"][1]["actions"][0]["configuration"]["EnvironmentVariables"] = variables % ("x" * 49_969)


@good(warnings=1)
def several_inputs_without_a_primary_source(d):
    d["stages"][1]["actions"].append(build("Both", inputs=["Source", "Built"], order=2))


@good(warnings=1)
def a_reference_to_an_action_that_comes_later(d):
    d["stages"][2]["actions"][0]["namespace"] = "Later"
    d["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "#{Later.Id}"


@good(warnings=1)
def a_timeout_on_a_build(d):
    d["stages"][1]["actions"][0]["timeoutInMinutes"] = 5


@good(warnings=1)
def a_region_that_is_not_known_yet(d):
    store = d.pop("artifactStore")
    d["artifactStores"] = {"us-east-1": store, "mars-north-1": store}
    d["stages"][2]["actions"][0]["region"] = "mars-north-1"


@good(warnings=2)
def a_change_set_without_its_keys(d):
    d["stages"][2]["actions"] = [
        action("Stack", "Deploy", "CloudFormation", ActionMode="CHANGE_SET_REPLACE", StackName="s",
               ChangeSetName="c")
    ]  # fmt: skip


def _deploy_to_bucket(d, **settings):
    d["stages"][2]["actions"][0] = action(
        "Deploy", "Deploy", "S3", inputs=["Built"], BucketName="shop", **settings
    )


@good(warnings=1)
def an_archive_that_is_not_unpacked_and_has_no_key(d):
    _deploy_to_bucket(d, Extract="false")


@good()
def an_archive_that_is_not_unpacked_under_its_key(d):
    _deploy_to_bucket(d, Extract="False", ObjectKey="shop.zip")


@good()
def an_archive_that_is_unpacked(d):
    _deploy_to_bucket(d, Extract="true")


def _stack(d, outputs=(), template="Built::template.json", **settings):
    d["stages"][2]["actions"][0] = action(
        "Deploy",
        "Deploy",
        "CloudFormation",
        inputs=["Built"],
        outputs=outputs,
        ActionMode="CREATE_UPDATE",
        StackName="shop",
        RoleArn="arn:aws:iam::123456789012:role/stacks",
        TemplatePath=template,
        **settings,
    )


@good(warnings=1)
def a_template_in_an_artifact_that_is_no_input(d):
    _stack(d, template="Source::template.json")


@good()
def a_template_in_an_artifact_that_a_variable_names(d):
    _stack(d, template="#{Src.Artifact}::template.json")


@good(warnings=1)
def a_file_of_outputs_that_goes_nowhere(d):
    _stack(d, OutputFileName="outputs.json")


@good()
def a_file_of_outputs_and_its_artifact(d):
    _stack(d, ["Outputs"], OutputFileName="outputs.json")


def _publish(d, inputs=("Source",), **settings):
    d["pipelineType"] = "V2"
    d["stages"][1]["actions"].append(
        action("Publish", "Build", "ECRBuildAndPublish", inputs=inputs, order=2, **settings)
    )


@good()
def an_image_that_is_published(d):
    _publish(d, ECRRepositoryName="shop")


@pytest.mark.parametrize(("change", "warnings"), GOOD)
def test_what_aws_takes_is_taken_and_comes_back_the_same(change, warnings):
    passes(change, warnings)
