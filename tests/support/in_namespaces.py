"""Running a program of this folder in namespaces of its own: what it fills and whom it kills is nobody else's."""

import json
import subprocess
import sys
from pathlib import Path

SMALL = 3 << 20
"""Bytes of the file system at /tmp/small."""


def run_in_namespaces(program, *words):
    """The JSON that the program prints. Needs bubblewrap."""
    jail = ["--unshare-pid", "--unshare-user", "--die-with-parent", "--bind", "/", "/", "--dev", "/dev"]
    small = ["--proc", "/proc", "--size", str(SMALL), "--tmpfs", "/tmp/small"]
    done = subprocess.run(
        ["bwrap", *jail, *small, sys.executable, str(Path(__file__).with_name(program)), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)
