"""Read YAML whose values know their line, so that an error message can say where it applies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.input.yaml_input import InvalidYaml, TooMuchYaml, compose_yaml

if TYPE_CHECKING:
    import yaml

JSON_STRING = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?')
"""A string of JSON, and the colon after it if it is a key."""
NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True)
class YamlValue:
    """A value of a YAML file. A method whose expectation fails appends a message with the location to ``errors`` and
    returns an empty result, so one pass reports every error."""

    node: yaml.Node | None
    path: str
    errors: list[str]

    @property
    def present(self) -> bool:
        """Whether the file has a value here other than null."""
        return self.node is not None and self.node.tag != NULL

    @property
    def is_single(self) -> bool:
        """Whether it is no list and no mapping. ``text`` reports those, so they need no second error."""
        return getattr(self.node, "id", "scalar") == "scalar"

    @property
    def location(self) -> str:
        """The location, such as "phases.build.commands[0] (line 7)"."""
        path = self.path or "the file"
        return f"{path} (line {self.node.start_mark.line + 1})" if self.node else path

    def report(self, problem: str) -> None:
        """Add an error about this value."""
        self.errors.append(f"{self.location}: {problem}")

    def children(self, on_duplicate: Callable[[str], object] | None = None) -> dict[str, YamlValue]:
        """The values of a mapping by key.

        A duplicate key is an error; with ``on_duplicate`` it is only passed a message, and the last value counts.
        Keys of the mapping itself override those merged with ``<<``.
        """
        import yaml

        if not self.present:
            return {}
        values: dict[str, YamlValue] = {}
        seen = set()
        mappings = [self.node]
        while mappings:  # each mapping only once: a small file could refer to one a million times
            mapping = mappings.pop(0)
            if id(mapping) in seen:
                continue
            seen.add(id(mapping))
            own = mapping is self.node
            if not isinstance(mapping, yaml.MappingNode):
                example = "expected a mapping, for example «key: value»."
                problem = example if own else "<< must refer to a mapping, for example *name."
                YamlValue(mapping, self.path, self.errors).report(problem)
                continue
            for key, node in mapping.value:
                name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
                child = YamlValue(node, self._child_path(name), self.errors)
                if name == "<<":
                    mappings += node.value if isinstance(node, yaml.SequenceNode) else [node]
                elif not own:
                    values.setdefault(name, child)
                else:
                    if name in values and on_duplicate is None:
                        child.report(f"the key {name!r} appears twice; remove one.")
                    elif name in values and on_duplicate is not None:
                        on_duplicate(
                            f"{child.location}: the key {name!r} appears twice; the last one counts."
                        )
                    values[name] = child
        return values

    def _child_path(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def items(self) -> Iterator[YamlValue]:
        """The values of a list."""
        import yaml

        if not self.present:
            return
        if not isinstance(self.node, yaml.SequenceNode):
            self.report("expected a list: one item per line, each beginning with «- ».")
            return
        for number, node in enumerate(self.node.value):
            yield YamlValue(node, f"{self.path}[{number}]", self.errors)

    def text(self) -> str:
        """A scalar as it is written: ``yes`` is "yes", and ``0.10`` is "0.10"."""
        import yaml

        if isinstance(self.node, yaml.ScalarNode):
            text = "" if self.node.tag == NULL else str(self.node.value)
            if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
                self.report("contains a character that is not valid text; remove it.")
                return ""
            return text
        if self.present:  # for example: - echo result: good
            self.report(
                "expected a single text. If it contains a colon followed by a space, or begins with a character "
                "such as [ { or *, put it in quotes."
            )
        return ""

    def texts(self, *, single: bool = False) -> tuple[str, ...]:
        """A list of scalars, none of them empty. With ``single``, one scalar counts as a list of one."""
        import yaml

        if single and self.present and isinstance(self.node, yaml.ScalarNode):
            return (text,) if (text := self.text()) else ()
        texts = []
        for item in self.items():
            text = item.text()
            if not text and not isinstance(item.node.value if item.node else None, list):
                item.report("the item is empty; write a value, or remove the line.")
            texts.append(text)
        return tuple(text for text in texts if text)

    def boolean(self) -> bool:
        """A value that is yes or no."""
        text = self.text().lower()
        if text in ("yes", "true", "on"):
            return True
        if text not in ("", "no", "false", "off"):
            self.report(f"must be yes or no, not {text!r}.")
        return False


def json_as_yaml(text: str) -> str:
    """A JSON text as YAML reads it, with every value on its line; another text unchanged.

    JSON is YAML except for two things: it may be indented with tabs, and a key and its colon may be on two lines.
    """
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        parse_json(text)
    except InvalidJson:
        return text

    def plain(match: re.Match[str]) -> str:
        string = match[1]
        if "\\u" in string:  # YAML reads the halves of an escaped character as two characters
            string = json.dumps(json.loads(string), ensure_ascii=False)
        return f"{string}: {match[2][:-1]}" if match[2] else string

    return JSON_STRING.sub(plain, text).replace("\t", " ")  # no string of JSON contains a tab


def read_yaml(text: str, errors: list[str]) -> YamlValue:
    """The top value of a text in YAML or JSON. Text that is neither is an error."""
    try:
        # Composed, not constructed: no object is created.
        return YamlValue(compose_yaml(json_as_yaml(text)), "", errors)
    except InvalidYaml as error:
        line = f" (line {error.line})" if error.line else ""
        if isinstance(error, TooMuchYaml):
            errors.append(f"this YAML cannot be read{line}: {error.problem}.")
        else:
            errors.append(
                f"this is not YAML{line}: {error.problem}. Check the indentation, and quote unusual characters."
            )
    return YamlValue(None, "", errors)
