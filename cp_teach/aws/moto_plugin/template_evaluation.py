"""Limits and error messages for moto's evaluation of CloudFormation templates.

moto substitutes ``${Name}`` again in text that it has just substituted, so two lines of a template can grow to any
length. It reads ``²`` as a number, and it recurses without end for resources that depend on each other. This module
turns each of these into CloudFormation's ValidationError. Nothing is copied from moto: its functions are wrapped, and
their arguments and results are checked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from types import ModuleType
from typing import Any

from cp_teach.pipeline.formats.template_functions import (
    InvalidTemplate,
    join,
    select,
    split,
    sub_arguments,
    substitute,
)

MAX_MADE = 5_000_000
"""Maximum characters and items that all functions of one request can produce together."""
OPERATIONS = (
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
"""The operations that evaluate a template."""

_request = local()


def bounded(original: Callable[[Any, Any], Any], parsing: ModuleType) -> Callable[[Any, Any], Any]:
    """moto's ``clean_json``, which evaluates functions, with limits."""

    @functools.wraps(original)
    def clean_json(resource_json: Any, resources_map: Any) -> Any:
        if not isinstance(resource_json, dict):
            return original(resource_json, resources_map)
        name = next(
            (key for key in ("Fn::Join", "Fn::Split", "Fn::Select", "Fn::Sub") if key in resource_json), ""
        )
        # moto checks these keys first.
        if any(key in resource_json for key in ("Ref", "Fn::FindInMap", "Fn::GetAtt", "Fn::If")):
            result = original(resource_json, resources_map)
        elif name:
            result = _evaluate(
                name, resource_json[name], lambda value: parsing.clean_json(value, resources_map)
            )
        else:
            return original(resource_json, resources_map)
        _count(result)
        return result

    return clean_json


def _evaluate(name: str, argument: Any, clean: Callable[[Any], Any]) -> Any:
    from moto.cloudformation.exceptions import ValidationError

    try:
        match name, argument:
            case "Fn::Sub", _:
                text, own = sub_arguments(argument)
                return substitute(text, lambda word: _substitute(word, own, clean))
            case "Fn::Join", [delimiter, items]:
                parts = clean(items)
                if not isinstance(parts, list):
                    raise InvalidTemplate("Fn::Join: the values to join must be a list.")
                return join(delimiter, parts)
            case "Fn::Split", [delimiter, text]:
                return split(delimiter, clean(text))
            case "Fn::Select", [index, items]:
                return select(clean(index), clean(items))
        raise InvalidTemplate(f"{name} must have a list of two values.")
    except InvalidTemplate as error:
        raise ValidationError(message=f"Template error: {error}") from None


def _substitute(name: str, own: dict[str, Any], clean: Callable[[Any], Any]) -> Any:
    if name in own:
        return clean(own[name])
    value = clean({"Fn::GetAtt": name.split(".", 1)} if "." in name else {"Ref": name})
    return f"${{{name}}}" if value is None else value


@contextmanager
def evaluation() -> Iterator[None]:
    """Count the output of all functions of one template together."""
    outer = getattr(_request, "left", None)
    _request.left = MAX_MADE
    try:
        yield
    finally:
        _request.left = outer


def _count(result: Any) -> None:
    from moto.cloudformation.exceptions import ValidationError

    left = getattr(_request, "left", None)
    if left is None:  # a single value, evaluated by a test or a user
        return
    _request.left = left - _size(result)
    if _request.left < 0:
        raise ValidationError(
            message=f"Template error: its functions produce more than {MAX_MADE} characters. Make the template smaller."
        )


def _size(result: Any) -> int:
    """Characters and items, without going deeper than a list of texts or a map of them."""
    if isinstance(result, str | list | dict):
        inner = result.values() if isinstance(result, dict) else result if isinstance(result, list) else ()
        return 1 + len(result) + sum(len(each) for each in inner if isinstance(each, str | list | dict))
    return 1


def answering(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A template operation that answers ValidationError where moto fails."""

    @functools.wraps(original)
    def answer(self: Any) -> Any:
        from moto.cloudformation.exceptions import ValidationError
        from moto.core.exceptions import JsonRESTError, ServiceException
        from werkzeug.exceptions import HTTPException

        try:
            with evaluation():
                return original(self)
        except JsonRESTError as error:  # of another service; CloudFormation speaks XML
            raise ValidationError(message=str(error.message)) from error
        except (ServiceException, HTTPException):
            raise
        except RecursionError:
            message = "Template error: its resources or conditions depend on each other in a cycle. Break the cycle."
            raise ValidationError(message=message) from None
        except Exception as error:
            raise ValidationError(message=unexpected(error)) from error

    return answer


def unexpected(error: Exception) -> str:
    """The message for an unexpected exception from moto."""
    reason = str(error).strip() or "no details"
    return (
        f"Template error: moto, which simulates CloudFormation here, cannot process this template "
        f"({type(error).__name__}: {reason[:200]}). Look for a missing property, or a value of the wrong type."
    )
