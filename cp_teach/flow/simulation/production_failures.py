"""Production failures: which deployments fail, and when each repair is ready."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cp_teach.flow.inputs.arrivals import Releases
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.simulation.outcome import Outcome
from cp_teach.flow.simulation.random_draws import Draws


@dataclass(frozen=True)
class Production:
    """Deployments in production. ``bad`` (rows, n): deployed and failing; ``repaired`` (rows, n): when the repair of a
    bad one can be released, NaN for the others; ``rework`` (rows, n): unplanned revisions."""

    releases: Releases
    bad: Flags
    repaired: Floats
    rework: Flags


def find_production_failures(model: Model, draws: Draws, outcome: Outcome) -> Production:
    """Return the failures in production among the deployments of a block."""
    bad, detected, repair = draws.bad, draws.detected, draws.repaired
    rework = np.zeros(outcome.status.shape, dtype=np.bool_)
    releases = draws.releases
    if outcome.column is not None:
        bad = np.take_along_axis(bad, outcome.column, axis=1)
        detected, repair = (np.take_along_axis(x, outcome.column, axis=1) for x in (detected, repair))
        rework = (outcome.column >= draws.planned) & np.isfinite(outcome.arrived)
        releases = _add_hotfixes(releases, outcome.arrived, rework)
    bad = bad & outcome.delivered
    repaired = np.full(bad.shape, np.nan)
    repaired[bad] = model.policy.hours.after_many(outcome.ended[bad] + detected[bad], repair[bad])
    return Production(releases, bad, repaired, rework)


def _add_hotfixes(releases: Releases, arrived: Floats, rework: Flags) -> Releases:
    """Each hotfix is a revision with one change."""
    if releases.commits is None:
        return Releases(arrived)
    more = np.where(rework, arrived, np.inf)
    return Releases(arrived, np.sort(np.concatenate((releases.commits, more), axis=1), axis=1))
