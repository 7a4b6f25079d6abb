"""Executions through the API: state, history, locks, transitions, approvals, retry, stop, rollback."""

import pytest
from account import Account, action, approve, build, commits, deploy, error, stage

from cp_teach.aws import mock_aws

GATED = (
    stage("Source", commits()),
    stage("Build", build()),
    stage("Gate", approve()),
    stage("Prod", deploy()),
)


@pytest.fixture
def gated(account):
    account.create("shop", *GATED)
    return account


def test_a_build_whose_artifacts_are_no_identifiers_fails_in_awss_words(account):
    make = build() | {"outputArtifacts": [{"name": "the-app"}, {"name": "Report"}]}
    account.create("shop", stage("Source", commits()), stage("Build", make))
    account.mock.tick(600)
    (ran,) = account.state()["stageStates"][1]["actionStates"]
    assert ran["latestExecution"]["status"] == "Failed"
    assert "identifier must contain only" in ran["latestExecution"]["errorDetails"]["message"]


def test_an_execution_moves_as_the_clock_does(account):
    account.cp.create_pipeline(pipeline=account.structure("shop"))
    assert account.statuses() == {"Source": "InProgress", "Build": None, "Prod": None}
    account.tick(3)
    assert account.statuses() == {"Source": "Succeeded", "Build": "InProgress", "Prod": None}
    account.tick(10)
    assert account.statuses() == {"Source": "Succeeded", "Build": "Succeeded", "Prod": "Succeeded"}
    (ended,) = account.executions()
    assert ended["status"] == "Succeeded"
    assert (ended["lastUpdateTime"] - ended["startTime"]).total_seconds() == 13


def test_the_newest_waits_at_the_door_and_the_one_before_is_superseded(gated):
    second, third = gated.start(), None
    gated.tick(30)
    third = gated.start()
    gated.tick(30)
    assert gated.status(second) == "Superseded"
    gate = gated.stage("Gate")
    assert gate["inboundExecution"] == {"pipelineExecutionId": third, "status": "InProgress"}
    assert gate["inboundExecutions"] == [gate["inboundExecution"]]
    first = gate["latestExecution"]["pipelineExecutionId"]
    gated.answer()
    gated.tick(30)
    assert gated.status(first) == "Succeeded"
    assert gated.stage("Gate")["latestExecution"] == {"pipelineExecutionId": third, "status": "InProgress"}


def test_a_queue_drops_nobody(account):
    account.create("shop", *GATED, pipelineType="V2", executionMode="QUEUED")
    queued = [account.start() for _ in range(3)]
    account.tick(60)
    assert [each["pipelineExecutionId"] for each in account.stage("Gate")["inboundExecutions"]] == queued


def test_parallel_executions_do_not_wait_for_each_other_and_are_answered_by_token(account):
    account.create("shop", *GATED, pipelineType="V2", executionMode="PARALLEL")
    account.start()
    account.tick(60)
    waiting = [
        each
        for each in account.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
        if each["status"] == "InProgress"
    ]
    assert len(waiting) == 2
    account.answer(token=waiting[1]["actionExecutionId"])
    account.tick(60)
    assert account.status(waiting[1]["pipelineExecutionId"]) == "Succeeded"
    assert account.status(waiting[0]["pipelineExecutionId"]) == "InProgress"


def test_an_approval_of_something_that_is_not_there(gated):
    token = gated.token()
    assert error(gated.answer, token=token, stage="No")[0] == "StageNotFoundException"
    assert error(gated.answer, token=token, action="No")[0] == "ActionNotFoundException"
    assert error(gated.answer, token=token, name="no")[0] == "PipelineNotFoundException"


def test_an_approval_that_nobody_answers_for_seven_days_fails(gated):
    token = gated.token()
    gated.tick(7 * 86400 + 60)
    assert gated.statuses()["Gate"] == "Failed"
    assert error(gated.answer, token=token)[0] == "InvalidApprovalTokenException"


