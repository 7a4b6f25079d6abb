"""The files that deployments to ECS read: image definitions, image details, task definitions, and AppSpec files.

Sources: user guide, file-reference and action-reference-ECSbluegreen; the messages that begin "Did not find",
"The image definition file", and "Exception while trying to read" are those of the service (public reports of users).
"""

from __future__ import annotations

import json
import re
from typing import Any

from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.input.yaml_data import load_yaml
from cp_teach.security.input.yaml_input import InvalidYaml
from cp_teach.work.provider_checks.artifact_reader import ArtifactReader, CheckFailed, Reader
from cp_teach.work.task import Task

IMAGE_DEFINITIONS = "imagedefinitions.json"
MAX_DEFINITIONS = 100_000
"""Maximum bytes of an image definitions file."""
EXAMPLE = '[{"name": "web", "imageUri": "httpd:2.4"}]'
IMAGES = range(1, 5)
"""The numbers of images in a blue/green deployment."""
TASK_DEFINITION = "<TASK_DEFINITION>"
PLACEHOLDER = re.compile(r"<[A-Za-z0-9_.-]+>")


def check_ecs(task: Task, reader: Reader) -> str:
    """Check the image definitions of a standard deployment; a sentence about them. Raises ``CheckFailed``."""
    if not task.inputs:
        raise CheckFailed(
            f"{task.action} has no input artifact. Give it the artifact with {IMAGE_DEFINITIONS}."
        )
    name = next(iter(task.inputs))
    artifact, file = reader(name), task.configuration.get("FileName") or IMAGE_DEFINITIONS
    path = artifact.find(file)
    if path is None:
        location = task.locations.get(name)
        place = f": {location.bucket} key: {location.key}" if location is not None else ""
        raise CheckFailed(
            f"Did not find the image definition file {file} in the input artifacts ZIP file. Verify the file is stored "
            f"in your pipeline's Amazon S3 artifact bucket{place}. {artifact.contents()}"
        )
    if artifact.size(path) > MAX_DEFINITIONS:
        raise CheckFailed(f"The image definition file {file} is larger than {MAX_DEFINITIONS // 1000} KB.")
    invalid = f"The image definition file {file} contains invalid JSON format"
    try:
        value = parse_json(artifact.read(path).removeprefix(b"\xef\xbb\xbf"))
    except InvalidJson as error:
        raise CheckFailed(f"{invalid}. {error} Write {EXAMPLE}.") from None
    if not isinstance(value, list):
        hint = " This is an imageDetail.json, for a blue/green deployment." if _is_image_detail(value) else ""
        raise CheckFailed(f"{invalid}: it is no list of containers.{hint} Write {EXAMPLE}.")
    if not value:
        raise CheckFailed(f"{invalid}: it lists no container. Write {EXAMPLE}.")
    for number, entry in enumerate(value, 1):
        problem = _container_problem(entry)
        if problem:
            raise CheckFailed(f"{invalid}: container {number} {problem}. Write {EXAMPLE}.")
    names = [entry["name"] for entry in value]
    if twice := next((each for each in names if names.count(each) > 1), None):
        raise CheckFailed(f"{invalid}: the container {twice} appears twice. Remove one.")
    images = ", ".join(f"{entry['name']} = {entry['imageUri']}" for entry in value)
    return f"{file} names {images}."


def _is_image_detail(value: Any) -> bool:
    return isinstance(value, dict) and "ImageURI" in value


