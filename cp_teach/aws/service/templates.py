"""Templates are read as data. moto reads YAML in a way that lets a template run code in the process that reads it
(``!!python/object/apply``); ours come from strangers' repositories, so its reader is replaced where ours is at work.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from cp_teach.pipeline.cloudformation import BadTemplate, template

MOST = 100_000
"""How many values a template may have. YAML's aliases make a small text as large as anybody likes."""
NAMED = re.compile(r"\$\{\s*([^!}\s]+)\s*\}")


class Reader:
    """What moto finds under the name ``yaml``: one way of reading, which makes plain data."""

    Loader = None

    @staticmethod
    def add_multi_constructor(prefix: str, constructor: Any) -> None:
        """moto's own way with short forms is not wanted."""

    @staticmethod
    def load(text: Any, Loader: Any = None) -> dict[str, Any]:
        """See ``read``; what cannot be read is CloudFormation's ValidationError."""
        from moto.cloudformation.exceptions import ValidationError

        try:
            return read(text.decode() if isinstance(text, bytes) else str(text))
        except BadTemplate as no:
            raise ValidationError(message=f"Template format error: {no}") from None


def read(text: str) -> dict[str, Any]:
    """The template in a text, all functions in their long form. Raises ``BadTemplate``."""
    try:
        told = template(f"{text}\n")  # with a line's end it is no file's name
        parameters = told.get("Parameters")
        made: dict[str, Any] = _Long(parameters if isinstance(parameters, dict) else {}).of(told)
    except RecursionError:
        raise BadTemplate("It is nested too deeply, or holds itself.") from None
    for each in made["Resources"].values():
        if isinstance(each, dict):
            each.setdefault("Properties", {})  # as moto does later, and then takes it for a change
    return made


class _Long:
    """Makes the long forms of one template."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters, self.left = {str(name) for name in parameters}, MOST

    def of(self, value: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise BadTemplate(f"It has more than {MOST} values. Make it smaller.")
        if isinstance(value, list):
            return [self.of(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            match next(iter(value.items())):
                case "Fn::GetAtt", str(said):
                    return {"Fn::GetAtt": said.split(".", 1)}
                case "Fn::Sub", str(said) if names := sorted(self.parameters & set(NAMED.findall(said))):
                    # moto sees by the Refs alone which resources change with a parameter.
                    return {"Fn::Sub": [said, {name: {"Ref": name} for name in names}]}
        return {str(key): self.of(each) for key, each in value.items()}


READERS = ("moto.cloudformation.models", "moto.cloudformation.responses")
"""Where moto reads templates."""


class _Watch(MetaPathFinder):
    """Waits until somebody asks for a stack: moto's CloudFormation loads nearly all of moto, which takes seconds that
    most services never need. Whichever way it is loaded, it reads as we do before anybody can call it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as Python finds it, with our reader put into it when it is loaded."""
        if fullname not in READERS:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        with _no_parsers():
            self._loader.exec_module(module)
        _read_with(Reader, module)


@contextmanager
def _no_parsers() -> Iterator[None]:
    """What moto loads for this loads jsonschema, whose optional check of addresses beyond ASCII builds forty parsers:
    some seconds, for a check that nobody asks for."""
    name = "rfc3987_syntax"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # None is how Python says "not here"
    try:
        yield
    finally:
        sys.modules.pop(name, None)


_WATCH = _Watch()


def install() -> None:
    """Let moto's CloudFormation read as we do, now or once it is loaded."""
    if _WATCH not in sys.meta_path:
        sys.meta_path.insert(0, _WATCH)
    for name in READERS:
        if name in sys.modules:
            _read_with(Reader, sys.modules[name])


def uninstall() -> None:
    """Let moto read as it did."""
    import yaml

    if _WATCH in sys.meta_path:
        sys.meta_path.remove(_WATCH)
    for name in READERS:
        if name in sys.modules:
            _read_with(yaml, sys.modules[name])


def _read_with(reader: Any, module: ModuleType) -> None:
    setattr(module, "yaml", reader)  # noqa: B010 - mypy knows no such attribute of a module
