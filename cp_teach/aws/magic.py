"""``%%aws``: each line of a cell is given to the real AWS CLI. No shell is needed, so it works everywhere."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path


def run_lines(line: str, cell: str) -> None:
    """Run the AWS CLI for each line of the cell: ``codepipeline list-pipelines``; a backslash goes on in the next.

    Options behind ``%%aws`` are given to each. A line that begins with # is skipped; after a line that fails the rest
    is not run.
    """
    lines = cell.replace("\\\n", " ").splitlines()
    for text in (each.strip() for each in lines):
        if not text or text.startswith("#"):
            continue
        words = shlex.split(text) + shlex.split(line)
        if words[:1] == ["aws"]:
            words = words[1:]
        done = subprocess.run(
            [*program(), *words], capture_output=True, text=True, check=False, env=dict(os.environ)
        )
        print(done.stdout, end="")
        if done.returncode:
            print(done.stderr.strip(), file=sys.stderr)
            return


def program() -> list[str]:
    """How the AWS CLI is started: the one beside this Python, else that on the path. Raises ``FileNotFoundError``."""
    beside = shutil.which("aws", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("aws")
    if found is None:
        raise FileNotFoundError("The AWS CLI is not here: pip install awscli")
    return [found]
