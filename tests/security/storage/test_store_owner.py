"""A folder has one server at a time, and what a server has answered is there after ``kill -9``."""

import os

import pytest
from in_namespaces import run_in_namespaces
from stored_service import StoredService

from cp_teach.aws.persistence.folder_lock import LOCK_FILE
from cp_teach.aws.persistence.store_repair import BadStore

KILLS = 100 if os.environ.get("CP_TEACH_PROVE") == "1" else 3


@pytest.fixture(scope="module")
def seen():
    return run_in_namespaces("forked_server.py", "kills and owners", KILLS)


@pytest.mark.needs("bubblewrap")
def test_a_second_server_is_refused_in_a_sentence(seen):
    owners = seen["owners"]
    for words in (owners["second"], owners["first again"]):
        assert words.startswith("1: "), "it ends with an error"
        assert f"The folder {owners['folder']} is in use by process" in words
        assert "Stop the other server first" in words
        assert "--state DIR" in words
        assert "Traceback" not in words
    assert f"process {owners['process']}:" in owners["second"]
    assert owners["first answers"] == 200, "the first one has not noticed"


@pytest.mark.needs("bubblewrap")
def test_the_lock_goes_with_its_process(seen):
    owners = seen["owners"]
    assert owners["end"] == 0
    assert owners["third"] == owners["another folder"] == 200


@pytest.mark.needs("bubblewrap")
def test_kills_under_load_lose_nothing(seen):
    kills = seen["kills"]
    assert kills["acknowledged"] > 3 * KILLS
    assert kills["lost"] == []
    assert "missing" not in kills["log"]
    assert "Traceback" not in kills["log"]


def test_one_process_cannot_own_a_folder_twice(tmp_path):
    service = StoredService(tmp_path)
    with pytest.raises(BadStore, match="in use by this process"):
        StoredService(tmp_path / ".." / tmp_path.name)
    service.end()
    StoredService(tmp_path).end()


def test_what_stands_in_the_lock_file_does_not_matter(tmp_path):
    (tmp_path / LOCK_FILE).write_bytes(b"\xff" * 3000)
    service = StoredService(tmp_path)
    assert (tmp_path / LOCK_FILE).read_bytes().startswith(str(os.getpid()).encode())
    service.end()


def test_a_link_to_the_folder_is_the_same_folder(tmp_path):
    folder, link = tmp_path / "state", tmp_path / "link"
    service = StoredService(folder)
    link.symlink_to(folder)
    with pytest.raises(BadStore, match="in use"):
        StoredService(link)
    service.end()
