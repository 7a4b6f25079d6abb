"""The CodeDeploy provider: it deploys its input artifact, the revision, to a deployment group on this machine.

>>> import tempfile
>>> from cp_teach.work.codedeploy.fleet import Fleet
>>> with tempfile.TemporaryDirectory() as folder:
...     group = DeploymentGroup("shop", "web", Fleet(Path(folder), 3), "CodeDeployDefault.HalfAtATime")
...     CodeDeploy([group], yes=True)
CodeDeploy(shop/web)

Source: user guide, action-reference-CodeDeploy. The action has no output variables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Any

from cp_teach.engine.history.progress_notes import FLEET
from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.codedeploy.deployment_group import DeploymentGroup
from cp_teach.work.codedeploy.deployment_runner import GroupBusy, deploy
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.sandbox.run_command import Limits, require_consent
from cp_teach.work.task import Done, Task

NAME = re.compile(r"[A-Za-z0-9+=,@_-][A-Za-z0-9+=,.@_-]{0,99}")
"""The format of an application or deployment group name in AWS, here without a dot at the beginning."""

INSTANCES = 3
"""The number of instances of a fleet that is created on first use."""


class NoSuchGroup(LookupError):
    """A deployment group that does not exist and cannot be created. The message is a sentence."""


class CodeDeploy:
    """The CodeDeploy provider. ``yes`` must be True, because scripts of the revision run on this machine.

    - ``groups``: the deployment groups. Another name is a ConfigurationError, as on AWS;
    - ``create``: a folder in which a missing group is created, with a fleet of three instances and OneAtATime;
    - ``on_change``: called after every change of a deployment's status;
    - ``limits``: for each script.

    ``deployments`` holds every deployment by its ID, including rollbacks. Raises ``NotAllowed`` without ``yes``.
    """

    def __init__(
        self,
        groups: Iterable[DeploymentGroup] = (),
        *,
        yes: bool = False,
        create: Path | None = None,
        on_change: Callable[[Deployment], None] = lambda deployment: None,
        limits: Limits | None = None,
    ) -> None:
        require_consent(yes, "a revision's hook")
        self.groups = {(group.application, group.name): group for group in groups}
        self.create, self.on_change, self.limits = create, on_change, limits
        self.deployments: dict[str, Deployment] = {}
        self._creating = Lock()

    def __call__(self, task: Task) -> Done:
        """Deploy the task's one input artifact; see ``Perform``."""
        if len(task.inputs) != 1:
            have = ", ".join(task.inputs) or "none"
            return _invalid(
                f"A CodeDeploy action needs exactly one input artifact, its revision; it has {have}."
            )
        names = []
        for key in ("ApplicationName", "DeploymentGroupName"):
            name = task.configuration.get(key, "")
            if not NAME.fullmatch(name):
                problem = f"{name!r} is not a valid name" if name else "it is missing"
                return _invalid(f"{key}: {problem}. Write the name as it is in CodeDeploy.")
            names.append(name)
        try:
            group = self.group(*names)
        except NoSuchGroup as error:
            return _invalid(str(error))
        (bundle,) = task.inputs.values()
        started: dict[str, Deployment] = {}

        def changed(deployment: Deployment) -> None:
            if deployment.id not in started:
                started[deployment.id] = self.deployments[deployment.id] = deployment
                why = f", to roll back {deployment.rolls_back}" if deployment.rolls_back else ""
                task.log(
                    f"Deployment {deployment.id} of revision {deployment.revision} to {deployment.group}{why}"
                )
            task.report_progress(FLEET, [_progress_view(each) for each in started.values()])
            self.on_change(deployment)  # the current listener, which may have changed

        try:
            deployment = deploy(
                group,
                bundle,
                task.id,
                yes=True,
                stop=task.stop,
                on_change=changed,
                limits=self.limits,
            )
        except GroupBusy as error:
            return Done("JobFailed", str(error))
        except OSError as error:  # for example, the disk is full
            return Done("JobFailed", f"Writing to the fleet failed: {error.strerror or error}.")
        task.log(f"Deployment {deployment.id}: {deployment.status}")
        if deployment.status == "Succeeded":
            return Done(external_id=deployment.id)
        return Done("JobFailed", failure_message(deployment), external_id=deployment.id)

    def group(self, application: str, name: str) -> DeploymentGroup:
        """The deployment group with these names, created if ``create`` allows it. Raises ``NoSuchGroup``."""
        for text in (application, name):
            if not NAME.fullmatch(text):
                raise NoSuchGroup(f"{text!r} is not a valid application or deployment group name.")
        with self._creating:
            if group := self.groups.get((application, name)):
                return group
            if self.create is not None:
                try:
                    fleet = Fleet(self.create / application / name, INSTANCES)
                except (OSError, ValueError, KeyError) as error:
                    raise NoSuchGroup(
                        f"The fleet of {application}/{name} cannot be created: {error}"
                    ) from error
                return self.groups.setdefault((application, name), DeploymentGroup(application, name, fleet))
        groups = sorted(group for other, group in self.groups if other == application)
        if groups:
            raise NoSuchGroup(
                f"No deployment group found for name: {name}. The groups of the application {application}: "
                f"{', '.join(groups)}."
            )
        applications = ", ".join(sorted({other for other, _ in self.groups})) or "none"
        raise NoSuchGroup(f"No application found for name: {application}. The applications: {applications}.")

    def __repr__(self) -> str:
        return f"CodeDeploy({', '.join('/'.join(key) for key in self.groups)})"


def failure_message(deployment: Deployment) -> str:
    """The message of an action whose deployment did not succeed: what failed where, and whether it was rolled back."""
    if deployment.status == "Stopped":
        return f"Deployment {deployment.id} was stopped."
    sentences = [f"Deployment {deployment.id} failed: {deployment.message}"]
    if deployment.error:
        sentences.append(f"({deployment.error})")
    for name, event in deployment.failures[:1]:
        others = len(deployment.failures) - 1
        more = f" and {others} more" if others else ""
        sentences.append(f"On {name}{more}, {event.name}: {event.code}: {event.message}")
    if rollback := deployment.rollback:
        sentences.append(
            f"Deployment {rollback.id} restored the last successful revision: {rollback.status}."
        )
    return " ".join(sentences)


def _progress_view(deployment: Deployment) -> dict[str, Any]:
    """The view for observers, with the logs of failed events only."""
    view = deployment.view()
    for instance in view["instances"]:
        for event in instance["events"]:
            if event["status"] != "Failed":
                event["logTail"] = ""
    return view


def _invalid(message: str) -> Done:
    return Done("ConfigurationError", message)
