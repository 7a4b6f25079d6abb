"""The store on disk: one SQLite file in a folder, written before each request is answered.

Each request is one transaction. Its changes are collected and written together when it ends. If writing fails, memory
is reset to the contents of the file, in the same way as after a restart. The file is the source of truth, so a
refused request leaves no trace, and file and memory always agree.
"""

from __future__ import annotations

import errno
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.store import Load, Saved, Store, StoreFailed
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.persistence.commit_count import CommitCount
from cp_teach.aws.persistence.damaged_store_reader import StoredPipeline, replay_pipeline
from cp_teach.aws.persistence.effect_queue import EffectQueue
from cp_teach.aws.persistence.folder_lock import FolderInUse, FolderLock
from cp_teach.aws.persistence.row_checks import check_thing
from cp_teach.aws.persistence.sqlite_tables import DATABASE_FILE, Statement, delete, insert
from cp_teach.aws.persistence.store_repair import BadStore, open_store
from cp_teach.engine import Entry
from cp_teach.engine.run.run_file import written

log = logging.getLogger("cp_teach.store")

Place = tuple[str, str]
"""Account and Region."""

_WHY = {errno.EROFS: "is read-only", errno.EACCES: "is read-only for this user", errno.EPERM: "is read-only"}
MAX_PROBE = 1 << 20
"""Maximum bytes that are written to test whether the disk has space again."""


