"""A remote run: a pipeline behind AWS's API with the interface of a Run, so that a console can show and control it.

Commands are sent through AWS's own operations. The journal is read from the admin API, so changes by every client of
the service appear here.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cp_teach.aws.client.admin_client import Sender, admin_sender
from cp_teach.aws.client.command_requests import AdminPost, request_of
from cp_teach.aws.client.connection_errors import (
    AdminApiError,
    Unreachable,
    absence_message,
    refusal_of,
    sending_requests,
)
from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.ids import action_id, execution_id
from cp_teach.engine.model.state import State
from cp_teach.engine.queries.blocked_reason import Why
from cp_teach.engine.rules.validation import Refused
from cp_teach.engine.run.command_methods import CommandMethods
from cp_teach.engine.run.file_values import BadRunFile
from cp_teach.engine.run.listeners import ListenerQueue
from cp_teach.engine.run.result import Change, CommandResult
from cp_teach.engine.run.run import Run
from cp_teach.engine.run.run_file import decode, replay
from cp_teach.pipeline import Pipeline
from cp_teach.security.network.botocore_guard import confine

if TYPE_CHECKING:
    import pandas

WAIT = 0.5
"""Seconds between two requests for new journal entries while there are listeners."""


class RemoteRun(CommandMethods):
    """A pipeline behind the API. It cannot step back, because other clients may have seen what happened."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self.name = confine(client), name
        self.away = ""
        """Why the pipeline cannot be used; "" while it can."""
        self._send = self._connect(client)
        self._lock = threading.RLock()
        self._changes = ListenerQueue(name)
        self._listener_count = 0
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._load()

    def _connect(self, client: Any) -> Sender:
        return admin_sender(client)

    def _load(self) -> None:
        document = self._send("GET", f"journal/{self._path_name}", None)
        self.id = document.pop("run")
        self.birth = document.pop("birth")
        self._mirror: Run = decode({**document, "worker": {"kind": "by hand"}}, Run)
        self.journal: Journal = self._mirror.journal

    @property
    def _path_name(self) -> str:
        return quote(self.name, safe="")

    # -- reading -----------------------------------------------------------------------------------
    @property
    def state(self) -> State:
        """The state at the last refresh; while there are listeners, it is refreshed every ``WAIT`` seconds."""
        return self._mirror.state

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline's definition."""
        return self._mirror.pipeline

    @property
    def run(self) -> Run:
        """A local Run with the same journal, for reading only."""
        return self._mirror

    @property
    def history(self) -> History:
        """Executions, actions and artifacts."""
        return self._mirror.history

    @property
    def now(self) -> float:
        """Seconds since the pipeline was created."""
        return self._mirror.now

    def why(self, *, execution: int | None = None, stage: str | None = None) -> Why:
        """Why that execution or stage is not moving."""
        if self.state.newest or stage:
            return self._mirror.why(execution=execution, stage=stage)
        return Why("Nothing has been released yet.", "Release a change.")

    def follows_plans(self) -> bool:
        """True: failures are planned through the admin API."""
        return True

    def executions(self) -> pandas.DataFrame:
        """One row for each execution."""
        return self._mirror.executions()

    def actions(self) -> pandas.DataFrame:
        """One row for each time an action ran."""
        return self._mirror.actions()

    def events(self) -> pandas.DataFrame:
        """One row for each event."""
        return self._mirror.events()

    def refresh(self) -> list[Event]:
        """Read the journal entries since the last refresh; returns their events. Raises ``Unreachable``."""
        try:
            with self._lock:
                new_events = self._read_new_entries()
                self._set_away("")
        except Exception as error:
            self._set_away(absence_message(self.name, error))
            raise
        finally:
            self._changes.deliver()
        return new_events

    def _read_new_entries(self) -> list[Event]:
        position = self.journal.position
        document = self._send("GET", f"journal/{self._path_name}?after={position}", None)
        # A pipeline that was deleted and created again may have the same ID, but another birth time or a shorter
        # past.
        same = document["run"] == self.id and document.get("birth", self.birth) == self.birth
        if same and document["position"] >= position:
            return self._append(document["entries"], document["now"])
        self._load()
        self._changes.add(Change("moved"))
        return []

    def _set_away(self, reason: str) -> None:
        """Record why the pipeline cannot be used, and redraw the listeners if that has changed."""
        if reason != self.away:
            self.away = reason
            self._changes.add(Change("clock"))

    def _append(self, entries: list[Any], now: float) -> list[Event]:
        new_events: list[Event] = []
        for document in entries:
            replay(self._mirror, f"entry {self.journal.position + 1}", document)
            entry = self.journal[self.journal.position - 1]
            new_events += entry.events
            self._changes.add(Change("did", entry))
        if now > self._mirror.now:
            self._mirror.resume(now, self.journal.forks, 0)
            self._changes.add(Change("clock"))
        return new_events

    # -- commands ----------------------------------------------------------------------------------
    def do(self, command: c.Command | Plan, notes: c.Pairs = ()) -> CommandResult:
        """Send one command to the pipeline, through the AWS operation for it.

        Raises ``Refused``, and ``Unreachable`` if its server, or the mock that held it, is gone.
        """
        from botocore.exceptions import ClientError

        try:
            with sending_requests(self._client):
                request = request_of(command, self)
                if isinstance(request, AdminPost):
                    self._post(request)
                else:
                    getattr(self._client, request.operation)(**request.parameters)
        except (ClientError, AdminApiError) as error:
            self._refresh_after_refusal()
            raise refusal_of(error) from error
        except Unreachable:
            self._refresh_after_refusal()
            raise
        return CommandResult(self.refresh(), "")

    def _post(self, request: AdminPost) -> None:
        self._send("POST", f"{request.kind}/{self._path_name}", request.body)

    def _refresh_after_refusal(self) -> None:
        """Refresh, so that a console shows if the pipeline is gone as well. The refusal is what is reported."""
        with contextlib.suppress(Unreachable, AdminApiError, LookupError, BadRunFile):
            self.refresh()

    def tick(self, seconds: float) -> CommandResult:
        """Advance the service's clock by that many seconds."""
        self._send("POST", "tick", {"seconds": seconds})
        return CommandResult(self.refresh(), "Time has passed; nothing happened.")

    def id_of(self, number: int) -> str:
        """The ID of an execution."""
        return execution_id(self.id, number)

    def approval_token(self, number: int, stage: str, action: str) -> str:
        """The token of an approval that is waiting. Raises ``Refused`` if the action has not started."""
        row = self.history.newest.get((number, stage, action))
        if row is None:
            raise Refused(
                "InvalidApprovalTokenException",
                f"{action} in {stage} is not waiting for an approval of execution {number}.",
                "Wait until it starts.",
            )
        identifier = action_id(self.id, number, row.fork, row.position, stage, action)
        # Where real work is done, the token is not the action execution's ID but a secret that GetPipelineState shows.
        for stage_state in self._client.get_pipeline_state(name=self.name)["stageStates"]:
            for state in stage_state.get("actionStates", ()) if stage_state["stageName"] == stage else ():
                latest = state.get("latestExecution", {})
                if state["actionName"] == action and latest.get("actionExecutionId") == identifier:
                    return str(latest.get("token", "")) or identifier
        return identifier

    # -- listening ---------------------------------------------------------------------------------
    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` after each change, whichever client makes it. Returns a function that ends this."""
        unsubscribe = self._changes.listen(listener)
        with self._lock:
            self._listener_count += 1
            if self._thread is None:
                self._stop = threading.Event()
                self._thread = threading.Thread(target=self._poll, args=(self._stop,), daemon=True)
                self._thread.start()

        def end() -> None:
            unsubscribe()
            with self._lock:
                self._listener_count -= 1
                if not self._listener_count:
                    self._stop.set()
                    self._thread = None

        return end

    def _poll(self, stop: threading.Event) -> None:
        while not stop.wait(WAIT):
            # The failure can be temporary; ``away`` holds the reason.
            with contextlib.suppress(Exception):
                self.refresh()

    def __repr__(self) -> str:
        return f"<{self.name} behind {self._client.meta.endpoint_url}: {self.state.newest} executions>"
