"""A fault while a picture is computed takes no console down: one sentence names the part, and the log has the rest."""

import asyncio
import json

import pytest
from packed_recordings import unpack

from cp_teach import Console, Refused, Run, Simulated, load_pipeline
from cp_teach.classroom.lesson import Lesson
from cp_teach.show.console import widget as console_module
from cp_teach.show.offline import recording
from cp_teach.show.view import stages
from cp_teach.show.view import view_model as view_module
from cp_teach.show.view.view_model import view


class Planted(Exception):
    """The fault that a test plants; its words must never stand on a screen."""

    def __init__(self, *_):
        super().__init__("secret-of-the-engineer")


def explode(*_, **__):
    raise Planted


PLANTED = {
    "clock": (view_module, "clock", "the clock"),
    "sentence": (view_module, "announcement", "the newest sentence"),
    "release": (view_module, "move", "the release"),
    "reasons": (view_module, "reasons", "the reasons why executions wait"),
    "log": (view_module, "log", "the log"),
    "executions": (view_module, "executions", "the table of executions"),
    "artifacts": (view_module, "artifacts", "the list of artifacts"),
    "aws": (view_module.aws_commands, "view", "the list of AWS CLI commands"),
    "work": (view_module, "work", "the fleets and logs"),
    "stage": (view_module, "stage", "the stages Source, Build, Beta and Prod"),
    "door": (stages, "_transition", "the stages Source, Build, Beta and Prod"),
    "step": (view_module, "outcome", "what comes next"),
    "history": (view_module, "history_of", "the table of executions"),
}
"""Where a fault is planted: the module, the name in it, and what people call the part that fails by it."""


@pytest.fixture
def run():
    run = Run(load_pipeline("course-source-build-beta-prod"), Simulated())
    run.release("Fix login")
    run.step()
    return run


@pytest.fixture
def console(run):
    console = Console(run)
    yield console
    console.close()


def traces(caplog):
    """What the log of an engineer has: the record of each fault, which must have its traceback."""
    found = [record for record in caplog.records if record.name == "cp_teach.show"]
    assert all(record.exc_info and record.exc_info[0] is Planted for record in found)
    return found


def moves(part):
    if isinstance(part, dict):
        if "command" in part:
            yield part
        for item in part.values():
            yield from moves(item)
    elif isinstance(part, list):
        for item in part:
            yield from moves(item)


def test_a_fault_is_planted_in_every_part_of_the_picture():
    named = {name for _, _, name in PLANTED.values()}
    for part in view_module._PARTS:
        if (
            part.name != "the moment"
        ):  # it is what the names of the pipeline need: below, with the state itself
            assert part.name in named


@pytest.mark.parametrize("where", PLANTED)
def test_a_fault_in_one_part_is_named_and_leaves_the_others_and_the_buttons(
    run, console, where, monkeypatch, caplog, capfd
):
    module, name, words = PLANTED[where]
    before = console.view
    monkeypatch.setattr(module, name, explode)
    console.ask({"act": "step"})
    shown = console.view
    assert words.lower() in shown["fault"].lower()
    assert shown["fault"].endswith("the run itself continues.")
    assert shown["fault"].count(".") == 1, "it is one sentence"
    assert shown["position"] == run.journal.position == before["position"] + 1, "the step was made"
    assert [stage["name"] for stage in shown["stages"]] == [stage["name"] for stage in before["stages"]]
    assert before.keys() <= {*shown, "inject", "step"}, "what cannot be computed is shown as it was"
    console.ask({"act": "undo"})
    assert run.journal.position == before["position"]
    assert "secret" not in json.dumps(console.view) + console._static_page() + repr(console)
    assert "secret" not in "".join(capfd.readouterr())
    found = traces(caplog)
    assert found
    assert len({record.getMessage() for record in found}) == len(found), "each fault is told to the log once"
    monkeypatch.undo()
    console.refresh()
    assert "fault" not in console.view


