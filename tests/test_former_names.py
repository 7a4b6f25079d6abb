"""A copy of a notebook from before a module was renamed still imports it, and still passes its keywords."""

import importlib
import sys

import pytest

from cp_teach import former_names


@pytest.mark.parametrize(("former", "current"), former_names.MODULES.items())
def test_a_former_name_is_the_module_of_today(former, current, monkeypatch):
    monkeypatch.delitem(sys.modules, former, raising=False)
    assert importlib.import_module(former) is importlib.import_module(current)


def test_the_finder_is_installed_once_and_leaves_other_names_alone(monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [])
    former_names.install()
    former_names.install()
    (finder,) = sys.meta_path
    assert finder.find_spec("cp_teach.aws.access") is not None
    assert finder.find_spec("cp_teach.cellar") is None


def test_a_former_keyword_is_taken_for_the_one_of_today():
    @former_names.accept_former_keyword("catalogue", "catalog")
    def check(*, catalog="today"):
        return catalog

    assert check(catalogue="course") == check(catalog="course") == "course"
    assert check() == "today"
