"""AWS's JSON: ``read`` converts it to a declaration, and ``write`` returns exactly what was read.

Reading checks only the form: required members, unknown members, and types. ``rules`` checks the values.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from cp_teach.pipeline.formats.documents.document_kinds import (
    describe,
    described_response,
    has_capitals,
    recognize,
)
from cp_teach.pipeline.formats.schema import PIPELINE, Kind, List, Map, Member, Named, Scalar, Shape
from cp_teach.pipeline.location import Location
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.violation import InvalidPipeline, Violation
from cp_teach.security.input.documents import parse_document
from cp_teach.security.input.input_files import UnreadableFile, decode_text

P = TypeVar("P", bound=PipelineDeclaration)
TYPE_NAMES = {str: "a string", int: "an integer"}


def read(declaration: Any, make: type[P]) -> tuple[P, list[Violation]]:
    """Return the pipeline that this JSON declares, as far as it can be read, and every violation of its form.

    ``declaration`` is the output of ``get-pipeline``, with an outer ``pipeline`` key, or the structure alone, parsed or
    as JSON or YAML text. ``make`` is the class of the result. Raises ``InvalidPipeline`` if it is something else.
    """
    body = _structure_of(declaration)
    violations: list[Violation] = []
    pipeline = _structure(replace(PIPELINE, make=make), body, Location(), violations)
    assert isinstance(pipeline, make)
    return pipeline, violations


def _structure_of(declaration: Any) -> Mapping[str, Any]:
    """The pipeline's structure without its wrappers. Raises ``InvalidPipeline`` for another document."""
    if isinstance(declaration, str | bytes):
        declaration = _parsed(declaration)
    kind, body = recognize(declaration)
    if kind == "template":
        todo = "It is a CloudFormation template: read it with Pipeline.from_cloudformation(…)."
        raise InvalidPipeline([Location().constraint(_short(body), "be a pipeline's structure", todo)])
    if not isinstance(body, Mapping):
        todo = (
            'Give a JSON object with "name", "roleArn" and "stages", '
            "as `aws codepipeline get-pipeline` prints it; a file is read by load_pipeline(path)."
        )
        raise InvalidPipeline([Location().constraint(_short(body), "be a structure", todo)])
    if has_capitals(body) or (kind == "other" and described_response(body)):
        description = describe(body)
        todo = f"{description[:1].upper()}{description[1:]}"
        raise InvalidPipeline([Location().constraint(_short(list(body)), "be a pipeline's structure", todo)])
    return body


def _parsed(text: str | bytes) -> Any:
    name = "The text"
    try:
        return parse_document(decode_text(text, name) if isinstance(text, bytes) else text, name)
    except UnreadableFile as error:
        shown = _short(text.decode("ascii", "replace") if isinstance(text, bytes) else text)
        raise InvalidPipeline([Location().constraint(shown, "be a structure", str(error))]) from error


def write(pipeline: PipelineDeclaration) -> dict[str, Any]:
    """Return the structure as AWS prints it, without the outer ``pipeline`` key."""
    return _body(PIPELINE, pipeline)


# -- reading -----------------------------------------------------------------------------------------------
FORMS: dict[type[Kind], tuple[tuple[type, ...], str, str]] = {
    List: ((list, tuple), "be a list", "Write a list, in square brackets."),
    Map: ((Mapping,), "be a map", "Write an object of keys and values."),
    Named: ((Mapping,), "be a structure", 'Write {"name": "…"}.'),
    Shape: ((Mapping,), "be a structure", "Write a JSON object: { … }."),
}
"""Kind of value -> its type in JSON, AWS's word for it, and what to write."""


