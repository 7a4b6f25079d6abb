"""Plant small faults in cp_teach and see whether its tests notice: mutation testing.

    tools/mutate.py                          # the population of the list, over all rooms
    tools/mutate.py --room engine --count 50 --seed another
    tools/mutate.py --sample 40 --sample-seed $(git rev-parse HEAD) --seconds 60

A run needs to know which tests call which function. That is recorded the first time, and again when the source or a
test has changed; --reuse-recording takes the old one. Exits with 1 when a mutant survives that is not listed in
tools/mutation/known_survivors.toml, and with 2 when the run itself is not possible.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutation.campaign import Campaign, CannotRun
from mutation.confinement import NoConfinement
from mutation.survivors import BadList

COUNT, SEED = 330, "cp_teach"
"""The population for which known_survivors.toml is kept."""


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--room", action="append", help="only this folder of cp_teach; can be given again")
    parser.add_argument(
        "--count", type=int, default=COUNT, help="how many mutants over all rooms (%(default)s)"
    )
    parser.add_argument("--seed", default=SEED, help="another seed chooses other mutants (%(default)s)")
    parser.add_argument("--sample", type=int, help="only so many of them")
    parser.add_argument("--sample-seed", default="", help="chooses which, for example the commit")
    parser.add_argument("--seconds", type=float, default=7200, help="begin no mutant after so long")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (%(default)s)")
    parser.add_argument("--budget", type=float, default=30, help="seconds of tests for each (%(default)s)")
    parser.add_argument(
        "--forks-only", action="store_true", help="do not try what survives once more from scratch"
    )
    parser.add_argument(
        "--write-plan", type=Path, help="only choose the mutants, and write them to this file"
    )
    parser.add_argument("--plan", type=Path, help="plant the mutants of this file")
    parser.add_argument("--recording", type=Path, help="the folder of a recording made by `make test`")
    parser.add_argument("--reuse-recording", action="store_true", help="take the last one, however old")
    parser.add_argument("--package", default="cp_teach", help=argparse.SUPPRESS)
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[1], help=argparse.SUPPRESS
    )
    parser.add_argument("--survivors", type=Path, help=argparse.SUPPRESS)
    return parser


def main(words: list[str]) -> int:
    """Run it; the exit code."""
    asked = parser().parse_args(words)
    try:
        return Campaign(asked).run()
    except (CannotRun, NoConfinement, BadList) as error:
        print(f"mutate.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
