"""What a stranger's script can do in the jail: to the disk, to memory, to processes, and to what it can see.

Everything that forks without end or is killed is in the jail's own process namespace.
"""

import os
import platform
import pwd
import socket
import struct
import sys
import threading
from pathlib import Path

import pytest

from cp_teach.work.sandbox.run_command import Ended, Limits, clean_env, run
from cp_teach.work.sandbox.seccomp import NUMBERS, RULES, compile_filter

MB = 1_000_000
SMALL = Limits(seconds=20, disk=20 * MB, memory=200 * MB, processes=60)
FEW = SMALL._replace(disk=(20 if os.environ.get("CP_TEACH_PROVE") else 1) * MB)
"""For files of which many are needed."""


class Attack:
    """Runs a script of a stranger, in sh or in Python, and keeps what it prints."""

    def __init__(self, folder):
        self.folder, self.lines = folder, []

    def __call__(self, script, *, limits=SMALL, log=None, **more) -> Ended:
        argv = ["bash", "-c", script] if "import " not in script else [sys.executable, "-I", "-c", script]
        return run(
            argv,
            folder=self.folder,
            env=clean_env(self.folder),
            limits=limits,
            log=log or self.lines.append,
            stop=threading.Event(),
            **more,
        )


@pytest.fixture
def attack(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    return Attack(folder)


# -- the disk ----------------------------------------------------------------------------------------------
FILLS = {
    "in its folder": "head -c 15M /dev/zero > a; head -c 15M /dev/zero > b; sleep 60",
    "in /tmp": "for i in 1 2 3; do head -c 9M /dev/zero > /tmp/f$i; done; sleep 60",
    "in /var/tmp": "for i in 1 2 3; do head -c 9M /dev/zero > /var/tmp/f$i; done; sleep 60",
    "in /dev/shm": "for i in 1 2 3; do head -c 9M /dev/zero > /dev/shm/f$i; done; sleep 60",
    "a little in each place": "for i in . ~ /tmp /var/tmp /dev/shm; do head -c 5M /dev/zero > $i/f; done; sleep 60",
    "files without content": "import os, itertools\nfor i in itertools.count(): os.mknod(f'/tmp/{i}')",
    "folders without content": "import os, itertools\nfor i in itertools.count(): os.mkdir(f'/tmp/{i}')",
    "files that are removed while open": (
        "import os, time\nkept = []\nfor i in range(4):\n file = open(f'f{i}', 'wb'); os.unlink(f'f{i}')\n"
        " file.write(bytes(9_000_000)); file.flush(); kept.append(file)\ntime.sleep(60)"
    ),
    "space beyond the end of a file": (
        "import ctypes, time\nlibc = ctypes.CDLL(None)\nfile = open('f', 'wb')\n"
        "libc.fallocate64(file.fileno(), 1, ctypes.c_int64(0), ctypes.c_int64(30_000_000))\ntime.sleep(60)"
    ),
    "in a folder that nobody may list": (
        "mkdir d; chmod 300 d; for i in 1 2 3; do head -c 9M /dev/zero > d/f$i; done; sleep 60"
    ),
    "below a path that is too long": (
        "import os, time\nfor i in range(40):\n os.mkdir('x' * 200); os.chdir('x' * 200)\n"
        "open('f', 'wb').write(bytes(1))\ntime.sleep(60)"
    ),
    "by a process that has left": (
        "(setsid bash -c 'for i in 1 2 3; do head -c 9M /dev/zero > f$i; done; sleep 60' &); sleep 60"
    ),
}


@pytest.mark.parametrize("script", FILLS.values(), ids=FILLS.keys())
def test_every_place_and_every_kind_of_file_counts_for_the_disk(jailed, attack, script):
    assert attack(script, limits=FEW if "count()" in script else SMALL).why == "disk"


def test_temporary_files_are_gone_with_the_command(jailed, attack, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    deep = (
        "import os\nos.chdir('/tmp')\nfor i in range(60):\n os.mkdir('d' * 99); os.chdir('d' * 99)\n"
        "os.chmod('/tmp/' + 'd' * 99, 0)"
    )
    assert attack(deep).code in (0, 137)  # so long a path counts as a full disk, if it is seen in time
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_nothing_else_can_be_written(jailed, attack):
    script = (
        "for place in / /run /dev /etc /usr /var /proc/sys/kernel /sys $(getent passwd $(id -u) | cut -d: -f6); do\n"
        "  touch $place/cp-teach-attack 2>/dev/null && echo wrote $place; done\n"
        "[ -w /proc/sys/kernel/core_pattern ] && echo may change the kernel; true"
    )
    assert attack(script).ok
    assert attack.lines == []


# -- memory and processes ----------------------------------------------------------------------------------
MEMORY = {
    "of one process": "import time\nkept = [bytearray(b'x' * 10_000_000) for _ in range(200)]\ntime.sleep(60)",
    "of many": (
        "import os, time\nfor _ in range(20):\n if not os.fork():\n  kept = b'x' * 50_000_000\n  time.sleep(60)\n"
        "time.sleep(60)"
    ),
    "that processes share": (
        "import mmap, time\nkept = mmap.mmap(-1, 400_000_000)\nfor at in range(0, 400_000_000, 4096): kept[at] = 1\n"
        "time.sleep(60)"
    ),
    "that no process has any more": (
        "import ctypes, time\nlibc = ctypes.CDLL(None)\nlibc.shmat.restype = ctypes.c_void_p\n"
        "for _ in range(5):\n at = libc.shmat(libc.shmget(0, ctypes.c_size_t(100_000_000), 0o1600), None, 0)\n"
        " ctypes.memset(at, 1, 100_000_000); libc.shmdt(ctypes.c_void_p(at))\ntime.sleep(60)"
    ),
    "of a process that has left": (
        "import os, time\nif not os.fork():\n os.setsid()\n if not os.fork():\n  kept = b'x' * 500_000_000\n"
        "  time.sleep(60)\n os._exit(0)\ntime.sleep(60)"
    ),
}


@pytest.mark.parametrize("script", MEMORY.values(), ids=MEMORY.keys())
def test_memory_is_limited(jailed, attack, script):
    assert attack(script).why == "memory"


def test_pages_that_forks_share_count_once(jailed, attack):
    script = (
        "import os, time\nkept = b'x' * 100_000_000\nfor _ in range(6):\n"
        " if not os.fork(): time.sleep(0.6); os._exit(0)\n"
        "time.sleep(0.8)"
    )
    assert attack(script) == Ended(0)


BOMBS = {
    "forks in three generations": "import os\nfor _ in range(3): os.fork()\nwhile True: os.fork()",
    "forks that leave": "bomb() { setsid bash -c 'sleep 30' & }; while :; do bomb; done",
    "threads": (
        "import threading, time\nfor _ in range(500): threading.Thread(target=time.sleep, args=(30,)).start()"
    ),
}


@pytest.mark.parametrize("script", BOMBS.values(), ids=BOMBS.keys())
def test_processes_are_limited(jailed, attack, script):
    assert attack(script).why == "processes"


def test_limits_hold_while_nobody_reads_the_output(jailed, attack):
    """A listener can take its time, as a terminal does that is paused."""
    waited = threading.Event()
    script = "echo begin; for i in 1 2 3 4 5 6; do head -c 9M /dev/zero > f$i; sleep 0.2; done; touch end"

    def slow(line):
        waited.wait(1.5)

    assert attack(script, log=slow).why == "disk"
    assert not (attack.folder / "end").exists()


# -- what is seen ------------------------------------------------------------------------------------------
def test_the_jail_shows_what_it_names_and_nothing_else(jailed, attack, tmp_path_factory, monkeypatch):
    other = tmp_path_factory.mktemp("other") / "secret"
    other.write_text("secret of another disk")
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("elsewhere")))
    assert attack(f"ls /; cat {other} 2>/dev/null; ls -A /mnt /media /srv /home 2>/dev/null; true").ok
    needed = {
        Path(place).parts[1] for place in (sys.prefix, sys.base_prefix, str(attack.folder), str(Path.home()))
    }
    system = {
        "bin",
        "sbin",
        "lib",
        "lib32",
        "lib64",
        "libx32",
        "usr",
        "etc",
        "nix",
        "gnu",
        "proc",
        "dev",
        "sys",
    }
    needed |= {Path(pwd.getpwuid(os.getuid()).pw_dir).parts[1], "tmp", "var", "run", "opt"}
    assert set(attack.lines) <= system | needed


