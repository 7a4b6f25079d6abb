"""The report of ``cp-teach check``: whether a file is JSON, is a pipeline, and is valid for AWS.

>>> status, text = check_text('{"pipeline": }', "shop.json")
>>> print(status, text)
1 shop.json is not JSON: Expecting value at line 1, column 14.
"""

from __future__ import annotations

from typing import Literal

from cp_teach.pipeline.facade import Pipeline
from cp_teach.pipeline.violation import InvalidPipeline, Violation
from cp_teach.security.input.input_files import UnreadableFile, parse_input_json

EXPECTED = (
    "A pipeline is what `aws codepipeline get-pipeline` prints: an object with name, roleArn and stages."
)


def check_text(text: str, name: str, catalog: Literal["today", "course"] = "today") -> tuple[int, str]:
    """Return the exit status (0 if AWS would accept the pipeline, else 1) and the text to print."""
    try:
        structure = parse_input_json(text, name)
    except UnreadableFile as error:
        return 1, str(error)
    body = structure.get("pipeline", structure) if isinstance(structure, dict) else structure
    if not isinstance(body, dict) or not {"name", "roleArn", "stages"} & set(body):
        descriptions: dict[type, str] = {dict: "an object without any of them", list: "a list"}
        description = descriptions.get(type(body), "a single value")
        return 1, f"{name} is JSON, but not a pipeline: it is {description}. {EXPECTED}"
    try:
        pipeline = Pipeline.from_aws(structure, catalog=catalog)
    except InvalidPipeline as refused:
        count = len(refused.errors)
        head = f"{name}: AWS would refuse this pipeline: {count} {'error' if count == 1 else 'errors'}."
        return 1, "\n".join([head, *numbered(refused.violations)])
    return 0, "\n".join(summary(pipeline, name, pipeline.check(catalog=catalog)))


def numbered(violations: list[Violation]) -> list[str]:
    """Return the violations as numbered texts."""
    return [f"{number}. {breach}" for number, breach in enumerate(violations, start=1)]


def summary(pipeline: Pipeline, name: str, warnings: list[Violation]) -> list[str]:
    """Return the lines that describe a valid pipeline: its stages, its actions, and warnings."""
    actions = sum(len(stage.actions) for stage in pipeline.stages)
    counts = f"{len(pipeline.stages)} stages, {actions} actions"
    lines = [
        f"{name}: AWS would accept this pipeline.",
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
        count = len(warnings)
        lines += [f"{count} {'warning' if count == 1 else 'warnings'}:", *numbered(warnings)]
    return lines
