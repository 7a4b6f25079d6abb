"""CreatePipeline, GetPipeline, UpdatePipeline, DeletePipeline, ListPipelines and GetPipelineState."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.backend.region_backend import Region, polls
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.operations.pipelines.tags import merged, told
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.aws.protocol.pagination import page
from cp_teach.aws.serializers import pipeline_state as states
from cp_teach.aws.serializers.pipeline_structure import metadata, shown, structure, unmasked
from cp_teach.engine import DeletePipeline, EditPipeline
from cp_teach.pipeline import InvalidPipeline, Pipeline


def create_pipeline(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Create a pipeline; its first execution starts."""
    wanted = request["pipeline"]
    name = wanted["name"]
    if name in region.hosted:
        raise AwsError(
            "PipelineNameInUseException",
            f"A pipeline with the name '{name}' already exists in account '{region.account}'",
        )
    _role(region, wanted["roleArn"])
    pipeline = admitted(region, wanted)
    tags = merged({}, request.get("tags", []), region.arn(name))
    most = region.book.quotas["pipelines"]
    if len(region.hosted) >= most.most:
        raise AwsError(
            "LimitExceededException",
            f"The number of pipelines associated with the AWS account has exceeded the limit of {most}.",
        )
    _polling(region, pipeline)
    hosted = region.add(pipeline, region.identifier())
    hosted.tags = tags
    region.save(hosted)
    region.begin(hosted, caller.arn)
    return {"pipeline": shown(region, hosted), "tags": told(tags)}


def _polling(region: Region, pipeline: Pipeline) -> None:
    """Fewer pipelines may poll than there may be."""
    most = region.book.quotas.get("polling_pipelines")
    mine = any(polls(source) for source in pipeline.sources)
    if most is None or not mine:
        return
    others = sum(
        any(polls(source) for source in hosted.pipeline.sources) for hosted in region.hosted.values()
    )
    if others >= most.most:
        raise AwsError("LimitExceededException", f"There can be at most {most}.")


def get_pipeline(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """The structure of a pipeline, or of an older version of it."""
    hosted = region.pipeline(request["name"])
    version = request.get("version")
    if version is not None and not 1 <= version <= hosted.version:
        raise AwsError(
            "PipelineVersionNotFoundException",
            f"Pipeline '{hosted.name}' does not have a version {version}; its newest is {hosted.version}",
        )
    return {"pipeline": shown(region, hosted, version), "metadata": metadata(region, hosted)}


def update_pipeline(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Give a pipeline a new structure. One that changes nothing keeps the version (seen on the real service)."""
    wanted = request["pipeline"]
    hosted = region.pipeline(wanted["name"])
    if wanted["roleArn"] != hosted.pipeline.role_arn:
        _role(region, wanted["roleArn"])
    new = admitted(region, unmasked(region, wanted, hosted.pipeline))
    if structure(region, new, 0) != structure(region, hosted.pipeline, 0) or _secrets(new) != _secrets(
        hosted.pipeline
    ):
        region.do(hosted, EditPipeline(new), by=caller.arn)
        hosted.unfetched.clear()
        region.save(hosted)
    return {"pipeline": shown(region, hosted)}


def _secrets(pipeline: Pipeline) -> list[dict[str, str]]:
    return [action.settings for stage in pipeline.stages for action in stage.actions]


def delete_pipeline(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a pipeline. A missing one is no error (model: DeletePipeline lists none)."""
    hosted = region.hosted.get(request["name"])
    if hosted is not None:
        hosted.do(DeletePipeline(), by=caller.arn)
        region.remove(hosted.name)
    return {}


def list_pipelines(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """All pipelines of the region, by name."""
    names = sorted(region.hosted)
    found, token = page(
        names, request.get("nextToken"), request.get("maxResults"), "ListPipelines", most=1000
    )
    return {"pipelines": [_summary(region, name) for name in found], "nextToken": token}


def _summary(region: Region, name: str) -> dict[str, Any]:
    hosted = region.hosted[name]
    return {
        "name": name,
        "version": hosted.version,
        "pipelineType": hosted.pipeline.type,
        "executionMode": hosted.pipeline.mode,
        "created": hosted.birth,
        "updated": hosted.updated,
    }


def get_pipeline_state(region: Region, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """What is in each stage now."""
    return states.state(region, region.pipeline(request["name"]))


def _role(region: Region, role: str) -> None:
    if not region.world.trusts_us(role):
        raise AwsError(
            "InvalidStructureException",
            f"CodePipeline is not authorized to perform AssumeRole on role {role}",
        )


def admitted(region: Region, wanted: dict[str, Any]) -> Pipeline:
    """The pipeline that is declared, without the version that a caller may have sent. Raises AWS's own error."""
    body = {key: value for key, value in wanted.items() if key != "version"}
    settings = region.settings
    edition: Any = settings.edition
    try:
        pipeline = Pipeline.from_aws(body, catalog=edition, readings=settings.readings, region=region.name)
    except InvalidPipeline as error:
        raise AwsError(error.exception, error.aws_message) from error
    for stage in pipeline.stages:
        for action in stage.actions:
            _registered(region, action)
    return pipeline


def _registered(region: Region, action: Any) -> None:
    """A custom action type must have been created here, and not been deleted since."""
    kind = action.type
    if kind.owner != "Custom":
        return
    known = region.custom.get((kind.category, kind.provider, kind.version))
    if known is None or known.get("deleted"):
        place = region.name.upper().replace("-", "_")
        raise AwsError(
            "InvalidActionDeclarationException",
            f"ActionType (Category: '{kind.category}', Provider: '{kind.provider}', Owner: '{kind.owner}', Version: "
            f"'{kind.version}') in action '{action.name}' is not available in region '{place}'",
        )
    for declared in known.get("actionConfigurationProperties", ()):
        if declared.get("required") and declared["name"] not in action.settings:
            raise AwsError(
                "InvalidActionDeclarationException",
                f"Action configuration for action '{action.name}' is missing required configuration "
                f"'{declared['name']}'",
            )
