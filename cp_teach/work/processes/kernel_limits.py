"""Limits that the kernel enforces on a command: core dumps, file sizes, and which process ends first without memory."""

from __future__ import annotations

from collections.abc import Sequence


def with_limits(argv: Sequence[str], disk: int) -> list[str]:
    """The command line that runs the command in a shell with the limits that the kernel enforces. Python code between
    fork and exec cannot set them safely if there are threads, because it may hang."""
    # The unit of -f is 512 bytes. When memory runs out, the kernel ends these processes first.
    bounds = f"ulimit -c 0; ulimit -f {-(-disk // 512)}; echo 1000 > /proc/self/oom_score_adj"
    return ["/bin/sh", "-c", f'{{ {bounds}; }} 2>/dev/null; exec "$@"', "sh", *argv]
