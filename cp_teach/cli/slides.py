"""`cp-teach slides NOTEBOOK -o DIR`: a notebook as slides that need no network and no kernel."""

import argparse
from pathlib import Path
from typing import Any

from cp_teach.cli.mistake import Mistake, existing_file, writing


def add(commands: Any) -> None:
    """Tell the command line of `slides`."""
    sub = commands.add_parser("slides", help="turn a notebook into slides that work offline, widgets and all")
    sub.add_argument("notebook", metavar="NOTEBOOK", help="a notebook, such as 00_welcome.ipynb")
    sub.add_argument(
        "-o", "--output", metavar="DIR", default="slides", help="the folder to write (default: ./slides)"
    )
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the notebook, write the slides and say where they are."""
    notebook, output = existing_file(args.notebook), Path(args.output)
    if output.exists() and not output.is_dir():  # asked first, because running the notebook takes a while
        raise Mistake(f"{output} is a file; give the folder for the slides with -o.")
    from cp_teach.show.slides import BadNotebook, export

    try:
        with writing(output):
            page = export(notebook, output)
    except BadNotebook as bad:
        raise Mistake(str(bad)) from None
    print(f"Slides: {page} ({page.stat().st_size / 1000:.0f} kB, one file)")
    return 0
