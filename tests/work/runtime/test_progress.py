"""What work tells while it goes on: gathered, limited, and on the journal before its end is."""

import json
import threading
import zipfile

import pytest

import cp_teach
from cp_teach import Pipeline
from cp_teach.engine.history.progress_notes import BUILD, FLEET, LOG, note_name, read_notes
from cp_teach.work.runtime import progress_writer
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.runtime.progress_writer import MAX_LENGTH, MAX_LINES, ProgressWriter
from cp_teach.work.task import Done


@pytest.fixture
def noted(monkeypatch):
    """A Progress whose beat never comes, and what it has written: name -> values."""
    monkeypatch.setattr(progress_writer, "FLUSH_SECONDS", 3600)
    from cp_teach import Run

    run = Run(Pipeline.of("shop", Source="S3", Build="CodeBuild"))
    run.release()
    row = run.history.actions[0]
    written = []

    def note(name, change):
        before = written[-1][1] if written and written[-1][0] == name else ""
        written.append((name, change(before)))

    return ProgressWriter(row, note), written, row


def test_many_lines_are_one_note_with_the_last_of_them(noted):
    one, written, row = noted
    for number in range(5000):
        one.add_line(f"line {number}")
    assert written == []
    one.flush()
    ((name, value),) = written
    count, lines = json.loads(value)
    assert name == note_name(LOG, row)
    assert count == 5000
    assert lines == [f"line {number}" for number in range(5000 - MAX_LINES, 5000)]


def test_later_lines_join_those_that_stand_there_and_push_out_the_first(noted):
    one, written, _ = noted
    for number in range(MAX_LINES):
        one.add_line(str(number))
    one.flush()
    one.add_line("last")
    one.flush()
    count, lines = json.loads(written[-1][1])
    assert (count, len(lines), lines[0], lines[-1]) == (MAX_LINES + 1, MAX_LINES, "1", "last")
    one.flush()
    assert len(written) == 2, "no news, no note"


def test_a_line_is_cut_and_loses_what_only_a_terminal_has(noted):
    one, written, _ = noted
    one.add_line("\x1b[32mok\x1b[0m\tfine\r\n")
    one.add_line("x" * 10_000)
    one.flush()
    _, (first, second) = json.loads(written[0][1])
    assert first == "ok    fine"
    assert len(second) == MAX_LENGTH
    assert second.endswith("…")


def test_of_a_fact_the_newest_is_written(noted):
    one, written, row = noted
    one.set_fact(FLEET, ["half"])
    one.set_fact(FLEET, ["all"])
    one.flush()
    assert written == [(note_name(FLEET, row), '["all"]')]


def test_news_are_written_by_themselves_after_a_beat(monkeypatch):
    monkeypatch.setattr(progress_writer, "FLUSH_SECONDS", 0.01)
    came = threading.Event()

    class Row:
        position, stage, action = 0, "Build", "Build"

    ProgressWriter(Row(), lambda name, change: came.set()).add_line("hello")
    assert came.wait(30)


def test_all_that_a_run_told_is_on_the_journal_before_its_end(tmp_path):
    def build(task):
        task.report_progress(BUILD, {"id": "b:1", "status": "FAILED", "phases": []})
        task.log("It is broken.")
        return Done("JobFailed", "Look at the log.")

    def source(task):
        (name,) = task.outputs
        with zipfile.ZipFile(task.folder / "out.zip", "w") as archive:
            archive.writestr("page", "hello")
        return Done(outputs={name: task.folder / "out.zip"})

    pipeline = Pipeline.of("shop", Source="S3", Build="CodeBuild")
    with ActionExecutor(pipeline, {"S3": source, "CodeBuild": build}, folder=tmp_path) as shop:
        shop.run.release()
        assert shop.settle(60)
        row = shop.run.history.latest["Build", "CodeBuild"]
        assert read_notes(shop.run.journal, row, BUILD)[-1]["status"] == "FAILED"
        assert read_notes(shop.run.journal, row, LOG) == [[1, ["It is broken."]]]
        last = shop.run.journal.total - 1
        assert not [name for name in shop.run.journal.notes(last) if name.startswith(LOG)]


@pytest.mark.needs("git")
def test_the_sample_tells_its_phases_its_log_and_its_fleet_with_a_rollback():
    with cp_teach.workplace("sample-app", yes=True) as place:
        group = place.group()
        place.run.release()
        place.settle()
        place.run.approve()
        place.settle()
        history = place.run.history
        build = history.latest["Build", "Build"]
        phases = read_notes(place.run.journal, build, BUILD)[-1]["phases"]
        assert [(each["name"], each["status"]) for each in phases] == [
            (each.name, each.status) for each in place.builds[0].phases
        ]
        lines = read_notes(place.run.journal, build, LOG)[-1][1]
        assert lines == place.output("Build")[-MAX_LINES:]
        (fleet,) = read_notes(place.run.journal, history.latest["Prod", "Deploy"], FLEET)[-1]
        assert fleet["healthy"] == list(group.fleet.instances)
        assert fleet["status"] == "Succeeded"
