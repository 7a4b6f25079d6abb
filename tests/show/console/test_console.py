"""The console without a browser: what it does with messages, other threads, the clock, and its own end."""

import asyncio
import dis
import inspect
import json
import re
import threading
from html.parser import HTMLParser

import anywidget
import fleets
import ipywidgets
import pytest
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat.v4 import new_code_cell, new_notebook

import cp_teach
from cp_teach import Console, Refused, Run, Simulated, load_pipeline
from cp_teach.style.status import STATUSES


class Counted(Run):
    """A run that counts who listens."""

    listening = 0

    def listen(self, listener):
        stop = super().listen(listener)
        self.listening += 1

        def end():
            stop()
            self.listening -= 1

        return end


@pytest.fixture
def run():
    return Counted(load_pipeline("course-source-build-beta-prod"), Simulated())


@pytest.fixture
def console(run):
    console = Console(run)
    yield console
    console.close()


def release(console, message):
    console.ask({"act": "do", "command": ["StartExecution"], "with": {"message": message}})


def test_demo_is_enough_to_play():
    console = cp_teach.demo()
    release(console, "Fix login")
    console.ask({"act": "step"})
    assert console.view["stages"][1]["inside"] == {"n": 1, "message": "Fix login"}
    console.close()


def test_it_takes_only_what_it_can_show():
    with pytest.raises(TypeError, match="has no state"):
        Console(42)


def test_the_acts_of_the_widget(run, console):
    release(console, "Fix login")
    assert run.history.executions[1].message == "Fix login"
    console.ask({"act": "do", "command": ["DisableTransition", "Beta"], "with": {"reason": "demo"}})
    assert console.view["stages"][2]["door"]["reason"] == "demo"
    console.ask(
        {"act": "inject", "stage": "Build", "action": "Lint", "when": "always", "failure": "PermissionError"}
    )
    assert [p.failure for p in run.history.plans] == ["PermissionError"]
    console.ask({"act": "heal", "stage": "Build", "action": "Lint"})
    assert run.history.plans == ()
    position = console.position
    console.ask({"act": "undo"})
    assert console.position == position - 1
    console.ask({"act": "redo"})
    assert console.position == position
    console.ask({"act": "jump", "to": 1})
    assert (console.position, run.journal.position) == (1, 1)
    assert console.view["said"]["text"] == f"Step 1 of {position}: Execution 1 started with “Fix login”."


def test_a_refusal_is_a_sentence_in_the_widget_and_the_next_act_clears_it(run, console):
    console.ask({"act": "undo"})
    assert console.view["notice"]["text"] == "There is nothing to undo."
    assert console.view["said"]["alert"]
    console.ask({"act": "do", "command": ["RetryStage", 1, "Prod", "ALL_ACTIONS"]})
    assert console.view["notice"]["error"] == "PipelineExecutionNotFoundException"
    release(console, "Fix login")
    assert "notice" not in console.view


def test_an_unknown_message_is_refused_not_raised(console):
    console.ask({"act": "explode"})
    assert "The console has no act" in console.view["notice"]["text"]


def test_more_of_the_past_is_shown_on_request_and_stays(run, console):
    for number in range(15):
        run.release(f"Change {number}")
        run.settle()
    console.refresh()
    assert (len(console.view["executions"]), console.view["more_executions"]) == (12, 3)
    assert console.view["can_show_more"]
    lines = len(console.view["log"])
    console.ask({"act": "more", "of": "executions"})
    assert [row["n"] for row in console.view["executions"]] == list(range(15, 0, -1))
    assert "more_executions" not in console.view
    assert set(console.view["artifacts"]) >= {"1", "15"}  # a followed execution has its artifacts
    assert len(console.view["log"]) == lines
    console.ask({"act": "more", "of": "log"})
    assert len(console.view["log"]) == lines + 100
    run.release("Another")
    console.refresh()
    assert len(console.view["executions"]) == 16
    console.ask({"act": "more", "of": "artifacts"})
    assert console.view["notice"]["text"] == (
        "A view has no more of 'artifacts'; it has more of log and executions."
    )


def test_a_step_when_nothing_is_due_says_why(run, console):
    console.ask({"act": "step"})
    assert "Release a change" in console.view["notice"]["text"]


def test_nothing_is_said_at_load_and_a_failure_is_an_alert(run, console):
    assert console.view.get("said", {"text": ""})["text"] == ""
    run.release("Broken")
    run.step()
    run.fail("Build", "Compile", message="no space left")
    assert "no space left" in console.view["said"]["text"]
    assert console.view["said"]["alert"]
    run.undo()
    assert not console.view["said"]["alert"]


