"""A page without a kernel answers as the engine does: random walks through the graph that travels with it."""

import json
import os
import random
import re
from html import escape

import pytest

from cp_teach import ByHand, Pipeline, Run, load_pipeline
from cp_teach.course import levels, predict
from cp_teach.course.levels import solver
from cp_teach.course.levels.move_language import Answer
from cp_teach.course.practice.practice_widget import practice
from cp_teach.course.practice.progress import BadProgress, Progress
from cp_teach.engine import StartExecution
from cp_teach.show.export import slides
from cp_teach.show.offline import graph_selection, recording
from cp_teach.show.static_files import static
from cp_teach.show.view.moves import from_wire
from cp_teach.show.view.view_model import view


def judged():
    rule = {
        "name": "Alarm",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"},
        "configuration": {"AlarmName": "Errors", "WaitTime": "1"},
    }
    structure = Pipeline.of("judged", Source="S3", Beta="CodeDeploy", Prod="CodeDeploy").to_aws()
    structure["pipelineType"] = "V2"
    structure["stages"][1]["onSuccess"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    return Pipeline.from_aws(structure)


def shop(mode):
    return Pipeline.of(
        "shop", Source="CodeCommit", Beta="CodeDeploy", Prod="Manual then CodeDeploy", mode=mode
    )


PIPELINES = {
    "demo": lambda: load_pipeline("demo"),
    "queued": lambda: shop("QUEUED"),
    "parallel": lambda: shop("PARALLEL"),
    "superseded": lambda: shop("SUPERSEDED"),
    "judged": judged,
}


def begun(pipeline):
    """A run with a past: one execution came through, one waits, and a failure was planned."""
    run = Run(pipeline, ByHand())
    run.release("First")
    last = pipeline.stages[-1].name
    run.disable(last, reason="Not yet")
    return run


def document(body, recorded):
    styles = [static("reading.css"), static("page.css")]
    return slides.document("x", "en", styles, f"<main>{body}</main>{slides.widgets(recorded)}")


@pytest.fixture
def alive(new_page, tmp_path, monkeypatch):
    """Opens a page with the consoles of these runs; nothing but the page is there."""

    def make(*runs, **options):
        monkeypatch.setenv(recording.SWITCH, "1")
        monkeypatch.setattr(recording, "_displays", [])
        marks = [recording.display_data(run)[recording.MIME] for run in runs]
        recorded = json.loads(json.dumps(recording.recordings()))
        places = "".join(
            f'<div data-cp-widget="console" data-recording="{recorded["consoles"][m["console"]]}" data-at="{m["at"]}">'
            "</div>"
            for m in marks
        )
        path = tmp_path / "alive.html"
        path.write_text(document(f"<h1>x</h1>{places}", recorded), encoding="utf-8")
        assert path.stat().st_size < 1_000_000, "a page stays small, also with a graph of full size"
        page = new_page(**options)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-alive]")
        return page

    return make


def seen(page, number=0):
    return page.evaluate("n => document.querySelectorAll('[data-cp-widget]')[n].model.get('view')", number)


def moves(page, number=0):
    return page.evaluate(
        """n => { const { moment } = document.querySelectorAll('[data-cp-widget]')[n].model;
                  return moment.graph.moves(moment).map((move) => move.command); }""",
        number,
    )


def send(page, message, number=0):
    page.evaluate(
        "([n, message]) => document.querySelectorAll('[data-cp-widget]')[n].model.send(message)",
        [number, message],
    )


