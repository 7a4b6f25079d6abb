"""Read files of input artifacts that the configuration of an action names as ``Artifact::file``."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.local.action_failed import ActionFailed, misconfigured
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.input.zip_input import ZIP_ERRORS, PlainZip
from cp_teach.work.task import Task

MAX_BYTES = 1_000_000
"""Maximum size of a file. A template that CloudFormation reads from a bucket can have 1 MB (its quota)."""


def artifact_and_file(task: Task, key: str) -> tuple[str, str]:
    """The artifact and the file that this key of the configuration names. Raises ``ActionFailed``."""
    value = task.configuration.get(key, "")
    artifact, colons, file = value.partition("::")
    if not (artifact and colons and file):
        raise misconfigured(
            f"{key}: {value!r} must name an input artifact and a file in it, as in BuildArtifact::template.yml."
        )
    return artifact, file


def read_text(task: Task, artifact: str, file: str) -> str:
    """The text of a file in an input artifact. Raises ``ActionFailed``."""
    if artifact not in task.inputs:
        raise not_an_input(task, artifact)
    try:
        with PlainZip(task.inputs[artifact]) as archive, archive.open(file) as opened:
            data = opened.read(MAX_BYTES + 1)
    except KeyError:
        raise ActionFailed(
            f"File [{file}] does not exist in artifact [{artifact}]. {_list_files(task, artifact)}"
        ) from None
    except ZIP_ERRORS as error:
        raise ActionFailed(f"The artifact {artifact} is not a readable zip file: {error}.") from None
    if len(data) > MAX_BYTES:
        raise ActionFailed(
            f"File [{file}] in artifact [{artifact}] is larger than {MAX_BYTES} bytes. Make it smaller."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ActionFailed(
            f"File [{file}] in artifact [{artifact}] is not UTF-8 text. Save it as UTF-8."
        ) from None


def json_object(text: str, where: str) -> dict[str, Any]:
    """Parse a JSON object; ``where`` is the subject of an error message. Raises ``ActionFailed``."""
    try:
        value = parse_json(text)
    except InvalidJson as error:
        raise misconfigured(f"{where} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise misconfigured(f'{where} must be one JSON object, as in {{"Name": "value"}}.')
    return value


def not_an_input(task: Task, artifact: str) -> ActionFailed:
    """The error for an artifact that is not an input artifact of the action."""
    inputs = ", ".join(task.inputs) or "none"
    return misconfigured(
        f"The artifact {artifact} is not an input artifact of this action. It has: {inputs}. "
        "Add it to the action's inputArtifacts."
    )


def _list_files(task: Task, artifact: str) -> str:
    with PlainZip(task.inputs[artifact]) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
    listing = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    return f"There are: {listing or 'none'}. A build outputs only the files that its buildspec lists under artifacts."
