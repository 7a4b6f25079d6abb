"""Rules for single values: patterns, lengths, ranges, enumerations (S19; service model ``codepipeline/2015-07-09``).

AWS checks these first, before the structure, and answers ``ValidationException``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.formats.json_codec import entry_location, item_location, member_location, write
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
from cp_teach.pipeline.formats.unresolved_value import Unresolved
from cp_teach.pipeline.location import Location, placed_actions
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.violation import Violation

# Documentation pages write <your-role>, ${Role}, or an account ID of letters as a placeholder.
PLACEHOLDER = re.compile(r"<.*>|\$\{.*\}|\{\{.*\}\}|arn:aws(-\w+)*:iam::[^:A-Za-z_]*[A-Za-z_][^:]*:role/.*")


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield every value that is too long, too short, out of range, or does not match its pattern."""
    yield from _check_value(PIPELINE, write(pipeline), Location())
    yield from _check_provider_names(pipeline, catalog.readings.action_provider_length)


def _check_provider_names(pipeline: PipelineDeclaration, most: int) -> Iterator[Violation]:
    """Check the provider names of custom actions against the chosen limit: the user guide's is shorter than the service
    model's.

    AWS's own CloudFormationStackInstances is longer than the guide's limit, so the guide means registered types.
    """
    assert PROVIDER.most is not None
    for action, _, location, *_ in placed_actions(pipeline):
        if action.type.owner == "Custom" and most < len(action.provider) <= PROVIDER.most:
            provider = location.member("actionTypeId", "provider")
            yield from _check_length(len(action.provider), None, most, action.provider, provider)


def _check_value(kind: Kind, value: Any, location: Location) -> Iterator[Violation]:
    match kind:
        case Scalar():
            yield from _check_scalar(kind, value, location)
        case Named():
            yield from _check_value(kind.structure, value, location)
        case List():
            yield from _check_length(len(value), kind.least, kind.most, value, location)
            for index, item in enumerate(value):
                yield from _check_value(kind.item, item, item_location(kind.item, item, location, index))
        case Map():
            yield from _check_length(len(value), None, kind.most, value, location)
            yield from _check_entries("keys", kind.key, {key: key for key in value}, location)
            if isinstance(kind.value, Scalar):
                yield from _check_entries("value", kind.value, value, location)
                return
            for key, item in value.items():
                yield from _check_value(kind.value, item, entry_location(kind.value, key, location))
        case Shape():
            for member in kind.members:
                if member.aws in value:
                    yield from _check_value(member.kind, value[member.aws], member_location(member, location))


def _check_entries(
    aspect: str, kind: Scalar, entries: Mapping[str, Any], location: Location
) -> Iterator[Violation]:
    """Check the keys or the values of a map. AWS reports all keys at once, and all values at once, with the path of the
    map and every constraint (recorded in aws/aws-cdk issue 19767 and hashicorp/terraform-provider-aws issue 41023)."""
    wrong = {
        key: item
        for key, item in entries.items()
        if not isinstance(item, Unresolved) and any(_check_scalar(kind, item, location))
    }
    if not wrong:
        return
    constraints = [
        *([f"Member must have length less than or equal to {kind.most}"] if kind.most is not None else []),
        *(
            [f"Member must have length greater than or equal to {kind.least}"]
            if kind.least is not None
            else []
        ),
        *([f"Member must satisfy regular expression pattern: {kind.pattern}"] if kind.pattern else []),
    ]
    lengths = ", ".join(
        f"{key[:60] or 'an empty key'} has {len(item)} characters" for key, item in wrong.items()
    )
    yield location.map_constraint(
        f"Map {aspect} must satisfy constraint: [{', '.join(constraints)}]",
        f"{lengths[:1].upper()}{lengths[1:]}; {kind.least or 0} to {kind.most} are allowed.",
    )


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
        if kind.pattern and not re.fullmatch(kind.pattern, value):
            yield _pattern_violation(kind, value, location)


def _pattern_violation(kind: Scalar, value: str, location: Location) -> Violation:
    placeholder = kind in (ROLE, BUCKET) and PLACEHOLDER.fullmatch(value) is not None
    todo = "Replace this placeholder with your own value." if placeholder else _pattern_advice(kind, value)
    must = f"satisfy regular expression pattern: {kind.pattern}"
    return location.constraint(value, must, todo, warning=placeholder)


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
