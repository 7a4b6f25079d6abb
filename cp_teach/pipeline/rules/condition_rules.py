"""Stage conditions: before a stage, after it, and when it fails (user guide: stage-conditions)."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Conditions, Pipeline, Rule, Stage
from cp_teach.pipeline.violation import Breach

BLOCKS = (
    ("beforeEntry", "before_entry", ("FAIL", "SKIP")),
    ("onSuccess", "on_success", ("ROLLBACK", "FAIL")),
    ("onFailure", "on_failure", ("ROLLBACK", "RETRY")),
)
SKIPPERS = ("LambdaInvoke", "VariableCheck")


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """Results that a block may not have, and rules that are not complete."""
    for index, stage in enumerate(pipeline.stages):
        here = Place().stage(index, stage.name)
        for member, field, results in BLOCKS:
            block: Conditions | None = getattr(stage, field)
            if block is not None:
                yield from _block(pipeline, block, results, here.member(member).called(member), book)
        if stage.on_failure:
            yield from _failure(
                pipeline, stage, stage.on_failure, here.member("onFailure").called("onFailure")
            )


def _block(
    pipeline: Pipeline, block: Conditions, results: tuple[str, ...], here: Place, book: Catalog
) -> Iterator[Breach]:
    for number, condition in enumerate(block.conditions or ()):
        place = here.member("conditions").item(number)
        yield from _result(condition.result, results, place.member("result"))
        names: set[str] = set()
        for position, rule in enumerate(condition.rules or ()):
            inner = place.member("rules").item(position).called("rule", rule.name or position + 1)
            if rule.name in names:
                yield inner.in_stage(
                    f"Rule name '{rule.name}' is used more than once", "Give it another name."
                )
            names.add(rule.name)
            yield from _rule(rule, inner, book)
            if condition.result == "SKIP" and rule.type.provider not in SKIPPERS:
                yield inner.in_stage(
                    f"The result SKIP cannot be used with the rule {rule.type.provider}",
                    f"Skip a stage by one of: {', '.join(SKIPPERS)}.",
                )
    yield from _result(block.result, results, here.member("result"))
    if pipeline.mode == "PARALLEL" and here.words[-1] == "onSuccess" and _rolls_back(block):
        yield here.warning(
            "InvalidStageDeclarationException",
            "Conditions with rollback result type do not work in a PARALLEL pipeline.",
            "A PARALLEL pipeline has nothing to go back to: use the result FAIL.",
        )


def _result(result: str | None, allowed: tuple[str, ...], here: Place) -> Iterator[Breach]:
    if result in (None, *allowed):
        return
    message = f"The result {result} cannot be used in {here.words[-1]}"
    todo = f"Write one of: {', '.join(allowed)}."
    if here.words[-1] == "onFailure":
        # The guide and the service's model do not agree on what may follow a failure.
        yield here.warning("InvalidStageDeclarationException", message, todo)
    else:
        yield here.in_stage(message, todo)


def _rule(rule: Rule, here: Place, book: Catalog) -> Iterator[Breach]:
    required = book.rules.get(rule.type.provider)
    if required is None:
        yield here.member("ruleTypeId").in_stage(
            f"RuleType (Category: 'Rule', Provider: '{rule.type.provider}', Owner: 'AWS', "
            f"Version: '{rule.type.version or '1'}') in rule '{rule.name}' is not available",
            f"Rules there are: {', '.join(book.rules) or 'none in this catalog'}.",
        )
        return
    given = dict(rule.configuration or ())
    for key in required:
        if key not in given:
            yield here.member("configuration").in_stage(
                f"Rule configuration for rule '{rule.name}' is missing required configuration '{key}'",
                f'Add "{key}" to the configuration.',
            )
    if rule.type.provider == "Commands" and not rule.commands:
        yield here.member("commands").in_stage(
            f"Rule {rule.name} must have a non-empty commands field",
            'Write the commands: "commands": ["make"].',
        )


def _failure(pipeline: Pipeline, stage: Stage, block: Conditions, here: Place) -> Iterator[Breach]:
    if block.result and block.conditions:
        yield here.in_stage(
            "The following stage cannot have a failure exit gate configured with both top level result and "
            f"conditions: '{stage.name}\".",  # the odd quotes are the service's own
            "Keep one of the two: the result, or the conditions.",
        )
    if pipeline.mode == "PARALLEL" and _rolls_back(block):
        yield here.in_stage(
            "Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.",
            "A PARALLEL pipeline has nothing to go back to: take the rollback out.",
        )
    if stage is pipeline.stages[0] and _rolls_back(block):
        yield here.warning(
            "InvalidStageDeclarationException",
            f"The source stage '{stage.name}' cannot be rolled back",
            "Put the rollback on a stage that deploys.",
        )


def _rolls_back(block: Conditions) -> bool:
    results = [block.result, *(condition.result for condition in block.conditions or ())]
    return "ROLLBACK" in results
