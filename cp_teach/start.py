"""The quick ways in: AWS's demo pipeline in a console, and pipelines by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cp_teach import places
from cp_teach.pipeline import Pipeline

if TYPE_CHECKING:
    from cp_teach.show import Console

DEMO = "demo"


def load_pipeline(name: str | Path) -> Pipeline:
    """A pipeline that comes with the kit, by name ("demo-s3-codedeploy"), or any JSON file, by path.

    Raises ``FileNotFoundError``, which lists the names there are, or ``InvalidPipeline`` for a file AWS would refuse.
    """
    path = Path(name)
    if not path.suffix:
        path = places.pipelines() / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in places.pipelines().glob("*.json")))
        raise FileNotFoundError(f"there is no pipeline {str(name)!r}; the kit has: {known}")
    return Pipeline.from_aws(json.loads(path.read_text(encoding="utf-8")))


def demo(name: str | Path = DEMO, *, seed: int = 0) -> Console:
    """A console on a fresh run of the demo pipeline (or of another one, by name or path): enough to play.

    Each call begins anew, so a cell that is run twice is not surprised.
    """
    from cp_teach.engine import Run
    from cp_teach.show import Console
    from cp_teach.work import Simulated

    return Console(Run(load_pipeline(name), Simulated(seed=seed), seed=seed))
