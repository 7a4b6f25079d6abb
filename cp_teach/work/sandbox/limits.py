"""Limits on the time, output, disk, memory, and processes of an untrusted command."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import NamedTuple


def _usual_memory() -> int:
    """4 GB, or half of the machine's memory if that is less."""
    with suppress(AttributeError, ValueError, OSError):
        return min(4_000_000_000, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    return 4_000_000_000


class Limits(NamedTuple):
    """How much an untrusted command can use before it is ended."""

    seconds: float = 600.0
    output: int = 1_000_000
    """Bytes of output that are kept."""
    disk: int = 200_000_000
    """Bytes in its folder and its temporary files, with earlier contents, plus ``folder_trees.ENTRY`` for each file."""
    memory: int = _usual_memory()
    """Bytes of memory of all its processes together. Linux only."""
    processes: int = 1000
    """Processes and threads at the same time, as the kernel counts them. Linux only."""


USUAL = Limits()