def test_a_rejected_approval_fails_and_a_retry_asks_with_another_token(gated):
    token = gated.token()
    gated.answer("Rejected", "Not today")
    (execution,) = gated.executions()
    assert execution["status"] == "Failed"
    again = gated.cp.retry_stage_execution(
        pipelineName="shop",
        stageName="Gate",
        pipelineExecutionId=execution["pipelineExecutionId"],
        retryMode="FAILED_ACTIONS",
    )
    assert again["pipelineExecutionId"] == execution["pipelineExecutionId"]
    assert gated.token() != token
    assert gated.stage("Gate")["retryStageMetadata"] == {
        "manualStageRetryAttempt": 1,
        "latestRetryTrigger": "ManualStageRetry",
    }


def test_who_may_not_retry_is_told_so(gated):
    (first,) = gated.executions()
    identifier = first["pipelineExecutionId"]

    def retry(stage, execution=identifier, mode="FAILED_ACTIONS"):
        return gated.cp.retry_stage_execution(
            pipelineName="shop", stageName=stage, pipelineExecutionId=execution, retryMode=mode
        )

    assert error(retry, "Build")[0] == "StageNotRetryableException"
    assert error(retry, "Nowhere")[0] == "StageNotFoundException"
    nobody = "11111111-2222-3333-4444-555555555555"
    assert error(retry, "Build", nobody)[0] == "StageNotRetryableException"
    gated.answer("Rejected")
    second = gated.start()
    gated.tick(60)
    code, message = error(retry, "Gate")
    assert code == "NotLatestPipelineExecutionException"
    assert second in message
    assert identifier in message, "the API names executions by their ids, never by our numbers"


def test_a_transition_remembers_who_closed_it_when_and_why(gated):
    gated.cp.disable_stage_transition(
        pipelineName="shop", stageName="Prod", transitionType="Inbound", reason="Release freeze!"
    )
    door = gated.stage("Prod")["inboundTransitionState"]
    assert door["enabled"] is False
    assert door["disabledReason"] == "Release freeze!"
    assert door["lastChangedBy"] == "arn:aws:sts::123456789012:user/moto"
    gated.answer()
    assert gated.stage("Prod")["inboundExecution"]["status"] == "InProgress"
    gated.tick(5)
    gated.cp.enable_stage_transition(pipelineName="shop", stageName="Prod", transitionType="Inbound")
    opened = gated.stage("Prod")["inboundTransitionState"]
    assert opened["enabled"] is True
    assert "disabledReason" not in opened
    assert opened["lastChangedAt"] > door["lastChangedAt"]
    assert gated.statuses()["Prod"] == "InProgress"


def test_the_way_out_of_a_stage_is_the_way_into_the_next(gated):
    gated.cp.disable_stage_transition(
        pipelineName="shop", stageName="Gate", transitionType="Outbound", reason="Freeze"
    )
    assert gated.stage("Prod")["inboundTransitionState"]["enabled"] is False
    assert gated.stage("Gate")["inboundTransitionState"]["enabled"] is True
    assert (
        error(gated.cp.enable_stage_transition, pipelineName="shop", stageName="X", transitionType="Inbound")[
            0
        ]
        == "StageNotFoundException"
    )


def test_stop_and_wait_lets_the_approval_be_answered_and_then_ends(gated):
    (running,) = gated.executions()
    identifier = running["pipelineExecutionId"]
    stop = {"pipelineName": "shop", "pipelineExecutionId": identifier}
    gated.cp.stop_pipeline_execution(**stop, reason="wrong commit")
    assert gated.status(identifier) == "Stopping"
    code, message = error(gated.cp.stop_pipeline_execution, **stop)
    assert code == "DuplicatedStopRequestException"
    assert message == (
        f"The execution with ID {identifier} in shop is already in a stopping state. If you already chose to stop and "
        "wait, you cannot make that request again. You can choose to stop and abandon now, but be aware that this "
        "option can lead to failed actions. If you already chose to stop and abandon, you cannot make that request "
        "again."
    )
    gated.answer()
    assert gated.status(identifier) == "Stopped"
    assert gated.executions()[0]["stopTrigger"] == {"reason": "wrong commit"}
    assert error(gated.cp.stop_pipeline_execution, **stop)[0] == "PipelineExecutionNotStoppableException"


