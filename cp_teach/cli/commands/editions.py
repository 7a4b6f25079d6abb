"""`cp-teach editions`: write the course for the instructor, for students, and as slides."""

import argparse

from cp_teach.cli.common_options import Commands, add_jobs, add_output_folder
from cp_teach.cli.user_error import check_writable_folder, output_folder, writing


def add(commands: Commands) -> None:
    """Add the command `editions`."""
    command = commands.add_parser(
        "editions", help="write the course for the instructor, for students, and as slides"
    )
    add_output_folder(command, "editions")
    command.add_argument(
        "--no-slides", action="store_true", help="write only the notebooks, which takes a second"
    )
    add_jobs(command, 2)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write all editions and print their folders."""
    from cp_teach import resources
    from cp_teach.cli.commands import slides
    from cp_teach.course.notebook_editions import EDITIONS, write_editions

    output = output_folder(args.output)
    check_writable_folder(output)
    with writing(output):
        written = list(write_editions(resources.notebooks(), output))
    for name in EDITIONS:
        count = sum(path.parent.name == name for path in written)
        print(f"{name.capitalize()}: {output / name} ({count} notebooks)")
    if args.no_slides:
        return 0
    return slides.export_course(output / "slides", args.jobs)