def test_the_real_home_is_hidden_also_where_the_variable_says_another(jailed, attack, tmp_path, monkeypatch):
    real, other = tmp_path / "real", tmp_path / "other"
    for home in (real, other):
        home.mkdir()
        (home / ".netrc").write_text("password")
    monkeypatch.setenv("HOME", str(other))
    entry = pwd.struct_passwd(["me", "x", os.getuid(), os.getgid(), "", str(real), "/bin/sh"])
    monkeypatch.setattr(pwd, "getpwuid", lambda number: entry)
    assert attack(f"cat {real}/.netrc {other}/.netrc 2>/dev/null; ls -A {real} {other}").ok
    assert [line for line in attack.lines if line and not line.endswith(":")] == []


def test_builds_still_find_the_machine_s_compilers(jailed, attack):
    tools = (
        "for tool in gcc node java git python; do command -v $tool >/dev/null || continue\n"
        "  $tool --version >/dev/null 2>&1 || echo no $tool; done"
    )
    assert attack(tools, limits=Limits(seconds=60)).ok
    assert attack.lines == []


def test_no_process_of_mine_is_seen_and_no_descriptor_is_inherited(jailed, attack, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-mine")
    (tmp_path / "open").write_text("secret-of-mine")
    with (tmp_path / "open").open() as file:
        os.set_inheritable(file.fileno(), True)
        assert attack(
            "cat /proc/*/environ | tr '\\0' '\\n'; cat /proc/self/fd/[3-9]; echo; cd /proc/self/fd; echo *"
        ).ok
    assert not [line for line in attack.lines if "secret-of-mine" in line]
    assert attack.lines[-1].split()[:3] == ["0", "1", "2"]


def test_sockets_without_a_file_are_out_of_reach(jailed, attack):
    name = f"cp-teach-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0{name}")
        server.listen()
        script = f"import socket\nsocket.socket(socket.AF_UNIX).connect('\\0{name}')"
        assert attack(script).code == 1
    assert "ConnectionRefusedError" in attack.lines[-1]


