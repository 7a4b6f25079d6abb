"""Options that `check` and `explore` share: the moves, the time limit, and a progress line on a terminal."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

from cp_teach.cli.terminal_output import erase_line
from cp_teach.cli.user_error import UserError

if TYPE_CHECKING:  # takes long to import
    from cp_teach.explore import StateGraph
    from cp_teach.pipeline import Pipeline

DEFAULT_SECONDS = 20.0
MAX_STATES = 5_000_000
"""Maximum states of `--full`: about 1.5 GB."""

MAX_STAGES_FOR_ALL_MOVES = 3
"""Maximum stages for which stops, overrides, and rollbacks are explored by default; each multiplies the graph."""


class Bounds(TypedDict):
    """The arguments for ``explore`` and ``check``."""

    revisions: int
    allow: tuple[str, ...]
    limit: int


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options to a command."""
    command.add_argument(
        "--revisions",
        type=int,
        default=2,
        metavar="N",
        help="how many changes are released (default: 2; PARALLEL: 1)",
    )
    command.add_argument(
        "--allow",
        metavar="MOVES",
        help="the kinds of moves, separated by commas: release,finish,fail,time out,approve,toggle,retry,stop,judge,"
        "override,roll back,expire,edit,delete",
    )
    command.add_argument(
        "--seconds",
        type=float,
        default=DEFAULT_SECONDS,
        metavar="S",
        help=f"time limit (default: {DEFAULT_SECONDS:g})",
    )
    command.add_argument("--full", action="store_true", help="explore to the end, without a time limit")


def bounds(args: argparse.Namespace, pipeline: "Pipeline") -> Bounds:
    """Return the arguments for ``explore``. Raises ``UserError`` for an invalid option."""
    from cp_teach.explore import DEFAULT_KINDS, KINDS

    allow: tuple[str, ...] = DEFAULT_KINDS
    if args.allow is not None:
        allow = tuple(kind.strip() for kind in args.allow.split(",") if kind.strip())
        for kind in allow:
            if kind not in KINDS:
                raise UserError(
                    f"--allow: {kind!r} is not a kind of move. The kinds are: {', '.join(KINDS)}."
                )
    elif len(pipeline.stages) <= MAX_STAGES_FOR_ALL_MOVES:
        allow = (*DEFAULT_KINDS, "stop", "override", "roll back")
    revisions = 1 if pipeline.mode == "PARALLEL" else args.revisions
    if not 1 <= revisions <= 200:
        raise UserError(f"--revisions must be from 1 to 200, not {args.revisions}.")
    if not args.seconds >= 0:
        raise UserError(f"--seconds must be 0 or more, not {args.seconds}.")
    return {"revisions": revisions, "allow": allow, "limit": MAX_STATES}


def time_limit(args: argparse.Namespace) -> Callable[["StateGraph"], bool]:
    """Return a function that is True when the time is over; it also reports progress on a terminal."""
    start = time.monotonic()
    deadline = float("inf") if args.full else start + args.seconds
    last_report = [start]
    terminal = sys.stderr is not None and sys.stderr.isatty()

    def is_over(space: "StateGraph") -> bool:
        now = time.monotonic()
        if terminal and now > last_report[0] + 0.5:
            last_report[0] = now
            rate = space.expanding / (now - start)
            erase_line(sys.stderr)
            print(f"{space.explored:,} states, {rate:,.0f} a second …  ", end="", file=sys.stderr, flush=True)
        if now < deadline and not space.done:
            return False
        if terminal and last_report[0] > start:
            erase_line(sys.stderr, 60)
            sys.stderr.flush()
        return now >= deadline

    return is_over
