"""The practice widget without a browser: every level solved with its hints, and a learner's file that is never lost."""

import json

import pytest

import cp_teach
import cp_teach.resources
from cp_teach.course.levels.move_language import Answer
from cp_teach.course.practice.progress import BadProgress, Progress
from cp_teach.engine import Refused


@pytest.fixture
def desk(tmp_path):
    made = cp_teach.practice(progress=tmp_path / "progress.json")
    yield made
    made.close()


def said(desk):
    return desk.panel.page["said"]["text"]


def follow_the_hints(desk):
    """Do what the hints say until the goals are met."""
    for _ in range(20):
        if desk.attempt.won:
            return
        desk.ask({"act": "hint"})
        desk.ask({"act": "hint"})
        move = desk.attempt.path_to_goals().moves[0]
        if isinstance(move, Answer):
            texts = [option.text for option in desk.level.question.options]
            desk.ask({"act": "answer", "option": texts.index(move.option)})
        else:
            assert desk.panel.page["hint"].startswith("Next: ")
            label = next(
                p["label"] for p in desk.panel.page["possible"] if p["move"] == desk.level.move_text(move)
            )
            assert label in desk.panel.page["hint"]
            desk.ask({"act": "move", "move": desk.level.move_text(move)})


def test_every_level_is_solved_at_par_by_following_its_hints(desk):
    for name in desk.levels:
        desk.start(name)
        assert not desk.panel.page["won"]
        follow_the_hints(desk)
        assert desk.panel.page["won"], name
        assert desk.attempt.moves == desk.par == desk.panel.page["moves"]
    assert desk.panel.page["done"] == len(desk.levels)


def test_goals_tick_off_whichever_way_the_run_is_moved(desk):
    assert [goal["met"] for goal in desk.panel.page["goals"]] == [False, False]
    desk.console.ask({"act": "do", "command": ["StartExecution"], "with": {"message": "Fix"}})
    for _ in range(3):
        desk.console.ask({"act": "step"})
    assert [goal["met"] for goal in desk.panel.page["goals"]] == [True, True]
    assert "Solved in 4 moves: the fewest there are." in said(desk)
    desk.ask({"act": "undo"})
    assert [goal["met"] for goal in desk.panel.page["goals"]] == [False, False]
    desk.console.ask({"act": "redo"})
    assert desk.panel.page["won"]


def test_what_the_level_does_not_allow_is_refused_with_a_sentence(desk):
    desk.console.ask({"act": "do", "command": ["DisableTransition", "Prod"]})
    assert "solved without that (toggle)" in desk.console.view["notice"]["text"]
    desk.console.ask({"act": "inject", "stage": "Build", "action": "CodeBuild"})
    assert "without injected failures" in desk.console.view["notice"]["text"]
    desk.run.release()
    with pytest.raises(Refused, match="start one execution, and that is used up"):
        desk.run.release()
    desk.run.undo()
    for act in (desk.run.undo, lambda: desk.run.jump(-1)):
        with pytest.raises(Refused):
            act()
    assert desk.panel.page["moves"] == 0


def test_a_level_that_begins_in_the_middle_cannot_be_undone_before_its_beginning(desk):
    desk.start("13-only-what-failed")
    begin = desk.run.journal.position
    assert begin > 0
    desk.ask({"act": "undo"})
    assert "where the level begins" in said(desk)
    with pytest.raises(Refused, match="where the level begins"):
        desk.run.jump(0)
    desk.run.retry("Build")
    desk.run.reset()
    assert desk.run.journal.position == begin


def test_a_lost_level_says_so_and_undo_recovers_it(desk):
    desk.start("16-before-it-is-too-late")
    desk.ask({"act": "move", "move": "finish Build CodeBuild"})
    assert "NotLatestPipelineExecutionException" in desk.panel.page["lost"]
    desk.ask({"act": "hint"})
    assert "cannot be retried" in desk.panel.page["hint"]
    desk.ask({"act": "solution"})
    assert "no way leads to the goals" in said(desk)
    desk.ask({"act": "undo"})
    assert desk.panel.page["lost"] == ""
    follow_the_hints(desk)
    assert desk.panel.page["won"]


def test_a_shown_solution_is_counted_as_shown_until_it_is_solved(desk):
    desk.ask({"act": "solution"})
    assert desk.panel.page["solution"] == [
        "Release change",
        "Complete S3 in Source #1",
        "Complete CodeBuild in Build #1",
        "Complete CodeDeploy in Prod #1",
    ]
    desk.run.release()
    desk.run.settle()
    assert desk.progress.state("01-release-a-change") == "shown"
    desk.ask({"act": "reset"})
    desk.run.release()
    desk.run.settle()
    assert desk.progress.state("01-release-a-change") == "solved"


