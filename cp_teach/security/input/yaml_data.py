"""Build plain data from untrusted YAML in one pass over libyaml's events, within limits.

An alias can make a short text as large as its author likes, or put a value into itself. Each use of an alias counts as
all the values that it stands for, so such a text is refused while it is read. ``yaml_input`` does the same for readers
that need the line of each value; this module is faster, for templates and exports of a megabyte.

>>> load_yaml("stages: [{name: Source}, {name: Build}]")
{'stages': [{'name': 'Source'}, {'name': 'Build'}]}
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from cp_teach.security.input.yaml_input import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_VALUES,
    MAX_WRITTEN,
    InvalidYaml,
    TooMuchYaml,
)

MAX_DIGITS = 400
"""Maximum characters of a number."""

TAG = "tag:yaml.org,2002:"

SURROGATE = "it has half a surrogate pair, which is not a character"

ShortForm = Callable[[str, Any], Any]
"""Makes a value from a tag such as ``!Ref``, without its exclamation mark, and the value after it."""

_LONGEST_CACHED = 40
"""Maximum length of a scalar of which the kind is remembered."""


class _Anchor(NamedTuple):
    """The value of an anchor, and what one alias of it adds."""

    value: Any
    size: int
    levels: int


def load_yaml(
    text: str,
    short_form: ShortForm | None = None,
    *,
    max_characters: int = MAX_CHARACTERS,
    max_values: int = 0,
) -> Any:
    """Plain data: dict with str keys, list, str, int, float, bool and None. A date stays text.

    ``short_form`` makes values from tags; without it, a tag is an error. ``max_values`` is the maximum of values, with
    aliases expanded. By default a short text has at most ``MAX_WRITTEN``, and ``MAX_VALUES`` with aliases expanded; a
    long one has at most one for each 8 characters, and 4 with aliases, because a template of 1 MB has about 90,000.
    Raises ``InvalidYaml``.
    """
    if len(text) > max_characters:
        raise TooMuchYaml(f"the text has {len(text)} characters; the limit is {max_characters}")
    import yaml

    try:
        parser, is_fast = _parser(text)
        written = max_values or max(MAX_WRITTEN, len(text) // 8)
        expanded = max_values or max(MAX_VALUES, len(text) // 4)
        if not is_fast:  # PyYAML's own parser needs about 50 microseconds for each value
            written = min(written, MAX_WRITTEN)
        return _Builder(parser, short_form, written, expanded).document()
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in str(error.problem):  # libyaml reads ahead, up to a thousand levels
            raise TooMuchYaml(f"it is nested deeper than {MAX_DEPTH} levels", error.problem_mark) from error
        raise InvalidYaml(explain(error, text), error.problem_mark or error.context_mark) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        character = getattr(error, "character", "")
        code = ord(character) if isinstance(character, str) and character else character
        if isinstance(code, int) and 0xD800 <= code <= 0xDFFF:
            raise InvalidYaml(SURROGATE) from error
        shown = f"the control character #x{code:04x}" if isinstance(code, int) else "a control character"
        raise InvalidYaml(f"it has {shown}, which YAML does not allow") from error
    except InvalidYaml:
        raise
    except UnicodeEncodeError as error:
        raise InvalidYaml(SURROGATE) from error
    except ValueError as error:  # a number that Python cannot read in an escape or a directive
        raise InvalidYaml(f"a number in it cannot be read ({str(error).partition(';')[0]})") from error


def _parser(text: str) -> tuple[Any, bool]:
    """libyaml's parser, which not every PyYAML has, or else PyYAML's own; and whether it is libyaml's."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        from yaml import SafeLoader

        return SafeLoader(text), False
    return CParser(text), True


