"""Generate the table of docs/api.md: which response members and errors of botocore's model the service has.

Usage: python tools/api_coverage.py docs/api.md

tests/aws/operations/test_coverage.py runs every operation and compares: each member
that no response has, and each error that is never raised, must be in the lists below.
"""

from __future__ import annotations

from typing import Any

from cp_teach.aws.protocol import request_validation

Path = tuple[str, ...]

MISSING: dict[str, str] = {
    "actionStates.currentRevision.created": "absent in real answers for S3, too (recorded)",
    "actionStates.currentRevision.revisionChangeId": "absent in real answers for S3, too (recorded)",
    "artifactRevisions.created": "no source tells it",
    "artifactRevisions.revisionChangeIdentifier": "no source tells it",
    "inboundExecution.type": "a rollback never waits: it is refused while its stage is taken",
    "inboundExecutions.type": "a rollback never waits: it is refused while its stage is taken",
    "outputArtifacts.revision": "null in real jobs (recorded)",
    "GetThirdPartyJobDetails/pipelineContext.pipelineArn": "not filled for partners (model)",
    "GetThirdPartyJobDetails/pipelineContext.pipelineExecutionId": "not filled for partners (model)",
    "ListActionTypes/nextToken": "all action types fit on one page",
    "ListActionExecutions/executionResult.errorDetails.message": "absent in real answers (recorded)",
    "beforeEntryConditionState.latestExecution.summary": "no text is known",
    "onSuccessConditionState.latestExecution.summary": "no text is known",
    "onFailureConditionState.latestExecution.summary": "no text is known",
    "conditionStates.latestExecution.summary": "no text is known",
    "ruleStates.currentRevision": "rules fetch no revisions",
    "ruleStates.entityUrl": "no link is known",
    "ruleStates.revisionUrl": "no link is known",
    "ruleStates.latestExecution.token": "rules are not approved by hand",
    "ruleStates.latestExecution.lastUpdatedBy": "rules are not approved by hand",
    "ruleStates.latestExecution.externalExecutionId": "rules are simulated",
    "ruleStates.latestExecution.externalExecutionUrl": "rules are simulated",
    "ruleExecutionDetails.updatedBy": "rules are not approved by hand",
    "ListRuleExecutions/executionResult.externalExecutionId": "rules are simulated",
    "ListRuleExecutions/executionResult.externalExecutionUrl": "rules are simulated",
    "targets.events.context": "no commands are sent to instances",
    "ListRuleTypes/settings.thirdPartyConfigurationUrl": "AWS's rules have no links",
    "ListRuleTypes/settings.entityUrlTemplate": "AWS's rules have no links",
    "ListRuleTypes/settings.executionUrlTemplate": "AWS's rules have no links",
    "ListRuleTypes/settings.revisionUrlTemplate": "AWS's rules have no links",
    "ruleConfigurationProperties.description": "no text is known",
    "ruleConfigurationProperties.type": "no type is known",
    "stages.blockers": "reserved by AWS",
}
"""Members that no response has: the end of their path -> the reason."""

NEVER: dict[str, str] = {
    "ConcurrentModificationException": "requests are answered one after another, so none is in another's way",
    "ConflictException": "requests are answered one after another, so none is in another's way",
    "InvalidBlockerDeclarationException": "blockers are reserved; nobody has seen it",
    "ListRuleTypes/InvalidNextTokenException": "the operation has no token",
    "UpdatePipeline/LimitExceededException": "every limit of a structure is an error of the structure",
    "OverrideStageCondition/ConcurrentPipelineExecutionsLimitExceededException": "an override starts no execution",
    "RetryStageExecution/ConcurrentPipelineExecutionsLimitExceededException": "a retry starts no execution",
    "UntagResource/InvalidTagsException": "the model allows every key that can be taken away",
}
"""Errors of the model that are never raised, for all operations or for one -> the reason."""

