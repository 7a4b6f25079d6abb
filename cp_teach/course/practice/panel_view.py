"""What the practice panel shows, as plain JSON."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from cp_teach.course.levels.level import Asked, Moment
from cp_teach.course.levels.move_language import Answer, Said
from cp_teach.engine.model.state import State
from cp_teach.show.view.moves import label_of

if TYPE_CHECKING:
    from cp_teach.course.practice.practice_widget import Practice

WORDS = {"solved": "Solved", "shown": "Solution shown", "skipped": "Skipped", "": "Open"}
GLYPHS = {"solved": "✓", "shown": "◐", "skipped": "»", "": "○"}


def page(desk: Practice) -> dict[str, Any]:
    """Everything the panel draws: the list, the level, its goals, its moves, its questions."""
    attempt, level = desk.attempt, desk.level
    moment = attempt.moment
    met = level.met(moment)
    standing = None if all(met) else attempt.standing()
    lost = standing is not None and standing.lost
    rows = list(desk.levels.values())
    return {
        "chapters": [
            {"name": chapter, "levels": [_row(desk, each.name, each.title) for each in group]}
            for chapter, group in groupby(rows, key=lambda each: each.chapter)
        ],
        "done": desk.progress.done(desk.levels),
        "count": len(rows),
        "level": level.name,
        "number": desk.number,
        "title": level.title,
        "task": level.task,
        "teaches": level.teaches,
        "goals": [{"text": goal.text, "met": one} for goal, one in zip(level.goals, met, strict=True)],
        "moves": attempt.moves,
        "par": desk.par,
        "won": all(met),
        "shown": attempt.shown,
        "lost": (level.lost or "From here the goals cannot be reached any more. Undo.") if lost else "",
        "hint": desk.hint,
        "solution": desk.solution,
        "possible": [
            {"move": level.words(move), "label": told(moment.state, move)}
            for move in attempt.possible()
            if not isinstance(move, Answer)
        ],
        "question": _question(level.question, desk.chosen, level.start) if level.question else None,
        "predictions": [
            _question(asked, desk.predicted.get(at, -1), level.play(level.start, asked.after))
            for at, asked in enumerate(level.predictions)
        ],
        "note": desk.progress.note,
        "file": desk.progress.path.name if desk.progress.path else "",
        "export": desk.progress.export(),
    }


def told(state: State, move: Said) -> str:
    """What a move does, in the words of the console's buttons."""
    return f"answer “{move.option}”" if isinstance(move, Answer) else label_of(state, move)


def _row(desk: Practice, name: str, title: str) -> dict[str, Any]:
    kept = desk.progress.levels.get(name, {})
    state = str(kept.get("state", ""))
    word = WORDS[state] + (f" in {kept['moves']}" if state == "solved" else "")
    return {"name": name, "title": title, "state": state, "word": word, "glyph": GLYPHS[state]}


def _question(asked: Asked, chosen: int, moment: Moment) -> dict[str, Any]:
    """The options; why each is right or not stands there only once one was chosen."""
    options: list[dict[str, Any]] = [{"text": option.text} for option in asked.options]
    if chosen >= 0:
        for shown, option in zip(options, asked.options, strict=True):
            shown["right"], shown["reason"] = option.right(*moment), option.reason
    return {"question": asked.question, "options": options, "chosen": chosen}
