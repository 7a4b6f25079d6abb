"""The sample of mutants to plant, over all rooms; a change of the source changes only its own part of the sample."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from mutation.planting.population import Candidate, Mutant

AT_LEAST = 6
"""The minimum for each room; a room with fewer contributes all it has."""


def shares(sizes: dict[str, int], count: int) -> dict[str, int]:
    """The number of mutants of each room: in proportion to its size, but at least ``AT_LEAST``; ``count`` in all."""
    whole = sum(sizes.values())
    if not whole:
        return {}
    least = min(AT_LEAST, max(1, count // len(sizes)))
    return {room: min(size, max(least, round(count * size / whole))) for room, size in sizes.items()}


def sample(population: Iterable[Candidate], count: int, seed: str) -> list[Mutant]:
    """About ``count`` mutants, at most one for each statement.

    The seed and its own source decide the position of each mutant. So a changed function changes only its own mutants,
    and a list of known survivors stays valid from commit to commit.
    """
    by_room: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in population:
        by_room[candidate.place.room].append(candidate)
    counts = shares({room: len(members) for room, members in by_room.items()}, count)
    chosen = [mutant for room in by_room for mutant in _first(by_room[room], counts[room], seed)]
    # Mixed, so that a run that ends early has a sample of all rooms, too.
    return subsample(chosen, len(chosen), seed)


def subsample(chosen: Sequence[Mutant], count: int, seed: str) -> list[Mutant]:
    """``count`` of the chosen mutants, in an order that ``seed`` determines."""
    return sorted(chosen, key=lambda mutant: _rank(seed, repr(mutant.key)))[:count]


def _first(candidates: list[Candidate], count: int, seed: str) -> list[Mutant]:
    taken: list[Mutant] = []
    statements: set[tuple[object, ...]] = set()
    for candidate in sorted(candidates, key=lambda candidate: _rank(seed, candidate.identity)):
        if len(taken) == count:
            break
        statement = (candidate.place, candidate.change.statement)
        if statement not in statements and (mutant := candidate.mutant()):
            statements.add(statement)
            taken.append(mutant)
    return taken


def _rank(seed: str, identity: str) -> str:
    return hashlib.sha256(f"{seed}:{identity}".encode()).hexdigest()
