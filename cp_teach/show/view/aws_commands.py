"""Each act in AWS's words: the AWS CLI command and the boto3 call that would do it on a real pipeline.

Only real operations are named. Where AWS has none (undo, a clock that runs on, a planned failure) the note
says so. Execution ids, tokens and job ids are derived from the run and from the place in the journal, so that
the same run shows the same ones; a real account has others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.model import commands as c
from cp_teach.engine.model import events as e
from cp_teach.engine.model.failure_plan import Heal, Inject, Plan
from cp_teach.engine.model.ids import execution_id, uuid
from cp_teach.engine.model.state import OPEN, State
from cp_teach.engine.queries.legal_commands import legal
from cp_teach.style import aws_call_text

DONE = 5
CAN = 12
"""How many acts of the past, and how many of those that are possible now, a view puts into AWS's words."""


class Words(NamedTuple):
    """One act: ``operation`` as boto3 names it and its ``parameters``, or "" where AWS has no such operation.

    ``cli`` and ``boto3`` are ready to copy; ``note`` says what a learner should know.
    """

    title: str
    operation: str
    parameters: dict[str, Any]
    note: str = ""

    @property
    def cli(self) -> str:
        """The AWS CLI command, quoted for a shell; "" where AWS has no such operation."""
        if not self.operation:
            return ""
        return aws_call_text.cli("codepipeline", self.operation, self.parameters)

    @property
    def boto3(self) -> str:
        """The boto3 call; "" where AWS has no such operation."""
        if not self.operation:
            return ""
        return aws_call_text.boto3("codepipeline", self.operation, self.parameters)


def words(run: str, state: State, command: c.Command | Plan) -> Words:
    """``command`` in AWS's words. ``run`` is the name that ids are derived from (``run.id``)."""
    name = state.pipeline.name
    match command:
        case c.StartExecution():
            return Words(
                "Release change",
                "start_pipeline_execution",
                {"name": name},
                "It takes the newest revision of every source, so a new commit is pushed before.",
            )
        case c.EnableTransition(stage=stage):
            return Words(
                f"Enable transition into {stage}",
                "enable_stage_transition",
                {"pipelineName": name, "stageName": stage, "transitionType": "Inbound"},
            )
        case c.DisableTransition(stage=stage, reason=reason):
            return Words(
                f"Disable transition into {stage}",
                "disable_stage_transition",
                {"pipelineName": name, "stageName": stage, "transitionType": "Inbound", "reason": reason},
            )
        case c.PutApprovalResult(number, stage, action, status, summary):
            return Words(
                f"{'Approve' if status == 'Approved' else 'Reject'} {action} in {stage} for execution {number}",
                "put_approval_result",
                {
                    "pipelineName": name,
                    "stageName": stage,
                    "actionName": action,
                    "result": {"summary": summary or "Reviewed.", "status": status},
                    "token": uuid(run, number, stage, action),
                },
                "The token comes from get-pipeline-state, and is good for one answer.",
            )
        case c.RetryStage(number, stage, mode):
            return Words(
                f"Retry {stage}, {'failed actions' if mode == c.FAILED_ACTIONS else 'all actions'}, "
                f"for execution {number}",
                "retry_stage_execution",
                {
                    "pipelineName": name,
                    "stageName": stage,
                    "pipelineExecutionId": execution_id(run, number),
                    "retryMode": mode,
                },
                "The same execution runs again with the same source revision.",
            )
        case c.StopExecution(number, abandon, reason):
            given = {
                "pipelineName": name,
                "pipelineExecutionId": execution_id(run, number),
                "abandon": abandon,
            }
            return Words(
                f"Stop execution {number} and {'abandon' if abandon else 'wait'}",
                "stop_pipeline_execution",
                {**given, "reason": reason} if reason else given,
            )
        case c.FinishAction():
            return _finish(run, command)
        case c.TimeOut(number, stage, action):
            return Words(
                f"{action} in {stage} timed out for execution {number}",
                "",
                {},
                "AWS has no request for this: it happens when the time is up.",
            )
        case c.FinishRule(number, stage, rule, met, _):
            return Words(
                f"{rule} in {stage} is {'met' if met else 'not met'} for execution {number}",
                "",
                {},
                "Nobody asks for this on AWS: the rule's own service answers.",
            )
        case c.OverrideCondition(number, stage, condition):
            return Words(
                f"Override the condition of {stage} for execution {number}",
                "override_stage_condition",
                {
                    "pipelineName": name,
                    "stageName": stage,
                    "pipelineExecutionId": execution_id(run, number),
                    "conditionType": condition,
                },
            )
        case c.RollbackStage(stage, target):
            return Words(
                f"Roll {stage} back to execution {target}",
                "rollback_stage",
                {
                    "pipelineName": name,
                    "stageName": stage,
                    "targetPipelineExecutionId": execution_id(run, target),
                },
                "A new execution runs in this stage alone; later stages stay as they are.",
            )
        case c.EditPipeline(pipeline):
            return Words(
                f"Edit {name}",
                "update_pipeline",
                {"pipeline": pipeline.to_aws()},
                "Executions under way are ended by it, and nothing starts.",
            )
        case c.ExpireTransition(stage):
            return Words(
                f"30 days pass at the transition into {stage}",
                "",
                {},
                "AWS has no request for this: it happens when the time is up.",
            )
        case c.DeletePipeline():
            return Words(
                f"Delete {name}", "delete_pipeline", {"name": name}, "It never reports a missing pipeline."
            )
        case Inject(stage=stage, action=action):
            return Words(
                f"Plan a failure of {action} in {stage}",
                "",
                {},
                "AWS has no operation for this: push a commit that breaks it, or take a permission away.",
            )
        case Heal(stage=stage, action=action):
            return Words(
                f"Let {action} in {stage} work again",
                "",
                {},
                "AWS has no operation for this: repair the cause.",
            )
    raise TypeError(f"{command!r} has no words")


