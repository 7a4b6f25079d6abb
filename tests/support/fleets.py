"""Runs whose work tells something, without any work: notes are written as a workshop writes them."""

import json

from cp_teach import Pipeline, Run
from cp_teach.engine.history.progress_notes import BUILD, FLEET, LOG, note_name

EVENTS = ("ApplicationStop", "DownloadBundle", "Install", "ValidateService")


def event(name, status="Pending", log=""):
    code = "ScriptFailed" if status == "Failed" else ""
    message = "scripts/validate.sh failed with exit code 1." if status == "Failed" else ""
    told = {"name": name, "status": status, "errorCode": code, "scriptName": "", "message": message}
    return {**told, "logTail": log if status == "Failed" else ""}


def instance(name, status="Pending", label="", log="no <page>\n"):
    """An instance: InProgress is at Install, Failed has failed at ValidateService."""
    words = {
        "InProgress": ("Succeeded", "Succeeded", "InProgress", "Pending"),
        "Failed": ("Succeeded", "Succeeded", "Succeeded", "Failed"),
    }.get(status, (status,) * 4)
    events = [event(each, word, log) for each, word in zip(EVENTS, words, strict=True)]
    return {"instance": name, "label": label, "status": status, "events": events}


def deployment(*statuses, status="InProgress", id="d-ONE", **more):
    """A deployment as plain JSON; instances are i-1, i-2 … with these statuses."""
    instances = [instance(f"i-{number}", word) for number, word in enumerate(statuses, 1)]
    healthy = [each["instance"] for each in instances if each["status"] not in ("InProgress", "Failed")]
    return {
        "deploymentId": id, "applicationName": "shop", "deploymentGroupName": "web", "revision": "abc123",
        "deploymentConfigName": "CodeDeployDefault.OneAtATime", "style": "in-place", "creator": "user",
        "status": status, "errorCode": "", "message": "", "serving": [], "healthy": healthy,
        "overview": {word: statuses.count(word) for word in dict.fromkeys(statuses)},
        "instances": instances, "rollsBack": "", "rollbackDeploymentId": "", "notes": [], **more,
    }  # fmt: skip


FAILED = deployment(
    "Failed", "Skipped", "Skipped", status="Failed", errorCode="HEALTH_CONSTRAINTS",
    message="1 of 3 instances failed.", rollbackDeploymentId="d-TWO",
)  # fmt: skip
ROLLBACK = deployment(*["Succeeded"] * 3, status="Succeeded", id="d-TWO", rollsBack="d-ONE")


def at_build():
    """A run by hand whose build is running."""
    run = Run(Pipeline.of("shop", Source="Get:S3", Build="Make:CodeBuild", Prod="Put:CodeDeploy"))
    run.release("One")
    run.succeed("Source")
    return run


def at_prod():
    """A run by hand whose deployment is running."""
    run = at_build()
    run.succeed("Build")
    return run


def note(run, stage, what, fact):
    """Write a note as the newest run of the action of this stage would."""
    row = next(row for row in reversed(run.history.actions) if row.stage == stage)
    run.note(note_name(what, row), lambda before: json.dumps(fact))


def fleet(run, *deployments):
    note(run, "Prod", FLEET, list(deployments))


def log(run, *lines, count=None):
    note(run, "Build", LOG, [len(lines) if count is None else count, list(lines)])


def phases(run, **statuses):
    told = [{"name": name, "status": word, "seconds": 0.5} for name, word in statuses.items()]
    note(run, "Build", BUILD, {"id": "shop:1", "status": "IN_PROGRESS", "phases": told})
