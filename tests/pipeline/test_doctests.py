"""The examples in the docstrings do what they say."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "",
        ".location",
        ".formats.shorthand",
        ".graph",
        ".catalogs",
        ".check_report",
        ".timeouts",
        ".globs",
        ".trigger_evaluation",
    ],
)
def test_the_examples_are_true(module):
    result = doctest.testmod(importlib.import_module(f"cp_teach.pipeline{module}"))
    assert result.attempted
    assert not result.failed
