"""Each file of ours that is kept is written whole or not at all: no room means that the old one stays."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from cp_teach.atomic_write import copy_atomically, write_atomically
from cp_teach.course.practice.progress import Progress

LIMIT = 20_000
"""Bytes of the largest file that the program may write."""

PROGRAM = r"""
import json, sys
from pathlib import Path
import numpy as np
from cp_teach.atomic_write import write_atomically
from cp_teach.course.practice.progress import Progress
from cp_teach.flow.simulation.block_executor import Blocks
from cp_teach.show.export.slides import write
from cp_teach.work.codedeploy.fleet import write_json as write_state
from cp_teach.work.s3.source import Bucket
import cp_teach

folder, seen = Path(sys.argv[1]), {}
large = "x" * 30_000

def attempt(name, path, small, big):
    small()
    before = path.read_bytes()
    try:
        big()
        told = "nothing"
    except OSError as error:
        told = type(error).__name__
    seen[name] = [told, path.read_bytes() == before]

text = folder / "text"
attempt("text", text, lambda: write_atomically(text, "old"), lambda: write_atomically(text, large))
state = folder / "state.json"
attempt("fleet", state, lambda: write_state(state, {}), lambda: write_state(state, {"log": large}))
slides = folder / "slides.html"
attempt("slides", slides, lambda: write(slides, "old"), lambda: write(slides, large))
run = cp_teach.demo().run
saved = folder / "run.json"
def grow():
    for _ in range(60):
        run.release()
    run.save(saved)
attempt("run", saved, lambda: run.save(saved), grow)
kept = folder / "progress.json"
progress = Progress(kept)
def solve():
    for number in range(200):
        progress.record_solved(f"level-{number:0>100}", 1, 1)
attempt("progress", kept, lambda: progress.record_solved("a", 1, 1), lambda: None)
solve()
seen["progress note"] = progress.note
seen["progress is whole"] = len(Progress(kept).levels) > 100
bucket = Bucket(folder / "bucket")
(folder / "app.zip").write_bytes(b"PK")
versions = folder / "bucket" / "versions.jsonl"
def put():
    for _ in range(200):
        bucket.put("k" * 1000, folder / "app.zip")
attempt("bucket", versions, lambda: bucket.put("key", folder / "app.zip"), lambda: None)
try:
    put()
    seen["bucket full"] = False
except OSError:
    seen["bucket full"] = 5 < len(bucket.versions()) < 100
block = folder / "blocks" / "block-000000.npz"
blocks = Blocks(None, 1, about="a", checkpoint=folder / "blocks")
attempt("block", block, lambda: blocks.put(0, {"a": np.zeros(3)}), lambda: blocks.put(0, {"a": np.zeros(30_000)}))
seen["left"] = sorted(p.name for p in folder.rglob("*.part"))
print(json.dumps(seen))
"""


def test_no_room_leaves_the_old_file_and_no_half_one(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    for name in ("text", "fleet", "slides", "run", "block"):
        assert seen[name] == ["OSError", True], name
    assert "could not be written" in seen["progress note"]
    assert seen["progress is whole"]
    assert seen["bucket full"]
    assert seen["left"] == []


def test_permissions_are_kept_and_a_link_is_replaced(tmp_path):
    secret = write_atomically(tmp_path / "secret", b"1")
    assert secret.stat().st_mode & 0o777 == 0o666 & ~_mask()
    secret.chmod(0o600)
    write_atomically(secret, b"2")
    assert secret.stat().st_mode & 0o777 == 0o600
    link = tmp_path / "link"
    link.symlink_to(secret)
    write_atomically(link, b"3")
    assert (secret.read_bytes(), link.read_bytes(), link.is_symlink()) == (b"2", b"3", False)


def _mask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


# -- what a learner has solved ---------------------------------------------------------------------
def test_two_notebooks_lose_nothing_of_each_other(tmp_path):
    first, second = Progress(tmp_path / "p.json"), Progress(tmp_path / "p.json")
    first.record_solved("a", 3, 0)
    second.record_solved("b", 5, 1)
    first.record("c", "skipped")
    assert set(Progress(tmp_path / "p.json").levels) == {"a", "b", "c"}


@pytest.mark.parametrize("damage", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": "something else"}'])
def test_damaged_progress_is_kept_each_time(damage, tmp_path):
    path = tmp_path / "p.json"
    for number, name in enumerate(("p.json.bad", "p.json.bad-2")):
        path.write_bytes(damage + b" " * number)
        progress = Progress(path)
        assert f"kept as {name}" in progress.note
        assert (tmp_path / name).read_bytes() == damage + b" " * number
    progress.record_solved("a", 1, 0)
    path.write_bytes(damage)
    progress.record_solved("b", 1, 0)
    assert "remain" in progress.note
    assert set(Progress(path).levels) == {"a", "b"}


def test_a_damaged_block_of_a_study_is_computed_again(tmp_path):
    import numpy as np

    from cp_teach.flow.simulation.block_executor import Blocks

    def task(number):
        return {"value": np.full(3, number)}

    assert Blocks(task, 3, about="s", checkpoint=tmp_path).run()
    for number, damage in enumerate((b"", b"PK\x03\x04 noise", None)):
        path = Path(tmp_path / f"block-{number:06}.npz")
        path.write_bytes(path.read_bytes()[:100] if damage is None else damage)
    again = Blocks(task, 3, about="s", checkpoint=tmp_path)
    assert again.missing == [0, 1, 2]
    assert again.run()
    assert [int(again.done[number]["value"][0]) for number in range(3)] == [0, 1, 2]


def test_both_ways_to_write_return_the_path_that_they_wrote(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    assert write_atomically(source, "content") == source
    assert copy_atomically(source, target) == target
    assert target.read_text() == "content"
