"""The event Install: which files are copied, which are removed, and what stands in the way."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cp_teach.work.codedeploy.appspec import Appspec, File, Permission
from cp_teach.work.codedeploy.fleet import Fleet, Instance
from cp_teach.work.codedeploy.installer import INSTRUCTIONS, NotInstalled, install

Put = Callable[..., str]


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Fleet(tmp_path / "fleet", 1)["i-1"]


@pytest.fixture
def put(tmp_path: Path, instance: Instance) -> Put:
    """Install a revision of these files; what was logged."""

    def put(files: dict[str, str], *pairs: tuple[str, str], group: str = "g", **spec: Any) -> str:
        bundle = tmp_path / f"bundle-{len(list(tmp_path.iterdir()))}"
        for name, text in files.items():
            path = bundle / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        said: list[str] = []
        install(instance, Appspec(tuple(File(*pair) for pair in pairs), **spec), bundle, group, said.append)
        return "\n".join(said)

    return put


def tree(instance: Instance, top: str = "/www") -> dict[str, str]:
    base = instance.path(top)
    return {path.relative_to(base).as_posix(): path.read_text() for path in base.rglob("*") if path.is_file()}


def test_a_file_goes_into_its_destination_under_its_own_name(put: Put, instance: Instance) -> None:
    assert put({"config/a.txt": "a"}, ("./config/a.txt", "/www/deep")) == "1 files were copied."
    assert tree(instance) == {"deep/a.txt": "a"}


def test_of_a_folder_the_contents_go(put: Put, instance: Instance) -> None:
    put({"web/a": "1", "web/css/b": "2", "other": "3"}, ("web", "/www"))
    assert tree(instance) == {"a": "1", "css/b": "2"}


def test_a_slash_is_the_whole_revision(put: Put, instance: Instance) -> None:
    put({"appspec.yml": "s", "web/a": "1"}, ("/", "/www"))
    assert tree(instance) == {"appspec.yml": "s", "web/a": "1"}


def test_the_files_of_the_last_deployment_go_first_and_those_of_others_stay(
    put: Put, instance: Instance
) -> None:
    put({"a": "1", "old/b": "1"}, ("/", "/www"))
    (instance.root / "www" / "upload").write_text("a user's")
    put({"a": "2"}, ("/", "/www"))
    assert tree(instance) == {"a": "2", "upload": "a user's"}
    assert not (instance.root / "www" / "old").exists()
    put({}, group="g")
    assert tree(instance) == {"upload": "a user's"}


def test_a_folder_that_its_owner_may_not_write_is_cleaned_and_can_be_written_afterwards(
    put: Put, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    put({"a": "1"}, ("a", "/www"))
    folder = instance.path("/www")
    (folder / "upload").write_text("a user's")
    folder.chmod(0o555)
    # As for somebody who is not root, whom modes do not stop.
    monkeypatch.setattr(os, "access", lambda path, asked: bool(path.stat().st_mode & 0o200))
    put({})
    assert tree(instance) == {"upload": "a user's"}
    assert folder.stat().st_mode & 0o777 == 0o755


def test_groups_do_not_remove_each_others_files(put: Put, instance: Instance) -> None:
    put({"a": "1"}, ("a", "/www"), group="one")
    put({"b": "1"}, ("b", "/www"), group="two")
    put({}, group="two")
    assert tree(instance) == {"a": "1"}


def test_a_file_that_nobody_deployed_fails_the_deployment_and_nothing_is_copied(
    put: Put, instance: Instance
) -> None:
    (instance.root / "www").mkdir()
    (instance.root / "www" / "b").write_text("mine")
    with pytest.raises(NotInstalled, match="a specified file already exists at this location: /www/b"):
        put({"a": "1", "b": "1"}, ("/", "/www"))
    assert tree(instance) == {"b": "mine"}


@pytest.mark.parametrize(("behavior", "after"), [("OVERWRITE", "1"), ("RETAIN", "mine")])
def test_it_may_be_overwritten_or_kept(put: Put, instance: Instance, behavior: str, after: str) -> None:
    (instance.root / "www").mkdir()
    (instance.root / "www" / "b").write_text("mine")
    put({"a": "1", "b": "1"}, ("/", "/www"), file_exists_behavior=behavior)
    assert tree(instance) == {"a": "1", "b": after}
    put({})
    assert tree(instance) == ({} if behavior == "OVERWRITE" else {"b": "mine"})


def test_overwriting_replaces_a_link_and_not_what_it_points_to(
    put: Put, instance: Instance, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (instance.root / "www").mkdir()
    (instance.root / "www" / "a").symlink_to(precious)
    put({"a": "1"}, ("a", "/www"), file_exists_behavior="OVERWRITE")
    assert precious.read_text() == "mine"
    assert tree(instance) == {"a": "1"}


def test_nothing_is_written_through_a_link_that_leads_out(
    put: Put, instance: Instance, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (instance.root / "www").symlink_to(outside)
    with pytest.raises(NotInstalled, match="leads out of i-1"):
        put({"a": "1"}, ("a", "/www"))
    assert list(outside.iterdir()) == []


def test_a_record_that_names_files_elsewhere_removes_nothing_there(
    put: Put, instance: Instance, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.touch()
    (instance.root / "out").symlink_to(tmp_path)
    record = instance.path(f"{INSTRUCTIONS}/g-cleanup")
    record.parent.mkdir(parents=True)
    record.write_text('["/out/precious", "/../../precious", "/"]')
    assert "Not removed: /out/precious leads out" in put({"a": "1"}, ("a", "/www"))
    assert precious.exists()
    record.write_text("nonsense")
    assert "cannot be read, so nothing was removed" in put({"b": "1"}, ("b", "/www"))
    assert tree(instance) == {"a": "1", "b": "1"}


def test_a_folder_that_was_removed_by_hand_is_no_obstacle(put: Put, instance: Instance) -> None:
    put({"a": "1"}, ("a", "/www/pages"))
    shutil.rmtree(instance.path("/www"))
    put({"b": "2"}, ("b", "/www"))
    assert tree(instance) == {"b": "2"}


def test_a_source_that_is_not_there_is_told(put: Put) -> None:
    with pytest.raises(NotInstalled, match="The source Web is not in the revision"):
        put({"web/a": "1"}, ("Web", "/www"))


def test_two_sources_of_one_destination_are_told(put: Put, instance: Instance) -> None:
    with pytest.raises(NotInstalled, match="Two sources go to /www/a"):
        put({"x/a": "1", "y/a": "2"}, ("x/a", "/www"), ("y", "/www"))
    assert not instance.path("/www").exists()


def test_a_file_where_a_folder_must_be_is_told(put: Put, instance: Instance) -> None:
    (instance.root / "www").write_text("a file")
    with pytest.raises(NotInstalled, match="/www must be a folder"):
        put({"a": "1"}, ("a", "/www"), file_exists_behavior="OVERWRITE")


def test_links_that_a_script_made_in_the_revision(put: Put, instance: Instance, tmp_path: Path) -> None:
    bundle = tmp_path / "made"
    (bundle / "web").mkdir(parents=True)
    (bundle / "web" / "a").write_text("1")
    (bundle / "web" / "same").symlink_to("a")
    spec = Appspec((File("web", "/www"),))
    install(instance, spec, bundle, "g", print)
    assert instance.path("/www/same").readlink() == Path("a")
    (bundle / "web" / "same").unlink()
    for target in ("/etc/passwd", "../../../../../secret"):
        (bundle / "web" / "same").symlink_to(target)
        with pytest.raises(NotInstalled, match="The link web/same points to"):
            install(instance, spec, bundle, "g", print)
        (bundle / "web" / "same").unlink()
    (bundle / "sly").symlink_to(tmp_path)
    with pytest.raises(NotInstalled, match="The source sly/made leads out of the revision"):
        install(instance, Appspec((File("sly/made", "/www"),)), bundle, "g", print)


# -- permissions -------------------------------------------------------------------------------------------
def modes(instance: Instance) -> dict[str, str]:
    base = instance.path("/www")
    return {
        path.relative_to(base).as_posix(): f"{path.stat().st_mode & 0o7777:o}" for path in base.rglob("*")
    }


def test_modes_are_set_by_pattern_exception_and_type(put: Put, instance: Instance) -> None:
    said = put(
        {"a.txt": "1", "b.txt": "1", "c.sh": "1", "sub/d.txt": "1"},
        ("/", "/www"),
        permissions=(
            Permission("/www", "*.txt", ("b.txt",), mode="600", type=("file",)),
            Permission("/www/c.sh", mode="4755", owner="web", group="staff", acls=("u:a:r",)),
            Permission("/www", "s*", mode="700", type=("directory",)),
        ),
    )
    found = modes(instance)
    assert (found["a.txt"], found["c.sh"], found["sub"]) == ("600", "755", "700")
    assert found["b.txt"] == found["sub/d.txt"] != "600"
    assert "/www/c.sh: owner, group, acls would be set on a real instance" in said
    assert "mode 4755 is set as 755, without its special bits" in said


def test_two_stars_reach_everything_below(put: Put, instance: Instance) -> None:
    put(
        {"a": "1", "sub/b": "1"}, ("/", "/www"), permissions=(Permission("/www", mode="640", type=("file",)),)
    )
    assert modes(instance)["a"] == modes(instance)["sub/b"] == "640"


def test_permissions_that_contradict_are_told(put: Put) -> None:
    twice = (Permission("/www/a", mode="600"), Permission("/www", "a", mode="644"))
    with pytest.raises(NotInstalled, match="The permissions of /www/a are given more than once"):
        put({"a": "1"}, ("a", "/www"), permissions=twice)
    with pytest.raises(NotInstalled, match="/www/a is a file: pattern and except are for folders"):
        put({"a": "1"}, ("a", "/www"), permissions=(Permission("/www/a", "*.txt", mode="600"),))


def test_a_folder_that_may_not_be_written_to_is_cleaned_nevertheless(put: Put, instance: Instance) -> None:
    put(
        {"sub/a": "1"},
        ("/", "/www"),
        permissions=(Permission("/www", "sub", mode="555", type=("directory",)),),
    )
    put({})
    assert not instance.path("/www").exists()