def page_of(widget, path):
    """A page with this widget, which is no console, in that file; its address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(recording.SWITCH, "1")
        mark = widget._repr_mimebundle_()
    mark = (mark[0] if isinstance(mark, tuple) else mark)[recording.MIME]
    recorded = json.loads(json.dumps(recording.recordings()))
    model = escape(json.dumps(mark["model"]), quote=True)
    place = f'<div data-cp-widget="{mark["widget"]}" data-model="{model}"></div>'
    path.write_text(document(f"<h1>x</h1><h2>y</h2>{place}", recorded), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def shown(new_page, tmp_path):
    """Opens a page with one widget that is no console."""

    def make(widget):
        page = new_page()
        page.goto(page_of(widget, tmp_path / "shown.html"))
        page.wait_for_selector("html[data-alive]")
        return page

    return make


@pytest.fixture(scope="module")
def _all_levels(chromium, watcher, tmp_path_factory):
    context, seen = chromium.new_context(), watcher()
    page = seen.by(context.new_page())
    page.goto(page_of(practice(progress=None), tmp_path_factory.mktemp("practice") / "shown.html"))
    page.wait_for_selector("html[data-alive]")
    yield page, seen
    context.close()


@pytest.fixture
def levels_page(_all_levels):
    """A page with the practice widget and nothing solved. To load all levels takes longer than most tests, so it stays
    loaded."""
    page, seen = _all_levels
    ask(page, act="wipe")
    ask(page, act="open", level="01-release-a-change")
    yield page
    seen.nothing()


PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
FEW = ("02", "04", "10", "13", "16", "19", "22", "23", "24", "25", "27")
"""The levels of a plain test run; they have every kind of move, goal and ending."""
UNKNOWN = re.compile(r"/\w{7}(?:\.zip)?$|^\w{7}(?= |,|$)|(?<=, )\w{7}(?= |,|$)")
"""Revisions that a page invents have other letters than those that a run invents."""


def told(found, carried):
    """A view without what a page cannot know or does not carry: the clock, invented letters, and the moves that are
    allowed but not in ``carried`` (None: all moves stay)."""

    def left_out(part):
        return (
            carried is not None
            and isinstance(part, dict)
            and "command" in part
            and not part.get("no")
            and part["command"] not in carried
        )

    def walk(part):
        if isinstance(part, dict):
            part = {
                key: item
                for key, item in part.items()
                if not left_out(item) and not (isinstance(item, list) and item and all(map(left_out, item)))
            }
            made = {key: walk(item) for key, item in part.items() if item not in ("", None)}
            return made | {
                key: UNKNOWN.sub("…", made[key]) for key in ("revision", "from", "key") if key in made
            }
        if isinstance(part, list):
            return [walk(item) for item in part if not left_out(item)]
        return part

    kept = (
        "position",
        "sentence",
        "bad",
        "reasons",
        "more_log",
        "executions",
        "more_executions",
        "artifacts",
        "aws",
    )
    made = {key: found.get(key) for key in kept}
    made["log"] = [[at, key, text] for at, _, key, text in found["log"]]
    made["stages"] = found["stages"]
    for stage in made["stages"]:
        if (
            "inside" not in stage
        ):  # what cannot be retried is about the last execution there, which a page does not know
            stage.pop("retry", None)
        stage["retry"] = [
            one for one in stage.get("retry", ()) if one["command"][0] != "RollbackStage"
        ]  # not carried
    for row in made["executions"]:
        row.pop("started", None)
    # A rollback is not carried, and stands behind all that is.
    made["aws"]["can"] = [one for one in made["aws"]["can"] if "rollback-stage" not in one.get("cli", "")]
    return walk(made)


def differences(one, other, place=""):
    """Where two pictures differ, so that a failure can be read."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key), other.get(key), f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{place}[{at}]")
    elif one != other:
        yield place, one, other


def do(run, command, typed):
    made = from_wire(command, typed)
    if isinstance(made, StartExecution):
        run.release(typed.get("message", "").strip())
    else:
        run.do(made)


FORMS = {
    "StartExecution": [{}, {"message": "Repair the price"}, {"message": "Really?"}],
    "DisableTransition": [{}, {"reason": "Holiday"}, {"reason": "Wait (until Monday)."}],
    "PutApprovalResult": [{}, {"summary": ""}, {"summary": "Fine."}, {"summary": 'Sue\'s page: "good"'}],
}
"""What a person may type into the form of each move."""


@pytest.mark.parametrize("name", PIPELINES)
def test_random_walks_in_a_page_and_in_the_engine_are_the_same(alive, name, monkeypatch):
    full = PROVE and name == "demo"  # which graph, not how large, is what matters; one of full size will do
    if not full:
        monkeypatch.setenv(recording.MOST, "2500")
    run = begun(PIPELINES[name]())
    page = alive(run)
    draw = random.Random(name)
    kinds = set()
    for _ in range(70 if full else 40):
        command = draw.choice(moves(page))
        typed = draw.choice(FORMS.get(command[0], [{}]))
        send(page, {"act": "do", "command": command, "with": typed})
        do(run, command, typed)
        kinds.add(command[0])
        found, carried = seen(page), moves(page)
        assert "release" in found or ["StartExecution"] not in carried
        mine, its = told(view(run), carried), told(found, None)
        for one, other in ((mine, its), (its, mine)):  # a list that is cut off may end sooner than the other
            one["aws"]["can"] = one["aws"]["can"][: len(other["aws"]["can"])]
        assert not list(differences(its, mine)), f"after {command} with {typed}"
        if run.state.newest > 30:
            break
    assert len(kinds) >= 4


