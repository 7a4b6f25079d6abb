"""The command `cp-teach`: each subcommand is a module of this folder with `add(commands)` and `run(args)`.

Nothing heavy is imported here, so that `cp-teach --help` answers at once: a subcommand imports what it
needs when it runs.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress

from cp_teach._version import __version__
from cp_teach.cli.commands import (
    check,
    classroom,
    doctor,
    draw,
    editions,
    explore,
    lab,
    run,
    serve,
    server_control,
    slides,
)
from cp_teach.cli.terminal_output import drop_unwritable, escaped_output
from cp_teach.cli.user_error import Mistake


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="cp-teach", description="Learn AWS CodePipeline by holding a simulated one."
    )
    top.add_argument("--version", action="version", version=f"cp-teach {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for command in (
        lab,
        check,
        explore,
        draw,
        run,
        slides,
        editions,
        classroom,
        serve,
        server_control,
        doctor,
    ):
        command.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. The exit status is 0 for success, 1 after a mistake, and 2 after wrong usage.

    A reader that closes the pipe (``| head``), a full disk, and Ctrl-C end the command without a traceback. Control
    characters in untrusted text are escaped.
    """
    start_sooner()
    with escaped_output():
        try:
            try:
                return _run(argv)
            finally:  # argparse ends with an exception after --help
                sys.stdout.flush()  # here, because a full disk or a closed pipe can still be reported
        except BrokenPipeError:
            drop_unwritable()  # the reader has closed the pipe
            return 1
        except Mistake as mistake:
            return _sorry(str(mistake))
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            return _sorry(f"{error.strerror or error}{where}.")
        except UnicodeEncodeError as error:
            return _sorry(
                f"{error.object} holds bytes that are not text in {error.encoding}. Use another name."
            )
        except KeyboardInterrupt:
            return 130  # a shell's status for Ctrl-C


def _run(argv: Sequence[str] | None) -> int:
    top = parser()
    args = top.parse_args(argv)
    if not hasattr(args, "run"):
        top.print_help()
        return 2
    status: int = args.run(args)
    return status


def start_sooner() -> None:
    """Leave out a check that nobody asks for: whoever reads notebooks loads jsonschema, which loads an optional package
    for addresses beyond ASCII, which builds forty parsers: two seconds and more of every start, JupyterLab's too."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None is how Python says "not here"


def _sorry(sentence: str) -> int:
    drop_unwritable()
    with suppress(OSError):  # the error cannot be reported anywhere
        print(f"cp-teach: {sentence}", file=sys.stderr, flush=True)
    drop_unwritable()
    return 1