def test_what_code_does_shows_in_every_console_of_the_run(run, console):
    second = Console(run, size="projector")
    run.disable("Beta", reason="demo")
    assert console.view["stages"][2]["door"]["reason"] == "demo"
    assert second.view["stages"] == console.view["stages"]
    second.close()


def test_what_another_thread_does_hops_to_the_loop(run):
    async def main():
        console = Console(run)
        drawn = []
        console.observe(lambda change: drawn.append(threading.get_ident()), "view")
        worker = threading.Thread(target=lambda: run.disable("Beta", reason="thread"))
        worker.start()
        worker.join()
        assert drawn == []
        await asyncio.sleep(0.05)
        assert drawn == [threading.get_ident()]
        assert console.view["stages"][2]["door"]["reason"] == "thread"
        console.close()

    asyncio.run(main())


def test_many_changes_in_one_cell_make_few_pictures_and_the_last_one_is_right(run):
    async def main():
        console = Console(run)
        drawn = []
        console.observe(drawn.append, "view")
        for _ in range(50):
            run.disable("Beta")
            run.enable("Beta")
        run.disable("Beta", reason="last")
        await asyncio.sleep(0.05)
        assert len(drawn) < 50
        assert console.view["stages"][2]["door"]["reason"] == "last"
        console.close()

    asyncio.run(main())


def test_a_chatty_build_sends_few_frames_of_its_own_part_and_the_last_one_is_right():
    run = fleets.at_build()

    async def main():
        console = Console(run)
        frames, pictures = [], []
        console.observe(lambda change: frames.append(threading.get_ident()), "work")
        console.observe(pictures.append, "view")

        def chatter():
            for number in range(500):
                fleets.log(run, f"line {number}", count=number + 1)

        worker = threading.Thread(target=chatter)
        worker.start()
        worker.join()
        assert frames == [], "another thread draws nothing itself"
        while not frames or console.work["Build/Make"]["log"]["text"] != "line 499":
            await asyncio.sleep(0.01)
        assert len(frames) < 5
        assert set(frames) == {threading.get_ident()}
        assert pictures == [], "the rest of the picture is not sent again"
        assert "work" not in console.view
        console.close()

    asyncio.run(main())


def test_a_fleet_that_was_told_before_is_there_at_once_and_in_the_still_picture():
    run = fleets.at_prod()
    fleets.fleet(run, fleets.deployment("Succeeded", "InProgress", "Pending"))
    console = Console(run)
    assert console.work["Prod/Put"]["fleet"][0]["health"] == "2 of 3 healthy"
    fleets.fleet(run, fleets.ROLLBACK)
    assert console.work["Prod/Put"]["fleet"][0]["health"] == "3 of 3 healthy", (
        "without a loop it is drawn at once"
    )
    run.succeed("Prod")
    assert console.work["Prod/Put"]["n"] == 1
    data, _ = console._repr_mimebundle_()
    assert "3 of 3 healthy" in data["text/html"]
    console.close()


def test_playing_moves_the_clock_and_leaves_the_loop_free(run):
    async def main():
        console = Console(run, speed=60)
        run.release("Fix login")
        console.ask({"act": "play"})
        turns = 0
        for _ in range(300):
            await asyncio.sleep(0.01)
            turns += 1
            if run.next_due() is None:
                break
        assert turns > 1, "played in one go, nobody else had a turn"
        assert console.playing
        assert run.state.stages[3].holder == 1  # the approval waits
        still = run.now
        await asyncio.sleep(0.3)
        assert run.now == still  # nothing is due: the clock stands, and no approval times out
        console.ask({"act": "undo"})
        assert not console.playing
        console.close()

    asyncio.run(main())


def test_playing_without_a_loop_is_refused_with_what_to_do_instead(run, console):
    with pytest.raises(Refused, match=r"run\.advance"):
        console.play()
    assert not console.playing
    with pytest.raises(Refused, match="event loop"):
        console.playing = True
    assert not console.playing


def test_speed_is_positive(console):
    with pytest.raises(Exception, match="above 0"):
        console.speed = 0


def test_a_closed_console_leaves_no_listener_and_no_player(run):
    async def main():
        console = Console(run, speed=60)
        assert run.listening == 1
        run.release("Fix login")
        console.play()
        console.close()
        assert run.listening == 0
        now = run.now
        await asyncio.sleep(0.3)
        assert run.now == now

    asyncio.run(main())


def test_a_cell_that_is_run_twice_leaves_one_listener(run):
    for _ in range(3):
        console = Console(run)
        console._on_message(console, {"act": "shown"}, [])
        assert run.listening == 1
        console._on_message(console, {"act": "hidden"}, [])  # the output of the cell is cleared
        console.close()
        console.close()


