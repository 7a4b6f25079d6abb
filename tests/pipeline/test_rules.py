"""Each rule of AWS, broken on purpose: the exception, the message, the place, and nothing else besides."""

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


# One row a rule: what breaks it, AWS's exception, AWS's message (or the telling part of it), the reader's place.
ROWS = []


def row(exception, message, where):
    def keep(change):
        ROWS.append(pytest.param(change, exception, message, where, id=change.__name__))
        return change

    return keep


# -- single values --------------------------------------------------------------------------------------------
@row(
    VALUE,
    "1 validation error detected: Value 'a b' at 'pipeline.stages.2.member.actions.1.member.name' failed to satisfy "
    r"constraint: Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+",
    "stage Build, action a b",
)
def action_name_in_the_wrong_alphabet(d):
    d["stages"][1]["actions"][0]["name"] = "a b"


@row(VALUE, "Value 'Bêta' at 'pipeline.stages.3.member.name'", "stage Bêta")
def stage_name_in_the_wrong_alphabet(d):
    d["stages"][2]["name"] = "Bêta"


@row(
    VALUE,
    "at 'pipeline.name' failed to satisfy constraint: Member must have length less than or equal to 100",
    "",
)
def pipeline_name_too_long(d):
    d["name"] = "x" * 101


@row(VALUE, "Member must have length greater than or equal to 1", "stage 3")
def stage_name_empty(d):
    d["stages"][2]["name"] = ""


@row(VALUE, "Member must have value greater than or equal to 1", "stage Beta, action Deploy")
def run_order_zero(d):
    d["stages"][2]["actions"][0]["runOrder"] = 0


@row(VALUE, "Member must have value less than or equal to 999", "stage Beta, action Deploy")
def run_order_too_high(d):
    d["stages"][2]["actions"][0]["runOrder"] = 1000


@row(VALUE, "Member must satisfy enum value set: [S3]", "artifact store")
def store_of_another_type(d):
    d["artifactStore"]["type"] = "EFS"


@row(VALUE, "Member must satisfy enum value set: [KMS]", "artifact store")
def key_of_another_type(d):
    d["artifactStore"]["encryptionKey"] = {"id": "k", "type": "SSE"}


@row(VALUE, "Value 'nobody' at 'pipeline.roleArn'", "pipeline")
def role_that_is_no_arn(d):
    d["roleArn"] = "nobody"


@row(VALUE, "'pipeline.roleArn'", "pipeline")
def role_of_a_short_account(d):
    d["roleArn"] = "arn:aws:iam::123:role/service"


@row(VALUE, "at 'pipeline.stages.1.member.actions.1.member.namespace'", "stage Source, action Fetch")
def namespace_with_a_dot(d):
    d["stages"][0]["actions"][0]["namespace"] = "a.b"


@row(
    VALUE,
    "configuration.S3ObjectKey' failed to satisfy constraint: Member must have length greater",
    "stage Source",
)
def configuration_value_empty(d):
    d["stages"][0]["actions"][0]["configuration"]["S3ObjectKey"] = ""


@row(VALUE, "Member must have length less than or equal to 1000", "stage Source")
def configuration_value_too_long(d):
    d["stages"][0]["actions"][0]["configuration"]["S3ObjectKey"] = "x" * 1001


@row(VALUE, "Member must satisfy enum value set: [QUEUED, SUPERSEDED, PARALLEL]", "pipeline")
def mode_that_does_not_exist(d):
    d["executionMode"] = "FIFO"


# -- the whole ------------------------------------------------------------------------------------------------
@row(
    STRUCTURE,
    "Pipeline has too many stages. There can only be up to 50 stages in a pipeline",
    "pipeline",
)
def fifty_one_stages(d):
    d["stages"] += [{"name": f"S{n}", "actions": [deploy("Deploy")]} for n in range(48)]


@row(STRUCTURE, "Pipeline should start with a stage that only contains source actions", "stage Source")
def first_stage_with_a_build(d):
    d["stages"][0]["actions"].append(action("Ask", "Approval", "Manual"))


@row(
    STRUCTURE,
    "Source actions can only be included in the first stage of the pipeline",
    "stage Build, action More",
)
def source_later(d):
    d["stages"][1]["actions"].append(
        action("More", "Source", "S3", outputs=["More"], S3Bucket="bucket", S3ObjectKey="more.zip")
    )


@row(STRUCTURE, "Pipeline must have exactly one of", "pipeline")
def no_store(d):
    del d["artifactStore"]


@row(STRUCTURE, "Pipeline must have exactly one of", "pipeline")
def two_kinds_of_store(d):
    d["artifactStores"] = {"us-east-1": dict(d["artifactStore"])}


