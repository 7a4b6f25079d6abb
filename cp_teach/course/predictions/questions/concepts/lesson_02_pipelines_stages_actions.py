"""The questions of notebook 02: an empty stage, gaps in the run order, the critical path."""

from dataclasses import replace

from cp_teach.course.predictions.question import Question
from cp_teach.pipeline import Pipeline, Stage, critical_path, load_pipeline


def _refused(pipeline: Pipeline) -> bool:
    return any(breach.level == "error" for breach in pipeline.check())


def _empty_stage() -> str:
    demo = load_pipeline("demo")
    empty = tuple(Stage("Beta", ()) if stage.name == "Beta" else stage for stage in demo.stages)
    if _refused(replace(demo, stages=empty)):
        return "It refuses the whole pipeline."
    return "It accepts it, and skips the stage."


def _with_orders(*orders: int) -> Pipeline:
    demo = load_pipeline("demo")
    source, build, *rest = demo.stages
    actions = tuple(replace(a, run_order=order) for a, order in zip(build.actions, orders, strict=True))
    return replace(demo, stages=(source, replace(build, actions=actions), *rest))


def _gaps() -> str:
    gaps, none = _with_orders(1, 5, 9), _with_orders(1, 2, 3)
    if _refused(gaps):
        return "AWS refuses it: 2 to 4 are missing."
    same = gaps["Build"].groups == none["Build"].groups
    return "The same as with 1, 2 and 3." if same else "All three run at the same time."


def _critical_path() -> str:
    minutes = {"Source": 0.2, "Compile": 3.0, "UnitTest": 2.0, "Lint": 5.0, "Deploy": 2.0}
    demo = load_pipeline("demo")
    gain = critical_path(demo, minutes)[0] - critical_path(demo, {**minutes, "UnitTest": 1.0})[0]
    return {0.0: "Nothing.", 0.5: "Half a minute.", 1.0: "One minute."}[round(gain, 1)]


QUESTIONS = (
    Question(
        "02-empty-stage",
        "What does AWS do with a pipeline in which one stage has no action?",
        {
            "It accepts it, and skips the stage.": "A stage exists to hold actions. AWS takes none without.",
            "It refuses the whole pipeline.": (
                "Every stage must have at least one action, and a pipeline is accepted as a whole or not at all."
            ),
            "It accepts it, and each execution waits there.": (
                "What waits, waits for something that ends. The blueprint is refused before anything runs."
            ),
        },
        _empty_stage,
    ),
    Question(
        "02-gaps",
        "The run orders of Compile, UnitTest and Lint are changed to 1, 5 and 9. What does the stage do?",
        {
            "AWS refuses it: 2 to 4 are missing.": "Any whole number from 1 to 999 is fine, and gaps are harmless.",
            "The same as with 1, 2 and 3.": "Only the order counts: first Compile, then UnitTest, then Lint.",
            "All three run at the same time.": "At the same time run those with the same number.",
        },
        _gaps,
    ),
    Question(
        "02-critical-path",
        "Lint takes 5 minutes, UnitTest 2, in parallel. The time of UnitTest is halved. What does the team gain?",
        {
            "Nothing.": "Lint is on the critical path. UnitTest waits for it either way.",
            "Half a minute.": "Parallel actions do not share their time: the slowest one alone decides.",
            "One minute.": "That would be so if the two ran one after the other.",
        },
        _critical_path,
    ),
)
