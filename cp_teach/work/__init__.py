"""The work of actions: simulated on the Run's clock, or real on this machine with local providers.

The names are imported on first use, because real work needs many more modules than a simulation.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from cp_teach.work.simulation.simulated_worker import Simulated

if TYPE_CHECKING:
    from cp_teach.work.runtime.action_executor import ActionExecutor
    from cp_teach.work.runtime.local_pipeline import LocalPipeline
    from cp_teach.work.runtime.local_resources import LocalProviders
    from cp_teach.work.sandbox.limits import Limits
    from cp_teach.work.sandbox.run_command import jail
    from cp_teach.work.task import Done, Task

_MODULES = {
    "ActionExecutor": "runtime.action_executor",
    "Done": "task",
    "Limits": "sandbox.limits",
    "LocalPipeline": "runtime.local_pipeline",
    "LocalProviders": "runtime.local_resources",
    "Task": "task",
    "jail": "sandbox.run_command",
}

# Former names, for programs that import them.
_FORMER = {"Local": "LocalProviders", "Workplace": "LocalPipeline", "Workshop": "ActionExecutor"}

__all__ = ["ActionExecutor", "Done", "Limits", "LocalPipeline", "LocalProviders", "Simulated", "Task", "jail"]


def __getattr__(name: str) -> object:
    name = _FORMER.get(name, name)
    if name in _MODULES:
        return getattr(import_module(f"cp_teach.work.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
