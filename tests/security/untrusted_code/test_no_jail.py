"""What a stranger's script leaves behind, and what it can use, on a machine without bubblewrap.

Each attack, and the program that runs it, is in a process namespace of its own, so that no other process can be hit.
Only the namespace is bubblewrap's: the program inside does as if there were none.
"""

import json
import subprocess
import sys

import pytest

from cp_teach.work.sandbox.run_command import Ended, Limits

SMALL = Limits(seconds=20, disk=20_000_000, memory=200_000_000, processes=60)

HELPER = """
import json, os, pathlib, sys, threading, time
import cp_teach
from cp_teach.aws.local.lambda_provider import Lambda
from cp_teach.cli import main
from cp_teach.work.sandbox import bubblewrap, run_command as shell
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.codedeploy.provider import CodeDeploy
from cp_teach.work.workers.lambda_function import Function
from cp_teach.work.runtime.local_resources import LocalProviders
bubblewrap.working_bwrap = shell.working_bwrap = lambda: ""
folder, script, limits = pathlib.Path(sys.argv[1]), sys.argv[2], shell.Limits(**json.loads(sys.argv[3]))
lines = []
ended = shell.run(["bash", "-c", script], folder=folder, env=shell.clean_env(folder), limits=limits,
                  log=lines.append, stop=threading.Event())
time.sleep(0.3)  # what a dead guard leaves is ended by the server, a moment later
left = []
for entry in os.listdir("/proc"):
    if entry.isdigit() and int(entry) not in (1, os.getpid()):
        left.append(pathlib.Path("/proc", entry, "cmdline").read_bytes().replace(b"\\0", b" ").decode())
print(json.dumps([ended, lines, [line for line in left if line and "reaper_server" not in line]]))
"""


@pytest.fixture
def unjailed(needs, tmp_path):
    """Runs a script without a jail. All of it is in a process namespace, so that no other process can be hit."""
    bwrap = needs("bubblewrap")
    folder = tmp_path / "own"
    folder.mkdir()

    def attack(script, limits=SMALL):
        outer = [bwrap, "--dev-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "--die-with-parent"]
        inner = [sys.executable, "-c", HELPER, str(folder), script, json.dumps(limits._asdict())]
        done = subprocess.run([*outer, *inner], capture_output=True, text=True, timeout=60, check=True)
        ended, lines, left = json.loads(done.stdout.splitlines()[-1])
        return Ended(*ended), lines, left

    attack.folder = folder
    return attack


DAEMON = (
    "import os, time\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nos.environ.clear()\n"
    "open('ready', 'w')\ntime.sleep(300)"
)
LEAVING = {
    "without a mark and in a session of its own": "env -i setsid bash -c ': > ready; exec sleep 300' &",
    "forked twice": f'env -i {sys.executable} -c "{DAEMON}"',
    "deaf to signals": "env -i setsid bash -c 'trap \"\" TERM HUP INT; : > ready; while :; do sleep 1; done' &",
    "writing on and on": "env -i setsid bash -c ': > ready; while :; do echo x >> written; done' &",
}


def test_without_a_jail_nothing_is_left_running_either(unjailed):
    ready = "until [ -e ready ]; do sleep 0.01; done; rm ready"
    _, _, left = unjailed("\n".join(f"{script}\n{ready}" for script in LEAVING.values()))
    assert left == []
    assert (unjailed.folder / "written").stat().st_size


def test_what_a_killed_guard_leaves_is_ended_too(unjailed):
    ready = "until [ -e ready ]; do sleep 0.01; done"
    ended, _, left = unjailed(
        f"env -i setsid bash -c ': > ready; exec sleep 300' & {ready}; kill -9 $PPID; sleep 60"
    )
    assert (ended, left) == (Ended(137), [])


USING = {
    "memory": f"{sys.executable} -c \"import time; kept = b'x' * 500_000_000; time.sleep(60)\"",
    "processes": "for i in $(seq 200); do setsid sleep 60 & done; sleep 60",
    "disk": "exec 3> a; rm a; head -c 15M /dev/zero >&3; exec 4> b; rm b; head -c 15M /dev/zero >&4; sleep 60",
}


@pytest.mark.parametrize(("why", "script"), USING.items(), ids=USING.keys())
def test_without_a_jail_the_limits_hold_for_a_script_that_does_not_fight_them(unjailed, why, script):
    ended, _, left = unjailed(script)
    assert (ended.why, left) == (why, [])


def test_what_runs_ends_with_this_program_however_that_ends(needs, tmp_path):
    parent = "ps -o ppid= -p"
    script = f"env -i setsid sleep 300 & sleep 0.2; kill -9 $({parent} $({parent} $PPID)); sleep 300"
    last = "; sleep 0.5; cat /proc/[0-9]*/cmdline | tr '\\0' ' '"  # after the program was killed
    outer = [
        needs("bubblewrap"),
        "--dev-bind",
        "/",
        "/",
        "--unshare-pid",
        "--proc",
        "/proc",
        "--die-with-parent",
    ]
    inner = [sys.executable, "-c", HELPER, str(tmp_path), script, json.dumps(SMALL._asdict())]
    line = [*outer, "/bin/sh", "-c", f'"$@"; echo ended $?{last}', "sh", *inner]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
    ended, _, left = done.stdout.partition("\n")
    assert ended == "ended 137"
    assert "sleep 300" not in left.replace(script, "")
    assert "reaper_server.py" not in left
