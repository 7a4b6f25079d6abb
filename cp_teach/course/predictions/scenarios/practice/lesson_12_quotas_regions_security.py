"""The truths of the questions of notebook 12, each from a scenario that is played."""

from typing import Any

from cp_teach.aws import spare_account
from cp_teach.aws.iam import decide
from cp_teach.engine import Run
from cp_teach.pipeline import Pipeline
from cp_teach.work import Simulated


def _shop(role: str, **more: Any) -> dict[str, Any]:
    stages = {"Source": "CodeCommit", "Beta": "CodeDeploy"}
    return {**Pipeline.of("shop", **stages).to_aws(), "roleArn": role, **more}


def _which_first() -> str:
    account = spare_account()
    shop = _shop(account.role())
    shop["stages"] += [{**shop["stages"][1], "name": f"Beta-{number}"} for number in range(50)]
    shop["stages"][1]["name"] = "Beta 1"
    return {
        "ValidationException": "One error: the name of the stage.",
        "InvalidStructureException": "One error: too many stages.",
    }[account.error("CreatePipeline", pipeline=shop)]


def _fifty_first() -> str:
    account = spare_account()
    pipeline = Pipeline.of("shop", Source="CodeCommit", Beta="CodeDeploy", mode="QUEUED", type="V2").to_aws()
    account.ask("CreatePipeline", pipeline={**pipeline, "roleArn": account.role()})
    for _ in range(49):
        account.ask("StartPipelineExecution", name="shop")
    code = account.error("StartPipelineExecution", name="shop")
    refused = "ConcurrentPipelineExecutionsLimitExceededException"
    return {refused: "The call is refused.", "": "It is the last in the queue."}[code]


def _eight_days() -> str:
    run = Run(Pipeline.of("shop", Source="S3", Prod="Manual then CodeDeploy"), Simulated())
    run.release("Blue button")
    run.settle()
    run.advance(days=8)
    status = run.history.newest[1, "Prod", "Approve"].status
    return {"Failed": "It has failed.", "InProgress": "It still waits.", "Succeeded": "It is approved."}[
        status
    ]


def _one_store() -> str:
    account = spare_account()
    shop = _shop(account.role())
    shop["stages"][1]["actions"][0]["region"] = "eu-west-1"
    code = account.error("CreatePipeline", pipeline=shop)
    return {
        "InvalidStructureException": "The pipeline is refused.",
        "": "It is created, and the action fails when it runs.",
    }[code]


def _deny_first() -> str:

    deny = {"Effect": "Deny", "Action": "codepipeline:DeletePipeline", "Resource": "*"}
    allow = {"Effect": "Allow", "Action": "codepipeline:*", "Resource": "*"}
    said = [
        bool(decide({"Statement": order}, "codepipeline:DeletePipeline"))
        for order in ([deny, allow], [allow, deny])
    ]
    if said[0] != said[1]:
        return "Yes: the later statement counts."
    return "Yes: all is allowed." if said[0] else "No: the Deny wins, wherever it stands."


def _pass_role() -> str:
    account = spare_account()
    everything = {"Statement": {"Effect": "Allow", "Action": "codepipeline:*", "Resource": "*"}}
    code = account.with_policies(everything).error("CreatePipeline", pipeline=_shop(account.role()))
    return {"AccessDeniedException": "No: one more permission is missing.", "": "Yes: she may do all of it."}[
        code
    ]


def _mask_and_rename() -> str:
    account = spare_account()
    shop = {**Pipeline.of("shop", Source="GitHub", Beta="CodeDeploy").to_aws(), "roleArn": account.role()}
    shop["stages"][0]["actions"][0]["configuration"]["OAuthToken"] = "a-secret"
    account.ask("CreatePipeline", pipeline=shop)
    told = account.ask("GetPipeline", name="shop")["pipeline"]
    told["stages"][0]["actions"][0]["name"] = "Fetch"
    account.ask("UpdatePipeline", pipeline=told)
    kept = account.region.pipelines["shop"].pipeline.sources[0].settings["OAuthToken"]
    return {"a-secret": "The token, as before.", "****": "Four stars: the token is lost."}[kept]


TRUTHS = {
    "12-which-first": _which_first,
    "12-fifty-first": _fifty_first,
    "12-eight-days": _eight_days,
    "12-one-store": _one_store,
    "12-deny-first": _deny_first,
    "12-pass-role": _pass_role,
    "12-mask-and-rename": _mask_and_rename,
}