DEVIATIONS: dict[str, str] = {
    "CreatePipeline": "the first execution is there at once (AWS: within some two seconds); a name in use is "
    "PipelineNameInUseException, as the model says (moto: InvalidStructureException)",
    "UpdatePipeline": "an unchanged structure keeps its version (seen on AWS; moto counts on); a missing pipeline is "
    "PipelineNotFoundException, which the model does not list (moto: ResourceNotFoundException)",
    "StartPipelineExecution": "executions move (moto: they are Succeeded at once)",
    "GetPipelineState": "the token of an approval is there at once (AWS: some seconds later)",
    "ListActionExecutions": "consistent at once (AWS: eventually)",
    "DisableStageTransition": "the way out of a stage is the way into the next one; out of the last, nothing happens",
    "EnableStageTransition": "see DisableStageTransition",
    "PutActionRevision": "newRevision is true for a new one (the model's text says the opposite)",
    "AcknowledgeJob": "a nonce is good once",
    "PollForJobs": "a job that nobody acknowledged is offered again after a minute, with another nonce",
    "PollForThirdPartyJobs": "client tokens are made up: `cp-teach jobs` shows them",
    "ListDeployActionExecutionTargets": "two simulated instances",
    "UpdateActionType": "this account stands for the partner whose action type it is",
    "RegisterWebhookWithThirdParty": "only noted: nothing leaves the machine",
    "DeregisterWebhookWithThirdParty": "only noted",
    "CreateCustomActionType": "a version that was used before is ActionTypeAlreadyExistsException, which the model has "
    "but lists for no operation",
}
"""Operation -> how it differs from AWS, from the model, or from moto."""


def paths(shape: Any, at: Path = (), seen: tuple[str, ...] = ()) -> set[Path]:
    """The path of every member that a response of this shape can have; lists and maps add nothing to a path."""
    result: set[Path] = set()
    if shape is None:
        return result
    if shape.type_name == "list":
        return paths(shape.member, at, seen)
    if shape.type_name == "map":
        return paths(shape.value, at, seen)
    if shape.type_name == "structure" and shape.name not in seen:
        for name, member in shape.members.items():
            result.add((*at, name))
            result |= paths(member, (*at, name), (*seen, shape.name))
    return result


def answered(shape: Any, value: Any, at: Path = ()) -> set[Path]:
    """The path of every member that a response has."""
    result: set[Path] = set()
    if shape is None:
        return result
    if shape.type_name == "list":
        return result.union(*(answered(shape.member, item, at) for item in value))
    if shape.type_name == "map":
        return result.union(*(answered(shape.value, item, at) for item in value.values()))
    if shape.type_name == "structure":
        for name, item in value.items():
            result.add((*at, name))
            result |= answered(shape.members[name], item, (*at, name))
    return result


def excused(operation: str, path: Path) -> str:
    """Why no response has this member; "" if one must have it."""
    text = ".".join(path) + "."
    for key, why in MISSING.items():
        only, _, end = key.rpartition("/")
        if only in ("", operation) and f".{end}." in f".{text}":
            return why
    return ""


def errors(operation: str) -> list[str]:
    """The errors that the model lists for an operation, without ValidationException, which any can raise."""
    shapes = request_validation.service().operation_model(operation).error_shapes
    return sorted({shape.name for shape in shapes} - {"ValidationException"})


def never(operation: str, error: str) -> str:
    """Why an error is never raised; "" if it is."""
    return NEVER.get(f"{operation}/{error}", NEVER.get(error, ""))


def table() -> str:
    """The table of docs/api.md, in Markdown."""
    lines = [
        "| operation | fields answered | not answered | errors raised | deviations |",
        "|---|---|---|---|---|",
    ]
    for operation in request_validation.operations():
        shape = request_validation.service().operation_model(operation).output_shape
        every = paths(shape)
        missing = sorted(".".join(path) for path in every if excused(operation, path))
        raised = [error for error in errors(operation) if not never(operation, error)]
        listed = ", ".join(missing) if len(missing) < 6 else f"{len(missing)} members, named below"
        fields = f"{len(every) - len(missing)} of {len(every)}" if every else "none to answer"
        lines.append(
            f"| {operation} | {fields} | {listed} | {', '.join(e.removesuffix('Exception') for e in raised)} | "
            f"{DEVIATIONS.get(operation, '')} |"
        )
    return "\n".join(lines)


def lists() -> str:
    """The lists below the table: missing members and errors, with the reasons."""
    fields = [f"- `{end}`: {why}" for end, why in MISSING.items()]
    raised = [f"- {error}: {why}" for error, why in NEVER.items()]
    return "\n".join(
        ["Fields that are never answered:", "", *fields, "", "Errors that are never raised:", "", *raised]
    )


BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"


def written(text: str) -> str:
    """The document with a new table and new lists between its two marks."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{lists()}\n\n{END}{tail}"


if __name__ == "__main__":
    import pathlib
    import sys

    document = pathlib.Path(sys.argv[1])
    document.write_text(written(document.read_text(encoding="utf-8")), encoding="utf-8")
