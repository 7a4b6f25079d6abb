"""`cp-teach draw FILE -o FILE.svg`: the pipeline of a JSON file as a picture."""

import argparse
import sys
from pathlib import Path
from typing import Any

from cp_teach.cli.commands import check
from cp_teach.cli.user_error import Mistake, check_writable_file, read_json, writing


def add(commands: Any) -> None:
    """Tell the command line of `draw`."""
    sub = commands.add_parser("draw", help="draw the pipeline of a JSON file as an SVG or DOT file")
    sub.add_argument("file", metavar="FILE", help="a pipeline as `aws codepipeline get-pipeline` writes it")
    sub.add_argument(
        "-o",
        "--output",
        metavar="FILE.svg",
        required=True,
        help="the picture: FILE.svg or FILE.dot; - prints the SVG",
    )
    sub.add_argument("--theme", choices=("light", "dark"), default="light", help="for which page (light)")
    sub.add_argument(
        "--engine", choices=("graphviz-pure", "dot"), default="", help="the layout program (the first found)"
    )
    sub.add_argument(
        "--catalog",
        "--catalogue",
        choices=("today", "course"),
        default="today",
        help="whose rules it must keep: today's CodePipeline (today), or that of the course (2016)",
    )
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the picture and say where it is; a pipeline that AWS would refuse is reported as `check` does."""
    output = Path(args.output)
    if args.output != "-" and output.suffix not in (".svg", ".dot"):
        raise Mistake(f"{output} should end in .svg or .dot, which says what to draw.")
    structure = read_json(args.file)
    from cp_teach.pipeline import InvalidPipeline, Pipeline
    from cp_teach.show.diagrams.svg import dot, svg

    try:
        pipeline = Pipeline.from_aws(structure, catalog=args.catalog)
    except InvalidPipeline:
        return check.run(args)
    if args.output != "-":
        check_writable_file(output)
    try:
        if output.suffix == ".dot":
            picture = dot(pipeline, theme=args.theme)
        else:
            picture = svg(pipeline, theme=args.theme, engine=args.engine)
    except (FileNotFoundError, RuntimeError) as error:
        raise Mistake(f"{error}.") from None
    if args.output == "-":
        sys.stdout.write(picture + "\n")
        return 0
    with writing(output):
        output.write_text(picture, encoding="utf-8")
    print(f"Drawn: {output}")
    return 0
