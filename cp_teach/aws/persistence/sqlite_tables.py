"""The tables of the store, and the statements that write a row with a checksum over its columns.

SQLite checks the structure of its file, but not its content: a flipped bit in a text goes unnoticed.
"""

from __future__ import annotations

import zlib
from typing import Any, TypeAlias

DATABASE_FILE = "cp_teach.sqlite"
VERSION = 2
"""Version 1 had no checksums and counted neither entries nor transactions."""
APPLICATION_ID = 0x63705F74
"""Identifies the file for `file` and SQLite's own tools (https://www.sqlite.org/pragma.html#pragma_application_id)."""

Statement: TypeAlias = tuple[str, tuple[Any, ...]]

TABLES = {
    "pipelines": "run TEXT PRIMARY KEY, account TEXT, region TEXT, name TEXT, body TEXT",
    "entries": "run TEXT, number INTEGER, body TEXT",
    "journals": "run TEXT PRIMARY KEY, length INTEGER",
    "jobs": "id TEXT PRIMARY KEY, account TEXT, region TEXT, body TEXT",
    "things": "account TEXT, region TEXT, kind TEXT, key TEXT, body TEXT",
    "artifacts": "account TEXT, region TEXT, bucket TEXT, key TEXT, data BLOB",
    "room": "filler BLOB",
    "clock": "one INTEGER PRIMARY KEY CHECK (one = 1), mode TEXT, factor REAL, now REAL, wall REAL, commits INTEGER",
}
"""``journals`` holds the number of entries of each run, because a lost last entry would leave no gap. ``room`` is
empty: writing to it and deleting again shows whether the disk has space."""
KEYS = {
    "entries": ", PRIMARY KEY (run, number)) WITHOUT ROWID",
    "things": ", PRIMARY KEY (account, region, kind, key))",
    "artifacts": ", PRIMARY KEY (bucket, key))",
}
COLUMNS = {
    table: tuple(column.split()[0] for column in columns.split(", ")) for table, columns in TABLES.items()
}


def create_statement(table: str) -> str:
    """The statement that creates a table. SQLite stores it verbatim, so that it can be compared."""
    return f"CREATE TABLE {table} ({TABLES[table]}, crc INTEGER{KEYS.get(table, ')')}"


def checksum(*values: str | int | float | bytes) -> int:
    """A CRC-32 over the columns of a row. It includes the length of each, so that different rows cannot look the
    same."""
    total = 0
    for value in values:
        data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        total = zlib.crc32(data, zlib.crc32(b"%d:" % len(data), total))
    return total


def insert(table: str, *values: str | int | float | bytes) -> Statement:
    """The statement that writes a row and replaces one with the same key."""
    marks = ", ".join("?" * (len(values) + 1))
    return f"INSERT OR REPLACE INTO {table} VALUES ({marks})", (*values, checksum(*values))


def delete(table: str, **keys: str) -> Statement:
    """The statement that deletes the rows with these column values."""
    return f"DELETE FROM {table} WHERE {' AND '.join(f'{key} = ?' for key in keys)}", tuple(keys.values())
