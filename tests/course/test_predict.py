"""Predictions: nothing before the answer, every option explained after it, and a truth that is computed."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cp_teach import Run
from cp_teach.course import QUESTIONS, predict

RIGHT = json.loads(Path(__file__).with_name("right_answers.json").read_text(encoding="utf-8"))
"""The right answer to every question of the course, as a person has checked it."""
OPTIONS = {"It waits.": "The door is closed.", "It fails.": "Nothing went wrong."}


@pytest.fixture
def question():
    return predict("What happens?", OPTIONS, truth=lambda: "It waits.")


def test_the_truth_is_what_the_function_finds(question):
    assert question.truth == "It waits."
    assert [one["right"] for one in question.options] == [True, False]


def test_nothing_is_told_before_an_answer(question):
    output = repr(question)
    assert "1. It waits." in output
    assert "2. It fails." in output
    assert not any(reason in output for reason in OPTIONS.values())
    assert question.verdict == output


@pytest.mark.parametrize(("answer", "mine"), [(1, 1), (2, 2), ("It fails.", 2)])
def test_every_option_is_explained_after_it(question, answer, mine):
    output = question.choose(answer)
    assert all(reason in output for reason in OPTIONS.values())
    assert output.splitlines()[mine].count("(your prediction)") == output.count("(your prediction)") == 1
    assert "✓ Right" in output.splitlines()[1]
    assert "✗ Incorrect" in output.splitlines()[2]
    assert repr(question) == output


@pytest.mark.parametrize("answer", [0, 3, -1, "Something else."])
def test_an_option_that_is_not_there_is_told_in_a_sentence(question, answer):
    assert question.choose(answer).startswith(f"There is no option {answer!r}.")
    assert not question.revealed


def test_a_truth_among_no_options_is_an_error_of_the_question():
    with pytest.raises(ValueError, match=r"'It explodes\.', and that is not among the options"):
        predict("What happens?", OPTIONS, truth="It explodes.")


def test_an_option_without_a_reason_is_an_error_of_the_question():
    with pytest.raises(ValueError, match=r"an option needs a reason: It fails\."):
        predict("What happens?", {**OPTIONS, "It fails.": " "}, truth="It waits.")


class _Folded(HTMLParser):
    """Which text stands inside details, and which outside."""

    def __init__(self):
        super().__init__()
        self.depth, self.inside, self.outside = 0, "", ""

    def handle_starttag(self, tag, attrs):
        self.depth += tag == "details"

    def handle_endtag(self, tag):
        self.depth -= tag == "details"

    def handle_data(self, data):
        if self.depth:
            self.inside += data
        else:
            self.outside += data


def test_without_a_widget_the_answers_are_folded_away(question):
    data, _ = question._repr_mimebundle_()
    page = _Folded()
    page.feed(data["text/html"])
    for text, reason in OPTIONS.items():
        assert text in page.outside
        assert reason in page.inside
        assert reason not in page.outside
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == repr(question)


def test_html_is_escaped():
    html = predict("<b>?", {"<i>": "<u>", "x": "<s>"}, truth="x")._repr_html_()
    assert not re.search(r"<(b|i|u|s)>", html)


def test_the_widget_is_small():
    question = predict("What happens?", OPTIONS, truth="It waits.")
    assert len(str(question._esm)) + len(str(question._css)) < 8000


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_of_the_course_has_a_truth_and_others_to_doubt(name):
    asked = predict(name)
    assert asked.question == QUESTIONS[name].text
    assert sum(one["right"] for one in asked.options) == 1
    assert len(asked.options) >= 3
    assert asked.truth == RIGHT[name]


def test_the_right_answers_are_those_of_today_s_questions():
    assert set(RIGHT) == set(QUESTIONS)


def test_a_question_that_is_not_there_lists_those_there_are():
    with pytest.raises(
        ValueError, match="there is no question '00-closed'; the questions are: 00-closed-door, "
    ):
        predict("00-closed")


def test_the_truth_follows_the_engine(monkeypatch):
    # With an engine in which no transition can be closed, the first question has another answer.
    monkeypatch.setattr(Run, "disable", lambda self, stage, reason="": ())
    assert predict("00-closed-door").truth == "It goes to Beta all the same."


def test_were_the_last_statement_to_count_that_would_be_the_answer(monkeypatch):
    def last(policy, action):
        return policy["Statement"][-1]["Effect"] == "Allow"

    lesson = "cp_teach.course.predictions.scenarios.practice.lesson_12_quotas_regions_security"
    monkeypatch.setattr(f"{lesson}.decide", last)
    assert predict("12-deny-first").truth == "Yes: the later statement counts."
