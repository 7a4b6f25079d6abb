"""The questions of notebook 12: quotas, regions, and who may do what."""

from typing import Any

from cp_teach.aws import spare_account
from cp_teach.aws.iam import decide
from cp_teach.course.predictions.question import Question
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


QUESTIONS = (
    Question(
        "12-which-first",
        "A pipeline has 52 stages, and there is a space in the name of one of them. What does create-pipeline answer?",
        {
            "One error: the name of the stage.": "Single values are looked at first, with a ValidationException. "
            "The structure comes after it, in the next try.",
            "One error: too many stages.": "You will hear of them when the name is mended.",
            "Both, in a list.": "The service names what it meets first. The check of this course lists everything.",
        },
        _which_first,
    ),
    Question(
        "12-fifty-first",
        "A QUEUED pipeline has 50 executions in progress. You start one more. What happens?",
        {
            "The call is refused.": "ConcurrentPipelineExecutionsLimitExceededException. Wait until one has ended, or "
            "stop one.",
            "It is the last in the queue.": "The queue has 50 places, and all of them are taken.",
            "The oldest is superseded.": "That is the mode SUPERSEDED. In QUEUED mode nobody is dropped.",
        },
        _fifty_first,
    ),
    Question(
        "12-eight-days",
        "An approval asks, and nobody answers. What is its state after eight days?",
        {
            "It still waits.": "It would with a longer time of its own: timeoutInMinutes goes up to 60 days.",
            "It has failed.": "An approval waits for seven days. The stage can then be retried, and it asks again.",
            "It is approved.": "Silence is no yes.",
        },
        _eight_days,
    ),
    Question(
        "12-one-store",
        "A pipeline in us-east-1 has one artifactStore. You give its deployment the region eu-west-1. What happens?",
        {
            "It is created, and the action fails when it runs.": "Missing buckets are found so late. A missing entry "
            "in the structure is not.",
            "The pipeline is refused.": "InvalidStructureException: with several regions it must be artifactStores, "
            "with a store for each.",
            "It is created, and AWS makes a bucket in Ireland.": "Only the console makes buckets. The API does not.",
        },
        _one_store,
    ),
    Question(
        "12-deny-first",
        "A policy first denies codepipeline:DeletePipeline, and then allows codepipeline:* on everything. May its "
        "bearer delete a pipeline?",
        {
            "Yes: the later statement counts.": "The order means nothing.",
            "Yes: all is allowed.": "It would be, without the Deny.",
            "No: the Deny wins, wherever it stands.": "An explicit Deny beats every Allow, in whatever policy.",
        },
        _deny_first,
    ),
    Question(
        "12-pass-role",
        "Ada's policy allows codepipeline:* on every resource. May she create a pipeline?",
        {
            "Yes: she may do all of it.": "All of CodePipeline. But the role that she hands over is IAM's.",
            "No: one more permission is missing.": "iam:PassRole on the service role. Else she could lend herself the "
            "rights of any role.",
            "Yes, if the role trusts her.": "The role trusts the service. Handing it over is asked of Ada.",
        },
        _pass_role,
    ),
    Question(
        "12-mask-and-rename",
        "get-pipeline shows a token as ****. In this file you give the source action another name, and send it with "
        "update-pipeline. What is the token now?",
        {
            "The token, as before.": "So it is when the names stay as they are.",
            "Four stars: the token is lost.": "The mask stands for the secret of an action of the same stage and name. "
            "There is none any more.",
            "The call is refused.": "Four stars are a value like any other.",
        },
        _mask_and_rename,
    ),
)
