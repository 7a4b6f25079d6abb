"""cp_teach: learn AWS CodePipeline by holding a simulated pipeline.

>>> import cp_teach
>>> cp_teach.demo()  # doctest: +SKIP

The public names are loaded when they are first used, so that ``import cp_teach`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cp_teach import former_names
from cp_teach._version import __version__ as __version__

if TYPE_CHECKING:
    from cp_teach.aws import connect, mock_aws, sandbox, serve, spare_account, workplace
    from cp_teach.course.practice.practice_widget import practice
    from cp_teach.engine import ByHand, Refused, Run
    from cp_teach.pipeline import Action, InvalidPipeline, Pipeline, Stage, load_pipeline
    from cp_teach.quickstart import demo
    from cp_teach.show import Console
    from cp_teach.work import Simulated

_HOMES = {
    "Action": "cp_teach.pipeline",
    "ByHand": "cp_teach.engine",
    "Console": "cp_teach.show",
    "InvalidPipeline": "cp_teach.pipeline",
    "Pipeline": "cp_teach.pipeline",
    "Refused": "cp_teach.engine",
    "Run": "cp_teach.engine",
    "Simulated": "cp_teach.work",
    "Stage": "cp_teach.pipeline",
    "connect": "cp_teach.aws",
    "demo": "cp_teach.quickstart",
    "load_pipeline": "cp_teach.pipeline",
    "mock_aws": "cp_teach.aws",
    "practice": "cp_teach.course.practice.practice_widget",
    "sandbox": "cp_teach.aws",
    "serve": "cp_teach.aws",
    "spare_account": "cp_teach.aws",
    "workplace": "cp_teach.aws",
}

__all__ = [
    "Action",
    "ByHand",
    "Console",
    "InvalidPipeline",
    "Pipeline",
    "Refused",
    "Run",
    "Simulated",
    "Stage",
    "connect",
    "demo",
    "load_pipeline",
    "mock_aws",
    "practice",
    "sandbox",
    "serve",
    "spare_account",
    "workplace",
]


_ROOMS = (
    "aws",
    "classroom",
    "course",
    "engine",
    "explore",
    "flow",
    "style",
    "pipeline",
    "resources",
    "show",
    "work",
)
"""What can be had as ``cp_teach.flow`` without an import of its own."""


former_names.install()


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"cp_teach.{name}")
    if f"cp_teach.{name}" in former_names.MODULES:
        return import_module(former_names.MODULES[f"cp_teach.{name}"])
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'cp_teach' has no attribute {name!r}")
    if name == "Run":
        import_module("cp_teach.work")  # so that a saved run finds the worker it was saved with
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_ROOMS})
