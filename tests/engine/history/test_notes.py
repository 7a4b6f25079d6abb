"""Notes: facts that no rule reads. They stand on the entry that was newest, and the past does not know them."""

import json

import pytest

from cp_teach import Pipeline, Run
from cp_teach.engine.history.progress_notes import FLEET, LOG, note_name, read_notes


@pytest.fixture
def run():
    run = Run(Pipeline.of("shop", Source="S3", Prod="CodeDeploy"))
    run.release("One")
    run.succeed("Source")
    return run


def row_of(run, stage="Prod"):
    return next(row for row in run.history.actions if row.stage == stage)


def note(run, value, what=FLEET):
    run.note(note_name(what, row_of(run)), lambda before: json.dumps(value))


def test_a_note_changes_no_state_and_no_history_and_is_heard(run):
    heard = []
    run.listen(heard.append)
    state, rows, total = run.state, list(run.history.actions), run.journal.total
    run.note("fleet", lambda before: f"{before}a")
    run.note("fleet", lambda before: f"{before}b")
    assert run.journal.notes(total - 1) == {"fleet": "ab"}
    assert (run.state, run.history.actions, run.journal.total) == (state, rows, total)
    assert [change.kind for change in heard] == ["noted", "noted"]


def test_a_note_stands_beside_those_that_were_given_with_the_entry(run):
    run.do(run.legal()[0], (("by", "me"),))
    run.note("fleet", lambda before: "3")
    assert run.journal.notes(run.journal.total - 1) == {"by": "me", "fleet": "3"}
    assert run.journal[run.journal.total - 1].notes == (("by", "me"),)


def test_at_the_beginning_there_is_nothing_to_note_on():
    with pytest.raises(IndexError, match="the journal has no entry yet"):
        Run(Pipeline.of("shop", Source="S3", Prod="CodeDeploy")).note("fleet", str)


def test_a_past_moment_tells_what_was_known_when_it_began(run):
    began = run.journal.position
    note(run, "half")
    assert read_notes(run.journal, row_of(run), FLEET) == ["half"]
    run.disable("Prod", reason="later")
    note(run, "all")
    run.succeed("Prod")
    ended = run.journal.position
    run.release("Two")
    note(run, "of another time")
    row = row_of(run)
    known = {}
    for moment in (began, began + 1, ended, run.journal.total):
        run.jump(moment)
        known[moment] = read_notes(run.journal, row, FLEET)
    assert known[began] == []
    assert known[began + 1] == ["half"]
    assert known[ended] == ["half", "all"]
    assert read_notes(run.journal, row_of(run, "Source"), FLEET) == []
    assert read_notes(run.journal, row, LOG) == []


def test_what_comes_after_the_end_of_a_run_is_not_told_of_it(run):
    note(run, "all")
    run.advance(minutes=1)
    run.succeed("Prod")
    run.advance(minutes=1)
    run.release("Two")
    run.note(note_name(FLEET, row_of(run)), lambda before: json.dumps("late"))
    assert read_notes(run.journal, row_of(run), FLEET) == ["all"]


def test_a_copy_of_the_past_does_not_know_what_was_noted_since(run):
    began = run.journal.position
    note(run, "half")
    run.disable("Prod")
    assert read_notes(run.fork(began).journal, row_of(run), FLEET) == []
    assert read_notes(run.fork(began + 1).journal, row_of(run), FLEET) == ["half"]
    fork = run.fork()
    note(run, "all")
    assert read_notes(fork.journal, row_of(run), FLEET) == ["half"]


def test_who_acts_in_the_past_drops_the_notes_of_the_future_that_was_undone(run):
    position = run.journal.position
    run.disable("Prod")
    note(run, "gone")
    run.jump(position)
    run.disable("Prod", reason="Another.")
    assert run.journal.notes(position) == {}


def test_notes_are_saved_and_loaded(run, tmp_path):
    note(run, {"i-1": "✓"})
    run.disable("Prod")
    loaded = Run.load(run.save(tmp_path / "run.json"))
    assert not loaded.read_only
    assert read_notes(loaded.journal, row_of(loaded), FLEET) == [{"i-1": "✓"}]
