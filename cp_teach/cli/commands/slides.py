"""`cp-teach slides`, `page`, and `book`: convert notebooks to HTML files that work offline, with their widgets."""

import argparse
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cp_teach.cli import number_arguments
from cp_teach.cli.common_options import Commands, add_jobs, add_output_folder
from cp_teach.cli.export_jobs import Job, check_consent, export_all, temporary_copy
from cp_teach.cli.user_error import UserError, check_writable_folder, existing_file, output_folder, writing

if TYPE_CHECKING:
    from cp_teach.show.export.notebook_runner import ExecutedNotebook
    from cp_teach.show.export.slides import Form


def add(commands: Commands) -> None:
    """Add the commands `slides`, `page`, and `book`."""
    for name, description, run in (
        ("slides", "convert notebooks to slides that work offline, with their widgets", slides),
        ("page", "convert notebooks to pages that work offline, with their widgets", pages),
    ):
        command = commands.add_parser(name, help=description)
        command.add_argument(
            "notebooks", metavar="NOTEBOOK", nargs="+", help="a notebook, such as 00_welcome.ipynb"
        )
        _add_export_options(command, "slides" if name == "slides" else "pages")
        command.set_defaults(run=run)
    command = commands.add_parser(
        "book", help="convert the whole course to one folder of linked pages and slides"
    )
    command.add_argument(
        "notebooks", metavar="NOTEBOOK", nargs="*", help="convert these notebooks instead of the course"
    )
    command.add_argument("--no-slides", action="store_true", help="write only pages")
    _add_export_options(command, "book")
    command.set_defaults(run=book)


def _add_export_options(command: argparse.ArgumentParser, folder: str) -> None:
    command.add_argument(
        "--yes",
        action="store_true",
        help="also run notebooks that are not lessons of this kit; nothing confines their code",
    )
    add_output_folder(command, folder)
    add_jobs(command, min(4, os.cpu_count() or 1))
    command.add_argument(
        "--states",
        metavar="N",
        type=number_arguments.count,
        help="maximum pipeline states in a file (default: 12000); fewer states make it smaller",
    )


def slides(args: argparse.Namespace) -> int:
    """Run the notebooks, and write their slides."""
    from cp_teach.show.export.slides import page

    return _export_each(args, page, "Slides")


def pages(args: argparse.Namespace) -> int:
    """Run the notebooks, and write their pages."""
    from cp_teach.show.export.book import page

    return _export_each(args, page, "Page")


def export_course(output: Path, at_once: int) -> int:
    """Write the slides of the whole course; its notebooks run in a temporary copy."""
    from cp_teach import resources
    from cp_teach.show.export.slides import page

    with temporary_copy(resources.notebooks()) as folder:
        chosen = sorted(folder.glob("*.ipynb"))
        form = partial(page, exported=_notebook_names(chosen))
        results = export_all([Job(path, output, form) for path in chosen], at_once, "Slides")
    return 0 if all(results) else 1


def book(args: argparse.Namespace) -> int:
    """Write linked pages of all notebooks, with an index, and their slides."""
    from cp_teach import resources
    from cp_teach.show.export.book import chapter_number, heading, index, search_index
    from cp_teach.show.export.notebook_reader import BadNotebook

    output = output_folder(args.output)
    own = [existing_file(name) for name in args.notebooks]
    if len({path.resolve().parent for path in own}) > 1:
        raise UserError("The notebooks of a book must be in one folder; these are in several.")
    check_consent(own, args.yes)
    if not args.no_slides:
        check_writable_folder(output / "slides")
    with temporary_copy(own[0].resolve().parent if own else resources.notebooks()) as folder:
        chosen = [folder / path.name for path in own] or sorted(folder.glob("*.ipynb"))
        try:
            headings = [heading(path) for path in chosen]
            words = search_index(chosen)
        except BadNotebook as error:
            raise UserError(str(error)) from None
        decks = None if args.no_slides else output
        jobs = [
            Job(path, output, _chapter_form(chosen, headings, number, decks, words))
            for number, path in enumerate(chosen)
        ]
        # One run of a notebook gives both its page and its slides.
        results = export_all(jobs, args.jobs, "Page", args.states)
    if not all(results):
        return 1
    link = "" if args.no_slides else "slides/{}"
    with writing(output):
        chapters = [
            (result, chapter_number(result.path), summary, link.format(result.path.name))
            for result, (_, summary) in zip(results, headings, strict=True)
            if result
        ]
        first = index(chapters, output, words)
    print(f"Book: {first} ({len(results)} chapters)")
    return 0


def _export_each(args: argparse.Namespace, page: Callable[..., str], description: str) -> int:
    output = output_folder(args.output)
    chosen = [existing_file(name) for name in args.notebooks]
    check_consent(chosen, args.yes)
    form = partial(page, exported=_notebook_names(chosen))
    results = export_all([Job(path, output, form) for path in chosen], args.jobs, description, args.states)
    return 0 if all(results) else 1


def _chapter_form(
    chosen: Sequence[Path],
    headings: Sequence[tuple[str, str]],
    number: int,
    decks: Path | None,
    words: str,
) -> "Form":
    from cp_teach.show.export import slides as deck
    from cp_teach.show.export.book import Chapter, chapter_number, page

    def neighbor(at: int) -> tuple[str, str] | None:
        return (f"{chosen[at].stem}.html", headings[at][0]) if 0 <= at < len(chosen) else None

    def form(ran: "ExecutedNotebook", notebook: Path) -> str:
        names = _notebook_names(chosen)
        deck_path = f"slides/{notebook.stem}.html" if decks else ""
        if decks:
            deck.write(decks / deck_path, deck.page(ran, notebook, exported=names))
        return page(
            ran,
            notebook,
            exported=names,
            chapter=Chapter(
                neighbor(number - 1), neighbor(number + 1), deck_path, chapter_number(notebook), words
            ),
        )

    return form


def _notebook_names(notebooks: Sequence[Path]) -> frozenset[str]:
    return frozenset(path.stem for path in notebooks)
