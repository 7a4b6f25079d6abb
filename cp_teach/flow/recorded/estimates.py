"""What a history says in numbers: how long, how often in vain, how often at all."""

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
from cp_teach.flow.inputs.weekly_hours import DAY, DAYS, WEEK, Hours
from cp_teach.flow.recorded.export_entry import ENDED, ActionEntry, ExecutionEntry
from cp_teach.flow.recorded.fit_distribution import FEW, Fit, fit, wilson

if TYPE_CHECKING:
    import pandas as pd

APPROVAL = "Approval"


class Durations(dict[str, Distribution]):
    """Distributions in minutes by "Stage/Action". ``fits`` tells how well each fits; shows itself as a table."""

    def __init__(self, fits: dict[str, Fit]) -> None:
        super().__init__({key: one.distribution for key, one in fits.items()})
        self.fits = fits

    def frame(self) -> pd.DataFrame:
        """One row for each: count, median and mean in minutes, the fit chosen, AIC of each candidate, and a note."""
        import pandas as pd

        rows = {
            key: {
                "count": one.count,
                "median": one.median,
                "mean": one.mean,
                "fit": one.kind,
                **{
                    f"aic_{kind}": one.aic.get(kind, np.nan) for kind in ("lognormal", "gamma", "exponential")
                },
                "note": f"fewer than {FEW} runs say little" if one.count < FEW else "",
            }
            for key, one in self.fits.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    def _repr_html_(self) -> str:
        text: str = self.frame().to_html(float_format="{:.2f}".format)
        return text


@dataclass(frozen=True)
class Failing:
    """How an action failed. ``changes`` came to it; ``failed`` of them at the first attempt; ``retried`` of those were
    tried again, and ``recovered`` then succeeded without a change."""

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
        """The share of failures that a retry undid, among those retried; 0 where nobody retried."""
        return self.recovered / self.retried if self.retried else 0.0

    @property
    def persistent(self) -> float:
        """Probability that a change fails, and fails again when it is retried."""
        return self.failed / self.changes * (1 - self.flaky_share)

    @property
    def flaky(self) -> float:
        """Probability that an attempt fails by chance: 1 - P(first attempt is good) / (1 - persistent)."""
        if self.persistent == 1:
            return 0.0
        return 1 - (1 - self.failed / self.changes) / (1 - self.persistent)


class Failures(dict[str, float]):
    """The probability that a change fails, by "Stage/Action": for good, not by chance. Shows itself as a table."""

    def __init__(self, counts: dict[str, Failing]) -> None:
        super().__init__({key: one.persistent for key, one in counts.items()})
        self.counts = counts

    @property
    def flaky(self) -> dict[str, float]:
        """For each action that failed by chance: the probability that an attempt does (``Policy(flaky=…)``)."""
        return {key: one.flaky for key, one in self.counts.items() if one.flaky > 0}

    def frame(self) -> pd.DataFrame:
        """One row for each: changes, failed, share with its 95 % interval, retried, recovered, persistent, flaky."""
        import pandas as pd

        rows = {
            key: {
                "changes": one.changes,
                "failed": one.failed,
                "share": one.failed / one.changes,
                "low": one.interval[0],
                "high": one.interval[1],
                "retried": one.retried,
                "recovered": one.recovered,
                "persistent": one.persistent,
                "flaky": one.flaky,
            }
            for key, one in self.counts.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    def _repr_html_(self) -> str:
        text: str = self.frame().to_html(float_format="{:.3f}".format)
        return text


def attempts(actions: Iterable[ActionEntry]) -> dict[tuple[str, str], list[ActionEntry]]:
    """(execution, "Stage/Action") -> its runs, in the order of time."""
    found: dict[tuple[str, str], list[ActionEntry]] = defaultdict(list)
    for row in sorted(actions, key=lambda row: (row.started, -row.number)):
        found[row.execution, row.key].append(row)
    return found


def frame(actions: Sequence[ActionEntry], zone: tzinfo) -> pd.DataFrame:
    """See ``Past.frame``."""
    import pandas as pd

    attempt = {id(row): n for runs in attempts(actions).values() for n, row in enumerate(runs, 1)}
    found = pd.DataFrame(
        [
            (
                row.number,
                row.execution,
                row.stage,
                row.action,
                row.category,
                attempt[id(row)],
                row.status,
                row.started,
                row.ended,
                row.minutes,
                str(row.result.get("externalExecutionSummary") or ""),
            )
            for row in actions
        ],
        columns=[
            "entry", "execution", "stage", "action", "category", "attempt",
            "status", "started", "ended", "minutes", "message",
        ],
    )  # fmt: skip
    for name in ("started", "ended"):  # AWS tells milliseconds
        found[name] = pd.to_datetime(found[name].astype("float64").mul(1000).round(), unit="ms", utc=True)
        found[name] = found[name].dt.tz_convert(zone).dt.round("ms")
    found["minutes"] = found["minutes"].astype("float64")
    return found


def durations(actions: Sequence[ActionEntry], kind: str) -> Durations:
    """See ``Past.durations``."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in actions:
        if row.status in ENDED and row.category != APPROVAL and row.minutes is not None:
            found[row.key].append(row.minutes)
    return Durations({key: fit(values, kind) for key, values in found.items()})


def approval(
    actions: Sequence[ActionEntry], zone: tzinfo, hours: Hours | str, kind: str
) -> Distribution | None:
    """See ``Past.approval``."""
    open_hours = Hours.of(hours) if isinstance(hours, str) else hours
    took = [
        open_hours.worked(minute(row.ended, zone)) - open_hours.worked(minute(row.started, zone))
        for row in actions
        if row.status in ENDED and row.category == APPROVAL and row.ended is not None
    ]
    return fit(took, kind).distribution if took else None


def failures(actions: Sequence[ActionEntry]) -> Failures:
    """See ``Past.failures``."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (_, key), all_runs in attempts(actions).items():
        runs = [row for row in all_runs if row.status in ENDED]
        if not runs:
            continue
        count = counts[key]
        count[0] += 1
        if runs[0].status == "Failed":
            count[1] += 1
            if len(runs) > 1:
                count[2] += 1
                count[3] += runs[-1].status == "Succeeded"
    return Failures({key: Failing(*count) for key, count in counts.items()})


# -- when changes come -----------------------------------------------------------------------------
SURE, USUAL, LEAST = 0.95, 0.7, 20
"""The working hours hold this share of all arrivals, and take less than that share of the week; below so many arrivals,
or two weeks, the data show no hours."""


def minute(epoch: float, zone: tzinfo) -> float:
    """That moment in minutes since a Monday, 0:00, by the clock on the wall."""
    wall = datetime.fromtimestamp(epoch, zone)
    return (
        (wall.toordinal() - 1) * DAY
        + wall.hour * 60
        + wall.minute
        + (wall.second + wall.microsecond / 1e6) / 60
    )


def arrivals(executions: Sequence[ExecutionEntry], zone: tzinfo) -> Arrivals:
    """See ``Past.arrivals``."""
    times = sorted(minute(one.started, zone) for one in executions if not one.target)
    span = times[-1] - times[0] if times else 0.0
    if span <= 0:
        raise ValueError("there are too few executions to say how often they come: two or more are wanted")
    hours = working_hours(times)
    if hours is None:
        return poisson((len(times) - 1) / span)
    worked = hours.worked(times[-1]) - hours.worked(times[0])
    per_open_minute = (len(times) - 1) / worked
    return commits(per_open_minute * hours.total / hours.days, hours)


def working_hours(times: Sequence[float]) -> Hours | None:
    """The hours of the week in which nearly all arrivals were; None where the data show none."""
    if len(times) < LEAST or times[-1] - times[0] < 2 * WEEK:
        return None
    at = np.asarray(times) % WEEK
    day = (at // DAY).astype(int)
    share = np.bincount(day, minlength=7) / len(at)
    days = [index for index in range(7) if share[index] >= (1 - SURE) / 2]
    clock = at[np.isin(day, days)] % DAY / 60
    edge = (1 - SURE) / 4
    first, last = int(np.quantile(clock, edge)), int(np.ceil(np.quantile(clock, 1 - edge)))
    if last <= first or len(days) * (last - first) >= USUAL * 168:
        return None
    return Hours.of(", ".join(f"{DAYS[index]} {first}-{last}" for index in days))
