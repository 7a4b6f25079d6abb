"""The command line `cp-teach`: each module of `commands` has `add(commands)`, which adds its parsers.

A command imports heavy libraries only when it runs, so `cp-teach --help` is quick.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from cp_teach._version import __version__
from cp_teach.cli.terminal_output import drop_unwritable, escaped_output
from cp_teach.cli.user_error import UserError

COMMANDS = (
    "lab",
    "check",
    "explore",
    "draw",
    "run",
    "slides",
    "editions",
    "classroom",
    "serve",
    "server_control",
    "doctor",
)
"""The modules of ``commands`` in the order of the help."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="cp-teach", description="Learn AWS CodePipeline by holding a simulated one."
    )
    top.add_argument("--version", action="version", version=f"cp-teach {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for name in COMMANDS:
        import_module(f"cp_teach.cli.commands.{name}").add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. The exit status is 0 for success, 1 after an error, and 2 after wrong usage.

    A reader that closes the pipe (``| head``), a full disk, and Ctrl-C end the command without a traceback. Control
    characters in untrusted text are escaped.
    """
    skip_optional_import()
    with escaped_output():
        try:
            try:
                return _run(argv)
            finally:  # argparse ends with an exception after --help
                sys.stdout.flush()  # here, because a full disk or a closed pipe can still be reported
        except BrokenPipeError:
            drop_unwritable()  # the reader has closed the pipe
            return 1
        except UserError as error:
            return _report_error(str(error))
        except OSError as error:
            path = f": {error.filename}" if error.filename else ""
            return _report_error(f"{error.strerror or error}{path}.")
        except UnicodeEncodeError as error:
            return _report_error(
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


def skip_optional_import() -> None:
    """Prevent the import of ``rfc3987_syntax``, which takes two seconds.

    jsonschema, which checks notebooks, imports it for addresses beyond ASCII.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None makes an import fail


def _report_error(sentence: str) -> int:
    drop_unwritable()
    with suppress(OSError):  # the error cannot be reported anywhere
        print(f"cp-teach: {sentence}", file=sys.stderr, flush=True)
    drop_unwritable()
    return 1
