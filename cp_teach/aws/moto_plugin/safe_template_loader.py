"""Templates are read as data. moto reads YAML in a way that lets a template run code in the process that reads it
(``!!python/object/apply``); ours come from strangers' repositories, so its reader is replaced where ours is at work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from cp_teach.aws.moto_plugin.template_evaluation import answer_with_validation_errors, bound_evaluation
from cp_teach.pipeline.formats.cloudformation import template
from cp_teach.pipeline.formats.template_functions import BadTemplate
from cp_teach.security.input.placeholders import placeholders


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
    told = template(f"{text}\n")  # the newline shows that it is not a file name
    _check_sections(told)
    made: dict[str, Any] = _Long(told.get("Parameters") or {}).of(told)
    for each in made["Resources"].values():
        if isinstance(each, dict):
            each.setdefault("Properties", {})  # as moto does later, and then takes it for a change
    return made


SECTIONS = ("Parameters", "Mappings", "Conditions", "Outputs")


def _check_sections(told: dict[str, Any]) -> None:
    """Check what moto takes for granted. Raises ``BadTemplate``."""
    for section in SECTIONS:
        if not isinstance(told.get(section) or {}, dict):
            raise BadTemplate(f"{section} must be a map from names to definitions.")
    for section in ("Resources", "Parameters", "Outputs"):
        for name, each in (told.get(section) or {}).items():
            if not isinstance(each, dict):
                raise BadTemplate(f"{section}, {name} must be a map.")
    for name, each in told["Resources"].items():
        if not isinstance(each.get("Type"), str):
            raise BadTemplate(f"[{name}] must have a Type, and the Type must be a string.")
        if not isinstance(each.get("Properties") or {}, dict):
            raise BadTemplate(f"Resources, {name}: Properties must be a map.")


class _Long:
    """Makes the long forms of one template."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = {str(name) for name in parameters}

    def of(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.of(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            match next(iter(value.items())):
                case "Fn::GetAtt", str(said):
                    return {"Fn::GetAtt": said.split(".", 1)}
                case "Fn::Sub", str(said) if names := sorted(self.parameters & _names(said)):
                    # moto sees by the Refs alone which resources change with a parameter.
                    return {"Fn::Sub": [said, {name: {"Ref": name} for name in names}]}
        return {str(key): self.of(each) for key, each in value.items()}


def _names(text: str) -> set[str]:
    return {each.name.strip() for each in placeholders(text)}


RESPONSES = "moto.cloudformation.responses"
READERS = ("moto.cloudformation.models", RESPONSES)
"""Where moto reads templates."""
EVALUATION = "moto.cloudformation.parsing"
"""The module in which moto evaluates template functions."""


class _Watch(MetaPathFinder):
    """Waits until somebody asks for a stack: moto's CloudFormation loads nearly all of moto, which takes seconds that
    most services never need. Whichever way it is loaded, it reads as we do before anybody can call it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as Python finds it, with our reader put into it when it is loaded."""
        if fullname not in (*READERS, EVALUATION):
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
        _adopt(module)


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
    """Patch moto's CloudFormation to read and evaluate templates as we do, now or when it is loaded."""
    if _WATCH not in sys.meta_path:
        sys.meta_path.insert(0, _WATCH)
    for name in (*READERS, EVALUATION):
        if name in sys.modules and name not in _UNDO:
            _adopt(sys.modules[name])


def uninstall() -> None:
    """Undo the patch."""
    if _WATCH in sys.meta_path:
        sys.meta_path.remove(_WATCH)
    while _UNDO:
        for undo in _UNDO.popitem()[1]:
            undo()


_UNDO: dict[str, list[Callable[[], None]]] = {}
"""Name of a patched moto module -> the functions that undo its patches."""


def _adopt(module: ModuleType) -> None:
    undo = _UNDO[module.__name__] = []
    if module.__name__ == EVALUATION:
        undo.append(bound_evaluation(module))
        return
    yaml = vars(module)["yaml"]
    vars(module)["yaml"] = Reader
    undo.append(lambda: vars(module).update(yaml=yaml))
    if module.__name__ == RESPONSES:
        undo.append(answer_with_validation_errors(module))
    else:
        # AWS's ValidateTemplate checks only the syntax. moto also runs cfn-lint, which has its own reader and
        # patterns and takes minutes for 50,000 times ${.
        lint = vars(module)["validate_template_cfn_lint"]
        vars(module)["validate_template_cfn_lint"] = _check_syntax
        undo.append(lambda: vars(module).update(validate_template_cfn_lint=lint))


def _check_syntax(text: str) -> list[Any]:
    Reader.load(text)
    return []
