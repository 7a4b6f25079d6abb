"""What must be true of a level before anybody is asked to solve it. (Reading the file has proven more already.)"""

from __future__ import annotations

from cp_teach.course.levels.level import Level
from cp_teach.course.levels.solver import standing


def prove(level: Level) -> list[str]:
    """What is wrong with the level, as sentences; nothing for a good one.

    The solution wins, at its last move and not before; no way is shorter; near-misses never win on the way; every
    move off the solution leads to where the goals can still be reached, or the level can say that they are lost;
    every hint is given somewhere.
    """
    wrong: list[str] = []
    moment, newest = level.start, level.newest
    path = [moment]
    count = 0
    for text in level.solution:
        for move in level.read(text, moment):
            if level.won(moment):
                wrong.append(f"the solution goes on after it has won, with {text!r}")
            moment = level.move(moment, move)
            path.append(moment)
            count += 1
    best = standing(level).way
    if best is None:
        return [*wrong, "the goals cannot be reached"]
    if len(best) != count:
        wrong.append(
            f"the solution takes {count} moves, and {len(best)} are enough: {', '.join(map(level.words, best))}"
        )
    for at, miss in enumerate(level.near_misses, start=1):
        here = level.start
        for text in miss.moves:
            here = level.play(here, [text])
            if level.won(here):
                wrong.append(f"near-miss {at} wins at {text!r}")
    if not level.near_misses:
        wrong.append("it has no near-miss: nobody knows that its goals refuse anything")
    nexts = set()
    for here in path[:-1]:
        way = standing(level, here).way
        if way is None:
            wrong.append("the solution passes through a moment from which no way is found")
            continue
        nexts.add(level.words(way[0]))
        for move in level.moves(here, newest):
            there = level.move(here, move)
            onward = standing(level, there).way
            if onward:
                nexts.add(level.words(onward[0]))
            if onward is None and not level.lost:
                wrong.append(
                    f"after {level.words(move)!r} the goals are lost, and the level has no word for it (lost = …)"
                )
    wrong += [
        f"the hint {h.text!r} is never given: no way begins with {h.next!r}"
        for h in level.hints
        if h.next and h.next not in nexts
    ]
    return list(dict.fromkeys(wrong))