KERNEL = {
    "a user namespace": "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0",
    "a namespace by clone": (
        "import ctypes\npid = ctypes.CDLL(None).syscall({clone}, 0x10000000 | 17, 0, 0, 0, 0)\n"
        "import os\nif pid == 0: os._exit(0)\nassert pid > 0"
    ),
    "the keys of the session": "import ctypes\nassert ctypes.CDLL(None).syscall({keyctl}, 0, -3, 1) > 0",
    "a file that runs as its owner": "import os\nopen('f', 'w').close()\nos.chmod('f', 0o4755)",
    "the same by its descriptor": "import os\nos.fchmod(os.open('f', os.O_CREAT | os.O_WRONLY), 0o4755)",
    "the same from its beginning": "import os\nos.open('f', os.O_CREAT | os.O_WRONLY, 0o4755)",
    "a memory file": "import os\nos.memfd_create('x')",
}


@pytest.mark.parametrize("script", KERNEL.values(), ids=KERNEL.keys())
def test_the_kernel_refuses_in_the_jail_what_it_allows_outside(jailed, attack, script):
    numbers = NUMBERS[platform.machine()]
    script = script.replace("{clone}", str(numbers["clone"])).replace("{keyctl}", str(numbers["keyctl"]))
    assert attack(script).code == 1
    assert attack.lines[0].startswith("Traceback"), attack.lines


def test_the_filter_is_made_for_each_machine_whose_numbers_are_known():
    for machine in NUMBERS:
        program = compile_filter(machine)
        assert len(program) % 8 == 0
        steps = [struct.unpack("=HBBI", program[at : at + 8]) for at in range(0, len(program), 8)]
        for at, (_, yes, no, _) in enumerate(steps):
            assert at + max(yes, no) + 1 <= len(steps), "no jump leads out of it"
        refusing = [step for step in steps if step[0] == 0x06 and step[3] != 0x7FFF0000]
        assert len(refusing) == 2 + len([rule for rule in RULES if rule.call in NUMBERS[machine]])
    assert compile_filter("vax") == b""
