"""A small server that starts commands on Linux and can end everything that each command started.

``python`` runs it as a file, so it uses only the standard library.

For every command there is a guard process that is a subreaper: processes that the command starts and abandons become
children of the guard, whatever session, group, or environment they have. The guard is forked from this server,
because a process with threads, such as a notebook's, cannot run Python safely between fork and exec.

The argument is the number of a socket. For each command, the server receives three descriptors on it: standard input,
output, and a socket to the guard. On that socket, the guard first reads the order and then single letters; it answers
with lines.
"""

import ctypes
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any

SET_DUMPABLE, SET_SUBREAPER = 4, 36
"""Numbers of prctl, from <linux/prctl.h>."""
TERMINATE = b"T"
PATIENCE = 10.0
"""Seconds for killing what a command left behind; only a command that forks endlessly survives longer."""


def main(number: int) -> None:
    """Serve until the socket is closed. Guards run until their own sockets are closed."""
    with socket.socket(fileno=number) as orders:
        become_subreaper()  # to adopt the processes of guards that a command has killed
        wakes = hear_children()
        guards: set[int] = set()
        while True:
            ready, _, _ = select.select([orders.fileno(), wakes], [], [])
            if wakes in ready:
                os.read(wakes, 4096)
                if reap_children(guards):
                    end_all(guards)
            if orders.fileno() in ready:
                message, fds, _, _ = socket.recv_fds(orders, 1, 3)
                if not message:
                    return
                pid = os.fork()
                if pid == 0:
                    orders.close()
                    os._exit(guard(*fds))
                guards.add(pid)
                for fd in fds:
                    os.close(fd)


def become_subreaper() -> None:
    """Adopt orphans, and keep processes of the same user from reading this process's memory."""
    library = ctypes.CDLL(None, use_errno=True)
    for option, value in ((SET_SUBREAPER, 1), (SET_DUMPABLE, 0)):
        if library.prctl(option, value, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")


def hear_children() -> int:
    """A descriptor that becomes readable when a child has ended."""
    wakes, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    return wakes


def reap_children(guards: set[int]) -> bool:
    """Reap ended children; whether a guard was killed, so that its processes are now ours."""
    killed = False
    for pid, status in ended():
        if pid in guards:
            guards.discard(pid)
            killed = killed or os.WIFSIGNALED(status)
    return killed


def guard(stdin: int, stdout: int, number: int) -> int:
    """Run one command and end everything that it started."""
    os.setsid()
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # these signals are for the command
        signal.signal(each, signal.SIG_IGN)
    become_subreaper()
    wakes = hear_children()
    with socket.socket(fileno=number) as control:
        order = json.loads(received(control))
        child = os.fork()
        if child == 0:
            execute(order, stdin, stdout)
        os.close(stdin)
        os.close(stdout)
        control.sendall(b"%d\n" % os.getpid())
        code = attend(control, wakes, child)
        if has_children():  # orphans are children, so there is nothing else to look for
            end_all()
        control.sendall(b"%d\n" % code)
    return 0


def received(control: socket.socket) -> bytes:
    """The order: its length in eight bytes, and then JSON."""
    with control.makefile("rb") as file:
        return file.read(int.from_bytes(file.read(8), "big"))


def execute(order: dict[str, Any], stdin: int, stdout: int) -> None:
    """Replace this process by the command."""
    try:
        os.setsid()
        for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGCHLD", "SIGPIPE", "SIGXFSZ"):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        for source, goal in ((stdin, 0), (stdout, 1), (stdout, 2)):
            os.dup2(source, goal)
        os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), 65536))
        os.chdir(str(order["cwd"]))
        argv = order["argv"]
        os.execve(argv[0], argv, order["env"])
    except OSError as error:
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(127)


def attend(control: socket.socket, wakes: int, child: int) -> int:
    """Wait until the command ends or must be ended; its exit code, or minus its signal."""
    while True:
        ready, _, _ = select.select([control.fileno(), wakes], [], [])
        if control.fileno() in ready:
            word = control.recv(1)
            if not word:  # also when the requesting process has died
                return -signal.SIGKILL
            if word == TERMINATE:
                with suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGTERM)
        if wakes in ready:
            os.read(wakes, 4096)
            for pid, status in ended():
                if pid == child:
                    return os.waitstatus_to_exitcode(status)


def ended() -> list[tuple[int, int]]:
    """The children that have ended."""
    children: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return children
        if not pid:
            return children
        children.append((pid, status))


def has_children() -> bool:
    """Whether any process of the command is left."""
    ended()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def end_all(kept: "set[int] | None" = None) -> None:
    """Kill all descendants of this process except ``kept`` and theirs."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        pids = descendants(os.getpid(), kept or ())
        if not pids:
            return
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if kept is None:
            ended()
        else:
            reap_children(kept)


def descendants(root: int, kept: Collection[int] = ()) -> list[int]:
    """The direct and indirect child processes of ``root`` except ``kept`` and theirs, from the parents in /proc."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            # Path is slow, and there are many of these files.
            with suppress(OSError, IndexError), open(f"{entry.path}/stat", errors="replace") as file:  # noqa: PTH123
                parent = int(file.read().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    pids, todo = [], [root]
    while todo:
        started = [pid for pid in children.get(todo.pop(), []) if pid not in kept]
        pids += started
        todo += started
    return pids


if __name__ == "__main__":
    main(int(sys.argv[1]))