@pytest.mark.parametrize("where", PLANTED)
def test_a_console_can_begin_with_a_fault(run, where, monkeypatch, caplog):
    module, name, words = PLANTED[where]
    monkeypatch.setattr(module, name, explode)
    console = Console(run)
    assert words.lower() in console.view["fault"].lower()
    assert len(console.view["stages"]) == len(run.pipeline.stages)
    bundle, _ = console._repr_mimebundle_()
    assert run.pipeline.name in bundle["text/plain"]
    assert "the run itself continues" in bundle["text/html"]
    assert len(recording.views(run, run.journal.copy(run.journal.total))) == run.journal.total + 1
    console.ask({"act": "step"})
    assert console.view["position"] == run.journal.position
    json.dumps(console.view)
    assert traces(caplog)
    console.close()


def test_what_is_shown_as_it_was_cannot_be_pressed(run, console, monkeypatch):
    monkeypatch.setattr(view_module, "stage", explode)
    console.ask({"act": "step"})
    stale = list(moves(console.view["stages"]))
    assert stale
    assert all("could not be updated" in move["no"] for move in stale)
    assert "no" not in console.view["release"], "what was computed can be pressed"


def test_a_fault_in_one_stage_leaves_the_other_stages(run, console, monkeypatch):
    whole = view_module.stage

    def stage(legality, index, *rest):
        return explode() if index == 1 else whole(legality, index, *rest)

    monkeypatch.setattr(view_module, "stage", stage)
    console.ask({"act": "do", "command": ["DisableTransition", "Prod"]})
    assert console.view["fault"].startswith(
        "The stage Build could not be computed and is shown as last known;"
    )
    assert console.view["stages"][3]["door"]["on"] is False


def test_where_nothing_can_be_read_the_last_picture_stays(run, console, monkeypatch, caplog):
    before = console.view
    monkeypatch.setattr(type(run), "state", property(explode))
    console.refresh()
    assert console.view["stages"] != [], "the picture before is still there"
    assert [stage["status"] for stage in console.view["stages"]] == [s["status"] for s in before["stages"]]
    assert console.view["fault"].startswith(
        "The state of the run could not be computed and is shown as last known"
    )
    assert all("no" in move for move in moves(console.view))
    assert len(traces(caplog)) == 1
    assert view(run)["stages"] == []
    console._repr_mimebundle_()


@pytest.mark.parametrize("name", ["static_html.html", "static_html.text", "svg", "recording.display_data"])
def test_a_fault_in_a_still_picture_leaves_the_widget_and_the_other_pictures(
    console, name, monkeypatch, caplog
):
    module, _, function = name.rpartition(".")
    monkeypatch.setattr(getattr(console_module, module) if module else console_module, function, explode)
    bundle, _ = console._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "Shop" in bundle["text/plain"]
    assert "Shop" in bundle["text/html"]
    console._repr_mimebundle_()
    assert len(traces(caplog)) == 1


def test_a_page_whose_moves_cannot_be_computed_can_still_be_replayed(run, monkeypatch, caplog):
    monkeypatch.setenv(recording.SWITCH, "1")
    monkeypatch.setattr(recording, "_displays", [])
    monkeypatch.setattr("cp_teach.show.offline.graph_selection.chart", explode)
    recording.display_data(run)
    recorded = json.loads(json.dumps(recording.recordings()))
    assert recorded["atlases"] == []
    (played,) = unpack(recorded["pool"], recorded["recordings"])
    assert len(played["views"]) == run.journal.total + 1
    assert set(played["places"]) == {None}
    assert len(traces(caplog)) == 1


def test_an_announcement_that_fails_loses_no_picture(run, console, monkeypatch, caplog):
    monkeypatch.setattr(console_module, "announcement", explode)
    run.disable("Prod", reason="demo")
    assert console.view["stages"][3]["door"]["reason"] == "demo"
    assert len(traces(caplog)) == 1


def test_a_damaged_note_of_what_really_works_leaves_the_rest(run, console, caplog):
    row = next(iter(run.history.running.values()))
    run.note(f"fleet:{row.position}:{row.stage}/{row.action}", lambda _: "{no json")
    assert "The fleets and logs could not be computed" in console.view["fault"]
    console.ask({"act": "step"})
    assert console.view["position"] == run.journal.position


