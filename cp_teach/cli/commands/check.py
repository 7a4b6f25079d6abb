"""`cp-teach check FILE`: validate a pipeline, and check the service's rules in every reachable state."""

import argparse
import sys
from pathlib import Path

from cp_teach.cli import explore_options
from cp_teach.cli.common_options import Commands, add_catalog, add_pipeline_file
from cp_teach.cli.user_error import decoded
from cp_teach.security.input.input_files import UnreadableFile, read_bounded, read_input_file
from cp_teach.security.input.json_input import parse_json


def add(commands: Commands) -> None:
    """Add the command `check`."""
    command = commands.add_parser(
        "check",
        help="say whether AWS would accept the pipeline of a JSON file, and check the rules in its states",
    )
    add_pipeline_file(command, "; - reads standard input")
    add_catalog(command)
    command.add_argument(
        "--rules-only", action="store_true", help="validate the file only; explore no states"
    )
    explore_options.add_options(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report; return 0 for a valid pipeline, 1 for an invalid one, and 2 for an unreadable file."""
    name = "standard input" if args.file == "-" else args.file
    try:
        raw = read_bounded(sys.stdin.buffer, name) if args.file == "-" else read_input_file(Path(args.file))
    except UnreadableFile as error:
        return _unreadable(str(error))
    except FileNotFoundError:
        return _unreadable(
            f"There is no file {name}. Check the spelling and the current folder ({Path.cwd()})."
        )
    except (OSError, ValueError) as error:
        return _unreadable(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.")
    try:
        text = decoded(raw)
    except UnicodeDecodeError:
        return _unreadable(f"{name} is not a text file in UTF-8.", status=1)
    from cp_teach.pipeline.check_report import check_text

    status, output = check_text(text, name, args.catalog)
    print(output, file=sys.stderr if status and "\n" not in output else sys.stdout, flush=True)
    if status or getattr(args, "rules_only", True):
        return status
    return _states(args, text)


def _states(args: argparse.Namespace, text: str) -> int:
    """Check the service's rules in the reachable states; return 1 only for a violation."""
    from cp_teach.explore import TooManyStates, check
    from cp_teach.pipeline import Pipeline

    pipeline = Pipeline.from_aws(parse_json(text), catalog=args.catalog)
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
