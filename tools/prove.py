"""Run the long proofs of ``tools/proofs.toml``: all of them, or as many as fit into a number of seconds.

python tools/prove.py                           # all (make prove)
python tools/prove.py --seconds 300 --seed abc  # those that fit, beginning at one that the seed chooses (CI)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import tomllib
import zlib
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("proofs.toml")


class Proof(NamedTuple):
    """A command with its name, and how many seconds it takes on two cores."""

    name: str
    seconds: float
    command: list[str]


def proofs() -> list[Proof]:
    """Return the proofs of the table, in its order."""
    return [Proof(**row) for row in tomllib.loads(TABLE.read_text(encoding="utf-8"))["proofs"]]


def rotate(all_proofs: list[Proof], seed: str) -> list[Proof]:
    """Return the proofs in their order, beginning at the one that the seed chooses; without a seed at the first."""
    start = zlib.crc32(seed.encode()) % len(all_proofs) if seed else 0
    return all_proofs[start:] + all_proofs[:start]


def fitting(all_proofs: list[Proof], seconds: float) -> list[Proof]:
    """Return the proofs that fit into the time, one after the other, in their order."""
    chosen = []
    for proof in all_proofs:
        if proof.seconds <= seconds:
            chosen.append(proof)
            seconds -= proof.seconds
    return chosen


def run(proof: Proof) -> int:
    """Run one proof and return its exit status."""
    program, *rest = proof.command
    line = [sys.executable, *(["-m", "pytest"] if program == "pytest" else []), *rest]
    return subprocess.run(line, env={**os.environ, "CP_TEACH_PROVE": "1"}, check=False).returncode


def main() -> int:
    """Run the proofs and return 1 if one fails; the others still run."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=float("inf"), help="the time that they may take")
    options.add_argument("--seed", default="", help="a text that chooses the first proof")
    args = options.parse_args()
    chosen = fitting(rotate(proofs(), args.seed), args.seconds)
    failed = []
    for proof in chosen:
        print(f"== {proof.name}", flush=True)
        begun = time.monotonic()
        if run(proof):
            failed.append(proof.name)
        print(f"   {time.monotonic() - begun:.0f} s", flush=True)
    print(
        f"{len(chosen) - len(failed)} of {len(chosen)} proofs passed; {len(proofs()) - len(chosen)} did not fit."
    )
    if failed:
        print("failed:", *failed, sep="\n  ", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
