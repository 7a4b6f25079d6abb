"""The course: predictions before an experiment, checks of exercises, and levels to practise on.

>>> from cp_teach.course import check, predict
>>> print(check("00-to-prod", None))
00-to-prod: not yet. This check looks at a Run, and it was given None.
Hint: Run the cell that makes the run, and hand it over: check("00-to-prod", run).
"""

from cp_teach.course.checks.check import Checked, Line, check
from cp_teach.course.checks.exercise import Exercise, Goal
from cp_teach.course.checks.exercises import EXERCISES
from cp_teach.course.levels.level import Level
from cp_teach.course.levels.level_parser import BadLevel
from cp_teach.course.levels.level_recorder import record_level
from cp_teach.course.levels.library import levels, load_level
from cp_teach.course.predictions.prediction_widget import Prediction, predict
from cp_teach.course.predictions.question import Question
from cp_teach.course.predictions.question_library import QUESTIONS

__all__ = [
    "EXERCISES",
    "QUESTIONS",
    "BadLevel",
    "Checked",
    "Exercise",
    "Goal",
    "Level",
    "Line",
    "Prediction",
    "Question",
    "check",
    "levels",
    "load_level",
    "predict",
    "record_level",
]

Level.record = staticmethod(record_level)  # as earlier copies of the practice notebook call it
