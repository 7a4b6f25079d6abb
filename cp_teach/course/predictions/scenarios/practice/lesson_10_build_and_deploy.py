"""The truths of the questions of notebook 10, each from a scenario that is played."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from cp_teach.aws import workplace
from cp_teach.pipeline import Pipeline

DEPLOYED = Pipeline.of("shop", Source="CodeCommit", Beta="CodeDeploy")
BUILT = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild")
SECONDS = 60.0


def _written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        if name.endswith(".sh"):
            (folder / name).chmod(0o755)
    return folder


def _released(pipeline: Pipeline, files: dict[str, str], times: int = 1) -> tuple[Any, dict[str, list[str]]]:
    """The newest build, or deployment, of these files after so many releases; and what each instance has in marks."""
    with (
        tempfile.TemporaryDirectory() as name,
        workplace(pipeline, _written(Path(name), files), yes=True) as place,
    ):
        for _ in range(times):
            place.run.release()
            place.settle(SECONDS)
        if pipeline is BUILT:
            return place.builds[0], {}
        marks = {
            each.name: [path.read_text("utf-8") for path in each.root.glob("mark*")]
            for each in place.fleet().instances.values()
        }
        return place.deployments[0], marks


def _hooked(event: str, command: str) -> dict[str, str]:
    spec = f"version: 0.0\nos: linux\nfiles: []\nhooks:\n  {event}:\n    - location: hook.sh\n      timeout: 30\n"
    return {"appspec.yml": spec, "hook.sh": f"#!/bin/sh\n{command}\n"}


@cache
def _post_build() -> str:
    spec = "version: 0.2\nphases:\n  build:\n    commands: ['false']\n  post_build:\n    commands: ['true']\n"
    build, _ = _released(BUILT, {"buildspec.yml": spec})
    ran = {phase.name: phase.status for phase in build.phases}
    if "POST_BUILD" not in ran:
        return "It is not run, and the build fails."
    if build.status == "FAILED":
        return "It is run, and the build fails all the same."
    return "It is run, and saves the build."


@cache
def _whose_stop() -> str:
    deployment, marks = _released(DEPLOYED, _hooked("ApplicationStop", 'pwd > "$INSTANCE_ROOT/mark"'), 2)
    (where,) = marks["i-1"]
    return "The new one's." if deployment.id in where else "The one's that is installed."


@cache
def _first_fails() -> str:
    deployment, _ = _released(DEPLOYED, _hooked("ValidateService", "exit 1"))
    statuses = [target.status for target in deployment.targets.values()]
    if statuses.count("Skipped") == 2:
        return "They are left as they are."
    return "They are deployed to, one after the other."


@cache
def _last_fails() -> str:
    deployment, _ = _released(DEPLOYED, _hooked("ValidateService", '[ "$INSTANCE_ID" != i-3 ]'))
    return {"Succeeded": "It has succeeded.", "Failed": "It has failed."}[deployment.status]


TRUTHS = {
    "10-post-build": _post_build,
    "10-whose-stop": _whose_stop,
    "10-first-fails": _first_fails,
    "10-last-fails": _last_fails,
}
