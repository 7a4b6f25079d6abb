"""Rules for single values: patterns, lengths, ranges, enumerations (S19; service model ``codepipeline/2015-07-09``).

AWS checks these first, before the structure, and answers ``ValidationException``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.formats.schema import (
    BUCKET,
    PIPELINE,
    PROVIDER,
    ROLE,
    Kind,
    List,
    Map,
    Named,
    Scalar,
    Shape,
)
from cp_teach.pipeline.location import Location
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.violation import Violation

# Documentation pages write <your-role>, ${Role}, or an account ID of letters as a placeholder.
PLACEHOLDER = re.compile(r"<.*>|\$\{.*\}|\{\{.*\}\}|arn:aws(-\w+)*:iam::[^:A-Za-z_]*[A-Za-z_][^:]*:role/.*")


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield every value that is too long, too short, out of range, or does not match its pattern."""
    yield from _check_value(PIPELINE, pipeline, Location())
    yield from _check_provider_names(pipeline, catalog.readings.action_provider_length)


def _check_provider_names(pipeline: PipelineDeclaration, most: int) -> Iterator[Violation]:
    """Check the provider names of custom actions against the chosen limit: the user guide's is shorter than the service
    model's.

    AWS's own CloudFormationStackInstances is longer than the guide's limit, so the guide means registered types.
    """
    assert PROVIDER.most is not None
    for index, stage in enumerate(pipeline.stages):
        for position, action in enumerate(stage.actions):
            if action.type.owner == "Custom" and most < len(action.provider) <= PROVIDER.most:
                member_location = Location().stage(index, stage.name).action(position, action.name)
                member_location = member_location.member("actionTypeId").member("provider")
                yield from _check_length(len(action.provider), None, most, action.provider, member_location)


def _check_value(kind: Kind, value: Any, location: Location) -> Iterator[Violation]:
    match kind:
        case Scalar():
            yield from _check_scalar(kind, value, location)
        case Named():
            yield from _check_scalar(kind.name, value, location.member("name"))
        case List():
            yield from _check_length(len(value), kind.least, kind.most, value, location)
            for index, item in enumerate(value):
                yield from _check_value(kind.item, item, _item_location(kind.item, item, location, index))
        case Map():
            yield from _check_length(len(value), None, kind.most, value, location)
            for key, item in value:
                member_location = location.member(key)
                if isinstance(kind.value, Shape) and kind.value.noun:
                    member_location = member_location.called(kind.value.noun, key)
                yield from _check_scalar(kind.key, key, member_location)
                yield from _check_value(kind.value, item, member_location)
        case Shape():
            yield from _check_members(kind, value, location)


def _check_members(shape: Shape, owner: Any, location: Location) -> Iterator[Violation]:
    for member in shape.members:
        member_location = location.member(member.aws)
        if not member.field:
            assert isinstance(member.kind, Shape)
            for inner in member.kind.members:
                value = getattr(owner, inner.field)
                # "" represents a structure that is present but empty (see ``json_codec``).
                if value is not None and (value != "" or inner.required):
                    yield from _check_value(inner.kind, value, member_location.member(inner.aws))
            continue
        value = getattr(owner, member.field)
        if value is not None:
            if isinstance(member.kind, Shape) and member.kind.noun:
                member_location = member_location.called(member.kind.noun)
            yield from _check_value(member.kind, value, member_location)


def _item_location(kind: Kind, item: Any, location: Location, index: int) -> Location:
    location = location.item(index)
    noun = kind.noun if isinstance(kind, Shape) else ""
    return location.called(noun, getattr(item, "name", "") or index + 1) if noun else location


def _check_scalar(kind: Scalar, value: Any, location: Location) -> Iterator[Violation]:
    if kind.values and value not in kind.values:
        todo = f"Write one of: {', '.join(kind.values)}."
        yield location.constraint(value, f"satisfy enum value set: [{', '.join(kind.values)}]", todo)
    elif kind.type is int:
        if kind.least is not None and value < kind.least:
            must = f"have value greater than or equal to {kind.least}"
            yield location.constraint(value, must, f"Write {kind.least} or more.")
        if kind.most is not None and value > kind.most:
            must = f"have value less than or equal to {kind.most}"
            yield location.constraint(value, must, f"Write {kind.most} or less.")
    else:
        yield from _check_length(len(value), kind.least, kind.most, value, location)
        if value and kind.pattern and not re.fullmatch(kind.pattern, value):
            yield _pattern_violation(kind, value, location)


def _pattern_violation(kind: Scalar, value: str, location: Location) -> Violation:
    violation = location.constraint(
        value, f"satisfy regular expression pattern: {kind.pattern}", _pattern_advice(kind, value)
    )
    if kind in (ROLE, BUCKET) and PLACEHOLDER.fullmatch(value):
        return location.warning(
            violation.exception, violation.message, "Replace this placeholder with your own value."
        )
    return violation


def _pattern_advice(kind: Scalar, value: str) -> str:
    if kind is ROLE:
        return "Write the ARN of an IAM role: arn:aws:iam::123456789012:role/NameOfTheRole."
    odd = sorted({letter for letter in value if not re.fullmatch(kind.pattern or "", letter)})
    quoted = " ".join("a space" if letter == " " else letter for letter in odd)
    return f"Remove what is not allowed here: {quoted}" if odd else "Use another name."


def _check_length(
    length: int, least: int | None, most: int | None, value: Any, location: Location
) -> Iterator[Violation]:
    what = "character" if isinstance(value, str) else "item"
    quoted = value if isinstance(value, str) and length <= 120 else f"({length} {what}s)" if length else ""
    if least is not None and length < least:
        todo = f"It is too short: at least {least} {what}{'' if least == 1 else 's'}."
        yield location.constraint(quoted, f"have length greater than or equal to {least}", todo)
    if most is not None and length > most:
        todo = f"It has {length} {what}s; at most {most} {'is' if most == 1 else 'are'} allowed."
        yield location.constraint(quoted, f"have length less than or equal to {most}", todo)
