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
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, TypeAlias

from cp_teach.pipeline.formats import template_functions
from cp_teach.pipeline.formats.template_functions import InvalidTemplate, sub_arguments
from cp_teach.pipeline.formats.unresolved_value import Unresolved, concatenate, unknown, unknown_names

MAX_OUTPUT = 5_000_000
"""Maximum characters and items that all functions of a template can produce together."""

MAX_DEPTH = 100
"""Maximum number of conditions of which each depends on the next."""

LOOP = "Fn::ForEach::"

_MARK = re.compile("(\0[0-9]+\0)")

TemplatePath = tuple[Any, ...]
"""The keys that lead to a value, innermost last and nested to the left, for error messages."""
_Function: TypeAlias = Callable[[Any, TemplatePath], Any]


class TemplateEvaluator:
    """Evaluates values of one template.

    ``values`` has the parameters and pseudo parameters; an item is a string, a list of strings, or unresolved.
    ``assumed`` lists the conditions that depend on unknown values: they are taken to hold.
    """

    def __init__(self, template: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self.values, self.remaining = values, MAX_OUTPUT
        self.assumed: list[str] = []
        self._mappings = _section(template, "Mappings")
        self._conditions = self.expand(_section(template, "Conditions"), ("Conditions",))
        self._results: dict[str, bool | None] = {}
        self._open: list[str] = []
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

    def evaluate(self, value: Any, path: TemplatePath) -> Any:
        """Return the value with its functions evaluated; ``path`` is for error messages."""
        if isinstance(value, list):
            items = [self.evaluate(item, (path, number)) for number, item in enumerate(value)]
            return [item for item in items if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref" or (str(name).startswith("Fn::") and not str(name).startswith(LOOP)):
                return self._call(str(name), argument, (path, name))
        result = {key: self.evaluate(item, (path, key)) for key, item in self.expand(value, path).items()}
        return {key: item for key, item in result.items() if item is not None}

    def holds(self, name: str) -> bool:
        """Return a condition's value. One that depends on an unknown value holds, and is listed in ``assumed``."""
        result = self._condition(name, ("Conditions", name))
        if result is None and name not in self.assumed:
            self.assumed.append(name)
        return result is not False

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
        try:
            result = function(argument, path)
        except InvalidTemplate as error:
            if error.has_location:
                raise
            raise InvalidTemplate(f"{format_path(path)}: {error}", has_location=True) from error
        self._count(result, path)
        return result

    def _ref(self, name: Any, path: TemplatePath) -> Any:
        if name == "AWS::NoValue":
            return None
        return self.values.get(str(name), unknown(str(name)))

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
        names: list[str] = []

        def value_of(name: str) -> str:
            value = values.get(name, unknown(name))
            names.extend(unknown_names(value))
            return ",".join(value) if isinstance(value, list) else _plain(value)

        result = template_functions.substitute(text, value_of)
        return Unresolved(result, names) if names else result

    def _join(self, argument: Any, path: TemplatePath) -> str:
        delimiter, items = self._two(argument, "Fn::Join")
        parts = self.evaluate(items, path)
        if isinstance(parts, Unresolved):
            return unknown(f"{parts[2:-1]} joined by {delimiter!r}")
        if not isinstance(parts, list):
            raise InvalidTemplate("Fn::Join: the values to join must be a list.")
        texts = [_plain(part) for part in parts]
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
        if text == f"${{{text.names[0]}}}":
            return unknown(f"{text.names[0]} split at {delimiter!r}")
        marked = str(text)
        marks = {f"\0{number}\0": name for number, name in enumerate(text.names)}
        for mark, name in marks.items():
            marked = marked.replace(f"${{{name}}}", mark)
        pieces = template_functions.split(delimiter, marked)
        return [
            concatenate(unknown(marks[part]) if part in marks else part for part in _MARK.split(piece))
            for piece in pieces
        ]

    def _select(self, argument: Any, path: TemplatePath) -> Any:
        index, items = self._two(argument, "Fn::Select")
        at, values = self.evaluate(index, path), self.evaluate(items, path)
        if isinstance(at, Unresolved) or isinstance(values, Unresolved):
            name = values[2:-1] if isinstance(values, Unresolved) else "list"
            return unknown(f"{name}[{at}]")
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
            return self.evaluate(defaults[0], path) if defaults else unknown(f"FindInMap {'.'.join(names)}")
        found: Any = self._mappings
        for level, name in enumerate(names):
            # YAML reads an account ID as a number.
            entries = {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}
            if name not in entries:
                if defaults:
                    return self.evaluate(defaults[0], path)
                within = ".".join(["Mappings", *names[:level]])
                known = ", ".join(entries)
                raise InvalidTemplate(
                    f"Fn::FindInMap: {within} has no {name!r}; it has: {known[:200] or 'nothing'}."
                )
            found = entries[name]
        return self.evaluate(found, path)

    def _base64(self, argument: Any, path: TemplatePath) -> str:
        text = self._text(argument, path)
        encoded = base64.b64encode(text.encode()).decode()
        return unknown(f"Base64 of {text}") if isinstance(text, Unresolved) else encoded

    def _length(self, argument: Any, path: TemplatePath) -> Any:
        value = self.evaluate(argument, path)
        if isinstance(value, Unresolved):
            return unknown(f"Length of {value[2:-1]}")
        if not isinstance(value, list | dict):
            raise InvalidTemplate("Fn::Length: the value must be a list.")
        return len(value)

    def _to_json_string(self, argument: Any, path: TemplatePath) -> str:
        value = self.evaluate(argument, path)
        names = list(unknown_names(value))
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
        return Unresolved(text, names) if names else text

    def _cidr(self, argument: Any, path: TemplatePath) -> Any:
        """``Fn::Cidr``: as many subnets of the block as asked for, each with ``cidrBits`` host bits."""
        parts = [self.evaluate(part, path) for part in argument] if isinstance(argument, list) else []
        if any(isinstance(part, Unresolved) for part in parts):
            return unknown(f"Cidr of {', '.join(map(str, parts))}")
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

    # -- conditions ----------------------------------------------------------------------------------
    def _condition(self, name: str, path: TemplatePath) -> bool | None:
        """True, False, or None if it depends on an unknown value."""
        if name in self._results:
            return self._results[name]
        if name not in self._conditions:
            known = ", ".join(map(str, self._conditions)) or "none"
            raise InvalidTemplate(f"There is no condition {name!r}; Conditions has: {known[:200]}.")
        if name in self._open:
            raise InvalidTemplate(f"Conditions, {name}: it depends on itself.", has_location=True)
        if len(self._open) >= MAX_DEPTH:
            message = f"Conditions, {name}: more than {MAX_DEPTH} conditions depend on each other. Use fewer."
            raise InvalidTemplate(message, has_location=True)
        self._open.append(name)
        try:
            result = self._judge(self._conditions[name], ("Conditions", name))
        finally:
            self._open.pop()
        self._results[name] = result
        return result

    def _judge(self, expression: Any, path: TemplatePath) -> bool | None:
        if isinstance(expression, dict) and len(expression) == 1:
            function, argument = next(iter(expression.items()))
            match function, argument:
                case "Condition", str(name):
                    return self._condition(name, path)
                case "Fn::Equals", [first, second]:
                    return self._equal(self.evaluate(first, path), self.evaluate(second, path))
                case "Fn::Not", [inner]:
                    result = self._judge(inner, path)
                    return None if result is None else not result
                case "Fn::And", [*inner]:
                    return _all([self._judge(each, path) for each in inner])
                case "Fn::Or", [*inner]:
                    return _negated(_all([_negated(self._judge(each, path)) for each in inner]))
        problem = "a condition must be one of Fn::Equals, Fn::Not, Fn::And, Fn::Or, and Condition."
        raise InvalidTemplate(f"{format_path(path)}: {problem}", has_location=True)

    def _equal(self, first: Any, second: Any) -> bool | None:
        if first == second:
            return True
        if next(unknown_names([first, second]), None) is not None:
            return None
        return _plain(first) == _plain(second)

    # -- loops ---------------------------------------------------------------------------------------
    def _collection(self, collection: Any, path: TemplatePath) -> list[str]:
        items = self.evaluate(collection, path)
        if next(unknown_names(items), None) is not None:
            self._refuse(path, "the list of the loop is unknown. Give its parameter a value.")
        if not isinstance(items, list):
            self._refuse(path, "the second value must be a list.")
        flat = [each for item in items for each in (item if isinstance(item, list) else [item])]
        return [_plain(item) for item in flat]

    def _substituted(self, value: Any, identifier: str, item: str) -> Any:
        """The value with ``${identifier}``, ``&{identifier}`` (without other characters than letters and digits),
        and ``Ref`` replaced."""
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
        return _plain(self.evaluate(value, path))

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


def format_path(path: TemplatePath) -> str:
    """The path in words, such as ``Resources, Shop, Properties, Stages, 0``."""
    if isinstance(path[0], tuple):
        return f"{format_path(path[0])}, {str(path[1])[:60]}"
    return ", ".join(str(key)[:60] for key in path)


def _section(template: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = template.get(name)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise InvalidTemplate(f"{name} must be a map.")
    return section


def _plain(value: Any) -> str:
    """A scalar as CloudFormation writes it into text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _all(results: Iterable[bool | None]) -> bool | None:
    known = list(results)
    if False in known:
        return False
    return None if None in known else True


def _negated(result: bool | None) -> bool | None:
    return None if result is None else not result
