"""What ``cp-teach check`` says about a file: is it JSON, is it a pipeline, would AWS take it?

>>> status, text = report('{"pipeline": }', "shop.json")
>>> print(status, text)
1 shop.json is not JSON: Expecting value at line 1, column 14.
"""

from __future__ import annotations

from typing import Literal

from cp_teach.pipeline.model.pipeline import Pipeline
from cp_teach.pipeline.violation import Breach, InvalidPipeline
from cp_teach.security.input.input_files import UnreadableFile, parse_input_json

EXPECTED = (
    "A pipeline is what `aws codepipeline get-pipeline` prints: an object with name, roleArn and stages."
)


def report(text: str, name: str, catalog: Literal["today", "course"] = "today") -> tuple[int, str]:
    """The exit status (0: AWS would take it, 1: it would not) and the text to print."""
    try:
        structure = parse_input_json(text, name)
    except UnreadableFile as error:
        return 1, str(error)
    body = structure.get("pipeline", structure) if isinstance(structure, dict) else structure
    if not isinstance(body, dict) or not {"name", "roleArn", "stages"} & set(body):
        kinds: dict[type, str] = {dict: "an object without any of them", list: "a list"}
        kind = kinds.get(type(body), "a single value")
        return 1, f"{name} is JSON, but not a pipeline: it is {kind}. {EXPECTED}"
    try:
        pipeline = Pipeline.from_aws(structure, catalog=catalog)
    except InvalidPipeline as refused:
        many = len(refused.errors)
        head = f"{name}: AWS would refuse this pipeline: {many} {'thing' if many == 1 else 'things'} to mend."
        return 1, "\n".join([head, *listed(refused.breaches)])
    return 0, "\n".join(summary(pipeline, name, pipeline.check(catalog=catalog)))


def listed(breaches: list[Breach]) -> list[str]:
    """The breaches with their numbers."""
    return [f"{number}. {breach}" for number, breach in enumerate(breaches, start=1)]


def summary(pipeline: Pipeline, name: str, warnings: list[Breach]) -> list[str]:
    """A pipeline that AWS would take, in a few lines: its stages, its actions, what to look at again."""
    actions = sum(len(stage.actions) for stage in pipeline.stages)
    counts = f"{len(pipeline.stages)} stages, {actions} actions"
    lines = [
        f"{name}: AWS would take this pipeline.",
        f"{pipeline.name} ({pipeline.type}, {pipeline.mode}): {counts}",
    ]
    width = max(len(stage.name) for stage in pipeline.stages)
    for stage in pipeline.stages:
        groups = (
            " + ".join(f"{stage.actions[i].name} ({stage.actions[i].provider})" for i in group)
            for group in stage.groups
        )
        lines.append(f"  {stage.name:<{width}}  {' → '.join(groups)}")
    if warnings:
        many = len(warnings)
        lines += [f"{many} {'warning' if many == 1 else 'warnings'}, worth a look:", *listed(warnings)]
    return lines
