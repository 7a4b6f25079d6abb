"""Estimates from a history: durations, failure rates, and arrivals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import numpy as np

from cp_teach.flow.inputs.arrivals import Arrivals, poisson
from cp_teach.flow.inputs.commit_arrivals import commits
from cp_teach.flow.inputs.distribution import Distribution
from cp_teach.flow.inputs.weekly_hours import DAY, DAYS, WEEK, Hours, to_hours
from cp_teach.flow.recorded.export_entry import ENDED, ActionEntry, ExecutionEntry
from cp_teach.flow.recorded.fit_distribution import FEW, KINDS, Fit, fit, wilson
from cp_teach.pipeline.revision_summary import commit_message

if TYPE_CHECKING:
    import pandas as pd

APPROVAL = "Approval"


class Durations(dict[str, Distribution]):
    """Distributions in minutes by "Stage/Action", shown as a table; ``fits`` has the details of each fitted."""

    def __init__(self, fits: dict[str, Fit]) -> None:
        super().__init__({key: fitted.distribution for key, fitted in fits.items()})
        self.fits = fits

    def frame(self) -> pd.DataFrame:
        """Return a row for each: count, median and mean in minutes, the chosen fit, AIC of each candidate, a note."""
        import pandas as pd

        rows = {}
        for key, fitted in self.fits.items():
            note = f"fewer than {FEW} runs are unreliable" if fitted.count < FEW else ""
            aic = {f"aic_{kind}": fitted.aic.get(kind, np.nan) for kind in KINDS if kind != "empirical"}
            rows[key] = {
                "count": fitted.count, "median": fitted.median, "mean": fitted.mean, "fit": fitted.kind,
                **aic, "note": note,
            }  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index")

    def _repr_html_(self) -> str:
        html: str = self.frame().to_html(float_format="{:.2f}".format)
        return html


@dataclass(frozen=True)
class FailureCounts:
    """The failures of an action: ``failed`` of its ``changes`` at the first attempt, ``retried`` of those, and
    ``recovered`` by a retry without a change."""

    changes: int
    failed: int
    retried: int
    recovered: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share that fails at first (Wilson)."""
        return wilson(self.failed, self.changes)

    @property
    def flaky_share(self) -> float:
        """The share of retried failures that recovered; 0 without retries."""
        return self.recovered / self.retried if self.retried else 0.0

    @property
    def persistent(self) -> float:
        """The probability that a change fails at every attempt."""
        return self.failed / self.changes * (1 - self.flaky_share)

    @property
    def flaky(self) -> float:
        """The probability that an attempt fails by chance: 1 - P(first attempt succeeds) / (1 - persistent)."""
        if self.persistent == 1:
            return 0.0
        return 1 - (1 - self.failed / self.changes) / (1 - self.persistent)


class Failures(dict[str, float]):
    """The probability that a change fails at every attempt, by "Stage/Action", shown as a table."""

    def __init__(self, counts: dict[str, FailureCounts]) -> None:
        super().__init__({key: count.persistent for key, count in counts.items()})
        self.counts = counts

    @property
    def flaky(self) -> dict[str, float]:
        """The probability that an attempt fails by chance, for each action that did (``Policy(flaky=…)``)."""
        return {key: count.flaky for key, count in self.counts.items() if count.flaky > 0}

    def frame(self) -> pd.DataFrame:
        """Return a row for each: changes, failed, share with its 95 % interval, retried, recovered, persistent,
        flaky."""
        import pandas as pd

        rows = {}
        for key, count in self.counts.items():
            low, high = count.interval
            share = count.failed / count.changes
            rows[key] = {
                "changes": count.changes, "failed": count.failed, "share": share, "low": low, "high": high,
                "retried": count.retried, "recovered": count.recovered,
                "persistent": count.persistent, "flaky": count.flaky,
            }  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index")

    def _repr_html_(self) -> str:
        html: str = self.frame().to_html(float_format="{:.3f}".format)
        return html


def group_attempts(actions: Iterable[ActionEntry]) -> dict[tuple[str, str], list[ActionEntry]]:
    """Return (execution, "Stage/Action") -> its runs, sorted by time."""
    runs: dict[tuple[str, str], list[ActionEntry]] = defaultdict(list)
    for row in sorted(actions, key=lambda row: (row.started, -row.number)):
        runs[row.execution, row.key].append(row)
    return runs


