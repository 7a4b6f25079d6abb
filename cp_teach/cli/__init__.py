"""The command `cp-teach`: each subcommand is a module of this folder with `add(commands)` and `run(args)`.

Nothing heavy is imported here, so that `cp-teach --help` answers at once: a subcommand imports what it
needs when it runs.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from cp_teach import __version__
from cp_teach.cli import admin, check, classroom, doctor, draw, editions, explore, lab, run, serve, slides
from cp_teach.cli.mistake import Mistake


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="cp-teach", description="Learn AWS CodePipeline by holding a simulated one."
    )
    top.add_argument("--version", action="version", version=f"cp-teach {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for command in (lab, check, explore, draw, run, slides, editions, classroom, serve, admin, doctor):
        command.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status is 0 when all is well, 1 after a mistake, 2 after wrong usage.

    A reader that goes away (``| head``), a full disk and Ctrl-C end it without a traceback.
    """
    _speak_anywhere()
    start_sooner()
    try:
        status = _run(argv)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a full disk or a closed pipe can still be told
    except BrokenPipeError:
        # Whoever read this has enough. Python would flush once more at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Mistake as mistake:
        return _sorry(str(mistake))
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return _sorry(f"{error.strerror or error}{where}.")
    except KeyboardInterrupt:
        return 130  # as a shell tells it
    return status


def _run(argv: Sequence[str] | None) -> int:
    top = parser()
    args = top.parse_args(argv)
    if not hasattr(args, "run"):
        top.print_help()
        return 2
    status: int = args.run(args)
    return status


def _speak_anywhere() -> None:
    """An old terminal that has no arrow gets a question mark in its place, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def start_sooner() -> None:
    """Leave out a check that nobody asks for: whoever reads notebooks loads jsonschema, which loads an optional package
    for addresses beyond ASCII, which builds forty parsers: two seconds and more of every start, JupyterLab's too."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how Python says "not here"


def _sorry(sentence: str) -> int:
    print(f"cp-teach: {sentence}", file=sys.stderr)
    return 1
