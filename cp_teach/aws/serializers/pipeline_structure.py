"""A pipeline's structure as the service answers it: with its defaults, and with secrets masked."""

from __future__ import annotations

import copy
from typing import Any

from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.aws.backend.region_backend import Region
from cp_teach.pipeline import Pipeline

MASK = "****"


def structure(region: Region, pipeline: Pipeline, version: int) -> dict[str, Any]:
    """The structure as recorded: every action with runOrder, configuration (keys sorted) and artifact lists."""
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
            for key in secrets(region, action["actionTypeId"]):
                if key in action["configuration"]:
                    action["configuration"][key] = MASK
    return body


def secrets(region: Region, kind: dict[str, str]) -> tuple[str, ...]:
    """The configuration keys of this action type whose values nobody may read (model: secret)."""
    if kind["owner"] == "Custom":
        declared = region.custom.get((kind["category"], kind["provider"], kind["version"]), {})
        return tuple(p["name"] for p in declared.get("actionConfigurationProperties", ()) if p.get("secret"))
    return tuple(
        key
        for provider in region.book.named(kind["provider"])
        if provider.owner == kind["owner"] and kind["category"] in provider.categories
        for key in provider.secret
    )


def unmasked(region: Region, wanted: dict[str, Any], known: Pipeline) -> dict[str, Any]:
    """A new structure in which every mask that was sent back stands for the stored value (user guide: structure
    reference); where the stage or the action was renamed, the value is lost."""
    old = {(stage.name, action.name): action.settings for stage in known.stages for action in stage.actions}
    made = copy.deepcopy(wanted)
    for stage in made["stages"]:
        for action in stage["actions"]:
            before = old.get((stage["name"], action["name"]), {})
            configuration = action.get("configuration", {})
            for key in secrets(region, action["actionTypeId"]):
                if configuration.get(key) == MASK and key in before:
                    configuration[key] = before[key]
    return made


def shown(region: Region, hosted: Hosted, version: int | None = None) -> dict[str, Any]:
    """The structure of that version of a pipeline, or of today's."""
    number = version or hosted.version
    return structure(region, hosted.ledger.versions[number - 1][0], number)


def metadata(region: Region, hosted: Hosted) -> dict[str, Any]:
    """Model: PipelineMetadata."""
    return {
        "pipelineArn": hosted.arn,
        "created": hosted.birth,
        "updated": hosted.updated,
        "pollingDisabledAt": region.polling_ended(hosted),
    }
