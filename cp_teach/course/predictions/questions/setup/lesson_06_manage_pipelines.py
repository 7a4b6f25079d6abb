"""The questions of notebook 06: managing pipelines."""

from cp_teach.aws import spare_account
from cp_teach.course.predictions.question import Question, visit
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


QUESTIONS = (
    Question(
        "06-delete-missing",
        "You delete a pipeline that does not exist. What does the service answer?",
        {
            "PipelineNotFoundException": "Most operations do, this one does not.",
            "Nothing: it is answered as if there had been one.": "DeletePipeline never reports a missing pipeline.",
            "It asks whether you are sure.": "The console does; the API does what it is told.",
        },
        _delete_twice,
    ),
    Question(
        "06-retry-which-commit",
        "The build of a commit has failed. You push a new commit, close the door of Source, and retry the failed "
        "stage. Which commit is built?",
        {
            "The newest commit.": "Release change would fetch it.",
            "The commit that failed.": "A retry keeps its execution, and with it the source revision.",
            "Both, one after the other.": "One execution carries one revision.",
        },
        _retry_new_commit,
    ),
    Question(
        "06-reason",
        "The reason for a disabled transition is: Don't deploy, it's Friday. What does the service answer?",
        {
            "The transition is disabled.": "It would be, without the comma and the apostrophes.",
            "It is refused: ValidationException.": "The alphabet of a reason has no comma and no apostrophe.",
            "The transition is disabled, without a reason.": "A request is taken as a whole, or refused.",
        },
        _reason,
    ),
)
