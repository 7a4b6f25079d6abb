"""Entries of an export: a run of an action, or an execution, with checked fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cp_teach.pipeline.revision_summary import commit_message

ENDED = ("Succeeded", "Failed")
"""The statuses of an action that ended by itself."""
STATUSES = ("InProgress", "Abandoned", *ENDED)
EXECUTION_STATUSES = ("InProgress", "Stopping", "Stopped", "Succeeded", "Superseded", "Failed", "Cancelled")
EARLIEST, LATEST = 0.0, 7_258_118_400.0
"""1970 and 2200, in seconds since 1970: the range that pandas and time zones support."""


class BadHistory(ValueError):
    """An export cannot be read; the message says which entry, which field, and what to do."""


@dataclass(frozen=True)
class ActionEntry:
    """A run of an action. Times are epoch seconds; ``ended`` is None while it is in progress."""

    number: int
    """Its position in the export, from 1."""
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
        """Its duration in minutes; None while it is in progress."""
        return None if self.ended is None else (self.ended - self.started) / 60

    @property
    def result(self) -> dict[str, Any]:
        """AWS's executionResult, or an empty dict."""
        result = self.output.get("executionResult")
        return result if isinstance(result, dict) else {}


@dataclass(frozen=True)
class ExecutionEntry:
    """An execution. ``number`` is its position in the export, or 0 if only its actions are recorded."""

    number: int
    id: str
    status: str
    """The status in AWS; empty if it is not recorded."""
    started: float
    updated: float
    trigger: str = "StartPipelineExecution"
    mode: str = ""
    target: str = ""
    """For a rollback, the id of the execution that it restores; else empty."""
    reason: str = ""
    """The reason for stopping it."""
    revisions: tuple[tuple[str, str, str], ...] = ()
    """(source action, revision id, message)."""


class EntryParser:
    """Makes entries of the objects in an export, and collects their problems."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.unzoned = 0
        """The number of times without a time zone, which are read as UTC."""

    def parse_action(self, number: int, data: object) -> ActionEntry | None:
        """Parse an entry of actionExecutionDetails; None if it is incomplete."""
        fields = _Fields(self, f"action entry {number}", data)
        execution = fields.text("pipelineExecutionId")
        stage, action = fields.text("stageName"), fields.text("actionName")
        status = fields.text("status", STATUSES)
        started = fields.time("startTime")
        ended = None if status == "InProgress" else fields.time("lastUpdateTime")
        if started is not None and ended is not None and ended < started:
            fields.report(": lastUpdateTime is before startTime")
        if fields.bad or started is None:
            return None
        details = fields.mapping("input")
        kind = details.get("actionTypeId")
        version = fields.data.get("pipelineVersion")
        return ActionEntry(
            number,
            str(fields.data.get("actionExecutionId") or ""),
            execution,
            stage,
            action,
            status,
            started,
            ended,
            version if isinstance(version, int) else 0,
            str(kind.get("category") or "") if isinstance(kind, dict) else "",
            details,
            fields.mapping("output"),
        )

    def parse_execution(self, number: int, data: object) -> ExecutionEntry | None:
        """Parse an entry of pipelineExecutionSummaries; None if it is incomplete."""
        fields = _Fields(self, f"execution entry {number}", data)
        identifier = fields.text("pipelineExecutionId")
        status = fields.text("status", EXECUTION_STATUSES)
        started = fields.time("startTime")
        updated = started if fields.data.get("lastUpdateTime") is None else fields.time("lastUpdateTime")
        if fields.bad or started is None or updated is None:
            return None
        sources = fields.data.get("sourceRevisions")
        return ExecutionEntry(
            number,
            identifier,
            status,
            started,
            updated,
            str(fields.mapping("trigger").get("triggerType") or "StartPipelineExecution"),
            str(fields.data.get("executionMode") or ""),
            str(fields.mapping("rollbackMetadata").get("rollbackTargetPipelineExecutionId") or ""),
            str(fields.mapping("stopTrigger").get("reason") or ""),
            tuple(
                (
                    str(source["actionName"]),
                    str(source.get("revisionId") or ""),
                    commit_message(str(source.get("revisionSummary") or "")),
                )
                for source in (sources if isinstance(sources, list) else ())
                if isinstance(source, dict) and source.get("actionName")
            ),
        )

    def parse_time(self, value: object) -> float | None:
        """Return epoch seconds for a time of boto3 (datetime), the CLI (ISO 8601), or plain JSON (a number of seconds
        or milliseconds); None for anything else."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
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
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if number and LATEST < value <= 1000 * LATEST:  # milliseconds, as JavaScript and Java write them
            value /= 1000
        return float(value) if EARLIEST <= value <= LATEST else None


class _Fields:
    """The fields of an entry; the first problem of each is reported to the parser."""

    def __init__(self, parser: EntryParser, where: str, data: object) -> None:
        self._parser, self._where = parser, where
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        self.bad = False
        if not isinstance(data, dict):
            self.report(f" is {data!r:.40}, not an object with fields")

    def text(self, name: str, choices: tuple[str, ...] = ()) -> str:
        value = self.data.get(name)
        if value is None or value == "":
            self.report(f": {name} is missing")
        elif not isinstance(value, str):
            self.report(f": {name} is {value!r:.40}, not a text")
        elif choices and value not in choices:
            self.report(f": {name} is {value!r:.40}, not one of {', '.join(choices)}")
        else:
            return value
        return ""

    def time(self, name: str) -> float | None:
        value = self.data.get(name)
        time = None if value is None else self._parser.parse_time(value)
        if value is None:
            self.report(f": {name} is missing")
        elif time is None:
            problem = "not a time such as 2026-05-04T09:30:00+02:00 or seconds since 1970"
            self.report(f": {name} is {value!r:.40}, {problem}")
        return time

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.data.get(name)
        return value if isinstance(value, dict) else {}

    def report(self, problem: str) -> None:
        self.bad = True
        if (sentence := self._where + problem) not in self._parser.problems:
            self._parser.problems.append(sentence)
