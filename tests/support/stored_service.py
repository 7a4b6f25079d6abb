"""CodePipeline over a store in this process: what a server does with a request, without HTTP."""

import json
import uuid

from cp_teach.aws.admin_api import dispatch
from cp_teach.aws.backend.service import Service
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations import perform
from cp_teach.aws.persistence.sqlite_store import SqliteStore

ACCOUNT, REGION = "123456789012", "us-east-1"
CUSTOM = {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "codepipeline.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


class StoredService:
    """A region whose store is in ``folder``; ``end`` lets go of it as a stopped server does."""

    def __init__(self, folder, mode="manual", account=ACCOUNT):
        self.account = account
        self.clock = Clock(mode)
        self.store = SqliteStore(folder, self.clock)
        self.store.restore_clock(chosen=False)
        self.service = Service(Settings(clock=self.clock), self.store)
        self.region = self.service.region(account, REGION)
        self.role = make_role(account)

    def ask(self, operation, **request):
        return perform(
            self.region, Principal(self.account, REGION, "arn:aws:iam::1:user/me"), operation, request
        )

    def tick(self, seconds):
        with self.region.transaction():
            self.clock.tick(seconds)
            self.region.advance_all()

    def create(self, name="shop"):
        self.ask("CreatePipeline", pipeline=structure(name, self.role), tags=[{"key": "a", "value": "b"}])

    def start(self, name="shop", **more):
        return self.ask("StartPipelineExecution", name=name, **more)["pipelineExecutionId"]

    def reads(self):
        """All that the API tells, and what is behind it."""
        told = {"pipelines": self.ask("ListPipelines"), "webhooks": self.ask("ListWebhooks")}
        told["types"] = self.ask("ListActionTypes", actionOwnerFilter="Custom")
        for name in sorted(self.region.pipelines):
            arn = self.region.arn(name)
            told[name] = [
                self.ask("GetPipeline", name=name),
                self.ask("GetPipelineState", name=name),
                self.ask("ListPipelineExecutions", pipelineName=name),
                self.ask("ListActionExecutions", pipelineName=name),
                self.ask("ListTagsForResource", resourceArn=arn),
                json.loads(dispatch.handle(self.region, "GET", ("journal", name), {"after": "0"}, b"")[2])[
                    "entries"
                ],
            ]
        told["jobs"] = sorted((job.to_dict() for job in self.region.jobs), key=lambda job: job["id"])
        told["now"] = self.clock.now()
        return json.loads(json.dumps(told, default=str, sort_keys=True))

    def end(self):
        self.region.close()
        self.store.close()


def fill(service):
    """Some of everything that a store keeps."""
    details = {"minimumCount": 0, "maximumCount": 5}
    service.ask(
        "CreateCustomActionType",
        category="Build",
        provider="Jenkins",
        version="1",
        inputArtifactDetails=details,
        outputArtifactDetails=details,
    )
    for name in ("shop", "other"):
        service.create(name)
    service.ask("PutWebhook", webhook=webhook())
    service.tick(30)
    for _ in range(3):
        service.start()
        service.tick(30)
    (job, *_) = service.ask("PollForJobs", actionTypeId=CUSTOM, maxBatchSize=1)["jobs"]
    service.ask("AcknowledgeJob", jobId=job["id"], nonce=job["nonce"])


def webhook(name="hook"):
    return {
        "name": name,
        "targetPipeline": "shop",
        "targetAction": "Commit",
        "filters": [],
        "authentication": "UNAUTHENTICATED",
        "authenticationConfiguration": {},
    }


def structure(name, role):
    commit = {
        "name": "Commit",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
        "configuration": {"RepositoryName": "r", "BranchName": "m", "PollForSourceChanges": "false"},
        "outputArtifacts": [{"name": "S"}],
    }
    compile_ = {
        "name": "Compile",
        "actionTypeId": CUSTOM,
        "inputArtifacts": [{"name": "S"}],
        "configuration": {},
    }
    return {
        "name": name,
        "roleArn": role,
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [{"name": "Source", "actions": [commit]}, {"name": "Build", "actions": [compile_]}],
    }


def make_role(account=ACCOUNT):
    """The ARN of a new role that CodePipeline may assume."""
    from moto.iam.models import iam_backends

    name = f"role-{uuid.uuid4().hex[:12]}"
    made = iam_backends[account]["aws"].create_role(name, TRUST, "/", None, "", [], 3600)
    return made.arn
