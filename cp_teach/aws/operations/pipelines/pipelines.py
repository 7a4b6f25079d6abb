"""CreatePipeline, GetPipeline, UpdatePipeline, DeletePipeline, ListPipelines, and GetPipelineState."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.region_backend import RegionBackend, polls
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.pipelines.tags import merged, tag_list
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers import pipeline_state as states
from cp_teach.aws.serializers.pipeline_structure import metadata, structure, unmasked, version_structure
from cp_teach.engine import DeletePipeline, EditPipeline
from cp_teach.pipeline import Action, InvalidPipeline, Pipeline


def create_pipeline(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Create a pipeline, and start its first execution."""
    declaration = request["pipeline"]
    name = declaration["name"]
    if name in region.pipelines:
        raise AwsError(
            "PipelineNameInUseException",
            f"A pipeline with the name '{name}' already exists in account '{region.account}'",
        )
    _check_role(region, declaration["roleArn"])
    pipeline = _validated(region, declaration)
    tags = merged({}, request.get("tags", []), region.arn(name))
    most = region.catalog.quotas["pipelines"]
    if len(region.pipelines) >= most.most:
        raise AwsError(
            "LimitExceededException",
            f"The number of pipelines associated with the AWS account has exceeded the limit of {most}.",
        )
    if _is_polling(pipeline):
        in_use = sum(_is_polling(hosted.pipeline) for hosted in region.pipelines.values())
        region.check_quota("polling_pipelines", in_use)
    hosted = region.create_pipeline(pipeline, region.identifier())
    hosted.tags = tags
    region.save(hosted)
    region.start_first_executions(hosted, caller.arn)
    return {"pipeline": version_structure(region, hosted), "tags": tag_list(tags) or None}


def _is_polling(pipeline: Pipeline) -> bool:
    return any(map(polls, pipeline.sources))


def get_pipeline(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Return the structure of a pipeline, by default of the current version."""
    hosted = region.pipeline(request["name"])
    version = request.get("version")
    if version is not None and not 1 <= version <= hosted.version:
        raise AwsError(
            "PipelineVersionNotFoundException",
            f"Pipeline '{hosted.name}' does not have a version {version}; its newest is {hosted.version}",
        )
    return {"pipeline": version_structure(region, hosted, version), "metadata": metadata(region, hosted)}


def update_pipeline(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Change the structure of a pipeline. An unchanged structure keeps its version (observed on AWS)."""
    declaration = request["pipeline"]
    hosted = region.pipeline(declaration["name"])
    if declaration["roleArn"] != hosted.pipeline.role_arn:
        _check_role(region, declaration["roleArn"])
    new = _validated(region, unmasked(region, declaration, hosted.pipeline))
    if structure(region, new, 0) != structure(region, hosted.pipeline, 0) or _secrets(new) != _secrets(
        hosted.pipeline
    ):
        region.execute(hosted, EditPipeline(new), by=caller.arn)
        hosted.unfetched.clear()
        region.save(hosted)
    return {"pipeline": version_structure(region, hosted)}


def _secrets(pipeline: Pipeline) -> list[dict[str, str]]:
    return [action.settings for stage in pipeline.stages for action in stage.actions]


def delete_pipeline(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Delete a pipeline; it may be missing (model: DeletePipeline has no error for that)."""
    hosted = region.pipelines.get(request["name"])
    if hosted is not None:
        hosted.do(DeletePipeline(), by=caller.arn)
        region.remove(hosted.name)
    return {}


def list_pipelines(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """List the pipelines of the Region, sorted by name."""
    names = sorted(region.pipelines)
    on_page, token = page(
        names, request.get("nextToken"), request.get("maxResults"), "ListPipelines", most=1000
    )
    return {"pipelines": [_summary(region, name) for name in on_page], "nextToken": token}


def _summary(region: RegionBackend, name: str) -> Json:
    hosted = region.pipelines[name]
    return {
        "name": name,
        "version": hosted.version,
        "pipelineType": hosted.pipeline.type,
        "executionMode": hosted.pipeline.mode,
        "created": hosted.created,
        "updated": hosted.updated,
    }


def get_pipeline_state(region: RegionBackend, caller: Principal, request: Json) -> Json:
    """Return the state of each stage."""
    return states.state(region, region.pipeline(request["name"]))


def _check_role(region: RegionBackend, role: str) -> None:
    if not region.account_services.trusts(role, "codepipeline.amazonaws.com"):
        raise AwsError(
            "InvalidStructureException",
            f"CodePipeline is not authorized to perform AssumeRole on role {role}",
        )


def _validated(region: RegionBackend, declaration: Json) -> Pipeline:
    """The declared pipeline; the request's version is ignored. Raises ``AwsError`` with AWS's message."""
    body = {key: value for key, value in declaration.items() if key != "version"}
    settings = region.settings
    edition: Any = settings.edition
    try:
        pipeline = Pipeline.from_aws(body, catalog=edition, readings=settings.readings, region=region.name)
    except InvalidPipeline as error:
        raise AwsError(error.exception, error.aws_message) from error
    for stage in pipeline.stages:
        for action in stage.actions:
            _check_custom_type(region, action)
            _check_action_role(region, pipeline.role_arn, action.role_arn)
    return pipeline


def _check_action_role(region: RegionBackend, own: str, role: str | None) -> None:
    """Raises InvalidStructureException if the pipeline's role may not assume the role of an action (users' reports).

    A role that was never created counts only if the settings are strict.
    """
    if not role or role == own:
        return
    trusted = region.account_services.trusts(role, own)
    if trusted is False or (trusted is None and region.settings.strict):
        raise AwsError(
            "InvalidStructureException", f"{own} is not authorized to perform AssumeRole on role {role}"
        )


def _check_custom_type(region: RegionBackend, action: Action) -> None:
    """Raises InvalidActionDeclarationException if the custom action type of an action does not exist or lacks
    configuration."""
    kind = action.type
    if kind.owner != "Custom":
        return
    if not region.has_custom_type(kind):
        place = region.name.upper().replace("-", "_")
        raise AwsError(
            "InvalidActionDeclarationException",
            f"ActionType (Category: '{kind.category}', Provider: '{kind.provider}', Owner: '{kind.owner}', Version: "
            f"'{kind.version}') in action '{action.name}' is not available in region '{place}'",
        )
    for each in region.custom_type(kind).get("actionConfigurationProperties", ()):
        if each.get("required") and each["name"] not in action.settings:
            raise AwsError(
                "InvalidActionDeclarationException",
                f"Action configuration for action '{action.name}' is missing required configuration "
                f"'{each['name']}'",
            )
