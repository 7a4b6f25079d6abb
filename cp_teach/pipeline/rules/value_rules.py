"""Single values: alphabets, lengths, ranges, enumerations (S19; service model ``codepipeline/2015-07-09``).

AWS checks these first, before it looks at the structure at all, and answers ``ValidationException``.
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
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Pipeline
from cp_teach.pipeline.violation import Breach

# A documentation page writes <your-role>, ${Role} or an account of letters where a reader puts her own.
PLACEHOLDER = re.compile(r"<.*>|\$\{.*\}|\{\{.*\}\}|arn:aws(-\w+)*:iam::[^:A-Za-z_]*[A-Za-z_][^:]*:role/.*")


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """Every value that is too long, too short, out of range, or in the wrong alphabet."""
    yield from _look(PIPELINE, pipeline, Place())
    yield from _providers(pipeline, book.readings.action_provider_length)


def _providers(pipeline: Pipeline, most: int) -> Iterator[Breach]:
    """The names of custom providers, where the user guide's shorter limit was chosen for the service model's.

    AWS's own CloudFormationStackInstances is longer than that: the guide means the types that somebody registers.
    """
    assert PROVIDER.most is not None
    for index, stage in enumerate(pipeline.stages):
        for position, action in enumerate(stage.actions):
            if action.type.owner == "Custom" and most < len(action.provider) <= PROVIDER.most:
                here = Place().stage(index, stage.name).action(position, action.name)
                here = here.member("actionTypeId").member("provider")
                yield from _length(len(action.provider), None, most, action.provider, here)


def _look(kind: Kind, value: Any, place: Place) -> Iterator[Breach]:
    match kind:
        case Scalar():
            yield from _scalar(kind, value, place)
        case Named():
            yield from _scalar(kind.name, value, place.member("name"))
        case List():
            yield from _length(len(value), kind.least, kind.most, value, place)
            for index, item in enumerate(value):
                yield from _look(kind.item, item, _item(kind.item, item, place, index))
        case Map():
            yield from _length(len(value), None, kind.most, value, place)
            for key, item in value:
                here = place.member(key)
                if isinstance(kind.value, Shape) and kind.value.noun:
                    here = here.called(kind.value.noun, key)
                yield from _scalar(kind.key, key, here)
                yield from _look(kind.value, item, here)
        case Shape():
            yield from _members(kind, value, place)


def _members(shape: Shape, owner: Any, place: Place) -> Iterator[Breach]:
    for member in shape.members:
        here = place.member(member.aws)
        if not member.field:
            assert isinstance(member.kind, Shape)
            for inner in member.kind.members:
                value = getattr(owner, inner.field)
                # An empty text stands for a structure that is there but empty, see declaration.
                if value is not None and (value != "" or inner.required):
                    yield from _look(inner.kind, value, here.member(inner.aws))
            continue
        value = getattr(owner, member.field)
        if value is not None:
            if isinstance(member.kind, Shape) and member.kind.noun:
                here = here.called(member.kind.noun)
            yield from _look(member.kind, value, here)


def _item(kind: Kind, item: Any, place: Place, index: int) -> Place:
    place = place.item(index)
    noun = kind.noun if isinstance(kind, Shape) else ""
    return place.called(noun, getattr(item, "name", "") or index + 1) if noun else place


def _scalar(kind: Scalar, value: Any, place: Place) -> Iterator[Breach]:
    if kind.values and value not in kind.values:
        todo = f"Write one of: {', '.join(kind.values)}."
        yield place.constraint(value, f"satisfy enum value set: [{', '.join(kind.values)}]", todo)
    elif kind.type is int:
        if kind.least is not None and value < kind.least:
            must = f"have value greater than or equal to {kind.least}"
            yield place.constraint(value, must, f"Write {kind.least} or more.")
        if kind.most is not None and value > kind.most:
            must = f"have value less than or equal to {kind.most}"
            yield place.constraint(value, must, f"Write {kind.most} or less.")
    else:
        yield from _length(len(value), kind.least, kind.most, value, place)
        if value and kind.pattern and not re.fullmatch(kind.pattern, value):
            yield _alphabet(kind, value, place)


def _alphabet(kind: Scalar, value: str, place: Place) -> Breach:
    breach = place.constraint(
        value, f"satisfy regular expression pattern: {kind.pattern}", _instead(kind, value)
    )
    if kind in (ROLE, BUCKET) and PLACEHOLDER.fullmatch(value):
        return place.warning(
            breach.exception, breach.message, "Put your own in the place of this placeholder."
        )
    return breach


def _instead(kind: Scalar, value: str) -> str:
    if kind is ROLE:
        return "Write the ARN of an IAM role: arn:aws:iam::123456789012:role/NameOfTheRole."
    odd = sorted({letter for letter in value if not re.fullmatch(kind.pattern or "", letter)})
    shown = " ".join("a space" if letter == " " else letter for letter in odd)
    return f"Take out what is not allowed here: {shown}" if odd else "Use another name."


def _length(length: int, least: int | None, most: int | None, value: Any, place: Place) -> Iterator[Breach]:
    what = "character" if isinstance(value, str) else "item"
    shown = value if isinstance(value, str) and length <= 120 else f"({length} {what}s)" if length else ""
    if least is not None and length < least:
        todo = f"It is too short: at least {least} {what}{'' if least == 1 else 's'}."
        yield place.constraint(shown, f"have length greater than or equal to {least}", todo)
    if most is not None and length > most:
        todo = f"It has {length} {what}s; at most {most} {'is' if most == 1 else 'are'} allowed."
        yield place.constraint(shown, f"have length less than or equal to {most}", todo)
