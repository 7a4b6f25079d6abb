"""Read a store that may be damaged: keep every intact row, and report each other row in a sentence.

A pipeline is read up to its last intact entry. Entries after a gap are not used, because each entry builds on the
previous one.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cp_teach.aws.backend.execution_metadata import PipelineMetadata
from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.persistence.row_checks import (
    WRONG_ROW,
    Row,
    WrongRow,
    check_artifact,
    check_body,
    check_place,
    check_thing,
    read_job,
    time_of,
)
from cp_teach.aws.persistence.sqlite_tables import COLUMNS, checksum
from cp_teach.engine import Run
from cp_teach.engine.run.file_values import BadRunFile
from cp_teach.engine.run.run_file import replay
from cp_teach.pipeline import Pipeline
from cp_teach.pipeline.formats.json_codec import read as read_declaration
from cp_teach.pipeline.interpretations import saved_readings

T = TypeVar("T")

LABELS = {"pipelines": "name", "journals": "run", "jobs": "id", "things": "key", "artifacts": "key"}
"""The column by which a sentence names a row."""


@dataclass
class StoredPipeline:
    """A pipeline with its entries, replayed."""

    row: Row
    body: dict[str, Any]
    entries: list[str]
    run: Run


@dataclass
class Contents:
    """Everything intact in a store, and a sentence about everything else."""

    pipelines: dict[str, StoredPipeline] = field(default_factory=dict)
    """Keyed by the run's ID."""
    jobs: dict[str, tuple[Row, Job]] = field(default_factory=dict)
    things: list[Row] = field(default_factory=list)
    artifacts: list[Row] = field(default_factory=list)
    clock: Row | None = None
    commits: int | None = 0
    """Number of written transactions; None if it is unknown."""
    problems: list[str] = field(default_factory=list)


def read_contents(connection: sqlite3.Connection, version: int, tables: set[str]) -> Contents:
    """Read everything. ``tables`` are our tables that exist."""
    contents = Contents()
    reader = _Reader(connection, version, tables, contents.problems)
    entries = reader.entries()
    lengths: dict[str, int] = dict(reader.rows("journals"))
    if version > 1 and (uncounted := len(entries.keys() - lengths.keys())):
        contents.problems.append(
            f"The number of entries of {_count(uncounted, 'pipeline')} is missing, so later entries may be missing."
        )
    names: set[Row] = set()
    for row in reader.rows("pipelines"):
        run, name = row[0], row[3]
        try:
            if row[1:4] in names:
                raise WrongRow("another pipeline has the same name")
            names.add(row[1:4])
            contents.pipelines[run] = replay_pipeline(
                row, entries.pop(run, []), contents.problems, lengths.get(run, 0)
            )
        except WRONG_ROW as error:
            contents.problems.append(f"The pipeline {name!r:.80} is missing: {_reason(error)}.")
    if lost := sum(map(len, entries.values())):
        contents.problems.append(
            f"{_count(lost, 'entry', 'entries')} of missing pipelines {_are(lost)} left out."
        )
    lost_jobs = 0
    runs_of_actions = {run: _action_runs(stored.run) for run, stored in contents.pipelines.items()}
    for row, job in reader.usable("jobs", read_job, lambda row: f"job {row[0]!r:.60}"):
        if job.run in runs_of_actions and job.key[1:] not in runs_of_actions[job.run]:
            lost_jobs += 1
        else:
            contents.jobs[job.id] = row, job
    if lost_jobs:
        contents.problems.append(f"{_count(lost_jobs, 'job')} of missing entries {_are(lost_jobs)} left out.")
    things = reader.usable("things", check_thing, lambda row: f"{row[2]!r:.40} {row[3]!r:.80}")
    contents.things += [row for row, _ in things]
    artifacts = reader.usable("artifacts", check_artifact, lambda row: f"artifact {row[3]!r:.120}")
    contents.artifacts += [row for row, _ in artifacts]
    contents.clock = reader.clock()
    contents.commits = contents.clock[5] if contents.clock is not None else None
    return contents


def replay_pipeline(
    row: Row, entries: list[tuple[int, str | None]], problems: list[str], length: int = 0
) -> StoredPipeline:
    """The pipeline of that row, up to its last intact entry; ``length`` is the number of entries that it should have.

    Raises one of ``WRONG_ROW`` if the row is unusable.
    """
    run_id, account, region, name, text = row
    check_place(account, region)
    body = json.loads(text)
    check_body(body)
    whole = 0
    reason = ""
    run = _initial_run(run_id, name, body)
    ledger = PipelineMetadata(run)
    for position, (number, entry) in enumerate(entries, start=1):
        try:
            if number != position:
                raise WrongRow("it is missing" if number > position else "its number is wrong")
            if entry is None:
                raise WrongRow("its checksum is wrong")
            replay(run, f"entry {position}", json.loads(entry))
            ledger.follow()
        except WRONG_ROW as error:
            reason = _reason(error).removeprefix(f"entry {position}: ").removeprefix(f"entry {position}, ")
            break
        whole = position
    if not reason and whole < length:
        reason = "it is missing"
    if reason:
        lost = max(len(entries), length) - whole
        problems.append(
            f"The pipeline {name!r:.80} is as it was after entry {whole}; "
            f"{_count(lost, 'later entry', 'later entries')} {_are(lost)} left out, because entry {whole + 1} is "
            f"damaged: {reason}."
        )
        # An entry that failed halfway may have left traces, so replay the intact entries alone.
        run = _initial_run(run_id, name, body)
        for number, entry in entries[:whole]:
            replay(run, f"entry {number}", json.loads(entry or ""))
    run.resume(run.journal.now, run.journal.forks, 0)
    return StoredPipeline(row, body, [entry for _, entry in entries[:whole] if entry is not None], run)


