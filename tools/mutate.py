"""Mutation testing: plant small faults in cp_teach and check whether its tests detect them.

    tools/mutate.py                          # the standard mutants, over all rooms
    tools/mutate.py --room engine --count 50 --seed another
    tools/mutate.py --sample 40 --sample-seed $(git rev-parse HEAD) --seconds 60

A run needs to know which tests call which function. It records that the first time, and again when the source or a
test has changed; --reuse-recording uses the last recording. The exit status is 1 if a mutant survives that is not
listed in tools/mutation/known_survivors.toml, and 2 if the run is not possible.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutation.campaign import Campaign, CannotRun
from mutation.running.confinement import NoConfinement
from mutation.survivors import BadList

COUNT, SEED = 330, "cp_teach"
"""The population for which known_survivors.toml is kept."""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--room", action="append", help="only this folder of cp_teach; can be given again")
    parser.add_argument(
        "--count", type=int, default=COUNT, help="how many mutants over all rooms (%(default)s)"
    )
    parser.add_argument("--seed", default=SEED, help="another seed chooses other mutants (%(default)s)")
    parser.add_argument("--sample", type=int, help="plant only this many of them")
    parser.add_argument(
        "--sample-seed", default="", help="the seed that chooses them, for example the commit"
    )
    parser.add_argument(
        "--seconds", type=float, default=7200, help="start no mutant after this many seconds (%(default)s)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (%(default)s)")
    parser.add_argument("--budget", type=float, default=30, help="seconds of tests for each (%(default)s)")
    parser.add_argument("--forks-only", action="store_true", help="do not retry survivors from scratch")
    parser.add_argument(
        "--write-plan", type=Path, help="only choose the mutants, and write them to this file"
    )
    parser.add_argument("--plan", type=Path, help="plant the mutants of this file")
    parser.add_argument("--recording", type=Path, help="the folder of a recording made by `make test`")
    parser.add_argument("--reuse-recording", action="store_true", help="use the last recording, however old")
    parser.add_argument("--package", default="cp_teach", help=argparse.SUPPRESS)
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[1], help=argparse.SUPPRESS
    )
    parser.add_argument("--survivors", type=Path, help=argparse.SUPPRESS)
    return parser


def main(arguments: list[str]) -> int:
    """Perform a run with these command-line arguments; returns the exit code."""
    options = parser().parse_args(arguments)
    try:
        return Campaign(options).run()
    except (CannotRun, NoConfinement, BadList) as error:
        print(f"mutate.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
