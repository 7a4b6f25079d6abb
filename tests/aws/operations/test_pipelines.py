"""CreatePipeline, GetPipeline, UpdatePipeline, DeletePipeline, ListPipelines, tags."""

import pytest
from account import Account, action, approve, build, commits, deploy, error, stage, upload

from cp_teach.aws import mock_aws


def test_what_comes_back_has_the_defaults_that_the_service_fills_in(account):
    made = account.cp.create_pipeline(pipeline=account.structure("shop"))["pipeline"]
    assert (made["version"], made["executionMode"], made["pipelineType"]) == (1, "SUPERSEDED", "V1")
    source = made["stages"][0]["actions"][0]
    assert source["runOrder"] == 1
    assert source["inputArtifacts"] == []
    assert source["outputArtifacts"] == [{"name": "SourceArtifact"}]
    assert list(source["configuration"]) == sorted(source["configuration"])
    assert not {"namespace", "region", "roleArn"} & set(source)
    assert made["stages"][2]["actions"][0]["outputArtifacts"] == []


def test_the_date_is_in_the_metadata_and_not_in_the_pipeline(account):
    account.create()
    told = account.cp.get_pipeline(name="shop")
    assert told["metadata"]["pipelineArn"] == "arn:aws:codepipeline:us-east-1:123456789012:shop"
    assert told["metadata"]["created"] == told["metadata"]["updated"]
    assert "created" not in told["pipeline"]


def test_a_name_in_use_is_refused_with_the_name_of_the_model(account):
    account.create()
    code, message = error(account.cp.create_pipeline, pipeline=account.structure("shop"))
    assert code == "PipelineNameInUseException"
    assert message == "A pipeline with the name 'shop' already exists in account '123456789012'"


def test_the_service_role_must_exist_and_let_the_service_in(account):
    wrong = account.structure("shop") | {"roleArn": "arn:aws:iam::123456789012:role/nobody"}
    assert error(account.cp.create_pipeline, pipeline=wrong) == (
        "InvalidStructureException",
        "CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::123456789012:role/nobody",
    )


@pytest.mark.parametrize(
    ("principal", "trusted"),
    [
        ({"Service": ["codebuild.amazonaws.com", "codepipeline.amazonaws.com"]}, True),
        ({"AWS": "arn:aws:iam::123456789012:root"}, False),
        ({"Service": "s3.amazonaws.com"}, False),
        ("*", False),
    ],
)
def test_every_legal_form_of_a_trust_policy_is_read(account, principal, trusted):
    import json

    statement = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = account.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    pipeline = account.structure("shop") | {"roleArn": role}
    if trusted:
        assert account.cp.create_pipeline(pipeline=pipeline)["pipeline"]["roleArn"] == role
    else:
        assert error(account.cp.create_pipeline, pipeline=pipeline)[0] == "InvalidStructureException"


def test_the_rules_of_the_structure_answer_with_the_words_of_the_service(account):
    one = account.structure("shop", stage("Source", commits()))
    assert error(account.cp.create_pipeline, pipeline=one) == (
        "InvalidStructureException",
        "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline",
    )
    twice = account.structure("shop", stage("Source", commits()), stage("Source", build()))
    assert error(account.cp.create_pipeline, pipeline=twice)[0] == "InvalidStageDeclarationException"
    dangling = account.structure("shop", stage("Source", commits(out="Other")), stage("Build", build()))
    code, message = error(account.cp.create_pipeline, pipeline=dangling)
    assert code == "InvalidActionDeclarationException"
    assert message == (
        "Input Artifact Bundle SourceArtifact in action Compile is not declared as Output Artifact Bundle in any of "
        "the preceding actions"
    )


def test_values_are_checked_by_the_model_of_the_service(account):
    wrong = account.structure("sho p")
    wrong["stages"][0]["actions"][0]["runOrder"] = 0
    import botocore.config

    loose = Account(account.mock, config=botocore.config.Config(parameter_validation=False))
    code, message = error(loose.cp.create_pipeline, pipeline=wrong)
    assert code == "ValidationException"
    assert message.startswith("2 validation errors detected: Value at 'pipeline.name' failed to satisfy")
    assert "[A-Za-z0-9.@\\-_]+; " in message
    assert "at 'pipeline.stages.1.member.actions.1.member.runOrder'" in message
    assert message.endswith("Member must have value greater than or equal to 1")


def test_creating_starts_an_execution_and_updating_does_not(account):
    account.create()
    (first,) = account.executions()
    assert first["trigger"]["triggerType"] == "CreatePipeline"
    assert first["trigger"]["triggerDetail"] == "arn:aws:sts::123456789012:user/moto"
    changed = account.structure("shop", stage("Source", commits()), stage("Build", build("Other")))
    assert account.cp.update_pipeline(pipeline=changed)["pipeline"]["version"] == 2
    assert len(account.executions()) == 1


def test_an_update_that_changes_nothing_keeps_the_version(account):
    account.create()
    same = account.cp.get_pipeline(name="shop")["pipeline"]
    assert account.cp.update_pipeline(pipeline=same)["pipeline"]["version"] == 1
    assert account.cp.update_pipeline(pipeline=same | {"version": 77})["pipeline"]["version"] == 1


def test_old_versions_can_be_read(account):
    account.create()
    changed = account.structure("shop", stage("Source", commits()), stage("Build", build("Other")))
    account.cp.update_pipeline(pipeline=changed)
    old = account.cp.get_pipeline(name="shop", version=1)["pipeline"]
    assert old["version"] == 1
    assert len(old["stages"]) == 3
    assert error(account.cp.get_pipeline, name="shop", version=3)[0] == "PipelineVersionNotFoundException"


def test_secrets_are_masked_and_the_mask_brings_the_value_back(account):
    configuration = {"Owner": "me", "Repo": "shop", "Branch": "main", "OAuthToken": "ghp_secret"}
    source = action("Hub", "Source/ThirdParty/GitHub", outs=["SourceArtifact"], configuration=configuration)
    account.create("shop", stage("Source", source), stage("Build", build()))
    told = account.cp.get_pipeline(name="shop")["pipeline"]
    assert told["stages"][0]["actions"][0]["configuration"]["OAuthToken"] == "****"
    assert account.cp.update_pipeline(pipeline=told)["pipeline"]["version"] == 1  # the stored value came back
    ran = account.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"][-1]
    assert ran["input"]["configuration"]["OAuthToken"] == "****"
    told["stages"][0]["actions"][0]["configuration"]["OAuthToken"] = "ghp_other"
    assert account.cp.update_pipeline(pipeline=told)["pipeline"]["version"] == 2


def test_a_deleted_pipeline_is_gone_and_deleting_it_again_is_fine(account):
    account.create()
    account.cp.delete_pipeline(name="shop")
    account.cp.delete_pipeline(name="shop")
    assert account.cp.list_pipelines()["pipelines"] == []
    assert error(account.cp.get_pipeline, name="shop") == (
        "PipelineNotFoundException",
        "Account '123456789012' does not have a pipeline with name 'shop'",
    )
    account.create()
    assert len(account.executions()) == 1, "the new one has a history of its own"


def test_the_list_is_sorted_and_comes_in_pages(account):
    for name in ("c", "a", "b"):
        account.create(name)
    first = account.cp.list_pipelines(maxResults=2)
    assert [each["name"] for each in first["pipelines"]] == ["a", "b"]
    assert first["pipelines"][0]["pipelineType"] == "V1"
    rest = account.cp.list_pipelines(maxResults=2, nextToken=first["nextToken"])
    assert [each["name"] for each in rest["pipelines"]] == ["c"]
    assert "nextToken" not in rest
    foreign = account.cp.list_action_executions(pipelineName="a", maxResults=1)["nextToken"]
    assert error(account.cp.list_pipelines, nextToken=foreign)[0] == "InvalidNextTokenException"
    assert error(account.cp.list_pipelines, nextToken="nonsense")[0] == "InvalidNextTokenException"


def test_tags_follow_a_pipeline(account):
    made = account.cp.create_pipeline(
        pipeline=account.structure("shop"),
        tags=[{"key": "team", "value": "a"}, {"key": "cost", "value": "1"}],
    )
    assert [tag["key"] for tag in made["tags"]] == ["cost", "team"]
    arn = "arn:aws:codepipeline:us-east-1:123456789012:shop"
    account.cp.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "b"}])
    account.cp.untag_resource(resourceArn=arn, tagKeys=["cost", "nothing"])
    assert account.cp.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "b"}]
    many = [{"key": f"k{i}", "value": ""} for i in range(50)]
    assert error(account.cp.tag_resource, resourceArn=arn, tags=many) == (
        "TooManyTagsException",
        f"Tag limit exceeded for resource [{arn}].",
    )
    system = [{"key": "aws:mine", "value": "x"}]
    assert error(account.cp.tag_resource, resourceArn=arn, tags=system)[0] == "InvalidTagsException"
    assert (
        error(account.cp.tag_resource, resourceArn=arn + "x", tags=many[:1])[0] == "ResourceNotFoundException"
    )
    wrong = "arn:aws:codepipeline:us-east-1:123456789012:stage:shop"
    assert error(account.cp.list_tags_for_resource, resourceArn=wrong)[0] == "InvalidArnException"


