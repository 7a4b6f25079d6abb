"""The zip files that simulated actions put into the artifact bucket."""

from __future__ import annotations

import json

from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.engine.history.records import ActionRow, Artifact
from cp_teach.pipeline import Action
from cp_teach.work.simulation.artifact_contents import (
    files_of_zip,
    needed_files,
    simulation_note,
    zip_of_files,
)


def artifact_zip(
    hosted: HostedPipeline, row: ActionRow, action: Action, artifact: Artifact, inputs: list[bytes]
) -> bytes:
    """A zip file with the files that later actions read, and a note about its origin; that of any action but a source
    also has the files of the inputs."""
    files: dict[str, bytes] = {}
    for data in inputs:
        files |= files_of_zip(data)
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
        files |= simulation_note(row.stage, action)
    files["cp_teach.json"] = (json.dumps(note, indent=1) + "\n").encode()
    pipeline = hosted.run.history.executions[row.execution].pipeline
    revision = next((r.id for r in artifact.sources if r.action == row.action), "")
    return zip_of_files(needed_files(pipeline, action, artifact.name, revision) | files)
