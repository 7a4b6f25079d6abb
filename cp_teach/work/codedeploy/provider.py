"""The deploy action CodeDeploy: its input artifact is the revision, its deployment group a fleet on this machine.

>>> import tempfile
>>> from cp_teach.work.codedeploy.fleet import Fleet
>>> with tempfile.TemporaryDirectory() as folder:
...     group = Group("shop", "web", Fleet(Path(folder), 3), "CodeDeployDefault.HalfAtATime")
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
from cp_teach.work.codedeploy.deployment_group import Group
from cp_teach.work.codedeploy.deployment_runner import Busy, deploy
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.runtime.task import Done, Task
from cp_teach.work.sandbox.run_command import Limits, allow

NAME = re.compile(r"[A-Za-z0-9+=,@_-][A-Za-z0-9+=,.@_-]{0,99}")
"""What AWS takes as the name of an application or a deployment group, but for a dot in front."""

MADE = 3
"""How many instances a fleet has that is made on first use."""


class CodeDeploy:
    """What the provider CodeDeploy does with an action. ``yes=True`` is needed: a revision's scripts run here.

    - ``groups``: the deployment groups that there are. Others are a ConfigurationError, as with AWS;
    - ``create``: a folder in which a group that is asked for the first time gets a fleet of three, OneAtATime;
    - ``changed``: told after every change of a deployment's status;
    - ``limits``: of each script; ``mend``: a script without the run bit gets it, as today's agents do.

    ``deployments`` keeps every deployment by its id, rollbacks, too.
    """

    def __init__(
        self,
        groups: Iterable[Group] = (),
        *,
        yes: bool = False,
        create: Path | None = None,
        changed: Callable[[Deployment], None] = lambda deployment: None,
        limits: Limits | None = None,
        mend: bool = False,
    ) -> None:
        allow(yes, "a revision's hook")
        self.groups = {(group.application, group.name): group for group in groups}
        self.create, self.changed, self.limits, self.mend = create, changed, limits, mend
        self.deployments: dict[str, Deployment] = {}
        self._making = Lock()

    def __call__(self, task: Task) -> Done:
        """Deploy the task's one input artifact; see ``Perform``."""
        if len(task.inputs) != 1:
            have = ", ".join(task.inputs) or "none"
            return _wrong(
                f"A CodeDeploy action takes exactly one input artifact, its revision; it has {have}."
            )
        names = []
        for key in ("ApplicationName", "DeploymentGroupName"):
            name = task.configuration.get(key, "")
            if not NAME.fullmatch(name):
                what = f"{name!r} is no name for AWS" if name else "it is missing"
                return _wrong(f"{key}: {what}. Write the name as it is in CodeDeploy.")
            names.append(name)
        group = self.group(*names)
        if isinstance(group, str):
            return _wrong(group)
        (bundle,) = task.inputs.values()
        mine: list[Deployment] = []

        def begun(deployment: Deployment) -> None:
            mine.append(deployment)
            self._begun(deployment, task)

        def changed(deployment: Deployment) -> None:
            task.tell(FLEET, [_seen(each) for each in mine])
            self.changed(deployment)  # who listens now, not who did at first

        try:
            deployment = deploy(
                group,
                bundle,
                task.id,
                yes=True,
                stop=task.stop,
                changed=changed,
                begun=begun,
                limits=self.limits,
                mend=self.mend,
            )
        except Busy as error:
            return Done("JobFailed", str(error))
        except OSError as error:  # the disk is full, the fleet's folder is gone
            return Done("JobFailed", f"The fleet cannot be written to: {error.strerror or error}.")
        task.log(f"Deployment {deployment.id}: {deployment.status}")
        if deployment.status == "Succeeded":
            return Done(external_id=deployment.id)
        return Done("JobFailed", told(deployment), external_id=deployment.id)

    def _begun(self, deployment: Deployment, task: Task) -> None:
        self.deployments[deployment.id] = deployment
        why = f", to roll back {deployment.rolls_back}" if deployment.rolls_back else ""
        task.log(f"Deployment {deployment.id} of revision {deployment.revision} to {deployment.group}{why}")

    def group(self, application: str, name: str) -> Group | str:
        """The deployment group of these two names, made where it may be; or a sentence on why there is none."""
        for each in (application, name):
            if not NAME.fullmatch(each):
                return f"{each!r} is no name for AWS."
        with self._making:
            if group := self.groups.get((application, name)):
                return group
            if self.create is not None:
                try:
                    fleet = Fleet(self.create / application / name, MADE)
                except (OSError, ValueError, KeyError) as error:
                    return f"No fleet can be made for {application}/{name}: {error}"
                return self.groups.setdefault((application, name), Group(application, name, fleet))
        if application not in {known for known, _ in self.groups}:
            have = ", ".join(sorted({known for known, _ in self.groups})) or "none"
            return f"No application found for name: {application}. There are: {have}."
        have = ", ".join(sorted(group for known, group in self.groups if known == application))
        return f"No deployment group found for name: {name}. The application {application} has: {have}."

    def __repr__(self) -> str:
        return f"CodeDeploy({', '.join('/'.join(key) for key in self.groups)})"


def told(deployment: Deployment) -> str:
    """How a deployment that did not succeed is told on its action: what failed, where, and what became of it."""
    if deployment.status == "Stopped":
        return f"Deployment {deployment.id} was stopped."
    words = [f"Deployment {deployment.id} failed: {deployment.message}"]
    if deployment.error:
        words.append(f"({deployment.error})")
    for name, event in deployment.failures[:1]:
        others = len(deployment.failures) - 1
        more = f" and {others} more" if others else ""
        words.append(f"On {name}{more}, {event.name}: {event.code}: {event.message}")
    if back := deployment.rollback:
        words.append(f"Deployment {back.id} put the last good revision back: {back.status}.")
    return " ".join(words)


def _seen(deployment: Deployment) -> dict[str, Any]:
    """What those who look on are told: of the logs only those that say why an event failed."""
    view = deployment.view()
    for instance in view["instances"]:
        for event in instance["events"]:
            if event["status"] != "Failed":
                event["logTail"] = ""
    return view


def _wrong(message: str) -> Done:
    return Done("ConfigurationError", message)
