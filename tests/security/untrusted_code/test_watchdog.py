"""The last resort of the watchdog: what no process and no folder shows is seen by what the machine has left."""

import subprocess

import pytest

from cp_teach.work.processes.resource_usage import Machine
from cp_teach.work.sandbox import watchdog
from cp_teach.work.sandbox.limits import Limits

GB = 1_000_000_000
BEFORE = Machine(total=20 * GB, available=10 * GB, shared=0)


class Sleeper:
    """A process that uses nothing."""

    scratch = ()

    def __init__(self):
        self._process = subprocess.Popen(["sleep", "60"])
        self.pid = self._process.pid

    def processes(self):
        return [f"/proc/{self.pid}"]

    def kill(self):
        self._process.kill()

    def close(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture
def why(tmp_path, monkeypatch):
    """What a command is ended for, after the machine has changed in this way."""
    process = Sleeper()

    def ended(machine=BEFORE, free=(10 * GB, 20 * GB)):
        monkeypatch.setattr(watchdog, "machine", lambda: BEFORE)
        monkeypatch.setattr(watchdog, "_free", lambda folder: (10 * GB, 20 * GB))
        dog = watchdog.Watchdog(process, tmp_path, Limits(memory=2 * GB, disk=2 * GB))
        monkeypatch.setattr(watchdog, "machine", lambda: machine)
        monkeypatch.setattr(watchdog, "_free", lambda folder: free)
        dog._thread.join(0.6)
        dog.stop()
        return dog.why

    yield ended
    process.close()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({}, "", id="nothing"),
        pytest.param(
            {"machine": BEFORE._replace(available=2 * GB)}, "", id="others take memory, much is left"
        ),
        pytest.param({"machine": BEFORE._replace(available=GB // 2)}, "memory", id="hardly any is left"),
        pytest.param({"machine": BEFORE._replace(shared=3 * GB)}, "memory", id="shared memory grows"),
        pytest.param({"machine": Machine()}, "", id="a system that does not say"),
        pytest.param({"free": (2 * GB, 20 * GB)}, "", id="others fill the disk, much is left"),
        pytest.param({"free": (GB // 2, 20 * GB)}, "disk", id="the disk is nearly full"),
        pytest.param({"free": (0, 0)}, "", id="a disk that does not say"),
    ],
)
def test_a_command_is_ended_for_what_the_machine_has_lost(why, changed, reason):
    assert why(**changed) == reason


def test_a_machine_that_was_full_before_ends_nothing(tmp_path, monkeypatch):
    """Not what is left is held against a command, but what has gone since it began."""
    full = BEFORE._replace(available=GB // 2)
    monkeypatch.setattr(watchdog, "machine", lambda: full)
    monkeypatch.setattr(watchdog, "_free", lambda folder: (GB // 2, 20 * GB))
    process = Sleeper()
    dog = watchdog.Watchdog(process, tmp_path, Limits(memory=2 * GB, disk=2 * GB))
    dog._thread.join(0.6)
    dog.stop()
    process.close()
    assert dog.why == ""
