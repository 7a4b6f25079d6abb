"""Read untrusted YAML within limits; every error is one sentence.

An alias can make a short text as large as its author likes, or put a value into itself; PyYAML builds all of it and
recurses for each level. ``compose_yaml`` counts characters, levels, and values while it reads; an alias counts each
time it is used. ``construct_yaml`` then builds plain data, and nothing else.

>>> construct_yaml(compose_yaml("stages: [{name: Source}, {name: Build}]"))
{'stages': [{'name': 'Source'}, {'name': 'Build'}]}
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

MAX_CHARACTERS = 1_000_000
"""Maximum characters of a text. CloudFormation accepts templates of up to 1 MB from a bucket."""
MAX_DEPTH = 100
"""Maximum nesting of lists and maps, with aliases expanded."""
MAX_VALUES = 100_000
"""Maximum values in a text, with aliases expanded."""
MAX_WRITTEN = 50_000
"""Maximum values in a text, without aliases; PyYAML needs about 50 microseconds for each."""
MAX_DIGITS = 400
"""Maximum characters of a number."""

TAG = "tag:yaml.org,2002:"


class InvalidYaml(ValueError):
    """The text is not YAML, or exceeds the limits. ``problem`` says what is wrong; ``line`` and ``column`` start at 1
    and are 0 if the whole text is meant."""

    def __init__(self, problem: str, mark: Any = None) -> None:
        self.problem = problem
        self.line: int = mark.line + 1 if mark is not None else 0
        self.column: int = mark.column + 1 if mark is not None else 0
        super().__init__(f"{problem}{f' at line {self.line}, column {self.column}' if self.line else ''}")


class TooMuchYaml(InvalidYaml):
    """The text is YAML, but exceeds the limits."""


def compose_yaml(text: str) -> yaml.Node | None:
    """The nodes of a YAML text, with their places; None for an empty text. Raises ``InvalidYaml``."""
    if len(text) > MAX_CHARACTERS:
        raise TooMuchYaml(f"the text has {len(text)} characters; the limit is {MAX_CHARACTERS}")
    import yaml

    try:
        return _composed(text, fast=True)
    except InvalidYaml:
        raise
    except Exception as error:  # libyaml has its own messages, and may be missing
        if "maximum nesting depth" in str(
            getattr(error, "problem", "")
        ):  # libyaml's limit: a thousand levels
            mark = getattr(error, "problem_mark", None)
            raise TooMuchYaml(f"it is nested deeper than {MAX_DEPTH} levels", mark) from error
    try:
        return _composed(text, fast=False)
    except yaml.MarkedYAMLError as error:
        raise InvalidYaml(str(error.problem or error.context), error.problem_mark) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise InvalidYaml(str(error).splitlines()[0]) from error
    except RecursionError:
        raise TooMuchYaml(f"it is nested deeper than {MAX_DEPTH} levels") from None
    except InvalidYaml:
        raise
    except ValueError as error:  # a number that Python cannot read in a %YAML directive or an escape
        raise InvalidYaml(f"a number in it cannot be read ({str(error).partition(';')[0]})") from error


def _composed(text: str, *, fast: bool) -> yaml.Node | None:
    node: yaml.Node | None = _composer(fast)(text).get_single_node()
    return node


@cache
def _composer(fast: bool) -> type[Any]:
    """A PyYAML composer that counts. ``fast`` uses libyaml's parser, which not every PyYAML has."""
    import yaml

    bases: tuple[Any, ...] = (yaml.SafeLoader,)
    if fast:
        from yaml._yaml import CParser
        from yaml.composer import Composer as PythonComposer
        from yaml.resolver import Resolver

        bases = (PythonComposer, CParser, Resolver)

    class Composer(*bases):  # type: ignore[misc]  # the base classes are known only at run time
        """Composes nodes within the limits."""

        def __init__(self, stream: str) -> None:
            if fast:
                CParser.__init__(self, stream)
                PythonComposer.__init__(self)
                Resolver.__init__(self)
            else:
                super().__init__(stream)
            self.depth = self.written = 0
            self.sizes: dict[int, tuple[int, int]] = {}
            """ID of a complete node -> its values and levels, with aliases expanded"""

        def compose_node(self, parent: Any, index: Any) -> Any:
            """One node and everything in it."""
            event: Any = self.peek_event()
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise TooMuchYaml(f"it is nested deeper than {MAX_DEPTH} levels", event.start_mark)
            node: Any = super().compose_node(parent, index)
            self.depth -= 1
            if isinstance(event, yaml.AliasEvent):
                if id(node) not in self.sizes:
                    raise TooMuchYaml(f"the value *{event.anchor} contains itself", event.start_mark)
            else:
                self.sizes[id(node)] = self.measured(node, event.start_mark)
            return node

        def measured(self, node: Any, mark: Any) -> tuple[int, int]:
            """The values and the levels of a node whose parts are complete."""
            parts = () if isinstance(node, yaml.ScalarNode) else node.value
            if isinstance(node, yaml.MappingNode):
                parts = [each for pair in parts for each in pair]
            sizes = [self.sizes[id(part)] for part in parts]
            values = 1 + sum(size for size, _ in sizes)
            levels = 1 + max((each for _, each in sizes), default=0)
            if values > MAX_VALUES:
                raise TooMuchYaml(f"it has more than {MAX_VALUES} values. Make it smaller", mark)
            if levels > MAX_DEPTH:
                raise TooMuchYaml(f"it is nested deeper than {MAX_DEPTH} levels", mark)
            self.written += 1
            if self.written > MAX_WRITTEN:
                raise TooMuchYaml(f"it has more than {MAX_WRITTEN} values. Make it smaller", mark)
            return values, levels

    return Composer


