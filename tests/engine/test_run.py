"""The Run: moving in time, listeners, threads, acts, tables."""

import threading
import warnings
from typing import Any

import numpy as np
import pytest
from engine_walks import choices, moves, pipelines
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.engine import Change, Refused, Run, StartExecution, StopExecution
from cp_teach.pipeline import Pipeline
from cp_teach.work import Simulated


@pytest.fixture
def run() -> Run:
    return Run(
        Pipeline.of(
            "shop",
            Source="Fetch:S3",
            Build="Compile:CodeBuild and Lint:Test/CodeBuild",
            Beta="Deploy:CodeDeploy",
        )
    )


def error(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    return str(refused.value)


# -- time ------------------------------------------------------------------------------------------------------
@given(pipelines, choices, st.data())
def test_undo_redo_jump_and_fork_restore_exactly(
    pipe: Pipeline, picks: list[int], data: st.DataObject
) -> None:
    run = Run(pipe)
    states = [run.state]
    for pick in picks:
        options = moves(run.state)
        run.do(options[pick % len(options)])
        states.append(run.state)
    rows = repr(run.history.executions), repr(run.history.actions)
    for _ in picks:
        run.undo()
        assert run.state == states[run.journal.position]
    for _ in picks:
        run.redo()
        assert run.state == states[run.journal.position]
    assert (repr(run.history.executions), repr(run.history.actions)) == rows
    there = data.draw(st.integers(0, len(picks)))
    other = run.fork(there)
    run.jump(there)
    assert run.state == other.state == states[there]
    assert repr(run.history.actions) == repr(other.history.actions)
    other.do(StartExecution() if StartExecution() in other.legal() else moves(other.state)[0])
    assert run.state == states[there]
    assert run.journal.total == len(picks)


def test_acting_in_the_past_drops_the_future_and_never_reuses_an_id(run: Run) -> None:
    run.release()
    first = run.history.executions[1].revisions
    run.undo()
    run.release()
    assert run.history.executions[1].revisions != first
    assert error(run.redo) == "There is nothing to redo."


def test_moving_outside_the_journal_is_refused_in_words(run: Run) -> None:
    assert error(run.undo) == "There is nothing to undo."
    run.release()
    assert "There is 1 step to undo, not 5." in error(run.undo, 5)
    assert "The journal goes from 0 to 1." in error(run.jump, 7)
    assert "no moment -1" in error(run.fork, -1)
    assert "0 steps lead nowhere" in error(run.undo, 0)
    run.reset()
    assert run.journal.position == 0
    assert run.state.last == 0
    assert str(run.redo()) == "Now at moment 1 of 1."


@pytest.mark.parametrize("span", [-1, float("nan"), float("inf")])
def test_time_goes_forward_by_a_number(run: Run, span: float) -> None:
    with pytest.raises(ValueError, match="time goes on"):
        run.advance(seconds=span)


def test_by_hand_nothing_ends_of_itself(run: Run) -> None:
    run.release()
    assert str(run.advance(days=1)) == "Time has passed; nothing happened."
    assert run.now == 86400
    assert "Nothing ends of itself now. Execution 1 is in Source: Fetch is running." in str(run.settle())
    assert "nobody would follow the plan" in error(run.inject, "Build", "Compile")
    assert run.journal.position == 1


# -- listeners ---------------------------------------------------------------------------------------------------
def test_everybody_hears_in_journal_order_even_when_a_listener_acts(run: Run) -> None:
    heard: list[list[int]] = [[], []]

    def first(change: Change) -> None:
        assert change.entry is not None
        heard[0].append(change.entry.state.last)
        if change.entry.state.last < 4:
            run.release()

    run.listen(first)
    run.listen(lambda change: heard[1].append(change.entry.state.last if change.entry else -1))
    run.release()
    assert heard == [[1, 2, 3, 4], [1, 2, 3, 4]]


def test_changes_say_what_kind_they_are(run: Run) -> None:
    kinds: list[str] = []
    stop = run.listen(lambda change: kinds.append(change.kind))
    run.release()
    run.undo()
    run.advance(minutes=1)
    with pytest.raises(Refused):
        run.disable("Nope")
    assert kinds == ["did", "moved", "clock"]
    stop()
    stop()
    run.release()
    assert len(kinds) == 3


def test_ending_one_registration_leaves_the_others(run: Run) -> None:
    heard: list[str] = []

    def listener(change: Change) -> None:
        heard.append(change.kind)

    stop = run.listen(listener)
    run.listen(listener)
    stop()
    stop()
    run.release()
    assert heard == ["did"]


def test_who_was_taken_away_by_one_before_him_hears_no_more(run: Run) -> None:
    heard: list[str] = []
    run.listen(lambda change: stop())
    stop = run.listen(lambda change: heard.append("late"))
    run.release()
    assert heard == []


def test_a_listener_that_raises_is_told_of_and_the_others_hear_everything(run: Run) -> None:
    heard: list[int] = []

    def broken(change: Change) -> None:
        raise ZeroDivisionError("in my plot")

    run.listen(broken)
    run.listen(lambda change: heard.append(run.journal.position))
    with pytest.warns(RuntimeWarning, match="in my plot"):
        run.release()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="in my plot"):
            run.succeed("Source")
    assert heard == [1, 2]


