"""One line of an export: a run of an action, or an execution, with its fields checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

ENDED = ("Succeeded", "Failed")
"""An action that ended by itself."""
STATUSES = ("InProgress", "Abandoned", *ENDED)
EXECUTION_STATUSES = ("InProgress", "Stopping", "Stopped", "Succeeded", "Superseded", "Failed", "Cancelled")


class BadHistory(ValueError):
    """An export that cannot be read; the message says which entry, which field, and what to do."""


@dataclass(frozen=True)
class ActionEntry:
    """One run of one action. Times are epoch seconds; ``ended`` is None while it runs."""

    number: int
    """Which entry of the export it was, from 1."""
    id: str
    execution: str
    stage: str
    action: str
    status: str
    started: float
    ended: float | None
    version: int = 0
    category: str = ""
    input: dict[str, Any] = field(default_factory=dict, compare=False)
    output: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """Stage/Action."""
        return f"{self.stage}/{self.action}"

    @property
    def minutes(self) -> float | None:
        """How long it took, in minutes; None while it runs."""
        return None if self.ended is None else (self.ended - self.started) / 60

    @property
    def result(self) -> dict[str, Any]:
        """AWS's executionResult; empty where none was told."""
        found = self.output.get("executionResult")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class ExecutionEntry:
    """One execution. ``number`` is 0 where it is known from its actions alone."""

    number: int
    id: str
    status: str
    """AWS's word; empty where it is not known."""
    started: float
    updated: float
    trigger: str = "StartPipelineExecution"
    mode: str = ""
    target: str = ""
    """The id of the execution that a rollback goes back to; empty for what is no rollback."""
    reason: str = ""
    """Why it was stopped."""
    revisions: tuple[tuple[str, str, str], ...] = ()
    """(source action, revision id, message)."""


EARLIEST, LATEST = 0.0, 7_258_118_400.0
"""1970 and 2200, in seconds since 1970: the range that pandas and time zones support."""


class Reader:
    """Makes entries of what an export tells, and collects all that is wrong with it."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.unzoned = 0
        """How many times had no time zone and were taken for UTC."""

    def action(self, number: int, told: Any) -> ActionEntry | None:
        """An entry of actionExecutionDetails; None where it is incomplete."""
        look = _Look(self, f"action entry {number}", told)
        execution = look.text("pipelineExecutionId")
        stage, action = look.text("stageName"), look.text("actionName")
        status = look.word("status", STATUSES)
        started = look.time("startTime")
        running = status == "InProgress"
        ended = None if running else look.time("lastUpdateTime")
        if started is not None and ended is not None and ended < started:
            look.complain("lastUpdateTime", "is before startTime")
        if look.bad:
            return None
        assert started is not None
        inside = look.part("input")
        kind = inside.get("actionTypeId") or {}
        version = told.get("pipelineVersion")
        return ActionEntry(
            number,
            str(told.get("actionExecutionId") or ""),
            execution,
            stage,
            action,
            status,
            started,
            ended,
            version if isinstance(version, int) else 0,
            str(kind.get("category") or "") if isinstance(kind, dict) else "",
            inside,
            look.part("output"),
        )

    def execution(self, number: int, told: Any) -> ExecutionEntry | None:
        """An entry of pipelineExecutionSummaries; None where it is incomplete."""
        look = _Look(self, f"execution entry {number}", told)
        identifier = look.text("pipelineExecutionId")
        status = look.word("status", EXECUTION_STATUSES)
        started = look.time("startTime")
        updated = look.time("lastUpdateTime") if look.has("lastUpdateTime") else started
        if look.bad:
            return None
        assert started is not None
        assert updated is not None
        sources = told.get("sourceRevisions")
        return ExecutionEntry(
            number,
            identifier,
            status,
            started,
            updated,
            str(look.part("trigger").get("triggerType") or "StartPipelineExecution"),
            str(told.get("executionMode") or ""),
            str(look.part("rollbackMetadata").get("rollbackTargetPipelineExecutionId") or ""),
            str(look.part("stopTrigger").get("reason") or ""),
            tuple(
                (
                    str(one["actionName"]),
                    str(one.get("revisionId") or ""),
                    str(one.get("revisionSummary") or ""),
                )
                for one in (sources if isinstance(sources, list) else ())
                if isinstance(one, dict) and one.get("actionName")
            ),
        )

    def seconds(self, value: Any) -> float | None:
        """Epoch seconds of a time as boto3 (datetime), the CLI (ISO 8601) or plain JSON (a number) gives it."""
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return None
        if isinstance(value, datetime):
            if value.tzinfo is None:
                self.unzoned += 1
                value = value.replace(tzinfo=UTC)
            value = value.timestamp()
        if isinstance(value, bool) or not isinstance(value, int | float) or not EARLIEST <= value <= LATEST:
            return None
        return float(value)


class _Look:
    """Looks into one entry."""

    def __init__(self, reader: Reader, where: str, told: Any) -> None:
        self._reader, self._where = reader, where
        self._told: dict[str, Any] = told if isinstance(told, dict) else {}
        self.bad = False
        if not isinstance(told, dict):
            self._say(f"{where} is {told!r:.40}, not an object with fields")

    def has(self, field: str) -> bool:
        return self._told.get(field) is not None

    def text(self, field: str) -> str:
        found = self._told.get(field)
        if isinstance(found, str) and found:
            return found
        self.complain(field, "is missing" if not self.has(field) else f"is {found!r:.40}, not a text")
        return ""

    def word(self, field: str, known: tuple[str, ...]) -> str:
        found = self.text(field)
        if found and found not in known:
            self.complain(field, f"is {found!r:.40}, which is none of {', '.join(known)}")
        return found

    def time(self, field: str) -> float | None:
        if not self.has(field):
            self.complain(field, "is missing")
            return None
        found = self._reader.seconds(self._told[field])
        if found is None:
            self.complain(
                field,
                f"is {self._told[field]!r:.40}, not a time such as 2026-05-04T09:30:00+02:00 or seconds since 1970",
            )
        return found

    def part(self, field: str) -> dict[str, Any]:
        found = self._told.get(field)
        return found if isinstance(found, dict) else {}

    def complain(self, field: str, what: str) -> None:
        self._say(f"{self._where}: {field} {what}")

    def _say(self, words: str) -> None:
        self.bad = True
        if words not in self._reader.wrong:
            self._reader.wrong.append(words)
