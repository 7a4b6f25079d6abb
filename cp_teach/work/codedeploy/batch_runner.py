"""Deploy to the instances of a deployment in batches, and record the status of every event."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Literal

from cp_teach.work.codedeploy.agent import Agent, DeploymentOrder, DeploymentStopped, EventFailed
from cp_teach.work.codedeploy.deployment import Deployment, Error, Event, Status, Target
from cp_teach.work.codedeploy.deployment_configuration import Outcome, next_batch

MAX_PARALLEL = 8
"""The number of instances that are deployed to at the same time. The others of a batch wait."""


class BatchRunner:
    """The instances of one deployment. All changes of its status happen here, and its listener is notified of each."""

    def __init__(self, deployment: Deployment, order: DeploymentOrder) -> None:
        self.group, self.fleet = order.group, order.group.fleet
        self.deployment, self.order = deployment, order

    def assign(
        self, names: Sequence[str], events: Sequence[str], label: Literal["", "Blue", "Green"] = ""
    ) -> None:
        """Give these instances these events to carry out."""
        for name in names:
            self.deployment.targets[name] = Target(name, [Event(event) for event in events], label)
        healthy = {state.name for state in self.group.instance_states(tuple(names)) if state.healthy}
        with self.deployment.lock:
            self.deployment.healthy |= healthy
            self.deployment.notify()

    def deploy_all(self, names: tuple[str, ...], events: Sequence[str] = ()) -> bool:
        """Deploy to these instances in the batches of the deployment configuration; False if that fails."""
        states = self.group.instance_states(names)
        outcomes: dict[str, Outcome] = {}
        while True:
            batch = next_batch(states, self.group.rule, outcomes)
            if batch.verdict:
                if batch.verdict == "Failed":
                    self.skip()
                    self.set_status("Failed", batch.error, batch.message)
                return batch.verdict == "Succeeded"
            with ThreadPoolExecutor(min(MAX_PARALLEL, len(batch.deploy)), "deploy") as pool:
                futures = {name: pool.submit(self.deploy_to, name, events) for name in batch.deploy}
                try:
                    finished, _ = wait(futures.values(), return_when=FIRST_EXCEPTION)
                    if any(future.exception() for future in finished):
                        self.order.stop.set()
                except BaseException:  # after Ctrl-C, end the scripts of the other instances, too
                    self.order.stop.set()
                    raise
            # All have ended; an exception of one of them is raised here.
            outcomes |= {
                name: "Succeeded" if future.result() else "Failed" for name, future in futures.items()
            }

    def deploy_to(self, name: str, events: Sequence[str] = ()) -> bool:
        """Carry out the events of one instance, or only ``events``; False if one failed."""
        self._check_stop()
        target = self.deployment.targets[name]
        agent = Agent(self.fleet[name], self.order)
        chosen = [event for event in target.events if not events or event.name in events]
        complete = target.events[-1] is chosen[-1]
        with self.deployment.lock:
            target.status = "InProgress"
            if target.label != "Blue":  # not healthy either if the program ends now
                agent.instance.health(self.group.id).healthy = False
                self.deployment.healthy.discard(name)
                agent.instance.save()
            self.deployment.notify()
        try:
            for event in chosen:
                self._check_stop()
                self._event(agent, event, end=complete and event is chosen[-1] and target.label != "Blue")
        except EventFailed:
            self._end(target, succeeded=False)
            return False
        except DeploymentStopped:
            self._end(target, succeeded=False)
            raise
        if complete:
            self._end(target, succeeded=True)
        return True

    def skip(self) -> None:
        """Mark the pending events as skipped, and the events in progress as unknown."""
        with self.deployment.lock:
            for target in self.deployment.targets.values():
                waiting = [event for event in target.events if event.status == "Pending"]
                for event in target.events:
                    if event.status in ("Pending", "InProgress"):
                        event.status = "Skipped" if event.status == "Pending" else "Unknown"
                # After some successful events, the state is unknown.
                if target.status in ("Pending", "InProgress"):
                    target.status = "Skipped" if len(waiting) == len(target.events) else "Unknown"

    def set_status(self, status: Status, error: Error = "", message: str = "") -> None:
        """Set the status of the whole deployment."""
        with self.deployment.lock:
            self.deployment.status, self.deployment.error = status, error
            self.deployment.message = message
            self.update_serving()

    def update_serving(self) -> None:
        """Record which instances have the traffic, and notify the listener."""
        with self.deployment.lock:
            self.deployment.serving = self.fleet.serving
            self.deployment.notify()

    def _check_stop(self) -> None:
        if self.order.stop.is_set():
            raise DeploymentStopped

    def _event(self, agent: Agent, event: Event, *, end: bool) -> None:
        with self.deployment.lock:
            event.status = "InProgress"
            self.deployment.notify()

        def log(line: str) -> None:
            with self.deployment.lock:
                event.add_line(line)

        try:
            agent.event(event.name, log)
            if event.name in ("BlockTraffic", "AllowTraffic"):
                self._traffic(agent.instance.name, event.name == "AllowTraffic")
            if end:
                agent.event("End", log)
        except (EventFailed, DeploymentStopped) as error:
            with self.deployment.lock:
                event.status, event.code = "Failed", "UnknownError"
                event.message = str(error) or "The deployment was stopped."
                if isinstance(error, EventFailed):
                    event.code, event.script = error.code, error.script
                self.deployment.notify()
            raise
        with self.deployment.lock:
            event.status, event.code = "Succeeded", "Success"
            self.deployment.notify()

    def _traffic(self, name: str, allow: bool) -> None:
        with self.fleet.lock:
            serving = set(self.fleet.serving) - {name}
            self.fleet.serve(serving | {name} if allow else serving)
        self.update_serving()

    def _end(self, target: Target, *, succeeded: bool) -> None:
        """Record the result and the health of an instance (user guide, instances-health)."""
        instance = self.fleet[target.instance]
        with self.deployment.lock:
            target.status = "Succeeded" if succeeded else "Failed"
            for event in target.events:
                if event.status == "Pending":
                    event.status = "Skipped"
            if target.label != "Blue":  # nothing was installed on an original
                health = instance.health(self.group.id)
                current = health.revision == self.group.revision
                health.healthy = succeeded
                if succeeded:
                    self.deployment.healthy.add(target.instance)
                health.revision = (
                    self.deployment.revision if succeeded else "" if current else health.revision
                )
                instance.save()
            self.deployment.notify()
