"""Every operation is answered, every field that can be is, every error that can be raised is; the rest is named."""

from pathlib import Path

import api_coverage as coverage
import pytest
from tour import Tour

from cp_teach.aws.operations import OPERATIONS
from cp_teach.aws.protocol import request_validation

DOCS = Path(__file__).parents[3] / "docs" / "api.md"


@pytest.fixture(scope="module")
def tour():
    return Tour().take()


def test_there_is_an_answer_for_each_operation_of_the_model():
    assert tuple(sorted(OPERATIONS)) == request_validation.operations()
    assert len(OPERATIONS) == 44


def test_every_answer_is_what_the_model_says_to_the_letter(tour):
    assert tour.wrong == []


@pytest.mark.parametrize("operation", request_validation.operations())
def test_fields_that_are_never_answered_are_named(tour, operation):
    shape = request_validation.service().operation_model(operation).output_shape
    every, seen = coverage.paths(shape), tour.fields[operation]
    lied = {".".join(path) for path in seen if coverage.excused(operation, path)}
    assert lied == set(), "it is answered after all"
    silent = {".".join(path) for path in every - seen if not coverage.excused(operation, path)}
    assert silent == set()


@pytest.mark.parametrize("operation", request_validation.operations())
def test_errors_that_are_never_raised_are_named(tour, operation):
    listed = set(coverage.errors(operation))
    silent = {error for error in listed - tour.errors[operation] if not coverage.never(operation, error)}
    assert silent == set()
    lied = {error for error in tour.errors[operation] & listed if coverage.never(operation, error)}
    assert lied == set(), "it is raised after all"


def test_the_document_has_the_table():
    text = DOCS.read_text(encoding="utf-8")
    assert coverage.table() in text, "write it anew: python tools/api_coverage.py docs/api.md"
    assert coverage.lists() in text