def test_a_page_without_further_ids_offers_no_release(alive, monkeypatch):
    monkeypatch.setattr(graph_selection, "RELEASES", 2)
    page = alive(begun(shop("SUPERSEDED")))
    assert ["StartExecution"] in moves(page)
    send(page, {"act": "do", "command": ["StartExecution"], "with": {}})
    assert ["StartExecution"] not in moves(page)
    assert "release" not in seen(page)
    assert not page.get_by_role("button", name="Release change").count()
    send(page, {"act": "undo"})
    assert page.get_by_role("button", name="Release change").count()


# -- levels and predictions ------------------------------------------------------------------------------------
def desk(page):
    return page.evaluate("document.querySelector('[data-cp-widget]').model.page")


def ask(page, **message):
    page.evaluate("message => document.querySelector('[data-cp-widget]').model.send(message)", message)


def play(page, level, moves):
    """The moves of a level's file, made in the page and in Python; returns the goals as both see them."""
    moment = level.start
    for text in moves:
        for move in level.parse_move(text, moment):
            if isinstance(move, Answer):
                ask(page, act="answer", option=[o.text for o in level.question.options].index(move.option))
            else:
                plain = StartExecution() if isinstance(move, StartExecution) else move
                ask(page, act="move", move=level.move_text(plain))
            moment = level.apply(moment, move)
            told = desk(page)
            assert [goal["met"] for goal in told["goals"]] == level.met(moment), f"{level.name}: after {text}"
    return moment, told


def few_levels():
    """All levels in `make prove`; else some of every kind: with a question, with conditions, in each execution mode."""
    chosen = list(levels()) if PROVE else [name for name in levels() if name[:2] in FEW]
    return [pytest.param(name, id=name) for name in chosen]


@pytest.mark.parametrize("name", few_levels())
def test_a_level_is_solved_missed_and_hinted_at_as_in_the_notebook(levels_page, name):
    page, level, mine = levels_page, levels()[name], practice(progress=None)
    ask(page, act="open", level=name)
    mine.start(name)
    for message in ({"act": "hint"}, {"act": "hint"}, {"act": "solution"}):
        mine.ask(message)
        ask(page, **message)
        shown = desk(page)
        assert (shown["hint"], len(shown["solution"])) == (mine.state.hint, len(mine.state.solution))
    if level.question is None:
        for one in shown["solution"]:
            move = next(move for move in desk(page)["possible"] if move["label"] == one)
            ask(page, act="move", move=move["move"])
        assert desk(page)["won"], shown["solution"]

    ask(page, act="wipe")
    ask(page, act="open", level=name)
    assert not desk(page)["won"]
    _, shown = play(page, level, level.solution)
    assert shown["won"]
    assert shown["said"]["text"].startswith("Solved in")
    assert shown["done"] == 1
    for miss in level.near_misses:
        ask(page, act="reset")
        moment, shown = play(page, level, miss.moves)
        assert not shown["won"], miss.moves
        assert bool(shown["lost"]) == solver.shortest_path(level, moment).lost


def test_progress_travels_between_page_and_notebook(levels_page, tmp_path):
    play(levels_page, levels()["01-release-a-change"], levels()["01-release-a-change"].solution)
    mine = practice(progress=tmp_path / "kept.json")
    mine.ask({"act": "import", "text": desk(levels_page)["export"]})
    assert mine.progress.state("01-release-a-change") == "solved"
    ask(levels_page, act="wipe")
    assert desk(levels_page)["done"] == 0
    ask(levels_page, act="import", text=mine.progress.export())
    assert desk(levels_page)["done"] == 1
    ask(levels_page, act="import", text="no")
    assert desk(levels_page)["said"]["alert"]


