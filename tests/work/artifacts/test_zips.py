"""Artifacts: what is packed comes out again, and nothing else does."""

import os
import stat
import threading
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cp_teach.work.artifacts import zip_artifacts
from cp_teach.work.artifacts.local_artifact_store import FolderStore
from cp_teach.work.artifacts.zip_artifacts import InvalidArtifact, pack, unpack
from cp_teach.work.sandbox.run_command import Limits


def made(to: Path, *entries: tuple[str | zipfile.ZipInfo, str]) -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return to


def special(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


def files(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_files_come_out_as_they_went_in_and_programs_still_run(tmp_path):
    source = tmp_path / "source"
    (source / "bin").mkdir(parents=True)
    (source / "bin" / "go").write_text("#!/bin/sh\n")
    (source / "bin" / "go").chmod(0o750)
    (source / "read me.txt").write_text("grüß Gott")
    (source / "left out").write_text("x")
    pack(source, ["bin/go", "read me.txt"], tmp_path / "a.zip")
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert files(tmp_path / "out") == {"bin/go": "#!/bin/sh\n", "read me.txt": "grüß Gott"}
    assert os.access(tmp_path / "out" / "bin" / "go", os.X_OK)
    assert not os.access(tmp_path / "out" / "read me.txt", os.X_OK)


def test_the_same_files_make_the_same_zip(tmp_path):
    (tmp_path / "f").write_text("x")
    pack(tmp_path, ["f"], tmp_path / "1.zip")
    os.utime(tmp_path / "f", (1, 1))  # before 1980, which a zip cannot say
    pack(tmp_path, ["f"], tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_a_link_is_packed_as_its_file_but_not_out_of_the_folder(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "secret").write_text("password")
    (source / "real").write_text("x")
    (source / "near").symlink_to("real")
    (source / "far").symlink_to("../secret")
    pack(source, ["near"], tmp_path / "a.zip")
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert files(tmp_path / "out") == {"near": "x"}
    with pytest.raises(InvalidArtifact, match="far is a link that leads out"):
        pack(source, ["far"], tmp_path / "b.zip")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidArtifact, match="pipe is not a file"):
        pack(tmp_path, ["pipe"], tmp_path / "a.zip")


@pytest.mark.parametrize(
    "name",
    ["../out.txt", "a/../../out.txt", "/etc/out.txt", "C:out.txt", "C:/out.txt", "..\\out.txt", "a\\b"],
)
def test_names_that_lead_out_are_refused_before_anything_is_written(tmp_path, name):
    info = zipfile.ZipInfo("x")
    info.filename = name
    path = made(tmp_path / "a.zip", ("first", "x"), (info, "evil"))
    with pytest.raises(InvalidArtifact, match=r"leads out|must be relative"):
        unpack(path, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("*.txt"))
    assert not (tmp_path / "deep" / "out" / "first").exists()


@pytest.mark.parametrize(
    ("kind", "word"), [(stat.S_IFLNK, "link"), (stat.S_IFCHR, "device"), (stat.S_IFIFO, "device")]
)
def test_links_and_devices_are_refused(tmp_path, kind, word):
    path = made(tmp_path / "a.zip", (special("odd", kind), "/etc/passwd"), ("odd/x", "written through it"))
    with pytest.raises(InvalidArtifact, match=f"a {word}, 'odd'"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["a", "./a", "a/"])
def test_a_name_twice_is_refused(tmp_path, second):
    path = made(tmp_path / "a.zip", ("a", "first"), (second, "" if second.endswith("/") else "second"))
    with pytest.raises(InvalidArtifact, match=r"twice|cannot be unpacked"):
        unpack(path, tmp_path / "out")
    assert files(tmp_path / "out") == {"a": "first"}


def test_what_is_there_is_not_written_over(tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(InvalidArtifact, match="overwrite another file"):
        unpack(made(tmp_path / "a.zip", ("a", "theirs")), tmp_path)
    assert (tmp_path / "a").read_text() == "mine"


def test_a_set_user_bit_does_not_survive(tmp_path):
    info = zipfile.ZipInfo("tool")
    info.external_attr = (stat.S_IFREG | stat.S_ISUID | 0o777) << 16
    unpack(made(tmp_path / "a.zip", (info, "x")), tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out" / "tool").stat().st_mode) == 0o755


def test_a_bomb_does_not_go_off(tmp_path):
    path = made(tmp_path / "a.zip", ("zeros", "0" * 5_000_000))
    assert path.stat().st_size < 10_000
    with pytest.raises(InvalidArtifact, match="more than 1000000 bytes"):
        unpack(path, tmp_path / "out", Limits(disk=1_000_000))
    assert not (tmp_path / "out").exists()


def test_a_bomb_that_lies_about_its_size_does_not_go_off(tmp_path):
    path = made(tmp_path / "a.zip", ("zeros", "0" * 5_000_000))
    data = path.read_bytes()
    path.write_bytes(data.replace((5_000_000).to_bytes(4, "little"), (5).to_bytes(4, "little")))
    with pytest.raises(InvalidArtifact):
        unpack(path, tmp_path / "out", Limits(disk=1_000_000))
    assert sum(p.stat().st_size for p in (tmp_path / "out").rglob("*")) <= 1_000_000


def test_a_great_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(zip_artifacts, "FILES", 3)
    unpack(made(tmp_path / "a.zip", *((f"f{n}", "") for n in range(3))), tmp_path / "3")
    with pytest.raises(InvalidArtifact, match="4 entries; 3 is the limit"):
        unpack(made(tmp_path / "a.zip", *((f"f{n}", "") for n in range(4))), tmp_path / "4")


def test_a_file_that_is_not_there_or_no_zip_is_a_sentence(tmp_path):
    with pytest.raises(InvalidArtifact, match=r"The file none\.zip does not exist"):
        unpack(tmp_path / "none.zip", tmp_path / "out")
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(InvalidArtifact, match=r"text\.zip is not a zip file, or is damaged"):
        unpack(tmp_path / "text.zip", tmp_path / "out")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_zip_is_a_bad_artifact_or_comes_out_inside(tmp_path_factory, at, byte, cut):
    home = tmp_path_factory.mktemp("damaged")
    path = made(home / "a.zip", ("a/b.txt", "hello" * 20), ("c.txt", "x"))
    data = bytearray(path.read_bytes())
    at %= len(data)
    path.write_bytes(data[:at] if cut else data[:at] + bytes([byte]) + data[at + 1 :])
    try:
        unpack(path, home / "in" / "out", Limits(disk=10_000))
    except InvalidArtifact as no:
        assert str(no).endswith(".")  # noqa: PT017 - either way is right
    assert {p.name for p in home.iterdir()} <= {"a.zip", "in"}
    assert {p.name for p in (home / "in").glob("*")} <= {"out"}


# -- the store ---------------------------------------------------------------------------------------------
KEY = "shop/SourceArti/Sf8wRtG.zip"


def test_an_object_is_kept_as_a_copy_and_found_again(tmp_path):
    store = FolderStore(tmp_path / "store")
    (tmp_path / "a.zip").write_text("one")
    store.put(KEY, tmp_path / "a.zip")
    (tmp_path / "a.zip").write_text("changed later")
    assert store.get(KEY).read_text() == "one"
    store.put(KEY, tmp_path / "a.zip")
    assert FolderStore(tmp_path / "store").get(KEY).read_text() == "changed later"


def test_a_missing_object_is_a_bad_artifact(tmp_path):
    store = FolderStore(tmp_path)
    with pytest.raises(InvalidArtifact, match="no object shop/SourceArti"):
        store.get(KEY)
    (tmp_path / KEY).mkdir(parents=True)
    with pytest.raises(InvalidArtifact, match="no object shop/SourceArti"):
        store.get(KEY)
    with pytest.raises(InvalidArtifact, match=r"The file gone\.zip .* does not exist"):
        store.put("a/b/c.zip", tmp_path / "gone.zip")


@pytest.mark.parametrize(
    "key", ["../x.zip", "a/../../x.zip", "/x.zip", "", "a//x", "a/./x", "a\\x", "C:/x", "a/\0", "a/.x.part"]
)
def test_keys_that_lead_out_are_refused(tmp_path, key):
    store = FolderStore(tmp_path / "store")
    (tmp_path / "x.zip").write_text("x")
    for act in (lambda: store.get(key), lambda: store.put(key, tmp_path / "x.zip")):
        with pytest.raises(InvalidArtifact, match="is not a valid artifact key"):
            act()


def test_a_link_in_the_store_leads_nowhere_else(tmp_path):
    store = FolderStore(tmp_path / "store")
    (tmp_path / "store").mkdir()
    (tmp_path / "x").write_text("secret")
    (tmp_path / "store" / "out").symlink_to(tmp_path)
    with pytest.raises(InvalidArtifact, match="leads out of the artifact store"):
        store.get("out/x")


def test_whoever_reads_while_it_is_written_finds_a_whole_object(tmp_path):
    store = FolderStore(tmp_path / "store")
    sizes = [10, 300_000]
    for size in sizes:
        (tmp_path / str(size)).write_bytes(b"x" * size)
    store.put(KEY, tmp_path / "10")
    over = threading.Event()

    def write():
        while not over.is_set():
            for size in sizes:
                store.put(KEY, tmp_path / str(size))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert {len(store.get(KEY).read_bytes()) for _ in range(300)} <= set(sizes)
    finally:
        over.set()
        writer.join()
    assert not list((tmp_path / "store").rglob("*.part"))
