"""docs/flow.md: what it shows is what happens."""

import ast
import doctest
import re
from pathlib import Path

import pytest

import cp_teach.flow

PAGE = Path(__file__).parents[2] / "docs" / "flow.md"


def test_its_examples_run() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False)
    assert found.attempted >= 8
    assert not found.failed


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S))
def test_what_it_imports_is_there(block: str) -> None:
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and node.module == "cp_teach.flow":
            assert {name.name for name in node.names} <= set(cp_teach.flow.__all__)


def test_the_front_door_has_what_it_says() -> None:
    for name in cp_teach.flow.__all__:
        value = getattr(cp_teach.flow, name)
        assert callable(value) or name.isupper(), name
