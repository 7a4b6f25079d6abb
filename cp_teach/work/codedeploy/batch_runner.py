"""How a deployment works through its instances, and writes down what became of each event."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Literal

from cp_teach.work.codedeploy.agent import Agent, EventFailed, Order, StoppedHere
from cp_teach.work.codedeploy.deployment import Deployment, Error, Event, Status, Target
from cp_teach.work.codedeploy.deployment_configuration import Outcome, plan
from cp_teach.work.codedeploy.deployment_group import Group

AT_ONCE = 8
"""How many instances work at the same moment: the others of a batch wait for a place."""


class Batches:
    """The instances of one deployment. Every status is changed here, and told."""

    def __init__(self, group: Group, deployment: Deployment, order: Order) -> None:
        self.group, self.fleet = group, group.fleet
        self.deployment, self.order = deployment, order

    def aim(
        self, names: Sequence[str], events: Sequence[str], label: Literal["", "Blue", "Green"] = ""
    ) -> None:
        """These instances have these events before them."""
        for name in names:
            self.deployment.targets[name] = Target(name, [Event(event) for event in events], label)
        healthy = {each.name for each in self.group.standing(tuple(names)) if each.healthy}
        with self.deployment.lock:
            self.deployment.healthy |= healthy
            self.deployment.tell()

    def work(self, names: tuple[str, ...], events: Sequence[str] = ()) -> bool:
        """Deploy to these instances in batches, as the configuration has it. False when that failed."""
        standing = self.group.standing(names)
        outcomes: dict[str, Outcome] = {}
        while True:
            turn = plan(standing, self.group.rule, outcomes)
            if turn.verdict:
                if turn.verdict == "Failed":
                    self.skip()
                    self.turn("Failed", turn.error, turn.message)
                return turn.verdict == "Succeeded"
            with ThreadPoolExecutor(min(AT_ONCE, len(turn.deploy)), "deploy") as pool:
                work = {name: pool.submit(self.one, name, events) for name in turn.deploy}
                try:
                    done, _ = wait(work.values(), return_when=FIRST_EXCEPTION)
                    if any(each.exception() for each in done):
                        self.order.stop.set()
                except BaseException:  # Ctrl-C must not wait until the others' scripts end by themselves
                    self.order.stop.set()
                    raise
            # Here all of them have ended: what one raised is raised only now.
            outcomes |= {name: "Succeeded" if each.result() else "Failed" for name, each in work.items()}

    def one(self, name: str, events: Sequence[str] = ()) -> bool:
        """Let the events of one instance happen, or those of ``events``. False when one failed."""
        self._stop_here()
        target = self.deployment.targets[name]
        agent = Agent(self.fleet[name], self.order)
        chosen = [event for event in target.events if not events or event.name in events]
        whole = target.events[-1] is chosen[-1]
        with self.deployment.lock:
            target.status = "InProgress"
            if target.label != "Blue":  # should the program be ended now, nobody may take it for healthy
                agent.instance.seen(self.group.id).healthy = False
                self.deployment.healthy.discard(name)
                agent.instance.save()
            self.deployment.tell()
        try:
            for event in chosen:
                self._stop_here()
                self._event(agent, event, end=whole and event is chosen[-1] and target.label != "Blue")
        except EventFailed:
            self._end(target, good=False)
            return False
        except StoppedHere:
            self._end(target, good=False)
            raise
        if whole:
            self._end(target, good=True)
        return True

    def skip(self) -> None:
        """Nothing that has not begun will begin; nobody knows of what has not ended."""
        with self.deployment.lock:
            for target in self.deployment.targets.values():
                waiting = [event for event in target.events if event.status == "Pending"]
                for event in target.events:
                    if event.status in ("Pending", "InProgress"):
                        event.status = "Skipped" if event.status == "Pending" else "Unknown"
                if target.status in ("Pending", "InProgress"):  # half of the way went well: who knows
                    target.status = "Skipped" if len(waiting) == len(target.events) else "Unknown"

    def turn(self, status: Status, error: Error = "", message: str = "") -> None:
        """The deployment as a whole has a new status."""
        with self.deployment.lock:
            self.deployment.status, self.deployment.error = status, error
            self.deployment.message = message
            self.look()

    def look(self) -> None:
        """See who has the traffic, and tell."""
        with self.deployment.lock:
            self.deployment.serving = self.fleet.serving
            self.deployment.tell()

    def _stop_here(self) -> None:
        if self.order.stop.is_set():
            raise StoppedHere

    def _event(self, agent: Agent, event: Event, *, end: bool) -> None:
        with self.deployment.lock:
            event.status = "InProgress"
            self.deployment.tell()

        def say(line: str) -> None:
            with self.deployment.lock:
                event.say(line)

        try:
            agent.event(event.name, say)
            if event.name in ("BlockTraffic", "AllowTraffic"):
                self._traffic(agent.instance.name, event.name == "AllowTraffic")
            if end:
                agent.event("End", say)
        except (EventFailed, StoppedHere) as error:
            with self.deployment.lock:
                event.status, event.code = "Failed", "UnknownError"
                event.message = str(error) or "The deployment was stopped."
                if isinstance(error, EventFailed):
                    event.code, event.script = error.code, error.script
                self.deployment.tell()
            raise
        with self.deployment.lock:
            event.status, event.code = "Succeeded", "Success"
            self.deployment.tell()

    def _traffic(self, name: str, allow: bool) -> None:
        with self.fleet.lock:
            serving = set(self.fleet.serving) - {name}
            self.fleet.serve(serving | {name} if allow else serving)
        self.look()

    def _end(self, target: Target, *, good: bool) -> None:
        """What a deployment to an instance says of its health: user guide, instances-health."""
        instance = self.fleet[target.instance]
        with self.deployment.lock:
            target.status = "Succeeded" if good else "Failed"
            for event in target.events:
                if event.status == "Pending":
                    event.status = "Skipped"
            if target.label != "Blue":  # nothing was installed on an original
                seen = instance.seen(self.group.id)
                current = seen.revision == self.group.revision
                seen.healthy = good
                if good:
                    self.deployment.healthy.add(target.instance)
                seen.revision = self.deployment.revision if good else "" if current else seen.revision
                instance.save()
            self.deployment.tell()
