"""`cp-teach slides`, `page` and `book`: notebooks as files that need no network and no kernel, widgets and all."""

import argparse
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach.cli.export_jobs import Job, allowed, make, workplace
from cp_teach.cli.user_error import Mistake, check_writable_folder, existing_file, writing

if TYPE_CHECKING:
    from cp_teach.show.export.slides import Form


def add(commands: Any) -> None:
    """Tell the command line of `slides`, `page` and `book`."""
    for name, what, run in (
        ("slides", "turn notebooks into slides that work offline, widgets and all", slides),
        ("page", "turn notebooks into readable pages that work offline, widgets and all", pages),
    ):
        sub = commands.add_parser(name, help=what)
        sub.add_argument(
            "notebooks", metavar="NOTEBOOK", nargs="+", help="a notebook, such as 00_welcome.ipynb"
        )
        _where(sub, "slides" if name == "slides" else "pages")
        sub.set_defaults(run=run)
    sub = commands.add_parser("book", help="turn the whole course into one folder of linked pages and slides")
    sub.add_argument(
        "notebooks", metavar="NOTEBOOK", nargs="*", help="these notebooks, instead of the course's own"
    )
    sub.add_argument("--no-slides", action="store_true", help="pages only")
    _where(sub, "book")
    sub.set_defaults(run=book)


def _where(sub: argparse.ArgumentParser, folder: str) -> None:
    sub.add_argument(
        "--yes",
        action="store_true",
        help="also run notebooks that are not lessons of this kit. Their code runs as you, and nothing confines it",
    )
    sub.add_argument(
        "-o", "--output", metavar="DIR", default=folder, help=f"the folder to write (default: ./{folder})"
    )
    sub.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=int,
        default=min(4, os.cpu_count() or 1),
        help="so many at the same time",
    )
    sub.add_argument(
        "--states",
        metavar="N",
        type=int,
        help="so many states of pipelines in a file at the most (12000): fewer make it smaller, and quicker to make",
    )


def slides(args: argparse.Namespace) -> int:
    """Run the notebooks, write their slides and say where they are."""
    from cp_teach.show.export.slides import page

    return _each(args, page, "Slides")


def pages(args: argparse.Namespace) -> int:
    """The same as pages to read."""
    from cp_teach.show.export.book import page

    return _each(args, page, "Page")


def course(output: Path, at_once: int) -> int:
    """The slides of the whole course; what its notebooks write stays out of it."""
    from cp_teach import resources
    from cp_teach.show.export.slides import page

    with workplace(resources.notebooks()) as folder:
        chosen = sorted(folder.glob("*.ipynb"))
        form = partial(page, known=_names(chosen))
        made = make([Job(path, output, form) for path in chosen], at_once, "Slides")
    return 0 if all(made) else 1


def book(args: argparse.Namespace) -> int:
    """All notebooks of the course as pages that link to each other, with an index; and their slides."""
    from cp_teach import resources
    from cp_teach.show.export.book import heading, index
    from cp_teach.show.export.slides import BadNotebook

    output = _folder(args)
    own = [existing_file(name) for name in args.notebooks]
    if len({path.resolve().parent for path in own}) > 1:
        raise Mistake("The notebooks of a book stand in one folder; these are from several.")
    allowed(own, args.yes)
    if not args.no_slides:
        check_writable_folder(output / "slides")
    with workplace(own[0].resolve().parent if own else resources.notebooks()) as folder:
        chosen = [folder / path.name for path in own] or sorted(folder.glob("*.ipynb"))
        try:
            told = [heading(path) for path in chosen]
        except BadNotebook as bad:
            raise Mistake(str(bad)) from None
        decks = None if args.no_slides else output
        jobs = [Job(path, output, _chapter(chosen, told, at, decks)) for at, path in enumerate(chosen)]
        # Both forms of a notebook are made of one and the same run of it.
        made = make(jobs, args.jobs, "Page", args.states)
    if not all(made):
        return 1
    link = "" if args.no_slides else "slides/{}"
    with writing(output):
        first = index(
            [(m, t, link.format(m.path.name)) for m, (_, t) in zip(made, told, strict=True) if m], output
        )
    print(f"Book: {first} ({len(made)} chapters)")
    return 0


def _each(args: argparse.Namespace, page: Any, what: str) -> int:
    output = _folder(args)
    chosen = [existing_file(name) for name in args.notebooks]
    allowed(chosen, args.yes)
    form = partial(page, known=_names(chosen))
    made = make([Job(path, output, form) for path in chosen], args.jobs, what, args.states)
    return 0 if all(made) else 1


def _chapter(chosen: Sequence[Path], told: Sequence[tuple[str, str]], at: int, decks: Path | None) -> "Form":
    from cp_teach.show.export import slides as deck
    from cp_teach.show.export.book import Chapter, page

    def neighbour(there: int) -> tuple[str, str] | None:
        return (f"{chosen[there].stem}.html", told[there][0]) if 0 <= there < len(chosen) else None

    def form(ran: Any, notebook: Path) -> str:
        known = _names(chosen)
        where = f"slides/{notebook.stem}.html" if decks else ""
        if decks:
            deck.write(decks / where, deck.page(ran, notebook, known=known))
        return page(ran, notebook, known=known, chapter=Chapter(neighbour(at - 1), neighbour(at + 1), where))

    return form


def _names(notebooks: Sequence[Path]) -> frozenset[str]:
    return frozenset(path.stem for path in notebooks)


def _folder(args: argparse.Namespace) -> Path:
    output = Path(args.output)
    if output.exists() and not output.is_dir():  # asked first, because running a notebook takes a while
        raise Mistake(f"{output} is a file; give the folder with -o.")
    if args.jobs < 1:
        raise Mistake(f"-j {args.jobs} will not do: at least one has to be made at a time.")
    if args.states is not None and args.states < 1:
        raise Mistake(f"--states {args.states} will not do: give a number from 1 on.")
    return output
