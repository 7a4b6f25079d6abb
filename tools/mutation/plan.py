"""The plan: which mutants a run plants, in a file that other processes read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mutation.operators import Change
from mutation.population import Mutant, Place


def write_plan(file: Path, chosen: Sequence[Mutant]) -> None:
    """Write the mutants in their order."""
    file.write_text(json.dumps(chosen), encoding="utf-8")


def read_plan(file: Path) -> list[Mutant]:
    """The mutants of that file."""
    return [
        Mutant(Place(*place), Change(*change), *rest)
        for place, change, *rest in json.loads(file.read_text(encoding="utf-8"))
    ]
