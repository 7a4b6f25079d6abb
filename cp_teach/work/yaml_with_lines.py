"""A YAML file that remembers its lines: every value can say where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cp_teach.security.input.yaml_input import BadYaml, TooMuchYaml, compose_yaml

if TYPE_CHECKING:
    import yaml

NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True)
class Tree:
    """One value of a YAML file. What is asked of it and is not so goes into ``faults``, as a sentence with the
    place; the question is answered with nothing then, so that one reading finds all that is wrong."""

    node: yaml.Node | None
    path: str
    faults: list[str]

    @property
    def there(self) -> bool:
        """Whether the file says anything here."""
        return self.node is not None and self.node.tag != NULL

    @property
    def where(self) -> str:
        """The place, as in "phases.build.commands[0] (line 7)"."""
        place = self.path or "the file"
        return f"{place} (line {self.node.start_mark.line + 1})" if self.node else place

    def wrong(self, what: str) -> None:
        """Keep a fault of this value."""
        self.faults.append(f"{self.where}: {what}")

    def children(self, twice: Callable[[str], object] | None = None) -> dict[str, Tree]:
        """A mapping's values by their keys. A key that stands there twice is a fault; or ``twice`` is told, and the
        last one counts. What is merged in, with ``<<``, stands behind what the mapping says itself."""
        import yaml

        if not self.there:
            return {}
        if not isinstance(self.node, yaml.MappingNode):
            self.wrong("here must stand keys with values, as in «key: value».")
            return {}
        found: dict[str, Tree] = {}
        merged: list[yaml.Node] = []
        for key, value in self.node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            child = Tree(value, f"{self.path}.{name}" if self.path else name, self.faults)
            if name == "<<":
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
                continue
            if name in found and twice is None:
                child.wrong(f"the key {name!r} stands here twice; keep one.")
            elif name in found and twice is not None:
                twice(f"{child.where}: the key {name!r} stands here twice; the last one counts.")
            found[name] = child
        seen = {id(self.node)}
        while merged:  # each mapping once: a small file could name one a million times
            other = merged.pop(0)
            if id(other) in seen:
                continue
            seen.add(id(other))
            if not isinstance(other, yaml.MappingNode):
                Tree(other, self.path, self.faults).wrong("after << must stand keys with values, as *name.")
                continue
            for key, value in other.value:
                name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
                if name == "<<":
                    merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
                else:
                    place = f"{self.path}.{name}" if self.path else name
                    found.setdefault(name, Tree(value, place, self.faults))
        return found

    def items(self) -> Iterator[Tree]:
        """A list's values."""
        import yaml

        if not self.there:
            return
        if not isinstance(self.node, yaml.SequenceNode):
            self.wrong("here must stand a list: one line for each, beginning with «- ».")
            return
        for number, value in enumerate(self.node.value):
            yield Tree(value, f"{self.path}[{number}]", self.faults)

    def text(self) -> str:
        """A single value as it is written: ``yes`` is "yes", ``0.10`` is "0.10"."""
        import yaml

        if isinstance(self.node, yaml.ScalarNode):
            text = "" if self.node.tag == NULL else str(self.node.value)
            if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text):
                self.wrong("here stands a sign that is no text; take it out.")
                return ""
            return text
        if self.there:
            # - echo result: good
            self.wrong(
                "here must stand one text. Where it holds a colon and a space, or begins with a sign like "
                "[ { or *, put it in quotes."
            )
        return ""

    def texts(self, *, single: bool = False) -> tuple[str, ...]:
        """A list of single values, of which none is empty; where it may be ``single``, one value is a list of one."""
        import yaml

        if single and self.there and isinstance(self.node, yaml.ScalarNode):
            return (text,) if (text := self.text()) else ()
        found = []
        for item in self.items():
            text = item.text()
            if not text and not isinstance(item.node.value if item.node else None, list):
                item.wrong("nothing stands here; write it, or take the line out.")
            found.append(text)
        return tuple(text for text in found if text)

    def yes(self) -> bool:
        """A value that is yes or no."""
        text = self.text().lower()
        if text in ("yes", "true", "on"):
            return True
        if text not in ("", "no", "false", "off"):
            self.wrong(f"here must stand yes or no, not {text!r}.")
        return False


def read(text: str, faults: list[str]) -> Tree:
    """The whole file. What is no YAML is a fault."""
    # Nothing is constructed: a buildspec of a stranger is text and stays text.
    try:
        return Tree(compose_yaml(text), "", faults)
    except BadYaml as no:
        line = f" (line {no.line})" if no.line else ""
        if isinstance(no, TooMuchYaml):
            faults.append(f"this YAML cannot be read{line}: {no.problem}.")
            return Tree(None, "", faults)
        faults.append(f"this is not YAML{line}: {no.problem}. Check the indentation, and quote odd signs.")
    return Tree(None, "", faults)
