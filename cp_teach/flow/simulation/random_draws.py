"""Random draws: all random numbers of a block of replications, drawn before any backend computes it.

There is one independent stream for each seed, block, and purpose, and a stream depends on nothing else. The build of
revision 7 therefore takes equally long in every execution mode, wherever the approval is, and with any number of
workers: designs are compared on common random numbers (Law, Simulation Modeling and Analysis).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from cp_teach.flow.inputs.arrivals import Arrivals, Releases
from cp_teach.flow.inputs.distribution import Distribution
from cp_teach.flow.inputs.study_model import Model, Work
from cp_teach.flow.numerics.exact_time import Flags, Floats

T = TypeVar("T", Floats, Flags)

BLOCK = 64
"""Replications that share the streams of a block. The number is fixed, so results do not depend on the workers."""
UNPLANNED = 4
"""The number of columns for unplanned executions, for each planned one."""


def stream(seed: int, block: int, name: str) -> np.random.Generator:
    """Return the random numbers for the purpose ``name`` in that block."""
    key = (block, zlib.crc32(name.encode()))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


@dataclass(frozen=True)
class Draws:
    """``durations[k][a]`` and ``fails[k][a]`` are (attempts, rows, n), for action a of stage k."""

    releases: Releases
    durations: tuple[tuple[Floats, ...], ...]
    fails: tuple[tuple[Flags, ...], ...]
    reactions: tuple[Floats, ...]
    """(retries, rows, n) for each stage: the time from a failure to its retry by hand."""
    bad: Flags
    """(rows, n): True if it fails in production, once deployed."""
    detected: Floats
    """(rows, n): the time until that failure is detected."""
    repaired: Floats
    """(rows, n): the time from then until the repair."""
    planned: int
    """The first column for unplanned executions, such as hotfixes."""

    @property
    def shape(self) -> tuple[int, int]:
        """(replications, revisions)."""
        rows, n = self.releases.times.shape
        return rows, n


def draw(model: Model, arrivals: Arrivals, end: float, seed: int, block: int, rows: int) -> Draws:
    """Draw ``rows`` replications of that block, for revisions released before ``end``."""
    releases = arrivals.until(stream(seed, block, "arrivals"), rows, end)
    changes = releases.changes()
    planned = changes.shape[1]
    width = max(releases.width, planned)
    if model.unplanned:
        planned, width = width, (1 + UNPLANNED) * width
        padding = ((0, 0), (0, width - changes.shape[1]))
        releases = Releases(np.pad(releases.times, padding, constant_values=np.inf), releases.commits)
        changes = np.pad(changes, padding, constant_values=1.0)
    block_draws = BlockStreams(seed, block, changes, width)
    policy = model.policy

    def draw_attempts(draw_one: Callable[[Work, int], T]) -> tuple[tuple[T, ...], ...]:
        """Stack the draws of all attempts, for each action of each stage."""
        return tuple(
            tuple(np.stack([draw_one(work, t) for t in range(model.attempts(k))]) for work in works)
            for k, works in enumerate(model.stages)
        )

    return Draws(
        releases,
        draw_attempts(lambda work, t: block_draws.durations(work.duration, f"duration {work.key} {t}")),
        draw_attempts(lambda work, t: block_draws.failures(work.key, work.failure, work.flaky, t)),
        tuple(
            np.array(
                [
                    block_draws.durations(policy.reaction, f"reaction {name} {t}")
                    for t in range(policy.retries)
                ]
            ).reshape(policy.retries, *changes.shape)
            for name in model.names
        ),
        block_draws.broken("production", policy.change_failure),
        block_draws.durations(policy.detection, "detection"),
        block_draws.durations(policy.repair, "repair"),
        planned,
    )


class BlockStreams:
    """The random numbers of a block, by name. ``width`` columns are drawn for any number of rows, so that the first
    replications have the same numbers in a larger study."""

    def __init__(self, seed: int, block: int, changes: Floats, width: int) -> None:
        self.seed, self.block, self.changes, self.width = seed, block, changes, width

    def durations(self, duration: Distribution, name: str) -> Floats:
        """Draw durations (rows, n)."""
        rows, n = self.changes.shape
        return duration.draw(stream(self.seed, self.block, name), (rows, self.width))[:, :n]

    def failures(self, key: str, failure: float, flaky: float, attempt: int) -> Flags:
        """Draw failures (rows, n): a broken change fails each attempt, a flaky run only its own."""
        broken = self.broken(key, failure)
        return broken | (self._uniform(f"flaky {key} {attempt}") < flaky) if flaky else broken

    def broken(self, key: str, probability: float) -> Flags:
        """Draw broken revisions (rows, n): with m changes, with probability 1 - (1 - p)^m."""
        if not probability:
            return np.zeros(self.changes.shape, dtype=np.bool_)
        with np.errstate(divide="ignore", invalid="ignore"):  # p = 1, and m = 0
            exponent = np.nan_to_num(self.changes * np.log1p(-probability), nan=0.0, neginf=-np.inf)
        broken: Flags = self._uniform(f"broken {key}") < -np.expm1(exponent)
        return broken

    def _uniform(self, name: str) -> Floats:
        rows, n = self.changes.shape
        return stream(self.seed, self.block, name).random((rows, self.width))[:, :n]
