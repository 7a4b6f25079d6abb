"""The questions of notebook 09: functions, workers and tokens."""

from typing import Any

from cp_teach.aws import spare_account
from cp_teach.course.predictions.question import Question
from cp_teach.pipeline import Pipeline


def _created(account: Any, **stages: str) -> None:
    pipeline = {**Pipeline.of("shop", **stages).to_aws(), "roleArn": account.role()}
    account.ask("CreatePipeline", pipeline=pipeline)
    account.tick(60)


def _statuses(account: Any) -> dict[str, str]:
    told = account.ask("GetPipelineState", name="shop")["stageStates"]
    return {each["stageName"]: (each.get("latestExecution") or {}).get("status", "") for each in told}


def _silent_function() -> str:
    account = spare_account(workers={"Lambda": "job"})
    _created(account, Source="CodeCommit", Check="Invoke/Lambda")
    return {"InProgress": "It stays in progress.", "Succeeded": "It succeeds."}[_statuses(account)["Check"]]


def _second_answer() -> str:
    account = spare_account()
    _created(account, Source="CodeCommit", Gate="Manual")
    gate = account.ask("GetPipelineState", name="shop")["stageStates"][1]["actionStates"][0]
    answer = {
        "pipelineName": "shop",
        "stageName": "Gate",
        "actionName": gate["actionName"],
        "token": gate["latestExecution"]["token"],
    }
    account.ask("PutApprovalResult", **answer, result={"summary": "yes", "status": "Approved"})
    code = account.error("PutApprovalResult", **answer, result={"summary": "no", "status": "Rejected"})
    return {"ApprovalAlreadyCompletedException": "It is refused: the approval has been answered."}[code]


def _both_start() -> str:
    account = spare_account()
    _created(account, Source="CodeCommit", Beta="CodeDeploy")
    account.start_by_polling("shop", "Source")
    account.start_by_rule("shop", "rule")
    count = len(account.ask("ListPipelineExecutions", pipelineName="shop")["pipelineExecutionSummaries"])
    return {3: "Twice.", 2: "Once."}[count]


QUESTIONS = (
    Question(
        "09-silent-function",
        "A Lambda function of an Invoke action returns normally, and calls nothing. What becomes of its action?",
        {
            "It succeeds.": "What a handler returns is not looked at.",
            "It stays in progress.": "The function must call PutJobSuccessResult itself; without, it ends by time-out.",
            "It fails at once.": "Nobody has said that it failed.",
        },
        _silent_function,
    ),
    Question(
        "09-second-answer",
        "Two people answer the same approval: the first approves, the second rejects with the same token. What happens "
        "to the second answer?",
        {
            "It wins: the last answer counts.": "A token is good for one answer.",
            "It is refused: the approval has been answered.": "ApprovalAlreadyCompletedException.",
            "It is asked of both again.": "Only a retry asks again, with a new token.",
        },
        _second_answer,
    ),
    Question(
        "09-twice",
        "A source polls for changes, and a rule of EventBridge watches it, too. How often does one push start the "
        "pipeline?",
        {
            "Once.": "It would, if one of the two were off.",
            "Twice.": "Both see the push. Set PollForSourceChanges to false where there is a rule.",
            "Not at all: they block each other.": "Neither knows of the other.",
        },
        _both_start,
    ),
)
