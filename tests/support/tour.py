"""A tour through all 44 operations: every field that can be answered is, every error that can be raised is.

Each call goes over the wire form, and is noted: what was answered, and which errors came.
"""

import contextlib
import json
from collections import defaultdict

import botocore.config
import botocore.session
from account import Account, action, approve, build, commits, deploy, stage, upload
from api_coverage import answered
from botocore.exceptions import ClientError
from strict_response import faults

from cp_teach.aws import mock_aws

NOBODY = "11111111-2222-3333-4444-555555555555"
ONE = {"minimumCount": 0, "maximumCount": 5}


class Tour:
    def __init__(self):
        self.fields = defaultdict(set)
        self.errors = defaultdict(set)
        self.wrong = []
        self.model = botocore.session.get_session().get_service_model("codepipeline")

    def take(self):
        self.walk()
        self.limits()
        return self

    # -- one call ----------------------------------------------------------------------------------------------
    def call(self, operation, **params):
        """The answer, or the name of the error."""
        import re

        method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        try:
            told = getattr(self.account.cp, method)(**params)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            self.errors[operation].add(code)
            return code
        raw = json.loads(self.raw) if self.raw else {}
        shape = self.model.operation_model(operation).output_shape
        self.fields[operation] |= answered(shape, raw)
        self.wrong += [f"{operation}: {fault}" for fault in faults(shape, raw)]
        return told

    def hear(self, http_response, **_):
        self.raw = http_response.text

    def begin(self, mock):
        loose = botocore.config.Config(parameter_validation=False)
        self.account = Account(mock, config=loose)
        self.raw = ""
        self.account.cp.meta.events.register("response-received.codepipeline", self._received)

    def _received(self, response_dict, **_):
        self.raw = response_dict["body"].decode()

    # -- the way -----------------------------------------------------------------------------------------------
    def walk(self):
        with mock_aws(clock="manual", workers={"Lambda": "job"}) as mock:
            self.begin(mock)
            self.pipelines()
            self.executions()
            self.stages()
            self.jobs()
            self.partners()
            self.webhooks()
            self.tags()

    def pipelines(self):
        make, call = self.account.structure, self.call
        s3 = self.account.bucket("source-bucket")
        s3.put_object(Bucket="source-bucket", Key="app.zip", Body=b"1")
        rich = make(
            "rich",
            stage("Source", upload(), commits("Second", "Second", namespace="Src")),
            stage(
                "Build",
                build(region="us-east-1", roleArn=self.account.role),
                self.commands(),
                approve(ExternalEntityLink="https://example.com") | {"timeoutInMinutes": 10, "runOrder": 2},
                beforeEntry=self.condition("OnMain", "SKIP"),
                onSuccess=self.condition("OnMain2", "FAIL"),
                onFailure=self.condition("OnMain3", "ROLLBACK"),
            ),
            stage("Retry", build("Again", runOrder=1) | {"outputArtifacts": []}, onFailure=self.automatic()),
            artifactStores={
                "us-east-1": {
                    "type": "S3",
                    "location": "artifacts",
                    "encryptionKey": {"id": "alias/mine", "type": "KMS"},
                }
            },
            pipelineType="V2",
            executionMode="QUEUED",
            variables=[{"name": "Branch", "defaultValue": "main", "description": "which"}],
            triggers=[
                {
                    "providerType": "CodeStarSourceConnection",
                    "gitConfiguration": {
                        "sourceActionName": "Hub",
                        "push": [
                            {
                                "branches": {"includes": ["main"], "excludes": ["x"]},
                                "filePaths": {"includes": ["a"], "excludes": ["b"]},
                            }
                        ],
                        "pullRequest": [
                            {
                                "events": ["OPEN"],
                                "branches": {"includes": ["main"], "excludes": ["x"]},
                                "filePaths": {"includes": ["a"], "excludes": ["b"]},
                            }
                        ],
                    },
                },
                {
                    "providerType": "CodeStarSourceConnection",
                    "gitConfiguration": {
                        "sourceActionName": "Hub2",
                        "push": [{"tags": {"includes": ["v*"], "excludes": ["x"]}}],
                    },
                },
            ],
        )
        rich["stages"][0]["actions"] += [self.connection("Hub"), self.connection("Hub2")]
        made = call("CreatePipeline", pipeline=rich, tags=[{"key": "a", "value": "b"}])
        assert isinstance(made, dict), made
        single = make(
            "single",
            stage("Source", commits()),
            stage("Build", build()),
            artifactStore={
                "type": "S3",
                "location": "artifacts",
                "encryptionKey": {"id": "k", "type": "KMS"},
            },
        )
        call("CreatePipeline", pipeline=single)
        call("CreatePipeline", pipeline=single)
        for name, wrong in self.wrong_structures().items():
            self.errors["CreatePipeline"].add(call("CreatePipeline", pipeline=make(f"wrong-{name}", *wrong)))
        many = [{"key": f"k{i}", "value": "v"} for i in range(51)]
        call("CreatePipeline", pipeline=make("many"), tags=many)
        call("CreatePipeline", pipeline=make("system"), tags=[{"key": "aws:x", "value": "v"}])
        for name in ("GetPipeline", "GetPipelineState"):
            for pipeline in ("rich", "single", "nobody"):
                call(name, name=pipeline)
        call("GetPipeline", name="rich", version=9)
        call("UpdatePipeline", pipeline=rich)
        call("UpdatePipeline", pipeline=single)
        for wrong in self.wrong_structures().values():
            call("UpdatePipeline", pipeline=make("single", *wrong))
        assert call("UpdatePipeline", pipeline=make("nobody")) == "PipelineNotFoundException"
        call("ListPipelines", maxResults=1)
        call("ListPipelines", nextToken="x")

    def wrong_structures(self):
        return {
            "structure": (stage("Source", commits()),),
            "stage": (stage("Source", commits()), stage("Source", build())),
            "action": (stage("Source", commits(out="Other")), stage("Build", build())),
        }

    @staticmethod
    def connection(name):
        says = {
            "ConnectionArn": f"arn:aws:codestar-connections:us-east-1:123456789012:connection/{NOBODY}",
            "FullRepositoryId": "a/b",
            "BranchName": "main",
        }
        return action(name, "Source/AWS/CodeStarSourceConnection", outs=[f"{name}Out"], configuration=says)

    @staticmethod
    def commands():
        return {
            "name": "Script",
            "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"},
            "inputArtifacts": [{"name": "SourceArtifact"}],
            "outputArtifacts": [{"name": "Made", "files": ["a.txt"]}],
            "commands": ["echo"],
            "outputVariables": ["X"],
            "environmentVariables": [{"name": "A", "value": "b", "type": "PLAINTEXT"}],
            "namespace": "Script",
        }

    @staticmethod
    def condition(name, result):
        rule = {
            "name": name,
            "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
            "configuration": {"Variable": "#{variables.Branch}", "Value": "main", "Operator": "EQ"},
            "inputArtifacts": [{"name": "SourceArtifact"}],
            "region": "us-east-1",
            "roleArn": "arn:aws:iam::123456789012:role/service",
            "timeoutInMinutes": 10,
        }
        if name.startswith("OnMain"):  # a rule of the other kind, beside it
            script = {**rule, "name": f"{name}Script", "commands": ["true"], "configuration": {}}
            script["ruleTypeId"] = {**rule["ruleTypeId"], "provider": "Commands"}
            return {
                "conditions": [{"result": "FAIL" if result == "SKIP" else result, "rules": [rule, script]}]
            }
        return {"conditions": [{"result": result, "rules": [rule]}]}

    @staticmethod
    def automatic():
        return {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}

    def executions(self):
        call, account = self.call, self.account
        first = call("StartPipelineExecution", name="rich", variables=[{"name": "Branch", "value": "main"}])
        call("StartPipelineExecution", name="nobody")
        account.tick(60)
        call("GetPipelineState", name="rich")
        inbound = call("StartPipelineExecution", name="rich")["pipelineExecutionId"]
        account.tick(60)
        call("GetPipelineState", name="rich")
        number = first["pipelineExecutionId"]
        for operation in ("ListPipelineExecutions", "ListActionExecutions", "ListRuleExecutions"):
            call(operation, pipelineName="rich", maxResults=1)
            call(operation, pipelineName="rich")
            call(operation, pipelineName="nobody")
            call(operation, pipelineName="rich", nextToken="x")
            if operation != "ListPipelineExecutions":
                call(operation, pipelineName="rich", filter={"pipelineExecutionId": NOBODY})
        call("GetPipelineExecution", pipelineName="rich", pipelineExecutionId=number)
        call("GetPipelineExecution", pipelineName="rich", pipelineExecutionId=NOBODY)
        call("GetPipelineExecution", pipelineName="nobody", pipelineExecutionId=number)
        gate = {"pipelineName": "rich", "stageName": "Build", "actionName": "Approve"}
        token = account.token("Build", name="rich")
        yes = {"result": {"summary": "ok", "status": "Approved"}}
        call("PutApprovalResult", **gate, **yes, token=NOBODY)
        call("PutApprovalResult", **gate | {"pipelineName": "nobody"}, **yes, token=token)
        call("PutApprovalResult", **gate | {"stageName": "nobody"}, **yes, token=token)
        call("PutApprovalResult", **gate | {"actionName": "nobody"}, **yes, token=token)
        call("PutApprovalResult", **gate, **yes, token=token)
        call("PutApprovalResult", **gate, **yes, token=token)
        call("GetPipelineState", name="rich")
        call("ListActionExecutions", pipelineName="rich")
        call("StopPipelineExecution", pipelineName="rich", pipelineExecutionId=inbound, reason="enough")
        account.tick(60)
        call("ListPipelineExecutions", pipelineName="rich")
        call("StopPipelineExecution", pipelineName="nobody", pipelineExecutionId=number)
        wanting = [{"name": "Ticket"}]
        account.create(
            "wanting",
            stage("Source", commits()),
            stage("Build", build()),
            pipelineType="V2",
            variables=wanting,
        )
        (failed,) = call("ListPipelineExecutions", pipelineName="wanting")["pipelineExecutionSummaries"]
        call(
            "GetPipelineExecution", pipelineName="wanting", pipelineExecutionId=failed["pipelineExecutionId"]
        )
        call("StopPipelineExecution", pipelineName="rich", pipelineExecutionId=number)
        account.start("single")
        (running, *_) = account.executions("single")
        stop = {"pipelineName": "single", "pipelineExecutionId": running["pipelineExecutionId"]}
        call("StopPipelineExecution", **stop)
        call("StopPipelineExecution", **stop)
        account.tick(60)
        call("StopPipelineExecution", **stop)
        call("ListPipelineExecutions", pipelineName="single")
        revision = {"revisionId": "v1", "revisionChangeId": "c1", "created": 0}
        put = {
            "pipelineName": "single",
            "stageName": "Source",
            "actionName": "Commit",
            "actionRevision": revision,
        }
        call("PutActionRevision", **put)
        for name in ("pipelineName", "stageName", "actionName"):
            call("PutActionRevision", **put | {name: "nobody"})
        account.tick(60)
        hub = action(
            "Hub",
            "Source/ThirdParty/GitHub",
            outs=["SourceArtifact"],
            configuration={"Owner": "a", "Repo": "b", "Branch": "main", "OAuthToken": "t"},
        )
        call(
            "CreatePipeline", pipeline=account.structure("hub", stage("Source", hub), stage("Build", build()))
        )
        account.tick(60)
        for operation in ("ListPipelineExecutions", "ListActionExecutions"):
            call(operation, pipelineName="hub")
        call("GetPipelineState", name="hub")
        (ran,) = account.executions("hub")
        call("GetPipelineExecution", pipelineName="hub", pipelineExecutionId=ran["pipelineExecutionId"])
        account.tick(31 * 86400)
        call("GetPipeline", name="hub")
        away = deploy() | {
            "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "EC2", "version": "1"},
            "configuration": {"InstanceTagKey": "a", "InstanceType": "EC2"},
        }
        call(
            "CreatePipeline",
            pipeline=account.structure(
                "ec2",
                stage("Source", commits()),
                stage("Build", build()),
                stage("Prod", away),
                pipelineType="V2",
            ),
        )
        account.tick(60)
        ran = account.cp.list_action_executions(pipelineName="ec2")["actionExecutionDetails"][0]
        found = {"pipelineName": "ec2", "actionExecutionId": ran["actionExecutionId"]}
        call("ListDeployActionExecutionTargets", **found)
        call("ListDeployActionExecutionTargets", **found, maxResults=1)
        call("ListDeployActionExecutionTargets", **found, nextToken="x")
        call("ListDeployActionExecutionTargets", **found | {"pipelineName": "nobody"})
        call("ListDeployActionExecutionTargets", **found | {"actionExecutionId": NOBODY})

    def stages(self):
        call, account = self.call, self.account
        gated = (stage("Source", commits()), stage("Gate", approve()), stage("Next", approve("Approve2")))
        account.create("gated", *gated, pipelineType="V2")
        door = {"pipelineName": "gated", "stageName": "Gate", "transitionType": "Inbound"}
        for operation, more in (
            ("DisableStageTransition", {"reason": "freeze"}),
            ("EnableStageTransition", {}),
        ):
            call(operation, **door, **more)
            call(operation, **door | {"pipelineName": "nobody"}, **more)
            call(operation, **door | {"stageName": "nobody"}, **more)
            call("GetPipelineState", name="gated")
        (first,) = account.executions("gated")
        number = first["pipelineExecutionId"]
        account.answer("Rejected", name="gated")
        retry = {
            "pipelineName": "gated",
            "stageName": "Gate",
            "pipelineExecutionId": number,
            "retryMode": "FAILED_ACTIONS",
        }
        call("RetryStageExecution", **retry)
        call("RetryStageExecution", **retry)
        call("RetryStageExecution", **retry | {"pipelineName": "nobody"})
        call("RetryStageExecution", **retry | {"stageName": "nobody"})
        call("GetPipelineState", name="gated")
        back = {"pipelineName": "gated", "stageName": "Gate", "targetPipelineExecutionId": number}
        call("RollbackStage", **back)
        call("RollbackStage", **back | {"pipelineName": "nobody"})
        call("RollbackStage", **back | {"stageName": "nobody"})
        call("RollbackStage", **back | {"targetPipelineExecutionId": NOBODY})
        account.answer("Rejected", name="gated")
        account.start("gated")
        account.tick(60)
        call("RetryStageExecution", **retry)
        account.answer(name="gated")
        account.answer(name="gated", stage="Next", action="Approve2")
        good = account.executions("gated")[0]["pipelineExecutionId"]
        new = call("RollbackStage", **back | {"targetPipelineExecutionId": good})
        call("GetPipelineExecution", pipelineName="gated", pipelineExecutionId=new["pipelineExecutionId"])
        call("GetPipelineState", name="gated")
        waits = account.start("gated")
        account.tick(60)
        call("GetPipelineState", name="gated")
        call("ListPipelineExecutions", pipelineName="gated")
        assert waits
        account.cp.update_pipeline(
            pipeline=account.structure("gated", *gated, pipelineType="V2")
            | {"stages": [*gated, stage("More", approve("A3"))]}
        )
        call("RollbackStage", **back | {"targetPipelineExecutionId": good})
        self.overrides()
        self.automatic_retry()

    def overrides(self):
        call, account = self.call, self.account
        guarded = stage("Build", build(), beforeEntry=self.failing("Guard"))
        account.create(
            "guarded",
            stage("Source", commits()),
            guarded,
            pipelineType="V2",
            variables=[{"name": "Branch", "defaultValue": "dev"}],
        )
        call("GetPipelineState", name="guarded")
        call("ListRuleExecutions", pipelineName="guarded")
        (first,) = account.executions("guarded")
        override = {
            "pipelineName": "guarded",
            "stageName": "Build",
            "pipelineExecutionId": first["pipelineExecutionId"],
            "conditionType": "BEFORE_ENTRY",
        }
        call("OverrideStageCondition", **override | {"conditionType": "ON_SUCCESS"})
        call("OverrideStageCondition", **override | {"pipelineName": "nobody"})
        call("OverrideStageCondition", **override | {"stageName": "nobody"})
        call("OverrideStageCondition", **override)
        account.tick(60)
        account.start("guarded")
        account.tick(60)
        call("OverrideStageCondition", **override)
        account.create(
            "after",
            stage("Source", commits()),
            stage("Build", build(), onSuccess=self.failing("After")),
            pipelineType="V2",
            variables=[{"name": "Branch", "defaultValue": "dev"}],
        )
        call("GetPipelineState", name="after")
        for name in ("onFailure",):
            fails = stage(
                "Gate",
                approve(),
                **{
                    name: {
                        "conditions": [
                            {"result": "ROLLBACK", "rules": self.failing("F")["conditions"][0]["rules"]}
                        ]
                    }
                },
            )
            account.create(
                "fails",
                stage("Source", commits()),
                fails,
                pipelineType="V2",
                variables=[{"name": "Branch", "defaultValue": "dev"}],
            )
            account.answer("Rejected", name="fails")
            account.tick(60)
            call("GetPipelineState", name="fails")

    def automatic_retry(self):
        from cp_teach.aws.admin_api import dispatch
        from cp_teach.aws.backend.service_registry import active

        account = self.account
        account.create(
            "auto",
            stage("Source", commits()),
            stage("Build", build(), onFailure=self.automatic()),
            pipelineType="V2",
        )
        (region,) = active().regions
        body = json.dumps({"stage": "Build", "action": "Compile", "message": "broken"}).encode()
        dispatch.handle(region, "POST", ("inject", "auto"), {}, body)
        account.start("auto")
        account.tick(60)
        self.call("GetPipelineState", name="auto")
        body = json.dumps(
            {"stage": "Build", "action": "Compile", "message": "broken", "when": "always"}
        ).encode()
        dispatch.handle(region, "POST", ("inject", "auto"), {}, body)
        account.start("auto")
        account.tick(60)
        self.call("GetPipelineState", name="auto")
        self.call("ListActionExecutions", pipelineName="auto")

    @staticmethod
    def failing(name):
        made = Tour.condition(name, "FAIL")
        made["conditions"][0]["rules"][0]["inputArtifacts"] = []
        return made

    def jobs(self):
        call, account = self.call, self.account
        custom = {
            "category": "Build",
            "provider": "Jenkins",
            "version": "1",
            "settings": {
                "thirdPartyConfigurationUrl": "https://ci.example.com",
                "entityUrlTemplate": "https://ci.example.com/{Config:P}",
                "executionUrlTemplate": "https://ci.example.com/{Config:P}/{ExternalExecutionId}",
                "revisionUrlTemplate": "https://ci.example.com/{Config:P}/r",
            },
            "configurationProperties": [
                {
                    "name": "P",
                    "required": True,
                    "key": True,
                    "secret": False,
                    "queryable": True,
                    "description": "project",
                    "type": "String",
                }
            ],
            "inputArtifactDetails": ONE,
            "outputArtifactDetails": ONE,
            "tags": [{"key": "a", "value": "b"}],
        }
        call("CreateCustomActionType", **custom)
        call("CreateCustomActionType", **custom | {"version": "2", "tags": [{"key": "aws:x", "value": "v"}]})
        call(
            "CreateCustomActionType",
            **custom | {"version": "3", "tags": [{"key": f"k{i}", "value": "v"} for i in range(51)]},
        )
        call("ListActionTypes")
        call("ListActionTypes", nextToken="x")
        call("ListRuleTypes")
        kind = {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}
        jenkins = action(
            "Jenkins", "Build/Custom/Jenkins", ["SourceArtifact"], ["Out"], configuration={"P": "app"}
        )
        keyed = {"type": "S3", "location": "artifacts", "encryptionKey": {"id": "k", "type": "KMS"}}
        account.create("worked", stage("Source", commits()), stage("Build", jenkins), artifactStore=keyed)
        call("PollForJobs", actionTypeId=kind | {"provider": "Nobody"})
        (job,) = call("PollForJobs", actionTypeId=kind)["jobs"]
        call("AcknowledgeJob", jobId=job["id"], nonce="0")
        call("AcknowledgeJob", jobId=NOBODY, nonce="0")
        call("AcknowledgeJob", jobId=job["id"], nonce=job["nonce"])
        call("GetJobDetails", jobId=job["id"])
        call("GetJobDetails", jobId=NOBODY)
        progress = {"summary": "half", "externalExecutionId": "17", "percentComplete": 50}
        call("PutJobSuccessResult", jobId=job["id"], continuationToken="t", executionDetails=progress)
        call("GetPipelineState", name="worked")
        (job,) = call("PollForJobs", actionTypeId=kind)["jobs"]
        call("GetJobDetails", jobId=job["id"])
        call("PutJobSuccessResult", jobId=NOBODY)
        call("PutJobSuccessResult", jobId=job["id"], outputVariables={"x": "y" * 122_880})
        call("PutJobSuccessResult", jobId=job["id"])
        call("PutJobSuccessResult", jobId=job["id"], outputVariables={"a": "b"})
        failure = {"type": "JobFailed", "message": "no"}
        call("PutJobFailureResult", jobId=job["id"], failureDetails=failure)
        call("PutJobFailureResult", jobId=NOBODY, failureDetails=failure)
        account.start("worked")
        account.tick(60)
        (job,) = call("PollForJobs", actionTypeId=kind)["jobs"]
        call("PutJobFailureResult", jobId=job["id"], failureDetails=failure)
        call("DeleteCustomActionType", category="Build", provider="Jenkins", version="1")

    def partners(self):
        call, account = self.call, self.account
        kind = {"category": "Invoke", "owner": "ThirdParty", "provider": "Snyk", "version": "1"}
        told = call("GetActionType", **kind)["actionType"]
        call("GetActionType", **kind | {"version": "9"})
        told |= {
            "description": "Looks for holes",
            "urls": {
                "configurationUrl": "https://a.example.com",
                "entityUrlTemplate": "https://a.example.com",
                "executionUrlTemplate": "https://a.example.com",
                "revisionUrlTemplate": "https://a.example.com",
            },
        }
        told["properties"] = [
            {
                "name": "X",
                "optional": True,
                "key": False,
                "noEcho": False,
                "queryable": False,
                "description": "x",
            }
        ]
        call("UpdateActionType", actionType=told)
        call("GetActionType", **kind)
        aws = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
        call("UpdateActionType", actionType=call("GetActionType", **aws)["actionType"])
        call("UpdateActionType", actionType=told | {"id": kind | {"version": "9"}})
        whole = {"type": "Lambda", "jobTimeout": 60, "policyStatementsTemplate": "{}", "configuration": {}}
        whole["configuration"]["lambdaExecutorConfiguration"] = {
            "lambdaFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f"
        }
        whole["configuration"]["jobWorkerExecutorConfiguration"] = {
            "pollingAccounts": ["123456789012"],
            "pollingServicePrincipals": ["x"],
        }
        call("UpdateActionType", actionType=told | {"executor": whole})
        call("GetActionType", **kind)
        scan = action("Scan", "Invoke/ThirdParty/Snyk", ["SourceArtifact"], ["Scanned"])
        keyed = {"type": "S3", "location": "artifacts", "encryptionKey": {"id": "k", "type": "KMS"}}
        call("PollForThirdPartyJobs", actionTypeId=kind | {"provider": "Nobody"})
        clear = {"jobId": NOBODY, "clientToken": NOBODY}
        failure = {"failureDetails": {"type": "JobFailed", "message": "no"}}
        for operation, more in (
            ("AcknowledgeThirdPartyJob", {"nonce": "1"}),
            ("GetThirdPartyJobDetails", {}),
            ("PutThirdPartyJobSuccessResult", {}),
            ("PutThirdPartyJobFailureResult", failure),
        ):
            call(operation, **clear, **more)
        from cp_teach.aws.backend.service_registry import active
        from cp_teach.aws.operations.jobs import client_credentials

        (region,) = active().regions
        for name in ("one", "two"):
            account.cp.create_pipeline(
                pipeline=account.structure(
                    name, stage("Source", commits()), stage("Check", scan), artifactStore=keyed
                )
            )
            account.tick(2)
            (job,) = call("PollForThirdPartyJobs", actionTypeId=kind)["jobs"]
            mine = {"jobId": job["jobId"], "clientToken": client_credentials(region, tuple(kind.values()))[1]}
            other = mine | {"clientToken": NOBODY}
            nonce = call("GetThirdPartyJobDetails", **mine)["jobDetails"]["nonce"]
            call("GetThirdPartyJobDetails", **other)
            call("AcknowledgeThirdPartyJob", **other, nonce=nonce)
            call("AcknowledgeThirdPartyJob", **mine, nonce="0")
            call("AcknowledgeThirdPartyJob", **mine, nonce=nonce)
            call("PutThirdPartyJobSuccessResult", **other)
            call("PutThirdPartyJobFailureResult", **other, **failure)
            if name == "one":
                call("PutThirdPartyJobSuccessResult", **mine, continuationToken="more")
                (job,) = call("PollForThirdPartyJobs", actionTypeId=kind)["jobs"]
                mine["jobId"] = job["jobId"]
                call("GetThirdPartyJobDetails", **mine)
                call("PutThirdPartyJobSuccessResult", **mine)
                call("PutThirdPartyJobFailureResult", **mine, **failure)
            else:
                call("PutThirdPartyJobFailureResult", **mine, **failure)
                call("PutThirdPartyJobSuccessResult", **mine)
        lambda_ = action("Call", "Invoke/AWS/Lambda", configuration={"FunctionName": "f"})
        account.create("called", stage("Source", commits()), stage("Check", lambda_))
        job = next(job for job in region.jobs if job.pipeline == "called")
        token = client_credentials(region, job.type)[1]
        call("GetThirdPartyJobDetails", jobId=job.id, clientToken=token)

    def webhooks(self):
        call = self.call
        hook = {
            "name": "push",
            "targetPipeline": "single",
            "targetAction": "Commit",
            "filters": [{"jsonPath": "$.ref", "matchEquals": "x"}],
            "authentication": "GITHUB_HMAC",
            "authenticationConfiguration": {"SecretToken": "s"},
        }
        call("PutWebhook", webhook=hook, tags=[{"key": "a", "value": "b"}])
        by_address = {
            "name": "ip",
            "authentication": "IP",
            "authenticationConfiguration": {"AllowedIPRange": "10.0.0.0/8"},
        }
        call("PutWebhook", webhook=hook | by_address)
        call("PutWebhook", webhook=hook | {"targetPipeline": "nobody"})
        call("PutWebhook", webhook=hook | {"filters": [{"jsonPath": "no"}]})
        call("PutWebhook", webhook=hook | {"authentication": "IP"})
        call("PutWebhook", webhook=hook, tags=[{"key": "aws:x", "value": "b"}])
        call("PutWebhook", webhook=hook, tags=[{"key": f"k{i}", "value": "b"} for i in range(51)])
        from cp_teach.aws.backend.service_registry import active
        from cp_teach.aws.operations.pipelines import webhook_calls

        (region,) = active().regions
        webhook_calls.call_webhook(region, "ip", b'{"ref": "x"}', {}, "10.0.0.1")
        with contextlib.suppress(webhook_calls.WebhookRefused):
            webhook_calls.call_webhook(region, "push", b"{}", {}, "")
        call("ListWebhooks")
        call("ListWebhooks", MaxResults=1)
        call("ListWebhooks", NextToken="x")
        call("PutWebhook", webhook=hook)
        call("PutWebhook", webhook=hook | by_address)
        for operation in ("RegisterWebhookWithThirdParty", "DeregisterWebhookWithThirdParty"):
            call(operation, webhookName="push")
            call(operation, webhookName="nobody")
        call("DeleteWebhook", name="push")

    def tags(self):
        call = self.call
        arn = "arn:aws:codepipeline:us-east-1:123456789012:single"
        bad = "arn:aws:codepipeline:us-east-1:123456789012:stage:x"
        more = {
            "TagResource": {"tags": [{"key": "a", "value": "b"}]},
            "UntagResource": {"tagKeys": ["a"]},
            "ListTagsForResource": {},
        }
        for operation, given in more.items():
            for resource in (arn, arn + "x", bad):
                call(operation, resourceArn=resource, **given)
        call("TagResource", resourceArn=arn, tags=[{"key": "aws:x", "value": "b"}])
        call("TagResource", resourceArn=arn, tags=[{"key": f"k{i}", "value": "b"} for i in range(51)])
        call("TagResource", resourceArn=arn, tags=[{"key": "a", "value": "b"}, {"key": "c", "value": "d"}])
        call("ListTagsForResource", resourceArn=arn, maxResults=1)
        call("ListTagsForResource", resourceArn=arn, nextToken="x")
        call("DeletePipeline", name="single")

    def limits(self):
        """The quotas of the course are reached sooner than today's."""
        with mock_aws(clock="manual", edition="course") as mock:
            self.begin(mock)
            plain = (
                stage("Source", upload(PollForSourceChanges="false")),
                stage("Beta", deploy(ins="SourceArtifact")),
            )
            for number in range(21):
                self.call("CreatePipeline", pipeline=self.account.structure(f"p{number}", *plain))
        with mock_aws(clock="manual") as mock:
            self.begin(mock)
            details = {"inputArtifactDetails": ONE, "outputArtifactDetails": ONE}
            for number in range(51):
                self.call(
                    "CreateCustomActionType", category="Test", provider="Mine", version=str(number), **details
                )
            self.account.create("shop", stage("Source", commits()), stage("Gate", approve()))
            hook = {
                "targetPipeline": "shop",
                "targetAction": "Commit",
                "filters": [],
                "authentication": "UNAUTHENTICATED",
                "authenticationConfiguration": {},
            }
            for number in range(301):
                self.call("PutWebhook", webhook=hook | {"name": f"h{number}"})
            self.account.create(
                "busy",
                stage("Source", commits()),
                stage("Gate", approve()),
                pipelineType="V2",
                executionMode="QUEUED",
            )
            for _ in range(50):
                self.call("StartPipelineExecution", name="busy")
            revision = {"revisionId": "v1", "revisionChangeId": "c1", "created": 0}
            self.call(
                "PutActionRevision",
                pipelineName="busy",
                stageName="Source",
                actionName="Commit",
                actionRevision=revision,
            )