def test_a_prediction_tells_its_reasons_only_afterwards(desk):
    asked = desk.panel.page["predictions"][0]
    assert all(set(option) == {"text"} for option in asked["options"])
    desk.ask({"act": "predict", "number": 0, "option": 1})
    asked = desk.panel.page["predictions"][0]
    assert asked["chosen"] == 1
    assert [option["right"] for option in asked["options"]] == [True, False]
    assert all(option["reason"] for option in asked["options"])
    assert said(desk).startswith("Incorrect. What happens: ")


def test_skipped_and_next_and_the_last_one(desk):
    desk.ask({"act": "skip"})
    assert desk.progress.state("01-release-a-change") == "skipped"
    assert desk.level.name == "02-see-what-is-where"
    desk.ask({"act": "open", "level": "27-roll-back-beta"})
    desk.ask({"act": "next"})
    assert said(desk) == "This is the last level."
    desk.ask({"act": "open", "level": "28"})
    assert "there is no level '28'" in said(desk)
    desk.ask({"act": "dance"})
    assert "nothing called 'dance'" in said(desk)
    desk.ask({"act": "move", "move": "delete"})
    assert "'delete' cannot be done now" in said(desk)


@pytest.mark.parametrize(
    "message",
    [
        {"act": "predict"},
        {"act": "predict", "number": "x", "option": 0},
        {"act": "predict", "number": 0, "option": 9},
        {"act": "predict", "number": 0, "option": -1},
        {"act": "answer", "option": 0},
    ],
)
def test_whatever_a_page_sends_is_answered_with_a_sentence(desk, message):
    desk.ask(message)
    assert desk.panel.page["said"]["alert"]
    assert said(desk) in (
        "This level has no such question. Reload the page.",
        "Choose an option first.",
        "This level has no question to answer. Reload the page.",
    )


# -- the learner's file ----------------------------------------------------------------------------
def test_progress_is_kept_exported_wiped_and_imported(tmp_path, desk):
    follow_the_hints(desk)
    exported = desk.panel.page["export"]
    assert json.loads(exported)["levels"] == {
        "01-release-a-change": {"state": "solved", "moves": 4, "hints": 8}
    }
    assert (tmp_path / "progress.json").read_text(encoding="utf-8") == exported
    again = cp_teach.practice(progress=tmp_path / "progress.json")
    assert again.level.name == "02-see-what-is-where"  # it goes on where the learner was
    again.close()
    desk.ask({"act": "wipe"})
    assert desk.panel.page["done"] == 0
    desk.ask({"act": "import", "text": exported})
    assert desk.panel.page["done"] == 1
    assert "1 level." in said(desk)
    desk.ask({"act": "import", "text": "{}"})
    assert '"format": "cp_teach progress"' in said(desk)
    assert desk.panel.page["done"] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not json", "not JSON"),
        ("[]", "does not say"),
        ('{"format": "cp_teach progress", "version": 2}', "its version is 2"),
        ('{"format": "cp_teach progress", "version": 1, "levels": []}', 'no "levels"'),
        (
            '{"format": "cp_teach progress", "version": 1, "levels": {"a": {"state": "won"}}}',
            "level a: its state",
        ),
        (
            '{"format": "cp_teach progress", "version": 1, "levels": {"a": {"state": "solved", "moves": "3"}}}',
            "'moves' has to be a whole number",
        ),
    ],
)
def test_a_foreign_file_is_refused_and_nothing_is_lost(tmp_path, text, expected):
    progress = Progress(tmp_path / "p.json")
    progress.record_solved("a", 3, 0)
    with pytest.raises(BadProgress) as error:
        progress.import_text(text)
    assert expected in str(error.value)
    assert progress.state("a") == "solved"
    (tmp_path / "q.json").write_text(text, encoding="utf-8")
    broken = Progress(tmp_path / "q.json")
    assert "kept as q.json.bad" in broken.note
    assert (tmp_path / "q.json.bad").read_text(encoding="utf-8") == text


def test_the_better_result_stays_and_skipping_undoes_nothing(tmp_path):
    progress = Progress(tmp_path / "p.json")
    progress.record_solved("a", 5, 2)
    progress.record_solved("a", 3, 4)
    progress.record_solved("a", 9, 0)
    progress.record("a", "skipped")
    assert progress.levels["a"] == {"state": "solved", "moves": 3, "hints": 4}


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    progress = Progress(tmp_path / "nowhere" / "p.json")
    progress.record_solved("a", 3, 0)
    assert "Export it to keep it" in progress.note
    assert progress.state("a") == "solved"


def test_a_level_of_ones_own_stands_alone(tmp_path):
    from cp_teach.course import load_level

    file = tmp_path / "mine.toml"
    text = (cp_teach.resources.data() / "levels" / "05-hold-a-change.toml").read_text(encoding="utf-8")
    file.write_text(text.replace("Hold a change", "Mine"), encoding="utf-8")
    for given in (file, str(file), load_level(file)):
        desk = cp_teach.practice(given, progress=None)
        assert (desk.level.title, len(desk.levels)) == ("Mine", 1)
        assert repr(desk).startswith("Level 1: Mine\n")
        desk.close()
