"""Templates are read as data. moto reads YAML in a way that lets a template run code in the process that reads it
(``!!python/object/apply``); ours come from strangers' repositories, so its reader is replaced where ours is at work.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
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


MODULES = ("moto.cloudformation.models", "moto.cloudformation.responses")
"""Where moto reads templates. They take seconds to load, nearly all of moto with them: nobody loads them for us."""


class _Arrival:
    """Lets a module of moto's read as we do from the moment at which somebody loads it."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name in MODULES else None
        if spec is not None and spec.loader is not None:
            own = spec.loader.exec_module

            def run(module: ModuleType) -> None:
                own(module)
                if _arrival in sys.meta_path:
                    setattr(module, "yaml", Reader)  # noqa: B010 - mypy knows no such attribute of a module

            setattr(spec.loader, "exec_module", run)  # noqa: B010 - as above
        return spec


_arrival: Any = _Arrival()


def install() -> None:
    """Let moto's CloudFormation read as we do, now or when it is loaded."""
    _read_with(Reader)
    if _arrival not in sys.meta_path:
        sys.meta_path.insert(0, _arrival)


def uninstall() -> None:
    """Let moto read as it did."""
    import yaml

    if _arrival in sys.meta_path:
        sys.meta_path.remove(_arrival)
    _read_with(yaml)


def _read_with(reader: Any) -> None:
    for name in MODULES:
        if name in sys.modules:
            setattr(sys.modules[name], "yaml", reader)  # noqa: B010 - as above
