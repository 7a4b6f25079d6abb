"""Rules for stage conditions: beforeEntry, onSuccess, and onFailure (user guide: stage-conditions)."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.location import Location, placed_stages
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.model.stage import Conditions, Rule, Stage
from cp_teach.pipeline.violation import Violation

BLOCKS = (
    ("beforeEntry", "before_entry", ("FAIL", "SKIP")),
    ("onSuccess", "on_success", ("ROLLBACK", "FAIL")),
    ("onFailure", "on_failure", ("ROLLBACK", "RETRY")),
)
SKIPPERS = ("LambdaInvoke", "VariableCheck")


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield results that a condition block cannot have, and incomplete rules."""
    for stage, location in placed_stages(pipeline):
        for member, field, results in BLOCKS:
            block: Conditions | None = getattr(stage, field)
            if block is not None:
                place = location.member(member).called(member)
                yield from _block(pipeline, block, results, place, catalog)
                if member == "onFailure":
                    yield from _failure(pipeline, stage, block, place)


def _block(
    pipeline: PipelineDeclaration,
    block: Conditions,
    results: tuple[str, ...],
    location: Location,
    catalog: Catalog,
) -> Iterator[Violation]:
    for number, condition in enumerate(block.conditions or ()):
        condition_location = location.member("conditions").item(number)
        yield from _result(condition.result, results, condition_location.member("result"))
        names: set[str] = set()
        for position, rule in enumerate(condition.rules or ()):
            rule_location = (
                condition_location.member("rules").item(position).called("rule", rule.name or position + 1)
            )
            if rule.name in names:
                yield rule_location.in_stage(
                    f"Rule name '{rule.name}' is used more than once", "Give it another name."
                )
            names.add(rule.name)
            yield from _rule(rule, rule_location, catalog)
            if condition.result == "SKIP" and rule.type.provider not in SKIPPERS:
                yield rule_location.in_stage(
                    f"The result SKIP cannot be used with the rule {rule.type.provider}",
                    f"Skip a stage by one of: {', '.join(SKIPPERS)}.",
                )
    yield from _result(block.result, results, location.member("result"))
    if pipeline.mode == "PARALLEL" and location.nouns[-1] == "onSuccess" and _rolls_back(block):
        yield location.in_stage(
            "Conditions with rollback result type do not work in a PARALLEL pipeline.",
            "A PARALLEL pipeline has no earlier state to roll back to: use the result FAIL.",
            warning=True,
        )


def _result(result: str | None, allowed: tuple[str, ...], location: Location) -> Iterator[Violation]:
    if result in (None, *allowed):
        return
    message = f"The result {result} cannot be used in {location.nouns[-1]}"
    todo = f"Write one of: {', '.join(allowed)}."
    # The user guide and the service model disagree about the results of onFailure.
    yield location.in_stage(message, todo, warning=location.nouns[-1] == "onFailure")


def _rule(rule: Rule, location: Location, catalog: Catalog) -> Iterator[Violation]:
    required = catalog.rules.get(rule.type.provider)
    if required is None:
        yield location.member("ruleTypeId").in_stage(
            f"RuleType (Category: 'Rule', Provider: '{rule.type.provider}', Owner: 'AWS', "
            f"Version: '{rule.type.version or '1'}') in rule '{rule.name}' is not available",
            f"Available rules: {', '.join(catalog.rules) or 'none in this catalog'}.",
        )
        return
    given = dict(rule.configuration or ())
    for key in required:
        if key not in given:
            yield location.member("configuration").in_stage(
                f"Rule configuration for rule '{rule.name}' is missing required configuration '{key}'",
                f'Add "{key}" to the configuration.',
            )
    if rule.type.provider == "Commands" and not rule.commands:
        yield location.member("commands").in_stage(
            f"Rule {rule.name} must have a non-empty commands field",
            'Write the commands: "commands": ["make"].',
        )


def _failure(
    pipeline: PipelineDeclaration, stage: Stage, block: Conditions, location: Location
) -> Iterator[Violation]:
    if block.result and block.conditions:
        yield location.in_stage(
            "The following stage cannot have a failure exit gate configured with both top level result and "
            f"conditions: '{stage.name}\".",  # the odd quotes are the service's own
            "Keep one of the two: the result, or the conditions.",
        )
    if pipeline.mode == "PARALLEL" and _rolls_back(block):
        yield location.in_stage(
            "Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.",
            "A PARALLEL pipeline has no earlier state to roll back to: remove the rollback.",
        )
    if stage is pipeline.stages[0] and _rolls_back(block):
        yield location.in_stage(
            f"The source stage '{stage.name}' cannot be rolled back",
            "Put the rollback on a stage that deploys.",
            warning=True,
        )


def _rolls_back(block: Conditions) -> bool:
    results = [block.result, *(condition.result for condition in block.conditions or ())]
    return "ROLLBACK" in results
