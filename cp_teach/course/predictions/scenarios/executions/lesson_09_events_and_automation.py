"""The truths of the questions of notebook 09, each from a scenario that is played."""

from typing import Any

from cp_teach.aws import spare_account
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


TRUTHS = {
    "09-silent-function": _silent_function,
    "09-second-answer": _second_answer,
    "09-twice": _both_start,
}