def build_frame(actions: Sequence[ActionEntry], zone: tzinfo) -> pd.DataFrame:
    """See ``Past.frame``."""
    import pandas as pd

    attempt = {id(row): n for runs in group_attempts(actions).values() for n, row in enumerate(runs, 1)}
    frame = pd.DataFrame(
        {
            "entry": row.number, "execution": row.execution, "stage": row.stage, "action": row.action,
            "category": row.category, "attempt": attempt[id(row)], "status": row.status,
            "started": row.started, "ended": row.ended, "minutes": row.minutes,
            "message": commit_message(str(row.result.get("externalExecutionSummary") or "")),
        }
        for row in actions
    )  # fmt: skip
    for name in ("started", "ended"):  # AWS returns milliseconds
        frame[name] = pd.to_datetime(frame[name].astype("float64").mul(1000).round(), unit="ms", utc=True)
        frame[name] = frame[name].dt.tz_convert(zone).dt.round("ms")
    frame["minutes"] = frame["minutes"].astype("float64")
    return frame


def estimate_durations(actions: Sequence[ActionEntry], kind: str) -> Durations:
    """See ``Past.durations``."""
    minutes: dict[str, list[float]] = defaultdict(list)
    for row in actions:
        if row.status in ENDED and row.category != APPROVAL and row.minutes is not None:
            minutes[row.key].append(row.minutes)
    return Durations({key: fit(values, kind) for key, values in minutes.items()})


def estimate_approval(
    actions: Sequence[ActionEntry], zone: tzinfo, hours: Hours | str, kind: str
) -> Distribution | None:
    """See ``Past.approval``."""
    open_hours = to_hours(hours)
    minutes = [
        open_hours.worked(to_minutes(row.ended, zone)) - open_hours.worked(to_minutes(row.started, zone))
        for row in actions
        if row.status in ENDED and row.category == APPROVAL and row.ended is not None
    ]
    return fit(minutes, kind).distribution if minutes else None


def estimate_failures(actions: Sequence[ActionEntry]) -> Failures:
    """See ``Past.failures``."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (_, key), all_runs in group_attempts(actions).items():
        runs = [row for row in all_runs if row.status in ENDED]
        if runs:
            failed = runs[0].status == "Failed"
            retried = failed and len(runs) > 1
            recovered = retried and runs[-1].status == "Succeeded"
            for index, applies in enumerate((True, failed, retried, recovered)):
                counts[key][index] += applies
    return Failures({key: FailureCounts(*count) for key, count in counts.items()})


# -- arrivals --------------------------------------------------------------------------------------
MOST_ARRIVALS, MOST_OF_WEEK, LEAST_ARRIVALS = 0.95, 0.7, 20
"""Working hours contain this share of all arrivals and less than that share of the week; with fewer arrivals, or less
than two weeks, the data show none."""


def to_minutes(epoch: float, zone: tzinfo) -> float:
    """Return the time in minutes since a Monday, 0:00, by the local clock."""
    local = datetime.fromtimestamp(epoch, zone)
    seconds = local.second + local.microsecond / 1e6
    return (local.toordinal() - 1) * DAY + local.hour * 60 + local.minute + seconds / 60


def estimate_arrivals(executions: Sequence[ExecutionEntry], zone: tzinfo) -> Arrivals:
    """See ``Past.arrivals``. Raises ``ValueError`` for fewer than two executions."""
    times = sorted(to_minutes(entry.started, zone) for entry in executions if not entry.target)
    span = times[-1] - times[0] if times else 0.0
    if span <= 0:
        raise ValueError("there are too few executions for a rate of arrivals: give two or more")
    hours = find_working_hours(times)
    if hours is None:
        return poisson((len(times) - 1) / span)
    worked = hours.worked(times[-1]) - hours.worked(times[0])
    per_open_minute = (len(times) - 1) / worked
    return commits(per_open_minute * hours.total / hours.days, hours)


def find_working_hours(times: Sequence[float]) -> Hours | None:
    """Return the hours of the week with nearly all arrivals; None if the data show none."""
    if len(times) < LEAST_ARRIVALS or times[-1] - times[0] < 2 * WEEK:
        return None
    at = np.asarray(times) % WEEK
    day = (at // DAY).astype(int)
    share = np.bincount(day, minlength=7) / len(at)
    days = [index for index in range(7) if share[index] >= (1 - MOST_ARRIVALS) / 2]
    clock = at[np.isin(day, days)] % DAY / 60
    edge = (1 - MOST_ARRIVALS) / 4
    first, last = int(np.quantile(clock, edge)), int(np.ceil(np.quantile(clock, 1 - edge)))
    if last <= first or len(days) * (last - first) >= MOST_OF_WEEK * 168:
        return None
    return Hours.of(", ".join(f"{DAYS[index]} {first}-{last}" for index in days))
