"""Files of input artifacts, named as the configuration of an action names them: ``Artifact::file``."""

from __future__ import annotations

from typing import Any

from cp_teach.aws.local.action_failed import Wrong, misconfigured
from cp_teach.security.input.json_input import BadJson, parse_json
from cp_teach.security.input.zip_input import UNREADABLE, PlainZip
from cp_teach.work.task import Task

MOST = 1_000_000
"""How large such a file may be, in bytes. A template that CloudFormation takes from a bucket has 1 MB (its quota)."""


def named(task: Task, key: str) -> tuple[str, str]:
    """The artifact and the file that this key of the configuration names. Raises ``Wrong``."""
    said = task.configuration.get(key, "")
    artifact, colons, file = said.partition("::")
    if not (artifact and colons and file):
        raise misconfigured(
            f"{key}: {said!r} must name an input artifact and a file in it, as in BuildArtifact::template.yml."
        )
    return artifact, file


def text(task: Task, artifact: str, file: str) -> str:
    """The text of a file in an input artifact. Raises ``Wrong``."""
    if artifact not in task.inputs:
        have = ", ".join(task.inputs) or "none"
        raise misconfigured(
            f"The artifact {artifact} is no input artifact of this action. It has: {have}. "
            "Add it to the action's inputArtifacts."
        )
    try:
        with PlainZip(task.inputs[artifact]) as archive, archive.open(file) as opened:
            data = opened.read(MOST + 1)
    except KeyError:
        raise Wrong(
            f"File [{file}] does not exist in artifact [{artifact}]. {_there(task, artifact)}"
        ) from None
    except UNREADABLE as no:
        raise Wrong(f"The artifact {artifact} is no zip file that can be read: {no}.") from None
    if len(data) > MOST:
        raise Wrong(f"File [{file}] in artifact [{artifact}] is larger than {MOST} bytes. Make it smaller.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Wrong(f"File [{file}] in artifact [{artifact}] is no text in UTF-8.") from None


def json_object(said: str, what: str) -> dict[str, Any]:
    """A JSON object; ``what`` says in a message where it stands. Raises ``Wrong``."""
    try:
        told = parse_json(said)
    except BadJson as no:
        raise misconfigured(f"{what} is not valid JSON: {no}") from None
    if not isinstance(told, dict):
        raise misconfigured(f'{what} must be one JSON object, as in {{"Name": "value"}}.')
    return told


def _there(task: Task, artifact: str) -> str:
    with PlainZip(task.inputs[artifact]) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
    shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    return f"There are: {shown or 'none'}. A build hands on only what its buildspec lists under artifacts."
