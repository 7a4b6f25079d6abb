"""Evaluate a CloudFormation template: parameters, mappings, conditions, loops, and functions.

What only a stack has, such as an attribute or an import, stays an ``Unresolved`` value with its name. Sources:
CloudFormation template reference, "Intrinsic function reference", "Condition functions", and "AWS::LanguageExtensions
transform".
"""

from __future__ import annotations

import base64
import ipaddress
import itertools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeAlias

from cp_teach.pipeline.formats import template_functions
from cp_teach.pipeline.formats.template_conditions import (
    NO_VALUE,
    Conditions,
    Nesting,
    TemplatePath,
    format_path,
    plain_text,
)
from cp_teach.pipeline.formats.template_functions import InvalidTemplate, sub_arguments
from cp_teach.pipeline.formats.unresolved_value import (
    Unresolved,
    concatenate,
    unknown,
    unknown_names,
    unknown_roots,
    with_unknown_parts,
)

MAX_OUTPUT = 5_000_000
"""Maximum characters and items that all functions of a template can produce together."""

MAX_LOOP_VALUES = 100_000
"""Maximum values that all loops of a template can produce together."""

LOOP = "Fn::ForEach::"

_MARK = re.compile("(\0[0-9]+\0)")
_DYNAMIC = re.compile(r"\{\{(resolve:[^{}]*)\}\}")
"""A reference to a stored parameter or a secret, which CloudFormation resolves."""

_Function: TypeAlias = Callable[[Any, TemplatePath], Any]


