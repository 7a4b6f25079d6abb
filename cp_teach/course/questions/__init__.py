"""The questions of the notebooks, by name. They stand here, so that no notebook tells the answer in its code."""

from cp_teach.course.question import Question
from cp_teach.course.questions import n00, n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11, n12

NOTEBOOKS = (n00, n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11, n12)

QUESTIONS: dict[str, Question] = {
    question.name: question
    for notebook in (n00, n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11, n12)
    for question in notebook.QUESTIONS
}
