"""A pipeline behind an API that has no admin API of ours: it is watched by polling.

What its lists tell is played again by the engine, act by act, on a run to be read: who started when, which action
ended how. That is as much as can be known from outside; what the engine does not believe is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cp_teach.aws.client.admin_client import NoAdmin, Sender, Unreachable, admin_sender
from cp_teach.aws.client.remote_run import Connected
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.state import OPEN
from cp_teach.engine.rules.validation import Refused
from cp_teach.engine.run.action_result import ending
from cp_teach.engine.run.result import Change
from cp_teach.engine.run.run import Run
from cp_teach.pipeline import InvalidPipeline, Pipeline
from cp_teach.security.network.botocore_guard import restricted
from cp_teach.security.network.endpoints import EndpointRefused, address_of, is_aws, loopback, trust

DONE = ("Succeeded", "Failed", "Abandoned")


class Watched(Connected):
    """Like ``Connected``, by AWS's own operations alone. Failures cannot be planned, nor actions ended by hand."""

    _ids: list[str]

    def __init__(self, client: Any, name: str, *, trusted: bool = False) -> None:
        """Raises ``Unreachable`` for AWS, and for a server on another machine unless ``trusted`` is literally True."""
        self._trusted = trusted is True
        super().__init__(client, name)

    def _reach(self, client: Any) -> Sender:
        url = client.meta.endpoint_url
        try:
            if is_aws(address_of(url).host):
                admin_sender(client)  # raises unless a mock answers
            elif self._trusted:
                trust(url)
            else:
                loopback(url)
        except EndpointRefused as error:
            raise Unreachable(
                f"{error} A server without the admin API of cp_teach can be watched only on this machine, "
                "because requests to it are signed with your keys. If you trust it, use connect(…, trusted=True)."
            ) from error
        return _no_admin

    def _load(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            with restricted():
                self._read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "PipelineNotFoundException":
                raise LookupError(error.response["Error"]["Message"]) from error
            raise Unreachable(f"{self._client.meta.endpoint_url}: {error}") from error
        except BotoCoreError as error:
            raise Unreachable(f"No server answers at {self._client.meta.endpoint_url}: {error}") from error
        except EndpointRefused as error:
            raise Unreachable(str(error)) from error

    def _read(self) -> None:
        cp, name = self._client, self.name
        told = cp.get_pipeline(name=name)
        state = cp.get_pipeline_state(name=name)
        executions = _all(cp, "list_pipeline_executions", "pipelineExecutionSummaries", name)
        actions = _all(cp, "list_action_executions", "actionExecutionDetails", name)
        self._tokens = _tokens(state)
        self._ids = [
            each["pipelineExecutionId"] for each in sorted(executions, key=lambda each: each["startTime"])
        ]
        self.id = self.name
        birth = min((each["startTime"] for each in executions), default=state["created"])
        self.birth = min(birth, state["created"]).timestamp()
        self._mirror = Run(_pipeline(told["pipeline"]))
        for at, command in sorted(self._acts(executions, actions, state), key=lambda act: act[0]):
            self._mirror.resume(max(self._mirror.now, at), 0, 0)
            try:
                self._mirror.do(command)
            except Refused:
                continue  # the lists do not tell everything, such as who closed a door when
        self.journal = self._mirror.journal

    def _acts(self, executions: Any, actions: Any, state: Any) -> Iterator[tuple[float, c.Command]]:
        number = {identifier: index for index, identifier in enumerate(self._ids, start=1)}
        for each in executions:
            revisions = tuple(
                c.Revision(r["actionName"], r.get("revisionId", ""), r.get("revisionSummary", ""))
                for r in each.get("sourceRevisions", ())
            )
            known = {source.name for source in self._mirror.pipeline.sources}
            given = tuple(revision for revision in revisions if revision.action in known)
            trigger = each.get("trigger", {}).get("triggerType", "StartPipelineExecution")
            yield self._at(each["startTime"]), c.StartExecution(given, trigger)
            if each["status"] in ("Stopped", "Stopping"):
                reason = each.get("stopTrigger", {}).get("reason", "")
                yield (
                    self._at(each["lastUpdateTime"]),
                    c.StopExecution(number[each["pipelineExecutionId"]], True, reason),
                )
        for each in actions:
            if each["status"] in DONE and each["pipelineExecutionId"] in number:
                yield self._at(each["lastUpdateTime"]), _end(number[each["pipelineExecutionId"]], each)
        for stage in state["stageStates"]:
            door = stage.get("inboundTransitionState", {})
            if not door.get("enabled", True):
                when = self._at(door["lastChangedAt"]) if "lastChangedAt" in door else 0.0
                yield when, c.DisableTransition(stage["stageName"], door.get("disabledReason", "Closed."))

    def _at(self, when: Any) -> float:
        since: float = when.timestamp() - self.birth
        return max(0.0, since)

    def _look(self) -> list[Any]:
        before = [event for entry in self.journal for event in entry.events]
        doors = [stage.door in OPEN for stage in self.state.stages]
        self._load()
        now = [event for entry in self.journal for event in entry.events]
        if now != before or doors != [stage.door in OPEN for stage in self.state.stages]:
            self._news.add(Change("moved"))
        return now[len(before) :]

    def id_of(self, number: int) -> str:
        """The id of an execution."""
        return self._ids[number - 1]

    def follows_plans(self) -> bool:
        """False: without an admin API no failure can be planned."""
        return False

    def _token(self, number: int, stage: str, action: str) -> str:
        self._load()
        return self._tokens.get((stage, action), "00000000-0000-0000-0000-000000000000")

    def _admin(self, command: c.Command | Plan) -> None:
        raise Refused(
            "ValidationException",
            "AWS has no operation for this, and this server has no admin API.",
            "Its own workers decide how actions end.",
        )


def _no_admin(method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    raise NoAdmin("This server has no admin API.")


def _pipeline(structure: dict[str, Any]) -> Pipeline:
    from cp_teach.pipeline.formats.json_codec import read

    try:
        return Pipeline.from_aws(structure)
    except InvalidPipeline:
        return read(structure, Pipeline)[0]  # another server may have admitted what AWS would not


def _all(cp: Any, operation: str, key: str, name: str) -> list[dict[str, Any]]:
    """A list with all its pages; as many as a class-room pipeline has."""
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    for _ in range(20):
        told = getattr(cp, operation)(pipelineName=name, **token)
        found += told[key]
        if not told.get("nextToken"):
            break
        token = {"nextToken": told["nextToken"]}
    return found


def _tokens(state: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (stage["stageName"], action["actionName"]): action["latestExecution"]["token"]
        for stage in state["stageStates"]
        for action in stage.get("actionStates", ())
        if action.get("latestExecution", {}).get("token")
    }


def _end(number: int, each: dict[str, Any]) -> c.Command:
    kind = each.get("input", {}).get("actionTypeId", {})
    return ending(
        number,
        each["stageName"],
        each["actionName"],
        each["status"],
        approval=kind.get("category") == "Approval",
        result=each.get("output", {}).get("executionResult", {}),
    )
