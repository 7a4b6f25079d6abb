"""All the luck of a block of replications, drawn beforehand: every way to compute a study is given the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cp_teach.flow.arrivals import Arrivals, Releases
from cp_teach.flow.grid import Flags, Floats
from cp_teach.flow.luck import stream
from cp_teach.flow.model import Model


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
    if model.unplanned:  # as many again: more than twice as many executions as releases are not foreseen
        more = ((0, 0), (0, planned))
        releases = Releases(np.pad(releases.times, more, constant_values=np.inf), releases.commits)
        changes = np.pad(changes, more, constant_values=1.0)
    shape = changes.shape
    durations, fails, reactions = [], [], []
    for k, works in enumerate(model.stages):
        attempts = range(model.attempts(k))
        durations.append(
            tuple(
                np.stack(
                    [w.duration.draw(stream(seed, block, f"duration {w.key} {t}"), shape) for t in attempts]
                )
                for w in works
            )
        )
        fails.append(
            tuple(
                np.stack([_spoiled(seed, block, w.key, w.failure, w.flaky, t, changes) for t in attempts])
                for w in works
            )
        )
        name = model.names[k]
        waits = [
            model.policy.reaction.draw(stream(seed, block, f"reaction {name} {t}"), shape)
            for t in range(model.policy.retries)
        ]
        reactions.append(np.stack(waits) if waits else np.zeros((0, *shape)))
    policy = model.policy
    return Draws(
        releases,
        tuple(durations),
        tuple(fails),
        tuple(reactions),
        _broken(seed, block, "production", policy.change_failure, changes),
        policy.detection.draw(stream(seed, block, "detection"), shape),
        policy.repair.draw(stream(seed, block, "repair"), shape),
        planned,
    )


def _spoiled(
    seed: int, block: int, key: str, failure: float, flaky: float, attempt: int, changes: Floats
) -> Flags:
    """A change that breaks the action breaks it each time; flakiness is drawn anew for each run."""
    found = _broken(seed, block, key, failure, changes)
    if flaky:
        found |= stream(seed, block, f"flaky {key} {attempt}").random(changes.shape) < flaky
    return found


def _broken(seed: int, block: int, key: str, chance: float, changes: Floats) -> Flags:
    """A revision of m changes is broken with probability 1 - (1 - chance)^m: each may be the one."""
    if not chance:
        return np.zeros(changes.shape, dtype=np.bool_)
    found: Flags = stream(seed, block, f"broken {key}").random(changes.shape) < -np.expm1(
        changes * np.log1p(-chance) if chance < 1 else np.where(changes > 0, -np.inf, 0.0)
    )
    return found
