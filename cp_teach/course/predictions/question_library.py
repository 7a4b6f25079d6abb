"""The questions of the notebooks by name: their texts from ``data/questions``, their truths from ``scenarios``.

The texts are not in the notebooks, so that no notebook reveals its answers.
"""

from __future__ import annotations

import tomllib

from cp_teach import resources
from cp_teach.course.lesson_modules import lesson_modules
from cp_teach.course.predictions import scenarios
from cp_teach.course.predictions.question import Question


def _read_questions() -> dict[str, Question]:
    lessons = lesson_modules(scenarios.__name__, scenarios.__path__)
    truths = {name: truth for lesson in lessons for name, truth in lesson.TRUTHS.items()}
    return {
        name: Question(
            name,
            entry["text"],
            {option["answer"]: option["explanation"] for option in entry["options"]},
            truths[name],
        )
        for path in sorted(resources.questions().glob("*/*.toml"), key=lambda path: path.name)
        for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


QUESTIONS = _read_questions()
