"""`cp-teach editions`: the course for the instructor, for students, and as slides."""

import argparse
from pathlib import Path
from typing import Any

from cp_teach.cli import number_arguments
from cp_teach.cli.user_error import Mistake, check_writable_folder, writing


def add(commands: Any) -> None:
    """Tell the command line of `editions`."""
    sub = commands.add_parser(
        "editions", help="write the course for the instructor, for students, and as slides"
    )
    sub.add_argument(
        "-o", "--output", metavar="DIR", default="editions", help="the folder to write (default: ./editions)"
    )
    sub.add_argument("--no-slides", action="store_true", help="the notebooks only, which takes a second")
    sub.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=number_arguments.count,
        default=2,
        help="how many decks to make at the same time (2)",
    )
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write all of them and say where they are."""
    from cp_teach import resources
    from cp_teach.cli.commands import slides
    from cp_teach.course.notebook_editions import EDITIONS, write

    output = Path(args.output)
    if output.exists() and not output.is_dir():
        raise Mistake(f"{output} is a file; give the folder with -o.")
    check_writable_folder(output)
    with writing(output):
        written = list(write(resources.notebooks(), output))
    for name in EDITIONS:
        count = sum(path.parent.name == name for path in written)
        print(f"{name.capitalize()}: {output / name} ({count} notebooks)")
    if args.no_slides:
        return 0
    return slides.course(output / "slides", args.jobs)