# -- plain data ----------------------------------------------------------------------------------------
Shorthand = Callable[[str, Any], Any]
"""Makes a value from a tag such as ``!Ref``, without its exclamation mark, and the value after it."""

_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False}


def construct_yaml(node: yaml.Node | None, shorthand: Shorthand | None = None) -> Any:
    """Plain data: dict with str keys, list, str, int, float, bool and None. A date stays text.

    Raises ``InvalidYaml``.
    """
    return None if node is None else _value(node, shorthand)


def _value(node: Any, shorthand: Shorthand | None) -> Any:
    tag = str(node.tag)
    if shorthand is not None and tag.startswith("!") and len(tag) > 1:
        return shorthand(tag[1:], _untagged(node, "str", shorthand))
    kind = tag.removeprefix(TAG)
    if not tag.startswith(TAG) or kind not in _KINDS[node.id]:
        raise InvalidYaml(f"the tag {_quote(tag.replace(TAG, '!!'))} is not allowed here", node.start_mark)
    return _untagged(node, kind, shorthand)


def _untagged(node: Any, kind: str, shorthand: Shorthand | None) -> Any:
    if node.id == "sequence":
        return [_value(each, shorthand) for each in node.value]
    return _mapping(node, shorthand) if node.id == "mapping" else _scalar(node, kind)


def _mapping(node: Any, shorthand: Shorthand | None) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in node.value:
        if key.id != "scalar":
            raise InvalidYaml("a key must be a single value, not a list or a map", key.start_mark)
        if key.tag == f"{TAG}merge":
            for each in value.value if value.id == "sequence" else [value]:
                if each.id != "mapping":
                    raise InvalidYaml("<< must be followed by a map, such as *name", each.start_mark)
                merged |= _mapping(each, shorthand) | merged  # the first map with a key counts
        else:
            own[str(key.value)] = _value(value, shorthand)
    return {**merged, **own}


_KINDS = {
    "scalar": ("str", "int", "float", "bool", "null", "timestamp", "value", "merge"),
    "sequence": ("seq",),
    "mapping": ("map",),
}


def _scalar(node: Any, kind: str) -> Any:
    text = str(node.value)
    match kind:
        case "null":
            return None
        case "bool":
            if text.lower() not in _BOOLEANS:
                raise InvalidYaml(f"{_quote(text)} is neither true nor false", node.start_mark)
            return _BOOLEANS[text.lower()]
        case "int" | "float":
            return _number(node, text, kind)
    return text


def _number(node: Any, text: str, kind: str) -> int | float:
    import yaml

    if len(text) > MAX_DIGITS:
        problem = f"a number has {len(text)} characters; the limit is {MAX_DIGITS}"
        raise TooMuchYaml(problem, node.start_mark)
    loader: Any = yaml.SafeLoader("")
    construct = loader.construct_yaml_int if kind == "int" else loader.construct_yaml_float
    try:
        number: int | float = construct(node)
    except (ValueError, ArithmeticError, IndexError):
        raise InvalidYaml(f"{_quote(text)} is not a number", node.start_mark) from None
    if not math.isfinite(number):
        raise InvalidYaml(f"{_quote(text)} is not a finite number", node.start_mark)
    return number


def _quote(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
