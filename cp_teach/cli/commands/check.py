"""`cp-teach check FILE`: validate a pipeline, and check the service's rules in every reachable state."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cp_teach.cli import explore_options
from cp_teach.cli.common_options import Commands, add_catalog
from cp_teach.cli.pipeline_argument import add_pipeline_file, missing_file, stack_options
from cp_teach.security.input.input_files import UnreadableFile, decode_text, read_bounded

if TYPE_CHECKING:
    from cp_teach.pipeline import Pipeline


def add(commands: Commands) -> None:
    """Add the command `check`."""
    command = commands.add_parser(
        "check",
        help="say whether AWS would accept the pipeline of a file, and check the rules in its states",
    )
    add_pipeline_file(command, note="; - reads standard input")
    add_catalog(command)
    command.add_argument(
        "--rules-only", action="store_true", help="validate the file only; explore no states"
    )
    explore_options.add_options(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report; return 0 for a valid pipeline, 1 for an invalid one, and 2 for an unreadable file."""
    from cp_teach.pipeline.check_report import check_file, report
    from cp_teach.pipeline.pipeline_file import load_text

    options = stack_options(args)
    if args.file == "-":
        name = "standard input"
        try:
            text = decode_text(read_bounded(sys.stdin.buffer, name), name)
        except UnreadableFile as error:
            return _unreadable(str(error))
        checked = report(lambda: load_text(text, name, options, args.catalog), name, args.catalog)
    else:
        path = Path(args.file)
        try:
            checked = check_file(path, args.catalog, options)
        except FileNotFoundError:
            return _unreadable(missing_file(args.file))
        except (OSError, ValueError) as error:
            return _unreadable(f"{args.file} cannot be read: {getattr(error, 'strerror', None) or error}.")
    status, output, pipeline = checked
    is_sentence = status and "\n" not in output
    print(
        f"cp-teach: {output}" if is_sentence else output,
        file=sys.stderr if is_sentence else sys.stdout,
        flush=True,
    )
    if pipeline is None or getattr(args, "rules_only", True):
        return status
    return _states(args, pipeline)


def _states(args: argparse.Namespace, pipeline: "Pipeline") -> int:
    """Check the service's rules in the reachable states; return 1 only for a violation."""
    from cp_teach.explore import TooManyStates, check

    bounds = explore_options.bounds(args, pipeline)
    try:
        verdict = check(pipeline, stop=explore_options.time_limit(args), **bounds)
    except TooManyStates:
        print(f"No violation in the first {explore_options.MAX_STATES:,} states, the maximum that is kept.")
        return 0
    except KeyboardInterrupt:
        print("Stopped: no violation in the states that were explored.")
        return 0
    print(f"The rules of the service: {verdict}")
    if verdict.counterexample is not None:
        for number, move in enumerate(verdict.counterexample.journal, start=1):
            print(f"  {number}. {move}")
    return 0 if verdict else 1


def _unreadable(sentence: str, status: int = 2) -> int:
    print(f"cp-teach: {sentence}", file=sys.stderr)
    return status
