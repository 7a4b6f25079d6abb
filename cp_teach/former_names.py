"""Modules under the names that earlier lessons and programs imported.

A learner's copies of the notebooks stay as they are when the kit is updated, so an import in them must still work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from importlib.abc import Loader
else:  # importlib.abc takes longer to load than all else that `import cp_teach` loads
    Loader = object

P = ParamSpec("P")
R = TypeVar("R")

MODULES = {
    "cp_teach.aws.access": "cp_teach.aws.iam",
    "cp_teach.aws.console_way": "cp_teach.aws.console_wizard.console_defaults",
    "cp_teach.aws.warm_cli": "cp_teach.aws.aws_cli.fork_server",
    "cp_teach.aws.wizard": "cp_teach.aws.console_wizard.wizard",
    "cp_teach.engine.plan": "cp_teach.engine.model.failure_plan",
    "cp_teach.flow.clusters": "cp_teach.flow.analysis.dora_clusters",
    "cp_teach.flow.hours": "cp_teach.flow.inputs.weekly_hours",
    "cp_teach.flow.industry": "cp_teach.flow.inputs.dora_benchmarks",
    "cp_teach.flow.presets": "cp_teach.flow.inputs.presets",
    "cp_teach.look": "cp_teach.style",
    "cp_teach.pipeline.catalogues": "cp_teach.pipeline.catalogs",
    "cp_teach.pipeline.limits": "cp_teach.pipeline.timeouts",
    "cp_teach.places": "cp_teach.resources",
    "cp_teach.start": "cp_teach.quickstart",
    "cp_teach.work.jenkins": "cp_teach.work.workers.jenkins_worker",
    "cp_teach.work.local": "cp_teach.work.runtime.local_resources",
    "cp_teach.work.shell": "cp_teach.work.sandbox.run_command",
    "cp_teach.work.workshop": "cp_teach.work.runtime.action_executor",
}
"""Former name to name of today, for the modules that lessons and ``docs/`` ever named."""


def install() -> None:
    """Let ``import`` find each module of ``MODULES`` by its former name."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())


def accept_former_keyword(former: str, current: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function so that it takes the keyword ``former`` as if ``current`` had been written."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **options: P.kwargs) -> R:
            if former in options:
                options[current] = options.pop(former)
            return function(*args, **options)

        return call

    return decorate


class _Finder:
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for a former name, and None for every other name."""
        return ModuleSpec(fullname, _Loader()) if fullname in MODULES else None


class _Loader(Loader):
    def create_module(self, spec: ModuleSpec) -> None:
        """Let the import system make the module as usual."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of today in the place of the new one, which the import system then returns."""
        sys.modules[module.__name__] = import_module(MODULES[module.__name__])
