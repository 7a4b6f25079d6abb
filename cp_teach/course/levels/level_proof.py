"""Proofs about a level: it can be solved, its solution is shortest, its near-misses miss, its hints apply."""

from __future__ import annotations

from cp_teach.course.levels.level import Level, Moment
from cp_teach.course.levels.solver import shortest_path


def prove(level: Level) -> list[str]:
    """The faults of the level, a sentence each; an empty list for a good level.

    A level is good if the solution wins with its last move and no earlier, no solution is shorter, no near-miss wins,
    every move off the solution leads to a moment from which the goals can be reached (unless ``lost`` explains that
    they cannot), and every hint applies somewhere. ``read_level`` checks the rest.
    """
    faults: list[str] = []
    moments = [level.start]
    for text in level.solution:
        for move in level.parse_move(text, moments[-1]):
            if level.won(moments[-1]):
                faults.append(f"the solution goes on after it has won, with {text!r}")
            moments.append(level.apply(moments[-1], move))
    count = len(moments) - 1
    best = shortest_path(level).moves
    if best is None:
        return [*faults, "the goals cannot be reached"]
    if len(best) != count:
        faults.append(
            f"the solution takes {count} moves, but {len(best)} are enough: "
            f"{', '.join(map(level.move_text, best))}"
        )
    return list(dict.fromkeys([*faults, *_near_miss_faults(level), *_path_faults(level, moments[:-1])]))


def _near_miss_faults(level: Level) -> list[str]:
    faults = []
    for number, miss in enumerate(level.near_misses, start=1):
        moment = level.start
        for text in miss.moves:
            moment = level.play(moment, [text])
            if level.won(moment):
                faults.append(f"near-miss {number} wins at {text!r}")
    if not level.near_misses and len(level.moves(level.start, level.newest)) > 1:
        faults.append("it has no near-miss, so nothing shows that its goals can be missed")
    return faults


def _path_faults(level: Level, solution: list[Moment]) -> list[str]:
    """The faults at the moments of the solution and one move off it."""
    faults, next_moves = [], set()
    for moment in solution:
        best = shortest_path(level, moment).moves
        if best is None:
            faults.append("the solution passes through a moment from which the goals cannot be reached")
            continue
        next_moves.add(level.move_text(best[0]))
        for move in level.moves(moment, level.newest):
            onward = shortest_path(level, level.apply(moment, move)).moves
            if onward:
                next_moves.add(level.move_text(onward[0]))
            if onward is None and not level.lost:
                faults.append(
                    f"after {level.move_text(move)!r} the goals cannot be reached, and the level has no message for "
                    "that (lost = …)"
                )
    faults += [
        f"the hint {hint.text!r} never applies: no shortest path begins with {hint.next!r}"
        for hint in level.hints
        if hint.next and hint.next not in next_moves
    ]
    return faults