def test_a_stage_is_rolled_back_by_an_execution_of_its_own(account):
    account.create("shop", pipelineType="V2")
    (first,) = account.executions()
    account.start()
    account.tick(60)
    found = account.cp.list_pipeline_executions(
        pipelineName="shop", filter={"succeededInStage": {"stageName": "Prod"}}
    )["pipelineExecutionSummaries"]
    assert len(found) == 2
    new = account.cp.rollback_stage(
        pipelineName="shop", stageName="Prod", targetPipelineExecutionId=first["pipelineExecutionId"]
    )["pipelineExecutionId"]
    told = account.cp.get_pipeline_execution(pipelineName="shop", pipelineExecutionId=new)[
        "pipelineExecution"
    ]
    assert told["executionType"] == "ROLLBACK"
    assert told["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": first["pipelineExecutionId"]}
    assert told["trigger"] == {
        "triggerType": "ManualRollback",
        "triggerDetail": '{"AwsUserArn":"arn:aws:sts::123456789012:user/moto"}',
    }
    assert account.stage("Prod")["latestExecution"] == {
        "pipelineExecutionId": new,
        "status": "InProgress",
        "type": "ROLLBACK",
    }
    account.tick(60)
    summary = account.executions()[0]
    assert summary["sourceRevisions"] == first["sourceRevisions"]
    target = first["pipelineExecutionId"]
    changed = account.structure("shop", pipelineType="V2") | {"executionMode": "QUEUED"}
    account.cp.update_pipeline(pipeline=changed)
    code, _ = error(
        account.cp.rollback_stage, pipelineName="shop", stageName="Prod", targetPipelineExecutionId=target
    )
    assert code == "PipelineExecutionOutdatedException"


def test_a_stage_that_is_not_there_cannot_be_rolled_back(account):
    account.create("shop", pipelineType="V2")
    (first,) = account.executions()
    to_first = {"targetPipelineExecutionId": first["pipelineExecutionId"]}
    told = error(account.cp.rollback_stage, pipelineName="shop", stageName="Nowhere", **to_first)
    assert told == (
        "StageNotFoundException",
        "Pipeline 'shop' does not have a stage with name 'Nowhere'",
    )


def test_the_targets_of_a_deployment_are_told_for_instances_only(account):
    """Of a deployment by CodeDeploy, CodeDeploy itself knows them."""
    says = {"InstanceTagKey": "fleet", "InstanceType": "EC2"}
    fleet = action("Copy", "Deploy/AWS/EC2", ["BuildArtifact"], configuration=says)
    account.create(
        "shop", stage("Source", commits()), stage("Build", build()), stage("Prod", fleet, deploy())
    )

    def targets(name):
        told = account.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
        (ran,) = [each["actionExecutionId"] for each in told if each["actionName"] == name]
        return account.cp.list_deploy_action_execution_targets(actionExecutionId=ran)["targets"]

    assert [each["targetType"] for each in targets("Copy")] == ["EC2", "EC2"]
    assert targets("Release") == []
    assert targets("Compile") == []


def test_the_history_lists_each_run_of_an_action_with_what_went_in_and_out(account):
    stages = (stage("Source", commits(namespace="Src")), stage("Build", build()), stage("Prod", deploy()))
    stages[1]["actions"][0]["configuration"]["EnvironmentVariables"] = (
        '[{"name":"C","value":"#{Src.CommitId}"}]'
    )
    account.create("shop", *stages)
    released, compiled, fetched = account.cp.list_action_executions(pipelineName="shop")[
        "actionExecutionDetails"
    ]
    commit = fetched["output"]["outputVariables"]["CommitId"]
    assert fetched["input"]["namespace"] == "Src"
    assert "#{Src.CommitId}" in compiled["input"]["configuration"]["EnvironmentVariables"]
    assert commit in compiled["input"]["resolvedConfiguration"]["EnvironmentVariables"]
    assert compiled["input"]["inputArtifacts"] == fetched["output"]["outputArtifacts"]
    place = fetched["output"]["outputArtifacts"][0]["s3location"]
    assert place["bucket"] == "artifacts"
    assert place["key"].startswith("shop/SourceArti/")
    assert len(place["key"]) == len("shop/SourceArti/1234567.zip")
    assert released["output"]["outputArtifacts"] == []
    execution = fetched["pipelineExecutionId"]
    only = account.cp.list_action_executions(
        pipelineName="shop",
        filter={"latestInPipelineExecution": {"pipelineExecutionId": execution, "startTimeRange": "Latest"}},
    )["actionExecutionDetails"]
    assert len(only) == 3