def test_accounts_and_regions_stand_side_by_side(account):
    account.create("shop")
    other = Account(account.mock, region="eu-west-1")
    assert other.cp.list_pipelines()["pipelines"] == []
    other.create("shop")
    assert other.cp.get_pipeline(name="shop")["metadata"]["pipelineArn"].split(":")[3] == "eu-west-1"


def test_a_role_of_another_account_works_in_that_account(account):
    account.create("shop")
    away = "arn:aws:iam::222222222222:role/x"
    lent = account.client("sts").assume_role(RoleArn=away, RoleSessionName="me")["Credentials"]
    keys = {
        "aws_access_key_id": lent["AccessKeyId"],
        "aws_secret_access_key": lent["SecretAccessKey"],
        "aws_session_token": lent["SessionToken"],
    }
    other = Account(account.mock, **keys)
    assert other.cp.list_pipelines()["pipelines"] == []
    other.create("theirs")
    assert other.cp.get_pipeline(name="theirs")["metadata"]["pipelineArn"].split(":")[4] == "222222222222"
    door = {"pipelineName": "theirs", "stageName": "Prod", "transitionType": "Inbound"}
    other.cp.disable_stage_transition(**door, reason="x")
    by = other.stage("Prod", "theirs")["inboundTransitionState"]["lastChangedBy"]
    assert by == "arn:aws:sts::222222222222:assumed-role/x/me"
    assert [each["name"] for each in account.cp.list_pipelines()["pipelines"]] == ["shop"]


def test_a_region_that_does_not_exist_is_told(account):
    code, message = error(Account(account.mock, region="mars-north-1").cp.list_pipelines)
    assert code == "ValidationException"
    assert "mars-north-1" in message


def test_a_region_is_known_by_the_address_that_was_called(account):
    """Elsewhere the region is read off the bucket's name; here it is known, and the map of stores must have it."""
    west = Account(account.mock, region="eu-west-1")
    stores = {region: {"type": "S3", "location": "artifacts"} for region in ("eu-west-1", "us-west-2")}
    away = build() | {"region": "us-west-2"}
    stages = [stage("Source", commits()), stage("Build", away)]
    west.create("far", *stages, artifactStores=stores)
    ran = west.cp.list_action_executions(pipelineName="far")["actionExecutionDetails"]
    assert [each["input"]["region"] for each in ran] == ["us-west-2", "eu-west-1"]
    same = west.cp.get_pipeline(name="far")["pipeline"]
    same["stages"][1]["name"] = "Elsewhere"
    assert west.cp.update_pipeline(pipeline=same)["pipeline"]["version"] == 2
    del stores["eu-west-1"]
    code, message = error(
        west.cp.create_pipeline, pipeline=west.structure("lost", *stages, artifactStores=stores)
    )
    assert code == "InvalidStructureException"
    assert message.endswith("The following region is missing in 'pipeline.artifactStores': eu-west-1.")


def test_the_course_has_twenty_pipelines_and_three_regions():
    with mock_aws(edition="course") as mock:
        account = Account(mock)
        stages = [
            stage("Source", upload(PollForSourceChanges="false")),
            stage("Beta", deploy(ins="SourceArtifact")),
        ]
        for number in range(20):
            account.create(f"p{number}", *stages)
        code, message = error(account.cp.create_pipeline, pipeline=account.structure("p20", *stages))
        assert code == "LimitExceededException"
        assert "20 pipelines" in message
        code, message = error(Account(mock, region="eu-central-1").cp.list_pipelines)
        assert code == "ValidationException"
        assert "us-east-1, us-west-2, eu-west-1" in message


def test_a_custom_action_type_must_have_been_created_here(account):
    jenkins = action("Jenkins", "Build/Custom/Jenkins", ["SourceArtifact"], ["BuildArtifact"])
    stages = [stage("Source", commits()), stage("Build", jenkins)]
    code, message = error(account.cp.create_pipeline, pipeline=account.structure("shop", *stages))
    assert code == "InvalidActionDeclarationException"
    assert "Provider: 'Jenkins', Owner: 'Custom'" in message
    assert "US_EAST_1" in message


def test_polling_ends_after_thirty_days_without_an_execution(account):
    s3 = account.bucket("source-bucket")
    s3.put_object(Bucket="source-bucket", Key="app.zip", Body=b"1")
    account.create("shop", stage("Source", upload()), stage("Gate", approve()))
    assert "pollingDisabledAt" not in account.cp.get_pipeline(name="shop")["metadata"]
    account.tick(31 * 86400)
    assert "pollingDisabledAt" in account.cp.get_pipeline(name="shop")["metadata"]
    s3.put_object(Bucket="source-bucket", Key="app.zip", Body=b"2")
    assert len(account.executions()) == 1
    account.start()
    assert "pollingDisabledAt" not in account.cp.get_pipeline(name="shop")["metadata"]
