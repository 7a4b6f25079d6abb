"""The view model of the practice panel, as plain JSON."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from cp_teach.course.levels.level import Level, LevelQuestion, Moment
from cp_teach.course.levels.move_language import Answer, move_label
from cp_teach.course.practice.practice_state import PracticeState
from cp_teach.course.practice.progress import Progress
from cp_teach.translation import N_, _

STATUS_TEXTS = {
    "solved": N_("Solved"),
    "shown": N_("Solution shown"),
    "skipped": N_("Skipped"),
    "": N_("Open"),
}
GLYPHS = {"solved": "✓", "shown": "◐", "skipped": "»", "": "○"}


def panel_view(state: PracticeState) -> dict[str, Any]:
    """Everything that the panel draws: the list of levels, and the open level with its goals, moves and questions.

    The keys are those that ``static/practice.js`` reads.
    """
    attempt, level, progress = state.attempt, state.level, state.progress
    moment = attempt.moment
    met = level.met(moment)
    path = None if all(met) else attempt.path_to_goals()
    return {
        "chapters": [
            {"name": _(chapter), "levels": [_row(progress, each) for each in group]}
            for chapter, group in groupby(state.levels.values(), key=lambda each: each.chapter)
        ],
        "done": progress.count_solved(state.levels),
        "count": len(state.levels),
        "level": level.name,
        "number": state.number,
        "title": _(level.title),
        "task": _(level.task),
        "teaches": _(level.teaches),
        "goals": [
            {"text": _(goal.text), "met": is_met} for goal, is_met in zip(level.goals, met, strict=True)
        ],
        "moves": attempt.moves,
        "par": state.par,
        "won": all(met),
        "shown": attempt.solution_shown,
        "lost": _(level.lost_message) if path is not None and path.lost else "",
        "hint": state.hint,
        "solution": state.solution,
        "possible": [
            {"move": level.move_text(move), "label": move_label(moment.state, move)}
            for move in attempt.possible()
            if not isinstance(move, Answer)
        ],
        "question": _question(level.question, state.chosen, level.start) if level.question else None,
        "predictions": [
            _question(question, state.predicted.get(at, -1), level.play(level.start, question.after))
            for at, question in enumerate(level.predictions)
        ],
        "note": progress.note,
        "file": progress.path.name if progress.path else "",
        "export": progress.export(),
    }


def _row(progress: Progress, level: Level) -> dict[str, str]:
    status = progress.state(level.name)
    text = _(STATUS_TEXTS[status])
    if status == "solved":
        text = _("Solved in {moves}", moves=progress.levels[level.name]["moves"])
    return {
        "name": level.name,
        "title": _(level.title),
        "state": status,
        "word": text,
        "glyph": GLYPHS[status],
    }


def _question(question: LevelQuestion, chosen: int, moment: Moment) -> dict[str, Any]:
    """The question with its options, and their explanations once an option is chosen."""
    return {**question_view(question, moment, explained=chosen >= 0), "chosen": chosen}


def question_view(question: LevelQuestion, moment: Moment, *, explained: bool) -> dict[str, Any]:
    """The question with its options: their texts, and, if ``explained``, which is right and why."""
    options: list[dict[str, Any]] = [{"text": _(option.text)} for option in question.options]
    if explained:
        for row, option in zip(options, question.options, strict=True):
            row |= {"reason": _(option.reason), "right": option.right(*moment)}
    return {"question": _(question.question), "options": options}
