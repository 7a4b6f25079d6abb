"""A remote run for a server without the admin API: the pipeline is read by polling AWS's list operations.

A local run replays the lists: when executions started, and how their actions ended. The lists do not contain all
commands, so a replayed command that the engine refuses is left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from cp_teach.aws.client.admin_client import Sender, admin_sender
from cp_teach.aws.client.command_requests import AdminPost
from cp_teach.aws.client.connection_errors import NoAdminApi, Unreachable, sending_requests
from cp_teach.aws.client.remote_run import RemoteRun
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.state import SHOWN_AS_ENABLED
from cp_teach.engine.rules.validation import Refused
from cp_teach.engine.run.action_result import command_for_result
from cp_teach.engine.run.result import Change
from cp_teach.engine.run.run import Run
from cp_teach.pipeline import InvalidPipeline, Pipeline
from cp_teach.pipeline.formats.json_codec import read
from cp_teach.pipeline.revision_summary import commit_message
from cp_teach.security.network.endpoints import (
    EndpointRefused,
    address_of,
    is_aws,
    require_loopback,
    trust_server,
)

DONE = ("Succeeded", "Failed", "Abandoned")
NO_TOKEN = "00000000-0000-0000-0000-000000000000"
PAGES = 20
"""Maximum number of pages that are read of each list."""


class PollingRun(RemoteRun):
    """Like ``RemoteRun``, with AWS's operations alone: failures cannot be planned, nor actions completed by hand."""

    _ids: list[str]

    def __init__(self, client: Any, name: str, *, trusted: bool = False) -> None:
        """Raises ``Unreachable`` for AWS, and for a server on another machine unless ``trusted`` is literally True."""
        self._trusted = trusted is True
        super().__init__(client, name)

    def _connect(self, client: Any) -> Sender:
        url = client.meta.endpoint_url
        try:
            if is_aws(address_of(url).host):
                admin_sender(client)  # raises unless a mock answers
            elif self._trusted:
                trust_server(url)
            else:
                require_loopback(url)
        except EndpointRefused as error:
            raise Unreachable(
                f"{error} A server without the admin API of cp_teach can be watched only on this machine, "
                "because requests to it are signed with your keys. If you trust it, use connect(…, trusted=True)."
            ) from error
        return _no_admin_api

    def _load(self) -> None:
        from botocore.exceptions import ClientError

        try:
            with sending_requests(self._client):
                self._read()
        except ClientError as error:
            if error.response["Error"]["Code"] == "PipelineNotFoundException":
                raise LookupError(error.response["Error"]["Message"]) from error
            raise Unreachable(f"{self._client.meta.endpoint_url}: {error}") from error

    def _read(self) -> None:
        definition = self._client.get_pipeline(name=self.name)["pipeline"]
        state = self._client.get_pipeline_state(name=self.name)
        executions = self._list("list_pipeline_executions", "pipelineExecutionSummaries")
        actions = self._list("list_action_executions", "actionExecutionDetails")
        self._tokens = _tokens(state)
        executions.sort(key=lambda summary: summary["startTime"])
        self._ids = [summary["pipelineExecutionId"] for summary in executions]
        self.id = self.name
        birth = min([state["created"], *(summary["startTime"] for summary in executions)])
        self.birth = birth.timestamp()
        self._mirror = Run(_pipeline(definition))
        for at, command in sorted(self._commands(executions, actions, state), key=lambda pair: pair[0]):
            self._mirror.resume(max(self._mirror.now, at), 0, 0)
            try:
                self._mirror.do(command)
            except Refused:
                continue  # something that is not in the lists happened, such as a transition that was enabled
        self.journal = self._mirror.journal

    def _list(self, operation: str, key: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator(operation).paginate(pipelineName=self.name)
        return [item for page in itertools.islice(pages, PAGES) for item in page[key]]

    def _commands(self, executions: Any, actions: Any, state: Any) -> Iterator[tuple[float, c.Command]]:
        """The commands that explain the lists, each with its time in seconds since the pipeline's birth."""
        numbers = {identifier: index for index, identifier in enumerate(self._ids, start=1)}
        sources = {source.name for source in self._mirror.pipeline.sources}
        for summary in executions:
            revisions = tuple(
                c.Revision(
                    r["actionName"], r.get("revisionId", ""), commit_message(r.get("revisionSummary", ""))
                )
                for r in summary.get("sourceRevisions", ())
                if r["actionName"] in sources
            )
            trigger = summary.get("trigger", {}).get("triggerType", "StartPipelineExecution")
            yield self._at(summary["startTime"]), c.StartExecution(revisions, trigger)
            if summary["status"] in ("Stopped", "Stopping"):
                reason = summary.get("stopTrigger", {}).get("reason", "")
                number = numbers[summary["pipelineExecutionId"]]
                yield self._at(summary["lastUpdateTime"]), c.StopExecution(number, True, reason)
        for detail in actions:
            if detail["status"] in DONE and detail["pipelineExecutionId"] in numbers:
                number = numbers[detail["pipelineExecutionId"]]
                yield self._at(detail["lastUpdateTime"]), _result(number, detail)
        for stage in state["stageStates"]:
            transition = stage.get("inboundTransitionState", {})
            if not transition.get("enabled", True):
                at = self._at(transition["lastChangedAt"]) if "lastChangedAt" in transition else 0.0
                reason = transition.get("disabledReason", "Closed.")
                yield at, c.DisableTransition(stage["stageName"], reason)

    def _at(self, when: Any) -> float:
        since: float = when.timestamp() - self.birth
        return max(0.0, since)

    def _read_new_entries(self) -> list[Event]:
        before, transitions = self._events(), self._enabled_transitions()
        self._load()
        events = self._events()
        if events != before or transitions != self._enabled_transitions():
            self._changes.add(Change("moved"))
        return events[len(before) :]

    def _events(self) -> list[Event]:
        return [event for entry in self.journal for event in entry.events]

    def _enabled_transitions(self) -> list[bool]:
        return [stage.transition in SHOWN_AS_ENABLED for stage in self.state.stages]

    def id_of(self, number: int) -> str:
        """The ID of an execution."""
        return self._ids[number - 1]

    def follows_plans(self) -> bool:
        """False: without an admin API no failure can be planned."""
        return False

    def approval_token(self, number: int, stage: str, action: str) -> str:
        """The token that GetPipelineState shows for the action; if there is none, one that no approval has."""
        self._load()
        return self._tokens.get((stage, action), NO_TOKEN)

    def _post(self, request: AdminPost) -> None:
        raise Refused(
            "ValidationException",
            "AWS has no operation for this, and this server has no admin API.",
            "Its own workers decide how actions end.",
        )


def _no_admin_api(method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    raise NoAdminApi("This server has no admin API.")


def _pipeline(structure: dict[str, Any]) -> Pipeline:
    try:
        return Pipeline.from_aws(structure)
    except InvalidPipeline:
        return read(structure, Pipeline)[0]  # another server may accept a structure that AWS would not


def _tokens(state: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (stage["stageName"], action["actionName"]): action["latestExecution"]["token"]
        for stage in state["stageStates"]
        for action in stage.get("actionStates", ())
        if action.get("latestExecution", {}).get("token")
    }


def _result(number: int, detail: dict[str, Any]) -> c.Command:
    action_type = detail.get("input", {}).get("actionTypeId", {})
    return command_for_result(
        number,
        detail["stageName"],
        detail["actionName"],
        detail["status"],
        approval=action_type.get("category") == "Approval",
        result=detail.get("output", {}).get("executionResult", {}),
    )
