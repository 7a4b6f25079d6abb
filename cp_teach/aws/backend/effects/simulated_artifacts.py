"""The zip files that simulated actions put into the artifact bucket."""

from __future__ import annotations

import io
import json
import zipfile

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.engine.history.records import ActionRow, Artifact
from cp_teach.pipeline import Action
from cp_teach.security.input.zip_input import ZIP_ERRORS, PlainZip

FILE_DATE = (2026, 1, 1, 0, 0, 0)
"""The date of all files. It is constant, so equal inputs give equal bytes."""
MAX_INPUT = 20_000_000
"""Maximum bytes of an input whose files are copied to the output; a larger one is only named."""
MAX_FILES = 2_000
"""Maximum files of an input that are copied, because the service waits while they are packed."""
MAX_NAME = 4_096
"""Maximum bytes of a file name that is copied; the zip format allows 65,535."""


def artifact_zip(
    hosted: HostedPipeline, row: ActionRow, action: Action, artifact: Artifact, inputs: list[bytes]
) -> bytes:
    """A zip file with a note about its origin; that of any action but a source also has the files of the inputs."""
    files: dict[str, bytes] = {}
    for data in inputs:
        files |= _files(data)
    note = {
        "artifact": artifact.name,
        "pipeline": hosted.name,
        "pipelineExecutionId": hosted.id_of(row.execution),
        "stage": row.stage,
        "action": row.action,
        "actionExecutionId": hosted.metadata.id_of(row),
        "sourceRevisions": [
            {"actionName": r.action, "revisionId": r.id, "revisionSummary": r.message}
            for r in artifact.sources
        ],
    }
    if action.category == "Source":
        message = next((r.message for r in artifact.sources if r.message), "A change")
        files.setdefault(
            "README.md", f"# {hosted.name}\n\n{message}\n\nMade by a simulated source.\n".encode()
        )
    else:
        files[f"{row.action}.txt"] = (
            f"{row.action} ({action.provider}) in {row.stage} was simulated: this file takes the place of its output.\n"
        ).encode()
    files["cp_teach.json"] = (json.dumps(note, indent=1) + "\n").encode()
    return _zip(files)


def _files(data: bytes) -> dict[str, bytes]:
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


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, FILE_DATE), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
