"""The seccomp filter for jailed commands: the system calls that bubblewrap (``--seccomp``) must refuse.

The filter refuses what mounts and namespaces cannot prevent: new user namespaces, in which a command would be root
again; the keys of this user's session; files that run with their owner's rights (setuid), which another user of the
machine could start; and memory files, which no process owns while their descriptor is in transit through a socket.
The filter is a program for the kernel's packet filter, see seccomp(2): each rule compares the number of the call, and
then bits of its arguments.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

NEW_USER = 0x10000000  # CLONE_NEWUSER
SET_USER = 0o4000  # S_ISUID; S_ISGID is common on folders
CREATE = 0o100 | 0o20000000  # O_CREAT, O_TMPFILE
LOAD, JUMP_EQUAL, JUMP_ATLEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
"""Offsets of the call number, the machine, and the arguments in struct seccomp_data."""
FOREIGN = 0x40000000
"""The first call number of another calling convention, x32."""


class Rule(NamedTuple):
    """A system call that is refused if each listed argument has one of its bits."""

    call: str
    bits: tuple[tuple[int, int], ...] = ()
    """Pairs of an argument's number and its bits."""
    error: int = errno.EPERM


RULES = (
    Rule("unshare", ((0, NEW_USER),)),
    Rule("clone", ((0, NEW_USER),)),
    Rule("clone3", error=errno.ENOSYS),  # the filter cannot see its flags; the C library then uses clone
    Rule("setns"),
    Rule("keyctl"),
    Rule("add_key"),
    Rule("request_key"),
    Rule("memfd_create", error=errno.ENOSYS),
    Rule("memfd_secret", error=errno.ENOSYS),
    Rule("io_uring_setup", error=errno.ENOSYS),  # it would allow other calls to bypass the filter
    Rule("userfaultfd"),
    Rule("bpf"),
    Rule("perf_event_open"),
    Rule("chmod", ((1, SET_USER),)),
    Rule("fchmod", ((1, SET_USER),)),
    Rule("fchmodat", ((2, SET_USER),)),
    Rule("fchmodat2", ((2, SET_USER),)),
    Rule("open", ((1, CREATE), (2, SET_USER))),
    Rule("creat", ((1, SET_USER),)),
    Rule("openat", ((2, CREATE), (3, SET_USER))),
    Rule("openat2", error=errno.ENOSYS),  # the filter cannot see its mode; programs then use openat
    Rule("mknod", ((1, SET_USER),)),
    Rule("mknodat", ((2, SET_USER),)),
)

NEW = {"io_uring_setup": 425, "clone3": 435, "openat2": 437, "memfd_secret": 447, "fchmodat2": 452}
"""Calls that have the same number on every machine."""
NUMBERS = {
    "x86_64": NEW
    | {
        "open": 2,
        "clone": 56,
        "creat": 85,
        "chmod": 90,
        "fchmod": 91,
        "mknod": 133,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "openat": 257,
        "mknodat": 259,
        "fchmodat": 268,
        "unshare": 272,
        "perf_event_open": 298,
        "setns": 308,
        "memfd_create": 319,
        "bpf": 321,
        "userfaultfd": 323,
    },
    "aarch64": NEW
    | {
        "mknodat": 33,
        "fchmod": 52,
        "fchmodat": 53,
        "openat": 56,
        "unshare": 97,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "clone": 220,
        "perf_event_open": 241,
        "setns": 268,
        "memfd_create": 279,
        "bpf": 280,
        "userfaultfd": 282,
    },
}
"""The numbers of calls, from the kernel's tables. aarch64 has no open, creat, chmod and mknod."""
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def compile_filter(machine: str = "") -> bytes:
    """The filter for a machine, by default this one; b"" if its call numbers are unknown."""
    name = machine or platform.machine()
    if name not in NUMBERS:
        return b""
    # Programs for another machine, such as 32-bit ones, have other numbers, so all their calls are refused.
    program = [
        _step(LOAD, MACHINE),
        _step(JUMP_EQUAL, MACHINES[name], if_true=1),
        _step(RETURN, REFUSE | errno.ENOSYS),
        _step(LOAD, NUMBER),
        _step(JUMP_ATLEAST, FOREIGN, if_false=1),
        _step(RETURN, REFUSE | errno.ENOSYS),
    ]
    for rule in RULES:
        if rule.call in NUMBERS[name]:
            program += _refusal(rule, NUMBERS[name][rule.call])
    return b"".join([*program, _step(RETURN, ALLOW)])


@contextmanager
def filter_arguments() -> Iterator[tuple[list[str], list[int]]]:
    """The arguments that give bubblewrap this machine's filter, and the descriptor that it must inherit; both are
    empty where there is no filter."""
    program = compile_filter()
    if not program:
        yield [], []
        return
    read, write = os.pipe()  # a pipe holds far more than a filter needs
    try:
        os.write(write, program)
        os.close(write)
        yield ["--seccomp", str(read)], [read]
    finally:
        os.close(read)


def _refusal(rule: Rule, number: int) -> list[bytes]:
    left = 2 * len(rule.bits) + 1  # steps after the comparison of the number
    steps = [_step(LOAD, NUMBER), _step(JUMP_EQUAL, number, if_false=left)]
    for argument, bits in rule.bits:
        left -= 2
        steps += [_step(LOAD, ARGUMENTS + 8 * argument), _step(JUMP_ANY_BIT, bits, if_false=left)]
    return [*steps, _step(RETURN, REFUSE | rule.error)]


def _step(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    """One step: its code, the number of steps to skip if the test is true or false, and its value."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
