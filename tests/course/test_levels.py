"""Levels: each one of the kit is proven, and a file with a mistake is told what is wrong, and where."""

import dataclasses

import networkx
import pytest

from cp_teach import Pipeline, Run, Simulated, load_pipeline, resources
from cp_teach.course import Level, load_level, record_level
from cp_teach.course.levels.attempt import Attempt
from cp_teach.course.levels.level_parser import BadLevel
from cp_teach.course.levels.level_proof import prove
from cp_teach.course.levels.solver import par, shortest_path
from cp_teach.explore import TooManyStates
from cp_teach.pipeline import Readings

FILES = sorted((resources.data() / "levels").glob("*.toml"))
NAMES = [path.stem for path in FILES]


@pytest.mark.parametrize("name", NAMES)
def test_a_level_keeps_what_it_promises(name):
    level = load_level(name)
    assert prove(level) == []
    assert par(level) == sum(len(level.parse_move(*each)) for each in moments(level))


def moments(level):
    here = level.start
    for text in level.solution:
        yield text, here
        here = level.play(here, [text])


def test_there_are_levels_enough_for_every_management_act():
    assert len(NAMES) >= 24
    loaded = [load_level(name) for name in NAMES]
    used = {word for level in loaded for text in level.solution for word in text.split()[:1]}
    assert {
        "answer",
        "edit",
        "enable",
        "disable",
        "retry",
        "delete",
        "roll",
        "override",
        "stop",
        "approve",
    } <= used
    assert loaded[0].title == "Release a change"
    assert loaded[-1].title == "Roll back Beta without touching Prod"
    assert len({level.title for level in loaded}) == len(loaded)


@pytest.mark.parametrize(
    "name", ["08-deliver-both", "16-before-it-is-too-late", "20-make-way", "21-edit-with-care"]
)
def test_lost_is_said_exactly_where_no_way_leads_on(name):
    """An independent look: the whole graph of the level, and networkx says from where the goals can be reached."""
    level = load_level(name)
    graph, known, queue = networkx.DiGraph(), {level.start.key: level.start}, [level.start]
    for here in queue:
        for move in level.moves(here, level.newest):
            there = level.apply(here, move)
            graph.add_edge(here.key, there.key)
            if there.key not in known:
                known[there.key] = there
                queue.append(there)
    goals = [key for key, moment in known.items() if level.won(moment)]
    distance = networkx.multi_source_dijkstra_path_length(graph.reverse(), goals, weight=None)
    assert goals
    assert len(distance) < len(known)  # some moments are lost
    for key, moment in known.items():
        path = shortest_path(level, moment)
        assert path.lost == (key not in distance)
        assert path.lost or len(path.moves) == distance[key]


