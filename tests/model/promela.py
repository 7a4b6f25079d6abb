"""Writes the model of one pipeline around ``rules.pml``, and lets SPIN count its states.

Only the shape of the pipeline and the commands that are possible at all come from here; every rule is in
``rules.pml``.
"""

import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PLAIN = {
    "MAY_COME_IN(s)": "(!shut[s] && holder[s] == NOBODY)",
    "UNLOCK_EARLY(x)": "0",
    "SUPERSEDE_MORE(s)": "skip",
    "NEVER_THROUGH_A_CLOSED_DOOR(s)": "assert(!shut[s])",
    "NEVER_INTO_A_LOCKED_STAGE(s)": "assert(holder[s] == NOBODY)",
    "NEVER_SUPERSEDED_INSIDE(x)": "assert(!inside[x])",
    "NEVER_SUPERSEDED(x)": "skip",
}
"""The places at which a fault can be planted, or a claim made, and what stands there otherwise."""


class Shape(NamedTuple):
    """A pipeline: for each stage the run order of each of its actions."""

    stages: tuple[tuple[int, ...], ...]
    queued: bool = False
    revisions: int = 2
    stops: bool = False


class Counted(NamedTuple):
    """What SPIN found: states, the first assertion that failed ("" for none), seconds, bytes a state."""

    states: int
    failed: str
    seconds: float
    bytes: float


def compiler() -> str:
    """A C compiler, by whichever name it goes here."""
    found = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if found is None or shutil.which("spin") is None:
        raise RuntimeError("SPIN and a C compiler are needed: sudo apt-get install spin gcc")
    return found


def model(shape: Shape, **planted: str) -> str:
    """The text of the model. ``planted`` replaces entries of ``PLAIN``, by the name before the bracket."""
    size = max(map(len, shape.stages))
    order = "0"
    for s, stage in enumerate(shape.stages):
        for a, number in enumerate(stage):
            order = f"((s) == {s} && (a) == {a} -> {number} : {order})"
    lines = [
        f"#define S {len(shape.stages)}",
        f"#define R {shape.revisions}",
        f"#define A {size}",
        f"#define QUEUED {int(shape.queued)}",
        f"#define ORDER(s, a) {order}",
    ]
    for head, body in PLAIN.items():
        lines.append(f"#define {head} {planted.get(head.partition('(')[0], body)}")
    lines += [(HERE / "rules.pml").read_text(encoding="utf-8"), "active proctype pipeline() {", "  do"]
    lines += [":: d_step { last < R -> release(); skip }"]
    for s in range(len(shape.stages)):
        lines.append(f":: d_step {{ shut[{s}] == 0 -> shut[{s}] = 1; skip }}")
        lines.append(f":: d_step {{ shut[{s}] == 1 -> shut[{s}] = 0; admit({s}); tidy(); skip }}")
    for x in range(1, shape.revisions + 1):
        there = f"how[{x}] != GONE && inside[{x}]"
        for a in range(size):
            runs = f"{there} && ORDER(place[{x}], {a}) > 0 && act[{x} * A + {a}] == RUNS"
            for end in ("WELL", "BROKEN"):
                lines.append(
                    f":: d_step {{ {runs} -> act[{x} * A + {a}] = {end}; settle({x}); tidy(); skip }}"
                )
        some = " || ".join(f"act[{x} * A + {a}] == BROKEN" for a in range(size))
        left = " || ".join(f"act[{x} * A + {a}] == LEFT" for a in range(size))
        latest = f"{there} && entered[place[{x}]] == {x}"
        lain = f"(how[{x}] == FAILED || how[{x}] == STOPPED)"
        again = f"({some}) && (how[{x}] == GOING || {lain}) || ({left}) && {lain}"
        lines.append(f":: d_step {{ {latest} && ({again}) -> retry_failed({x}); skip }}")
        lines.append(f":: d_step {{ {latest} && {lain} -> retry_all({x}); skip }}")
        if shape.stops:
            lines.append(f":: d_step {{ {there} && how[{x}] == GOING -> how[{x}] = STOPPING; skip }}")
            going = f"(how[{x}] == GOING || how[{x}] == STOPPING)"
            lines.append(f":: d_step {{ {there} && {going} -> abandon({x}); skip }}")
            lines.append(f":: d_step {{ how[{x}] == GOING && !inside[{x}] -> stop_waiting({x}); skip }}")
    lines += ["  od", "}"]
    return "\n".join(lines) + "\n"


def count(shape: Shape, folder: Path, optimise: str = "-O0", **planted: str) -> Counted:
    """Let SPIN go through all states of this pipeline; ``folder`` is for its files.

    ``optimise`` is for the compiler: a small model is counted sooner than it is optimised. Raises ``RuntimeError``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline.pml").write_text(model(shape, **planted), encoding="utf-8")
    _run(["spin", "-a", "pipeline.pml"], folder)
    _run(
        [compiler(), optimise, "-w", "-DSAFETY", "-DNOREDUCE", "-DVECTORSZ=4096", "-o", "pan", "pan.c"],
        folder,
    )
    began = time.perf_counter()
    told = _run(["./pan", "-E", "-n", "-m1000000", "-w20"], folder)
    seconds = time.perf_counter() - began
    states = re.search(r"(\d+) states, stored", told)
    vector = re.search(r"State-vector (\d+) byte", told)
    if states is None or vector is None:
        raise RuntimeError(f"SPIN did not count:\n{told}")
    failed = re.search(r"assertion violated (.*?)\(?at depth", told)
    return Counted(int(states[1]), failed[1].strip() if failed else "", seconds, float(vector[1]))


def _run(line: list[str], folder: Path) -> str:
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode and line[0] != "./pan":
        raise RuntimeError(f"{' '.join(line)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout
