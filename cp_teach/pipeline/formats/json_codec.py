"""AWS's JSON in and out: ``read`` makes a blueprint of it, ``write`` gives back exactly what was read.

What is read is only looked at for its *form* here: are the members there, are they known, are they of the
type that AWS declares? Their values are for the rules.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from cp_teach.pipeline.formats.schema import PIPELINE, Kind, List, Map, Member, Named, Scalar, Shape
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Pipeline
from cp_teach.pipeline.violation import Breach, InvalidPipeline

WORDS = {str: "a string", int: "an integer"}


def read(declaration: Any) -> tuple[Pipeline, list[Breach]]:
    """The pipeline that this JSON declares, as far as it can be read, and every breach of form.

    Takes what ``get-pipeline`` prints (an outer ``pipeline`` beside ``metadata`` or other things) or the
    inner structure alone. Raises ``InvalidPipeline`` when it is no JSON object at all.
    """
    body = inner(declaration)
    breaches: list[Breach] = []
    pipeline = _structure(PIPELINE, body, Place(), breaches)
    assert isinstance(pipeline, Pipeline)
    return pipeline, breaches


def inner(declaration: Any) -> Mapping[str, Any]:
    """The structure itself, out of the wrapping that ``get-pipeline`` puts round it."""
    body = declaration
    if isinstance(body, Mapping) and "pipeline" in body:
        body = body["pipeline"]
    if not isinstance(body, Mapping):
        todo = (
            'Give a JSON object with "name", "roleArn" and "stages", '
            "as `aws codepipeline get-pipeline` prints it."
        )
        raise InvalidPipeline([Place().constraint(_short(body), "be a structure", todo)])
    return body


def write(pipeline: Pipeline) -> dict[str, Any]:
    """The structure as AWS prints it (the part inside ``pipeline``)."""
    return _body(PIPELINE, pipeline)


# -- reading -----------------------------------------------------------------------------------------------
def _value(kind: Kind, value: Any, place: Place, breaches: list[Breach]) -> Any:
    """One member's value in the form the blueprint keeps it; what cannot be read becomes its empty form."""
    match kind:
        case Scalar():
            # True is an int for Python, but not for AWS.
            if isinstance(value, kind.type) and not isinstance(value, bool):
                return value
            todo = f"Write {WORDS[kind.type]} here" + (
                f': "{_text(value)}".' if kind.type is str else ", no quotes, no fraction."
            )
            breaches.append(place.constraint(_short(value), f"be {WORDS[kind.type]}", todo))
        case List():
            if isinstance(value, list | tuple):
                return tuple(
                    _value(kind.item, item, _named(kind.item, item, place, index), breaches)
                    for index, item in enumerate(value)
                )
            breaches.append(
                place.constraint(_short(value), "be a list", "Put it in square brackets: a list.")
            )
        case Map():
            if isinstance(value, Mapping):
                return tuple(
                    (str(key), _value(kind.value, item, _entry(kind.value, key, place), breaches))
                    for key, item in value.items()
                )
            breaches.append(
                place.constraint(_short(value), "be a map", "Write an object of keys and values here.")
            )
        case Named():
            if isinstance(value, Mapping):
                _unknown((Member("name", "name", kind.name, True),), value, place, breaches)
                return _member(Member("name", "name", kind.name, True), value, place, breaches)
            breaches.append(place.constraint(_short(value), "be a structure", 'Write {"name": "…"} here.'))
        case Shape():
            if isinstance(value, Mapping):
                return _structure(kind, value, place, breaches)
            breaches.append(
                place.constraint(_short(value), "be a structure", "Write a JSON object here: { … }.")
            )
    return empty(kind)


def _structure(shape: Shape, body: Mapping[str, Any], place: Place, breaches: list[Breach]) -> Any:
    _unknown(shape.members, body, place, breaches)
    values = {}
    for member in shape.members:
        found = _member(member, body, place, breaches)
        values.update(_flat(member, body, found) if not member.field else {member.field: found})
    return shape.make(**values) if shape.make else values


def _flat(member: Member, body: Mapping[str, Any], found: Any) -> dict[str, Any]:
    """The fields of a structure that the blueprint keeps flat; an empty one leaves a ``""``."""
    assert isinstance(member.kind, Shape)
    fields: dict[str, Any] = found or {inner.field: None for inner in member.kind.members}
    if member.aws in body and all(value is None for value in fields.values()):
        fields[member.kind.members[0].field] = ""
    return fields


def _member(member: Member, body: Mapping[str, Any], place: Place, breaches: list[Breach]) -> Any:
    place = place.member(member.aws)
    if isinstance(member.kind, Shape) and member.kind.noun:
        place = place.called(member.kind.noun)
    if member.aws in body:
        return _value(member.kind, body[member.aws], place, breaches)
    if not member.required:
        return None
    breaches.append(place.constraint(None, "not be null", f'Add "{member.aws}"; AWS cannot do without it.'))
    return empty(member.kind)


def _unknown(
    members: tuple[Member, ...], body: Mapping[str, Any], place: Place, breaches: list[Breach]
) -> None:
    """AWS's clients refuse a member that the service does not know."""
    known = {member.aws: member for member in members}
    for key in body:
        if key not in known:
            close = _closest(str(key), list(known))
            todo = f'Did you mean "{close}"?' if close else f"Take it out; known here: {', '.join(known)}."
            breaches.append(place.member(str(key)).constraint(_short(body[key]), "be a known member", todo))


def _closest(key: str, known: list[str]) -> str | None:
    """CloudFormation writes the same words with capitals; a typing error is near to what was meant."""
    same = [word for word in known if word.lower() == key.lower()]
    return next(iter(same or difflib.get_close_matches(key, known, 1)), None)


def empty(kind: Kind) -> Any:
    """What stands for a missing value, so that the other rules can still be asked."""
    match kind:
        case Scalar():
            return None if kind.type is int else ""
        case Shape():
            return _structure(kind, {}, Place(), [])
        case Named():
            return ""
        case _:
            return ()


def _named(kind: Kind, item: Any, place: Place, index: int) -> Place:
    """The place of a member of a list; a reader knows it by its name, or by its number."""
    place = place.item(index)
    if not isinstance(kind, Shape) or not kind.noun:
        return place
    name = item.get("name") if isinstance(item, Mapping) else None
    return place.called(kind.noun, name if isinstance(name, str) and name else index + 1)


def _entry(kind: Kind, key: Any, place: Place) -> Place:
    place = place.member(str(key))
    return place.called(kind.noun, key) if isinstance(kind, Shape) and kind.noun else place


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else _short(value)


def _short(value: Any) -> str:
    shown = "null" if value is None else str(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


# -- writing -----------------------------------------------------------------------------------------------
def _plain(kind: Kind, value: Any) -> Any:
    match kind:
        case List():
            return [_plain(kind.item, item) for item in value]
        case Map():
            return {key: _plain(kind.value, item) for key, item in value}
        case Named():
            return {"name": value}
        case Shape():
            return _body(kind, value)
    return value


def _body(shape: Shape, owner: Any) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for member in shape.members:
        if member.field:
            value = getattr(owner, member.field)
            if value is not None:
                body[member.aws] = _plain(member.kind, value)
        else:
            assert isinstance(member.kind, Shape)
            found = {inner.field: getattr(owner, inner.field) for inner in member.kind.members}
            if member.required or any(value is not None for value in found.values()):
                body[member.aws] = {
                    inner.aws: _plain(inner.kind, found[inner.field])
                    for inner in member.kind.members
                    if found[inner.field] is not None and (found[inner.field] != "" or member.required)
                }
    return body
