"""A refused pipeline tells everything, readably, and survives a trip to another process."""

import pickle

import pytest

from cp_teach.pipeline import InvalidPipeline, Pipeline


@pytest.fixture
def error():
    with pytest.raises(InvalidPipeline) as caught:
        Pipeline.from_aws({"name": "<b>shop</b>", "roleArn": "x", "stages": []})
    return caught.value


def test_it_is_a_value_error_that_answers_as_aws_would(error):
    assert isinstance(error, ValueError)
    assert error.exception == "ValidationException"
    assert error.aws_message == error.breaches[0].message
    assert error.pipeline.name == "<b>shop</b>"


def test_its_table_escapes_what_the_learner_wrote(error):
    shown = error._repr_html_()
    assert "&lt;b&gt;shop" in shown
    assert "<b>shop" not in shown
    assert shown.count("<tr>") == len(error.violations) + 1


def test_it_can_be_pickled(error):
    assert pickle.loads(pickle.dumps(error)).violations == error.violations
