"""What `check` and `explore` share: which moves, how long, and a line of progress on a terminal."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cp_teach.cli.terminal_output import erase_line
from cp_teach.cli.user_error import Mistake

if TYPE_CHECKING:  # imported where it is used: `cp-teach --help` answers at once
    from cp_teach.explore import Space
    from cp_teach.pipeline import Pipeline

SECONDS = 20.0
MOST = 5_000_000
"""States that `--full` keeps at the most: about 1.5 GB."""

SMALL = 3
"""Up to so many stages, stops and rollbacks are explored as well: each multiplies the graph."""


def options(sub: Any) -> None:
    """Tell the command line of the options that both have."""
    sub.add_argument(
        "--revisions", type=int, default=2, metavar="N", help="how many changes are released (2; PARALLEL: 1)"
    )
    sub.add_argument(
        "--allow",
        metavar="MOVES",
        help="the kinds of moves, with commas between: release,finish,fail,time out,approve,toggle,retry,stop,judge,"
        "override,roll back,expire,edit,delete",
    )
    sub.add_argument(
        "--seconds", type=float, default=SECONDS, metavar="S", help=f"how long to explore ({SECONDS:g})"
    )
    sub.add_argument("--full", action="store_true", help="explore to the end, however long it takes")


def bounds(args: argparse.Namespace, pipeline: "Pipeline") -> dict[str, Any]:
    """What is to be explored: the arguments of ``explore``. Raises ``Mistake`` for what makes no sense."""
    from cp_teach.explore import DEFAULT, KINDS

    allow: tuple[str, ...] = DEFAULT
    if args.allow is not None:
        allow = tuple(word.strip() for word in args.allow.split(",") if word.strip())
        for word in allow:
            if word not in KINDS:
                raise Mistake(f"--allow {word!r} is no kind of move. The kinds are: {', '.join(KINDS)}.")
    elif len(pipeline.stages) <= SMALL:
        allow = (*DEFAULT, "stop", "override", "roll back")
    revisions = 1 if pipeline.mode == "PARALLEL" else args.revisions
    if not 1 <= revisions <= 200:
        raise Mistake(f"--revisions {args.revisions} will not do. Give 1 to 200.")
    if not args.seconds >= 0:
        raise Mistake(f"--seconds {args.seconds} will not do. Give 0 or more.")
    return {"revisions": revisions, "allow": allow, "limit": MOST}


def clock(args: argparse.Namespace) -> Callable[["Space"], bool]:
    """A function that says when it is enough, and tells a terminal how far it is."""
    began = time.monotonic()
    until = float("inf") if args.full else began + args.seconds
    told = [began]
    terminal = sys.stderr is not None and sys.stderr.isatty()

    def enough(space: "Space") -> bool:
        now = time.monotonic()
        if terminal and now > told[0] + 0.5:
            told[0] = now
            rate = space.expanding / (now - began)
            erase_line(sys.stderr)
            print(f"{space.found:,} states, {rate:,.0f} a second …  ", end="", file=sys.stderr, flush=True)
        if now < until and not space.done:
            return False
        if terminal and told[0] > began:
            erase_line(sys.stderr, 60)
            sys.stderr.flush()
        return now >= until

    return enough
