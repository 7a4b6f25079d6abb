"""Discovery of the modules with a lesson's questions or exercises: one module a lesson, named ``lesson_NN_…``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType


def lesson_modules(package: str, path: list[str]) -> list[ModuleType]:
    """The lesson modules in a package (given by ``__name__`` and ``__path__``) and its folders, in lesson order."""
    names = [module.name for module in walk_packages(path, f"{package}.") if not module.ispkg]
    return [import_module(name) for name in sorted(names, key=lambda name: name.rpartition(".")[2])]