def test_many_threads_lose_nothing_and_everybody_hears_the_same_order() -> None:
    run = Run(Pipeline.of("busy", Source="S3", Build="CodeBuild"))
    heard: list[list[int]] = [[], []]
    for ears in heard:
        run.listen(lambda change, ears=ears: ears.append(change.entry.state.last))

    def work() -> None:
        for _ in range(100):
            run.release()
            run.history.actions[-1:]

    threads = [threading.Thread(target=work, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert run.state.last == 600
    assert heard[0] == heard[1] == list(range(1, 601))
    ids = {row.revisions[0].id for row in run.history.executions.values()}
    assert len(ids) == 600


def test_a_listener_may_wait_for_another_thread_that_acts(run: Run) -> None:
    positions: list[int] = []

    def listener(change: Change) -> None:
        positions.append(change.entry.state.last if change.entry else 0)
        if len(positions) == 1:
            other = threading.Thread(target=run.release, daemon=True)
            other.start()
            other.join(20)
            assert not other.is_alive(), "do() waited for a listener"

    run.listen(listener)
    run.release()
    assert positions == [1, 2]


# -- acts --------------------------------------------------------------------------------------------------------
def test_what_is_not_named_is_found_or_asked_for(run: Run) -> None:
    assert "No execution is in progress" in error(run.stop)
    assert "No action is running in Build" in error(run.succeed, "Build")
    assert "no stage named 'Bulid'" in error(run.succeed, "Bulid")
    assert "no stage named 'Bulid'" in error(run.approve, "Bulid")
    assert "no action named 'Nope' in Build" in error(run.fail, "Build", "Nope")
    assert "No approval is pending" in error(run.approve)
    assert "There is no execution 1" in error(run.succeed, "Build", "Compile")
    run.release()
    run.succeed("Source")
    assert "Name one: Compile, Lint." in error(run.succeed, "Build")
    assert "is no manual approval" in error(run.approve, "Build", "Compile")
    run.release()
    assert "Name one: 1, 2." in error(run.stop)
    run.succeed("Build", "Compile")
    assert "Compile in Build is not running for execution 1" in error(run.succeed, "Build", "Compile")
    assert "'Oops' is not one of AWS's failure types" in error(run.fail, "Build", "Lint", failure="Oops")


@pytest.mark.parametrize("wrong", ["1", 1.0, None, True, [1]])
def test_an_execution_is_a_whole_number(run: Run, wrong: Any) -> None:
    run.release()
    assert "has to be a whole number" in error(run.do, StopExecution(wrong))
    if wrong is not None:  # None means "the one in progress"
        assert "has to be a whole number" in error(run.stop, wrong)


def test_the_index_of_a_frame_is_a_whole_number_too(run: Run) -> None:
    run.release()
    run.stop(np.int64(1), abandon=True)
    run.retry("Source", execution=run.executions().index[0])
    assert run.state.executions[0].status == "InProgress"


def test_a_deed_reads_as_sentences(run: Run) -> None:
    happened = run.release("Fix <b>")
    assert str(happened).splitlines()[:2] == [
        "Execution 1 started with “Fix <b>”.",
        "Execution 1 entered Source and locked it.",
    ]
    assert "&lt;b&gt;" in happened._repr_html_()
    assert repr(happened) == str(happened)
    assert str(run.enable("Build")) == "Nothing changed."
    assert repr(run) == "<Run of shop: moment 2 of 2, 1 executions, 1 stages busy>"


def test_every_event_is_a_sentence_of_its_own() -> None:
    run = Run(Pipeline.of("tale", Source="S3", Build="CodeBuild", Beta="Manual"))
    run.disable("Beta", "demo")
    for _ in range(2):
        run.release("x")
        run.succeed("Source")
        run.succeed("Build")
    run.enable("Beta")
    run.reject()
    run.retry("Beta")
    run.stop(abandon=True)
    run.delete()
    frame = run.events()
    assert len(set(frame["event"])) == 16
    assert all(str(s)[0].isupper() and str(s)[-1] in ".!?”" for s in frame["sentence"])


# -- reading -----------------------------------------------------------------------------------------------------
def test_what_is_in_a_stage_is_what_went_through_all_of_it() -> None:
    run = Run(Pipeline.of("two", Source="S3", Beta="Deploy:CodeDeploy then Check:CodeDeploy"))
    assert run.running_in("Beta") is None
    run.release("one")
    run.succeed("Source")
    run.succeed("Beta")
    assert run.running_in("Beta") is None
    run.succeed("Beta")
    run.release("two")
    run.succeed("Source")
    run.succeed("Beta")  # its Deploy is through, its Check is not
    beta = run.running_in("Beta")
    assert beta is not None
    assert beta.execution == 1
    assert {a.execution for a in beta.artifacts} == {1}
    assert "has execution 1" in str(beta)
    assert "“one”" in str(beta)
    source = run.running_in("Source")
    assert source is not None
    assert (source.execution, [a.name for a in source.artifacts]) == (2, ["SourceOutput"])
    assert "no stage named 'Gamma'" in error(run.running_in, "Gamma")


COLUMNS = {
    "executions": ["status", "stage", "message", "revision", "trigger", "started", "ended", "superseded_by"],
    "actions": ["execution", "stage", "action", "attempt", "status", "started", "ended", "failure", "message",
                "inputs", "outputs"],
    "events": ["moment", "at", "event", "sentence"],
    "artifacts": ["artifact", "execution", "stage", "action", "key", "revisions", "message"],
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_an_empty_run_has_empty_tables_with_all_columns_and_kinds(run: Run, name: str) -> None:
    empty = getattr(run, name)()
    assert len(empty) == 0
    assert list(empty.columns) == COLUMNS[name]
    run.release()
    run.succeed("Source")
    full = getattr(run, name)()
    assert list(full.columns) == COLUMNS[name]
    assert len(full)
    assert dict(empty.dtypes) == dict(full.dtypes)
    assert empty.index.dtype == full.index.dtype


def test_the_tables_tell_what_happened() -> None:
    run = Run(Pipeline.of("shop", Source="S3", Build="CodeBuild"), Simulated({"S3": 1, "CodeBuild": 2}))
    run.inject("Build", "CodeBuild", message="red")
    run.release("one")
    run.settle()
    run.retry("Build")
    run.settle()
    executions = run.executions()
    assert executions.loc[1, ["status", "stage", "message", "started", "ended"]].tolist() == [
        "Succeeded", "Build", "one", 0.0, 300.0,
    ]  # fmt: skip
    actions = run.actions()
    assert actions["attempt"].tolist() == [1, 1, 2]
    assert actions["status"].tolist() == ["Succeeded", "Failed", "Succeeded"]
    assert actions["message"].tolist() == ["", "red", ""]
    assert actions["inputs"].tolist() == ["", "SourceOutput", "SourceOutput"]
    artifacts = run.artifacts()
    assert artifacts["artifact"].tolist() == ["SourceOutput", "BuildOutput"]
    assert artifacts["message"].tolist() == ["one", "one"]
    assert artifacts["key"].str.fullmatch(r"shop/(SourceOutp|BuildOutpu)/\w{7}\.zip").all()
    assert run.events()["moment"].is_monotonic_increasing
