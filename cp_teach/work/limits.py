"""How much a stranger's command may use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple


def _usual_memory() -> int:
    """4 GB, or half of what the machine has where that is less."""
    with suppress(AttributeError, ValueError, OSError):
        return min(4_000_000_000, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    return 4_000_000_000


class Limits(NamedTuple):
    """How much a stranger's command may use before it is ended."""

    seconds: float = 600.0
    output: int = 1_000_000
    """Bytes of output that are kept."""
    disk: int = 200_000_000
    """Bytes under its folder and among its temporary files, what was there before counted in, and some for each
    file."""
    memory: int = _usual_memory()
    """Bytes of memory that all its processes have together. Linux only."""
    processes: int = 1000
    """Processes at the same time, each of their threads counted as one, as the kernel does. Linux only."""


USUAL = Limits()


def limited(argv: Sequence[str], disk: int) -> list[str]:
    """The command, begun by a shell that sets the limits which the kernel keeps: no Python code can do that between
    fork and exec where there are threads, because it may hang."""
    # The unit of -f is 512 bytes. When the machine's memory is used up, the kernel ends these processes first.
    bounds = f"ulimit -c 0; ulimit -f {-(-disk // 512)}; echo 1000 > /proc/self/oom_score_adj"
    return ["/bin/sh", "-c", f'{{ {bounds}; }} 2>/dev/null; exec "$@"', "sh", *argv]
