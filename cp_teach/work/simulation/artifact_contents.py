"""The files that simulated actions put into their output artifacts: what the actions after them read.

>>> from cp_teach.pipeline import Pipeline
>>> shop = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Deploy="ECS")
>>> sorted(needed_files(shop, shop["Build"]["CodeBuild"], "BuildOutput"))
['imagedefinitions.json']
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping

from cp_teach.engine.queries.simulated_variables import ACCOUNT, MADE_UP
from cp_teach.pipeline import Action, PipelineDeclaration
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.input.zip_input import ZIP_ERRORS, PlainZip

FILE_DATE = (2026, 1, 1, 0, 0, 0)
"""The date of all files. It is constant, so equal inputs give equal bytes."""
MAX_INPUT = 20_000_000
"""Maximum bytes of an input whose files are copied to the output; a larger one is only named."""
MAX_FILES = 2_000
"""Maximum files of an input that are copied, because the service waits while they are packed."""
MAX_NAME = 4_096
"""Maximum bytes of a file name that is copied; the zip format allows 65,535."""

DIGEST = "sha256:" + "0" * 64
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{MADE_UP}:latest"
TEMPLATE = "Resources:\n  Made:\n    Type: AWS::CloudFormation::WaitConditionHandle\n"
BUILDSPEC = "version: 0.2\nphases:\n  build:\n    commands:\n      - echo simulated\n"
APPSPEC = "version: 0.0\nos: linux\n"
ECS_APPSPEC = (
    "version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n      Properties:\n"
    "        TaskDefinition: <TASK_DEFINITION>\n        LoadBalancerInfo:\n          ContainerName: web\n"
    "          ContainerPort: 80\n"
)
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: simulated\n"


def needed_files(
    pipeline: PipelineDeclaration, producer: Action, artifact: str, revision: str = ""
) -> dict[str, bytes]:
    """The files that the producer of an artifact declares, and those that other actions read from it, with contents
    that those actions accept. ``revision`` is that of a source. A path that contains a variable is left out."""
    files: dict[str, str] = dict(_declared_files(producer, artifact, revision))
    for stage in pipeline.stages:
        for action in stage.actions:
            if artifact in action.input_names:
                for path, text in _read_files(action, artifact):
                    files.setdefault(path, text)
    return {path: text.encode() for path, text in files.items() if _is_plain(path)}


def _is_plain(path: str) -> bool:
    parts = path.split("/")
    return bool(path) and not path.startswith("/") and ".." not in parts and not set(path) & set("#*?{}\\\0")


def _json(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"


def image_detail(repository: str, digest: str = DIGEST, tag: str = "latest") -> str:
    """The file imageDetail.json of a source in ECR (user guide: file-reference)."""
    uri = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{repository}@{digest}"
    detail = {
        "ImageSizeInBytes": "44728918",
        "ImageDigest": digest,
        "Version": "1.0",
        "ImagePushedAt": "Thu Jan 01 00:00:00 UTC 2026",
        "RegistryId": ACCOUNT,
        "RepositoryName": repository,
        "ImageURI": uri,
        "ImageTags": [tag],
    }
    return _json(detail)


def _declared_files(action: Action, artifact: str, revision: str) -> Iterator[tuple[str, str]]:
    settings = action.settings
    if action.provider == "ECR" and action.category == "Source":
        digest = revision if revision.startswith("sha256:") else DIGEST
        tag = settings.get("ImageTag", "latest")
        yield "imageDetail.json", image_detail(settings.get("RepositoryName", MADE_UP), digest, tag)
    if action.provider == "CloudFormation" and "OutputFileName" in settings:
        yield settings["OutputFileName"], _json({})
    if action.provider == "StepFunctions":
        yield "output.json", _json({})
    for output in action.outputs or ():
        for path in (output.files or ()) if output.name == artifact else ():
            yield path, f"{MADE_UP}\n"


def _read_files(action: Action, artifact: str) -> Iterator[tuple[str, str]]:
    """The files that an action reads from one of its input artifacts (user guide: action structure reference)."""
    settings = action.settings
    for key, text in (("TemplatePath", TEMPLATE), ("TemplateConfiguration", _json({"Parameters": {}}))):
        name, colons, path = settings.get(key, "").partition("::")
        if colons and name == artifact:
            yield path, text
    yield from _parameter_files(settings.get("ParameterOverrides", ""), artifact)
    match action.category, action.provider:
        case (("Build" | "Test"), "CodeBuild"):
            if settings.get("PrimarySource", artifact) == artifact:
                yield "buildspec.yml", BUILDSPEC
        case "Deploy", "CodeDeploy":
            yield "appspec.yml", APPSPEC
        case "Deploy", "ECS":
            name = settings.get("FileName", "imagedefinitions.json")
            yield name, _json([{"name": settings.get("ServiceName", "web"), "imageUri": IMAGE}])
        case "Deploy", "CodeDeployToECS":
            yield from _blue_green_files(settings, artifact)
        case "Deploy", "AppConfig":
            yield settings.get("InputArtifactConfigurationPath", ""), _json({})
        case "Deploy", "ServiceCatalog":
            yield settings.get("ConfigurationFilePath", ""), _json({"SchemaVersion": "1.0"})
            yield settings.get("TemplateFilePath", ""), TEMPLATE
        case "Deploy", "EKS":
            for key in ("ManifestFiles", "HelmValuesFiles"):
                for path in settings.get(key, "").split(","):
                    yield path.strip(), MANIFEST
            if chart := settings.get("HelmChartLocation", "").strip("/"):
                yield f"{chart}/Chart.yaml", "apiVersion: v2\nname: simulated\nversion: 0.1.0\n"
            if folder := settings.get("KustomizationDirectory", "").strip("/"):
                yield f"{folder}/kustomization.yaml", "resources: []\n"
        case "Deploy", "EC2":
            for key in ("DeploySpec", "PreScript", "PostScript"):
                yield settings.get(key, ""), "#!/bin/sh\n"
        case "Build", "ECRBuildAndPublish":
            yield settings.get("DockerFilePath", "Dockerfile").removeprefix("./"), "FROM scratch\n"
        case "Invoke", "StepFunctions" if settings.get("InputType") == "FilePath":
            yield settings.get("Input", ""), _json({})
        case _:
            pass


def _blue_green_files(settings: Mapping[str, str], artifact: str) -> Iterator[tuple[str, str]]:
    images = [
        settings.get(f"Image{number}ContainerName", f"IMAGE{number}_NAME")
        for number in range(1, 5)
        if f"Image{number}ArtifactName" in settings
    ]
    if settings.get("TaskDefinitionTemplateArtifact") == artifact:
        containers = [{"name": "web", "image": f"<{name}>"} for name in images or ["IMAGE1_NAME"]]
        path = settings.get("TaskDefinitionTemplatePath", "taskdef.json")
        yield path, _json({"family": MADE_UP, "containerDefinitions": containers})
    if settings.get("AppSpecTemplateArtifact") == artifact:
        yield settings.get("AppSpecTemplatePath", "appspec.yaml"), ECS_APPSPEC
    if artifact in (settings.get(f"Image{number}ArtifactName") for number in range(1, 5)):
        yield "imageDetail.json", image_detail(MADE_UP)


def _parameter_files(text: str, artifact: str) -> Iterator[tuple[str, str]]:
    """The JSON files from which Fn::GetParam takes values: {"Fn::GetParam": [artifact, file, key]}."""
    try:
        values = parse_json(text) if text else {}
    except InvalidJson:
        return
    found: dict[str, dict[str, str]] = {}
    for value in values.values() if isinstance(values, dict) else ():
        wanted = value.get("Fn::GetParam") if isinstance(value, dict) else None
        if isinstance(wanted, list) and len(wanted) == 3 and wanted[0] == artifact:
            found.setdefault(str(wanted[1]), {})[str(wanted[2])] = MADE_UP
    for path, keys in found.items():
        yield path, _json(keys)


def files_of_zip(data: bytes) -> dict[str, bytes]:
    """The files of a zip file; none if they are too many or too large, or if it is not a zip file."""
    if len(data) > MAX_INPUT:
        return {}
    try:
        with PlainZip(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > MAX_INPUT:  # a small file can unpack to a huge one
                return {}
            if len(entries) > MAX_FILES or any(len(entry.filename.encode()) > MAX_NAME for entry in entries):
                return {}
            return {entry.filename: archive.read(entry) for entry in entries}
    except ZIP_ERRORS:
        return {}


def zip_of_files(files: Mapping[str, bytes]) -> bytes:
    """A zip file of these files. Equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, FILE_DATE), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def simulation_note(stage: str, action: Action) -> dict[str, bytes]:
    """The file that says that an action was simulated."""
    text = f"{action.name} ({action.provider}) in {stage} was simulated: this file takes the place of its output.\n"
    return {f"{action.name}.txt": text.encode()}
