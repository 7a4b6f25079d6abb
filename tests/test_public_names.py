"""What `import cp_teach` offers: each public name and each room, loaded when it is first asked for."""

import importlib
import subprocess
import sys

import pytest

import cp_teach


@pytest.mark.parametrize("name", sorted(cp_teach.__all__))
def test_each_public_name_is_there(name):
    assert getattr(cp_teach, name) is cp_teach.__getattr__(name)
    assert name in dir(cp_teach)


@pytest.mark.parametrize("room", cp_teach._ROOMS)
def test_each_room_can_be_had_without_an_import_of_its_own(room):
    assert cp_teach.__getattr__(room) is importlib.import_module(f"cp_teach.{room}")
    assert room in dir(cp_teach)


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'cellar'"):
        cp_teach.cellar  # noqa: B018 - to ask is the test


def test_nothing_is_loaded_before_it_is_asked_for_and_a_run_brings_its_workers():
    code = (
        "import sys, cp_teach; before = set(sys.modules); cp_teach.Run; "
        "print('cp_teach.work' in before, 'cp_teach.work' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
