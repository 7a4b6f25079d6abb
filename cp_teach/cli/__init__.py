"""The command `cp-teach`: each subcommand is a module of this folder with `add(commands)` and `run(args)`.

Nothing heavy is imported here, so that `cp-teach --help` answers at once: a subcommand imports what it
needs when it runs.
"""

import argparse
import sys
from collections.abc import Sequence

from cp_teach import __version__
from cp_teach.cli import check, doctor, draw, lab, slides
from cp_teach.cli.mistake import Mistake


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="cp-teach", description="Learn AWS CodePipeline by holding a simulated one."
    )
    top.add_argument("--version", action="version", version=f"cp-teach {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for command in (lab, check, draw, slides, doctor):
        command.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is 0 when all is well, 1 after a mistake, 2 after wrong usage."""
    top = parser()
    args = top.parse_args(argv)
    if not hasattr(args, "run"):
        top.print_help()
        return 2
    try:
        status: int = args.run(args)
    except Mistake as mistake:
        print(f"cp-teach: {mistake}", file=sys.stderr)
        return 1
    return status