def _value(kind: Kind, value: Any, location: Location, violations: list[Violation]) -> Any:
    """Convert the value of a member; a value of the wrong type becomes the empty value of its kind."""
    expected: tuple[type, ...]
    if isinstance(kind, Scalar):
        expected, must = (kind.type,), f"be {TYPE_NAMES[kind.type]}"
        todo = f"Write {must[3:]}" + (
            f': "{_text(value)}".' if kind.type is str else ", no quotes, no fraction."
        )
    else:
        expected, must, todo = FORMS[type(kind)]
    # bool is a subclass of int in Python, but true is not an integer for AWS.
    fits = isinstance(value, expected) and not isinstance(value, bool)
    if not fits:
        violations.append(location.constraint(_short(value), must, todo))
        return _empty(kind)
    match kind:
        case List():
            return tuple(
                _value(kind.item, item, item_location(kind.item, item, location, index), violations)
                for index, item in enumerate(value)
            )
        case Map():
            return tuple(
                (
                    key if isinstance(key, str) else str(key),
                    _value(kind.value, item, entry_location(kind.value, key, location), violations),
                )
                for key, item in value.items()
            )
        case Named():
            return _structure(kind.structure, value, location, violations)["name"]
        case Shape():
            return _structure(kind, value, location, violations)
    return value


def _structure(shape: Shape, body: Mapping[str, Any], location: Location, violations: list[Violation]) -> Any:
    names = [member.aws for member in shape.members]
    for key in body:
        if key not in names:  # AWS's clients refuse it
            close = _closest(str(key), names)
            todo = f'Did you mean "{close}"?' if close else f"Remove it; known members: {', '.join(names)}."
            violations.append(location.member(str(key)).constraint(None, "be a known member", todo))
    values = {}
    for member in shape.members:
        value = _member(member, body, location, violations)
        values.update({member.field: value} if member.field else _flat_fields(member, body, value))
    return shape.make(**values) if shape.make else values


def _flat_fields(member: Member, body: Mapping[str, Any], value: dict[str, Any] | None) -> dict[str, Any]:
    """Return the fields of a structure that the declaration keeps flat; "" marks an empty structure."""
    assert isinstance(member.kind, Shape)
    fields = value or {inner.field: None for inner in member.kind.members}
    if member.aws in body and all(field is None for field in fields.values()):
        fields[member.kind.members[0].field] = ""
    return fields


def _member(member: Member, body: Mapping[str, Any], location: Location, violations: list[Violation]) -> Any:
    location = member_location(member, location)
    if member.aws in body:
        return _value(member.kind, body[member.aws], location, violations)
    if not member.required:
        return None
    violations.append(location.constraint(None, "not be null", f'Add "{member.aws}", which AWS requires.'))
    return _empty(member.kind)


def _closest(key: str, names: list[str]) -> str | None:
    """Return the name that was probably meant: CloudFormation's names differ in case, others have typing errors."""
    same = [word for word in names if word.lower() == key.lower()]
    return next(iter(same or difflib.get_close_matches(key, names, 1)), None)


def _empty(kind: Kind) -> Any:
    """Return the placeholder for a missing value, with which the rules can still check the rest."""
    match kind:
        case List() | Map():
            return ()
        case Shape():
            return _structure(kind, {}, Location(), [])
    return None if isinstance(kind, Scalar) and kind.type is int else ""


def item_location(kind: Kind, item: Any, location: Location, index: int) -> Location:
    """Return the location of a list member, by its name or else by its number."""
    location = location.item(index)
    if not isinstance(kind, Shape):
        return location
    name = item.get("name") if isinstance(item, Mapping) else None
    return location.called(kind.noun, name if isinstance(name, str) and name else index + 1)


def entry_location(kind: Kind, key: Any, location: Location) -> Location:
    """Return the location of an entry of a map, by its key."""
    location = location.member(str(key))
    return location.called(kind.noun, key) if isinstance(kind, Shape) else location


def member_location(member: Member, location: Location) -> Location:
    """Return the location of a member of a structure."""
    location = location.member(member.aws)
    return location.called(member.kind.noun) if isinstance(member.kind, Shape) else location


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else _short(value)


def _short(value: Any) -> str:
    text = "null" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


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
            fields = {inner.field: getattr(owner, inner.field) for inner in member.kind.members}
            if member.required or any(field is not None for field in fields.values()):
                body[member.aws] = {
                    inner.aws: _plain(inner.kind, fields[inner.field])
                    for inner in member.kind.members
                    if fields[inner.field] is not None and (fields[inner.field] != "" or member.required)
                }
    return body