class TemplateEvaluator:
    """Evaluates values of one template.

    ``values`` has the parameters and pseudo parameters; an item is a string, a list of strings, or unresolved.
    """

    def __init__(self, template: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self.values, self.remaining = values, MAX_OUTPUT
        self.remaining_loop_values = MAX_LOOP_VALUES
        self._nesting = Nesting()
        self._mappings = _section(template, "Mappings")
        self._functions: dict[str, _Function] = {
            "Ref": self._ref,
            "Fn::Base64": self._base64,
            "Fn::Cidr": self._cidr,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAZs": self._get_azs,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import_value,
            "Fn::Join": self._join,
            "Fn::Length": self._length,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": self._to_json_string,
            "Fn::Transform": self._transform,
        }
        conditions = self.expand(_section(template, "Conditions"), ("Conditions",))
        self._conditions = Conditions(conditions, self.evaluate, self._nesting)

    def evaluate(self, value: Any, path: TemplatePath) -> Any:
        """Return the value with its functions evaluated; ``path`` is for error messages."""
        if isinstance(value, str):
            return _with_references(value)
        if isinstance(value, list):
            items = [self.evaluate(item, (path, number)) for number, item in enumerate(value)]
            return [item for item in items if item is not NO_VALUE]
        if value is None:
            self._refuse(path, "there is no value here. Write one, or remove the line.")
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref" or (str(name).startswith("Fn::") and not str(name).startswith(LOOP)):
                result = self._call(str(name), argument, (path, name))
                return _with_references(result) if isinstance(result, str) else result
        if "Fn::Transform" in value:
            self._refuse(path, "Fn::Transform adds members that only AWS has. Write them here instead.")
        result = {key: self.evaluate(item, (path, key)) for key, item in self.expand(value, path).items()}
        return {key: item for key, item in result.items() if item is not NO_VALUE}

    def holds(self, name: str) -> bool:
        """Return a condition's value. One that depends on an unknown value holds, and is listed in ``assumed``."""
        return self._conditions.hold(name)

    @property
    def assumed(self) -> list[str]:
        """The conditions that depend on unknown values: they are taken to hold."""
        return self._conditions.assumed

    def expand(self, mapping: Mapping[Any, Any], path: TemplatePath) -> dict[Any, Any]:
        """Return the map with its ``Fn::ForEach`` loops written out."""
        result: dict[Any, Any] = {}
        for key, value in mapping.items():
            if not str(key).startswith(LOOP):
                result[key] = value
                continue
            match value:
                case [str(identifier), collection, dict(body)]:
                    for item in self._collection(collection, (path, key)):
                        result |= self.expand(self._substituted(body, identifier, item), (path, key))
                case _:
                    self._refuse((path, key), "must have an identifier, a list, and a map.")
        return result

    # -- functions -----------------------------------------------------------------------------------
    def _call(self, name: str, argument: Any, path: TemplatePath) -> Any:
        function = self._functions.get(name)
        if function is None:
            return unknown(
                f"{name.removeprefix('Fn::')} {json.dumps(argument, ensure_ascii=False, default=str)[:80]}"
            )
        with self._nesting.deeper(path):
            try:
                result = function(argument, path)
            except InvalidTemplate as error:
                if error.has_location:
                    raise
                raise InvalidTemplate(f"{format_path(path)}: {error}", has_location=True) from error
        self._count(result, path)
        return result

    def _ref(self, argument: Any, path: TemplatePath) -> Any:
        name = self.evaluate(argument, path)
        if not isinstance(name, str):
            raise InvalidTemplate("Ref must name a parameter or a resource.")
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.values.get(name, unknown(name))

    def _get_att(self, argument: Any, path: TemplatePath) -> Any:
        parts = argument if isinstance(argument, list) else [argument]
        return unknown(".".join(self._text(part, path) for part in parts))

    def _get_azs(self, region: Any, path: TemplatePath) -> Any:
        return unknown(f"AZs of {self._text(region, path) or self.values['AWS::Region']}")

    def _import_value(self, name: Any, path: TemplatePath) -> Any:
        return unknown(f"import of {self._text(name, path)}")

    def _sub(self, argument: Any, path: TemplatePath) -> str:
        text, own = sub_arguments(argument)
        values = {**self.values, **{name: self.evaluate(value, path) for name, value in own.items()}}
        used: list[Any] = []

        def value_of(name: str) -> str:
            used.append(value := values.get(name, unknown(name)))
            return ",".join(map(plain_text, value)) if isinstance(value, list) else plain_text(value)

        return with_unknown_parts(template_functions.substitute(text, value_of), used)

    def _join(self, argument: Any, path: TemplatePath) -> str:
        delimiter, items = self._two(argument, "Fn::Join")
        parts = self.evaluate(items, path)
        if isinstance(parts, Unresolved):
            return unknown(f"{_name(parts)} joined by {delimiter!r}", parts)
        if not isinstance(parts, list):
            raise InvalidTemplate("Fn::Join: the values to join must be a list.")
        texts = [plain_text(part) for part in parts]
        template_functions.join(delimiter, texts)  # checks the delimiter and the length
        return concatenate(texts, delimiter)

    def _split(self, argument: Any, path: TemplatePath) -> Any:
        delimiter, value = self._two(argument, "Fn::Split")
        text = self.evaluate(value, path)
        if isinstance(text, Unresolved):
            return self._split_unresolved(delimiter, text)
        return template_functions.split(delimiter, text)

    def _split_unresolved(self, delimiter: Any, text: Unresolved) -> Any:
        """Split the known parts of the text. A value that is unknown as a whole is an unknown list."""
        if text.whole:
            return unknown(f"{text.names[0]} split at {delimiter!r}", text)
        marked = str(text)
        marks = {f"\0{number}\0": name for number, name in enumerate(text.names)}
        for mark, name in marks.items():
            marked = marked.replace(f"${{{name}}}", mark)
        pieces = template_functions.split(delimiter, marked)
        return [
            concatenate(unknown(marks[part], text) if part in marks else part for part in _MARK.split(piece))
            for piece in pieces
        ]

    def _select(self, argument: Any, path: TemplatePath) -> Any:
        index, items = self._two(argument, "Fn::Select")
        at, values = self.evaluate(index, path), self.evaluate(items, path)
        if isinstance(at, Unresolved) or isinstance(values, Unresolved):
            name = _name(values) if isinstance(values, Unresolved) else "list"
            return unknown(f"{name}[{at}]", at, values)
        return template_functions.select(at, values)

    def _if(self, argument: Any, path: TemplatePath) -> Any:
        match argument:
            case [str(name), yes, no]:
                return self.evaluate(yes if self.holds(name) else no, path)
        raise InvalidTemplate("Fn::If must have a list of three values: a condition's name and two values.")

    def _find_in_map(self, argument: Any, path: TemplatePath) -> Any:
        keys = argument if isinstance(argument, list) else []
        defaults = [
            key["DefaultValue"] for key in keys[3:] if isinstance(key, dict) and "DefaultValue" in key
        ]
        if len(keys) - len(defaults) != 3:
            raise InvalidTemplate("Fn::FindInMap must have a list of three values: a mapping and two keys.")
        names = [self._text(key, path) for key in keys[:3]]
        if any(isinstance(name, Unresolved) for name in names):
            name = f"FindInMap {'.'.join(names)}"
            return self.evaluate(defaults[0], path) if defaults else unknown(name, names)
        found: Any = self._mappings
        for level, name in enumerate(names):
            # YAML reads an account ID as a number.
            entries = {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}
            if name not in entries:
                if defaults:
                    return self.evaluate(defaults[0], path)
                within = ".".join(["Mappings", *names[:level]])
                known = ", ".join(entries)
                pseudo = [key for key in ("AWS::Region", "AWS::AccountId") if self.values.get(key) == name]
                problem = f"Fn::FindInMap: {within} has no {name!r}; it has: {known[:200] or 'nothing'}."
                raise InvalidTemplate(
                    f"{format_path(path)}: {problem}", has_location=True, missing=tuple(pseudo)
                )
            found = entries[name]
        if found is None or isinstance(
            found, dict
        ):  # a mapping has no functions, which could lead back to it
            raise InvalidTemplate(f"Fn::FindInMap: Mappings.{'.'.join(names)} must be a string or a list.")
        return found

    def _base64(self, argument: Any, path: TemplatePath) -> str:
        text = self._text(argument, path)
        encoded = base64.b64encode(text.encode()).decode()
        return unknown(f"Base64 of {text}", text) if isinstance(text, Unresolved) else encoded

    def _length(self, argument: Any, path: TemplatePath) -> Any:
        value = self.evaluate(argument, path)
        if isinstance(value, Unresolved):
            return unknown(f"Length of {_name(value)}", value)
        if not isinstance(value, list | dict):
            raise InvalidTemplate("Fn::Length: the value must be a list.")
        return len(value)

    def _to_json_string(self, argument: Any, path: TemplatePath) -> str:
        value = self.evaluate(argument, path)
        return with_unknown_parts(
            json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str), value
        )

    def _cidr(self, argument: Any, path: TemplatePath) -> Any:
        """``Fn::Cidr``: as many subnets of the block as asked for, each with ``cidrBits`` host bits."""
        parts = [self.evaluate(part, path) for part in argument] if isinstance(argument, list) else []
        if any(isinstance(part, Unresolved) for part in parts):
            return unknown(f"Cidr of {', '.join(map(str, parts))}", parts)
        try:
            block, count = ipaddress.ip_network(str(parts[0]), strict=False), int(parts[1])
            bits = int(parts[2]) if len(parts) > 2 else 8
            if not 1 <= count <= 256:
                raise ValueError("the count must be between 1 and 256")
            subnets = block.subnets(new_prefix=block.max_prefixlen - bits)
            result = [str(subnet) for subnet in itertools.islice(subnets, count)]
        except (ValueError, IndexError, TypeError, OverflowError) as error:
            raise InvalidTemplate(f"Fn::Cidr: {error}.") from error
        if len(result) < count:
            raise InvalidTemplate(
                f"Fn::Cidr: {block} has only {len(result)} subnets of this size, not {count}."
            )
        return result

    def _transform(self, argument: Any, path: TemplatePath) -> Any:
        name = argument.get("Name") if isinstance(argument, dict) else argument
        return unknown(f"Transform {name}")

    # -- loops ---------------------------------------------------------------------------------------
    def _collection(self, collection: Any, path: TemplatePath) -> list[str]:
        items = self.evaluate(collection, path)
        if next(unknown_names(items), None) is not None:
            raise InvalidTemplate(
                f"{format_path(path)}: the list of the loop is unknown.",
                has_location=True,
                missing=tuple(unknown_roots(items)),
            )
        if not isinstance(items, list):
            self._refuse(path, "the second value must be a list.")
        flat = [each for item in items for each in (item if isinstance(item, list) else [item])]
        return [plain_text(item) for item in flat]

    def _substituted(self, value: Any, identifier: str, item: str) -> Any:
        """The value with ``${identifier}``, ``&{identifier}`` (without other characters than letters and digits),
        and ``Ref`` replaced."""
        self.remaining_loop_values -= 1
        if self.remaining_loop_values < 0:
            self._refuse(
                (LOOP, identifier), f"the loops of this template produce more than {MAX_LOOP_VALUES} values."
            )
        if isinstance(value, str):
            text = value.replace(f"${{{identifier}}}", item)
            text = text.replace(f"&{{{identifier}}}", re.sub(r"[^A-Za-z0-9]", "", item))
            self._count(text, (LOOP, identifier))
            return text
        if isinstance(value, list):
            return [self._substituted(each, identifier, item) for each in value]
        if isinstance(value, dict):
            if value == {"Ref": identifier}:
                return item
            pairs = ((key, self._substituted(each, identifier, item)) for key, each in value.items())
            return {self._substituted(key, identifier, item): each for key, each in pairs}
        return value

    # -- helpers -------------------------------------------------------------------------------------
    def _text(self, value: Any, path: TemplatePath) -> str:
        return plain_text(self.evaluate(value, path))

    def _two(self, argument: Any, name: str) -> tuple[Any, Any]:
        match argument:
            case [first, second]:
                return first, second
        raise InvalidTemplate(f"{name} must have a list of two values.")

    def _count(self, result: Any, path: TemplatePath) -> None:
        self.remaining -= len(result) if isinstance(result, str | list) else 1
        if self.remaining < 0:
            self._refuse(path, f"the functions of this template produce more than {MAX_OUTPUT} characters.")

    def _refuse(self, path: TemplatePath, problem: str) -> NoReturn:
        raise InvalidTemplate(f"{format_path(path)}: {problem}", has_location=True)


def _section(template: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = template.get(name)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise InvalidTemplate(f"{name} must be a map.")
    return section


def _with_references(text: str) -> str:
    """The text, unresolved if it refers to a stored parameter or a secret."""
    names = _DYNAMIC.findall(text) if "{{resolve:" in text else []
    if not names:
        return text
    known = (text.names, text.roots) if isinstance(text, Unresolved) else ((), ())
    return Unresolved(text, [*known[0], *names], [*known[1], *names])


def _name(value: Unresolved) -> str:
    return value.names[0] if value.whole else str(value)
