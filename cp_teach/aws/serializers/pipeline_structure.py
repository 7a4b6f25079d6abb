"""Pipeline structures in responses: with defaults, and with masked secrets."""

from __future__ import annotations

import copy

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.protocol.json_protocol import Json
from cp_teach.pipeline import ActionType, Pipeline

MASK = "****"


def structure(region: RegionBackend, pipeline: Pipeline, version: int) -> Json:
    """Model: PipelineDeclaration. As recorded, every action has runOrder, sorted configuration, and artifact lists."""
    body = copy.deepcopy(pipeline.to_aws())
    body["version"] = version
    body["executionMode"] = pipeline.mode
    body["pipelineType"] = pipeline.type
    for stage in body["stages"]:
        for action in stage["actions"]:
            action.setdefault("runOrder", 1)
            action["configuration"] = dict(sorted(action.get("configuration", {}).items()))
            action.setdefault("inputArtifacts", [])
            action.setdefault("outputArtifacts", [])
            for key in secrets(region, ActionType(**action["actionTypeId"])):
                if key in action["configuration"]:
                    action["configuration"][key] = MASK
    return body


def secrets(region: RegionBackend, kind: ActionType) -> tuple[str, ...]:
    """The configuration keys of an action type whose values are masked (model: secret)."""
    if kind.owner == "Custom":
        properties = region.custom_type(kind).get("actionConfigurationProperties", ())
        return tuple(each["name"] for each in properties if each.get("secret"))
    return tuple(
        key
        for provider in region.catalog.find_by_name(kind.provider)
        if provider.owner == kind.owner and kind.category in provider.categories
        for key in provider.secret
    )


def unmasked(region: RegionBackend, structure: Json, current: Pipeline) -> Json:
    """A new structure with the current values in place of masks (user guide: structure reference). If its stage or
    action was renamed, a mask stays."""
    old = {(stage.name, action.name): action.settings for stage in current.stages for action in stage.actions}
    result = copy.deepcopy(structure)
    for stage in result["stages"]:
        for action in stage["actions"]:
            before = old.get((stage["name"], action["name"]), {})
            configuration = action.get("configuration", {})
            for key in secrets(region, ActionType(**action["actionTypeId"])):
                if configuration.get(key) == MASK and key in before:
                    configuration[key] = before[key]
    return result


def version_structure(region: RegionBackend, hosted: HostedPipeline, version: int | None = None) -> Json:
    """The structure of a version of a pipeline, by default the current one."""
    number = version or hosted.version
    return structure(region, hosted.metadata.versions[number - 1][0], number)


def metadata(region: RegionBackend, hosted: HostedPipeline) -> Json:
    """Model: PipelineMetadata."""
    return {
        "pipelineArn": hosted.arn,
        "created": hosted.created,
        "updated": hosted.updated,
        "pollingDisabledAt": region.polling_ended(hosted),
    }
