"""A stranger's command: what it sees, where its limits are, and that nothing of it stays behind."""

import os
import subprocess
import threading
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest

from cp_teach.work.processes import output_reader
from cp_teach.work.sandbox import bubblewrap as jails
from cp_teach.work.sandbox import run_command
from cp_teach.work.sandbox.run_command import Ended, Limits, NotAllowed, clean_env, jail, require_consent, run


class Trial:
    """A command that can be asked for its output, and for what is left of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = uuid.uuid4().hex
        self.lines: list[str] = []
        self.stop = threading.Event()

    def __call__(self, script: str, *, on_line=None, **more) -> Ended:
        def log(line):
            self.lines.append(line)
            if on_line:
                on_line(line)

        # The mark is an argument of every sleeper: a process that is left behind shows it.
        argv = ["bash", "-c", f"sleeper() {{ touch ready; exec -a {self.mark} sleep 300; }}\n{script}"]
        env = more.pop("env", None) or clean_env(self.folder)
        return run(argv, folder=self.folder, env=env, log=log, stop=self.stop, **more)

    def left(self) -> list[str]:
        return subprocess.run(["pgrep", "-f", self.mark], capture_output=True, text=True).stdout.split()


@pytest.fixture
def trial(tmp_path):
    made = Trial(tmp_path)
    yield made
    for pid in made.left():
        os.kill(int(pid), 9)


def test_output_comes_line_by_line_and_the_exit_code_at_the_end(way, trial):
    assert trial("echo one; echo two >&2; printf three; exit 3") == Ended(3)
    assert trial.lines == ["one", "two", "three"]
    assert not Ended(3).ok
    assert Ended(0).ok
    assert not Ended(0, "output").ok


def test_a_line_is_told_before_the_command_ends(way, trial):
    def answer(line):
        (trial.folder / "go").touch()

    script = "echo first; while [ ! -e go ]; do sleep 0.02; done"
    assert trial(script, on_line=answer, limits=Limits(seconds=30)).ok


def test_the_caller_s_environment_is_not_seen(way, trial, monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "HTTPS_PROXY", "MY_OWN"):
        monkeypatch.setenv(name, "secret-of-the-caller")
    monkeypatch.setenv("HOME", "/home/secret-of-the-caller")
    assert trial("env; cat /proc/self/environ | tr '\\0' '\\n'; echo ~").ok
    text = "\n".join(trial.lines)
    assert "secret-of-the-caller" not in text
    assert "AWS_EC2_METADATA_DISABLED=true" in trial.lines
    assert "AWS_CONFIG_FILE=/dev/null" in trial.lines
    assert "AWS_SHARED_CREDENTIALS_FILE=/dev/null" in trial.lines
    assert str(trial.folder / "home") in trial.lines


def test_home_and_temporary_files_lie_in_the_folder(way, trial):
    assert trial("touch ~/a; touch $(mktemp -d)/b; python -c 'import sys'; cd; pwd").ok
    assert (trial.folder / "home" / "a").exists()
    assert list((trial.folder / "tmp").glob("*/b"))


def test_nothing_can_be_asked_on_the_terminal(way, trial):
    assert trial("read -r answer || echo nobody there").ok
    assert trial.lines == ["nobody there"]


def test_a_command_that_does_not_exist_is_127(way, trial):
    ended = run(
        ["no-such-program"],
        folder=trial.folder,
        env=clean_env(trial.folder),
        log=trial.lines.append,
        stop=trial.stop,
    )
    assert ended.why == ""
    assert not ended.ok
    assert any("no-such-program" in line for line in trial.lines)


# -- the four ways to be ended ------------------------------------------------------------------------------
def test_time(way, trial):
    assert trial("sleeper", limits=Limits(seconds=0.2)).why == "time"
    assert not trial.left()


def test_time_for_one_that_does_not_listen(way, trial):
    script = "trap '' TERM; (sleeper) & while true; do sleep 0.1; done"
    assert trial(script, limits=Limits(seconds=0.2)).why == "time"
    assert not trial.left()


def test_a_flood_of_output_is_ended_and_kept_up_to_the_limit(way, trial):
    assert trial("(sleeper) & yes flood", limits=Limits(output=6000)).why == "output"
    assert trial.lines == ["flood"] * 1000
    assert not trial.left()


def test_a_flood_without_a_line_is_ended_too(way, trial):
    assert trial("tr '\\0' x < /dev/zero", limits=Limits(output=50_000)).why == "output"
    assert [len(line) for line in trial.lines] == [output_reader.MAX_LINE + len(" … (line cut)")]


def test_many_files_fill_the_disk(way, trial):
    script = "(sleeper) & i=0; while true; do i=$((i+1)); head -c 100000 /dev/zero > f$i; [ $i = 50 ] && sleeper; done"
    assert trial(script, limits=Limits(disk=2_000_000)).why == "disk"
    assert not trial.left()


def test_a_burst_of_files_is_seen_although_the_command_has_ended(way, trial):
    burst = trial("for i in 1 2 3; do head -c 900000 /dev/zero > f$i; done", limits=Limits(disk=2_000_000))
    assert burst.why == "disk"  # on a busy machine it is seen before the command has ended, and ends it


def test_one_file_cannot_grow_beyond_the_limit(way, trial):
    assert trial("head -c 50000000 /dev/zero > big", limits=Limits(disk=1_000_000)).why == "disk"
    assert (trial.folder / "big").stat().st_size <= 1_000_512


def test_stopping_ends_it(way, trial):
    assert trial("echo ready; sleeper", on_line=lambda _: trial.stop.set()).why == "stopped"
    assert not trial.left()


def test_stopped_before_it_began_it_does_not_begin(way, trial):
    trial.stop.set()
    assert trial("touch began").why == "stopped"
    assert not (trial.folder / "began").exists()


def test_a_fault_of_the_listener_ends_the_command(way, trial):
    def broken(line):
        raise RuntimeError(line)

    with pytest.raises(RuntimeError, match="ready"):
        trial("echo ready; sleeper", on_line=broken)
    assert not trial.left()


# -- what is left ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "fork",
    [
        pytest.param("(sleeper) &", id="in the background"),
        pytest.param("(sleeper) & disown", id="disowned"),
        pytest.param(
            "setsid bash -c 'touch ready; exec -a $0 sleep 300' {mark} &", id="in a session of its own"
        ),
        pytest.param("(trap '' HUP TERM; sleeper) &", id="deaf to signals"),
    ],
)
def test_a_child_that_forked_away_neither_hangs_it_nor_survives(way, trial, fork):
    wait = "until [ -e ready ]; do sleep 0.01; done; echo done; exit 5"
    script = fork.replace("{mark}", trial.mark) + "\n" + wait
    assert trial(script, limits=Limits(seconds=60)) == Ended(5)
    assert trial.lines == ["done"]
    assert not trial.left()


def test_closing_the_output_is_not_the_end(way, trial):
    assert trial("exec >&- 2>&-; sleep 0.1; touch reached; exit 4") == Ended(4)
    assert (trial.folder / "reached").exists()


# -- the jail ----------------------------------------------------------------------------------------------
def test_in_the_jail_only_the_folder_can_be_written(jailed, trial, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    script = f"touch here; touch {other}/there /etc/there /usr/there; mount -o remount,rw / && touch /etc/there; true"
    assert trial(script).ok
    assert (trial.folder / "here").exists()
    assert not list(other.iterdir())
    assert not Path("/etc/there").exists()


def test_in_the_jail_your_home_and_your_processes_are_not_seen(jailed, trial, monkeypatch, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / ".netrc").write_text("password")
    monkeypatch.setenv("HOME", str(home))
    assert trial(f"ls -A {home}; kill -0 {os.getpid()} 2>/dev/null && echo seen; ls -A /run; true").ok
    assert trial.lines == []


def test_what_leaves_the_group_in_the_jail_without_a_mark_has_ended_too(jailed, trial):
    """It writes without a pause until it ends: after run() nothing is written any more."""
    writer = f"while :; do echo x >> written; done # {trial.mark}"
    script = f"env -i setsid bash -c '{writer}' & until [ -s written ]; do sleep 0.01; done"
    assert trial(script).ok
    size = (trial.folder / "written").stat().st_size
    assert not trial.left()
    assert (trial.folder / "written").stat().st_size == size


def test_no_descriptor_is_left_open(way, trial):
    def descriptors():
        return len(list(Path("/proc/self/fd").iterdir()))

    assert trial("true").ok
    before = descriptors()
    for _ in range(5):
        assert trial("true").ok
        with pytest.raises(FileNotFoundError):
            trial("true", cwd=trial.folder / "none")
    assert descriptors() < before + 5  # threads of earlier tests open and close others at any time


def test_in_the_jail_a_variable_does_not_reach_the_jailer(jailed, trial):
    env = {
        **clean_env(trial.folder),
        "LD_TRACE_LOADED_OBJECTS": "1",
    }  # with it, a program lists its libraries
    assert trial("true", env=env).ok
    assert any("libc" in line for line in trial.lines)
    assert not any("libcap" in line for line in trial.lines)  # bubblewrap needs that, bash does not


def test_in_the_jail_root_has_no_powers(jailed, trial):
    assert trial("grep -E '^Cap(Eff|Prm|Bnd)' /proc/self/status | cut -f 2").ok
    assert trial.lines == ["0" * 16] * 3


def test_in_the_jail_there_is_no_network_unless_it_was_given(jailed, trial):
    assert trial("readlink /proc/self/ns/net").ok
    assert trial("readlink /proc/self/ns/net", network=True).ok
    own, shared = trial.lines
    assert shared == str(Path("/proc/self/ns/net").readlink()) != own


def test_without_a_jail_it_says_what_does_not_hold(monkeypatch):
    monkeypatch.setattr(jails, "working_bwrap", lambda: "")
    monkeypatch.setattr(jails, "_bwrap", lambda: "")
    assert jail().startswith("no bubblewrap: the environment is scrubbed")
    assert "can read what you can read" in jail()


def test_a_machine_that_permits_no_namespaces_is_told_from_one_without_bubblewrap(monkeypatch, tmp_path):
    refuses = tmp_path / "bwrap"
    refuses.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    refuses.chmod(0o755)
    monkeypatch.setattr(jails, "_bwrap", lambda: str(refuses))
    monkeypatch.setattr(jails, "working_bwrap", jails.working_bwrap.__wrapped__)
    assert "is not allowed to make namespaces" in jail()


def test_where_there_is_neither_linux_nor_macos_it_says_what_to_use(monkeypatch, trial):
    monkeypatch.setattr(run_command, "os", SimpleNamespace(name="nt"))
    with pytest.raises(NotAllowed, match="on Windows, use WSL"):
        trial("true")


# -- consent -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("answer", [False, None, 1, "yes"])
def test_only_a_literal_yes_is_a_yes(answer):
    with pytest.raises(NotAllowed, match=r"the buildspec's commands on this machine.*yes=True"):
        require_consent(answer, "the buildspec's")
    require_consent(True, "the buildspec's")
