"""The quickest way in: the demo pipeline in a console."""

from __future__ import annotations

from pathlib import Path

from cp_teach.engine import Run
from cp_teach.pipeline import load_pipeline
from cp_teach.show import Console
from cp_teach.work import Simulated

DEMO = "demo"


def demo(name: str | Path = DEMO, *, seed: int = 0) -> Console:
    """A console on a fresh run of the demo pipeline (or of another one, by name or path): enough to play.

    Each call begins anew, so a cell that is run twice is not surprised.
    """
    return Console(Run(load_pipeline(name), Simulated(seed=seed), seed=seed))
