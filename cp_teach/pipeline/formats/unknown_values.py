"""Values of a pipeline that are unknown until a stack exists: where they are, what they depend on, and what to give.

A value that decides how the pipeline runs, such as the category of an action, must be known; any other can stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cp_teach.pipeline.formats.json_codec import entry_location, item_location, member_location
from cp_teach.pipeline.formats.schema import (
    ACTION_TYPE,
    PIPELINE,
    RULE_TYPE,
    Kind,
    List,
    Map,
    Named,
    Scalar,
    Shape,
)
from cp_teach.pipeline.formats.template_functions import (
    InvalidTemplate,
    command_line_advice,
    python_advice,
)
from cp_teach.pipeline.formats.unresolved_value import Unresolved
from cp_teach.pipeline.location import Location

_LISTED = 3


class UnknownValue(NamedTuple):
    """One unknown part of a value.

    ``name`` is the part, such as ``Bucket.Arn``; ``text`` the whole value; ``where`` and ``path`` say where it is used;
    ``origin`` says what it is; ``parameters`` are those whose values would make it known.
    """

    path: str
    name: str
    text: str
    where: str
    origin: str
    parameters: tuple[str, ...] = ()


def unknown_parts(structure: Any) -> Iterator[tuple[Location, Unresolved, bool]]:
    """Each unknown value in a structure, valid or not, with its location, and whether it must be known."""
    yield from _walk(PIPELINE, structure, Location())


def unknown_paths(structure: Any) -> frozenset[str]:
    """AWS's member paths of the unknown values in a structure."""
    return frozenset(location.path for location, *_ in unknown_parts(structure))


def list_unknown(structure: Any, template: Mapping[str, Any]) -> tuple[UnknownValue, ...]:
    """Describe each unknown value in a structure from this template."""
    return tuple(
        UnknownValue(
            location.path,
            name,
            str(value),
            _where(location),
            _origin(name, value.roots, template),
            _parameters(value, template),
        )
        for location, value, _ in unknown_parts(structure)
        for name in value.names
    )


def refuse_undecidable(structure: Any, template: Mapping[str, Any]) -> None:
    """Raise ``InvalidTemplate`` if a value is unknown that decides how the pipeline runs."""
    undecidable = [(location, value) for location, value, needed in unknown_parts(structure) if needed]
    if not undecidable:
        return
    missing = dict.fromkeys(name for _, value in undecidable for name in _parameters(value, template))
    places = "; ".join(f"{_where(location)} is {value}" for location, value in undecidable[:_LISTED])
    more = f"; and {len(undecidable) - _LISTED} more" if len(undecidable) > _LISTED else ""
    advice = "" if missing else " Write the value in the template."
    raise InvalidTemplate(
        f"The pipeline cannot be read without values that only a stack has: {places}{more}.{advice}",
        missing=tuple(missing),
    )


def _walk(
    kind: Kind, value: Any, location: Location, needed: bool = False
) -> Iterator[tuple[Location, Unresolved, bool]]:
    if isinstance(value, Unresolved):
        is_list = not isinstance(kind, Scalar)
        decides = isinstance(kind, Scalar) and (bool(kind.values) or kind.type is int)
        yield location, value, needed or is_list or decides
        return
    match kind:
        case Named():
            yield from _walk(kind.structure, value, location)
        case List() if isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield from _walk(kind.item, item, item_location(kind.item, item, location, index))
        case Map() if isinstance(value, Mapping):
            for key, item in value.items():
                entry = entry_location(kind.value, key, location)
                if isinstance(key, Unresolved):
                    yield entry, key, False
                yield from _walk(kind.value, item, entry)
        case Shape() if isinstance(value, Mapping):
            for member in kind.members:
                if member.aws in value:
                    inner = member_location(member, location)
                    yield from _walk(member.kind, value[member.aws], inner, kind in (ACTION_TYPE, RULE_TYPE))


def _where(location: Location) -> str:
    """The location in words, with the member: ``stage Build, action Make, ProjectName``."""
    members = [part for part in location.path.split(".")[1:] if not part.isdecimal() and part != "member"]
    member = members[-1] if members else ""
    return f"{', '.join(location.nouns)}, {member}" if location.nouns else member


def _parameters(value: Unresolved, template: Mapping[str, Any]) -> tuple[str, ...]:
    declared = template.get("Parameters")
    return tuple(root for root in value.roots if isinstance(declared, dict) and root in declared)


def _origin(name: str, roots: tuple[str, ...], template: Mapping[str, Any]) -> str:
    """What an unknown part is, for a reader of the template."""
    parameters, resources = template.get("Parameters"), template.get("Resources")
    resource = name.partition(".")[0]
    if isinstance(parameters, dict) and name in parameters:
        declaration = parameters[name]
        kind = str(declaration.get("Type", "")) if isinstance(declaration, dict) else ""
        return (
            "a parameter from the Parameter Store"
            if kind.startswith("AWS::SSM")
            else "a parameter without a default"
        )
    if name.startswith("resolve:"):
        return "a stored parameter or a secret"
    if name.startswith("import of "):
        return "an export of another stack"
    if isinstance(resources, dict) and resource in resources:
        type_ = resources[resource].get("Type") if isinstance(resources[resource], dict) else None
        return f"{'an attribute' if '.' in name else 'the name or ID'} of the resource {resource} ({type_})"
    if resource.isidentifier() and roots == (name,):
        return "neither a parameter nor a resource of the template: CloudFormation would refuse it"
    return "a value of the stack"


def advice(unknown: UnknownValue, *, command_line: bool = False) -> str:
    """How to give the value; "" if only a stack has it."""
    return command_line_advice(unknown.parameters) if command_line else python_advice(unknown.parameters)
