"""Job workers: the protocol that Jenkins, a Lambda function and a partner speak."""

import json

import pytest
from account import Account, action, commits, deploy, error, stage

from cp_teach.aws import mock_aws
from cp_teach.aws.config.service_clock import Clock

KIND = {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}
ONE = {"minimumCount": 0, "maximumCount": 5}


@pytest.fixture
def jenkins(account):
    account.cp.create_custom_action_type(
        category="Build",
        provider="Jenkins",
        version="1",
        settings={
            "entityUrlTemplate": "https://ci.example.com/job/{Config:ProjectName}/",
            "executionUrlTemplate": "https://ci.example.com/job/{Config:ProjectName}/{ExternalExecutionId}/",
        },
        configurationProperties=[
            {"name": "ProjectName", "required": True, "key": True, "secret": False, "queryable": True},
            {"name": "Password", "required": False, "key": False, "secret": True},
        ],
        inputArtifactDetails=ONE,
        outputArtifactDetails=ONE,
    )
    account.create("shop", *stages())
    return account


def test_a_custom_action_type_has_tags(jenkins):
    arn = "arn:aws:codepipeline:us-east-1:123456789012:actiontype:Custom/Build/Jenkins/1"
    jenkins.cp.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "a"}])
    assert jenkins.cp.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "a"}]
    other = error(jenkins.cp.list_tags_for_resource, resourceArn=arn.replace("Jenkins/1", "Jenkins/2"))
    assert other[0] == "ResourceNotFoundException"


def stages(project="app"):
    compiles = action(
        "Jenkins",
        "Build/Custom/Jenkins",
        ["SourceArtifact"],
        ["BuildArtifact"],
        configuration={"ProjectName": project, "Password": "hush"},
    )
    return stage("Source", commits()), stage("Build", compiles)


def take(account, **more):
    (job,) = account.cp.poll_for_jobs(actionTypeId=KIND, **more)["jobs"]
    assert account.cp.acknowledge_job(jobId=job["id"], nonce=job["nonce"])["status"] == "InProgress"
    return job


def test_a_worker_gets_all_that_it_needs(jenkins):
    job = take(jenkins)
    data = job["data"]
    assert job["accountId"] == "123456789012"
    assert data["actionTypeId"] == KIND
    assert data["actionConfiguration"]["configuration"] == {"ProjectName": "app", "Password": "hush"}
    context = data["pipelineContext"]
    assert (context["pipelineName"], context["stage"]["name"], context["action"]["name"]) == (
        "shop",
        "Build",
        "Jenkins",
    )
    assert context["pipelineExecutionId"] == jenkins.executions()[0]["pipelineExecutionId"]
    assert data["inputArtifacts"][0]["location"]["s3Location"]["bucketName"] == "artifacts"
    assert data["outputArtifacts"][0]["name"] == "BuildArtifact"
    assert set(data["artifactCredentials"]) == {"accessKeyId", "secretAccessKey", "sessionToken"}
    details = jenkins.cp.get_job_details(jobId=job["id"])["jobDetails"]
    assert details["data"]["pipelineContext"] == context
    masked = jenkins.cp.get_pipeline(name="shop")["pipeline"]["stages"][1]["actions"][0]["configuration"]
    assert masked["Password"] == "****"


def test_a_success_carries_on(jenkins):
    job = take(jenkins)
    jenkins.cp.put_job_success_result(
        jobId=job["id"],
        executionDetails={"summary": "42 tests passed", "externalExecutionId": "17", "percentComplete": 100},
        outputVariables={"Tests": "42"},
    )
    (execution,) = jenkins.executions()
    assert execution["status"] == "Succeeded"
    told = jenkins.stage("Build")["actionStates"][0]
    assert told["latestExecution"]["summary"] == "42 tests passed"
    assert told["latestExecution"]["externalExecutionUrl"] == "https://ci.example.com/job/app/17/"
    assert told["entityUrl"] == "https://ci.example.com/job/app/"
    (ran, *_) = jenkins.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    assert ran["output"]["outputVariables"] == {"Tests": "42"}


