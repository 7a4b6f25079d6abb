"""DORA's public benchmarks, to hold one's own figures against. Source and licence: data/dora/README.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cp_teach import resources
from cp_teach.flow.inputs.calibration import calibration

if TYPE_CHECKING:
    import pandas as pd

METRICS = ("leadtime", "deployfreq", "failurerecovery", "changefailure", "rework")
RATES = ("changefailure", "rework")
"""The two that are tenths of a rate; the others are scores from 0 to 10."""
YEARS = (2024, 2025)


def dora(year: int = 2024) -> pd.DataFrame:
    """What the people whom DORA asked in that year answered: one row for each industry, "all" among them.

    Columns: ``name``, and mean and standard deviation of each metric: ``leadtime``, ``leadtime_sd`` and so on. Lead
    time, deployment frequency and recovery are scores, 0 (worst) to 10 (best); ``changefailure`` and ``rework`` are
    rates, 0 to 1. Of 2025 there is the row "all" alone. Raises ``ValueError`` for another year.
    """
    import pandas as pd

    if year not in YEARS:
        raise ValueError(f"there are benchmarks of {' and '.join(map(str, YEARS))}, not of {year!r}")
    rows = {}
    for industry, told in (_of_2025() if year == 2025 else _file(year)).items():
        row: dict[str, object] = {"name": told["name"]}
        for metric in METRICS:
            if metric in told:
                scale = 10 if metric in RATES else 1
                row[metric] = told[metric]["mean"] / scale
                row[f"{metric}_sd"] = told[metric]["std"] / scale
        rows[industry] = row
    found = pd.DataFrame.from_dict(rows, orient="index")
    found.index.name = "industry"
    found.attrs["source"] = f"DORA Quick Check {year}, Google LLC, Apache-2.0 (data/dora/README.md)"
    return found


def _file(year: int) -> dict[str, dict[str, Any]]:
    text = (resources.data() / "dora" / f"industry_metrics_{year}.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


def _of_2025() -> dict[str, dict[str, Any]]:
    figures = calibration()
    told: dict[str, Any] = {"name": "All industries"}
    for metric in METRICS:
        mean, spread = figures[f"dora_2025.{metric}"].values
        told[metric] = {"mean": mean, "std": spread}
    return {"all": told}