class _Builder:
    """Turns the events of one document into data."""

    def __init__(
        self, parser: Any, short_form: ShortForm | None, max_written: int, max_expanded: int
    ) -> None:
        import yaml

        self.next: Callable[[], Any] = parser.get_event
        self.short_form, self.max_written, self.max_expanded = short_form, max_written, max_expanded
        self.written = self.values = self.depth = self.deepest = 0
        self.anchors: dict[str, _Anchor] = {}
        self.open: list[str] = []
        """The anchors of the values that are being read."""
        self.scalar, self.alias = yaml.ScalarEvent, yaml.AliasEvent
        self.sequence, self.mapping = yaml.SequenceStartEvent, yaml.MappingStartEvent
        self.ends = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
        self.document_start, self.stream_end = yaml.DocumentStartEvent, yaml.StreamEndEvent

    def document(self) -> Any:
        self.next()  # the start of the stream
        if not isinstance(self.next(), self.document_start):
            return None  # an empty text
        value = self.value(self.next())
        self.next()  # the end of the document
        event = self.next()
        if not isinstance(event, self.stream_end):
            raise InvalidYaml("a second document begins; keep only one", event.start_mark)
        return value

    def value(self, event: Any) -> Any:
        kind = type(event)
        if kind is self.alias:
            return self.aliased(event)
        self.count(1, event)
        anchor = event.anchor
        if kind is self.scalar:
            value = self.scalar_value(event)
            if anchor is not None:
                self.anchors[anchor] = _Anchor(value, 1, 1)
            return value
        values, deepest = self.values, self.deepest
        self.depth += 1
        self.deepest = self.depth
        if self.depth > MAX_DEPTH:
            raise TooMuchYaml(f"it is nested deeper than {MAX_DEPTH} levels", event.start_mark)
        if anchor is not None:
            self.open.append(anchor)
        value = self.collection(event, kind is self.mapping)
        size = self.values - values + 1
        if size > self.max_expanded:
            raise _too_many(self.max_expanded, event)
        if anchor is not None:
            self.open.pop()
            self.anchors[anchor] = _Anchor(value, size, self.deepest - self.depth + 1)
        self.depth -= 1
        self.deepest = max(deepest, self.deepest)
        return value

    def count(self, size: int, event: Any) -> None:
        """Count one value of the text, or the values that an alias stands for."""
        self.values += size
        self.written += 1
        if self.written > self.max_written:
            raise _too_many(self.max_written, event)

    def aliased(self, event: Any) -> Any:
        name = event.anchor
        if name in self.open:
            raise TooMuchYaml(f"the value *{name} contains itself", event.start_mark)
        if name not in self.anchors:
            raise InvalidYaml(f"*{name} refers to no earlier value &{name}", event.start_mark)
        value, size, levels = self.anchors[name]
        self.count(size, event)
        self.deepest = max(self.deepest, self.depth + levels)
        if self.depth + levels > MAX_DEPTH:
            raise TooMuchYaml(f"it is nested deeper than {MAX_DEPTH} levels", event.start_mark)
        return value

    # -- values --------------------------------------------------------------------------------------------
    def collection(self, event: Any, is_mapping: bool) -> Any:
        tag = event.tag
        value: Any = self.map_items() if is_mapping else self.list_items()
        if tag is None or tag == "!":
            return value
        if tag.startswith("!") and self.short_form is not None:
            return self.short_form(tag[1:], value)
        if tag != TAG + ("map" if is_mapping else "seq"):
            raise _tag_error(event)
        return value

    def list_items(self) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self.next(), self.ends):
            items.append(self.value(event))
        return items

    def map_items(self) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        while not isinstance(event := self.next(), self.ends):
            key = (
                self.value(event)
                if type(event) is self.alias
                else event.value
                if type(event) is self.scalar
                else None
            )
            if isinstance(key, dict | list) or key is None:
                raise InvalidYaml("a key must be a single value, not a list or a map", event.start_mark)
            if type(event) is self.scalar:
                self.count(1, event)
                if event.anchor is not None:
                    self.anchors[event.anchor] = _Anchor(key, 1, 1)
                if key == "<<" and event.implicit[0]:
                    merged = self.merged(self.next(), merged)
                    continue
            own[str(key)] = self.value(self.next())
        return {**merged, **own} if merged else own

    def merged(self, event: Any, before: dict[str, Any]) -> dict[str, Any]:
        value = self.value(event)
        for each in value if isinstance(value, list) else [value]:
            if not isinstance(each, dict):
                raise InvalidYaml("<< must be followed by a map, such as *name", event.start_mark)
            before = {**each, **before}  # the first map with a key counts
        return before

    def scalar_value(self, event: Any) -> Any:
        text, tag = event.value, event.tag
        if tag is None:
            kind = _kind(text) if event.implicit[0] else "str"
        elif tag == "!":
            kind = "str"
        elif tag.startswith("!"):
            if self.short_form is None:
                raise _tag_error(event)
            return self.short_form(tag[1:], text)
        else:
            kind = tag.removeprefix(TAG)
            if tag == kind or kind not in _KINDS:
                raise _tag_error(event)
        if kind == "null":
            return None
        if kind == "bool":
            if text.lower() not in _BOOLEANS:
                raise InvalidYaml(f"{_quote(text)} is neither true nor false", event.start_mark)
            return _BOOLEANS[text.lower()]
        return _number(text, kind, event.start_mark) if kind in ("int", "float") else text


_BOOLEANS = {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False}
_KINDS = ("str", "int", "float", "bool", "null", "timestamp", "value", "merge")


def _too_many(most: int, event: Any) -> TooMuchYaml:
    return TooMuchYaml(f"it has more than {most} values. Make it smaller", event.start_mark)


