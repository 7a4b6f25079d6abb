"""The truths of the questions of notebook 02, each from a scenario that is played."""

from dataclasses import replace

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


TRUTHS = {
    "02-empty-stage": _empty_stage,
    "02-gaps": _gaps,
    "02-critical-path": _critical_path,
}
