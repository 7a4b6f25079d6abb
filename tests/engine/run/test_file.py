"""Saved runs: there and back, and every damage a sentence of its own."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine_walks import choices, moves, pipelines
from hypothesis import given
from hypothesis import strategies as st

import cp_teach
from cp_teach.engine import BadRunFile, Refused, Run
from cp_teach.engine.run.run_file import KEYS, decode, encode
from cp_teach.pipeline import InvalidPipeline, Pipeline
from cp_teach.work import Simulated

DOCS = Path(__file__).parents[3] / "docs" / "run-file.md"


def small() -> Run:
    run = Run(Pipeline.of("shop", Source="S3", Build="CodeBuild"), Simulated(seed=3), seed=7)
    run.release("Fix the till")
    run.inject("Build", "CodeBuild")
    run.settle()
    run.retry("Build")
    return run


SMALL_RUN = json.dumps(encode(small()))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "run.json"
    path.write_text(SMALL_RUN, encoding="utf-8")
    return path


def same(a: Run, b: Run) -> None:
    assert [*a.journal] == [*b.journal]
    assert a.state == b.state
    assert repr(a.history.actions) == repr(b.history.actions)
    assert a.next_due() == b.next_due()
    assert a.read_only == b.read_only


@given(pipelines, choices, st.integers(0, 5), st.booleans(), st.text(max_size=5))
def test_there_and_back(
    pipe: Pipeline,
    picks: list[int],
    back: int,
    by_hand: bool,
    message: str,
) -> None:
    run = Run(pipe, None if by_hand else Simulated({"S3": 2}, spread=0.5, seed=4), seed=9)
    run.release(message)
    for pick in picks[:25]:
        options = moves(run.state)
        run.do(options[pick % len(options)])
        run.advance(seconds=pick % 50)
        if pick % 11 == 0:
            run.undo()
        if pick % 13 == 0:
            run.fork()
    if run.journal.position > back > 0:
        run.undo(back)
    document = encode(run)
    again = decode(json.loads(json.dumps(document)), Run)
    assert encode(again) == document
    same(run, again)
    assert again.fork().id == run.fork().id
    for driven in (run, again):
        driven.release("after")
        driven.settle()
    same(run, again)


def damage(path: Path, change: Callable[[Any], Any]) -> str:
    document = json.loads(path.read_text(encoding="utf-8"))
    document = change(document) or document
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BadRunFile) as bad:
        Run.load(path)
    assert str(path) in str(bad.value)
    return str(bad.value)


@pytest.mark.parametrize("key", [*KEYS, "format", "version"])
def test_every_missing_key_is_named(saved: Path, key: str) -> None:
    assert key in damage(saved, lambda d: d.pop(key) and None)


def put(*where: Any) -> Callable[[Any], None]:
    *path, last, value = where

    def change(document: Any) -> None:
        for key in path:
            document = document[key]
        if value is KeyError:
            del document[last]
        else:
            document[last] = value

    return change


DAMAGES = [
    (put("format", "a song"), "not a saved run"),
    (put("version", 2), "version 2 of the format; this cp_teach reads 1"),
    (put("version", [1]), "version [1]"),
    (put("seed", "x"), "seed: 'x' is not int"),
    (put("seed", True), "seed: True is not int"),
    (put("id", 3), "id: 3 is not str"),
    (put("now", "noon"), "now: 'noon' is not a number"),
    (put("now", 10**400), "now: 1"),
    (put("position", 99), "position 99 is outside"),
    (put("position", -1), "position: -1 is less than 0"),
    (put("forks", -1), "forks: -1"),
    (put("entries", {}), "entries: {} is not list"),
    (put("entries", 0, "x"), "entry 1: 'x' is not dict"),
    (put("entries", 0, "at", KeyError), "entry 1: 'at' is missing"),
    (put("entries", 1, "at", -5), "entry 2: its time -5.0 is before"),
    (put("entries", 0, "fork", 1.5), "entry 1, fork: 1.5 is not int"),
    (put("entries", 0, "fork", 7), "entry 2: its fork 0 is before"),
    (put("entries", 0, "notes", ["x"]), "entry 1, notes"),
    (put("entries", 0, "notes", {"x": 1}), "entry 1, notes, x"),
    (put("entries", 0, "command", None), "entry 1: None is unknown"),
    (put("entries", 0, "command", {"is": "Explode"}), "'Explode' is unknown"),
    (put("entries", 0, "command", {"is": ["x"]}), "['x'] is unknown"),
    (put("entries", 0, "command", "is", "ExecutionSucceeded"), "'ExecutionSucceeded' is unknown"),
    (put("entries", 0, "command", "trigger", 5), "entry 1, StartExecution, trigger: 5 is not str"),
    (put("entries", 0, "command", "trigger", KeyError), "trigger missing"),
    (put("entries", 0, "command", "colour", "red"), "unknown colour"),
    (put("entries", 0, "command", "revisions", [3]), "revisions: 3 is not dict"),
    (put("entries", 0, "command", "revisions", 0, "id", None), "revisions, id: None is not str"),
    (put("entries", 1, "command", "chance", 7), "entry 2: chance must be between 0 and 1"),
    (put("entries", 1, "command", "stage", "Nope"), "entry 2: There is no action Nope/CodeBuild"),
    (put("entries", 1, "events", [{"is": "PipelineDeleted"}]), "entry 2: a plan causes no events"),
    (put("entries", 0, "events", 1, "execution", 5), "entry 1: its events cannot have happened"),
    (put("entries", 2, "events", 1, "stage", "Nope"), "entry 3: its events cannot have happened"),
    (put("entries", 2, "events", [{"is": "ExecutionSucceeded", "execution": 1}]), "cannot have happened"),
    (put("worker", {"kind": ["x"]}), "worker, kind"),
    (put("worker", "minutes", {"Build": -1}), "the duration of 'Build'"),
    (put("worker", "spread", "x"), "worker"),
    (put("worker", {"kind": "simulated"}), "worker: 'minutes'"),
    (put("pipeline", {"name": "x"}), "its pipeline cannot run"),
    (put("pipeline", 3), "its pipeline cannot run"),
    (lambda d: d | {"readings": {"edited": "Vanished"}}, "Readings, edited: 'Vanished' is not a valid value"),
    (lambda d: d | {"readings": {"editted": "Failed"}}, "its pipeline cannot run"),
    (lambda d: ["list"], "not a saved run"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), DAMAGES, ids=[words for _, words in DAMAGES])
def test_each_damage_has_its_sentence(saved: Path, change: Callable[[Any], Any], words: str) -> None:
    assert words in damage(saved, change)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON: Expecting value in line 1, column 1"),
        (b"\xff\xfe", "not a text file in UTF-8 (byte 0)"),
        (b"{'a': 1}", "not JSON"),
        (b"[" * 100_000, "not JSON that can be read"),
        (b'{"now": NaN}', "NaN is not a number"),
        (b"1" * 5000, "not JSON that can be read"),
    ],
)
def test_what_is_no_json_is_said_to_be_none(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(BadRunFile, match=re.escape(words)):
        Run.load(path)


def test_a_file_cut_off_anywhere_is_a_bad_run_file(saved: Path) -> None:
    data = saved.read_bytes()
    for end in range(0, len(data) - 2, len(data) // 25):
        saved.write_bytes(data[:end])
        with pytest.raises(BadRunFile):
            Run.load(saved)


@given(st.data())
def test_whatever_is_put_anywhere_is_a_run_or_a_bad_run_file(data: st.DataObject) -> None:
    document = json.loads(SMALL_RUN)
    spots: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            spots.append((node, key))
            if isinstance(node[key], (dict, list)):
                collect(node[key])

    collect(document)
    node, key = data.draw(st.sampled_from(spots))
    node[key] = data.draw(
        st.none() | st.booleans() | st.integers(-1, 3) | st.floats(allow_nan=False) | st.sampled_from(
            ["", "Build", "S3", "InProgress", [], {}, [1], {"is": "PipelineDeleted"}, 10**400]
        )
    )  # fmt: skip
    try:
        run = decode(document, Run)
    except BadRunFile:
        return
    assert run.why().sentence
    assert len(run.events()) >= 0
    run.fork().legal()


def test_other_rules_open_it_read_only_and_say_where(saved: Path) -> None:
    document = json.loads(saved.read_text(encoding="utf-8"))
    entry = document["entries"][3]
    assert entry["command"]["is"] == "FinishAction"
    entry["command"]["failure"] = ""  # today's rules would let it succeed
    saved.write_text(json.dumps(document), encoding="utf-8")
    run = Run.load(saved)
    assert "entry 4: the rules now say Action CodeBuild (stage Build) succeeded" in run.read_only
    assert encode(run)["entries"] == document["entries"]
    with pytest.raises(Refused, match="can only be read"):
        run.release()
    assert run.next_due() is None
    run.undo()
    assert run.state.executions[0].status == "Failed"
    other = run.fork()
    other.release()
    assert other.state.newest == 2


def test_a_command_that_is_refused_today_is_said_too(saved: Path) -> None:
    document = json.loads(saved.read_text(encoding="utf-8"))
    document["entries"][4]["command"]["mode"] = "SOME_ACTIONS"
    saved.write_text(json.dumps(document), encoding="utf-8")
    assert "the rules now refuse RetryStage" in Run.load(saved).read_only


def test_an_unknown_worker_opens_read_only(saved: Path) -> None:
    document = json.loads(saved.read_text(encoding="utf-8"))
    document["worker"] = {"kind": "robot"}
    saved.write_text(json.dumps(document), encoding="utf-8")
    assert "'robot' is unknown" in Run.load(saved).read_only


def test_a_failed_save_leaves_the_old_file_whole(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        small().save(saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_run_that_could_not_be_loaded_is_not_saved(tmp_path: Path) -> None:
    import dataclasses

    pipe = Pipeline.of("shop", Source="S3", Build="CodeBuild")
    run = Run(dataclasses.replace(pipe, stages=pipe.stages[:1]))
    with pytest.raises(InvalidPipeline):
        run.save(tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == []


def test_a_saved_run_is_loaded_as_it_was(tmp_path: Path) -> None:
    run = small()
    run.undo()
    again = Run.load(run.save(tmp_path / "x.json"))
    same(run, again)
    assert encode(again) == encode(run)


def test_half_a_surrogate_survives(tmp_path: Path) -> None:
    run = Run(Pipeline.of("shop", Source="S3", Build="CodeBuild"))
    run.release("\ud83d “ü”")
    assert Run.load(run.save(tmp_path / "x.json")).history.executions[1].message == "\ud83d “ü”"


def test_the_example_in_the_documentation_is_a_real_file(tmp_path: Path) -> None:
    found = re.search(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    run = cp_teach.Run(
        Pipeline.of("shop", Source="S3", Build="CodeBuild"), cp_teach.Simulated(seed=3), seed=7
    )
    run.release("Fix the till")
    run.step()
    document = encode(run)
    document["pipeline"] = "…"
    shown = json.loads(found[1])
    assert shown == document
    assert list(shown) == list(document)
    for key in document:
        assert f"`{key}`" in DOCS.read_text(encoding="utf-8")
