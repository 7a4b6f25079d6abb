"""Commands and hooks that go wrong in every way: the status is a true one, nothing elsewhere has changed, and nothing
is left: no process, thread, descriptor, variable or temporary folder."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from build_workshop import Workshop, phases_of
from deploy_shop import Shop, failure

from cp_teach import resources
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.sandbox.run_command import Limits

PHASES = ("install", "pre_build", "build", "post_build")
PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
PIPELINE = resources.pipelines() / "sample-app.json"


def seen(outside):
    """Whatever could be left behind, or changed."""
    links = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return {
        # A server of another test in this process closes its idle connections when it likes: sockets and the threads of
        # requests are its own. What a command is given are pipes and files.
        "descriptors": len([link for link in links if not link.startswith("socket:")]),
        "threads": {t.name for t in threading.enumerate() if "process_request_thread" not in t.name},
        "variables": {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "folder": Path.cwd(),
        "temporary": list(Path(tempfile.gettempdir()).iterdir()),
        "files": {str(path): path.read_bytes() for path in outside.rglob("*") if path.is_file()},
    }


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files in which nobody else works."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


@pytest.fixture
def workshop(tmp_path, way):
    """Builds that may use little; beside their folder lie files that are none of their business."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "yours").write_text("as it was")
    made = Workshop(tmp_path / "builds")
    made.home.mkdir()
    made.provider = CodeBuild(yes=True, limits=Limits(seconds=20, output=100_000, disk=3_000_000))
    made.sh(build="true")  # what is loaded with the first build is no leak
    before = seen(outside)
    yield made
    assert seen(outside) == before
    assert made.left() == []


def marked(workshop, command):
    """A command that bears the mark, so that it is found if it is left."""
    return f"sh -c '{command} # {workshop.mark}'"


@pytest.mark.parametrize("phase", PHASES)
def test_the_shell_is_killed_in_any_phase(workshop, phase):
    done = workshop.sh(**{phase: ["true", "kill -9 $$", "echo never"]})
    assert done.failure == "JobFailed"
    assert f"Phase: {phase.upper()}, Code: COMMAND_EXECUTION_ERROR" in done.message
    assert "exit status 137" in done.message
    assert workshop.said == []
    after = {"install": 0, "pre_build": 0, "build": 2, "post_build": 1}[phase]
    assert len(workshop.states()) == 1 + PHASES.index(phase) + after + 1


@pytest.mark.parametrize("phase", PHASES if PROVE else ["pre_build", "post_build"])
def test_the_disk_is_full_in_any_phase(workshop, phase):
    done = workshop.sh(**{phase: ["yes | head -c 2000000 > a", "cat a a > b; sleep 300"]})
    assert f"Phase: {phase.upper()}, Code: LIMIT" in done.message
    assert list(workshop.states())[-1] == phase.upper()


def test_files_without_a_byte_fill_the_disk_too(workshop):
    workshop.provider.limits = Limits(seconds=60, disk=400_000)
    done = workshop.sh(build="i=0; while :; do i=$((i+1)); : > f$i; done")
    assert "Code: LIMIT" in done.message
    assert "grew to more than 400000 bytes" in done.message


@pytest.mark.parametrize(
    ("command", "succeeds"),
    [
        pytest.param("(setsid {sleep} &) ; true", True, id="a daemon"),
        pytest.param("nohup {sleep} > /dev/null 2>&1 & true", True, id="a daemon that hears no hangup"),
        pytest.param("{sleep} & kill -STOP $!", True, id="a child that is stopped"),
        pytest.param("{sleep} & kill -STOP $!; exit 4", False, id="a child that is stopped, and a failure"),
        pytest.param("f() {{ {sleep} & f2; }}; f2() {{ {sleep} & }}; f; f; f", True, id="a family"),
        pytest.param("exec >&- 2>&-; {sleep} & true", True, id="no output"),
        pytest.param("cat /proc/self/exe | head -c 50000", True, id="output that is no text"),
        pytest.param("head -c 90000 /dev/zero | tr '\\0' x", True, id="output without a line"),
        pytest.param("head -c 200000 /dev/zero | tr '\\0' x", False, id="too much output without a line"),
        pytest.param("chmod 000 . ; true", True, id="a folder that may not be read"),
        pytest.param("cd ..; rm -rf ./* 2>/dev/null; true", True, id="all files are removed"),
        pytest.param(
            "rm -rf ../state; mkdir -p ../state/env.sh", True, id="what the shell keeps is in the way"
        ),
        pytest.param("unset PATH HOME; true", True, id="no path"),
        pytest.param("trap '' TERM INT HUP; {sleep} & exit 3", False, id="deaf, and a failure"),
        pytest.param("kill -TERM 0", False, id="a signal to its whole group"),
    ],
)
def test_what_a_command_may_do_to_itself(workshop, command, succeeds):
    done = workshop.sh(build=command.format(sleep=marked(workshop, "exec sleep 300")))
    assert (done.failure == "") == succeeds, done.message
    assert workshop.build.status == ("SUCCEEDED" if succeeds else "FAILED")