def test_a_console_that_nobody_sees_rests_and_catches_up(run, console):
    console._on_message(console, {"act": "shown"}, [])
    console._on_message(console, {"act": "hidden"}, [])
    assert run.listening == 0
    run.release("Fix login")
    assert console.view["position"] == 0
    console._on_message(console, {"act": "shown"}, [])
    assert console.view["position"] == 1


def test_two_views_of_one_console_rest_only_when_both_are_gone(run, console):
    for act in ("shown", "shown", "hidden"):
        console._on_message(console, {"act": act}, [])
    assert run.listening == 1


def test_it_stands_in_a_box_like_any_widget(run, console):
    box = ipywidgets.HBox([console, ipywidgets.Label("beside")])
    assert box.children[0] is console
    seen = []
    console.observe(lambda change: seen.append(change["new"]), "position")
    run.release("Fix login")
    assert seen == [1]


def test_no_name_of_the_console_hides_one_of_the_widget_that_it_is():
    class Plain(anywidget.AnyWidget):
        """A widget with nothing of its own."""

    taken = {name for base in Console.__mro__[1:] for name in vars(base)} | vars(Plain()).keys()
    stored = {
        step.argval
        for method in vars(Console).values()
        if inspect.isfunction(method)
        for step in dis.get_instructions(method)
        if step.opname == "STORE_ATTR"
    }
    own = (vars(Console).keys() - vars(Plain).keys()) | stored
    assert own & taken == {"__init__", "__repr__", "_repr_mimebundle_", "close", "get_state"}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_a_notebook_that_nbconvert_runs_shows_still_pictures_without_a_network():
    cells = [
        "import cp_teach; from cp_teach.course import predict",
        "run = cp_teach.Run(cp_teach.load_pipeline('demo')); run.release('Fix login'); cp_teach.Console(run)",
        "predict('00-closed-door')",
    ]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    ExecutePreprocessor(kernel_name="python3").preprocess(notebook)
    assert "widget-view" not in str(notebook.cells)
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert page.count("cp-predict-static") == 1
    still = notebook.cells[1].outputs[-1].data["text/html"]
    assert "Fix login" in still
    assert page.count("Fix login") > 1  # in the cell, and in its picture


def test_where_the_widget_cannot_load_a_picture_and_a_reason_stand_there(run, console):
    run.disable("Beta", reason="demo")
    run.release("<b>Fix</b> & login")
    run.settle()
    run.release("Second")
    run.settle()
    data, _ = console._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    page = Tags()
    page.feed(data["text/html"])
    assert page.open == []
    assert not {"script", "iframe", "link", "img", "b-"} & {tag for tag, _ in page.tags}
    assert not re.search(r"(src|href|url\()", data["text/html"])
    text = " ".join(page.text)
    for said in (
        "<b>Fix</b> & login",
        "superseded by #2",
        "disabled",
        "still picture",
        "waits to enter Beta",
    ):
        assert said in text
    assert data["text/plain"].count("\n") == 0
    assert "Beta" in data["text/plain"]
    assert repr(console) == data["text/plain"]
    drawing = data["image/svg+xml"]
    assert drawing.startswith("<svg")
    assert "Second" in drawing
    assert "disabled" in drawing
    assert "<script" not in drawing


def test_the_module_is_small_and_brings_nothing_from_outside():
    module = Console._esm
    # A quarter is what explains itself: the words, the details, the dialogs, and what can be shared.
    assert len(module.encode()) < 110_000
    without_links = re.sub(r"https://docs\.aws\.amazon\.com/|http://www\.w3\.org/2000/svg", "", module)
    assert not re.search(r"https?://|import\s*\(|^\s*import\b|\bfetch\(", without_links, re.MULTILINE)
    assert "export default { initialize, render }" in module
    assert "export function" not in module, (
        "anywidget would take it for a widget of its old kind, and ignore the rest"
    )


def test_colours_and_glyphs_are_those_of_look():
    for status in STATUSES.values():
        assert f"--cp-{status.key}: light-dark({status.light}, {status.dark});" in Console._css
    glyphs = re.search(r"const glyphs = \{([^}]+)\}", Console._esm)[1]
    pairs = dict(re.findall(r'"?([a-z-]+)"?: "(.)"', glyphs))
    assert pairs == {status.key: status.glyph for status in STATUSES.values()}


def test_a_page_can_record_views_without_a_kernel(run, console):
    run.release("Fix login")
    run.settle()
    assert len(json.dumps(console.view)) < 30_000
