"""The truths of the questions of notebook 06, each from a scenario that is played."""

from cp_teach.aws import spare_account
from cp_teach.course.predictions.question import visit
from cp_teach.engine import Run
from cp_teach.pipeline import Pipeline
from cp_teach.work import Simulated


def _delete_twice() -> str:
    account = spare_account()
    code = account.error("DeletePipeline", name="never-was")
    return {"": "Nothing: it is answered as if there had been one."}.get(code, "PipelineNotFoundException")


def _retry_new_commit() -> str:
    run = Run(Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Beta="CodeDeploy"), Simulated())
    run.inject("Build", "CodeBuild")
    run.release("Broken")
    run.settle()
    run.retry("Build")
    run.settle()
    succeeded = visit(run, 1, "Beta") == "Succeeded" and run.state.newest == 1
    return "The commit that failed." if succeeded else "The newest commit."


def _reason() -> str:
    account = spare_account()
    pipeline = {**Pipeline.of("shop", Source="S3", Beta="CodeDeploy").to_aws(), "roleArn": account.role()}
    account.ask("CreatePipeline", pipeline=pipeline)
    code = account.error(
        "DisableStageTransition",
        pipelineName="shop",
        stageName="Beta",
        transitionType="Inbound",
        reason="Don't deploy, it's Friday",
    )
    return {"ValidationException": "It is refused: ValidationException.", "": "The transition is disabled."}[
        code
    ]


TRUTHS = {
    "06-delete-missing": _delete_twice,
    "06-retry-which-commit": _retry_new_commit,
    "06-reason": _reason,
}
