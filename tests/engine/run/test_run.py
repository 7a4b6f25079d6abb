"""The Run: moving in time, and the acts of a person."""

from typing import Any

import numpy as np
import pytest
from engine_walks import choices, moves, pipelines
from hypothesis import given
from hypothesis import strategies as st
from refusals import error

from cp_teach.engine import History, Run, StartExecution, StopExecution
from cp_teach.pipeline import Pipeline, Readings
from cp_teach.work import Simulated


# -- time ------------------------------------------------------------------------------------------------------
def same_history(run: Run) -> None:
    """The history that was followed to and fro is the one that is read anew."""
    anew = History(run.journal.copy()).follow()
    for name in ("executions", "actions", "latest", "deployed", "newest", "disabled_reasons", "plans"):
        assert getattr(run.history, name) == getattr(anew, name)
    assert run.history.running == anew.running
    for number in range(run.state.newest + 1):
        assert run.history.artifacts(number) == anew.artifacts(number)


@given(pipelines, choices, st.lists(st.integers(-9, 9), max_size=20))
def test_the_history_follows_to_and_fro(pipe: Pipeline, picks: list[int], jumps: list[int]) -> None:
    run = Run(pipe, Simulated())
    for number, pick in enumerate(picks):
        if pick % 7 == 0:
            run.inject("Source", pipe.sources[0].name, times=1 + pick % 3)
        options = moves(run.state)
        run.do(options[pick % len(options)])
        if number < len(jumps):
            run.jump(max(0, min(run.journal.total, run.journal.position + jumps[number])))
            same_history(run)
    same_history(run)


def test_the_history_goes_further_back_than_its_trail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cp_teach.engine.history.projections.UNDO_LENGTH", 5)
    run = Run(Pipeline.of("shop", Source="S3", Build="CodeBuild"), Simulated())
    for _ in range(10):
        run.release()
        run.settle()
    for _ in range(run.journal.total):
        run.undo()
        same_history(run)


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
    same_history(run)
    for _ in picks:
        run.undo()
        assert run.state == states[run.journal.position]
        same_history(run)
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
    assert "Only 1 of 5 steps can be undone." in error(run.undo, 5)
    assert "The journal goes from 0 to 1." in error(run.jump, 7)
    assert "no step -1" in error(run.fork, -1)
    assert "0 steps lead nowhere" in error(run.undo, 0)
    run.reset()
    assert run.journal.position == 0
    assert run.state.newest == 0
    assert str(run.redo()) == "Now at step 1 of 1."


@pytest.mark.parametrize("span", [-1, float("nan"), float("inf")])
def test_time_goes_forward_by_a_number(run: Run, span: float) -> None:
    with pytest.raises(ValueError, match="a finite number of seconds"):
        run.advance(seconds=span)


def test_by_hand_nothing_ends_of_itself(run: Run) -> None:
    run.release()
    assert str(run.advance(minutes=50)) == "Time has passed; nothing happened."
    assert run.now == 3000
    assert "Nothing ends by itself now. Execution 1 is in Source: Fetch is running." in str(run.settle())
    assert "Failure plans have no effect on this run" in error(run.inject, "Build", "Compile")
    assert run.journal.position == 1


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
    assert "is not a manual approval" in error(run.approve, "Build", "Compile")
    run.release()
    assert "Name one: 1, 2." in error(run.stop)
    run.succeed("Build", "Compile")
    assert "Compile in Build is not running for execution 1" in error(run.succeed, "Build", "Compile")
    assert "'Oops' is not one of AWS's failure types" in error(run.fail, "Build", "Lint", failure="Oops")


@pytest.mark.parametrize("wrong", ["1", 1.0, None, True, [1]])
def test_an_execution_is_a_whole_number(run: Run, wrong: Any) -> None:
    run.release()
    assert "must be a whole number" in error(run.do, StopExecution(wrong))
    if wrong is not None:  # None means "the one in progress"
        assert "must be a whole number" in error(run.stop, wrong)


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
    assert repr(run) == "<Run of shop: step 2 of 2, 1 executions, 1 stages busy>"


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


def test_a_run_and_its_reasons_show_themselves_as_sentences():
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"))
    assert "shop" in run._repr_html_()
    assert "Release a change." in run._repr_html_()
    run.release("<b>")
    assert repr(run.why()) == str(run.why())
    assert "Source" in repr(run.why())


def test_an_edit_that_enables_all_transitions_forgets_why_they_were_disabled():
    run = Run(
        Pipeline.of("shop", Source="S3", Beta="CodeDeploy"), readings=Readings(doors_after_edit="enabled")
    )
    run.disable("Beta", reason="demo")
    assert run.history.disabled_reasons == {"Beta": "demo"}
    run.edit(run.pipeline)
    assert run.history.disabled_reasons == run.history.disabled_since == {}
    run.undo()
    assert run.history.disabled_reasons == {"Beta": "demo"}
