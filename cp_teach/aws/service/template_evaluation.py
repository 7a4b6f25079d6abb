"""How moto evaluates a template, within bounds, and how it says what is wrong with one.

moto replaces ``${Name}`` again in what it has just put in, so that two lines of a template grow to any length; it reads
``²`` as a number, and calls itself for resources that need each other until Python stops it. Each of these is
CloudFormation's ValidationError here. Nothing is copied from moto: its functions are called, and what they are given
and give is looked at.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from types import ModuleType
from typing import Any

from cp_teach.pipeline.template_functions import (
    BadTemplate,
    joined,
    selected,
    split,
    sub_arguments,
    substituted,
)

MAX_MADE = 5_000_000
"""How many characters and items all functions of one request can make together."""
RESPONSES = (
    "create_change_set",
    "create_stack",
    "create_stack_instances",
    "create_stack_set",
    "execute_change_set",
    "get_template_summary",
    "update_stack",
    "update_stack_instances",
    "update_stack_set",
    "validate_template",
)
"""The operations that work through a template."""

_request = local()


def bound_evaluation(parsing: ModuleType) -> Callable[[], None]:
    """Let moto's ``clean_json``, which evaluates functions, keep the bounds. The answer undoes it."""
    original: Any = vars(parsing)["clean_json"]

    @functools.wraps(original)
    def clean_json(resource_json: Any, resources_map: Any) -> Any:
        if not isinstance(resource_json, dict):
            return original(resource_json, resources_map)
        name = next(
            (key for key in ("Fn::Join", "Fn::Split", "Fn::Select", "Fn::Sub") if key in resource_json), ""
        )
        # moto looks for these first, and takes the one that it finds.
        if any(key in resource_json for key in ("Ref", "Fn::FindInMap", "Fn::GetAtt", "Fn::If")):
            made = original(resource_json, resources_map)
        elif name:
            made = _evaluate(
                name, resource_json[name], lambda value: parsing.clean_json(value, resources_map)
            )
        else:
            return original(resource_json, resources_map)
        _count(made)
        return made

    vars(parsing)["clean_json"] = clean_json

    def undo() -> None:
        vars(parsing)["clean_json"] = original

    return undo


def _evaluate(name: str, given: Any, clean: Callable[[Any], Any]) -> Any:
    from moto.cloudformation.exceptions import ValidationError

    try:
        match name, given:
            case "Fn::Sub", _:
                text, own = sub_arguments(given)
                return substituted(text, lambda word: _substitute(word, own, clean))
            case "Fn::Join", [delimiter, items]:
                parts = clean(items)
                if not isinstance(parts, list):
                    raise BadTemplate("Fn::Join: the values to join must be a list.")
                return joined(delimiter, parts)
            case "Fn::Split", [delimiter, text]:
                return split(delimiter, clean(text))
            case "Fn::Select", [index, items]:
                return selected(clean(index), clean(items))
        raise BadTemplate(f"{name} must have a list of two values.")
    except BadTemplate as error:
        raise ValidationError(message=f"Template error: {error}") from None


def _substitute(name: str, own: dict[str, Any], clean: Callable[[Any], Any]) -> Any:
    if name in own:
        return clean(own[name])
    found = clean({"Fn::GetAtt": name.split(".", 1)} if "." in name else {"Ref": name})
    return f"${{{name}}}" if found is None else found


@contextmanager
def evaluation() -> Iterator[None]:
    """While this lasts, what all functions of a template make is counted together."""
    outer = getattr(_request, "left", None)
    _request.left = MAX_MADE
    try:
        yield
    finally:
        _request.left = outer


def _count(made: Any) -> None:
    from moto.cloudformation.exceptions import ValidationError

    left = getattr(_request, "left", None)
    if left is None:  # a single value, asked of moto by a test or a user
        return
    _request.left = left - _size(made)
    if _request.left < 0:
        raise ValidationError(
            message=f"Template error: its functions produce more than {MAX_MADE} characters. Make the template smaller."
        )


def _size(made: Any) -> int:
    """Characters and items, without going deeper than a list of texts or a map of them."""
    if isinstance(made, str | list | dict):
        inner = made.values() if isinstance(made, dict) else made if isinstance(made, list) else ()
        return 1 + len(made) + sum(len(each) for each in inner if isinstance(each, str | list | dict))
    return 1


def answer_with_validation_errors(responses: ModuleType) -> Callable[[], None]:
    """Let the operations that work through a template answer ValidationError where moto fails. The answer undoes it."""
    kind: Any = vars(responses)["CloudFormationResponse"]
    originals = {name: vars(kind)[name] for name in RESPONSES}
    for name, original in originals.items():
        setattr(kind, name, _answering(original))

    def undo() -> None:
        for name, original in originals.items():
            setattr(kind, name, original)

    return undo


def _answering(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(original)
    def answer(self: Any) -> Any:
        from moto.cloudformation.exceptions import ValidationError
        from moto.core.exceptions import ServiceException
        from werkzeug.exceptions import HTTPException

        try:
            with evaluation():
                return original(self)
        except (ServiceException, HTTPException):
            raise
        except RecursionError:
            message = "Template error: its resources or conditions depend on each other in a cycle. Break the cycle."
            raise ValidationError(message=message) from None
        except Exception as error:
            raise ValidationError(message=unexpected(error)) from error

    return answer


def unexpected(error: Exception) -> str:
    """What to say where moto fails in the middle of a template."""
    reason = str(error).strip() or "no details"
    return (
        f"Template error: moto, which simulates CloudFormation here, cannot process this template "
        f"({type(error).__name__}: {reason[:200]}). Look for a missing property, or a value of the wrong type."
    )