# -- stages ---------------------------------------------------------------------------------------------------
@row(STAGE, "Stage name 'Build' is used more than once", "stage Build")
def stage_name_twice(d):
    d["stages"].append({"name": "Build", "actions": [deploy("Again")]})


@row(STAGE, "Stage 'Empty' has no actions", "stage Empty")
def stage_without_actions(d):
    d["stages"].append({"name": "Empty", "actions": []})


@row(STAGE, "There can only be up to 50 actions in a stage", "stage Beta")
def fifty_one_actions(d):
    d["stages"][2]["actions"] = [deploy(f"D{n}") for n in range(51)]


# -- actions --------------------------------------------------------------------------------------------------
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


# -- artifacts ------------------------------------------------------------------------------------------------
@row(
    ACTION,
    "Output Artifact Bundle name must be unique within the pipeline. Built has been used more than once.",
    "stage Beta, action Again",
)
def output_twice(d):
    d["stages"][2]["actions"].append(build("Again", outputs=["Built"]))


@row(
    ACTION,
    "Input Artifact Bundle Nowhere in action Deploy is not declared as Output Artifact Bundle in any of the "
    "preceding actions",
    "stage Beta, action Deploy",
)
def input_from_nowhere(d):
    d["stages"][2]["actions"][0]["inputArtifacts"] = [{"name": "Nowhere"}]


@row(ACTION, "Input Artifact Bundle Built in action Early", "stage Build, action Early")
def input_of_an_action_of_the_same_run_order(d):
    d["stages"][1]["actions"].append(build("Early", inputs=["Built"]))


@row(ACTION, "Input Artifact Bundle Late in action Compile", "stage Build, action Compile")
def input_from_a_later_stage(d):
    d["stages"][1]["actions"][0]["inputArtifacts"] = [{"name": "Late"}]
    d["stages"][2]["actions"].append(build("Late", inputs=["Source"], outputs=["Late"]))


@row(ACTION, "Input Artifact Bundle Built in action Compile", "stage Build, action Compile")
def input_that_is_its_own_output(d):
    d["stages"][1]["actions"][0]["inputArtifacts"] = [{"name": "Built"}]


# -- variables ------------------------------------------------------------------------------------------------
@row(
    ACTION,
    "Namespaces must be unique across the pipeline definition. The following occur more than once in the pipeline."
    "\nStageName=[Source], ActionName=[Fetch], Namespace=[Src]"
    "\nStageName=[Build], ActionName=[Compile], Namespace=[Src]",
    "stage Build, action Compile",
)
def namespace_twice(d):
    d["stages"][1]["actions"][0]["namespace"] = "Src"


@row(ACTION, "Namespace 'codepipeline' in action 'Compile' is reserved", "stage Build, action Compile")
def namespace_reserved(d):
    d["stages"][1]["actions"][0]["namespace"] = "codepipeline"


