"""A lesson: what students see and what they do not, votes, and the clock."""

import asyncio
import gc
import json

import pytest
from tornado.websocket import WebSocketClosedError

from cp_teach import Run, Simulated, load_pipeline
from cp_teach.classroom.handlers import FollowerSocket
from cp_teach.classroom.lesson import Lesson, read_only_view
from cp_teach.classroom.vote import Vote
from cp_teach.show.view.view_model import view


@pytest.fixture
def lesson():
    run = Run(load_pipeline("demo"), Simulated())
    run.release("New logo")
    run.settle()
    lesson = Lesson(run)
    run.listen(lesson.on_change)
    return lesson


def test_a_student_sees_everything_and_can_press_nothing(lesson):
    seen = json.dumps(read_only_view(view(lesson.run)))
    assert "New logo" in seen
    assert "Execution 1 waits in Prod" in seen
    assert '"command"' not in seen
    assert "starts a new branch" not in seen
    assert '"command"' in json.dumps(view(lesson.run))


def test_before_the_reveal_no_student_learns_what_is_right_or_what_others_chose(lesson):
    vote = lesson.ask("00-closed-door")
    assert vote.answer("ada", 0)
    assert vote.answer("alan", 1)
    seen = lesson.snapshot(2, by_instructor=False)
    assert "questions" not in seen
    assert not {"count", "tally"} & seen["vote"].keys()
    assert "tally" not in seen["vote"]
    assert "right" not in json.dumps(seen["vote"]["options"])
    assert lesson.snapshot(2, by_instructor=True)["vote"]["tally"][:2] == [1, 1]
    assert lesson.act({"act": "reveal"}) == ""
    seen = lesson.snapshot(2, by_instructor=False)["vote"]
    assert seen["tally"][:2] == [1, 1]
    assert sum(option["right"] for option in seen["options"]) == 1


def test_everybody_has_one_vote_and_may_change_it_until_the_reveal():
    vote = Vote.of("00-closed-door", 1)
    assert vote.answer("ada", 0)
    assert vote.answer("ada", 1)
    assert vote.tally()[:2] == [0, 1]
    for nothing in (-1, 99, "0", True, None):
        assert not vote.answer("ada", nothing)
    vote.revealed = True
    assert not vote.answer("grace", 0)


def test_the_page_of_a_class_has_no_more_of_the_past(lesson):
    assert lesson.act({"act": "more", "of": "log"}).startswith("This page shows no more of the past.")


def test_the_instructor_acts_and_a_refusal_is_a_sentence(lesson):
    assert lesson.act({"act": "do", "command": ["PutApprovalResult", 1, "Prod", "Approve", "Approved"]}) == ""
    assert lesson.snapshot(0, by_instructor=False)["view"]["said"]["text"].startswith(
        "Action Approve (stage Prod) succeeded - #1"
    )
    assert "Prod" in lesson.act(
        {"act": "do", "command": ["PutApprovalResult", 1, "Prod", "Approve", "Approved"]}
    )
    assert "no question" in lesson.act({"act": "ask", "question": "nothing"})
    assert lesson.act({"act": "nonsense"})
    assert lesson.act({"act": "do", "command": 7})


def test_the_clock_runs_while_it_plays_and_never_leaps(lesson, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("cp_teach.classroom.lesson.time.monotonic", lambda: now[0])
    assert not lesson.advance_clock()
    lesson.run.release("Second")
    before = lesson.run.now
    lesson.act({"act": "play"})
    now[0] += 60  # the machine was asleep
    assert lesson.advance_clock()
    assert lesson.run.now - before == pytest.approx(30)
    lesson.act({"act": "pause"})
    assert not lesson.advance_clock()


def test_a_student_who_leaves_while_the_picture_is_sent_is_no_news_on_the_terminal():
    async def left(text):
        raise WebSocketClosedError

    async def lesson():
        told = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: told.append(what["message"]))
        line = FollowerSocket.__new__(FollowerSocket)
        line.write_message = lambda text: asyncio.ensure_future(left(text))
        line.send("{}")
        await asyncio.sleep(0.01)
        gc.collect()  # asyncio tells of an exception that nobody asked for when its task goes
        return told

    assert asyncio.run(lesson()) == []