def test_a_prediction_is_answered_by_keyboard_and_without_a_kernel(shown, axe):
    asked = predict("00-closed-door")
    page = shown(asked)
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Show what happens").press("Enter")
    assert (
        page.get_by_role("status").inner_text().endswith(asked.truth)
        or "was right" in page.get_by_role("status").inner_text()
    )
    assert page.get_by_text("✓ Right").count() == 1
    assert axe(page) == []


def test_practice_is_accessible_in_a_page(levels_page, axe):
    levels_page.get_by_role("button", name="Hint").press("Space")
    for width, scheme in ((1280, "light"), (400, "dark")):
        levels_page.set_viewport_size({"width": width, "height": 800})
        levels_page.emulate_media(color_scheme=scheme)
        assert axe(levels_page) == [], scheme
        assert levels_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# -- what a page and a notebook both compare ---------------------------------------------------------------------------
SCORES = [(moves, hints) for moves in (0, 2, 9, 10, 11, 100) for hints in (0, 1, 10)]
"""As text, 10 comes before 9 and 100 before 11."""


def progress_text(levels, **more):
    return json.dumps({"format": "cp_teach progress", "version": 1, "levels": levels, **more})


def test_scores_are_compared_alike_in_a_page_and_in_a_notebook(levels_page):
    pairs = [(one, other) for one in SCORES for other in SCORES]
    rows = [[{"state": "solved", "moves": m, "hints": h} for m, h in pair] for pair in pairs]
    kept = levels_page.evaluate(
        """pairs => {
            const { progress } = document.querySelector('[data-cp-widget]').model;
            return pairs.map((rows) => {
                progress.wipe();
                for (const row of rows) progress.put("a", row);
                return [progress.levels.a.moves, progress.levels.a.hints];
            });
        }""",
        rows,
    )
    mine = []
    for pair in pairs:
        progress = Progress(None)
        for moves_, hints in pair:
            progress.record_solved("a", moves_, hints)
        mine.append([progress.levels["a"]["moves"], progress.levels["a"]["hints"]])
    assert kept == mine == [list(min(pair)) for pair in pairs]


IMPORTS = [
    progress_text({"a": {"state": "solved", "moves": 3, "hints": 0}, "b": {"state": "shown"}}),
    progress_text({"__proto__": {"state": "solved", "moves": 3, "hints": 0}}),
    progress_text({"constructor": {"state": "skipped", "more": 1}}),
    progress_text({}),
    *(
        progress_text({"a": {"state": "skipped"}, "b": {"state": "solved", "moves": 3, "hints": 0} | wrong})
        for wrong in (
            {"moves": "3"}, {"moves": -1}, {"moves": 3.5}, {"moves": None}, {"moves": True}, {"moves": [3]},
            {"hints": "0"}, {"hints": {}}, {"state": ""}, {"state": "won"}, {"state": "toString"},
            {"state": ["solved"]},
        )
    ),
    progress_text({"a": None}),
    progress_text([]),
    progress_text(None),
    progress_text({}, version=2),
    progress_text({}, version="1"),
    progress_text({}, format="other"),
    "[]", "null", "3", '"cp_teach progress"', "no", "",
]  # fmt: skip
"""Progress files: what a notebook takes a page takes, and the rest changes nothing."""


def same_progress(page, begun):
    """Whether a page and a notebook make the same of each of these files, where ``begun`` was known before."""
    seen = page.evaluate(
        """([begun, texts]) => {
            const { progress } = document.querySelector('[data-cp-widget]').model;
            return texts.map((text) => {
                progress.wipe();
                for (const name in begun) progress.put(name, begun[name]);
                let count = null;
                try { count = progress.take(text); } catch { /* refused */ }
                return [count, progress.text];
            });
        }""",
        [begun, IMPORTS],
    )
    for text, (count, its) in zip(IMPORTS, seen, strict=True):
        mine = Progress(None)
        mine.levels = {name: dict(row) for name, row in begun.items()}
        try:
            expected = mine.import_text(text)
        except BadProgress:
            expected = None
        assert count == expected, text
        assert json.loads(its) == json.loads(mine.export()), text


