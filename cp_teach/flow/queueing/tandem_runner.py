"""How a line is computed: its luck in blocks, each block by one of the paths, long ones piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cp_teach.flow.inputs.arrivals import Arrivals
from cp_teach.flow.inputs.distribution import Distribution
from cp_teach.flow.queueing import tandem_kernels, tandem_numpy
from cp_teach.flow.queueing.tandem_engine import by_the_engine
from cp_teach.flow.queueing.tandem_sums import add, nothing
from cp_teach.flow.numerics.exact_time import Flags, Floats
from cp_teach.flow.numerics.numba_support import compiled
from cp_teach.flow.simulation.outcome import Codes
from cp_teach.flow.numerics.random_streams import stream
from cp_teach.flow.simulation.block_executor import Told

DISCIPLINES = ("supersede", "queue", "parallel", "block", "loss")
ROWS = 256
"""Replications of a block, at most."""
PIECE = 2**20
"""Revisions that are computed at once: about 60 MB with three stations. It is fixed, so that results do not depend on
the machine."""
FEW = 24
"""Rows below which lists are quicker than arrays, where a loop over revisions cannot be avoided."""


@dataclass(frozen=True)
class Streams:
    """All that the result of a line depends on."""

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
        """Replications of a block."""
        return max(1, min(ROWS, PIECE // self.revisions))

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-self.replications // self.rows)

    @property
    def piece(self) -> int:
        """How many revisions are computed at once. Where they overtake each other, a piece has to be all of them."""
        overtake = self.discipline == "parallel" or self.servers > 1
        if overtake and self.revisions > 8 * PIECE:
            raise ValueError(
                f"more than {8 * PIECE:,} revisions that overtake each other are too many at once: "
                "give fewer, and more replications"
            )
        return self.revisions if overtake else PIECE


class Luck:
    """The random numbers of one block, piece by piece."""

    def __init__(self, streams: Streams, block: int) -> None:
        self.streams, self.block = streams, block
        self.rows = min(streams.rows, streams.replications - block * streams.rows)
        seed = streams.seed
        self.arrivals = stream(seed, block, "arrivals")
        self.durations = [stream(seed, block, f"duration {k}") for k in range(streams.stations)]
        self.failures = [stream(seed, block, f"broken {k}") for k in range(streams.stations)]
        self.last: Floats | None = None

    def draw(self, n: int) -> tuple[Floats, Floats, Flags]:
        """The next ``n`` revisions: (arrived, service, fails)."""
        shape = (self.rows, n)
        arrived = self.streams.arrivals.first(self.arrivals, self.rows, n, self.last).times
        self.last = arrived[:, -1].copy()
        service = np.empty((self.streams.stations, *shape))
        fails = np.zeros((self.streams.stations, *shape), dtype=np.bool_)
        for k, needs in enumerate(self.streams.durations):
            service[k] = needs.draw(self.durations[k], shape)
            if self.streams.failures[k]:
                np.less(
                    self.failures[k].random(shape, dtype=np.float32), self.streams.failures[k], out=fails[k]
                )
        return arrived, service, fails


def tally(streams: Streams, path: str, block: int) -> Told:
    """The sums of the replications of one block (``tally.SUMS``)."""
    luck = Luck(streams, block)
    sums = nothing(luck.rows)
    runner = Runner(streams, path, luck.rows)
    left = streams.revisions
    while left:
        n = min(left, streams.piece)
        left -= n
        runner.run(*luck.draw(n), sums, last=not left)
    return sums


class Runner:
    """The state of the line between two pieces."""

    def __init__(self, streams: Streams, path: str, rows: int) -> None:
        self.streams, self.path = streams, path
        stations = streams.stations
        self.whole = streams.revisions <= streams.piece
        self.free = np.zeros((rows, stations))
        self.waits = np.full((rows, stations), -1, dtype=np.int64)
        self.since = np.zeros((rows, stations))
        slots = streams.servers if streams.discipline == "loss" else max(streams.limit, 1)
        self.inside = np.zeros((rows, stations if streams.discipline == "loss" else 1, slots))
        self.carried: tuple[Floats, Floats, Flags] | None = None

    def run(
        self, arrived: Floats, service: Floats, fails: Flags, sums: dict[str, Floats], last: bool
    ) -> None:
        """Add one more piece to the sums."""
        if self.whole:
            status, _, ended = self._told(arrived, service, fails)
            add(sums, arrived, status, ended)
            return
        first = 0
        if self.carried is not None:  # who still waits for a station comes again, in front
            before = self.carried
            first = before[0].shape[1]
            arrived, service, fails = (
                np.concatenate(two, axis=-1) for two in zip(before, (arrived, service, fails), strict=True)
            )
        told = _fresh(arrived)
        self._loop(arrived, service, fails, told, first, last)
        open_ones = np.unique(self.waits[self.waits >= 0])  # a long line has one row alone
        done = np.setdiff1d(np.arange(arrived.shape[1]), open_ones)
        add(sums, arrived[:, done], told[0][:, done], told[2][:, done])
        self.carried = (arrived[:, open_ones], service[:, :, open_ones], fails[:, :, open_ones])
        for place, who in enumerate(open_ones):
            self.waits[self.waits == who] = place

    def _told(self, arrived: Floats, service: Floats, fails: Flags) -> tuple[Codes, Codes, Floats]:
        return told(
            self.streams.discipline, arrived, service, fails, self.path,
            servers=self.streams.servers, limit=self.streams.limit,
        )  # fmt: skip

    def _loop(
        self, arrived: Floats, service: Floats, fails: Flags, told: Any, first: int, last: bool
    ) -> None:
        state = (self.free, self.waits, self.since, self.inside)
        _loops(
            self.streams.discipline,
            arrived,
            service,
            fails,
            told,
            state,
            self.path,
            self.streams.limit,
            first,
            last,
        )


def told(
    discipline: str,
    arrived: Floats,
    service: Floats,
    fails: Flags,
    path: str,
    *,
    servers: int = 1,
    limit: int = 0,
) -> tuple[Codes, Codes, Floats]:
    """What becomes of given revisions: (status, stage, ended), each (rows, n), for ``arrived`` (rows, n), ``service``
    and ``fails`` (stations, rows, n)."""
    rows = len(arrived)
    if path == "reference":
        return by_the_engine(discipline, arrived, service, fails, limit)
    if path == "arrays":
        if discipline in ("queue", "parallel"):
            found = (tandem_numpy.queue if discipline == "queue" else tandem_numpy.parallel)(
                arrived, service, fails
            )
            if not limit or not tandem_numpy.crowded(arrived, found[2], limit).any():
                return found
        elif rows >= FEW:
            if discipline == "loss":
                return tandem_numpy.loss(arrived, service, fails, servers)
            return (tandem_numpy.supersede if discipline == "supersede" else tandem_numpy.block)(
                arrived, service, fails
            )
    stations = len(service)
    slots = servers if discipline == "loss" else max(limit, 1)
    found = _fresh(arrived)
    state = (
        np.zeros((rows, stations)),
        np.full((rows, stations), -1, dtype=np.int64),
        np.zeros((rows, stations)),
        np.zeros((rows, stations if discipline == "loss" else 1, slots)),
    )
    _loops(discipline, arrived, service, fails, found, state, path, limit, 0, True)
    return found


def _fresh(arrived: Floats) -> tuple[Codes, Codes, Floats]:
    return np.zeros(arrived.shape, np.int8), np.zeros(arrived.shape, np.int8), np.empty(arrived.shape)


def _loops(
    discipline: str, arrived: Floats, service: Floats, fails: Flags, told: Any, state: Any, path: str, limit: int,
    first: int, last: bool,
) -> None:  # fmt: skip
    """The loop of that discipline over each row: compiled, or on lists."""
    code = DISCIPLINES.index(discipline)
    if path == "compiled":
        needs = [
            tandem_kernels.one_row,
            tandem_kernels.vacant,
            *(getattr(tandem_kernels, name) for name in DISCIPLINES),
        ]
        compiled(tandem_kernels.all_rows, *needs)(
            code, arrived, service, fails, *told, *state, limit, first, last
        )
        return
    for row in range(len(arrived)):
        arrays_of_it = [*(one[row] for one in told), *(one[row] for one in state)]
        lists = [one.tolist() for one in arrays_of_it]
        given = [arrived[row].tolist(), service[:, row].tolist(), fails[:, row].tolist()]
        tandem_kernels.one_row(*[code, *given, *lists, limit, first, last])
        for place, filled in zip(arrays_of_it, lists, strict=True):
            place[...] = filled
