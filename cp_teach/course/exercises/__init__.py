"""The exercises of the notebooks, by name. Each notebook's are in a file of their own."""

from cp_teach.course.exercise import Exercise
from cp_teach.course.exercises import n00, n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11, n12

NOTEBOOKS = (n00, n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11, n12)

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for notebook in (n00, n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11, n12)
    for exercise in notebook.EXERCISES
}
