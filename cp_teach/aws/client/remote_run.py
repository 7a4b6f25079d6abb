"""``cp_teach.connect(client, name)``: a pipeline behind the API, as a thing like a Run.

It has ``state``, ``journal``, ``do`` and ``listen``, so a console shows it; what is asked of it goes through AWS's own
operations, and what happens there, whoever asked, shows here.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from cp_teach.aws.client.admin_client import NoAdmin, Sender, Unreachable, Wrong, admin_sender
from cp_teach.aws.client.connection_errors import absence_message, refusal_of
from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.failure_plan import Heal, Inject, Plan
from cp_teach.engine.model.ids import action_id, execution_id
from cp_teach.engine.model.state import State
from cp_teach.engine.queries.blocked_reason import Why
from cp_teach.engine.rules.validation import Refused
from cp_teach.engine.run.command_methods import Acts
from cp_teach.engine.run.listeners import News
from cp_teach.engine.run.result import Change, Happened
from cp_teach.engine.run.run import Run
from cp_teach.engine.run.run_file import BadRunFile, decode, replay
from cp_teach.pipeline import Pipeline
from cp_teach.security.network.botocore_guard import confine, restricted
from cp_teach.security.network.endpoints import EndpointRefused

WAIT = 0.5
"""Seconds between two looks while somebody listens."""


class Connected(Acts):
    """A pipeline that lives behind the API. Stepping back is off: others may have seen what happened."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self.name = confine(client), name
        self.away = ""  # why it cannot be used, if it or its service is gone; else ""
        self._send = self._reach(client)
        self._lock = threading.RLock()
        self._news = News(name)
        self._listeners = 0
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._load()

    def _reach(self, client: Any) -> Sender:
        return admin_sender(client)

    def _load(self) -> None:
        told = self._send("GET", f"journal/{quote(self.name, safe='')}", None)
        self.id = told.pop("run")
        self.birth = told.pop("birth")
        self._mirror: Run = decode({**told, "worker": {"kind": "by hand"}}, Run)
        self.journal: Journal = self._mirror.journal

    # -- reading -----------------------------------------------------------------------------------
    @property
    def state(self) -> State:
        """The state, as it was when last looked at; while somebody listens that is now."""
        return self._mirror.state

    @property
    def pipeline(self) -> Pipeline:
        """The blueprint."""
        return self._mirror.pipeline

    @property
    def run(self) -> Run:
        """A Run that tells the same, to be read: what the checks of the course look at."""
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
        return (
            self._mirror.why(execution=execution, stage=stage) if self.state.last or stage else why_nothing()
        )

    def follows_plans(self) -> bool:
        """True: failures are planned through the admin API."""
        return True

    def executions(self) -> Any:
        """One row for each execution (a pandas frame)."""
        return self._mirror.executions()

    def actions(self) -> Any:
        """One row for each time an action ran (a pandas frame)."""
        return self._mirror.actions()

    def events(self) -> Any:
        """One row for each event (a pandas frame)."""
        return self._mirror.events()

    def refresh(self) -> list[Any]:
        """Look what has happened; the new events. Raises ``Unreachable``."""
        try:
            with self._lock:
                new = self._look()
                self._found("")
        except Exception as error:
            self._found(absence_message(self.name, error))
            raise
        finally:
            self._news.tell()
        return new

    def _look(self) -> list[Any]:
        place, position = quote(self.name, safe=""), self.journal.position
        told = self._send("GET", f"journal/{place}?after={position}", None)
        # A pipeline that was deleted and created again may have the same ID, but another birth time or a shorter
        # past.
        same = told["run"] == self.id and told.get("birth", self.birth) == self.birth
        if same and told["position"] >= position:
            return self._gain(told)
        self._load()
        self._news.add(Change("moved"))
        return []

    def _found(self, away: str) -> None:
        """Record whether the pipeline is still there, and redraw the listeners if that has changed."""
        if away != self.away:
            self.away = away
            self._news.add(Change("clock"))

    def _gain(self, told: dict[str, Any]) -> list[Any]:
        new: list[Any] = []
        for raw in told["entries"]:
            replay(self._mirror, f"entry {self.journal.position + 1}", raw)
            entry = self.journal[self.journal.position - 1]
            new += entry.events
            self._news.add(Change("did", entry))
        if told["now"] > self._mirror.now:
            self._mirror.resume(told["now"], self.journal.forks, 0)
            self._news.add(Change("clock"))
        return new

    # -- doing -------------------------------------------------------------------------------------
    def do(self, command: c.Command | Plan, notes: c.Pairs = ()) -> Happened:
        """Send one command to the pipeline, through the AWS operation for it.

        Raises ``Refused``, and ``Unreachable`` if its server, or the mock that held it, is gone.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            with restricted():
                self._ask_aws(command)
        except (ClientError, Wrong) as error:
            self._look_again()
            raise refusal_of(error) from error
        except EndpointRefused as error:
            self._look_again()
            raise Unreachable(str(error)) from error
        except BotoCoreError as error:
            self._look_again()
            raise Unreachable(f"No server answers at {self._client.meta.endpoint_url}: {error}") from error
        return Happened(self.refresh(), "")

    def _look_again(self) -> None:
        """Refresh after a refusal, so that the console shows if the pipeline is gone as well. The refusal is what is
        reported."""
        with contextlib.suppress(Unreachable, Wrong, LookupError, BadRunFile):
            self.refresh()

    def _ask_aws(self, command: c.Command | Plan) -> None:
        cp, name = self._client, self.name
        match command:
            case c.StartExecution(variables=variables, overrides=overrides):
                more: dict[str, Any] = {}
                if variables:
                    more["variables"] = [{"name": key, "value": value} for key, value in variables]
                if overrides:
                    more["sourceRevisions"] = [
                        {"actionName": o.action, "revisionType": o.type, "revisionValue": o.value}
                        for o in overrides
                    ]
                cp.start_pipeline_execution(name=name, **more)
            case c.EnableTransition(stage):
                cp.enable_stage_transition(pipelineName=name, stageName=stage, transitionType="Inbound")
            case c.DisableTransition(stage, reason):
                cp.disable_stage_transition(
                    pipelineName=name, stageName=stage, transitionType="Inbound", reason=reason
                )
            case c.PutApprovalResult(number, stage, action, status, summary):
                cp.put_approval_result(
                    pipelineName=name,
                    stageName=stage,
                    actionName=action,
                    result={"summary": summary, "status": status},
                    token=self._token(number, stage, action),
                )
            case c.RetryStage(number, stage, mode):
                cp.retry_stage_execution(
                    pipelineName=name, stageName=stage, pipelineExecutionId=self.id_of(number), retryMode=mode
                )
            case c.StopExecution(number, abandon, reason):
                cp.stop_pipeline_execution(
                    pipelineName=name, pipelineExecutionId=self.id_of(number), abandon=abandon, reason=reason
                )
            case c.OverrideCondition(number, stage, condition):
                cp.override_stage_condition(
                    pipelineName=name,
                    stageName=stage,
                    pipelineExecutionId=self.id_of(number),
                    conditionType=condition,
                )
            case c.RollbackStage(stage, target):
                cp.rollback_stage(
                    pipelineName=name, stageName=stage, targetPipelineExecutionId=self.id_of(target)
                )
            case c.EditPipeline(pipeline):
                cp.update_pipeline(pipeline=pipeline.to_aws())
            case c.DeletePipeline():
                cp.delete_pipeline(name=name)
            case _:
                self._admin(command)

    def _admin(self, command: c.Command | Plan) -> None:
        """What AWS has no operation for goes through the admin API."""
        place = quote(self.name, safe="")
        match command:
            case Inject() | Heal():
                what = "inject" if isinstance(command, Inject) else "heal"
                self._send("POST", f"{what}/{place}", command._asdict())
            case c.FinishAction(number, stage, action, failure, message, external, variables):
                told = {
                    "execution": number,
                    "stage": stage,
                    "action": action,
                    "failure": failure,
                    "message": message,
                }
                self._send(
                    "POST", f"finish/{place}", {**told, "external_id": external, "variables": dict(variables)}
                )
            case c.TimeOut(number, stage, action):
                told = {"execution": number, "stage": stage, "action": action, "failure": "TimedOut"}
                self._send("POST", f"finish/{place}", told)
            case c.FinishRule(number, stage, rule, met, message):
                told = {"execution": number, "stage": stage, "rule": rule, "message": message}
                self._send("POST", f"finish/{place}", {**told, "failure": "" if met else "JobFailed"})
            case _:
                raise Refused(
                    "ValidationException", f"{type(command).__name__} is the clock's to say.", "Use tick()."
                )

    def tick(self, seconds: float) -> Happened:
        """Let seconds pass on the service's clock."""
        self._send("POST", "tick", {"seconds": seconds})
        return Happened(self.refresh(), "Time has passed; nothing happened.")

    def id_of(self, number: int) -> str:
        """The id of an execution."""
        return execution_id(self.id, number)

    def _token(self, number: int, stage: str, action: str) -> str:
        row = self.history.newest.get((number, stage, action))
        if row is None:
            raise Refused(
                "InvalidApprovalTokenException", f"{action} in {stage} has not asked execution {number} yet."
            )
        identifier = action_id(self.id, number, row.fork, row.position, stage, action)
        return self._shown_token(stage, action, identifier) or identifier

    def _shown_token(self, stage: str, action: str, identifier: str) -> str:
        """The token that GetPipelineState shows for that action execution; where real work is done, it is secret."""
        for each in self._client.get_pipeline_state(name=self.name)["stageStates"]:
            for state in each.get("actionStates", ()) if each["stageName"] == stage else ():
                latest = state.get("latestExecution", {})
                if state["actionName"] == action and latest.get("actionExecutionId") == identifier:
                    return str(latest.get("token", ""))
        return ""

    # -- listening ---------------------------------------------------------------------------------
    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` after each change, whoever made it. Returns a function that ends it."""
        stop = self._news.listen(listener)
        with self._lock:
            self._listeners += 1
            if self._thread is None:
                self._stop = threading.Event()
                self._thread = threading.Thread(target=self._follow, args=(self._stop,), daemon=True)
                self._thread.start()

        def end() -> None:
            stop()
            with self._lock:
                self._listeners -= 1
                if not self._listeners:
                    self._stop.set()
                    self._thread = None

        return end

    def _follow(self, stop: threading.Event) -> None:
        while not stop.wait(WAIT):
            with contextlib.suppress(
                Exception
            ):  # a temporary or permanent failure; ``away`` holds the reason
                self.refresh()

    def __repr__(self) -> str:
        return f"<{self.name} behind {self._client.meta.endpoint_url}: {self.state.last} executions>"


def why_nothing() -> Why:
    """Why nothing moves in a pipeline that nobody has used."""
    return Why("Nothing has been released yet.", "Release a change.")


def connect(client: Any, name: str, *, trusted: bool = False) -> Connected:
    """A thing like a Run for the pipeline ``name`` that the boto3 ``client`` reaches.

    >>> console = Console(connect(client, "demo"))  # doctest: +SKIP

    From then on, the client is restricted to this machine and to proven cp-teach servers; a request to any other
    address is refused. A server without the admin API is polled. That server must be on this machine, unless
    ``trusted=True`` is given. AWS itself is refused even then. Raises ``LookupError`` if there is no such pipeline,
    and ``Unreachable`` if no server answers or the address is not allowed.
    """
    try:
        return Connected(client, name)
    except Wrong as error:
        raise LookupError(str(error)) from error
    except NoAdmin:
        from cp_teach.aws.client.polling_run import Watched

        return Watched(client, name, trusted=trusted)
