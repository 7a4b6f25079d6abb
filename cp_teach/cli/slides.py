"""`cp-teach slides`, `page` and `book`: notebooks as files that need no network and no kernel, widgets and all."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach.cli.mistake import Mistake, existing_file, writing

if TYPE_CHECKING:
    from cp_teach.show.slides import Form, Made

Job = tuple[Path, Path, "Form | None"]
"""A notebook, the folder to write to, and what to make of it (slides, if nothing is said)."""


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


def slides(args: argparse.Namespace) -> int:
    """Run the notebooks, write their slides and say where they are."""
    output = _folder(args)
    made = _make(
        [(existing_file(name), output, None) for name in args.notebooks], args.jobs, output, "Slides"
    )
    return 0 if all(made) else 1


def course(output: Path, at_once: int) -> int:
    """The slides of the whole course; what its notebooks write stays out of it."""
    from cp_teach import places

    with _workplace(places.notebooks()) as folder:
        made = _make(
            [(path, output, None) for path in sorted(folder.glob("*.ipynb"))], at_once, output, "Slides"
        )
    return 0 if all(made) else 1


def pages(args: argparse.Namespace) -> int:
    """The same as pages to read."""
    from cp_teach.show.book import page

    output = _folder(args)
    made = _make([(existing_file(name), output, page) for name in args.notebooks], args.jobs, output, "Page")
    return 0 if all(made) else 1


def book(args: argparse.Namespace) -> int:
    """All notebooks of the course as pages that link to each other, with an index; and their slides."""
    from cp_teach import places
    from cp_teach.show.book import heading, index
    from cp_teach.show.slides import BadNotebook

    output = _folder(args)
    own = [existing_file(name) for name in args.notebooks]
    with _workplace(own[0].parent if own else places.notebooks()) as folder:
        chosen = [folder / path.name for path in own] or sorted(folder.glob("*.ipynb"))
        try:
            told = [heading(path) for path in chosen]
        except BadNotebook as bad:
            raise Mistake(str(bad)) from None
        jobs: list[Job] = []
        for at, path in enumerate(chosen):
            jobs.append((path, output, _chapter(chosen, told, at, None if args.no_slides else output)))
        # Both forms of a notebook are made of one and the same run of it.
        made = _make(jobs, args.jobs, output, "Page")
    if not all(made):
        return 1
    link = "" if args.no_slides else "slides/{}"
    with writing(output):
        first = index(
            [(m, t, link.format(m.path.name)) for m, (_, t) in zip(made, told, strict=True) if m], output
        )
    print(f"Book: {first} ({len(made)} chapters)")
    return 0


def _chapter(chosen: Sequence[Path], told: Sequence[tuple[str, str]], at: int, decks: Path | None) -> "Form":
    from cp_teach.show import slides as deck
    from cp_teach.show.book import Chapter, page

    def neighbour(there: int) -> tuple[str, str] | None:
        return (f"{chosen[there].stem}.html", told[there][0]) if 0 <= there < len(chosen) else None

    def form(ran: Any, notebook: Path) -> str:
        known = frozenset(path.stem for path in chosen)
        where = f"slides/{notebook.stem}.html" if decks else ""
        if decks:
            deck.write(decks / where, deck.page(ran, notebook))
        return page(ran, notebook, Chapter(neighbour(at - 1), neighbour(at + 1), where, known))

    return form


@contextmanager
def _workplace(notebooks: Path) -> Iterator[Path]:
    """A copy of the folder to run in, so that what the notebooks write stays out of the course."""
    with tempfile.TemporaryDirectory(prefix="cp-teach-book-") as name:
        folder = Path(name) / "notebooks"
        shutil.copytree(
            notebooks, folder, ignore=shutil.ignore_patterns(".*", "__pycache__", "cp-teach-progress.json")
        )
        yield folder


def _folder(args: argparse.Namespace) -> Path:
    output = Path(args.output)
    if output.exists() and not output.is_dir():  # asked first, because running a notebook takes a while
        raise Mistake(f"{output} is a file; give the folder with -o.")
    if args.jobs < 1:
        raise Mistake(f"-j {args.jobs} will not do: at least one has to be made at a time.")
    return output


def _make(jobs: Sequence[Job], at_once: int, output: Path, what: str) -> "list[Made | None]":
    """Make all of them, and tell each as it is done. One that fails is told, and the others are made all the same."""
    from cp_teach.show.slides import BadNotebook, export

    done = 0

    def one(job: Job) -> "Made | None":
        nonlocal done
        notebook, folder, form = job
        began = time.monotonic()
        try:
            with writing(folder):
                made = export(notebook, folder, form)
        except (BadNotebook, Mistake) as bad:
            done += 1
            print(f"cp-teach: [{done}/{len(jobs)}] {bad}", file=sys.stderr, flush=True)
            return None
        done += 1
        states = f", {made.states:,} states" if made.states else ""
        size = made.path.stat().st_size / 1000
        took = time.monotonic() - began
        print(
            f"[{done}/{len(jobs)}] {what}: {made.path} ({size:.0f} kB, one file{states}, {took:.0f} s)",
            flush=True,
        )
        return made

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, jobs))