GOOD = """\
title = "Good"
teaches = "x"
task = "y"
allow = ["release", "finish", "toggle"]
revisions = 1
solution = ["release", "finish Source", "finish Beta"]

[pipeline]
Source = "S3"
Beta = "CodeDeploy"

[[goal]]
text = "It is in Beta."
when = "Beta has execution 1"

[[near_miss]]
moves = ["release"]
fails = "It is in Beta."
why = "Not finished."

[[predict]]
question = "What now?"
after = ["release"]
options = [
  { text = "A", when = "execution 1 is in Source", reason = "yes" },
  { text = "B", when = "execution 1 is in Beta", reason = "no" },
]
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ('title = "Good"', "title = Good", 1, "not TOML"),
        ("teaches", "teachs", 2, "did you mean 'teaches'?"),
        ('task = "y"', "task = 3", 3, "should be a text, not 3"),
        ('"toggle"]', '"togle"]', 4, "did you mean 'toggle'?"),
        ("revisions = 1", "revisions = 0", 6, "start no execution"),
        ("revisions = 1", "revisions = 99", 5, "Give 0 to 20"),
        ('"finish Source"', '"finsh Source"', 6, "Did you mean 'finish STAGE"),
        ('"finish Source"', '"finish Sorce"', 6, "did you mean 'Source'?"),
        ('"finish Source"', '"finish Beta"', 6, "no action of this kind is in progress in Beta"),
        ('"finish Source"', '"approve Source"', 6, "no manual approval is in progress in Source"),
        ('"finish Source"', '"enable \'Source"', 6, "quotation mark"),
        ('"finish Source"', '"fail Source"', 6, "solved without that (fail)"),
        (', "finish Beta"]', "]", 6, "this goal is not met: 'It is in Beta.'"),
        ("CodeDeploy", "CodeDeplo", 8, "Did you mean 'CodeDeploy'?"),
        ("Beta has execution 1", "Beta holds execution 1", 14, "A condition has one of these forms"),
        ("Beta has execution 1", "Beta has execution 1 now", 14, "'now' is one word too many"),
        ("Beta has execution 1", "Gamma has execution 1", 14, "there is no stage 'Gamma'"),
        ("Beta has execution 1", "execution 1 is Succeded", 14, "did you mean 'Succeeded'?"),
        ("Beta has execution 1", "(Beta is free", 14, "a ) is missing"),
        ("Beta has execution 1", "once execution 1 entered Beta", 14, "this one is on the past already"),
        ("Beta has execution 1", "nothing is under way", 12, "met before the first move"),
        ('fails = "It is in Beta."', 'fails = "In Beta."', 18, "did you mean 'It is in Beta.'?"),
        ('moves = ["release"]', 'moves = ["release", "finish Source", "finish Beta"]', 18, "is met"),
        ("execution 1 is in Beta", "execution 1 is InProgress", 24, "must be true, but these are: A, B."),
        ("execution 1 is in Source", "execution 1 is in Beta", 24, "must be true, but these are: none."),
        ('reason = "no"', 'reson = "no"', 26, "did you mean 'reason'?"),
        ('text = "B"', 'text = "A"', 24, "all of them different"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_line_and_key(tmp_path, old, new, line, expected):
    file = tmp_path / "mine.toml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadLevel) as error:
        load_level(file)
    assert expected in str(error.value)
    assert error.value.line == line
    assert f"mine.toml, line {line}" in str(error.value)


@pytest.mark.parametrize(("word", "wins"), [("once", [True, False]), ("never", [False, True])])
def test_a_goal_may_be_that_something_was_once_so_or_never(tmp_path, word, wins):
    direct = ["release", "finish Source", "finish Beta"]
    detour = ["disable Beta", "enable Beta", *direct]
    file = tmp_path / "mine.toml"
    goal = f"Beta has execution 1 and {word} Beta is disabled"
    text = GOOD.replace("Beta has execution 1", goal).replace(str(direct).replace("'", '"'), "SOLUTION")
    solution = detour if wins[0] else direct
    file.write_text(text.replace("SOLUTION", str(solution)), encoding="utf-8")
    level = load_level(file)
    assert [level.won(level.play(level.start, moves)) for moves in (detour, direct)] == wins


def test_what_is_no_text_is_told_of_the_file_alone(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_bytes(b"title = '\xff'")
    with pytest.raises(BadLevel) as error:
        load_level(file)
    assert str(error.value) == "mine.toml: it is not a text file in UTF-8."


def test_unknown_names_are_told_with_what_there_is(tmp_path):
    with pytest.raises(FileNotFoundError, match="the kit has: 01-release-a-change, "):
        load_level("release")
    file = tmp_path / "mine.toml"
    head, tail = GOOD.split("[pipeline]")
    tail = tail.replace('Source = "S3"\nBeta = "CodeDeploy"\n', "")
    file.write_text('pipeline = "dem"\n' + head + tail, encoding="utf-8")
    with pytest.raises(BadLevel, match="line 1, pipeline: there is no pipeline 'dem'; the kit has: "):
        load_level(file)


def test_what_cannot_be_reached_is_told_by_the_proof_and_by_par():
    level = dataclasses.replace(load_level("05-hold-a-change"), allow=("finish",), solution=())
    assert "the goals cannot be reached" in prove(level)
    with pytest.raises(ValueError, match="cannot be solved"):
        par(level)


def test_proofs_refuse_a_detour_a_winning_near_miss_and_a_hint_that_is_never_given():
    level = load_level("06-let-it-in")
    long = dataclasses.replace(level, solution=("enable Beta", "disable Beta", "enable Beta", "finish Beta"))
    assert any("4 moves, but 2 are enough" in line for line in prove(long))
    hint = level.hints[0]._replace(next="disable Build")
    assert any("never applies" in line for line in prove(dataclasses.replace(level, hints=(hint,))))
    miss = level.near_misses[0]._replace(moves=("enable Beta", "finish Beta", "release"))
    assert any("near-miss 1 wins" in line for line in prove(dataclasses.replace(level, near_misses=(miss,))))
    assert any("no near-miss" in line for line in prove(dataclasses.replace(level, near_misses=())))
    assert any("no message for that" in line for line in prove(dataclasses.replace(level, lost="")))


def test_too_many_moments_end_in_a_sentence():
    with pytest.raises(TooManyStates, match="level 19-back-from-a-stop: no answer after"):
        shortest_path(dataclasses.replace(load_level("19-back-from-a-stop"), goals=NEVER), limit=50)


NEVER = (load_level("22-clean-up").goals[0]._replace(met=lambda state, facts: False),)


# -- the level builder --------------------------------------------------------------------------------
def played():
    run = Run(load_pipeline("course-source-build-beta-prod"), Simulated())
    run.release("Blue button")
    run.settle()
    return run, run.journal.position


def test_a_run_becomes_a_level_that_passes_the_same_proofs(tmp_path):
    run, begin = played()
    run.inject("Build", "Compile", message="never mind")  # a plan is no move
    run.disable("Prod")
    run.approve()
    run.settle()
    level = record_level(run, tmp_path / "mine.toml", title="Held", begin=begin)
    assert prove(level) == []
    assert level.pipeline == run.pipeline
    assert [goal.when for goal in level.goals] == ["Prod has execution 1", "Prod is disabled"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]
    assert load_level(tmp_path / "mine.toml").title == "Held"


def test_goals_and_near_misses_of_ones_own_are_proven_too(tmp_path):
    run, begin = played()
    run.approve()
    run.settle()
    goals = [("It got through.", "execution 1 is Succeeded")]
    level = record_level(
        run,
        tmp_path / "mine.toml",
        title="Yes",
        begin=begin,
        goals=goals,
        near_misses=[(["reject Prod"], "It got through.", "That is a no.")],
    )
    assert level.near_misses[0].moves == ("reject Prod",)
    with pytest.raises(BadLevel, match="this goal is not met"):
        record_level(
            run, tmp_path / "no.toml", title="No", begin=begin, goals=[("x", "Prod has execution 2")]
        )
    run.disable("Beta")
    with pytest.raises(ValueError, match="moves, but 1 are enough"):
        record_level(run, tmp_path / "no.toml", title="No", begin=begin, goals=[("x", "Beta is disabled")])
    with pytest.raises(ValueError, match="nothing was done in this run after moment"):
        record_level(run, tmp_path / "no.toml", title="No", begin=run.journal.position)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize("other", [False, True])
def test_a_level_names_a_pipeline_of_the_kit_and_writes_out_any_other(tmp_path, other):
    kits = load_pipeline("demo")
    run = Run(Pipeline.of(kits.name, Source="S3", Beta="CodeDeploy") if other else kits, Simulated())
    run.release("Blue button")
    run.succeed("Source")
    level = record_level(run, tmp_path / "mine.toml", title="Mine")
    assert ('pipeline = "demo"\n' in (tmp_path / "mine.toml").read_text()) != other
    assert level.pipeline == run.pipeline


def test_a_single_move_becomes_a_level_whose_near_miss_is_another_move(tmp_path):
    run, begin = played()
    run.approve()
    goals = [("The change is approved.", "Approve in Prod is Succeeded")]
    level = record_level(run, tmp_path / "mine.toml", title="Approve", begin=begin, goals=goals)
    assert prove(level) == []
    assert [miss.moves for miss in level.near_misses] == [("reject Prod Approve",)]
    assert level.near_misses[0].fails == "The change is approved."


def test_the_only_move_there_is_needs_no_near_miss(tmp_path):
    run = Run(load_pipeline("demo"), Simulated())
    run.release("Blue button")
    level = record_level(run, tmp_path / "mine.toml", title="Release")
    assert level.near_misses == ()
    assert prove(level) == []


def test_a_recorded_level_keeps_the_readings_of_its_run(tmp_path):
    readings = Readings(edited="Failed", actions_per_stage=100)
    run = Run(load_pipeline("demo"), Simulated(), readings=readings)
    run.release("Blue button")
    assert record_level(run, tmp_path / "mine.toml", title="Mine").readings == readings


def test_copies_of_the_practice_notebook_record_by_the_name_they_know(tmp_path):
    run = Run(load_pipeline("demo"), Simulated())
    run.release("Blue button")
    assert Level.record(run, tmp_path / "mine.toml", title="Mine").title == "Mine"


def test_an_answer_belongs_to_the_branch_in_which_it_was_given():
    level = dataclasses.replace(load_level("02-see-what-is-where"), allow=("release", "finish"), revisions=1)
    attempt = Attempt(level)
    attempt.play('release "White button"')
    attempt.play('answer "The second one, Green button."')
    assert (attempt.won, attempt.moves) == (True, 2)
    attempt.run.undo()
    attempt.play("finish Prod")  # a branch with as many steps
    assert (attempt.won, attempt.moves) == (False, 1)
    attempt.run.switch_branch(1)
    assert (attempt.won, attempt.moves) == (True, 2)
    attempt.undo()
    assert (attempt.won, attempt.moves) == (False, 1)