def _initial_run(run_id: str, name: str, body: dict[str, Any]) -> Run:
    pipeline = read_declaration(body["pipeline"], Pipeline)[0]
    if pipeline.name != name:
        raise WrongRow(f"it declares the pipeline {pipeline.name!r:.80}")
    run = Run(pipeline, seed=body["seed"], readings=saved_readings(body["readings"]))
    run.id = run_id
    return run


def _action_runs(run: Run) -> set[tuple[int, str, str, int]]:
    return {(row.execution, row.stage, row.action, row.position) for row in run.history.actions}


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"its text is not JSON (line {error.lineno}, column {error.colno}: {error.msg})"
    if isinstance(error, WrongRow | BadRunFile):
        return str(error).rstrip(".")
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return f"it has the wrong shape ({error!s:.200})"


def _count(number: int, singular: str, plural: str = "") -> str:
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


class _Reader:
    """Reads the intact rows of each table."""

    def __init__(
        self, connection: sqlite3.Connection, version: int, tables: set[str], problems: list[str]
    ) -> None:
        self._connection, self._problems, self._tables = connection, problems, tables
        self._checked = version >= 2

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table with valid checksums and types, without the checksum."""
        label = COLUMNS[table].index(LABELS[table])
        damaged: list[str] = []
        for row in self._all(table):
            values = self._whole(table, row)
            if values is None:
                damaged.append(f"{row[label]!r:.80}")
            else:
                yield values
        if damaged:
            names = ", ".join(damaged[:3]) + (", …" if len(damaged) > 3 else "")
            self._problems.append(
                f"{_count(len(damaged), 'row')} of the table {table} {_are(len(damaged))} left out ({names}): the "
                "checksum is wrong."
            )

    def usable(
        self, table: str, read: Callable[[Row], T], name: Callable[[Row], str]
    ) -> Iterator[tuple[Row, T]]:
        """The rows of a table that ``read`` accepts, each with its result."""
        for row in self.rows(table):
            try:
                result = read(row)
            except WRONG_ROW as error:
                self._problems.append(f"The {name(row)} is missing: {_reason(error)}.")
            else:
                yield row, result

    def entries(self) -> dict[str, list[tuple[int, str | None]]]:
        """The entries of each run, by number. A damaged entry stays in its place as None."""
        by_run: dict[str, list[tuple[int, str | None]]] = {}
        for row in self._all("entries"):
            run, number, *_ = row
            if isinstance(run, str) and isinstance(number, int):
                values = self._whole("entries", row)
                by_run.setdefault(run, []).append((number, None if values is None else values[2]))
        for entries in by_run.values():
            entries.sort(key=lambda entry: entry[0])
        return by_run

    def clock(self) -> Row | None:
        """The clock's row; None if it is missing or holds no valid time."""
        rows = self._all("clock")
        for row in rows:
            values = self._whole("clock", row) if self._checked else (*row, 0)
            try:
                if values is None:
                    raise WrongRow("the checksum is wrong")
                _, mode, factor, now, wall, commits = values
                if mode not in ("manual", "virtual", "real") or not (0 < factor < math.inf) or commits < 0:
                    raise WrongRow("its mode, factor, or count of transactions is not valid")
                return (1, mode, float(factor), time_of(now), time_of(wall), int(commits))
            except WRONG_ROW as error:
                self._problems.append(f"The time of the clock is missing: {_reason(error)}.")
        return None

    def _all(self, table: str) -> list[Row]:
        if table not in self._tables:
            return []  # its absence is already reported with the schema
        names = [name for name in COLUMNS[table] if self._checked or name != "commits"]
        names += ["crc"] if self._checked else []
        query = f"SELECT {', '.join(names)} FROM {table}"
        rows, error = self._read(query)
        if error is None:
            return rows
        # Read from the other end as well: a damaged page hides the rows behind it from one side only.
        back, _ = self._read(f"{query} ORDER BY {', '.join(f'{name} DESC' for name in _keys(table))}")
        read = set(rows)
        rows += [row for row in reversed(back) if row not in read]
        self._problems.append(f"A part of the table {table} cannot be read: {error}.")
        return rows

    def _read(self, query: str) -> tuple[list[Row], Exception | None]:
        rows: list[Row] = []
        try:
            for row in self._connection.execute(query):
                rows.append(row)
        except (sqlite3.Error, OverflowError, MemoryError) as error:
            return rows, error
        return rows, None

    def _whole(self, table: str, row: Row) -> Row | None:
        if not self._checked:
            return row if all(value is not None for value in row) else None
        *values, crc = row
        if not all(isinstance(value, str | int | float | bytes) for value in values):
            return None
        return tuple(values) if checksum(*values) == crc else None


def _keys(table: str) -> tuple[str, ...]:
    return {
        "entries": ("run", "number"),
        "things": COLUMNS["things"][:4],
        "artifacts": ("bucket", "key"),
    }.get(table, COLUMNS[table][:1])
