"""All the luck of a block of replications, drawn beforehand: every way to compute a study is given the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cp_teach.flow.inputs.arrivals import Arrivals, Releases
from cp_teach.flow.inputs.distribution import Distribution
from cp_teach.flow.inputs.study_model import Model
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.numerics.random_streams import stream

SPARE = 4
"""How many executions that nobody has planned there may be for each one that is."""


@dataclass(frozen=True)
class Draws:
    """``durations[k][a]`` and ``fails[k][a]`` have the attempts first: (attempts, rows, n), for action a of stage k."""

    releases: Releases
    durations: tuple[tuple[Floats, ...], ...]
    fails: tuple[tuple[Flags, ...], ...]
    reactions: tuple[Floats, ...]
    """(retries, rows, n) of each stage: how long until somebody retries it."""
    bad: Flags
    """(rows, n): whether it fails in production, once it is deployed."""
    detected: Floats
    """(rows, n): how long until that is noticed."""
    repaired: Floats
    """(rows, n): and how long the repair then takes."""
    planned: int
    """The revisions from this column on are not planned: they are there for what comes of others, such as hotfixes."""

    @property
    def shape(self) -> tuple[int, int]:
        """(replications, revisions)."""
        rows, n = self.releases.times.shape
        return rows, n


def draw(model: Model, arrivals: Arrivals, end: float, seed: int, block: int, rows: int) -> Draws:
    """The luck of ``rows`` replications of that block, for revisions released before ``end``."""
    releases = arrivals.until(stream(seed, block, "arrivals"), rows, end)
    changes = releases.changes()
    planned = changes.shape[1]
    width = max(releases.width, planned)
    if model.unplanned:
        planned, width = width, (1 + SPARE) * width
        more = ((0, 0), (0, width - changes.shape[1]))
        releases = Releases(np.pad(releases.times, more, constant_values=np.inf), releases.commits)
        changes = np.pad(changes, more, constant_values=1.0)
    luck = Luck(seed, block, changes, width)
    policy = model.policy
    attempts = [range(model.attempts(k)) for k in range(len(model.stages))]
    return Draws(
        releases,
        tuple(
            tuple(
                np.stack([luck.lasts(work.duration, f"duration {work.key} {t}") for t in tries])
                for work in works
            )
            for works, tries in zip(model.stages, attempts, strict=True)
        ),
        tuple(
            tuple(
                np.stack([luck.spoiled(work.key, work.failure, work.flaky, t) for t in tries])
                for work in works
            )
            for works, tries in zip(model.stages, attempts, strict=True)
        ),
        tuple(
            np.stack([luck.lasts(policy.reaction, f"reaction {name} {t}") for t in range(policy.retries)])
            if policy.retries
            else np.zeros((0, *changes.shape))
            for name in model.names
        ),
        luck.broken("production", policy.change_failure),
        luck.lasts(policy.detection, "detection"),
        luck.lasts(policy.repair, "repair"),
        planned,
    )


class Luck:
    """The random numbers of a block, by name. ``width`` columns are drawn whatever the number of rows, so that the
    first replications have the same luck in a study of more."""

    def __init__(self, seed: int, block: int, changes: Floats, width: int) -> None:
        self.seed, self.block, self.changes, self.width = seed, block, changes, width

    def lasts(self, duration: Distribution, name: str) -> Floats:
        """How long something takes."""
        rows, n = self.changes.shape
        return duration.draw(stream(self.seed, self.block, name), (rows, self.width))[:, :n]

    def spoiled(self, key: str, failure: float, flaky: float, attempt: int) -> Flags:
        """A change that breaks the action breaks it each time; flakiness is drawn anew for each run."""
        found = self.broken(key, failure)
        return found | (self._uniform(f"flaky {key} {attempt}") < flaky) if flaky else found

    def broken(self, key: str, chance: float) -> Flags:
        """A revision of m changes is broken with probability 1 - (1 - chance)^m: each may be the one."""
        if not chance:
            return np.zeros(self.changes.shape, dtype=np.bool_)
        with np.errstate(divide="ignore", invalid="ignore"):  # one that is certain, and no change at all
            exponent = np.nan_to_num(self.changes * np.log1p(-chance), nan=0.0, neginf=-np.inf)
        found: Flags = self._uniform(f"broken {key}") < -np.expm1(exponent)
        return found

    def _uniform(self, name: str) -> Floats:
        rows, n = self.changes.shape
        return stream(self.seed, self.block, name).random((rows, self.width))[:, :n]
