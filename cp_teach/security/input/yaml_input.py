"""Read untrusted YAML within limits, as nodes that know their lines; every error is one sentence.

An alias can make a short text as large as its author likes, or put a value into itself; PyYAML builds all of it and
recurses for each level. ``compose_yaml`` counts characters, levels, and values while it reads; an alias counts each
time it is used. ``yaml_data`` builds plain data instead.
"""

from __future__ import annotations

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