@pytest.mark.parametrize(
    ("raised", "shown"),
    [
        (Planted(), "because of an error in cp_teach"),
        (ConnectionError("Nobody answers at 127.0.0.1:1."), "Nobody answers at 127.0.0.1:1."),
        (Refused("ValidationException", "It is Friday."), "It is Friday."),
    ],
)
def test_an_act_that_fails_is_answered_with_a_sentence(run, console, raised, shown, monkeypatch):
    def do(command):
        raise raised

    monkeypatch.setattr(run, "do", do)
    console.ask({"act": "do", "command": ["DisableTransition", "Prod"], "id": "a-1"})
    assert shown in console.view["notice"]["text"]
    assert console.view["answer"] == {"id": "a-1", "refused": True}
    assert console.view["said"]["alert"]
    monkeypatch.undo()
    console.ask({"act": "do", "command": ["DisableTransition", "Prod"], "id": "a-2"})
    assert console.view["answer"] == {"id": "a-2", "refused": False}
    assert "notice" not in console.view


@pytest.mark.parametrize(
    "message",
    [
        {"act": "jump", "to": "x"},
        {"act": "jump", "to": None},
        {"act": "jump", "to": 1e9},
        {"act": "do"},
        {"act": "do", "command": "StopExecution"},
        {"act": "do", "command": ["StopExecution"]},
        {"act": "do", "command": ["StopExecution", {"a": 1}]},
        {"act": "do", "command": ["StartExecution"], "with": [1]},
        {"act": "inject", "stage": None, "action": [], "when": {}},
        {"act": []},
    ],
)
def test_whatever_a_page_sends_is_refused_with_a_sentence(console, message, caplog):
    before = console.view["position"]
    console.ask(message)
    assert console.view["notice"]["error"] not in ("", "InternalFailure")
    assert console.view["position"] == before
    assert not caplog.records


def test_a_clock_that_cannot_go_on_stands_and_says_so(run, monkeypatch, caplog):
    async def main():
        console = Console(run, speed=60)
        monkeypatch.setattr(run, "advance", explode)
        console.play()
        for _ in range(100):
            await asyncio.sleep(0.02)
            if not console.playing:
                break
        assert not console.playing
        assert "The clock has stopped" in console.view["notice"]["text"]
        assert len(traces(caplog)) == 1
        console.close()

    asyncio.run(main())


# -- the classroom -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("where", PLANTED)
def test_a_class_goes_on_when_a_part_of_its_picture_fails(run, where, monkeypatch, caplog):
    module, name, words = PLANTED[where]
    lesson = Lesson(run)
    lesson.snapshot(1, by_instructor=True)
    monkeypatch.setattr(module, name, explode)
    assert lesson.act({"act": "step"}) == ""
    for by_instructor in (True, False):
        shown = lesson.snapshot(1, by_instructor=by_instructor)["view"]
        assert words.lower() in shown["fault"].lower()
        assert len(shown["stages"]) == 4
        assert "secret" not in json.dumps(shown)
        if not by_instructor:
            assert list(moves(shown)) == [], "a student has nothing to press"
    assert len({record.getMessage() for record in traces(caplog)}) == len(traces(caplog))


def test_a_class_hears_of_the_run_though_an_announcement_fails(run, monkeypatch, caplog):
    lesson = Lesson(run)
    run.listen(lesson.on_change)
    monkeypatch.setattr("cp_teach.classroom.lesson.announcement", explode)
    run.disable("Prod")  # no RuntimeWarning of a listener that raised
    assert len(traces(caplog)) == 1


def test_the_answer_to_an_act_is_for_the_instructor_alone(run):
    lesson = Lesson(run)
    lesson.act({"act": "do", "command": ["RetryStage", 9, "Prod", "ALL_ACTIONS"], "id": "a-1"})
    assert lesson.snapshot(1, by_instructor=True)["view"]["answer"] == {"id": "a-1", "refused": True}
    assert "answer" not in lesson.snapshot(1, by_instructor=False)["view"]


# -- what is shown is gone -----------------------------------------------------------------------------------
def test_a_console_whose_pipeline_is_away_says_so_and_offers_nothing(run, console):
    run.away = "The pipeline Shop is no longer there."
    console.refresh()
    assert console.view["away"] == run.away
    assert {move["no"] for move in moves(console.view)} == {run.away}
    for drive in ("step", "undo", "redo", "inject"):
        assert console.view[drive]["no"] == run.away
    assert run.away in console._static_page()
    run.away = ""
    console.refresh()
    assert "away" not in console.view
    assert "no" not in console.view["release"]
