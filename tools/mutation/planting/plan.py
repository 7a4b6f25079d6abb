"""The plan of a run: its mutants, in a JSON file for other processes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mutation.planting.operators import Change
from mutation.planting.population import Mutant, Place


def write_plan(file: Path, chosen: Sequence[Mutant]) -> None:
    """Write the mutants to a file, in this order."""
    file.write_text(json.dumps(chosen), encoding="utf-8")


def read_plan(file: Path) -> list[Mutant]:
    """The mutants in a file."""
    return [
        Mutant(Place(*place), Change(*change), *rest)
        for place, change, *rest in json.loads(file.read_text(encoding="utf-8"))
    ]
