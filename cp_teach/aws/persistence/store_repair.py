"""Open a store: repair a damaged one after its original is copied aside, and refuse any other file."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from cp_teach.aws.persistence.commit_count import COUNT_FILE, CommitCount
from cp_teach.aws.persistence.damaged_store_reader import Contents, read_contents
from cp_teach.aws.persistence.sqlite_tables import (
    APPLICATION_ID,
    DATABASE_FILE,
    TABLES,
    VERSION,
    create_statement,
    insert,
)

HEADER = b"SQLite format 3\0"
OURS_OF_VERSION_1 = frozenset(TABLES) - {"room", "journals"}


class BadStore(ValueError):
    """The folder cannot be used as a store; the message says why and what to do."""


def open_store(folder: Path, count: CommitCount) -> tuple[sqlite3.Connection, Contents]:
    """The database of a folder that this process owns, and its intact contents.

    ``problems`` of the contents says what is missing; the damaged original is then kept beside the new database.
    Raises ``BadStore``, and changes nothing, if the file is not a store, has a newer version, or is read-only, or if
    the disk has no space for the copy.
    """
    path = folder / DATABASE_FILE
    _check_files(folder, path)
    acknowledged = count.read()
    new = not path.exists() or path.stat().st_size == 0
    if new and not acknowledged:
        _set_aside_orphans(path)
        return _create(path), Contents()
    connection = None if new else _connect_if_database(path, ours=acknowledged is not None)
    contents, version = Contents(problems=["The database is missing."]), VERSION
    if connection is None and not new:
        contents.problems = ["The database cannot be read at all."]
    elif connection is not None:
        try:
            contents, version = _read(path, connection, ours=acknowledged is not None)
        except BaseException:
            connection.close()
            raise
    written = contents.commits if contents.clock is not None or contents.pipelines else 0
    if acknowledged is not None and written is not None and acknowledged > written and version == VERSION:
        lost = acknowledged - written
        contents.problems.append(
            f"{lost} acknowledged change{' is' if lost == 1 else 's are'} missing: the store ends before "
            f"{'it' if lost == 1 else 'them'}."
        )
    contents.commits = max(contents.commits or 0, acknowledged or 0)
    if connection is None or contents.problems or version != VERSION:
        connection = _replace(
            path, connection, contents, converted=version != VERSION and not contents.problems
        )
    return connection, contents


def connect(path: Path) -> sqlite3.Connection:
    """A connection with exclusive access to the file. Raises ``sqlite3.Error``."""
    # Each caller holds the service's lock, in any thread.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
    # Text that is not UTF-8 must not stop the reading; its checksum shows that it is damaged.
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    # With exclusive access, SQLite needs no shared memory, which a full disk could not back.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


# -- read-only checks ------------------------------------------------------------------------------
def _check_files(folder: Path, path: Path) -> None:
    if path.exists() and not path.is_file():
        raise BadStore(
            f"{path} is not a file, so it is not a cp_teach store. Move it away, or use another folder."
        )
    for each in (folder, path, path.with_name(path.name + "-wal")):
        if each.exists() and not os.access(each, os.W_OK):
            raise BadStore(
                f"The store is read-only: {each} cannot be written by this user. Make it writable, or use a copy of "
                "the folder."
            )
    if path.exists() and not os.access(path, os.R_OK):
        raise BadStore(
            f"The store {path} cannot be read by this user. Make it readable, or use another folder."
        )


def _connect_if_database(path: Path, *, ours: bool) -> sqlite3.Connection | None:
    """A connection; None if the file is our store but is completely unreadable."""
    connection = None
    try:
        with path.open("rb") as file:
            if file.read(len(HEADER)) != HEADER:
                raise sqlite3.DatabaseError("file is not a database")
        connection = connect(path)
        # A damaged schema table is read as far as possible; SQLite would refuse to start.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # off until a damaged original has been copied
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except OSError as error:
        raise BadStore(f"The store {path} cannot be read: {error.strerror or error}.") from error
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        if "locked" in str(error):
            raise BadStore(
                f"{path} is in use by another program. Close it there, or use another folder: --state DIR"
            ) from error
        if "readonly" in str(error) or "unable to open" in str(error):
            raise BadStore(f"The store is read-only or cannot be opened: {path}: {error}.") from error
        if ours:
            return None
        raise BadStore(
            f"{path} is not a cp_teach store: {error}. Move it away, or use another folder."
        ) from error
    return connection


def _read(path: Path, connection: sqlite3.Connection, *, ours: bool) -> tuple[Contents, int]:
    """The intact contents of the database, and its version."""
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        ours = ours or connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    except sqlite3.Error:
        version = 0
    schema = _schema(connection)
    # A view is never read, because its computation might never end.
    tables = {name for name in set(schema) & set(TABLES) if schema[name].upper().startswith("CREATE TABLE")}
    if not tables and not ours:
        if version > VERSION:
            raise _newer(path, version)
        raise BadStore(
            f"{path} is not a cp_teach store: it is the database of another program. Move it away, or use another "
            "folder."
        )
    if version > VERSION:
        raise _newer(path, version)
    problems = []
    if version < 1:
        problems.append("The version of the store is missing.")
    elif changed := _changed_tables(schema) if version == VERSION else sorted(OURS_OF_VERSION_1 - tables):
        problems.append(f"The tables of the store were changed: {', '.join(changed)}.")
    if fault := _structural_fault(connection):
        problems.append(f"SQLite reports that the database is damaged: {fault}.")
    contents = read_contents(connection, version or VERSION, tables)
    contents.problems = problems + contents.problems
    if (
        contents.clock is None
        and contents.pipelines
        and not any("clock" in each for each in contents.problems)
    ):
        contents.problems.append("The time of the clock is missing.")
    return contents, version or VERSION


def _newer(path: Path, version: int) -> BadStore:
    return BadStore(
        f"{path} was written by a newer cp_teach (store version {version}; this one reads {VERSION}). Use the newer "
        "cp_teach, or another folder."
    )


def _schema(connection: sqlite3.Connection) -> dict[str, str]:
    try:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex%'"
        ).fetchall()
    except sqlite3.Error:
        return {}
    return {str(name): str(sql) for name, sql in rows}


def _changed_tables(schema: dict[str, str]) -> list[str]:
    expected = {table: create_statement(table) for table in TABLES}
    return sorted(
        f"{name!r:.60}" for name in schema.keys() | expected.keys() if schema.get(name) != expected.get(name)
    )


def _structural_fault(connection: sqlite3.Connection) -> str:
    try:
        lines = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    except sqlite3.Error as error:
        return str(error)
    fault = " ".join(line for line in lines if line != "ok")
    return " ".join(fault.split()).rstrip(".")[:200]


# -- writing ---------------------------------------------------------------------------------------
def _create(path: Path) -> sqlite3.Connection:
    """A new, empty database. Raises ``BadStore`` if it cannot be written."""
    try:
        connection = connect(path)
        _apply_settings(connection)
        connection.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            connection.execute(create_statement(table))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise BadStore(f"The store {path} cannot be written: {error}.") from error
    return connection


def _apply_settings(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA writable_schema = OFF")
    connection.execute("PRAGMA journal_mode = WAL")  # committed changes survive the end of the process
    connection.execute("PRAGMA synchronous = NORMAL")  # a power failure can lose the last commits
    connection.execute("PRAGMA wal_autocheckpoint = 1000")


def _set_aside_orphans(path: Path) -> None:
    """Move away a write-ahead log without a database, so that SQLite does not apply it to the new one."""
    log = path.with_name(path.name + "-wal")
    if log.exists():
        log.replace(_free_name(path).with_name(_free_name(path).name + "-wal"))


def _replace(
    path: Path, damaged: sqlite3.Connection | None, contents: Contents, *, converted: bool
) -> sqlite3.Connection:
    """Replace the damaged database by a new one with the intact contents, after copying the original aside."""
    aside, new = _free_name(path), path.with_name(path.name + ".new")
    try:
        copied = _copy_aside(path, aside)
        for half in (new, new.with_name(new.name + "-wal"), new.with_name(new.name + "-journal")):
            half.unlink(missing_ok=True)
        connection = _create(new)
        try:
            _fill(connection, contents)
        finally:
            connection.close()
        if damaged is not None:
            damaged.close()
        for suffix in ("-wal", "-shm", "-journal"):  # SQLite would apply them to the new database
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        new.replace(path)
        connection = connect(path)
        _apply_settings(connection)
    except (OSError, sqlite3.Error, BadStore) as error:
        if damaged is not None:
            damaged.close()
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise BadStore(
            f"The store {path} is damaged, and its intact part cannot be written to a new file: {error}. Free some "
            "space, or use a copy of the folder. The damaged file is unchanged."
        ) from error
    if converted:
        contents.problems.append(
            "The store was written by an older cp_teach and has been converted; nothing is missing."
        )
    if copied:
        contents.problems.append(f"The original is kept as {aside}.")
    return connection


def _free_name(path: Path) -> Path:
    number = 1
    while any(path.with_name(f"{path.name}.original-{number}{suffix}").exists() for suffix in ("", "-wal")):
        number += 1
    return path.with_name(f"{path.name}.original-{number}")


def _copy_aside(path: Path, aside: Path) -> bool:
    copied = False
    for suffix in ("", "-wal", "-journal"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copy2(source, aside.with_name(aside.name + suffix))
            copied = True
    count = path.with_name(COUNT_FILE)
    if copied and count.is_file():
        shutil.copy2(count, aside.with_name(aside.name + "-commits"))
    return copied


def _fill(connection: sqlite3.Connection, contents: Contents) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for run, stored in contents.pipelines.items():
        connection.execute(*insert("pipelines", *stored.row))
        connection.execute(*insert("journals", run, len(stored.entries)))
        for number, entry in enumerate(stored.entries, start=1):
            connection.execute(*insert("entries", run, number, entry))
    for row, _ in contents.jobs.values():
        connection.execute(*insert("jobs", *row))
    for row in contents.things:
        connection.execute(*insert("things", *row))
    for row in contents.artifacts:
        connection.execute(*insert("artifacts", *row))
    if contents.clock is not None:
        connection.execute(*insert("clock", *contents.clock[:5], contents.commits or 0))
    connection.execute("COMMIT")