def test_progress_is_read_alike_in_a_page_and_in_a_notebook(levels_page):
    for begun in ({}, {"a": {"state": "solved", "moves": 10, "hints": 2}}):
        same_progress(levels_page, begun)

    # What cannot be read is put aside, as the file of a notebook is, and nothing is lost.
    levels_page.evaluate("localStorage.setItem('cp-teach-progress', '{\"format\": \"other\"}')")
    levels_page.reload()
    levels_page.wait_for_selector("html[data-alive]")
    assert "could not be read" in desk(levels_page)["kept"]
    play(levels_page, levels()["01-release-a-change"], levels()["01-release-a-change"].solution)
    assert levels_page.evaluate("localStorage.getItem('cp-teach-progress.bad')") == '{"format": "other"}'
    assert "01-release-a-change" in levels_page.evaluate("localStorage.getItem('cp-teach-progress')")


def test_answers_are_judged_alike_in_a_page_and_in_a_notebook(levels_page):
    page, mine = levels_page, practice(progress=None)
    name = next(name for name, level in levels().items() if level.question is not None)
    options = [
        *range(len(levels()[name].question.options)),
        -1,
        99,
        1.5,
        "0",
        "x",
        True,
        False,
        None,
        [0],
        {},
    ]
    for act, given in [
        ("answer", {}),
        ("predict", {"number": 0}),
        ("predict", {"number": "0"}),
        ("predict", {"number": True}),
    ]:
        for option in options if given in ({}, {"number": 0}) else options[:1]:
            ask(page, act="open", level=name)
            mine.ask({"act": "open", "level": name})
            message = {"act": act, "option": option, **given}
            ask(page, **message)
            mine.ask(message)
            its, own = desk(page), mine.panel.page
            assert (its["won"], its["said"]["alert"]) == (own["won"], own["said"]["alert"]), message
            if own["said"]["alert"]:
                assert its["said"]["text"] == own["said"]["text"], message
            chosen = [part["question"]["chosen"] if part["question"] else None for part in (its, own)]
            assert chosen[0] == chosen[1], message


def answer(page, name):
    """Answer in the review that is open."""
    page.get_by_role("radio", name=name).check()
    page.get_by_role("button", name="Submit").click()


# -- whose text it is ------------------------------------------------------------------------------
def test_what_was_typed_in_a_page_belongs_to_its_execution(alive, monkeypatch):
    monkeypatch.setenv(recording.MOST, "2500")
    run = Run(Pipeline.of("shop", Source="S3", Prod="Manual then CodeDeploy"), ByHand())
    page = alive(run)
    for message in ("One", "Two"):
        page.get_by_role("textbox", name="Commit message").fill(message)
        page.get_by_role("button", name="Release change", exact=True).click()
        assert page.get_by_role("textbox", name="Commit message").input_value() == ""
        page.get_by_role("button", name=re.compile("^Succeeded #.: S3 in Source")).click()
    page.get_by_role("button", name="Review #1: Approve in Prod").click()
    comment = page.get_by_role("textbox", name="Comments on Approve for execution 1")
    comment.fill("Looks wrong, sorry")
    row = page.locator('[data-reason="2"]')
    assert row.get_by_role("button", name="Reject #1: in the row of execution 2").count() == 1
    answer(page, "Reject #1")
    page.get_by_role("button", name="Review #2: Approve in Prod").click()
    field = page.get_by_role("textbox", name="Comments on Approve for execution 2")
    assert field.input_value() == ""
    answer(page, "Approve #2")
    log = page.locator(".cp-log").inner_text()
    assert log.count("Looks wrong, sorry") == 1, log
    assert "Action Approve (stage Prod) succeeded - #2." in log

    # Back to the question, another answer: the past is rewritten, and what is typed then is about another story.
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Review #2: Approve in Prod").click()
    field.fill("About this one")
    page.keyboard.press("Escape")
    assert "the later step stays as branch 1." in page.locator(".cp-acting").inner_text()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Review #1: Approve in Prod").click()
    assert page.get_by_role("textbox", name="Comments on Approve for execution 1").input_value() == ""

    # Another answer starts a branch, in a page as in a notebook; the first one is not lost.
    answer(page, "Approve #1")
    page.get_by_role("button", name="Branches").click()
    assert page.get_by_role("button", name="Compare").count() == 0  # nothing that only a kernel can do
    page.get_by_role("button", name="Go to branch 1").click()
    assert page.locator(".cp-log").inner_text().count("Looks wrong, sorry") == 1
