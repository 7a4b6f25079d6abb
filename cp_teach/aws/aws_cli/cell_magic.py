"""``%%aws``: a cell magic that passes each line to the real AWS CLI, without a shell, so it works on every system."""

from __future__ import annotations

import shlex
import sys

from cp_teach.aws.aws_cli.fork_server import ForkServer


class CellMagic:
    """The magic ``%%aws`` and the fork server that runs its commands."""

    def __init__(self) -> None:
        self._cli = ForkServer()

    def run_lines(self, line: str, cell: str) -> None:
        """Run the AWS CLI for each line of the cell, such as ``codepipeline list-pipelines``.

        A backslash continues a command on the next line. Options after ``%%aws`` apply to each command. Lines that
        begin with # are skipped. The first command that fails ends the cell.
        """
        for text in map(str.strip, cell.replace("\\\n", " ").splitlines()):
            if not text or text.startswith("#"):
                continue
            arguments = shlex.split(text) + shlex.split(line)
            if arguments[:1] == ["aws"]:
                arguments = arguments[1:]
            result = self._cli.run(arguments)
            print(result.out, end="")
            if result.code:
                silent = f"The AWS CLI ended with exit code {result.code} and without a message: aws {text}"
                print(result.err.strip() or silent, file=sys.stderr)
                return

    def close(self) -> None:
        """End the fork server."""
        self._cli.close()
