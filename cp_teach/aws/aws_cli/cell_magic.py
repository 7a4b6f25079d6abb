"""``%%aws``: each line of a cell is given to the real AWS CLI. No shell is needed, so it works everywhere."""

from __future__ import annotations

import shlex
import sys

from cp_teach.aws.aws_cli import fork_server


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
        code, out, err = fork_server.run(words)
        print(out, end="")
        if code:
            silent = f"The AWS CLI ended with exit code {code} and said nothing: aws {text}"
            print(err.strip() or silent, file=sys.stderr)
            return
