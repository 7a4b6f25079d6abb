"""The questions of the notebooks by name, in a module for each lesson, so that no notebook reveals its answers."""

from cp_teach.course.lesson_modules import lesson_modules
from cp_teach.course.predictions.question import Question

QUESTIONS: dict[str, Question] = {
    question.name: question for lesson in lesson_modules(__name__, __path__) for question in lesson.QUESTIONS
}