def test_a_running_action_shows_empty_output(account):
    account.cp.create_pipeline(pipeline=account.structure("shop"))
    (running,) = account.cp.list_action_executions(pipelineName="shop")["actionExecutionDetails"]
    assert running["output"] == {"outputArtifacts": [], "outputVariables": {}}
    assert running["input"]["region"] == "us-east-1"


def test_pages_of_a_history_that_grows_meanwhile_neither_repeat_nor_skip(account):
    account.create()
    for _ in range(4):
        account.start()
        account.tick(60)
    known = [each["pipelineExecutionId"] for each in account.executions()]
    first = account.cp.list_pipeline_executions(pipelineName="shop", maxResults=2)
    account.start()
    second = account.cp.list_pipeline_executions(
        pipelineName="shop", maxResults=100, nextToken=first["nextToken"]
    )
    pages = first["pipelineExecutionSummaries"] + second["pipelineExecutionSummaries"]
    assert [each["pipelineExecutionId"] for each in pages] == known


def test_conditions_show_in_the_state_and_can_be_overridden(account):
    rule = {
        "name": "OnMain",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
        "configuration": {"Variable": "#{variables.Branch}", "Value": "main", "Operator": "EQ"},
    }
    guarded = stage("Build", build(), beforeEntry={"conditions": [{"result": "FAIL", "rules": [rule]}]})
    variables = [{"name": "Branch", "defaultValue": "dev"}]
    account.create("shop", stage("Source", commits()), guarded, pipelineType="V2", variables=variables)
    told = account.stage("Build")
    assert told["latestExecution"]["status"] == "Failed"
    state = told["beforeEntryConditionState"]
    assert state["latestExecution"] == {"status": "Failed"}
    assert state["conditionStates"][0]["ruleStates"][0]["ruleName"] == "OnMain"
    (judged,) = account.cp.list_rule_executions(pipelineName="shop")["ruleExecutionDetails"]
    assert judged["input"]["resolvedConfiguration"]["Variable"] == "dev"
    assert judged["status"] == "Failed"
    override = {
        "pipelineName": "shop",
        "stageName": "Build",
        "pipelineExecutionId": judged["pipelineExecutionId"],
    }
    assert error(account.cp.override_stage_condition, **override, conditionType="ON_SUCCESS")[0] == (
        "ConditionNotOverridableException"
    )
    account.cp.override_stage_condition(**override, conditionType="BEFORE_ENTRY")
    assert account.stage("Build")["beforeEntryConditionState"]["latestExecution"] == {"status": "Overridden"}
    account.tick(30)
    assert account.statuses()["Build"] == "Succeeded"


def test_without_a_clock_by_hand_everything_that_can_happen_happens_at_once(at_once):
    at_once.cp.create_pipeline(pipeline=at_once.structure("shop", *GATED))
    assert at_once.statuses() == {
        "Source": "Succeeded",
        "Build": "Succeeded",
        "Gate": "InProgress",
        "Prod": None,
    }
    at_once.answer()
    assert at_once.statuses()["Prod"] == "Succeeded"


def test_real_time_can_be_made_quicker():
    import time

    with mock_aws(clock=1000) as mock:
        account = Account(mock)
        account.cp.create_pipeline(pipeline=account.structure("shop"))
        deadline = time.monotonic() + 20
        while account.statuses()["Prod"] != "Succeeded":
            assert time.monotonic() < deadline


def test_who_drives_an_action_can_be_chosen():
    with mock_aws(clock="manual", workers={"CodeBuild": "hand"}, seconds={"Deploy": 100}) as mock:
        account = Account(mock)
        account.create()
        account.tick(3600)
        assert account.statuses()["Build"] == "InProgress", "nobody has ended it"
    with pytest.raises(ValueError, match="the worker 'me' of Build does not exist"):
        mock_aws(workers={"Build": "me"})
    with pytest.raises(ValueError, match="above 0"):
        mock_aws(seconds={"Build": 0})
    with pytest.raises(ValueError, match="the clock mode 'sundial' does not exist"):
        mock_aws(clock="sundial")
    with pytest.raises(ValueError, match="the edition 'tomorrow' does not exist"):
        mock_aws(edition="tomorrow")
