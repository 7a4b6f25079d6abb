"""A damaged store opens up to its last whole entry, says in a sentence what is missing, and keeps the original.

Each kind of damage is done to a copy of one store, and the copy is opened twice: with the damage, and again after that.
"""

import json
import os
import random
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import pytest
from stored_service import StoredService, fill

from cp_teach.aws.persistence.commit_count import COUNT_FILE
from cp_teach.aws.persistence.sqlite_tables import DATABASE_FILE, checksum
from cp_teach.aws.persistence.store_repair import BadStore

FILE, LOG = DATABASE_FILE, f"{DATABASE_FILE}-wal"
ROUNDS = 2000 if os.environ.get("CP_TEACH_PROVE") == "1" else 12


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A store after a clean end: what its service tells, and its folder."""
    folder = tmp_path_factory.mktemp("filled")
    service = StoredService(folder)
    fill(service)
    told = service.reads()
    service.end()
    return folder, told


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A store as it is left by ``kill -9``: the database is old, and the write-ahead log has the rest."""
    folder, copy = tmp_path_factory.mktemp("running"), tmp_path_factory.mktemp("killed") / "state"
    service = StoredService(folder)
    fill(service)
    told = service.reads()
    shutil.copytree(folder, copy)
    service.end()
    return copy, told


@pytest.fixture
def memory(tmp_path):
    """A folder in memory where there is such a thing: a disk would wait for each of many small files."""
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=base) as folder:
        yield Path(folder)


# -- kinds of damage -------------------------------------------------------------------------------
def sql(statement, *values):
    def damage(folder):
        with closing(sqlite3.connect(folder / FILE)) as db:
            db.execute("PRAGMA writable_schema = ON")
            changed = db.execute(statement, values)
            assert changed.rowcount != 0, "the damage is done"
            db.commit()

    return damage


def signed(table, key, column, value):
    """A row with a wrong value and a right checksum, as a program with a fault would write it."""

    def damage(folder):
        with closing(sqlite3.connect(folder / FILE)) as db:
            names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            row = dict(zip(names, db.execute(f"SELECT * FROM {table} WHERE {key}").fetchone(), strict=True))
            old = row[column]
            row[column] = value(old) if callable(value) else value
            row["crc"] = checksum(*(row[name] for name in names if name != "crc"))
            marks = ", ".join(f"{name} = ?" for name in names)
            assert db.execute(f"UPDATE {table} SET {marks} WHERE {key}", tuple(row.values())).rowcount == 1
            db.commit()

    return damage


def bytes_of(name, change):
    def damage(folder):
        path = folder / name
        data = bytearray(path.read_bytes())
        path.write_bytes(change(data))

    return damage


def zeroed(first, last):
    def change(data):
        data[first:last] = bytes(min(last, len(data)) - first)
        return data

    return change


def edited(**more):
    """The JSON of a row with other fields."""
    return lambda text: json.dumps({**json.loads(text), **more})


ENTRY = "run = (SELECT run FROM pipelines WHERE name = 'shop') AND number"
SHOP = "name = 'shop'"

