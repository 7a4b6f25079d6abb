"""The questions of notebook 05: what creating a pipeline does besides."""

from cp_teach.aws import spare_account
from cp_teach.course.predictions.question import Question
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


QUESTIONS = (
    Question(
        "05-after-create",
        "The wizard's last button is pressed: the pipeline is created. What happens next?",
        {
            "Nothing, until somebody releases a change.": "That is so after an update.",
            "Its first execution starts.": "Creating a pipeline starts it.",
            "It waits in the state Created.": "There is no such state: a pipeline is there, or it is not.",
        },
        _after_create,
    ),
    Question(
        "05-after-update",
        "Later a stage Prod is added, and the pipeline is saved. What happens next?",
        {
            "A new execution starts.": "Creating starts one, updating does not.",
            "The last execution goes on into Prod.": "It is through: it knew of no Prod.",
            "Nothing, until somebody releases a change.": "An update starts nothing: press Release change.",
        },
        _after_update,
    ),
    Question(
        "05-one-stage",
        "Build and deployment are both optional. May both be left out?",
        {
            "Yes.": "Then the source stage would be alone.",
            "No: a pipeline has at least two stages.": "So one of the two is needed.",
            "Only with a source in S3.": "The rule does not depend on the source.",
        },
        _one_stage,
    ),
)