def test_the_shell_that_is_stopped_is_ended_at_its_limit(workshop):
    workshop.provider.limits = Limits(seconds=1)
    workshop.sh(build="kill -STOP $$")
    assert workshop.build.status == "TIMED_OUT"


def test_a_build_whose_shell_hangs_at_its_end_ends(workshop):
    wait = marked(workshop, "exec sleep 300")
    assert workshop.sh(build=f'trap "{wait.replace(chr(34), "")}" EXIT').failure == ""


def test_odd_bytes_in_a_buildspec(workshop):
    """With CRLF, and words in other letters."""
    spec = (
        "version: 0.2\r\nphases:\r\n  build:\r\n    commands:\r\n      - echo «日本» 🎉\r\n      - 'true'\r\n"
    )
    assert workshop(spec).failure == ""
    assert workshop.said == ["«日本» 🎉"]


@pytest.mark.parametrize(
    ("event", "script", "words"),
    [
        ("BeforeInstall", "kill -9 $$", "exit code 137"),
        ("AfterInstall", "yes | head -c 9000000 > $INSTANCE_ROOT/big; sleep 300", "more to the disk than"),
        ("ValidateService", "kill -9 $$", "exit code 137"),
    ],
)
def test_a_hook_goes_wrong_at_any_event(way, tmp_path, event, script, words):
    shop = Shop(tmp_path)
    (tmp_path / "yours").write_text("as it was")
    before = seen(tmp_path / "yours")
    deployment = shop.deploy(shop.revision(hooks={event: script}))
    assert deployment.status == "Failed"
    name, code, message = failure(deployment)
    assert (name, code) == (event, "ScriptFailed")
    assert words in message
    assert seen(tmp_path / "yours") == before
    assert (tmp_path / "yours").read_text() == "as it was"


@pytest.mark.needs("git")
@pytest.mark.parametrize("where", [*PHASES, "hook"] if PROVE else ["hook"])  # the same sandbox runs them all
def test_the_program_is_killed_and_the_next_release_is_as_if_nothing_were(jailed, tmp_path, where):
    """Nobody is told of that signal, and yet the jail ends with the program."""
    app, work, mark = tmp_path / "app", tmp_path / "work", f"sleep 4{os.getpid()}{len(where)}"
    (app / "scripts").mkdir(parents=True)
    wait = f"echo now; test -e again || {mark}"
    hook = f"#!/bin/sh\n{wait if where == 'hook' else 'true'}\n"
    for name, text in {
        "buildspec.yml": "version: 0.2\nenv: {variables: {SHOP_VERSION: one}, exported-variables: [SHOP_VERSION]}\n"
        + phases_of(**{phase: wait if phase == where else "true" for phase in PHASES})
        + "\nartifacts: {files: ['**/*']}\n",
        "appspec.yml": "version: 0.0\nos: linux\nhooks: {AfterInstall: [{location: scripts/hook.sh}]}\n",
        "scripts/hook.sh": hook,
    }.items():
        (app / name).write_text(text)
        (app / name).chmod(0o755)
    line = [sys.executable, "-m", "cp_teach", "run", str(PIPELINE), "--repo", str(app), "--yes"]
    line += ["--work", str(work)]

    def left():
        return subprocess.run(["pgrep", "-f", mark], capture_output=True, text=True).stdout.split()

    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as going:
        for _ in range(6000):
            if any("bwrap" not in Path(f"/proc/{pid}/cmdline").read_text() for pid in left() if alive(pid)):
                break
            assert going.poll() is None, going.stdout.read()
            time.sleep(0.05)
        going.send_signal(signal.SIGKILL)
    for _ in range(600):
        if not left():
            break
        time.sleep(0.05)
    assert left() == []
    (app / "again").touch()
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "Succeeded", done.stdout + done.stderr


def alive(pid):
    return Path(f"/proc/{pid}/cmdline").exists()
