"""Runs a tandem queue: draws random numbers block by block and simulates them, long blocks in pieces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cp_teach.flow.inputs.arrivals import Arrivals, Releases
from cp_teach.flow.inputs.distribution import Distribution, constant
from cp_teach.flow.inputs.policy import Policy
from cp_teach.flow.inputs.study_model import Model, Work
from cp_teach.flow.inputs.weekly_hours import ALWAYS
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.numerics.numba_support import compile_loop
from cp_teach.flow.queueing import tandem_kernels, tandem_numpy
from cp_teach.flow.queueing.tandem_kernels import LineState, Results, Revisions
from cp_teach.flow.queueing.tandem_sums import add_revisions, zero_sums
from cp_teach.flow.simulation.block_executor import BlockResult
from cp_teach.flow.simulation.engine_backend import simulate_by_engine
from cp_teach.flow.simulation.outcome import MAX_IN_PROGRESS, REFUSED, reaches_limit
from cp_teach.flow.simulation.random_draws import Draws, stream
from cp_teach.pipeline import Action, ActionType, Pipeline, Stage

DISCIPLINES = ("supersede", "queue", "parallel", "block", "loss")
MODES = {"queue": "QUEUED", "parallel": "PARALLEL"}
ROWS = 256
"""The most replications in a block."""
PIECE = 2**20
"""Revisions in a piece: about 60 MB with three stations. The number is fixed, so results do not depend on the
machine."""
FEW = 24
"""Below this number of rows, lists are faster than arrays for disciplines that loop over the revisions."""


@dataclass(frozen=True)
class LineDesign:
    """Everything that determines the result of a line."""

    stations: int
    discipline: str
    servers: int
    limit: int
    """0 for none."""
    arrivals: Arrivals
    durations: tuple[Distribution, ...]
    failures: tuple[float, ...]
    revisions: int
    replications: int
    seed: int

    @property
    def rows(self) -> int:
        """Replications in a block."""
        return max(1, min(ROWS, PIECE // self.revisions))

    @property
    def blocks(self) -> int:
        """The number of blocks."""
        return -(-self.replications // self.rows)

    @property
    def piece(self) -> int:
        """Revisions in a piece. If revisions overtake each other, one piece must hold all of them."""
        overtake = self.discipline == "parallel" or self.servers > 1
        if overtake and self.revisions > 8 * PIECE:
            raise ValueError(
                f"more than {8 * PIECE:,} revisions that overtake each other do not fit into memory: "
                "give fewer revisions, and more replications"
            )
        return self.revisions if overtake else PIECE


class BlockDraws:
    """The random numbers of a block, piece by piece."""

    def __init__(self, design: LineDesign, block: int) -> None:
        self.design = design
        self.rows = min(design.rows, design.replications - block * design.rows)
        self.arrivals = stream(design.seed, block, "arrivals")
        self.durations = [stream(design.seed, block, f"duration {k}") for k in range(design.stations)]
        self.failures = [stream(design.seed, block, f"broken {k}") for k in range(design.stations)]
        self.last: Floats | None = None

    def draw(self, n: int) -> Revisions:
        """Draw the next ``n`` revisions."""
        design, shape = self.design, (self.rows, n)
        arrived = design.arrivals.first(self.arrivals, self.rows, n, self.last).times
        self.last = arrived[:, -1].copy()
        service = np.empty((design.stations, *shape))
        fails = np.zeros((design.stations, *shape), dtype=np.bool_)
        for k, (duration, failure) in enumerate(zip(design.durations, design.failures, strict=True)):
            service[k] = duration.draw(self.durations[k], shape)
            if failure:
                np.less(self.failures[k].random(shape, dtype=np.float32), failure, out=fails[k])
        return Revisions(arrived, service, fails)


def simulate_block(design: LineDesign, path: str, block: int) -> BlockResult:
    """Return the sums of the replications of a block (``tandem_sums.SUMS``)."""
    draws = BlockDraws(design, block)
    sums = zero_sums(draws.rows)
    if design.revisions <= design.piece:
        revisions = draws.draw(design.revisions)
        results = simulate_line(
            design.discipline, *revisions, path, servers=design.servers, limit=design.limit
        )
        add_revisions(sums, revisions.arrived, results)
        return sums
    pieces = Pieces(design, path, draws.rows)
    left = design.revisions
    while left:
        n = min(left, design.piece)
        left -= n
        pieces.add(draws.draw(n), sums, last=not left)
    return sums


class Pieces:
    """A long run in pieces, with the state of the line between them."""

    def __init__(self, design: LineDesign, path: str, rows: int) -> None:
        self.design, self.path = design, path
        self.state = _initial_state(design.discipline, rows, design.stations, design.servers, design.limit)
        self.carried: Revisions | None = None
        """The revisions that still wait for a station; they come first in the next piece."""

    def add(self, revisions: Revisions, sums: dict[str, Floats], last: bool) -> None:
        """Simulate the next piece and add it to the sums."""
        first = 0
        if self.carried is not None:
            first = self.carried.arrived.shape[1]
            pairs = zip(self.carried, revisions, strict=True)
            revisions = Revisions(*(np.concatenate(pair, axis=-1) for pair in pairs))
        results = _no_results(revisions.arrived)
        _run_loops(
            self.design.discipline, revisions, self.state, results, self.path, self.design.limit, first, last
        )
        waiting = self.state.waiting
        unfinished = np.unique(waiting[waiting >= 0])  # a long run has a single row
        finished = np.setdiff1d(np.arange(revisions.arrived.shape[1]), unfinished)
        arrived, service, fails = revisions
        status, stage, ended = results
        done = Results(status[:, finished], stage[:, finished], ended[:, finished])
        add_revisions(sums, arrived[:, finished], done)
        self.carried = Revisions(arrived[:, unfinished], service[..., unfinished], fails[..., unfinished])
        for index, revision in enumerate(unfinished):
            waiting[waiting == revision] = index


def simulate_line(
    discipline: str,
    arrived: Floats,
    service: Floats,
    fails: Flags,
    path: str,
    *,
    servers: int = 1,
    limit: int = 0,
) -> Results:
    """Return the results (rows, n) of given revisions: ``arrived`` (rows, n), ``service`` and ``fails`` (stations,
    rows, n). ``path`` is "compiled", "arrays", "lists" or "reference" (the engine)."""
    if path == "reference":
        return _simulate_by_engine(discipline, arrived, service, fails, limit)
    if path == "arrays":
        if discipline in ("queue", "parallel"):
            results = tandem_numpy.queue(arrived, service, fails, discipline == "queue")
            if not limit or not reaches_limit(arrived, results.ended, limit).any():
                return results
        elif len(arrived) >= FEW:
            if discipline == "loss":
                return tandem_numpy.loss(arrived, service, fails, servers)
            simulate = tandem_numpy.supersede if discipline == "supersede" else tandem_numpy.block
            return simulate(arrived, service, fails)
    results = _no_results(arrived)
    state = _initial_state(discipline, len(arrived), len(service), servers, limit)
    _run_loops(discipline, Revisions(arrived, service, fails), state, results, path, limit, 0, True)
    return results


def _simulate_by_engine(
    discipline: str, arrived: Floats, service: Floats, fails: Flags, limit: int
) -> Results:
    """Simulate the line as a pipeline: one stage with one action for each station.

    Raises ``ValueError`` if an execution was refused, as AWS refuses the 51st, but another limit is given.
    """
    build = ActionType("Build", "AWS", "CodeBuild", "1")
    stages = tuple(Stage(f"Station{k}", (Action("Work", build),)) for k in range(1, len(service) + 1))
    pipeline = Pipeline("line", stages, execution_mode=MODES.get(discipline))
    works = ((Work(stage.name, stage.actions[0], "", constant(0), 0.0, 0.0, math.inf),) for stage in stages)
    no_retries, zeros = np.zeros((0, *arrived.shape)), np.zeros(arrived.shape)
    draws = Draws(
        Releases(arrived),
        tuple((durations[None],) for durations in service),
        tuple((failing[None],) for failing in fails),
        (no_retries,) * len(stages),
        zeros.astype(np.bool_), zeros, zeros, arrived.shape[1],
    )  # fmt: skip
    outcome = simulate_by_engine(Model(pipeline, Policy(hours=ALWAYS), tuple(works)), draws)
    if discipline != "supersede" and limit != MAX_IN_PROGRESS and (outcome.status == REFUSED).any():
        raise ValueError("the engine refuses the 51st execution in progress, as AWS does: give limit=50")
    return Results(outcome.status, outcome.stage, outcome.ended)


def _no_results(arrived: Floats) -> Results:
    return Results(
        np.zeros(arrived.shape, np.int8), np.zeros(arrived.shape, np.int8), np.empty(arrived.shape)
    )


def _initial_state(discipline: str, rows: int, stations: int, servers: int, limit: int) -> LineState:
    slots = (stations, servers) if discipline == "loss" else (1, max(limit, 1))
    return LineState(
        np.zeros((rows, stations)),
        np.full((rows, stations), -1, dtype=np.int64),
        np.zeros((rows, stations)),
        np.zeros((rows, *slots)),
    )


def _run_loops(
    discipline: str, revisions: Revisions, state: LineState, results: Results, path: str, limit: int,
    first: int, last: bool,
) -> None:  # fmt: skip
    """Run the loop of the discipline over each row: compiled, or on lists."""
    code = DISCIPLINES.index(discipline)
    if path == "compiled":
        loop = compile_loop(tandem_kernels.simulate_rows, *tandem_kernels.CALLED)
        loop(code, revisions, state, results, limit, first, last)
        return
    arrived, service, fails = revisions
    for row in range(len(arrived)):
        # Plain Python indexes lists faster than arrays, so the row is copied to lists, and back.
        lists: Any = [[part[row].tolist() for part in group] for group in (state, results)]
        given: Any = (arrived[row].tolist(), service[:, row].tolist(), fails[:, row].tolist())
        tandem_kernels.simulate_row(
            code, Revisions(*given), LineState(*lists[0]), Results(*lists[1]), limit, first, last
        )
        for group, filled in zip((state, results), lists, strict=True):
            for part, values in zip(group, filled, strict=True):
                part[row] = values
