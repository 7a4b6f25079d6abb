"""`cp-teach draw FILE -o FILE.svg`: draw the pipeline of a file."""

import argparse
import sys
from pathlib import Path

from cp_teach.cli.commands import check
from cp_teach.cli.common_options import Commands, add_catalog
from cp_teach.cli.pipeline_argument import add_pipeline_file, read_pipeline
from cp_teach.cli.user_error import UserError, check_writable_file, writing


def add(commands: Commands) -> None:
    """Add the command `draw`."""
    command = commands.add_parser("draw", help="draw the pipeline of a file as an SVG or DOT file")
    add_pipeline_file(command)
    command.add_argument(
        "-o",
        "--output",
        metavar="FILE.svg",
        required=True,
        help="the picture: FILE.svg or FILE.dot; - prints the SVG",
    )
    command.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="the page color (default: light)"
    )
    command.add_argument(
        "--engine",
        choices=("graphviz-pure", "dot"),
        default="",
        help="the layout program (default: the first installed)",
    )
    add_catalog(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the picture and print its path; report an invalid pipeline as `check` does."""
    output = Path(args.output)
    if args.output != "-" and output.suffix not in (".svg", ".dot"):
        raise UserError(f"{output} must end in .svg or .dot, which selects the format.")
    from cp_teach.pipeline import InvalidPipeline
    from cp_teach.show.diagrams.svg import dot, svg

    try:
        pipeline = read_pipeline(args, args.file, args.catalog).pipeline
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
        raise UserError(f"{error}.") from None
    if args.output == "-":
        sys.stdout.write(picture + "\n")
        return 0
    with writing(output):
        output.write_text(picture, encoding="utf-8")
    print(f"Drawn: {output}")
    return 0
