"""`cp-teach check FILE`: would AWS take this pipeline? Every breach with its place and what to do."""

import argparse
import sys
from pathlib import Path
from typing import Any

from cp_teach.cli.mistake import decoded


def add(commands: Any) -> None:
    """Tell the command line of `check`."""
    sub = commands.add_parser(
        "check", help="say whether AWS would take the pipeline of a JSON file, and if not, why"
    )
    sub.add_argument(
        "file",
        metavar="FILE",
        help="a pipeline as `aws codepipeline get-pipeline` writes it; - reads it from a pipe",
    )
    sub.add_argument(
        "--catalogue",
        choices=("today", "course"),
        default="today",
        help="hold it to today's CodePipeline, or to that of the course (2016)",
    )
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what there is to say; 0 when AWS would take it, 1 when not, 2 when the file cannot be read."""
    name = "standard input" if args.file == "-" else args.file
    try:
        raw = sys.stdin.buffer.read() if args.file == "-" else Path(args.file).read_bytes()
    except IsADirectoryError:
        return _unreadable(f"{name} is a folder; give a file.")
    except FileNotFoundError:
        return _unreadable(
            f"There is no file {name}. Look at the spelling, and at the folder you are in ({Path.cwd()})."
        )
    except (OSError, ValueError) as error:
        return _unreadable(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.")
    try:
        text = decoded(raw)
    except UnicodeDecodeError:
        return _unreadable(f"{name} is not a text file in UTF-8.", status=1)
    from cp_teach.pipeline.report import report

    status, said = report(text, name, args.catalogue)
    print(said, file=sys.stderr if status and "\n" not in said else sys.stdout)
    return status


def _unreadable(sentence: str, status: int = 2) -> int:
    print(f"cp-teach: {sentence}", file=sys.stderr)
    return status
