"""The truths of the questions of notebook 05, each from a scenario that is played."""

from cp_teach.aws import spare_account
from cp_teach.pipeline import Pipeline


def _pipeline(account: object, **stages: str) -> dict[str, object]:
    role = account.role()  # type: ignore[attr-defined]  # a spare account
    return {**Pipeline.of("shop", **stages).to_aws(), "roleArn": role}


def _after_create() -> str:
    account = spare_account()
    pipeline = _pipeline(account, Source="CodeCommit", Beta="CodeDeploy")
    account.ask("CreatePipeline", pipeline=pipeline)
    count = len(account.ask("ListPipelineExecutions", pipelineName="shop")["pipelineExecutionSummaries"])
    return {1: "Its first execution starts.", 0: "Nothing, until somebody releases a change."}[count]


def _after_update() -> str:
    account = spare_account()
    pipeline = _pipeline(account, Source="CodeCommit", Beta="CodeDeploy")
    account.ask("CreatePipeline", pipeline=pipeline)
    account.tick(60)
    changed = _pipeline_with_prod(pipeline)
    account.ask("UpdatePipeline", pipeline=changed)
    count = len(account.ask("ListPipelineExecutions", pipelineName="shop")["pipelineExecutionSummaries"])
    return {2: "A new execution starts.", 1: "Nothing, until somebody releases a change."}[count]


def _pipeline_with_prod(pipeline: dict[str, object]) -> dict[str, object]:
    longer = Pipeline.of("shop", Source="CodeCommit", Beta="CodeDeploy", Prod="CodeDeploy").to_aws()
    return {**longer, "roleArn": pipeline["roleArn"]}


def _one_stage() -> str:
    account = spare_account()
    pipeline = _pipeline(account, Source="CodeCommit", Beta="CodeDeploy")
    stages = pipeline["stages"]
    assert isinstance(stages, list)
    code = account.error("CreatePipeline", pipeline={**pipeline, "stages": stages[:1]})
    return {"InvalidStructureException": "No: a pipeline has at least two stages.", "": "Yes."}[code]


TRUTHS = {
    "05-after-create": _after_create,
    "05-after-update": _after_update,
    "05-one-stage": _one_stage,
}