def _tag_error(event: Any) -> InvalidYaml:
    tag = event.tag.replace(TAG, "!!")
    return InvalidYaml(f"the tag {tag[:60]!r} is not allowed here", event.start_mark)


def _number(text: str, kind: str, mark: Any) -> int | float:
    if len(text) > MAX_DIGITS:
        raise TooMuchYaml(f"a number has {len(text)} characters; the limit is {MAX_DIGITS}", mark)
    if kind == "int" and text.isdecimal() and text.isascii() and text[0] != "0":
        return int(text)
    from yaml import ScalarNode

    convert = _constructor().construct_yaml_int if kind == "int" else _constructor().construct_yaml_float
    try:
        number: int | float = convert(ScalarNode("", text))
    except (ValueError, ArithmeticError, IndexError):
        raise InvalidYaml(f"{_quote(text)} is not a number", mark) from None
    if not math.isfinite(number):
        raise InvalidYaml(f"{_quote(text)} is not a finite number", mark)
    return number


@cache
def _constructor() -> Any:
    from yaml.constructor import SafeConstructor

    return SafeConstructor()


def _quote(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _kind(text: str) -> str:
    """The kind of an unquoted scalar: str, int, float, bool, null, timestamp, value, or merge."""
    return _cached_kind(text) if len(text) <= _LONGEST_CACHED else _resolved_kind(text)


def _resolved_kind(text: str) -> str:
    from yaml.resolver import Resolver

    resolvers = Resolver.yaml_implicit_resolvers
    for tag, pattern in resolvers.get(text[:1], []) + resolvers.get(None, []):
        if pattern.match(text):
            return str(tag).removeprefix(TAG)
    return "str"


_cached_kind = lru_cache(maxsize=4096)(_resolved_kind)


# -- errors --------------------------------------------------------------------------------------------------
_EXPLANATIONS = (
    (
        "mapping values are not allowed",
        "a colon with a space after it begins a value here; put the text in quotes",
    ),
    ("could not find expected ':'", "this line has no colon after its key, or is indented wrongly"),
    ("cannot start any token", "{character} cannot begin a value here; put the text in quotes"),
    ("undefined alias", "an alias refers to no earlier value"),
    ("duplicate anchor", "an anchor is defined twice"),
    ("<document start>", "there is something after the end of the document"),
    ("document start", "there is something after the end of the document"),
    ("<block end>", "this line is not indented like the lines before it"),
    ("expected key", "this line is not indented like the lines before it"),
    ("'-' indicator", "this line is not indented like the items before it"),
    ("',' or '}'", "a comma or } is missing before this"),
    ("',' or ']'", "a comma or ] is missing before this"),
    ("unexpected end of stream", "a quotation mark has no partner"),
    ("document separator", "a quotation mark has no partner"),
    ("node content", "a value is missing before this"),
    ("undefined tag handle", "a tag is not defined"),
    (
        "block sequence entries are not allowed",
        "a dash cannot begin an item here; put the item on its own line",
    ),
    ("block mapping", "this line is not indented like the lines before it"),
    ("unknown escape character", "a backslash in double quotes begins no known escape; use single quotes"),
    ("document indicator", "a quotation mark has no partner"),
    ("comment or line break", "the text after | or > must begin on the next line"),
    ("mapping keys are not allowed", "a question mark begins a key here; put the text in quotes"),
    ("unexpected ':'", "a colon is inside a list or map in brackets; put the text in quotes"),
    ("tag URI", "a ! is followed by no name"),
    ("expected '>'", "a ! is followed by no name"),
    ("URI escaped octet", "a ! is followed by no name"),
    ("whitespace or line break", "the name after a ! must be followed by a space"),
    ("alphabetic or numeric", "a * or & begins no name here; put the text in quotes"),
    ("non-alphabetical", "a line that begins with % is not a directive of YAML"),
    ("directive", "a line that begins with % is not a directive of YAML"),
    ("indentation", "a number of spaces cannot be given here"),
)
"""A part of a message of PyYAML or of libyaml -> what it means for the author of the text."""


def explain(error: Any, text: str) -> str:
    """Say in plain words what a YAML parser complains about."""
    problem = str(error.problem or error.context or "")
    mark = error.problem_mark or error.context_mark
    line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
    character = line[mark.column : mark.column + 1] if line else ""
    before = line[: mark.column + 1] if line else ""
    if before.strip(" ") and not before.strip() and "\t" in before:
        return "a tab is used for indentation, which YAML does not allow; use spaces"
    if character == "\t" and "token" in problem:
        return "a tab is used for indentation, which YAML does not allow; use spaces"
    for part, meaning in _EXPLANATIONS:
        if part in problem:
            return meaning.replace(
                "{character}", f"the character {character}" if character.strip() else "this"
            )
    return "this is not valid YAML"