@row(
    ACTION,
    "referencing a namespace that does not exist.\nStageName=[Build], ActionName=[Compile], "
    "ActionConfigurationKey=[ProjectName], VariableReferenceText=[#{Nobody.CommitId}]",
    "stage Build, action Compile",
)
def reference_to_nobody(d):
    d["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "x-#{Nobody.CommitId}"


@row(ACTION, "VariableReferenceText=[#{Src}]", "stage Build, action Compile")
def reference_without_a_key(d):
    d["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "#{Src}"


@row(
    STRUCTURE,
    "Variable names must be unique. The following variable name is already in use: Env",
    "variable Env",
)
def variable_twice(d):
    d["variables"] = [{"name": "Env"}, {"name": "Env"}]


@row(STRUCTURE, "The referenced variables haven't been declared.\n", "stage Build, action Compile")
def variable_that_is_not_declared(d):
    d["variables"] = [{"name": "Env"}]
    d["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "#{variables.Evn}"


@row(
    STRUCTURE,
    "Variables at the pipeline level cannot be used in source actions.\nStageName=[Source], ActionName=[Fetch], "
    "ActionConfigurationKey=[S3ObjectKey], VariableReferenceText=[#{variables.Env}]",
    "stage Source, action Fetch",
)
def variable_in_a_source(d):
    d["variables"] = [{"name": "Env"}]
    d["stages"][0]["actions"][0]["configuration"]["S3ObjectKey"] = "#{variables.Env}"


# -- regions --------------------------------------------------------------------------------------------------
@row(STRUCTURE, "Your pipeline contains actions in more than one region.", "stage Beta, action Deploy")
def another_region_with_a_single_store(d):
    d["stages"][2]["actions"][0]["region"] = "eu-west-1"


@row(
    STRUCTURE,
    "The following region is missing in 'pipeline.artifactStores': eu-west-1.",
    "pipeline",
)
def region_without_a_store(d):
    store = d.pop("artifactStore")
    d["artifactStores"] = {"us-east-1": store, "us-west-2": store}
    d["stages"][1]["actions"][0]["region"] = "us-west-2"
    d["stages"][2]["actions"][0]["region"] = "eu-west-1"


@row(ACTION, "Source actions cannot be cross-region actions", "stage Source, action Fetch")
def source_in_another_region(d):
    store = d.pop("artifactStore")
    d["artifactStores"] = {"us-east-1": store, "eu-west-1": store}
    d["stages"][0]["actions"][0]["region"] = "eu-west-1"


# -- V1 and V2 ------------------------------------------------------------------------------------------------
@row(STRUCTURE, "Pipeline variable can only be used with V2 pipelines", "pipeline")
def variables_on_v1(d):
    d |= {"pipelineType": "V1", "variables": [{"name": "Env"}]}


@row(STRUCTURE, "QUEUED or PARALLEL mode can only be used with V2 pipelines", "pipeline")
def queued_on_v1(d):
    d |= {"pipelineType": "V1", "executionMode": "QUEUED"}


@row(STRUCTURE, "Triggers on tag can only be used with V2 pipelines", "pipeline")
def triggers_on_v1(d):
    d.update(connection(), pipelineType="V1")


@row(STAGE, "Stage level conditions can only be used with V2 pipelines.", "stage Beta")
def conditions_on_v1(d):
    d["pipelineType"] = "V1"
    d["stages"][2]["onFailure"] = {"result": "ROLLBACK"}


@row(ACTION, "Commands Action can only be used with V2 pipelines.", "stage Beta, action Make")
def commands_on_v1(d):
    d["pipelineType"] = "V1"
    make = action("Make", "Compute", "Commands", inputs=["Built"]) | {"commands": ["make"]}
    d["stages"][2]["actions"].append(make)


# -- conditions -----------------------------------------------------------------------------------------------
@row(
    STAGE,
    "The following stage cannot have a failure exit gate configured with both top level result and conditions: "
    "'Beta\".",
    "stage Beta, onFailure",
)
def result_and_conditions(d):
    condition = {"result": "ROLLBACK", "rules": [alarm()]}
    d["stages"][2]["onFailure"] = {"result": "ROLLBACK", "conditions": [condition]}


@row(
    STAGE,
    "Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.",
    "stage Beta",
)
def rollback_in_parallel(d):
    d["executionMode"] = "PARALLEL"
    d["stages"][2]["onFailure"] = {"result": "ROLLBACK"}


@row(STAGE, "The result ROLLBACK cannot be used in beforeEntry", "stage Beta, beforeEntry")
def rollback_before_entry(d):
    d["stages"][2]["beforeEntry"] = {"conditions": [{"result": "ROLLBACK", "rules": [alarm()]}]}


@row(
    STAGE,
    "The result SKIP cannot be used with the rule CloudWatchAlarm",
    "stage Beta, beforeEntry, rule Alarm",
)
def skip_by_an_alarm(d):
    d["stages"][2]["beforeEntry"] = {"conditions": [{"result": "SKIP", "rules": [alarm()]}]}


@row(STAGE, "Provider: 'Oracle'", "stage Beta, onSuccess, rule Alarm")
def rule_that_does_not_exist(d):
    d["stages"][2]["onSuccess"] = {"conditions": [{"result": "FAIL", "rules": [alarm(provider="Oracle")]}]}


@row(STAGE, "is missing required configuration 'AlarmName'", "stage Beta, onSuccess, rule Alarm")
def rule_without_its_key(d):
    d["stages"][2]["onSuccess"] = {"conditions": [{"result": "FAIL", "rules": [alarm(WaitTime="5")]}]}


@row(VALUE, "Member must have length less than or equal to 5", "stage Beta, onSuccess")
def six_rules(d):
    rules = [alarm(f"A{n}") for n in range(6)]
    d["stages"][2]["onSuccess"] = {"conditions": [{"result": "FAIL", "rules": rules}]}


# -- triggers -------------------------------------------------------------------------------------------------
@row(STRUCTURE, "Triggers for connections must reference a CodeStarSourceConnection action.", "trigger 1")
def trigger_on_a_bucket(d):
    d["triggers"] = connection()["triggers"]


@row(STRUCTURE, "A push filter cannot have tags together with branches or file paths", "trigger 1")
def tags_and_branches(d):
    d.update(connection())
    d["triggers"][0]["gitConfiguration"]["push"][0]["branches"] = {"includes": ["main"]}


@row(VALUE, "Member must have length less than or equal to 8", "trigger 1")
def nine_patterns(d):
    d.update(connection())
    d["triggers"][0]["gitConfiguration"]["push"] = [{"tags": {"includes": [f"v{n}" for n in range(9)]}}]


@pytest.mark.parametrize(("change", "exception", "message", "where"), ROWS)
def test_a_broken_rule_is_told_in_awss_words_and_alone(change, exception, message, where):
    assert Pipeline.from_aws(valid()).check() == []
    structure = valid()
    change(structure)
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    errors = caught.value.errors
    assert [breach.exception for breach in errors] == [exception]
    assert message in errors[0].message
    assert errors[0].where.startswith(where)
    assert errors[0].path.startswith("pipeline")
    assert errors[0].todo.endswith((".", "?", "]}]", "]")) or "not allowed here" in errors[0].todo
    assert caught.value.exception == exception


def test_one_stage_is_too_few_and_has_nothing_to_do():
    structure = valid()
    del structure["stages"][1:]
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    assert [breach.message for breach in caught.value.errors] == [
        "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline",
        "Pipeline should contain at least 1 action whose category is not Source",
    ]


def test_all_breaches_are_told_at_once_in_the_order_in_which_aws_meets_them():
    structure = valid()
    for change in (input_from_nowhere, stage_name_twice, source_later, role_that_is_no_arn):
        change(structure)
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    assert [breach.exception for breach in caught.value.errors] == [VALUE, STRUCTURE, STAGE, ACTION]
    shown = str(caught.value)
    for breach in caught.value.breaches:
        assert breach.where in shown
        assert breach.todo in shown
    assert shown.count("\n") >= 3 * len(caught.value.breaches)


def test_a_circle_of_artifacts_is_spelt_out():
    structure = valid()
    structure["stages"][1]["actions"] = [
        build("Egg", inputs=["Chick"], outputs=["Hatched"]),
        build("Hen", inputs=["Hatched"], outputs=["Chick"], order=2),
    ]
    structure["stages"][2]["actions"] = [deploy("Deploy", inputs=["Chick"])]
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure)
    (breach,) = caught.value.errors
    assert breach.where == "stage Build, action Egg"
    assert "Egg → Hatched → Hen → Chick → Egg" in breach.todo


# -- what must be let pass ------------------------------------------------------------------------------------
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
def a_scan_with_more_artifacts_than_its_page_names(d):
    # user guide: action-reference-InspectorScan says "1", and that an image needs none
    d["pipelineType"] = "V2"
    d["stages"][2]["actions"].append(
        action(
            "Scan", "Invoke", "InspectorScan", inputs=["Source", "Built"], InspectorRunMode="SourceCodeScan"
        )
    )


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
def a_trigger_whose_source_is_left_out(d):
    d.update(connection())
    d["triggers"][0]["gitConfiguration"]["sourceActionName"] = "Elsewhere"


@good(warnings=1)
def an_unknown_key_where_the_list_is_open(d):
    d["stages"][2]["actions"].append(action("Ask", "Approval", "Manual", NewKey="x"))


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


@pytest.mark.parametrize(("change", "warnings"), GOOD)
def test_what_aws_takes_is_taken_and_comes_back_the_same(change, warnings):
    structure = valid()
    change(structure)
    before = copy.deepcopy(structure)
    pipeline = Pipeline.from_aws(structure)
    assert pipeline.to_aws() == before
    found = pipeline.check()
    assert [breach.level for breach in found] == ["warning"] * warnings


# -- the course -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(executionMode="QUEUED"), "QUEUED or PARALLEL mode can only"),
        (lambda d: d.update(pipelineType="V2"), "Pipeline type V2 is not available"),
        (
            lambda d: d["stages"].extend({"name": f"S{n}", "actions": [deploy("D")]} for n in range(8)),
            "only be up to 10 stages",
        ),
        (
            lambda d: d["stages"][2].update(actions=[deploy(f"D{n}") for n in range(6)]),
            "up to 5 parallel actions",
        ),
        (
            lambda d: d["stages"][2]["actions"].append(
                action("E", "Deploy", "ECS", inputs=["Built"], ClusterName="c", ServiceName="s")
            ),
            "Provider: 'ECS'",
        ),
    ],
)
def test_the_course_refuses_what_it_does_not_have_yet(change, message):
    structure = valid()
    assert Pipeline.from_aws(structure, catalogue="course").check(catalogue="course") == []
    change(structure)
    assert Pipeline.from_aws(structure).check() == []
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws(structure, catalogue="course")
    assert any(message in breach.message for breach in caught.value.errors)
