"""Rules for variables: namespaces, references such as ``#{namespace.key}``, and pipeline variables (S12, S13)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.location import Location, PlacedAction, placed_actions
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.violation import Violation

REFERENCE = re.compile(r"#\{([^{}]*)\}")


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield violations of S12 and S13 (probed against the service; user guide: reference-variables)."""
    namespaces: dict[str, list[PlacedAction]] = defaultdict(list)
    for placed in placed_actions(pipeline):
        if placed.action.namespace:
            namespaces[placed.action.namespace].append(placed)
    yield from _duplicate_variables(pipeline)
    yield from _check_namespaces(pipeline, namespaces)
    for placed in placed_actions(pipeline):
        yield from _check_references(pipeline, placed, namespaces)


def _duplicate_variables(pipeline: PipelineDeclaration) -> Iterator[Violation]:
    seen: set[str] = set()
    for index, variable in enumerate(pipeline.variables or ()):
        if variable.name in seen:
            location = Location().member("variables").item(index).called("variable", variable.name)
            yield location.structure(
                "Variable names must be unique. "
                f"The following variable name is already in use: {variable.name}",
                "Give this variable another name.",
            )
        seen.add(variable.name)


def _check_namespaces(
    pipeline: PipelineDeclaration, namespaces: dict[str, list[PlacedAction]]
) -> Iterator[Violation]:
    reserved = {"codepipeline", "variables"} if pipeline.variables else {"codepipeline"}
    for name, users in namespaces.items():
        first, last = users[0], users[-1]
        if len(users) > 1:
            lines = "".join(
                f"\nStageName=[{placed.stage.name}], ActionName=[{placed.action.name}], Namespace=[{name}]"
                for placed in users
            )
            yield last.location.member("namespace").in_action(
                "Namespaces must be unique across the pipeline definition. "
                f"The following occur more than once in the pipeline.{lines}",
                "Give each action its own namespace.",
            )
        if name in reserved:
            yield first.location.member("namespace").structure(
                "One or more of the chosen namespaces is reserved. Note that there is a namespace for variables at the "
                "pipeline level.\n",
                f"Use another name than {name!r}: the service fills this namespace itself.",
            )


def _check_references(
    pipeline: PipelineDeclaration, placed: PlacedAction, namespaces: dict[str, list[PlacedAction]]
) -> Iterator[Violation]:
    declared = {variable.name for variable in pipeline.variables or ()}
    for key, value in placed.action.configuration or ():
        location = placed.location.member("configuration", key)
        for reference in REFERENCE.finditer(value):
            namespace, dot, variable_name = reference[1].partition(".")
            line = (
                f"StageName=[{placed.stage.name}], ActionName=[{placed.action.name}], "
                f"ActionConfigurationKey=[{key}], VariableReferenceText=[{reference[1]}]"
            )
            if namespace == "variables" and dot and namespace not in namespaces:
                yield from _check_pipeline_variable(placed, location, variable_name, line, declared)
            elif not (dot and variable_name and (namespace == "codepipeline" or namespace in namespaces)):
                available = ", ".join(["codepipeline", *(["variables"] if declared else []), *namespaces])
                yield location.in_action(
                    "Valid format for a pipeline execution variable reference is a namespace and a key "
                    "separated by a period (.). The following pipeline execution variables are referencing "
                    f"a namespace that does not exist.\n{line}",
                    f"Write #{{namespace.key}}; namespaces of this pipeline: {available}.",
                )
            elif namespace in namespaces and min(map(_turn, namespaces[namespace])) >= _turn(placed):
                # The service checks only whether the namespace exists; the value would be missing at run time.
                yield location.in_action(
                    f"{reference[0]} in action {placed.action.name} refers to an action that has not run by then",
                    f"Let {namespaces[namespace][0].action.name} run earlier: a stage before, or a lower run order.",
                    warning=True,
                )


def _turn(placed: PlacedAction) -> tuple[int, int]:
    """When the action runs: by its stage and, within it, by its run order."""
    return placed.stage_index, placed.action.order


def _check_pipeline_variable(
    placed: PlacedAction, location: Location, variable_name: str, line: str, declared: set[str]
) -> Iterator[Violation]:
    if placed.action.category == "Source":
        yield location.structure(
            f"Variables at the pipeline level cannot be used in source actions.\n{line}",
            "Write the value itself: source actions run before the variables get their values.",
        )
    elif variable_name not in declared:
        yield location.structure(
            "The referenced variables haven't been declared.\n",  # without a list of them (as recorded)
            f"#{{variables.{variable_name}}} needs a declaration: "
            f'"variables": [{{"name": "{variable_name}", "defaultValue": "…"}}].',
        )
