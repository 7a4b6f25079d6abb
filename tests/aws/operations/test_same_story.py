"""The engine and the API tell the same story: what is asked of both leaves the same states and histories."""

import os
import random

from account import Account, approve, build, commits, deploy, stage
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_clients import CBOR, JSON, shared_client

from cp_teach import Run
from cp_teach.aws import mock_aws
from cp_teach.aws.backend.service_registry import active
from cp_teach.engine import (
    DisableTransition,
    EditPipeline,
    EnableTransition,
    FinishAction,
    PutApprovalResult,
    Refused,
    RetryStage,
    RollbackStage,
    StartExecution,
    StopExecution,
)
from cp_teach.engine.model.ids import execution_id

STAGES = (
    stage("Source", commits()),
    stage("Build", build()),
    stage("Gate", approve()),
    stage("Prod", deploy()),
)


class Both:
    """The same command, given to the engine and asked of the API."""

    def __init__(self, account, mode):
        account.cp.create_pipeline(
            pipeline=account.structure("shop", *STAGES, pipelineType="V2", executionMode=mode)
        )
        (region,) = active().regions
        self.account, self.region, self.hosted = account, region, region.pipelines["shop"]
        start = self.hosted.run.journal
        self.run = Run(self.hosted.pipeline)
        self.run.id = self.hosted.run.id
        self.run.do(start[0].command)

    def id_of(self, number):
        return execution_id(self.run.id, number)

    def ask(self, command):
        cp, name = self.account.cp, "shop"
        match command:
            case StartExecution():
                cp.start_pipeline_execution(name=name)
            case EnableTransition(where):
                cp.enable_stage_transition(pipelineName=name, stageName=where, transitionType="Inbound")
            case DisableTransition(where, reason):
                cp.disable_stage_transition(
                    pipelineName=name, stageName=where, transitionType="Inbound", reason=reason
                )
            case RetryStage(number, where, mode):
                cp.retry_stage_execution(
                    pipelineName=name, stageName=where, pipelineExecutionId=self.id_of(number), retryMode=mode
                )
            case StopExecution(number, abandon, reason):
                cp.stop_pipeline_execution(
                    pipelineName=name, pipelineExecutionId=self.id_of(number), abandon=abandon, reason=reason
                )
            case RollbackStage(where, number):
                cp.rollback_stage(
                    pipelineName=name, stageName=where, targetPipelineExecutionId=self.id_of(number)
                )
            case PutApprovalResult(number, where, action, status, summary):
                waiting = [
                    each["actionExecutionId"]
                    for each in cp.list_action_executions(pipelineName=name)["actionExecutionDetails"]
                    if each["pipelineExecutionId"] == self.id_of(number)
                    and (each["stageName"], each["actionName"]) == (where, action)
                ]
                token = waiting[0] if waiting else "11111111-2222-3333-4444-555555555555"
                result = {"status": status, "summary": summary}
                cp.put_approval_result(
                    pipelineName=name, stageName=where, actionName=action, result=result, token=token
                )
            case EditPipeline(pipeline):
                cp.update_pipeline(pipeline=pipeline.to_aws())
            case FinishAction():
                self.region.execute(self.hosted, command)

    def do(self, command):
        """Both do it, or both refuse it."""
        if isinstance(command, StartExecution):  # the revision is the source's to say
            command = command._replace(
                revisions=tuple(
                    self.run.revision_of(s, f"Change {self.run.state.newest + 1}")
                    for s in self.run.pipeline.sources
                )
            )
        done = _worked(lambda: self.run.do(command), Refused)
        assert _worked(lambda: self.ask(command), ClientError) == done, command


def _worked(call, errors):
    from cp_teach.aws.protocol.errors import AwsError

    try:
        call()
    except (errors, AwsError):
        return False
    return True


def choose(chance, run):
    """A command that is likely to be possible: now and then one that is not."""
    state = run.state
    numbers = range(1, state.newest + 1)
    number = chance.choice(list(numbers))
    where = chance.choice(state.pipeline.stages).name
    running = [(row.execution, row.stage, row.action) for row in run.history.running.values()]
    gates = [target for target in running if target[2] == "Approve"]
    works = [target for target in running if target[2] != "Approve"]
    options = [
        StartExecution(),
        DisableTransition(where, "closed"),
        EnableTransition(where),
        RetryStage(number, where, chance.choice(["FAILED_ACTIONS", "ALL_ACTIONS"])),
        StopExecution(number, chance.random() < 0.5, "enough"),
        RollbackStage(where, number),
    ]
    for target in works:
        failure = chance.choice(["", "", "", "JobFailed"])
        options += [FinishAction(*target, failure, "said", "external")] * 3
    for target in gates:
        options += [PutApprovalResult(*target, chance.choice(["Approved", "Rejected"]), "said")] * 2
    if chance.random() < 0.05:
        from dataclasses import replace

        from cp_teach import Pipeline

        renamed = replace(state.pipeline, variables=None, role_arn=state.pipeline.role_arn, version=None)
        told = renamed.to_aws()
        told["stages"][1]["actions"][0]["configuration"]["ProjectName"] = f"p{chance.random()}"
        options.append(EditPipeline(Pipeline.from_aws(told)))
    return chance.choice(options)


@given(
    seed=st.integers(0, 2**32),
    mode=st.sampled_from(["SUPERSEDED", "QUEUED", "PARALLEL"]),
    protocol=st.sampled_from([JSON, CBOR]),
)
@settings(max_examples=200 if os.environ.get("CP_TEACH_PROVE") else 20)
def test_random_commands_leave_the_same_state_and_history(seed, mode, protocol):
    chance = random.Random(seed)
    with mock_aws(clock="manual", workers={"*": "hand"}) as mock:
        account = Account(mock)
        account.cp = shared_client(protocol)
        both = Both(account, mode)
        for _ in range(40):
            both.do(choose(chance, both.run))
            assert both.hosted.run.state == both.run.state
        mine, theirs = both.run.history, both.hosted.run.history
        assert [(r.execution, r.stage, r.action, r.attempt, r.status, r.message) for r in mine.actions] == [
            (r.execution, r.stage, r.action, r.attempt, r.status, r.message) for r in theirs.actions
        ]
        summaries = both.account.executions()
        assert [each["status"] for each in reversed(summaries)] == [
            r.status for r in mine.executions.values()
        ]
        told = both.account.state()["stageStates"]
        for described, known in zip(told, both.run.state.stages, strict=True):
            waiting = [each["pipelineExecutionId"] for each in described["inboundExecutions"]]
            assert waiting == [both.id_of(number) for number in known.inbound]
            assert described["inboundTransitionState"]["enabled"] == (
                known.transition in ("enabled", "stale")
            )
            if known.holder:
                assert described["latestExecution"]["pipelineExecutionId"] == both.id_of(known.holder)