class SqliteStore(Store):
    """Saves everything. The caller must hold the service's lock, in any thread."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Raises ``BadStore``, or ``OSError`` if the folder cannot be created or written."""
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = FolderLock(folder)
        except FolderInUse as error:
            raise BadStore(str(error)) from error
        except OSError as error:
            raise BadStore(
                f"The folder {folder} {_WHY.get(error.errno or 0, 'cannot be written')}: {error.strerror}. A store "
                "needs a writable folder with free space: use another folder, or a copy of this one."
            ) from error
        self._clock, self.folder = clock, folder
        self._count = CommitCount(folder)
        try:
            self._db, contents = open_store(folder, self._count)
        except BaseException:
            self._lock.release()
            raise
        self._files = _OpenFiles(folder / DATABASE_FILE)
        self.problems = contents.problems
        """Sentences about what is missing after damage."""
        self._commits = contents.commits or 0
        self._saved_clock = contents.clock
        self._opened = contents.pipelines
        self._depth = 0
        self._statements: list[Statement] = []
        self._lengths: dict[str, int] = {}
        self._loaders: dict[Place, Load] = {}
        self._touched: dict[Place, set[str]] = {}
        self._stale: dict[Place, set[str]] = {}
        self._effects = EffectQueue()
        self._needed = 0
        """Bytes of the transaction that could not be written; 0 if the store is writable."""
        self._clock_before = self._clock_written = clock.reading()

    def close(self) -> None:
        """Save the time of the clock and release the folder."""
        try:
            self._commit(always=True)
        except StoreFailed as error:
            log.warning("The time of the clock could not be saved: %s", error.message)
        with suppress(sqlite3.Error):
            self._db.close()
        self._count.close()
        self._lock.release()

    # -- the clock ---------------------------------------------------------------------------------
    def restore_clock(self, *, chosen: bool) -> None:
        """Continue the clock from its saved time; a real clock also advances by the time since then.

        If ``chosen``, the caller's clock mode counts; otherwise the saved one does. The time is restored in any case.
        If the clock's row was lost, time continues from the newest entry.
        """
        if self._saved_clock is not None:
            _, mode, factor, now, wall, _ = self._saved_clock
            gone = max(0.0, time.time() - wall) * factor if mode == "real" else 0.0
            if chosen:
                mode, factor = self._clock.mode, self._clock.factor
            self._clock.set(mode, factor, now + gone)
        elif self._opened:
            newest = max(stored.body["birth"] + stored.run.journal.now for stored in self._opened.values())
            self._clock.set(self._clock.mode, self._clock.factor, newest)
        try:
            self._commit(always=True)
        except StoreFailed as error:
            self._failed(error)

    # -- transactions ------------------------------------------------------------------------------
    @property
    def paused(self) -> bool:
        """See ``Store``."""
        return self._needed > 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See ``Store``."""
        if self._depth:
            yield
            return
        self._reset_memory()
        if self._needed:
            self._test_space()
        self._clock_before = self._clock.reading()
        self._depth = 1
        try:
            yield
        except Exception:
            # A refusal. What happened before it, such as the passing of time, remains.
            self._end()
            self._effects.perform(writable=not self.paused)
            raise
        except BaseException:
            self._roll_back()
            raise
        else:
            self._end()
        self._effects.perform(writable=not self.paused)

    def _end(self) -> None:
        try:
            self._commit()
        except BaseException as error:
            if isinstance(error, StoreFailed):
                self._failed(error)
            self._roll_back()
            raise
        self._depth = 0
        self._touched.clear()
        self._effects.commit()

    def _commit(self, *, always: bool = False) -> None:
        """Write the collected statements. If this raises ``StoreFailed``, none of them is in the file."""
        reading = self._clock.reading()
        if not (self._statements or always or reading != self._clock_written):
            return
        try:
            lengths = [insert("journals", run, length) for run, length in self._lengths.items()]
            self._execute([*self._statements, *lengths], self._commits + 1)
        except (sqlite3.Error, OSError, OverflowError, UnicodeError, MemoryError) as error:
            raise StoreFailed(str(error).rstrip(".") or type(error).__name__) from error
        self._statements.clear()
        self._lengths.clear()
        self._clock_written = reading
        self._commits += 1
        self._count.write(
            self._commits
        )  # before the response, so that every change that a client knows of is counted
        if self._needed:
            self._needed = 0
            log.warning("The store is writable again.")

    def _execute(self, statements: list[Statement], commits: int) -> None:
        clock = self._clock
        self._files.check()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for statement, values in statements:
                self._db.execute(statement, values)
            self._db.execute(*insert("clock", 1, clock.mode, clock.factor, clock.now(), time.time(), commits))
            self._db.execute("COMMIT")
            self._files.remember()
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite has already rolled back some failures
                self._db.execute("ROLLBACK")
            raise

    def _failed(self, error: StoreFailed) -> None:
        if not self._needed:
            log.warning(
                "The store cannot be written: %s. Until it is writable, changes are refused and time stands still.",
                error.__cause__ or error.message,
            )
        self._needed = 4096 + sum(
            len(value) for _, values in self._statements for value in values if isinstance(value, str | bytes)
        )

    def _test_space(self) -> None:
        """Test whether a transaction as large as the failed one can be written, so that time can continue."""
        filler = bytes(min(self._needed, MAX_PROBE))
        with suppress(StoreFailed):
            try:
                # Two transactions, because SQLite never writes pages that one transaction uses and frees.
                for statement in (insert("room", filler), ("DELETE FROM room", ())):
                    self._statements = [statement]
                    self._commit()
            finally:
                self._statements = []

    def _roll_back(self) -> None:
        self._depth = 0
        self._statements.clear()
        self._lengths.clear()
        self._effects.roll_back()
        self._clock.restore(self._clock_before)
        for place, runs in self._touched.items():
            self._stale.setdefault(place, set()).update(runs)
        self._touched.clear()
        # If even reading fails, the next request tries again first.
        with suppress(StoreFailed):
            self._reset_memory()

    def _reset_memory(self) -> None:
        while self._stale:
            place, runs = next(iter(self._stale.items()))
            try:
                if load := self._loaders.get(place):
                    load(self._saved(place, runs), runs)
            except (sqlite3.Error, ValueError, LookupError, TypeError) as error:
                raise StoreFailed(f"the store cannot be read: {error}") from error
            del self._stale[place]

    # -- effects -----------------------------------------------------------------------------------
    def after_commit(self, effect: Callable[[], object], undo: Callable[[], object] | None = None) -> None:
        """See ``Store``."""
        if self._depth:
            self._effects.add_pending(effect, undo)
        else:
            self._effects.add(effect, wait=self.paused)

    # -- saving ------------------------------------------------------------------------------------
    def _save(self, place: Place, statement: Statement, run: str = "") -> None:
        if not self._depth:
            with self.transaction():
                return self._save(place, statement, run)
        self._statements.append(statement)
        runs = self._touched.setdefault(place, set())
        if run:
            runs.add(run)
        return None

    def pipeline(self, account: str, region: str, run: str, name: str, record: Mapping[str, Any]) -> None:
        """See ``Store``."""
        self._save(
            (account, region), insert("pipelines", run, account, region, name, json.dumps(record)), run
        )

    def entry(self, account: str, region: str, run: str, number: int, entry: Entry) -> None:
        """See ``Store``."""
        body = json.dumps(written(entry), separators=(",", ":"))
        self._lengths[run] = number
        self._save((account, region), insert("entries", run, number, body), run)

    def gone(self, account: str, region: str, run: str) -> None:
        """See ``Store``."""
        self._lengths.pop(run, None)
        for table in ("pipelines", "entries", "journals"):
            self._save((account, region), delete(table, run=run), run)

    def job(self, account: str, region: str, job: Job) -> None:
        """See ``Store``."""
        self._save((account, region), insert("jobs", job.id, account, region, json.dumps(job.to_dict())))

    def thing(self, account: str, region: str, kind: str, key: str, value: Mapping[str, Any] | None) -> None:
        """See ``Store``."""
        if value is None:
            statement = delete("things", account=account, region=region, kind=kind, key=key)
        else:
            statement = insert("things", account, region, kind, key, json.dumps(value))
        self._save((account, region), statement)

    def artifact(self, account: str, region: str, bucket: str, key: str, data: bytes) -> None:
        """See ``Store``."""
        self._save((account, region), insert("artifacts", account, region, bucket, key, data))

    # -- restoring -----------------------------------------------------------------------------------
    def saved_regions(self) -> list[tuple[str, str]]:
        """Every (account, region) with saved data."""
        return self._db.execute(
            "SELECT account, region FROM pipelines UNION SELECT account, region FROM things "
            "UNION SELECT account, region FROM artifacts"
        ).fetchall()

    def restore(self, account: str, region: str, load: Load) -> None:
        """See ``Store``. Raises ``sqlite3.Error`` if the file can no longer be read."""
        place = (account, region)
        self._loaders[place] = load
        artifacts = self._select("bucket, key, data FROM artifacts", place)
        load(self._saved(place)._replace(artifacts=artifacts), ())

    def _saved(self, place: Place, runs: set[str] | None = None) -> Saved:
        """The contents of a Region, without its artifacts and (with ``runs``) without the other pipelines."""
        return Saved(
            artifacts=[],
            jobs=[Job.from_dict(json.loads(body)) for (body,) in self._select("body FROM jobs", place)],
            things=[
                check_thing(row)
                for row in self._select("account, region, kind, key, body FROM things", place)
            ],
            pipelines=[
                (stored.run, stored.body, len(stored.entries))
                for row in self._select("run, account, region, name, body FROM pipelines", place)
                if runs is None or row[0] in runs
                for stored in [self._opened.pop(row[0], None) or self._replay(row)]
            ],
        )

    def _replay(self, row: tuple[Any, ...]) -> StoredPipeline:
        entries = self._db.execute(
            "SELECT number, body FROM entries WHERE run = ? ORDER BY number", row[:1]
        ).fetchall()
        problems: list[str] = []
        stored = replay_pipeline(row, entries, problems)
        if problems:  # it was intact when the store was opened
            raise ValueError(" ".join(problems))
        return stored

    def _select(self, columns: str, place: Place) -> list[tuple[Any, ...]]:
        return self._db.execute(f"SELECT {columns} WHERE account = ? AND region = ?", place).fetchall()


class _OpenFiles:
    """The database and its write-ahead log, identified when they were opened.

    SQLite keeps writing to a file that was deleted or moved away, and all of it is lost when the process ends.
    """

    def __init__(self, path: Path) -> None:
        self._paths = (path, path.with_name(path.name + "-wal"))
        self._identities: dict[Path, tuple[int, int]] = {}
        self.remember()

    def remember(self) -> None:
        """Record each file that is new; the log appears with the first transaction."""
        for path in self._paths:
            if path not in self._identities and (identity := _identity(path)) is not None:
                self._identities[path] = identity

    def check(self) -> None:
        """Raise ``OSError`` if a file is not the same as when it was opened."""
        for path, identity in self._identities.items():
            if _identity(path) != identity:
                raise OSError(
                    f"{path} was deleted, moved or replaced while it was in use. Restart the server"
                )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