ROWS = {
    "an entry is not JSON": sql(f"UPDATE entries SET body = '{{' WHERE {ENTRY} = 5"),
    "an entry is NULL": sql(f"UPDATE entries SET body = NULL WHERE {ENTRY} = 5"),
    "an entry is a number": sql(f"UPDATE entries SET body = 7 WHERE {ENTRY} = 5"),
    "an entry is bytes": sql(f"UPDATE entries SET body = x'ff00fe' WHERE {ENTRY} = 5"),
    "an entry is no UTF-8": sql(f"UPDATE entries SET body = CAST(x'22ff22' AS TEXT) WHERE {ENTRY} = 5"),
    "an entry is missing": sql(f"DELETE FROM entries WHERE {ENTRY} = 5"),
    "the first entry is missing": sql(f"DELETE FROM entries WHERE {ENTRY} = 1"),
    "the last entry is missing": sql(f"DELETE FROM entries WHERE {ENTRY} = 8"),
    "the length of a journal is missing": sql("DELETE FROM journals"),
    "an entry has another number": sql(f"UPDATE entries SET number = 999 WHERE {ENTRY} = 5"),
    "an entry has another letter": sql(
        f"UPDATE entries SET body = replace(body, 'Source', 'Sauce') WHERE {ENTRY} = 5"
    ),
    "an entry is a list": signed("entries", f"{ENTRY} = 5", "body", "[]"),
    "an entry is nested a million times": signed("entries", f"{ENTRY} = 5", "body", "[" * 1_000_000),
    "an entry cannot have happened": signed(
        "entries",
        f"{ENTRY} = 5",
        "body",
        edited(
            events=[
                {
                    "is": "ActionSucceeded",
                    "execution": 77,
                    "stage": "Build",
                    "action": "Compile",
                    "message": "",
                }
            ]
        ),
    ),
    "an entry has a command of nobody": signed(
        "entries", f"{ENTRY} = 5", "body", edited(command={"is": "Explode"})
    ),
    "an entry goes back in time": signed("entries", f"{ENTRY} = 5", "body", edited(at=-5)),
    "an entry has a time that is none": signed("entries", f"{ENTRY} = 5", "body", edited(at=1e300)),
    "a pipeline is not JSON": sql(f"UPDATE pipelines SET body = 'no' WHERE {SHOP}"),
    "a pipeline is NULL": sql(f"UPDATE pipelines SET body = NULL WHERE {SHOP}"),
    "a pipeline is in no region": signed("pipelines", SHOP, "region", "moon-east-1"),
    "a pipeline is in no account": signed("pipelines", SHOP, "account", "../../etc"),
    "a pipeline declares nothing": signed("pipelines", SHOP, "body", edited(pipeline={})),
    "a pipeline declares a text": signed("pipelines", SHOP, "body", edited(pipeline="shop")),
    "a pipeline has another name": signed("pipelines", SHOP, "name", "shoe"),
    "a pipeline has tags of numbers": signed("pipelines", SHOP, "body", edited(tags={"a": 1})),
    "a pipeline was born never": signed("pipelines", SHOP, "body", edited(birth=None)),
    "a pipeline has unknown readings": signed("pipelines", SHOP, "body", edited(readings={"x": 1})),
    "two pipelines have one name": signed("pipelines", "name = 'other'", "name", "shop"),
    "a pipeline has no row": sql(f"DELETE FROM pipelines WHERE {SHOP}"),
    "the pipelines are gone": sql("DELETE FROM pipelines"),
    "a job is not JSON": sql("UPDATE jobs SET body = 'x'"),
    "a job has other fields": signed("jobs", "id = (SELECT min(id) FROM jobs)", "body", edited(colour="red")),
    "a job has wrong types": signed(
        "jobs", "id = (SELECT min(id) FROM jobs)", "body", edited(execution="one")
    ),
    "a webhook is not JSON": sql("UPDATE things SET body = '[' WHERE kind = 'webhook'"),
    "a webhook is a number": signed("things", "kind = 'webhook'", "body", "7"),
    "a webhook has no definition": signed("things", "kind = 'webhook'", "body", "{}"),
    "a webhook has its tags in a list": signed("things", "kind = 'webhook'", "body", edited(tags=[])),
    "an action type has no inputs": signed(
        "things", "kind = 'custom'", "body", edited(inputArtifactDetails=None)
    ),
    "a thing is of no kind": signed("things", "kind = 'custom'", "kind", "costume"),
    "a thing has a short key": signed("things", "kind = 'custom'", "key", "Build"),
    "the clock is NULL": sql("UPDATE clock SET now = NULL"),
    "the clock is a text": sql("UPDATE clock SET now = 'noon', factor = 'fast'"),
    "the clock is infinite": signed("clock", "1", "now", float("inf")),
    "the clock has no such mode": signed("clock", "1", "mode", "sidereal"),
    "the clock is gone": sql("DELETE FROM clock"),
    "a checksum is NULL": sql(f"UPDATE entries SET crc = NULL WHERE {ENTRY} = 5"),
}
SCHEMA = {
    **{
        f"the table {table} is missing": sql(f"DROP TABLE {table}")
        for table in ("jobs", "things", "clock", "entries")
    },
    "the table pipelines is missing": sql("DROP TABLE pipelines"),
    "all tables are missing": lambda folder: [
        sql(f"DROP TABLE {table}")(folder)
        for table in ("pipelines", "entries", "jobs", "things", "artifacts", "journals", "room", "clock")
    ],
    "a column is missing": sql("ALTER TABLE jobs DROP COLUMN region"),
    "a view without an end": lambda folder: [
        sql("DROP TABLE jobs")(folder),
        sql(
            "CREATE VIEW jobs AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) "
            "SELECT id, id AS account, id AS region, id AS body, id AS crc FROM n"
        )(folder),
    ],
    "a trigger was added": sql("CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM pipelines; END"),
    "noise in the schema": sql("UPDATE sqlite_master SET sql = 'CREATE NOISE' WHERE name = 'jobs'"),
    "noise in the schema of the pipelines": sql(
        "UPDATE sqlite_master SET sql = char(1) || 'x' WHERE name = 'pipelines'"
    ),
    "a table has its root nowhere": sql("UPDATE sqlite_master SET rootpage = 9999 WHERE name = 'things'"),
    "the version is missing": sql("PRAGMA user_version = 0"),
    "the version is less than none": sql("PRAGMA user_version = -4"),
}
BYTES = {
    "the file is cut in half": bytes_of(FILE, lambda data: data[: len(data) // 2]),
    "the file is cut in a page": bytes_of(FILE, lambda data: data[: len(data) - 1000]),
    "the file has only its first page": bytes_of(FILE, lambda data: data[:4096]),
    "the file has only its header": bytes_of(FILE, lambda data: data[:100]),
    "the file is empty": bytes_of(FILE, lambda data: b""),
    "the file is gone": lambda folder: (folder / FILE).unlink(),
    "the file is zeroes": bytes_of(FILE, lambda data: bytes(len(data))),
    "the file is noise": bytes_of(FILE, lambda data: random.Random(1).randbytes(len(data))),
    "the first page is zeroes": bytes_of(FILE, zeroed(0, 4096)),
    "the second page is zeroes": bytes_of(FILE, zeroed(4096, 8192)),
    "the last page is zeroes": bytes_of(FILE, lambda data: zeroed(len(data) - 4096, len(data))(data)),
    "all but the first page is noise": bytes_of(
        FILE, lambda data: data[:4096] + random.Random(2).randbytes(len(data) - 4096)
    ),
    "it is another database": lambda folder: [(folder / FILE).unlink(), sql("CREATE TABLE t (a)")(folder)],
}
LOGS = {
    "the log is gone": lambda folder: (folder / LOG).unlink(),
    "the log is empty": bytes_of(LOG, lambda data: b""),
    "the log is cut in half": bytes_of(LOG, lambda data: data[: len(data) // 2]),
    "the log is noise": bytes_of(LOG, lambda data: random.Random(3).randbytes(len(data))),
    "a frame of the log is zeroes": bytes_of(
        LOG, lambda data: zeroed(len(data) // 2, len(data) // 2 + 4096)(data)
    ),
    "a bit of the log is flipped": bytes_of(
        LOG, lambda data: data[:9000] + bytes([data[9000] ^ 4]) + data[9001:]
    ),
}


def open_damaged(source, folder, damage):
    """What a service tells that opens a damaged copy, and what the store says."""
    shutil.copytree(source, folder)
    damage(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    service = StoredService(folder)
    problems, told = service.store.problems, service.reads()
    if "shop" in told:
        service.start()  # it goes on
    service.end()
    again = StoredService(folder)
    assert again.store.problems == [], "the second time it is whole"
    if "shop" in told:
        now = again.ask("ListPipelineExecutions", pipelineName="shop")["pipelineExecutionSummaries"]
        assert len(now) == len(executions(told)) + 1
    again.end()
    if before.get(FILE):  # an empty file has nothing to keep
        kept = [
            path for path in folder.iterdir() if path.read_bytes() == before[FILE] and "original" in path.name
        ]
        assert kept, "the original is kept"
    return problems, told


def executions(told):
    return [each["pipelineExecutionId"] for each in told["shop"][2]["pipelineExecutionSummaries"]]


def is_prefix(told, whole):
    """True if nothing in it is new: each pipeline was there, and its executions are the oldest of those."""
    if "shop" not in told:
        return True
    mine, all_of_them = executions(told), executions(whole)
    return not mine or all_of_them[-len(mine) :] == mine


@pytest.mark.parametrize("kind", [*ROWS, *SCHEMA, *BYTES])
def test_each_kind_of_damage_is_told_and_the_rest_goes_on(kind, filled, memory):
    source, whole = filled
    problems, told = open_damaged(source, memory / "state", {**ROWS, **SCHEMA, **BYTES}[kind])
    assert problems, "damage is never passed over in silence"
    assert all(sentence.endswith(".") or sentence.split()[-1].startswith("/") for sentence in problems), (
        problems
    )
    assert is_prefix(told, whole)
    if kind in ROWS and not kind.startswith(("the pipelines", "a pipeline", "two pipelines")):
        assert told["other"] == whole["other"], "what is whole is all there"
    if kind.startswith("the first entry"):
        assert "as it was after entry 0; 8 later entries are left out" in problems[0], problems
    if kind.startswith("the last entry"):
        assert "as it was after entry 7; 1 later entry is left out" in problems[0], problems
    if "clock" in kind or kind == "the length of a journal is missing":
        assert not any("acknowledged" in sentence for sentence in problems), problems
        assert executions(told) == executions(whole)
    if kind.startswith("an entry"):
        number = 5
        assert f"as it was after entry {number - 1}; " in problems[0], problems
        assert f"because entry {number} is damaged: " in problems[0], problems


@pytest.mark.parametrize("kind", LOGS)
def test_a_lost_log_is_counted(kind, killed, tmp_path):
    source, whole = killed
    problems, told = open_damaged(source, tmp_path / "state", LOGS[kind])
    assert any("acknowledged change" in sentence and "missing" in sentence for sentence in problems), problems
    assert is_prefix(told, whole)


def test_what_a_killed_server_leaves_is_no_damage(killed, tmp_path):
    source, whole = killed
    folder = tmp_path / "state"
    shutil.copytree(source, folder)
    service = StoredService(folder)
    assert (service.store.problems, service.reads()) == ([], whole)
    service.end()


def test_flipped_bits_are_found_wherever_they_are(filled, memory):
    """Each flip is told, or is in a place that holds nothing: then all is as it was."""
    source, whole = filled
    chance = random.Random(20)
    size = (source / FILE).stat().st_size
    silent = 0
    for number in range(ROUNDS):
        folder = memory / f"state-{number}"
        shutil.copytree(source, folder)
        data = bytearray((folder / FILE).read_bytes())
        data[chance.randrange(size)] ^= 1 << chance.randrange(8)
        (folder / FILE).write_bytes(data)
        with suppress(BadStore):  # a flip in the version says that a newer program has written it
            service = StoredService(folder)
            told = service.reads()
            assert is_prefix(told, whole)
            if not service.store.problems:
                silent += 1
                assert told == whole
            service.end()
        shutil.rmtree(folder)
    assert silent < ROUNDS, "some were told"


def test_noise_over_the_file_is_never_a_traceback(filled, memory):
    source, whole = filled
    chance = random.Random(21)
    size = (source / FILE).stat().st_size
    for number in range(ROUNDS // 2):
        folder = memory / f"state-{number}"
        shutil.copytree(source, folder)
        data = bytearray((folder / FILE).read_bytes())
        for _ in range(chance.randint(1, 40)):
            at, length = chance.randrange(100, size), chance.randint(1, 200)
            data[at : at + length] = chance.randbytes(length)[: size - at]
        (folder / FILE).write_bytes(data)
        service = StoredService(folder)
        told = service.reads()
        assert is_prefix(told, whole)
        assert service.store.problems or told == whole, "noise where nothing stands does no harm"
        service.end()
        shutil.rmtree(folder)


# -- what is not a store is not touched ------------------------------------------------------------
def refusal(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(BadStore) as refused:
        StoredService(folder)
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    after.pop("cp_teach.lock", None)
    before.pop("cp_teach.lock", None)
    assert after == before
    return str(refused.value)


def test_another_database_and_another_file(tmp_path):
    with closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute("CREATE TABLE photographs (a)")
        db.commit()
    assert "the database of another program" in refusal(tmp_path)
    (tmp_path / FILE).write_text("This is a letter to my aunt, and no database at all." * 10)
    assert "is not a cp_teach store" in refusal(tmp_path)


def test_a_folder_in_the_place_of_the_file(tmp_path):
    (tmp_path / FILE).mkdir()
    assert "is not a file" in refusal(tmp_path)


def test_a_store_of_a_newer_version(filled, tmp_path):
    source, _ = filled
    folder = tmp_path / "state"
    shutil.copytree(source, folder)
    sql("PRAGMA user_version = 99")(folder)
    assert "newer cp_teach (store version 99" in refusal(folder)


def test_a_read_only_store_is_called_read_only(filled, tmp_path, monkeypatch):
    source, _ = filled
    folder = tmp_path / "state"
    shutil.copytree(source, folder)
    real = os.access  # the tests may run as root, who can write everywhere
    for name in (FILE, "state"):
        monkeypatch.setattr(
            os,
            "access",
            lambda path, mode, name=name: (path.name != name or mode != os.W_OK) and real(path, mode),
        )
        assert "read-only" in refusal(folder)


def test_no_room_for_the_copy_changes_nothing(filled, tmp_path, monkeypatch):
    source, whole = filled
    folder = tmp_path / "state"
    shutil.copytree(source, folder)
    ROWS["an entry is missing"](folder)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copy2", full)
        assert "Free some space" in refusal(folder)
    service = StoredService(folder)
    assert "as it was after entry 4" in service.store.problems[0]
    assert service.reads()["other"] == whole["other"]
    service.end()


def test_a_garbled_count_accuses_nobody(filled, tmp_path):
    source, whole = filled
    for number, text in enumerate((b"", b"many", b"\xff\xfe", b"0", b"-4")):
        folder = tmp_path / f"state-{number}"
        shutil.copytree(source, folder)
        (folder / COUNT_FILE).write_bytes(text)
        service = StoredService(folder)
        assert (service.store.problems, service.reads()) == ([], whole)
        service.end()


def test_a_store_of_the_first_version_is_converted(filled, tmp_path):
    source, whole = filled
    folder = tmp_path / "state"
    folder.mkdir()
    with closing(sqlite3.connect(source / FILE)) as new, closing(sqlite3.connect(folder / FILE)) as old:
        old.executescript(
            """CREATE TABLE pipelines (run TEXT PRIMARY KEY, account TEXT, region TEXT, name TEXT, body TEXT);
            CREATE TABLE entries (run TEXT, number INTEGER, body TEXT, PRIMARY KEY (run, number)) WITHOUT ROWID;
            CREATE TABLE jobs (id TEXT PRIMARY KEY, account TEXT, region TEXT, body TEXT);
            CREATE TABLE things (account TEXT, region TEXT, kind TEXT, key TEXT, body TEXT,
                PRIMARY KEY (account, region, kind, key));
            CREATE TABLE artifacts (account TEXT, region TEXT, bucket TEXT, key TEXT, data BLOB,
                PRIMARY KEY (bucket, key));
            CREATE TABLE clock (one INTEGER PRIMARY KEY CHECK (one = 1), mode TEXT, factor REAL, now REAL, wall REAL);
            PRAGMA user_version = 1;"""
        )
        columns = {"pipelines": 5, "entries": 3, "jobs": 4, "things": 5, "artifacts": 5, "clock": 5}
        for table, count in columns.items():
            for row in new.execute(f"SELECT * FROM {table}"):
                old.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * count)})", row[:count])
        old.commit()
    service = StoredService(folder)
    assert "has been converted; nothing is missing" in service.store.problems[0]
    assert service.reads() == whole
    service.end()
