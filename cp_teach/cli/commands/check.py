"""`cp-teach check FILE`: would AWS take this pipeline, and does it keep the service's rules in every state?"""

import argparse
import sys
from pathlib import Path
from typing import Any

from cp_teach.cli import explore_options
from cp_teach.cli.user_error import decoded
from cp_teach.security.input.input_files import UnreadableFile, read_bounded, read_input_file
from cp_teach.security.input.json_input import parse_json


def add(commands: Any) -> None:
    """Tell the command line of `check`."""
    sub = commands.add_parser(
        "check",
        help="say whether AWS would take the pipeline of a JSON file, and prove the rules over its states",
    )
    sub.add_argument(
        "file",
        metavar="FILE",
        help="a pipeline as `aws codepipeline get-pipeline` writes it; - reads it from a pipe",
    )
    sub.add_argument(
        "--catalog",
        "--catalogue",
        choices=("today", "course"),
        default="today",
        help="hold it to today's CodePipeline, or to that of the course (2016)",
    )
    sub.add_argument("--rules-only", action="store_true", help="look at the file alone, explore no state")
    explore_options.options(sub)
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what there is to say; 0 when AWS would take it, 1 when not, 2 when the file cannot be read."""
    name = "standard input" if args.file == "-" else args.file
    try:
        raw = read_bounded(sys.stdin.buffer, name) if args.file == "-" else read_input_file(Path(args.file))
    except UnreadableFile as error:
        return _unreadable(str(error))
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
    from cp_teach.pipeline.check_report import report

    status, said = report(text, name, args.catalog)
    print(said, file=sys.stderr if status and "\n" not in said else sys.stdout, flush=True)
    if status or getattr(args, "rules_only", True):
        return status
    return _states(args, text)


def _states(args: argparse.Namespace, text: str) -> int:
    """The service's rules over the states that it can reach; 1 for a breach alone."""
    from cp_teach.explore import TooManyStates, check
    from cp_teach.pipeline import Pipeline

    pipeline = Pipeline.from_aws(parse_json(text), catalog=args.catalog)
    told = explore_options.bounds(args, pipeline)
    try:
        verdict = check(pipeline, enough=explore_options.clock(args), **told)
    except TooManyStates:
        print(f"no breach in the first {explore_options.MOST:,} states (no more are kept)")
        return 0
    except KeyboardInterrupt:
        print("You stopped it: no breach in the states that were looked at.")
        return 0
    print(f"The rules of the service: {verdict}")
    if verdict.breach is not None:
        for number, move in enumerate(verdict.breach.journal, start=1):
            print(f"  {number}. {move}")
    return 0 if verdict else 1


def _unreadable(sentence: str, status: int = 2) -> int:
    print(f"cp-teach: {sentence}", file=sys.stderr)
    return status
