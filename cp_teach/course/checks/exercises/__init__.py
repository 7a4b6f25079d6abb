"""The exercises of the notebooks by name, in a module for each lesson."""

from typing import Any

from cp_teach.course.checks.exercise import Exercise
from cp_teach.course.lesson_modules import lesson_modules

EXERCISES: dict[str, Exercise[Any]] = {
    exercise.name: exercise for lesson in lesson_modules(__name__, __path__) for exercise in lesson.EXERCISES
}
