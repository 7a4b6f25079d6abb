"""Variables: namespaces, references ``#{namespace.key}``, variables of the pipeline (S12, S13)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Action, Pipeline
from cp_teach.pipeline.violation import Breach

REFERENCE = re.compile(r"#\{([^{}]*)\}")


@dataclass(frozen=True)
class Step:
    """An action and where it stands: ``turn`` grows with the stage and, in it, with the run order."""

    stage: str
    action: Action
    place: Place
    turn: tuple[int, int]


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """S12 and S13 (asked of the service; user guide: reference-variables)."""
    steps = [
        Step(
            stage.name,
            action,
            Place().stage(index, stage.name).action(position, action.name),
            (index, action.order),
        )
        for index, stage in enumerate(pipeline.stages)
        for position, action in enumerate(stage.actions)
    ]
    spaces: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        if step.action.namespace:
            spaces[step.action.namespace].append(step)
    yield from _declared(pipeline)
    yield from _spaces(pipeline, spaces)
    for step in steps:
        yield from _references(pipeline, step, spaces)


def _declared(pipeline: Pipeline) -> Iterator[Breach]:
    seen: set[str] = set()
    for index, variable in enumerate(pipeline.variables or ()):
        if variable.name in seen:
            here = Place().member("variables").item(index).called("variable", variable.name)
            yield here.structure(
                "Variable names must be unique. "
                f"The following variable name is already in use: {variable.name}",
                "Give this variable another name.",
            )
        seen.add(variable.name)


def _spaces(pipeline: Pipeline, spaces: dict[str, list[Step]]) -> Iterator[Breach]:
    reserved = {"codepipeline", "variables"} if pipeline.variables else {"codepipeline"}
    for name, users in spaces.items():
        if len(users) > 1:
            lines = "".join(
                f"\nStageName=[{step.stage}], ActionName=[{step.action.name}], Namespace=[{name}]"
                for step in users
            )
            yield (
                users[-1]
                .place.member("namespace")
                .in_action(
                    "Namespaces must be unique across the pipeline definition. "
                    f"The following occur more than once in the pipeline.{lines}",
                    "Give each action a namespace of its own.",
                )
            )
        if name in reserved:
            yield (
                users[0]
                .place.member("namespace")
                .in_action(
                    f"Namespace '{name}' in action '{users[0].action.name}' is reserved",
                    "Use another name: the service fills this namespace itself.",
                )
            )


def _references(pipeline: Pipeline, step: Step, spaces: dict[str, list[Step]]) -> Iterator[Breach]:
    declared = {variable.name for variable in pipeline.variables or ()}
    for key, value in step.action.configuration or ():
        here = step.place.member("configuration").member(key)
        for found in REFERENCE.finditer(value):
            space, dot, word = found[1].partition(".")
            line = (
                f"StageName=[{step.stage}], ActionName=[{step.action.name}], "
                f"ActionConfigurationKey=[{key}], VariableReferenceText=[{found[0]}]"
            )
            if space == "variables" and dot and space not in spaces:
                yield from _of_pipeline(step, here, word, line, declared)
            elif not (dot and word and (space == "codepipeline" or space in spaces)):
                known = ", ".join(["codepipeline", *(["variables"] if declared else []), *spaces])
                yield here.in_action(
                    "Valid format for a pipeline execution variable reference is a namespace and a key "
                    "separated by a period (.). The following pipeline execution variables are referencing "
                    f"a namespace that does not exist.\n{line}",
                    f"Write #{{namespace.key}}; namespaces of this pipeline: {known}.",
                )
            elif space in spaces and all(maker.turn >= step.turn for maker in spaces[space]):
                # The service looks only whether the namespace exists; the value would be missing at run time.
                yield here.warning(
                    "InvalidActionDeclarationException",
                    f"{found[0]} in action {step.action.name} refers to an action that has not run by then",
                    f"Let {spaces[space][0].action.name} run earlier: a stage before, or a lower run order.",
                )


def _of_pipeline(step: Step, here: Place, word: str, line: str, declared: set[str]) -> Iterator[Breach]:
    if step.action.category == "Source":
        yield here.structure(
            f"Variables at the pipeline level cannot be used in source actions.\n{line}",
            "Write the value itself: source actions run before variables are known.",
        )
    elif word not in declared:
        yield here.structure(
            f"The referenced variables haven't been declared.\n{line}",
            f'Declare it: "variables": [{{"name": "{word}", "defaultValue": "…"}}].',
        )
