"""DORA's public benchmarks by industry. Source and license: data/dora/README.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cp_teach import resources
from cp_teach.flow.inputs.calibration import calibration

if TYPE_CHECKING:
    import pandas as pd

METRICS = ("leadtime", "deployfreq", "failurerecovery", "changefailure", "rework")
RATES = ("changefailure", "rework")
"""These are in tenths; the others are scores from 0 to 10."""
YEARS = (2024, 2025)


def dora(year: int = 2024) -> pd.DataFrame:
    """Return the answers to DORA's survey of that year: one row for each industry, and the row "all".

    Columns: ``name``, and mean and standard deviation of each metric: ``leadtime``, ``leadtime_sd``, and so on. Lead
    time, deployment frequency, and recovery are scores from 0 (worst) to 10 (best); ``changefailure`` and ``rework``
    are rates from 0 to 1. 2025 has only the row "all". Raises ``ValueError`` for another year.
    """
    import pandas as pd

    if year not in YEARS:
        raise ValueError(f"there are benchmarks of {' and '.join(map(str, YEARS))}, not of {year!r}")
    if year == 2025:
        figures = {metric: calibration()[f"dora_2025.{metric}"].values for metric in METRICS}
        answers = {metric: {"mean": mean, "std": deviation} for metric, (mean, deviation) in figures.items()}
        industries: dict[str, dict[str, Any]] = {"all": {"name": "All industries", **answers}}
    else:
        path = resources.data() / "dora" / f"industry_metrics_{year}.json"
        industries = json.loads(path.read_text(encoding="utf-8"))
    flat = pd.json_normalize(list(industries.values()))
    columns = [f"{metric}.{part}" for metric in METRICS for part in ("mean", "std")]
    frame = flat.filter(["name", *columns]).set_index(pd.Index(list(industries), name="industry"))
    rates = [column for column in frame.columns if column.startswith(RATES)]
    frame[rates] /= 10
    frame = frame.rename(columns=lambda column: column.replace(".mean", "").replace(".std", "_sd"))
    frame.attrs["source"] = f"DORA Quick Check {year}, Google LLC, Apache-2.0 (data/dora/README.md)"
    return frame