def test_a_failure_shows_its_type_and_its_words(jenkins):
    job = take(jenkins)
    failure = {"type": "ConfigurationError", "message": "no such project", "externalExecutionId": "18"}
    jenkins.cp.put_job_failure_result(jobId=job["id"], failureDetails=failure)
    told = jenkins.stage("Build")["actionStates"][0]["latestExecution"]
    assert told["errorDetails"] == {"code": "ConfigurationError", "message": "no such project"}
    assert told["externalExecutionId"] == "18"


def test_a_job_is_offered_to_one_worker(jenkins):
    (job,) = jenkins.cp.poll_for_jobs(actionTypeId=KIND, maxBatchSize=10)["jobs"]
    assert jenkins.cp.poll_for_jobs(actionTypeId=KIND)["jobs"] == []
    assert error(jenkins.cp.acknowledge_job, jobId=job["id"], nonce="1")[0] == "InvalidNonceException"
    jenkins.cp.acknowledge_job(jobId=job["id"], nonce=job["nonce"])
    assert (
        error(jenkins.cp.acknowledge_job, jobId=job["id"], nonce=job["nonce"])[0] == "InvalidNonceException"
    )


def test_a_job_that_was_never_acknowledged_is_offered_again_with_another_nonce(jenkins):
    (first,) = jenkins.cp.poll_for_jobs(actionTypeId=KIND)["jobs"]
    jenkins.tick(61)
    (again,) = jenkins.cp.poll_for_jobs(actionTypeId=KIND)["jobs"]
    assert again["id"] == first["id"]
    assert again["nonce"] != first["nonce"]
    assert (
        error(jenkins.cp.acknowledge_job, jobId=first["id"], nonce=first["nonce"])[0]
        == "InvalidNonceException"
    )


def test_a_poll_finds_the_job_that_the_passing_time_has_brought():
    clock = Clock("manual")
    with mock_aws(clock=clock) as mock:
        account = Account(mock)
        account.cp.create_custom_action_type(
            category="Build",
            provider="Jenkins",
            version="1",
            inputArtifactDetails=ONE,
            outputArtifactDetails=ONE,
        )
        compiles = action("Jenkins", "Build/Custom/Jenkins", ["SourceArtifact"])
        account.cp.create_pipeline(
            pipeline=account.structure("shop", stage("Source", commits()), stage("Build", compiles))
        )
        assert account.cp.poll_for_jobs(actionTypeId=KIND)["jobs"] == []
        clock.tick(30)  # and no request in between
        assert len(account.cp.poll_for_jobs(actionTypeId=KIND)["jobs"]) == 1


def test_the_queryable_property_picks_the_jobs(jenkins):
    assert jenkins.cp.poll_for_jobs(actionTypeId=KIND, queryParam={"ProjectName": "other"})["jobs"] == []
    assert len(jenkins.cp.poll_for_jobs(actionTypeId=KIND, queryParam={"ProjectName": "app"})["jobs"]) == 1


def test_a_continuation_makes_a_new_job_for_the_same_run(jenkins):
    first = take(jenkins)
    progress = {"summary": "half way", "externalExecutionId": "17", "percentComplete": 50}
    jenkins.cp.put_job_success_result(
        jobId=first["id"], continuationToken="page 2", executionDetails=progress
    )
    told = jenkins.stage("Build")["actionStates"][0]["latestExecution"]
    assert (told["status"], told["percentComplete"], told["summary"]) == ("InProgress", 50, "half way")
    second = take(jenkins)
    assert second["id"] != first["id"]
    assert second["data"]["continuationToken"] == "page 2"
    assert second["data"]["pipelineContext"] == first["data"]["pipelineContext"]
    assert second["data"]["outputArtifacts"] == first["data"]["outputArtifacts"]
    jenkins.cp.put_job_success_result(jobId=second["id"])
    assert jenkins.executions()[0]["status"] == "Succeeded"


