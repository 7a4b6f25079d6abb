"""The store on disk: one SQLite file in a folder. What was answered survives whatever happens to the process."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach.aws.job import Job
from cp_teach.aws.timing import Clock
from cp_teach.engine.file import replay, written

if TYPE_CHECKING:
    from cp_teach.aws.hosted import Hosted
    from cp_teach.aws.region import Region
    from cp_teach.engine import Entry

FILE = "cp_teach.sqlite"
VERSION = 1
TABLES = """
CREATE TABLE pipelines (run TEXT PRIMARY KEY, account TEXT, region TEXT, name TEXT, body TEXT);
CREATE TABLE entries (run TEXT, number INTEGER, body TEXT, PRIMARY KEY (run, number)) WITHOUT ROWID;
CREATE TABLE jobs (id TEXT PRIMARY KEY, account TEXT, region TEXT, body TEXT);
CREATE TABLE things (account TEXT, region TEXT, kind TEXT, key TEXT, body TEXT,
    PRIMARY KEY (account, region, kind, key));
CREATE TABLE artifacts (account TEXT, region TEXT, bucket TEXT, key TEXT, data BLOB, PRIMARY KEY (bucket, key));
CREATE TABLE clock (one INTEGER PRIMARY KEY CHECK (one = 1), mode TEXT, factor REAL, now REAL, wall REAL);
"""


class BadStore(ValueError):
    """A folder that holds something else, or the store of a newer version; the message says which."""


class Database:
    """Keeps everything as it happens. Each call is written before the client is answered."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Raises ``BadStore``, or ``OSError`` where the folder cannot be made or written."""
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE
        self._clock = clock
        self._last: dict[str, str] = {}
        try:
            # Whoever calls holds the service's lock, whichever thread it is.
            self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")  # what is committed survives the end of the process
            self._db.execute("PRAGMA synchronous = NORMAL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise BadStore(f"{self.path} is not a store of cp_teach: {error}.") from error
        if version > VERSION:
            raise BadStore(
                f"{self.path} was written by a newer cp_teach (version {version} of the store; this one reads "
                f"{VERSION}). Use that one, or another folder."
            )
        if version == 0:
            self._db.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")

    def close(self) -> None:
        """Write what the time is, and let go of the file."""
        self._tick()
        self._db.close()

    # -- the clock ---------------------------------------------------------------------------------
    def wind(self, *, chosen: bool) -> None:
        """Let the clock go on from where it was: a running one as if it had never stopped.

        ``chosen`` says that the caller chose a mode, which then counts; the time is taken over in any case.
        """
        row = self._db.execute("SELECT mode, factor, now, wall FROM clock").fetchone()
        if row is None:
            return
        mode, factor, now, wall = row
        gone = max(0.0, time.time() - wall) * factor if mode == "real" else 0.0
        if chosen:
            mode, factor = self._clock.mode, self._clock.factor
        self._clock.set(mode, factor, now + gone)

    def _tick(self) -> None:
        clock = self._clock
        self._db.execute(
            "INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?, ?)",
            (clock.mode, clock.factor, clock.now(), time.time()),
        )

    # -- keeping -----------------------------------------------------------------------------------
    def pipeline(self, region: Region, hosted: Hosted) -> None:
        """See ``Store``."""
        start = hosted.run.journal.start
        body = json.dumps(
            {
                "birth": hosted.birth,
                "tags": hosted.tags,
                "polled": hosted.polled,
                "unfetched": hosted.unfetched,
                "seed": hosted.run.seed,
                "readings": start.readings._asdict(),
                "pipeline": start.pipeline.to_aws(),
            }
        )
        if self._last.get(hosted.run.id) != body:
            self._last[hosted.run.id] = body
            place = (hosted.run.id, region.account, region.name, hosted.name, body)
            self._db.execute("INSERT OR REPLACE INTO pipelines VALUES (?, ?, ?, ?, ?)", place)
            self._tick()

    def entry(self, region: Region, hosted: Hosted, entry: Entry) -> None:
        """See ``Store``."""
        hosted.kept += 1
        body = json.dumps(written(entry), separators=(",", ":"))
        self._db.execute("BEGIN")
        self._db.execute("INSERT INTO entries VALUES (?, ?, ?)", (hosted.run.id, hosted.kept, body))
        self._tick()
        self._db.execute("COMMIT")

    def gone(self, region: Region, hosted: Hosted) -> None:
        """See ``Store``."""
        self._last.pop(hosted.run.id, None)
        self._db.execute("BEGIN")
        self._db.execute("DELETE FROM pipelines WHERE run = ?", (hosted.run.id,))
        self._db.execute("DELETE FROM entries WHERE run = ?", (hosted.run.id,))
        self._db.execute("COMMIT")

    def job(self, region: Region, job: Job) -> None:
        """See ``Store``."""
        place = (job.id, region.account, region.name, json.dumps(job.told()))
        self._db.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?)", place)

    def thing(self, region: Region, kind: str, key: str, value: dict[str, Any] | None) -> None:
        """See ``Store``."""
        place = (region.account, region.name, kind, key)
        if value is None:
            self._db.execute(
                "DELETE FROM things WHERE account = ? AND region = ? AND kind = ? AND key = ?", place
            )
        else:
            self._db.execute(
                "INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?, ?)", (*place, json.dumps(value))
            )

    def artifact(self, region: Region, bucket: str, key: str, data: bytes) -> None:
        """See ``Store``."""
        place = (region.account, region.name, bucket, key, data)
        self._db.execute("INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, ?, ?)", place)

    # -- bringing back -----------------------------------------------------------------------------
    def places(self) -> list[tuple[str, str]]:
        """Every (account, region) that something was kept of."""
        found = self._db.execute(
            "SELECT account, region FROM pipelines UNION SELECT account, region FROM things"
        )
        return [(account, region) for account, region in found]

    def restore(self, region: Region) -> None:
        """See ``Store``. Raises ``BadStore``."""
        here = (region.account, region.name)
        where = "WHERE account = ? AND region = ?"
        for (body,) in self._db.execute(f"SELECT body FROM jobs {where}", here).fetchall():
            region.jobs.add(Job.read(json.loads(body)))
        for kind, key, body in self._db.execute(
            f"SELECT kind, key, body FROM things {where}", here
        ).fetchall():
            _thing(region, kind, key, json.loads(body))
        for bucket, key, data in self._db.execute(
            f"SELECT bucket, key, data FROM artifacts {where}", here
        ).fetchall():
            region.world.make_bucket(bucket)
            region.world.put(bucket, key, data)
        for run, body in self._db.execute(f"SELECT run, body FROM pipelines {where}", here).fetchall():
            self._bring(region, run, body)

    def _bring(self, region: Region, run: str, body: str) -> None:
        told = json.loads(body)
        hosted = region.make(
            region.read(told["pipeline"]), run, told["birth"], seed=told["seed"], readings=told["readings"]
        )
        hosted.tags, hosted.polled = told["tags"], told["polled"]
        hosted.unfetched = {name: (code, words, at) for name, (code, words, at) in told["unfetched"].items()}
        rows = self._db.execute("SELECT number, body FROM entries WHERE run = ? ORDER BY number", (run,))
        for number, entry in rows:
            replay(hosted.run, f"{self.path}: {hosted.name}, entry {number}", json.loads(entry))
            hosted.kept = number
        journal = hosted.run.journal
        hosted.run.resume(journal.now, journal.forks, 0)
        region.host(hosted)


def _thing(region: Region, kind: str, key: str, value: dict[str, Any]) -> None:
    parts = tuple(key.split("/"))
    if kind == "webhook":
        region.webhooks[key] = value
    elif kind == "custom" and len(parts) == 3:
        region.custom[parts[0], parts[1], parts[2]] = value
    elif kind == "declared" and len(parts) == 4:
        region.declared[parts[0], parts[1], parts[2], parts[3]] = value
