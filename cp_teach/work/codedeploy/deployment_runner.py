"""How a deployment happens, in place or blue/green, and how a failed one is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag

from cp_teach.work.codedeploy.agent import Order, StoppedHere
from cp_teach.work.codedeploy.batch_runner import Batches
from cp_teach.work.codedeploy.deployment import Creator, Deployment, deployment_id
from cp_teach.work.codedeploy.deployment_group import Group, revision_of
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.codedeploy.lifecycle_events import ALLOW, BLOCK, EVENT_SECONDS, INSTALL, in_place
from cp_teach.work.sandbox.run_command import Limits, allow

FAILED = "failed deployment of group"
"""The tag of replacement instances that never got the traffic. They can be looked at until the next deployment."""


class Busy(RuntimeError):
    """The deployment group has a deployment in progress, and may have only one at a time."""


def deploy(
    group: Group,
    bundle: Path,
    seed: str,
    *,
    yes: bool,
    stop: Flag | None = None,
    changed: Callable[[Deployment], None] = lambda deployment: None,
    begun: Callable[[Deployment], None] = lambda deployment: None,
    limits: Limits | None = None,
    mend: bool = False,
) -> Deployment:
    """Deploy the revision in the zip ``bundle`` to the instances of ``group``, and wait for the end.

    ``seed`` decides the deployment's id. ``yes`` must be True: scripts of the revision run on this machine.
    ``stop`` ends it as Stopped, with no process left. ``changed`` is told after every change of a status; ``begun``
    once for each deployment, a rollback being another one. ``limits`` hold for each script; ``mend`` gives scripts
    their run bit. Raises ``Busy`` where the group is being deployed to, and ``NotAllowed`` without a yes.
    """
    allow(yes, "a revision's hook")
    if not group.lock.acquire(blocking=False):
        raise Busy(
            f"The deployment group {group.name} is already deploying {group.running}: one at a time "
            "(DeploymentLimitExceededException). Wait for its end, or stop it."
        )
    try:
        give = _Give(group, stop or Flag(), changed, begun, limits or Limits(seconds=EVENT_SECONDS), mend)
        deployment = give.deployment(bundle, seed)
        good = group.bundle
        tried = any(target.status not in ("Pending", "Skipped") for target in deployment.targets.values())
        if deployment.status == "Failed" and tried and group.rollback and good:
            if group.style == "in-place":
                give.deployment(good, f"{seed}:rollback", "codeDeployRollback", deployment)
            else:
                deployment.notes.append("The traffic is with the original instances: nothing to roll back.")
                deployment.tell()
        return deployment
    finally:
        group.running = ""
        group.lock.release()


@dataclass(frozen=True)
class _Give:
    """One call of ``deploy``."""

    group: Group
    stop: Flag
    changed: Callable[[Deployment], None]
    begun: Callable[[Deployment], None]
    limits: Limits
    mend: bool

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
            changed=self.changed,
        )
        group.running = deployment.id
        if failed:
            failed.rollback = deployment
            failed.tell()
        self.begun(deployment)
        order = Order(
            application=group.application,
            group=group.name,
            group_id=group.id,
            deployment=deployment.id,
            bundle=bundle,
            limits=self.limits,
            mend=self.mend,
            stop=self.stop,
        )
        batches = Batches(group, deployment, order)
        for status in ("Created", "Queued", "InProgress"):
            batches.turn(status)
        try:
            if not deployment.revision:
                words = f"There is no revision to deploy: {bundle.name} is not a file."
                batches.turn("Failed", "REVISION_MISSING", words)
            elif group.style == "in-place":
                self._in_place(batches)
            else:
                self._blue_green(batches)
        except StoppedHere:
            batches.skip()
            batches.turn("Stopped", "MANUAL_STOP", "The deployment was stopped.")
        except BaseException:  # Ctrl-C: nobody waits any more
            batches.skip()
            batches.turn("Stopped", "MANUAL_STOP", "The deployment was interrupted.")
            raise
        if deployment.status == "Succeeded":
            group.succeeded(deployment.revision, bundle)
        return deployment

    def _in_place(self, batches: Batches) -> None:
        names = tuple(self.fleet.instances)
        batches.aim(names, in_place(self.group.load_balancer))
        if batches.work(names):
            batches.turn("Succeeded")

    def _blue_green(self, batches: Batches) -> None:
        """New instances get the revision, then the traffic; the originals lose it. After a failure it stays.

        The configuration is about the new instances. When they have the revision, a single one that cannot be put
        into the traffic, or an original that cannot be taken out, fails it all.
        """
        originals = self.fleet.serving
        names = self._replacements(len(originals), batches.deployment.id)
        batches.aim(names, (*INSTALL, *ALLOW), "Green")
        batches.aim(originals, BLOCK, "Blue")
        done = False
        try:
            if not batches.work(names, INSTALL):
                return
            good = [name for name in names if batches.deployment.targets[name].status != "Failed"]
            for those, events, words in (
                (good, ALLOW, "could not be put into the traffic"),
                (originals, BLOCK, "could not be taken out of the traffic"),
            ):
                failed = [name for name in those if not batches.one(name, events)]
                if failed:
                    batches.skip()
                    batches.turn("Failed", "HOOK_EXECUTION_FAILURE", f"{', '.join(failed)} {words}.")
                    return
            done = True
        finally:
            if not done:
                self.fleet.serve(originals)
                self._failed(names)
                batches.look()
        self._failed(tuple(name for name in names if name not in good))
        if self.group.terminate:
            self.fleet.terminate(originals)
        batches.turn("Succeeded")

    def _failed(self, names: tuple[str, ...]) -> None:
        for name in names:
            self.fleet[name].tags[FAILED] = self.group.id
            self.fleet[name].save()

    def _replacements(self, count: int, deployment: str) -> tuple[str, ...]:
        left = [each.name for each in self.fleet.instances.values() if each.tags.get(FAILED) == self.group.id]
        self.fleet.terminate(left)
        free = (f"i-{number}" for number in range(1, 10_000) if f"i-{number}" not in self.fleet.instances)
        names = tuple(name for name, _ in zip(free, range(count), strict=False))
        self.fleet.add(names, {"deployment": deployment})
        return names