def test_results_that_contradict_each_other_are_refused_as_recorded(jenkins):
    put = jenkins.cp.put_job_success_result
    job = take(jenkins)
    both = {"jobId": job["id"], "continuationToken": "x", "outputVariables": {"a": "b"}}
    assert error(put, **both) == (
        "ValidationException",
        "A job can not contain both a continuation token and output variables.",
    )
    put(jobId=job["id"], outputVariables={"a": "1"})
    put(jobId=job["id"], outputVariables={"a": "1"})
    assert error(put, jobId=job["id"], outputVariables={"a": "2"}) == (
        "InvalidJobStateException",
        (
            f"The status of job with id {job['id']} is already set to the desired value. It cannot be updated with the "
            "same status, but different result or output variables."
        ),
    )
    failure = {"type": "JobFailed", "message": "no"}
    assert error(jenkins.cp.put_job_failure_result, jobId=job["id"], failureDetails=failure) == (
        "InvalidJobStateException",
        f"Job with id {job['id']} has already terminated",
    )
    nobody = "11111111-2222-3333-4444-555555555555"
    assert error(put, jobId=nobody) == ("JobNotFoundException", f"Job with id '{nobody}' does not exist")


def test_too_many_variables_are_refused_and_the_job_can_still_be_answered(jenkins):
    job = take(jenkins)
    big = {"x": "y" * 122_880}
    code, _ = error(jenkins.cp.put_job_success_result, jobId=job["id"], outputVariables=big)
    assert code == "OutputVariablesSizeExceededException"
    jenkins.cp.put_job_success_result(jobId=job["id"], outputVariables={"x": "y"})
    assert jenkins.executions()[0]["status"] == "Succeeded"


def test_an_answer_after_the_abandon_changes_nothing(jenkins):
    job = take(jenkins)
    (execution,) = jenkins.executions()
    jenkins.cp.stop_pipeline_execution(
        pipelineName="shop", pipelineExecutionId=execution["pipelineExecutionId"], abandon=True
    )
    jenkins.cp.put_job_success_result(jobId=job["id"])
    assert jenkins.stage("Build")["actionStates"][0]["latestExecution"]["status"] == "Abandoned"


def test_the_job_of_a_deleted_pipeline_is_still_answered(jenkins):
    first = take(jenkins)
    jenkins.cp.put_job_success_result(jobId=first["id"], continuationToken="page 2")
    job = take(jenkins)
    jenkins.cp.delete_pipeline(name="shop")
    jenkins.cp.put_job_success_result(jobId=job["id"])
    details = jenkins.cp.get_job_details(jobId=job["id"])["jobDetails"]
    assert (details["id"], details["data"]["continuationToken"]) == (job["id"], "page 2")


def test_a_custom_action_that_nobody_works_on_fails_after_a_day(jenkins):
    jenkins.tick(25 * 3600)
    assert jenkins.statuses()["Build"] == "Failed"
    assert jenkins.cp.poll_for_jobs(actionTypeId=KIND)["jobs"] == []


def test_action_types_come_and_go(jenkins):
    listed = jenkins.cp.list_action_types(actionOwnerFilter="Custom")["actionTypes"]
    assert [each["id"]["provider"] for each in listed] == ["Jenkins"]
    everything = jenkins.cp.list_action_types()["actionTypes"]
    assert {each["id"]["owner"] for each in everything} == {"AWS", "ThirdParty", "Custom"}
    (github,) = [each for each in everything if each["id"]["provider"] == "GitHub"]
    assert {each["name"] for each in github["actionConfigurationProperties"] if each["key"]} == {
        "Owner",
        "Repo",
        "Branch",
        "OAuthToken",
    }
    jenkins.cp.delete_custom_action_type(category="Build", provider="Jenkins", version="1")
    assert error(jenkins.cp.poll_for_jobs, actionTypeId=KIND)[0] == "ActionTypeNotFoundException"
    assert jenkins.cp.list_action_types(actionOwnerFilter="Custom")["actionTypes"] == []
    other = {
        "category": "Build",
        "provider": "Jenkins",
        "version": "1",
        "inputArtifactDetails": ONE,
        "outputArtifactDetails": ONE,
    }
    code, message = error(jenkins.cp.create_custom_action_type, **other)
    assert code == "ActionTypeAlreadyExistsException"
    assert "another version" in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"configurationProperties": [{"name": "p", "required": True, "key": False, "secret": False}] * 2},
            "Configuration properties must have different names: p.",
        ),
        (
            {"inputArtifactDetails": {"minimumCount": 2, "maximumCount": 1}},
            "Maximum Number of Artifacts (1) has to be greater than or equal to minimum (2).",
        ),
        (
            {
                "configurationProperties": [
                    {"name": n, "required": True, "key": False, "secret": False, "queryable": True}
                    for n in "ab"
                ]
            },
            (
                "Multiple queryable configuration properties found with names 'a, b'. Up to one queryable property "
                "may be specified."
            ),
        ),
        (
            {
                "configurationProperties": [
                    {"name": "p", "required": True, "key": False, "secret": True, "queryable": True}
                ]
            },
            "Invalid queryable property 'p'. Queryable configuration properties must be required and non-secret.",
        ),
        (
            {
                "settings": {"entityUrlTemplate": "https://x.example.com/{Config:Nothing}"},
                "configurationProperties": [
                    {"name": "Nothing", "required": True, "key": False, "secret": True}
                ],
            },
            (
                "'entityUrlTemplate' refers to 'Nothing': a URL can only show configuration properties that are "
                "required and not secret."
            ),
        ),
    ],
)
def test_what_makes_no_sense_in_an_action_type(account, change, words):
    good = {"category": "Test", "provider": "Mine", "version": "1"}
    good |= {"inputArtifactDetails": ONE, "outputArtifactDetails": ONE}
    assert error(account.cp.create_custom_action_type, **good | change) == ("ValidationException", words)


