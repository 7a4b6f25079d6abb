"""The report of ``cp-teach check``: whether a file has a pipeline, is valid for AWS, and what is unknown about it.

>>> status, text = check_text('{"pipeline": }', "shop.json")
>>> print(status, text)
1 shop.json is not JSON: Expecting value at line 1, column 14.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from cp_teach.pipeline.facade import Pipeline
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.pipeline.formats.unknown_values import advice
from cp_teach.pipeline.pipeline_file import NO_OPTIONS, LoadedPipeline, StackOptions, load_file, load_text
from cp_teach.pipeline.violation import InvalidPipeline, Violation
from cp_teach.security.input.input_files import NoFile, UnreadableFile


class Report(NamedTuple):
    """The exit status, the text to print, and the pipeline.

    The status is 0 if AWS would accept the pipeline, 1 if it would not, and 2 if there is nothing to read.
    """

    status: int
    text: str
    pipeline: Pipeline | None = None


def check_text(
    text: str,
    name: str,
    catalog: Literal["today", "course"] = "today",
    options: StackOptions = NO_OPTIONS,
) -> tuple[int, str]:
    """Return the exit status (0 if AWS would accept the pipeline, else 1) and the text to print."""
    return report(lambda: load_text(text, name, options, catalog), name, catalog)[:2]


def check_file(
    path: Path, catalog: Literal["today", "course"] = "today", options: StackOptions = NO_OPTIONS
) -> Report:
    """Return the report of a file or of a CDK folder. Raises ``FileNotFoundError``."""
    return report(lambda: load_file(path, options, catalog), str(path), catalog)


def report(load: Callable[[], LoadedPipeline], name: str, catalog: Literal["today", "course"]) -> Report:
    """Return the report of the pipeline that ``load`` reads from file ``name``."""
    try:
        loaded = load()
    except UnreadableFile as error:
        is_missing = isinstance(error, NoFile) or isinstance(error.__cause__, NoFile)
        return Report(2 if is_missing else 1, sentence(error, name))
    except InvalidPipeline as refused:
        count = len(refused.errors)
        head = f"{name}: AWS would refuse this pipeline: {count} {'error' if count == 1 else 'errors'}."
        return Report(1, "\n".join([head, *numbered(refused.violations)]))
    warnings = loaded.pipeline.check(catalog=catalog, region=loaded.region)
    lines = [*summary(loaded.pipeline, name, warnings), *uncertain(loaded)]
    return Report(0, "\n".join(lines), loaded.pipeline)


def sentence(error: UnreadableFile, name: str) -> str:
    """The error of file ``name`` for the command line: with the file, and with the options to give."""
    message = error.on_command_line() if isinstance(error, InvalidTemplate) else str(error)
    return message if name in message else f"{name}: {message}"


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
    closed = dict(pipeline.disabled_transitions)
    for stage in pipeline.stages:
        groups = (
            " + ".join(f"{stage.actions[i].name} ({stage.actions[i].provider})" for i in group)
            for group in stage.groups
        )
        lines.append(f"  {stage.name:<{width}}  {' → '.join(groups)}")
        if stage.name in closed:
            reason = f": {closed[stage.name]}" if closed[stage.name] else ""
            lines.append(f"  {'':<{width}}  the transition into this stage is disabled{reason}")
    if warnings:
        count = len(warnings)
        lines += [f"{count} {'warning' if count == 1 else 'warnings'}:", *numbered(warnings)]
    return lines


def uncertain(loaded: LoadedPipeline) -> list[str]:
    """Return the lines about what a template leaves open: unknown values, with where they are used and what to give;
    conditions that are assumed; parameters for which a value was chosen; and macros that were not applied."""
    lines = []
    if loaded.unknown:
        count = len({unknown.name for unknown in loaded.unknown})
        lines.append(f"{count} {'value is' if count == 1 else 'values are'} unknown before a stack exists:")
    for name in dict.fromkeys(unknown.name for unknown in loaded.unknown):
        uses = [unknown for unknown in loaded.unknown if unknown.name == name]
        places = "; ".join(dict.fromkeys(unknown.where for unknown in uses))
        give = advice(uses[0], command_line=True)
        lines.append(f"  {name}: {uses[0].origin}. Used in {places}.{f' {give}' if give else ''}")
    if loaded.assumed:
        names = ", ".join(loaded.assumed)
        lines.append(f"Conditions that depend on unknown values, and are taken to hold: {names}.")
    if loaded.macros:
        names = ", ".join(loaded.macros)
        lines.append(
            f"Only AWS can apply the transform {names}, so the pipeline may differ. Check the processed template: aws "
            "cloudformation get-template --template-stage Processed --stack-name NAME"
        )
    lines += [
        f"Parameter {name} has no default, so it is {value!r}, its first allowed value. {advice_for(name)}"
        for name, value in loaded.chosen
    ]
    return lines


def advice_for(parameter: str) -> str:
    """How to give another value of a parameter."""
    return f"--parameter {parameter}=… gives another."
