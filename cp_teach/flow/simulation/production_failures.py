"""What happens in production: which deployments fail, and when their repair is ready."""

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
    """``bad`` (rows, n): delivered, and it fails in production; ``repaired`` (rows, n): when the repair of a bad one is
    ready to be released, NaN for the others; ``rework`` (rows, n): revisions that nobody had planned."""

    releases: Releases
    bad: Flags
    repaired: Floats
    rework: Flags


def production(model: Model, draws: Draws, told: Outcome) -> Production:
    """What becomes of the deployments of a block."""
    bad, detected, repair = draws.bad, draws.detected, draws.repaired
    rework = np.zeros(told.status.shape, dtype=np.bool_)
    releases = draws.releases
    if told.column is not None:
        bad = np.take_along_axis(bad, told.column, axis=1)
        detected, repair = (np.take_along_axis(x, told.column, axis=1) for x in (detected, repair))
        rework = (told.column >= draws.planned) & np.isfinite(told.arrived)
        releases = _with(releases, told.arrived, rework)
    bad = bad & told.delivered
    repaired = np.full(bad.shape, np.nan)
    repaired[bad] = model.policy.hours.after_many(told.ended[bad] + detected[bad], repair[bad])
    return Production(releases, bad, repaired, rework)


def _with(releases: Releases, arrived: Floats, rework: Flags) -> Releases:
    """The hotfixes are revisions, too, and each is a change of its own."""
    if releases.commits is None:
        return Releases(arrived)
    more = np.where(rework, arrived, np.inf)
    return Releases(arrived, np.sort(np.concatenate((releases.commits, more), axis=1), axis=1))