def test_the_declaration_of_a_partner_can_be_read_and_changed(account):
    kind = {"category": "Invoke", "owner": "ThirdParty", "provider": "Snyk", "version": "1"}
    told = account.cp.get_action_type(**kind)["actionType"]
    assert told["executor"]["type"] == "JobWorker"
    told["description"] = "Looks for holes"
    told["properties"] = [{"name": "Extra", "optional": True, "key": False, "noEcho": True}]
    account.cp.update_action_type(actionType=told)
    assert account.cp.get_action_type(**kind)["actionType"]["description"] == "Looks for holes"
    listed = account.cp.list_action_types(actionOwnerFilter="ThirdParty")["actionTypes"]
    (snyk,) = [each for each in listed if each["id"]["provider"] == "Snyk"]
    (extra,) = snyk["actionConfigurationProperties"]
    assert (extra["name"], extra["secret"], extra["queryable"]) == ("Extra", True, False)
    aws = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    code, _ = error(account.cp.update_action_type, actionType=account.cp.get_action_type(**aws)["actionType"])
    assert code == "RequestFailedException"
    assert error(account.cp.get_action_type, **aws | {"version": "9"})[0] == "ActionTypeNotFoundException"
    told["executor"] = {"type": "Lambda", "configuration": told["executor"]["configuration"]}
    assert error(account.cp.update_action_type, actionType=told)[0] == "ValidationException"


# -- Lambda and partners ---------------------------------------------------------------------------------------
def lambda_stages():
    call = action("Call", "Invoke/AWS/Lambda", configuration={"FunctionName": "smoke", "UserParameters": "x"})
    return stage("Source", commits()), stage("Check", call)


def waiting(account):
    from cp_teach.aws.admin_api import dispatch
    from cp_teach.aws.backend.service_registry import active

    (region,) = [each for each in active().regions if each.name == account.region]
    return json.loads(dispatch.handle(region, "GET", ("jobs",), {}, b"")[2])["jobs"]


def test_a_function_that_is_silent_leaves_its_action_running():
    with mock_aws(clock="manual", workers={"Lambda": "job"}) as mock:
        account = Account(mock)
        account.create("shop", *lambda_stages())
        assert account.statuses()["Check"] == "InProgress"
        (job,) = waiting(account)
        told = job["event"]["CodePipeline.job"]
        assert told["accountId"] == "123456789012"
        assert set(told["data"]) == {
            "actionConfiguration",
            "inputArtifacts",
            "outputArtifacts",
            "artifactCredentials",
        }
        assert told["data"]["actionConfiguration"]["configuration"]["UserParameters"] == "x"
        account.cp.put_job_success_result(
            jobId=told["id"], executionDetails={"summary": "never shown", "externalExecutionId": "nor this"}
        )
        latest = account.stage("Check")["actionStates"][0]["latestExecution"]
        assert latest["status"] == "Succeeded"
        assert latest["externalExecutionId"] == "smoke"
        assert "summary" not in latest


