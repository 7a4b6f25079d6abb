"""Recordings: every moment as it was shown, the run untouched, and a small pack."""

import json

import pytest
from packed_recordings import unpack

from cp_teach import ByHand, Console, Pipeline, Run, Simulated, load_pipeline
from cp_teach.show.offline import graph_selection
from cp_teach.show.offline import recording as replay
from cp_teach.show.offline.recording import pack, views


@pytest.fixture
def run():
    run = Run(load_pipeline("course-source-build-beta-prod"), Simulated())
    for message in ("First", "Second"):
        run.release(message)
        run.settle()
    return run


@pytest.fixture
def recording(monkeypatch):
    monkeypatch.setenv(replay.SWITCH, "1")
    monkeypatch.setattr(replay, "_displays", [])
    # The moments are what these tests are about, not the state graphs around them: small ones will do.
    monkeypatch.setattr(graph_selection, "STATES", 200)


def views_of(console):
    told = replay.recordings()
    return unpack(told["pool"], told["recordings"])[told["consoles"][console]]["views"]


def recorded_views(run):
    return views(run, run.journal.copy(run.journal.total))


def test_each_moment_is_recorded_as_the_console_would_show_it(run):
    from cp_teach.show.view.view_model import view

    pictures = recorded_views(run)
    assert len(pictures) == run.journal.total + 1
    for position, recorded in enumerate(pictures):
        run.jump(position)
        live = view(run)
        for key in ("pipeline", "stages", "sentence", "position", "total", "executions", "log", "reasons"):
            assert recorded[key] == live[key], (position, key)


def test_recording_leaves_the_run_as_it_is(run):
    run.undo(3)
    before = (run.state, run.journal.position, run.journal.total, run.journal.forks, run.now, run.id)
    recorded_views(run)
    assert (run.state, run.journal.position, run.journal.total, run.journal.forks, run.now, run.id) == before
    assert run.fork().id == f"{run.id}/1"


def test_undone_moments_are_recorded_too(run):
    total = run.journal.total
    run.reset()
    assert len(recorded_views(run)) == total + 1


def test_what_was_packed_comes_out_again_and_is_small(run):
    pictures = json.loads(json.dumps(recorded_views(run)))
    pool, packed = pack(pictures)
    assert unpack(pool, packed) == pictures
    assert len(json.dumps([pool, packed])) < len(json.dumps(pictures)) / 3
    assert unpack(*pack({"a": ["x" * 40, "x" * 40], "b": None, "c": 1.5})) == {
        "a": ["x" * 40, "x" * 40],
        "b": None,
        "c": 1.5,
    }


def test_a_console_says_nothing_of_recordings_in_an_ordinary_notebook(run, monkeypatch):
    monkeypatch.delenv(replay.SWITCH, raising=False)
    assert replay.display_data(run) == {}
    data, _ = Console(run)._repr_mimebundle_()
    assert replay.MIME not in data


def test_a_console_plays_what_later_cells_did_from_where_it_was_shown(run, recording):
    run.reset()
    run.release("Only this")
    data, _ = Console(run)._repr_mimebundle_()
    assert data[replay.MIME] == {"console": 0, "at": 1}
    run.settle()
    views = views_of(0)
    assert len(views) == run.journal.total + 1 > 5
    assert views[1]["position"] == 1


def test_two_consoles_on_one_run_share_one_recording(run, recording):
    for _ in range(2):
        Console(run)._repr_mimebundle_()
    told = replay.recordings()
    assert told["consoles"] == [0, 0]
    assert len(unpack(told["pool"], told["recordings"])) == 1


def test_a_console_keeps_its_steps_when_the_past_is_rewritten(run, recording):
    Console(run)._repr_mimebundle_()
    there = run.journal.total
    run.reset()
    run.release("Another past")
    Console(run)._repr_mimebundle_()
    assert len(views_of(0)) == there + 1
    assert len(views_of(1)) == 2
    assert "First" in str(views_of(0)[1]["executions"])
    assert "Another past" in str(views_of(1)[1]["executions"])


def test_a_run_that_was_really_worked_on_has_the_usual_moves_and_no_more(recording, monkeypatch):
    """A graph with stopping in it takes seconds to make, and the page is there to show what was."""
    monkeypatch.setattr(graph_selection, "STATES", 2000)
    sizes = []
    for reason in ("", "It was really built."):
        replay._displays.clear()
        run = Run(Pipeline.of("pair", Source="S3", Beta="S3"), Simulated())
        run.release("First")
        run.settle()
        run.forward_only = reason
        Console(run)._repr_mimebundle_()
        (atlas,) = replay.recordings()["atlases"]
        sizes.append(len(json.dumps(atlas)))
        assert ("stop executions" in json.dumps(atlas)) == (not reason)
    assert sizes[1] < sizes[0]


def test_a_button_of_a_page_finds_the_move_that_the_page_takes_along():
    run = Run(Pipeline.of("pair", Source="S3", Beta="S3"))
    atlas = graph_selection.chart(run.id, [run.state], 2000, worked=True).atlas
    pool = atlas["pool"]
    _, stages, _, release, _, edges, *_ = atlas["nodes"][0]
    carried = [pool[move]["do"] for move in edges[::2]]
    close = pool[stages[1]]["door"]["toggle"]["command"]
    assert close == ["DisableTransition", "Beta"]
    assert [carried.count(command) for command in (pool[release]["command"], close)] == [1, 1]


def test_a_console_is_shown_at_the_time_of_its_cell_and_the_page_knows_what_takes_how_long(recording):
    run = Run(load_pipeline("demo"), Simulated())
    replay.display_data(run)
    run.release("First")
    run.advance(minutes=4)  # the newest step was at 3:12
    replay.display_data(run)
    run.settle()
    told = json.loads(json.dumps(replay.recordings()))
    first, second = unpack(told["pool"], told["shown"])
    assert first is None, "the clock stood where its newest step was"
    assert (second["clock"], second["now"]) == ("0:04:00", 240)
    build = next(stage for stage in second["stages"] if stage["name"] == "Build")
    assert [action.get("left") for group in build["groups"] for action in group] == [
        None,
        "72 s left",
        "72 s left",
    ]
    [kept] = unpack(told["pool"], told["recordings"])
    assert kept["seconds"]["Build\tCompile"] == 180
    assert "Prod\tApprove" not in kept["seconds"], "a person takes as long as they take"
    running = kept["places"][3][3]["running"]
    assert [row[3:] for row in running] == [[192, 312]] * 2


def test_who_ends_actions_by_hand_has_no_times(recording):
    run = Run(load_pipeline("demo"), ByHand())
    replay.display_data(run)
    run.release("First")
    told = json.loads(json.dumps(replay.recordings()))
    [kept] = unpack(told["pool"], told["recordings"])
    assert kept["seconds"] == {}
    assert kept["places"][1][3]["running"] == [[1, "Source", "Source", 0, None]]
