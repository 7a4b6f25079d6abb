"""The examples of docs/triggers.md do what the page says, and its list of globs is true."""

import doctest
import re
from pathlib import Path

from cp_teach.pipeline.globs import find_glob_error

PAGE = Path(__file__).parents[2] / "docs" / "triggers.md"


def test_the_examples_of_the_page_are_true():
    # The page closes each example with an empty line, so that the fence is no part of what is expected.
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert result.attempted == PAGE.read_text("utf-8").count(">>> ")
    assert not result.failed


def test_every_glob_of_the_page_can_be_read():
    table = PAGE.read_text("utf-8").partition("## Globs")[2].partition("The whole name")[0]
    globs = re.findall(r"`([^`]+)`", table)
    assert len(globs) > 12
    assert [glob for glob in globs if find_glob_error(glob)] == []