def test_a_partner_has_a_client_token(account):
    scan = action("Scan", "Invoke/ThirdParty/Snyk", ["SourceArtifact"], ["Scanned"])
    account.cp.create_pipeline(
        pipeline=account.structure("shop", stage("Source", commits()), stage("Check", scan))
    )
    account.tick(2)
    kind = {"category": "Invoke", "owner": "ThirdParty", "provider": "Snyk", "version": "1"}
    (job,) = account.cp.poll_for_third_party_jobs(actionTypeId=kind)["jobs"]
    (told,) = waiting(account)
    assert job == {"clientId": told["clientId"], "jobId": told["id"]}
    mine = {"jobId": job["jobId"], "clientToken": told["clientToken"]}
    wrong = mine | {"clientToken": "guess"}
    assert error(account.cp.get_third_party_job_details, **wrong)[0] == "InvalidClientTokenException"
    details = account.cp.get_third_party_job_details(**mine)["jobDetails"]
    assert "pipelineArn" not in details["data"]["pipelineContext"]
    assert account.cp.acknowledge_third_party_job(**mine, nonce=details["nonce"])["status"] == "InProgress"
    assert error(account.cp.put_third_party_job_success_result, **wrong)[0] == "InvalidClientTokenException"


def test_a_partner_that_took_its_job_decides_how_it_ends(account):
    scan = action("Scan", "Invoke/ThirdParty/Snyk", ["SourceArtifact"], ["Scanned"])
    account.cp.create_pipeline(
        pipeline=account.structure("shop", stage("Source", commits()), stage("Check", scan))
    )
    account.tick(2)
    kind = {"category": "Invoke", "owner": "ThirdParty", "provider": "Snyk", "version": "1"}
    account.cp.poll_for_third_party_jobs(actionTypeId=kind)
    (told,) = waiting(account)
    mine = {"jobId": told["id"], "clientToken": told["clientToken"]}
    nonce = account.cp.get_third_party_job_details(**mine)["jobDetails"]["nonce"]
    account.cp.acknowledge_third_party_job(**mine, nonce=nonce)
    account.tick(60)
    assert account.statuses()["Check"] == "InProgress", "the simulation leaves it to the partner now"
    account.cp.put_third_party_job_failure_result(
        **mine, failureDetails={"type": "JobFailed", "message": "3 findings"}
    )
    assert account.statuses()["Check"] == "Failed"
    assert error(account.cp.poll_for_third_party_jobs, actionTypeId=kind | {"provider": "Nobody"})[0] == (
        "ActionTypeNotFoundException"
    )


def test_a_partner_nobody_speaks_for_is_simulated(account):
    scan = action("Scan", "Invoke/ThirdParty/Snyk", ["SourceArtifact"], ["Scanned"])
    account.create("shop", stage("Source", commits()), stage("Check", scan))
    assert account.statuses()["Check"] == "Succeeded"


def test_who_claims_success_without_an_output_is_believed_and_the_next_action_fails(account):
    account.bucket("artifacts", versioned=False)
    account.cp.create_custom_action_type(
        category="Build", provider="Jenkins", version="1", inputArtifactDetails=ONE, outputArtifactDetails=ONE
    )
    compiles = action("Jenkins", "Build/Custom/Jenkins", ["SourceArtifact"], ["BuildArtifact"])
    account.create("shop", stage("Source", commits()), stage("Build", compiles), stage("Prod", deploy()))
    account.cp.put_job_success_result(jobId=take(account)["id"])
    account.tick(60)
    assert account.statuses() == {"Source": "Succeeded", "Build": "Succeeded", "Prod": "Failed"}
    failed = account.stage("Prod")["actionStates"][0]["latestExecution"]["errorDetails"]
    assert failed["code"] == "ConfigurationError"
    assert "Jenkins in Build has not uploaded it" in failed["message"]
    account.start()
    account.tick(60)
    job = take(account)
    place = job["data"]["outputArtifacts"][0]["location"]["s3Location"]
    account.client("s3").put_object(Bucket=place["bucketName"], Key=place["objectKey"], Body=b"made")
    account.cp.put_job_success_result(jobId=job["id"])
    account.tick(60)
    assert account.statuses()["Prod"] == "Succeeded"
