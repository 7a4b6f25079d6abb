"""Instances as folders: what is on them stays there, and what they are told outlives the program."""

import doctest
import os
from pathlib import Path

import pytest

from cp_teach.work.codedeploy import fleet as module
from cp_teach.work.codedeploy.fleet import Fleet, OutsideInstance, write_json
from cp_teach.work.folder_trees import remove


def test_the_examples_are_true() -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


def test_a_fleet_is_taken_up_as_it_was_left(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, ["web-1", "web-2"])
    fleet["web-1"].tags["stage"] = "beta"
    fleet["web-1"].health("g").healthy = True
    fleet["web-1"].health("g").revision = "abc"
    fleet["web-1"].save()
    fleet.add(["web-3"], {"made": "later"})
    fleet.switch("web-2", on=False)
    fleet.serve(["web-3", "web-1"])

    again = Fleet(tmp_path)
    assert list(again.instances) == ["web-1", "web-2", "web-3"]
    assert again.serving == ("web-1", "web-3")
    assert (again["web-1"].tags, again["web-3"].tags) == ({"stage": "beta"}, {"made": "later"})
    assert (again["web-1"].health("g").healthy, again["web-1"].health("g").revision) == (True, "abc")
    assert [again[name].running for name in again.instances] == [True, False, True]
    assert Fleet(tmp_path, ["web-1"]).instances.keys() == again.instances.keys()


def test_an_instance_that_was_never_deployed_to_is_unhealthy(tmp_path: Path) -> None:
    health = Fleet(tmp_path, 1)["i-1"].health("any group")
    assert (health.healthy, health.revision) == (False, "")


def test_a_state_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(tmp_path / "state.json", {"n": 1})

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", power_cut)
    with pytest.raises(KeyboardInterrupt):
        write_json(tmp_path / "state.json", {"n": 2})
    assert (tmp_path / "state.json").read_text() == '{\n "n": 1\n}'


def test_paths_stay_on_their_instance(tmp_path: Path) -> None:
    instance = Fleet(tmp_path / "fleet", 1)["i-1"]
    assert instance.path("/var/www") == instance.root / "var" / "www"
    assert instance.inside(instance.path("/var/www")) == "/var/www"
    for path in ("/../etc", "/var/../../etc", "var/www", "", "/a\0b"):
        with pytest.raises(OutsideInstance):
            instance.path(path)


def test_a_link_leads_nobody_out_of_an_instance(tmp_path: Path) -> None:
    instance = Fleet(tmp_path / "fleet", 1)["i-1"]
    (instance.root / "out").symlink_to(tmp_path)
    (instance.root / "www").mkdir()
    (instance.root / "in").symlink_to("www")
    with pytest.raises(OutsideInstance, match="/out/file leads out of i-1, through a link"):
        instance.path("/out/file")
    assert instance.path("/in/file").parent.resolve() == instance.root.resolve() / "www"


def test_a_fleet_that_cannot_be_is_told(tmp_path: Path) -> None:
    for wanted, told in (
        (None, "A fleet needs instances"),
        (0, "must be from 1 to 100, not 0"),
        (101, "must be from 1 to 100, not 101"),
        (["a/b"], "'a/b' is not a valid instance name"),
        (["..", "a"], "is not a valid instance name"),
        (["groups"], "is not a valid instance name"),
        (["a", "a"], "'a' already exists"),
    ):
        with pytest.raises(ValueError, match=told):
            Fleet(tmp_path / f"{told[:12]}{len(str(wanted))}", wanted)
    Fleet(tmp_path / "fleet", 2)
    with pytest.raises(ValueError, match="has no instance i-3; it has i-1, i-2"):
        Fleet(tmp_path / "fleet", 3)
    with pytest.raises(KeyError, match="The instances: i-1, i-2"):
        Fleet(tmp_path / "fleet")["i-9"]


def test_a_terminated_instance_is_gone_with_all_that_is_on_it(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path / "fleet", 2)
    outside = tmp_path / "precious"
    outside.mkdir()
    (outside / "file").touch()
    root = fleet["i-1"].root
    (root / "link").symlink_to(outside)
    (root / "locked" / "deeper").mkdir(parents=True)
    (root / "locked" / "deeper").chmod(0)
    (root / "locked").chmod(0)
    fleet.terminate(["i-1"])
    assert not (tmp_path / "fleet" / "i-1").exists()
    assert (outside / "file").exists()
    assert (list(fleet.instances), fleet.serving) == (["i-2"], ("i-2",))
    assert list(Fleet(tmp_path / "fleet").instances) == ["i-2"]


def test_what_is_not_there_is_removed_without_a_word(tmp_path: Path) -> None:
    remove(tmp_path / "nothing")


def test_a_folder_left_by_an_ended_program_makes_room(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 1)
    (tmp_path / "i-2" / "root" / "half").mkdir(parents=True)
    fleet.add(["i-2"])
    assert list(fleet["i-2"].root.iterdir()) == []
    assert repr(fleet) == "Fleet(i-1, i-2)"
