"""Reading YAML that comes from a stranger's file or request, with every way to be wrong told in one sentence.

An alias makes a short text as large as its author likes, or puts a value into itself; PyYAML builds all of it, and
calls itself for each level. ``compose_yaml`` counts while it reads: characters, levels, and values with each alias
counted as often as it is used. ``construct_yaml`` makes plain data of what was read, and nothing but plain data.

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
"""How long a text can be. A template that CloudFormation takes from a bucket has 1 MB."""
MAX_DEPTH = 100
"""How deeply lists and maps can be nested, each alias replaced by what it stands for."""
MAX_VALUES = 100_000
"""How many values a text can have, each alias replaced by what it stands for."""
MAX_WRITTEN = 50_000
"""How many values a text can have, aliases not counted: each takes PyYAML some 50 microseconds."""
MAX_DIGITS = 400
"""How many characters a number can have."""

TAG = "tag:yaml.org,2002:"


class BadYaml(ValueError):
    """A text that is not YAML within the bounds. ``problem`` says what is wrong; ``line`` and ``column`` begin at 1,
    and are 0 where the whole text is meant."""

    def __init__(self, problem: str, mark: Any = None) -> None:
        self.problem = problem
        self.line: int = mark.line + 1 if mark is not None else 0
        self.column: int = mark.column + 1 if mark is not None else 0
        super().__init__(f"{problem}{f' at line {self.line}, column {self.column}' if self.line else ''}")


class TooMuchYaml(BadYaml):
    """A text that is YAML, and beyond the bounds."""


def compose_yaml(text: str) -> yaml.Node | None:
    """The nodes of a YAML text, which know their places; None for an empty one. Raises ``BadYaml``."""
    if len(text) > MAX_CHARACTERS:
        raise TooMuchYaml(f"the text has {len(text)} characters; the limit is {MAX_CHARACTERS}")
    try:
        return _composed(text, fast=True)
    except BadYaml:
        raise
    except Exception as error:  # libyaml refuses in words of its own, and without it there is no fast way
        if "maximum nesting depth" in str(getattr(error, "problem", "")):  # it looks a thousand levels ahead
            mark = getattr(error, "problem_mark", None)
            raise TooMuchYaml(f"it is nested deeper than {MAX_DEPTH} levels", mark) from error
    return _composed_slowly(text)


def _composed(text: str, *, fast: bool) -> yaml.Node | None:
    node: yaml.Node | None = _composer(fast)(text).get_single_node()
    return node


def _composed_slowly(text: str) -> yaml.Node | None:
    import yaml

    try:
        return _composed(text, fast=False)
    except yaml.MarkedYAMLError as error:
        raise BadYaml(str(error.problem or error.context), error.problem_mark) from error
    except yaml.YAMLError as error:  # a character that no YAML text has
        raise BadYaml(str(error).splitlines()[0]) from error
    except RecursionError:
        raise TooMuchYaml(f"it is nested deeper than {MAX_DEPTH} levels") from None
    except BadYaml:
        raise
    except ValueError as error:  # a %YAML directive, or an escape, with a number that Python does not read
        raise BadYaml(f"a number in it cannot be read ({str(error).partition(';')[0]})") from error


@cache
def _composer(fast: bool) -> type[Any]:
    """PyYAML's composer, which counts. ``fast`` has libyaml's parser before it, which not every PyYAML brings."""
    import yaml

    bases: tuple[Any, ...] = (yaml.SafeLoader,)
    if fast:
        from yaml._yaml import CParser
        from yaml.composer import Composer as PythonComposer
        from yaml.resolver import Resolver

        bases = (PythonComposer, CParser, Resolver)

    class Composer(*bases):  # type: ignore[misc]  # which of the two is known only here
        """Composes within the bounds."""

        def __init__(self, stream: str) -> None:
            if fast:
                CParser.__init__(self, stream)
                PythonComposer.__init__(self)
                Resolver.__init__(self)
            else:
                super().__init__(stream)
            self.depth = self.written = 0
            self.sizes: dict[int, tuple[int, int]] = {}
            """id of a node that is complete -> its values and its levels, aliases counted as often as they are used"""

        def compose_node(self, parent: Any, index: Any) -> Any:
            """One node with all that is in it."""
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
            parts: list[Any] = []
            if isinstance(node, yaml.SequenceNode):
                parts = node.value
            elif isinstance(node, yaml.MappingNode):
                parts = [each for pair in node.value for each in pair]
            sizes = [self.sizes[id(part)] for part in parts]
            values, levels = (
                1 + sum(size for size, _ in sizes),
                1 + max((each for _, each in sizes), default=0),
            )
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
"""Makes a value of a tag such as ``!Ref``, without its exclamation mark, and of what stands behind it."""

_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False}


def construct_yaml(node: yaml.Node | None, shorthand: Shorthand | None = None) -> Any:
    """Plain data: dict with str keys, list, str, int, float, bool and None. A date stays text. Raises ``BadYaml``."""
    return None if node is None else _Construction(shorthand).value(node)


class _Construction:
    def __init__(self, shorthand: Shorthand | None) -> None:
        self.shorthand = shorthand

    def value(self, node: Any) -> Any:
        tag = str(node.tag)
        if tag.startswith("!") and len(tag) > 1 and self.shorthand is not None:
            return self.shorthand(tag[1:], self.untagged(node))
        if not tag.startswith(TAG) or tag.removeprefix(TAG) not in _KINDS[node.id]:
            raise BadYaml(f"the tag {_shown(tag.replace(TAG, '!!'))} is not allowed here", node.start_mark)
        return self.untagged(node, tag.removeprefix(TAG))

    def untagged(self, node: Any, kind: str = "str") -> Any:
        if node.id == "sequence":
            return [self.value(each) for each in node.value]
        if node.id == "mapping":
            return self.mapping(node)
        return _scalar(node, kind)

    def mapping(self, node: Any) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key, value in node.value:
            if key.id != "scalar":
                raise BadYaml("a key must be a single value, not a list or a map", key.start_mark)
            if key.tag == f"{TAG}merge":
                for each in value.value if value.id == "sequence" else [value]:
                    if each.id != "mapping":
                        raise BadYaml("<< must be followed by a map, such as *name", each.start_mark)
                    for name, inherited in self.mapping(each).items():
                        merged.setdefault(name, inherited)
            else:
                own[str(key.value)] = self.value(value)
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
                raise BadYaml(f"{_shown(text)} is neither true nor false", node.start_mark)
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
    try:
        number: int | float = (
            loader.construct_yaml_int(node) if kind == "int" else loader.construct_yaml_float(node)
        )
    except (ValueError, ArithmeticError, IndexError):
        raise BadYaml(f"{_shown(text)} is not a number", node.start_mark) from None
    if not math.isfinite(number):
        raise BadYaml(f"{_shown(text)} is not a finite number", node.start_mark)
    return number


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
