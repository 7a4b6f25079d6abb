"""Every measure once more, for one replication, in loops that are slow and obvious."""

import math
from itertools import pairwise
from statistics import fmean

import numpy as np

from cp_teach.flow.simulation.outcome import FAILED, REFUSED, SUCCEEDED, SUPERSEDED

WEEK = 7 * 24 * 60


def mean(values):
    return fmean(values) if values else math.nan


def share(part, whole):
    return part / whole if whole else math.nan


def quantile(values, q):
    return float(np.quantile(values, q)) if values else math.nan


def slow(made, releases, bad, repaired, rework, window, row):
    """A dict like the one of ``measure``, of numbers."""
    w0, w1 = window
    arrived, status, ended = made.arrived[row], made.status[row], made.ended[row]
    everybody = [i for i in range(len(arrived)) if math.isfinite(arrived[i])]
    inside = [i for i in everybody if w0 <= arrived[i] < w1]
    delivered = [i for i in everybody if status[i] == SUCCEEDED]
    deployed = [i for i in delivered if w0 <= ended[i] < w1]
    leads = [ended[i] - arrived[i] for i in inside if status[i] == SUCCEEDED]

    # (commit, the first revision that has it)
    times = list(releases.times[row])
    commits = list(zip(times, range(len(times)), strict=True))
    if releases.commits is not None:
        commits = [
            (c, next((i for i in everybody if times[i] >= c), len(times))) for c in releases.commits[row]
        ]
    changes, late = [], 0
    committed = [pair for pair in commits if w0 <= pair[0] < w1]
    for commit, carrier in committed:
        carriers = [i for i in delivered if i >= carrier]
        there = min((ended[i] for i in carriers), default=math.inf)
        late += there >= w1
        if math.isfinite(there):
            changes.append(there - commit)

    times, lasting = [], 0
    failures = [i for i in deployed if bad[row][i]]
    for i in failures:
        cures = [j for j in delivered if not bad[row][j] and arrived[j] >= repaired[row][i]]
        if cures:
            times.append(min(ended[j] for j in cures) - ended[i])
        else:
            lasting += 1

    marks = sorted({w0, w1, *(t for i in everybody for t in (arrived[i], ended[i]) if w0 < t < w1)})
    aged = lived = wip = 0.0
    for begin, end in pairwise(marks):
        middle = (begin + end) / 2
        wip += (end - begin) * sum(arrived[i] <= middle < ended[i] for i in everybody)
        running = max((i for i in delivered if ended[i] <= middle), key=lambda i: (ended[i], i), default=None)
        if running is not None:
            lived += end - begin
            aged += (end - begin) * (middle - arrived[running])

    length = w1 - w0
    rate = len(inside) / length
    found = {
        "lead_time": mean(leads),
        "lead_time_median": quantile(leads, 0.5),
        "lead_time_90": quantile(leads, 0.9) if len(leads) >= 10 else math.nan,
        "change_lead_time": mean(changes),
        "change_lead_time_median": quantile(changes, 0.5),
        "changes_not_deployed": share(late, len(committed)),
        "deployments_per_week": len(deployed) / length * WEEK,
        "deployments_per_day": len(deployed) / length * WEEK / 7,
        "change_failure_rate": share(len(failures), len(deployed)),
        "recovery_time": mean(times),
        "not_restored": share(lasting, len(failures)),
        "rework_rate": share(sum(rework[row][i] for i in deployed), len(deployed)),
        "throughput": len(deployed) / length,
        "arrivals_per_week": rate * WEEK,
        "wip": wip / length,
        "wip_by_littles_law": rate * mean([ended[i] - arrived[i] for i in inside]) if inside else 0.0,
        "superseded": share(sum(status[i] == SUPERSEDED for i in inside), len(inside)),
        "failed": share(sum(status[i] == FAILED for i in inside), len(inside)),
        "refused": share(sum(status[i] == REFUSED for i in inside), len(inside)),
        "age": aged / lived if lived else math.nan,
    }
    for k in range(len(made.began)):
        began = made.began[k][row]
        came = arrived if k == 0 else made.left[k - 1][row]
        entered = [i for i in inside if math.isfinite(began[i])]
        held = sum(made.held[k][row][i] for i in everybody if w0 <= began[i] < w1)
        found[f"utilization[{k}]"] = held / length
        found[f"waiting[{k}]"] = mean([began[i] - came[i] for i in entered])
        broke = sum(status[i] == FAILED and made.stage[row][i] == k for i in entered)
        found[f"failure_share[{k}]"] = share(broke, len(entered))
    return found
