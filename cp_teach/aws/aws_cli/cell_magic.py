"""The cell magic ``%%aws``: each line of a cell is a command of the real AWS CLI.

No shell reads the lines, so they work on every system.
"""

from __future__ import annotations

import shlex
import sys
from functools import partial

from cp_teach.aws.aws_cli.fork_server import ForkServer


def register_magic(server: ForkServer) -> None:
    """Define ``%%aws`` in the notebook; outside IPython, do nothing."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.register_magic_function(partial(run_lines, server), "cell", "aws")


def run_lines(server: ForkServer, line: str, cell: str) -> None:
    """Run the AWS CLI for each line of a cell, such as ``codepipeline list-pipelines``.

    A backslash continues a command on the next line. Options after ``%%aws`` apply to each command. Lines that begin
    with # are skipped. The first command that fails ends the cell.
    """
    for text in map(str.strip, cell.replace("\\\n", " ").splitlines()):
        if not text or text.startswith("#"):
            continue
        arguments = shlex.split(text) + shlex.split(line)
        if arguments[:1] == ["aws"]:
            arguments = arguments[1:]
        result = server.run(arguments)
        print(result.out, end="")
        if result.code:
            silent = f"The AWS CLI ended with exit code {result.code} and without a message: aws {text}"
            print(result.err.strip() or silent, file=sys.stderr)
            return
