"""What simulated actions put into the artifact bucket: zip files that can be downloaded and opened."""

from __future__ import annotations

import io
import json
import zipfile

from cp_teach.aws.backend.hosted_pipeline import Hosted
from cp_teach.engine.history.records import ActionRow, Artifact
from cp_teach.pipeline import Action
from cp_teach.security.input.zip_input import UNREADABLE, PlainZip

WHEN = (2026, 1, 1, 0, 0, 0)
"""The date of all files, so that the same work makes the same bytes."""
MOST = 20_000_000
"""Inputs that are bigger than this (bytes) are named in an output, not carried along."""
FILES = 2_000
"""Inputs with more files than this are not carried along: the service waits while they are packed anew."""
NAME = 4_096
"""Nor those with a longer name (bytes); a zip file holds none of more than 65,535."""


def parcel(hosted: Hosted, row: ActionRow, action: Action, artifact: Artifact, inputs: list[bytes]) -> bytes:
    """A zip file that says what made it; a build's has the files of its inputs, too."""
    files: dict[str, bytes] = {}
    for data in inputs:
        files |= _files(data)
    note = {
        "artifact": artifact.name,
        "pipeline": hosted.name,
        "pipelineExecutionId": hosted.id_of(row.execution),
        "stage": row.stage,
        "action": row.action,
        "actionExecutionId": hosted.ledger.id_of(row),
        "sourceRevisions": [
            {"actionName": r.action, "revisionId": r.id, "revisionSummary": r.message}
            for r in artifact.sources
        ],
    }
    if action.category == "Source":
        words = next((r.message for r in artifact.sources if r.message), "A change")
        files.setdefault("README.md", f"# {hosted.name}\n\n{words}\n\nMade by a simulated source.\n".encode())
    else:
        files[f"{row.action}.txt"] = (
            f"{row.action} ({action.provider}) in {row.stage} was simulated: this file stands for what it would make.\n"
        ).encode()
    files["cp_teach.json"] = (json.dumps(note, indent=1) + "\n").encode()
    return _zip(files)


def _files(data: bytes) -> dict[str, bytes]:
    """The files of a zip file, as far as they are few and small; none where it is no zip file."""
    if len(data) > MOST:
        return {}
    try:
        with PlainZip(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > MOST:  # a small file can unpack to a huge one
                return {}
            if len(entries) > FILES or any(len(entry.filename.encode()) > NAME for entry in entries):
                return {}
            return {entry.filename: archive.read(entry) for entry in entries}
    except UNREADABLE:
        return {}


def _zip(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, WHEN), files[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()