def _finish(run: str, command: c.FinishAction) -> Words:
    number, stage, action, failure, message, external_id, variables = command
    job = uuid(run, number, stage, action, "job")
    note = "Only a job worker (custom action or Lambda) says this; AWS's own providers end by themselves."
    if failure:
        details = {"type": failure, "message": message or "Job failed."}
        if external_id:
            details["externalExecutionId"] = external_id
        given: dict[str, Any] = {"jobId": job, "failureDetails": details}
        return Words(
            f"{action} in {stage} fails for execution {number}", "put_job_failure_result", given, note
        )
    given = {"jobId": job}
    if message or external_id:
        told = {"summary": message, "externalExecutionId": external_id}
        given["executionDetails"] = {key: value for key, value in told.items() if value}
    if variables:
        given["outputVariables"] = dict(variables)
    return Words(
        f"{action} in {stage} succeeds for execution {number}", "put_job_success_result", given, note
    )


NO_SUCH = {
    "undo": "AWS has no undo: what happened stays. There you would release a change that repairs it.",
    "redo": "AWS has no redo.",
    "jump": "AWS shows the past (list-pipeline-executions, list-action-executions) but cannot go back to it.",
    "reset": "AWS has no way back to the beginning; you would delete the pipeline and create it anew.",
    "step": "AWS needs no step: actions end when their providers say so.",
    "play": "AWS's clock cannot be stopped; here it runs when you play.",
}
"""Acts of this kit that AWS has no operation for, each with the sentence that says so."""


def view(run: str, journal: Journal, position: int, state: State) -> dict[str, Any]:
    """The newest acts of the journal and those possible now, each as title, cli, boto3 and note.

    ``none`` says what AWS has no operation for.
    """
    newest = range(position - 1, max(-1, position - 1 - DONE), -1)
    done = [row(words(run, state, journal[i].command)) for i in newest]
    can = [command for command in legal(state) if sensible(state, command)]
    made: dict[str, Any] = {"done": done, "can": [row(words(run, state, command)) for command in can[:CAN]]}
    made["none"] = list(NO_SUCH.values())
    for told, i in zip(done, newest, strict=True):
        if isinstance(journal[i].command, c.StartExecution):
            name_started(told, run, journal[i].events)
    return made


def sensible(state: State, command: c.Command) -> bool:
    """Enabling an enabled transition is legal and does nothing: not worth a line."""
    if isinstance(command, c.EnableTransition | c.DisableTransition):
        door = state.stages[state.pipeline.position[command.stage]].door
        return (door in OPEN) == isinstance(command, c.DisableTransition)
    return not isinstance(
        command, c.DeletePipeline | c.TimeOut | c.FinishRule | c.EditPipeline | c.ExpireTransition
    )


def name_started(row: dict[str, str], run: str, events: Sequence[e.Event]) -> None:
    """Add to a release which execution it began."""
    number = next((event.execution for event in events if isinstance(event, e.ExecutionStarted)), 0)
    row["note"] = f"It answers the id of execution {number}: {execution_id(run, number)}. {row['note']}"


def row(told: Words) -> dict[str, str]:
    """One act as a view has it: title, cli, boto3 and note, without those that are empty."""
    made = {"title": told.title, "cli": told.cli, "boto3": told.boto3, "note": told.note}
    return {key: value for key, value in made.items() if value}
