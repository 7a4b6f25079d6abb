"""Which mutants are planted: a sample over all rooms that changes as little as the source does."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from mutation.population import Candidate, Mutant

AT_LEAST = 6
"""So many of each room, or all that it has."""


def shares(sizes: dict[str, int], count: int) -> dict[str, int]:
    """How many mutants of each room make ``count``: in proportion to its size, and not less than ``AT_LEAST``."""
    whole = sum(sizes.values())
    if not whole:
        return {}
    least = min(AT_LEAST, max(1, count // len(sizes)))
    return {room: min(size, max(least, round(count * size / whole))) for room, size in sizes.items()}


def sample(population: Iterable[Candidate], count: int, seed: str) -> list[Mutant]:
    """About ``count`` mutants, at most one for each statement.

    Each draws its place in the order from the seed and its own source. So a changed function brings new mutants of
    itself, and all others stay: a list of known survivors does not grow old with every commit.
    """
    by_room: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in population:
        by_room[candidate.place.room].append(candidate)
    wanted = shares({room: len(those) for room, those in by_room.items()}, count)
    chosen = [mutant for room in by_room for mutant in _first(by_room[room], wanted[room], seed)]
    return subsample(chosen, len(chosen), seed)  # the rooms mixed: what is cut short is a sample, too


def subsample(chosen: Sequence[Mutant], count: int, seed: str) -> list[Mutant]:
    """``count`` of those chosen, in the order that ``seed`` gives them."""
    return sorted(chosen, key=lambda mutant: _drawn(seed, repr(mutant.key)))[:count]


def _first(those: list[Candidate], count: int, seed: str) -> list[Mutant]:
    taken: list[Mutant] = []
    statements: set[tuple[object, ...]] = set()
    for candidate in sorted(those, key=lambda candidate: _drawn(seed, candidate.identity)):
        if len(taken) == count:
            break
        statement = (candidate.place, candidate.change.statement)
        if statement not in statements and (mutant := candidate.mutant()):
            statements.add(statement)
            taken.append(mutant)
    return taken


def _drawn(seed: str, identity: str) -> str:
    return hashlib.sha256(f"{seed}:{identity}".encode()).hexdigest()
