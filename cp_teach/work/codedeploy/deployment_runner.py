"""Run a deployment, in place or blue/green, and roll back a failed one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event as ThreadingEvent

from cp_teach.work.codedeploy.agent import DeploymentOrder, DeploymentStopped
from cp_teach.work.codedeploy.batch_runner import BatchRunner
from cp_teach.work.codedeploy.deployment import (
    ALLOW,
    BLOCK,
    EVENT_SECONDS,
    INSTALL,
    Creator,
    Deployment,
    deployment_id,
)
from cp_teach.work.codedeploy.deployment_group import DeploymentGroup, revision_of
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.sandbox.run_command import Limits, require_consent

FAILED = "failed deployment of group"
"""The tag of replacement instances that never received traffic. They stay for inspection until the next deployment."""


class GroupBusy(RuntimeError):
    """The deployment group already has a deployment in progress, and can have only one at a time."""


def deploy(
    group: DeploymentGroup,
    bundle: Path,
    seed: str,
    *,
    yes: bool,
    stop: ThreadingEvent | None = None,
    on_change: Callable[[Deployment], None] = lambda deployment: None,
    limits: Limits | None = None,
) -> Deployment:
    """Deploy the revision in the zip file ``bundle`` to the instances of ``group``, and wait for the end.

    - ``seed``: determines the deployment's ID;
    - ``yes``: must be True, because scripts of the revision run on this machine;
    - ``stop``: set it to end the deployment as Stopped, with no process left;
    - ``on_change``: called after every change of a status, also with the deployment that rolls back this one;
    - ``limits``: for each script.

    Raises ``GroupBusy`` if the group is already being deployed to, and ``NotAllowed`` without ``yes``.
    """
    require_consent(yes, "a revision's hook")
    if not group.lock.acquire(blocking=False):
        raise GroupBusy(
            f"The deployment group {group.name} is already deploying {group.running}; only one can run at a time "
            "(DeploymentLimitExceededException). Wait for its end, or stop it."
        )
    try:
        limits = limits or Limits(seconds=EVENT_SECONDS)
        order = DeploymentOrder(group, bundle, "", limits, stop or ThreadingEvent())
        call = _DeployCall(group, order, on_change)
        deployment = call.deployment(bundle, seed)
        last_good = group.bundle
        attempted = any(target.status not in ("Pending", "Skipped") for target in deployment.targets.values())
        if deployment.status == "Failed" and attempted and group.rollback and last_good:
            if group.style == "in-place":
                call.deployment(last_good, f"{seed}:rollback", "codeDeployRollback", deployment)
            else:
                deployment.notes.append(
                    "The original instances have the traffic, so there is nothing to roll back."
                )
                deployment.notify()
        return deployment
    finally:
        group.running = ""
        group.lock.release()


@dataclass(frozen=True)
class _DeployCall:
    """One call of ``deploy``."""

    group: DeploymentGroup
    order: DeploymentOrder
    on_change: Callable[[Deployment], None]

    @property
    def fleet(self) -> Fleet:
        return self.group.fleet

    def deployment(
        self, bundle: Path, seed: str, creator: Creator = "user", failed: Deployment | None = None
    ) -> Deployment:
        group = self.group
        deployment = Deployment(
            id=deployment_id(f"{group.id}:{seed}"),
            application=group.application,
            group=group.name,
            revision=revision_of(bundle) if bundle.is_file() else "",
            configuration=group.rule.name,
            style=group.style,
            creator=creator,
            rolls_back=failed.id if failed else "",
            on_change=self.on_change,
        )
        group.running = deployment.id
        if failed:
            failed.rollback = deployment
            failed.notify()
        order = replace(self.order, bundle=bundle, deployment=deployment.id)
        batches = BatchRunner(deployment, order)
        for status in ("Created", "Queued", "InProgress"):
            batches.set_status(status)
        try:
            if not deployment.revision:
                message = f"The revision is missing: {bundle.name} is not a file."
                batches.set_status("Failed", "REVISION_MISSING", message)
            elif group.style == "in-place":
                self._in_place(batches)
            else:
                self._blue_green(batches)
        except DeploymentStopped:
            batches.skip()
            batches.set_status("Stopped", "MANUAL_STOP", "The deployment was stopped.")
        except BaseException:  # Ctrl-C
            batches.skip()
            batches.set_status("Stopped", "MANUAL_STOP", "The deployment was interrupted.")
            raise
        if deployment.status == "Succeeded":
            group.succeeded(deployment.revision, bundle)
        return deployment

    def _in_place(self, batches: BatchRunner) -> None:
        names = tuple(self.fleet.instances)
        batches.assign(names, (*BLOCK, *INSTALL, *ALLOW) if self.group.load_balancer else INSTALL)
        if batches.deploy_all(names):
            batches.set_status("Succeeded")

    def _blue_green(self, batches: BatchRunner) -> None:
        """Install the revision on new instances, and then move the traffic to them. After a failure, it stays with the
        originals.

        The deployment configuration applies to the new instances. Once they have the revision, the deployment fails if
        one of them cannot receive traffic, or if an original cannot be taken out of the traffic.
        """
        originals = self.fleet.serving
        names = self._replacements(len(originals), batches.deployment.id)
        batches.assign(names, (*INSTALL, *ALLOW), "Green")
        batches.assign(originals, BLOCK, "Blue")
        finished = False
        try:
            if not batches.deploy_all(names, INSTALL):
                return
            installed = [name for name in names if batches.deployment.targets[name].status != "Failed"]
            for group_names, events, message in (
                (installed, ALLOW, "could not be put into the traffic"),
                (originals, BLOCK, "could not be taken out of the traffic"),
            ):
                failed = [name for name in group_names if not batches.deploy_to(name, events)]
                if failed:
                    batches.skip()
                    batches.set_status("Failed", "HOOK_EXECUTION_FAILURE", f"{', '.join(failed)} {message}.")
                    return
            finished = True
        finally:
            if not finished:
                self.fleet.serve(originals)
                self._tag_failed(names)
                batches.update_serving()
        self._tag_failed(tuple(name for name in names if name not in installed))
        if self.group.terminate:
            self.fleet.terminate(originals)
        batches.set_status("Succeeded")

    def _tag_failed(self, names: tuple[str, ...]) -> None:
        for name in names:
            self.fleet[name].tags[FAILED] = self.group.id
            self.fleet[name].save()

    def _replacements(self, count: int, deployment: str) -> tuple[str, ...]:
        leftover = [
            instance.name
            for instance in self.fleet.instances.values()
            if instance.tags.get(FAILED) == self.group.id
        ]
        self.fleet.terminate(leftover)
        unused = (f"i-{number}" for number in range(1, 10_000) if f"i-{number}" not in self.fleet.instances)
        names = tuple(name for name, _ in zip(unused, range(count), strict=False))
        self.fleet.add(names, {"deployment": deployment})
        return names
