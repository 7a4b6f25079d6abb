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
    rows = {}
    for industry, answers in (_load_2025() if year == 2025 else _load(year)).items():
        row: dict[str, object] = {"name": answers["name"]}
        for metric in METRICS:
            if metric in answers:
                scale = 10 if metric in RATES else 1
                row[metric] = answers[metric]["mean"] / scale
                row[f"{metric}_sd"] = answers[metric]["std"] / scale
        rows[industry] = row
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("industry")
    frame.attrs["source"] = f"DORA Quick Check {year}, Google LLC, Apache-2.0 (data/dora/README.md)"
    return frame


def _load(year: int) -> dict[str, dict[str, Any]]:
    text = (resources.data() / "dora" / f"industry_metrics_{year}.json").read_text(encoding="utf-8")
    answers: dict[str, dict[str, Any]] = json.loads(text)
    return answers


def _load_2025() -> dict[str, dict[str, Any]]:
    answers: dict[str, Any] = {"name": "All industries"}
    for metric in METRICS:
        mean, deviation = calibration()[f"dora_2025.{metric}"].values
        answers[metric] = {"mean": mean, "std": deviation}
    return {"all": answers}
