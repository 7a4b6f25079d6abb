"""`cp-teach check FILE`: would AWS take this pipeline? Every breach with its place and what to do."""

import argparse
from typing import Any

from cp_teach.cli.mistake import read_json


def add(commands: Any) -> None:
    """Tell the command line of `check`."""
    sub = commands.add_parser(
        "check", help="say whether AWS would take the pipeline of a JSON file, and if not, why"
    )
    sub.add_argument("file", metavar="FILE", help="a pipeline as `aws codepipeline get-pipeline` writes it")
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every breach; 1 when AWS would refuse the pipeline, 0 when it would take it."""
    structure = read_json(args.file)
    from cp_teach.pipeline import InvalidPipeline, Pipeline

    try:
        breaches = Pipeline.from_aws(structure).check()
    except InvalidPipeline as refused:
        breaches = refused.breaches
    for breach in breaches:
        print(breach)
    errors = sum(breach.level == "error" for breach in breaches)
    if errors:
        things = "1 thing" if errors == 1 else f"{errors} things"
        print(f"{args.file}: AWS would refuse this pipeline: {things} to mend.")
        return 1
    print(f"{args.file}: AWS would take this pipeline.")
    return 0
