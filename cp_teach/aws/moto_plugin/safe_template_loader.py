"""Safe reading of CloudFormation templates: replaces moto's YAML loader, which runs code that a template contains.

moto loads YAML with ``yaml.Loader``, for which ``!!python/object/apply`` calls any function. Templates come from
untrusted repositories, so moto's modules get a loader that produces plain data only. Two import hooks are needed:

- A finder on ``sys.meta_path`` patches moto's CloudFormation when it is imported, by anyone and at any time. Importing
  it here instead would load nearly all of moto: some four seconds that most sandboxes never need.
- During that import, ``sys.modules`` has None for ``rfc3987_syntax``, an optional dependency of jsonschema that builds
  forty parsers in several seconds.

``uninstall`` undoes both.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from cp_teach.aws.moto_plugin.template_evaluation import OPERATIONS, answering, bounded
from cp_teach.pipeline.formats.documents.template_source import parse_template_body
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.security.input.placeholders import placeholders


class SafeYaml:
    """Replaces the module ``yaml`` in moto: its only way to load a text produces plain data."""

    Loader = None

    @staticmethod
    def add_multi_constructor(prefix: str, constructor: Any) -> None:
        """Ignore moto's constructor for short forms; ``read`` has its own."""

    @staticmethod
    def load(text: Any, Loader: Any = None) -> dict[str, Any]:
        """See ``read``. Raises CloudFormation's ValidationError for a template that is not valid."""
        from moto.cloudformation.exceptions import ValidationError

        try:
            return load_template(text.decode() if isinstance(text, bytes) else str(text))
        except InvalidTemplate as error:
            raise ValidationError(message=f"Template format error: {error}") from None


def load_template(text: str) -> dict[str, Any]:
    """The template in a text, with all functions in their long form. Raises ``InvalidTemplate``."""
    document = parse_template_body(text)
    _check_sections(document)
    parameters = {str(name) for name in document.get("Parameters") or {}}
    result: dict[str, Any] = _in_long_form(document, parameters)
    for each in result["Resources"].values():
        if isinstance(each, dict):
            each.setdefault("Properties", {})  # moto does this later, and then counts it as a change
    return result


SECTIONS = ("Parameters", "Mappings", "Conditions", "Outputs")


def _check_sections(document: dict[str, Any]) -> None:
    """Check what moto assumes. Raises ``InvalidTemplate``."""
    for section in SECTIONS:
        if not isinstance(document.get(section) or {}, dict):
            raise InvalidTemplate(f"{section} must be a map from names to definitions.")
    for section in ("Resources", "Parameters", "Outputs"):
        for name, each in (document.get(section) or {}).items():
            if not isinstance(each, dict):
                raise InvalidTemplate(f"{section}, {name} must be a map.")
    for name, each in document["Resources"].items():
        if not isinstance(each.get("Type"), str):
            raise InvalidTemplate(f"[{name}] must have a Type, and the Type must be a string.")
        if not isinstance(each.get("Properties") or {}, dict):
            raise InvalidTemplate(f"Resources, {name}: Properties must be a map.")


def _in_long_form(value: Any, parameters: set[str]) -> Any:
    if isinstance(value, list):
        return [_in_long_form(each, parameters) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        match next(iter(value.items())):
            case "Fn::GetAtt", str(text):
                return {"Fn::GetAtt": text.split(".", 1)}
            case "Fn::Sub", str(text) if names := sorted(parameters & _names(text)):
                # moto finds the resources that depend on a parameter by their Refs alone.
                return {"Fn::Sub": [text, {name: {"Ref": name} for name in names}]}
    return {str(key): _in_long_form(each, parameters) for key, each in value.items()}


def _names(text: str) -> set[str]:
    return {each.name.strip() for each in placeholders(text)}


RESPONSES = "moto.cloudformation.responses"
READERS = ("moto.cloudformation.models", RESPONSES)
"""The modules in which moto reads templates."""
EVALUATION = "moto.cloudformation.parsing"
"""The module in which moto evaluates template functions."""


class _Finder(MetaPathFinder):
    """Finds moto's CloudFormation as Python does, and patches it when it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec with a patching loader; None for other modules."""
        if fullname not in (*READERS, EVALUATION):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _PatchingLoader(spec.loader)
        return spec


class _PatchingLoader(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        with _without_address_parsers():
            self._loader.exec_module(module)
        _patch(module)


@contextmanager
def _without_address_parsers() -> Iterator[None]:
    """Let jsonschema, which moto imports, skip its optional check of internationalized addresses."""
    name = "rfc3987_syntax"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # None makes an import raise ModuleNotFoundError
    try:
        yield
    finally:
        sys.modules.pop(name, None)


_FINDER = _Finder()


def install() -> None:
    """Patch moto's CloudFormation now, or when it is imported."""
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    for name in (*READERS, EVALUATION):
        if name in sys.modules and name not in _UNDO:
            _patch(sys.modules[name])


def uninstall() -> None:
    """Undo the patch."""
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
    while _UNDO:
        for undo in _UNDO.popitem()[1]:
            undo()


_UNDO: dict[str, list[Callable[[], None]]] = {}
"""Name of a patched moto module -> the functions that undo its patches."""


def _patch(module: ModuleType) -> None:
    undo = _UNDO[module.__name__] = []

    def replace(owner: Any, name: str, value: Any) -> None:
        undo.append(partial(setattr, owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    if module.__name__ == EVALUATION:
        replace(module, "clean_json", bounded(module.clean_json, module))
        return
    replace(module, "yaml", SafeYaml)
    if module.__name__ == RESPONSES:
        response: Any = module.CloudFormationResponse
        for name in OPERATIONS:
            replace(response, name, answering(getattr(response, name)))
    else:
        # AWS's ValidateTemplate checks only the syntax. moto also runs cfn-lint, which loads the template itself, and
        # whose patterns take minutes for 50,000 times ${.
        replace(module, "validate_template_cfn_lint", _check_syntax)


def _check_syntax(text: str) -> list[Any]:
    SafeYaml.load(text)
    return []