def _container_problem(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "is no object with name and imageUri"
    for key in ("name", "imageUri"):
        if key not in entry:
            return f"has no {key}"
        if not isinstance(entry[key], str) or not entry[key].strip():
            return f"has a {key} that is no text"
    if re.search(r"\s", entry["imageUri"]):
        return "has an imageUri with a space"
    return ""


def check_blue_green(task: Task, reader: Reader) -> str:
    """Check the files of a blue/green deployment with their placeholders; a sentence about them.

    Raises ``CheckFailed``.
    """
    settings = task.configuration
    images = {number: _image(task, reader, number) for number in IMAGES}
    artifact = settings.get("TaskDefinitionTemplateArtifact", "")
    failed = f"Exception while trying to read the task definition artifact file from: {artifact}"
    text = _text(reader(artifact), settings.get("TaskDefinitionTemplatePath") or "taskdef.json", failed)
    used = []
    for number, image in images.items():
        placeholder = f"<{settings.get(f'Image{number}ContainerName') or f'IMAGE{number}_NAME'}>"
        if image and placeholder not in text:
            raise CheckFailed(
                f"The task definition has no placeholder {placeholder} for Image{number}ContainerName. Write it as the "
                "image of a container."
            )
        if image:
            text = text.replace(placeholder, json.dumps(image)[1:-1])
            used.append(f"{placeholder} = {image}")
    _check_task_definition(text, failed)
    artifact = settings.get("AppSpecTemplateArtifact", "")
    failed = f"Exception while trying to read the AppSpec artifact file from: {artifact}"
    _check_appspec(
        _text(reader(artifact), settings.get("AppSpecTemplatePath") or "appspec.yaml", failed), failed
    )
    return f"The task definition is complete{': ' if used else ''}{', '.join(used)}."


def _image(task: Task, reader: Reader, number: int) -> str:
    """The URI of an image of the configuration; "" if it names none."""
    artifact = task.configuration.get(f"Image{number}ArtifactName", "")
    if not artifact:
        if task.configuration.get(f"Image{number}ContainerName"):
            raise CheckFailed(
                f"The configuration of {task.action} has Image{number}ContainerName without Image{number}ArtifactName."
                " Add the artifact."
            )
        return ""
    failed = f"Exception while trying to read the image artifact file from: {artifact}"
    text = _text(reader(artifact), "imageDetail.json", failed)
    try:
        value = parse_json(text)
    except InvalidJson as error:
        raise CheckFailed(f"{failed}. imageDetail.json is not valid JSON. {error}") from None
    image = value.get("ImageURI") if isinstance(value, dict) else None
    if not isinstance(image, str) or not image.strip():
        hint = (
            " This is a list of image definitions, for a standard deployment."
            if isinstance(value, list)
            else ""
        )
        raise CheckFailed(
            f'{failed}. imageDetail.json has no ImageURI.{hint} Write {{"ImageURI": "httpd:2.4"}}.'
        )
    return image


def _text(artifact: ArtifactReader, file: str, failed: str) -> str:
    path = artifact.find(file)
    if path is None:
        raise CheckFailed(f"{failed}. There is no {file}. {artifact.contents()}")
    try:
        return artifact.read(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CheckFailed(f"{failed}. {file} is not UTF-8 text.") from None


def _check_task_definition(text: str, failed: str) -> None:
    try:
        value = parse_json(text)
    except InvalidJson as error:
        raise CheckFailed(f"{failed}. It is not valid JSON. {error}") from None
    containers = value.get("containerDefinitions") if isinstance(value, dict) else None
    if not isinstance(containers, list) or not containers:
        raise CheckFailed(
            f"{failed}. It has no containerDefinitions. The output of describe-task-definition has them one level "
            "lower: use what is under taskDefinition."
        )
    for container in containers:
        image = container.get("image") if isinstance(container, dict) else None
        if not isinstance(image, str) or not image:
            raise CheckFailed(f"{failed}. A container has no image.")
        if placeholder := PLACEHOLDER.search(image):
            raise CheckFailed(
                f"The task definition has the placeholder {placeholder[0]}, and no image of the configuration fills "
                "it. Set Image1ArtifactName and Image1ContainerName."
            )


def _check_appspec(text: str, failed: str) -> None:
    try:
        value = load_yaml(text)
    except InvalidYaml as error:
        raise CheckFailed(f"{failed}. It is neither YAML nor JSON: {error}.") from None
    resources = value.get("Resources") if isinstance(value, dict) else None
    if not isinstance(resources, list) or not resources:
        hint = (
            " Those with files and hooks are for instances."
            if isinstance(value, dict) and "os" in value
            else ""
        )
        raise CheckFailed(f"{failed}. An AppSpec file for ECS has Resources with one service.{hint}")
    for resource in resources:
        for service in resource.values() if isinstance(resource, dict) else ():
            properties = service.get("Properties") if isinstance(service, dict) else None
            if not isinstance(properties, dict) or not properties.get("TaskDefinition"):
                raise CheckFailed(
                    f"{failed}. Its service has no TaskDefinition. Write TaskDefinition: {TASK_DEFINITION}."
                )
            balancer = properties.get("LoadBalancerInfo")
            if not isinstance(balancer, dict) or not {"ContainerName", "ContainerPort"} <= balancer.keys():
                raise CheckFailed(f"{failed}. Its LoadBalancerInfo needs ContainerName and ContainerPort.")
