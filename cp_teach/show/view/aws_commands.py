"""AWS calls: each act as the AWS CLI command and the boto3 call that would do it on a real pipeline.

Only real operations are named. If AWS has none (undo, a planned failure), the note says so. Execution ids, tokens and
job ids are derived from the run, so the same run always shows the same ones; a real account has others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.model import commands as c
from cp_teach.engine.model import events as e
from cp_teach.engine.model.failure_plan import Heal, Inject, Plan
from cp_teach.engine.model.ids import execution_id, uuid
from cp_teach.engine.model.state import SHOWN_AS_ENABLED, State
from cp_teach.show.view.moves import TITLES, Legality, text_fields
from cp_teach.show.view.schema import AwsCall, AwsCalls
from cp_teach.style.aws_call_text import format_boto3, format_cli
from cp_teach.translation import N_, _

DONE = 5
"""The number of past acts that a view has as AWS calls."""
SEARCHED = 300
"""The number of journal entries that are searched for them, because most entries are no acts of a user."""
CAN = 12
"""The number of possible acts that a view has as AWS calls."""


class ApiCall(NamedTuple):
    """One act: ``operation`` as boto3 names it and its ``parameters``; "" if AWS has no such operation."""

    title: str
    operation: str
    parameters: dict[str, Any]
    note: str = ""

    def row(self) -> AwsCall:
        """The call in a view, quoted for a shell and for Python, without the fields that are empty."""
        row: AwsCall = {"title": self.title}
        if self.operation:
            row["cli"] = format_cli("codepipeline", self.operation, self.parameters)
            row["boto3"] = format_boto3("codepipeline", self.operation, self.parameters)
        if self.note:
            row["note"] = self.note
        return row


class _Operation(NamedTuple):
    """How AWS does a kind of command: the operation, its parameters, a note, and a title unless it is the label."""

    name: str = ""
    parameters: tuple[str, ...] = ()
    note: str = ""
    title: str = ""


_ON_TIME = N_("AWS has no request for this: it happens when the time is up.")
_STAGE = ("pipelineName", "stageName")
_EXECUTION = (*_STAGE, "pipelineExecutionId")
_OPERATIONS: dict[type, _Operation] = {
    c.StartExecution: _Operation(
        "start_pipeline_execution",
        ("name",),
        N_("It takes the newest revision of every source, so a new commit is pushed before."),
    ),
    c.EnableTransition: _Operation("enable_stage_transition", (*_STAGE, "transitionType")),
    c.DisableTransition: _Operation("disable_stage_transition", (*_STAGE, "transitionType", "reason")),
    c.PutApprovalResult: _Operation(
        "put_approval_result",
        (*_STAGE, "actionName", "result", "token"),
        N_("The token comes from get-pipeline-state, and is good for one answer."),
    ),
    c.RetryStage: _Operation(
        "retry_stage_execution",
        (*_EXECUTION, "retryMode"),
        N_("The same execution runs again with the same source revision."),
    ),
    c.StopExecution: _Operation(
        "stop_pipeline_execution", ("pipelineName", "pipelineExecutionId", "abandon", "reason")
    ),
    c.TimeOut: _Operation(
        note=_ON_TIME, title=N_("Action {action} (stage {stage}) timed out - #{execution}")
    ),
    c.FinishRule: _Operation(note=N_("AWS has no request for this: the rule's own service answers.")),
    c.OverrideCondition: _Operation("override_stage_condition", (*_EXECUTION, "conditionType")),
    c.RollbackStage: _Operation(
        "rollback_stage",
        (*_STAGE, "targetPipelineExecutionId"),
        N_("A new execution runs in this stage alone; later stages stay as they are."),
    ),
    c.EditPipeline: _Operation(
        "update_pipeline",
        ("pipeline",),
        N_("Executions in progress are ended by it, and nothing starts."),
        N_("Edit {name}"),
    ),
    c.ExpireTransition: _Operation(note=_ON_TIME, title=N_("30 days pass at the transition into {stage}")),
    c.DeletePipeline: _Operation(
        "delete_pipeline", ("name",), N_("It never reports a missing pipeline."), N_("Delete {name}")
    ),
    Inject: _Operation(
        note=N_("AWS has no operation for this: push a commit that breaks it, or take a permission away."),
        title=N_("Plan a failure of {action} in {stage}"),
    ),
    Heal: _Operation(
        note=N_("AWS has no operation for this: repair the cause."),
        title=N_("Clear the planned failures of {action} in {stage}"),
    ),
}
_PARAMETERS: dict[str, Callable[[str, str, Any], Any]] = {
    "name": lambda run, name, command: name,
    "pipelineName": lambda run, name, command: name,
    "stageName": lambda run, name, command: command.stage,
    "actionName": lambda run, name, command: command.action,
    "transitionType": lambda run, name, command: "Inbound",
    "reason": lambda run, name, command: command.reason,
    "result": lambda run, name, command: {
        "summary": command.summary or "Reviewed.",
        "status": command.status,
    },
    "token": lambda run, name, command: uuid(run, command.execution, command.stage, command.action),
    "pipelineExecutionId": lambda run, name, command: execution_id(run, command.execution),
    "targetPipelineExecutionId": lambda run, name, command: execution_id(run, command.target),
    "retryMode": lambda run, name, command: command.mode,
    "conditionType": lambda run, name, command: command.condition,
    "abandon": lambda run, name, command: command.abandon,
    "pipeline": lambda run, name, command: command.pipeline.to_aws(),
}
"""Parameter -> its value in the call."""


def api_call(run: str, pipeline: str, command: c.Command | Plan) -> ApiCall:
    """``command`` as AWS would do it. ``run`` is the name that ids are derived from (``run.id``), ``pipeline`` the
    name of the pipeline. Raises ``TypeError`` for a kind of command that is not in the table."""
    if isinstance(command, c.FinishAction):
        return _job_result(run, pipeline, command)
    operation = _OPERATIONS.get(type(command))
    if operation is None:
        raise TypeError(f"{type(command).__name__} has no AWS call; add it to _OPERATIONS.")
    values = {name: _PARAMETERS[name](run, pipeline, command) for name in operation.parameters}
    return ApiCall(
        _(operation.title or TITLES[type(command)], **text_fields(pipeline, command)),
        operation.name,
        {name: value for name, value in values.items() if value != ""},
        _(operation.note),
    )


# A view has the same acts as the one before, and most of its time would go into their text.
@lru_cache(maxsize=1024)
def _row(run: str, pipeline: str, command: c.Command | Plan) -> AwsCall:
    return api_call(run, pipeline, command).row()


def _job_result(run: str, pipeline: str, command: c.FinishAction) -> ApiCall:
    number, stage, action, failure, message, external_id, variables = command
    title = _("Action {action} (stage {stage}) {result} - #{execution}", **text_fields(pipeline, command))
    note = _("Only a job worker (custom action or Lambda) says this; AWS's own providers end by themselves.")
    parameters: dict[str, Any] = {"jobId": uuid(run, number, stage, action, "job")}
    if failure:
        details = {"type": failure, "message": message or _("Job failed.")}
        if external_id:
            details["externalExecutionId"] = external_id
        return ApiCall(title, "put_job_failure_result", {**parameters, "failureDetails": details}, note)
    details = {"summary": message, "externalExecutionId": external_id}
    if any(details.values()):
        parameters["executionDetails"] = {key: value for key, value in details.items() if value}
    if variables:
        parameters["outputVariables"] = dict(variables)
    return ApiCall(title, "put_job_success_result", parameters, note)


NO_SUCH = {
    "undo": N_("AWS has no undo: what happened stays. There you would release a change that repairs it."),
    "redo": N_("AWS has no redo."),
    "jump": N_(
        "AWS shows the past (list-pipeline-executions, list-action-executions) but cannot go back to it."
    ),
    "reset": N_("AWS has no way back to the beginning; you would delete the pipeline and create it anew."),
    "step": N_("AWS needs no step: actions end when their providers say so."),
    "play": N_("AWS's clock cannot be stopped; here it runs when you play."),
}
"""Acts of this kit that AWS has no operation for, each with the sentence that says so."""


def view(run: str, journal: Journal, position: int, legality: Legality) -> AwsCalls:
    """The newest acts of the journal, and those possible now, as AWS calls; and what AWS has no operation for."""
    pipeline = legality.state.pipeline.name
    done: list[AwsCall] = []
    for index in range(position - 1, max(-1, position - 1 - SEARCHED), -1):
        entry = journal[index]
        if len(done) == DONE:
            break
        if is_typed(entry.state, entry.command):
            call = _row(run, pipeline, entry.command)
            if isinstance(entry.command, c.StartExecution):
                call = with_execution_id(call, run, entry.events)
            done.append(call)
    can = [_row(run, pipeline, command) for command in possible(legality)]
    return {"done": done, "can": can, "none": [_(text) for text in NO_SUCH.values()]}


def possible(legality: Legality) -> list[c.Command]:
    """The first ``CAN`` commands that are allowed and worth showing; ``StartExecution`` comes first."""
    allowed = (
        command
        for command in legality.commands()
        if worth_showing(legality.state, command) and legality.refusal(command) is None
    )
    return list(islice(allowed, CAN))


def is_typed(state: State, command: c.Command | Plan) -> bool:
    """Whether a user sends the command to AWS. A provider of AWS ends its actions itself; only a job worker, or a
    function, sends the result of a job."""
    if isinstance(command, c.FinishAction):
        pipelines = (state.pipeline, *(x.pipeline for x in state.executions if x.pipeline is not None))
        for pipeline in pipelines:
            if command.stage in pipeline.stage_indices:
                stage = pipeline[command.stage]
                if command.action in stage.action_indices:
                    kind = stage[command.action].type
                    return kind.owner != "AWS" or kind.provider == "Lambda"
        return False
    return not isinstance(command, c.TimeOut | c.FinishRule | c.ExpireTransition)


def worth_showing(state: State, command: c.Command) -> bool:
    """False for commands that users do not send, and for one that enables an enabled transition."""
    if not is_typed(state, command):
        return False
    if isinstance(command, c.EnableTransition | c.DisableTransition):
        door = state.stages[state.pipeline.stage_indices[command.stage]].transition
        return (door in SHOWN_AS_ENABLED) == isinstance(command, c.DisableTransition)
    return not isinstance(command, c.DeletePipeline | c.EditPipeline)


def with_execution_id(call: AwsCall, run: str, events: Sequence[e.Event]) -> AwsCall:
    """The call of a release with the ID of the execution that it started."""
    number = next((event.execution for event in events if isinstance(event, e.ExecutionStarted)), 0)
    note = _(
        "It answers the id of execution {number}: {execution_id}. {note}",
        number=number,
        execution_id=execution_id(run, number),
        note=call["note"],
    )
    return {**call, "note": note}
