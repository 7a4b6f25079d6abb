"""`cp-teach draw FILE -o FILE.svg`: the pipeline of a JSON file as a picture."""

import argparse
from pathlib import Path
from typing import Any

from cp_teach.cli.mistake import Mistake, read_json, writing


def add(commands: Any) -> None:
    """Tell the command line of `draw`."""
    sub = commands.add_parser("draw", help="draw the pipeline of a JSON file as an SVG or DOT file")
    sub.add_argument("file", metavar="FILE", help="a pipeline as `aws codepipeline get-pipeline` writes it")
    sub.add_argument(
        "-o", "--output", metavar="FILE.svg", required=True, help="the picture: FILE.svg or FILE.dot"
    )
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the picture and say where it is."""
    output = Path(args.output)
    if output.suffix not in (".svg", ".dot"):
        raise Mistake(f"{output} should end in .svg or .dot, which says what to draw.")
    structure = read_json(args.file)
    from cp_teach.pipeline import InvalidPipeline, Pipeline
    from cp_teach.show.drawing import dot, svg

    try:
        pipeline = Pipeline.from_aws(structure)
    except InvalidPipeline as refused:
        raise Mistake(f"AWS would refuse this pipeline; `cp-teach check {args.file}` says why.") from refused
    with writing(output):
        output.write_text((svg if output.suffix == ".svg" else dot)(pipeline), encoding="utf-8")
    print(f"Drawn: {output}")
    return 0
